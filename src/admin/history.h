/*
 * history.h: what a node notes of an interval of time, as numbers; how they are added up, written
 * down, and read again. A row is kept as a sample of the store (model/sample.h), as JSON by name:
 * what a later version adds reads as 0 in older rows, and what it drops is skipped.
 *
 * Every row of a longer interval is the exact sum of what its minutes were made of. Counters are
 * kept as what was added, gauges as a sum over samples beside their greatest value, latencies as
 * the buckets of a histogram: so means, rates and percentiles of any interval follow from its row.
 */
#ifndef KINGLET_ADMIN_HISTORY_H
#define KINGLET_ADMIN_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#define HISTORY_BOUND_COUNT  16
#define HISTORY_BUCKET_COUNT (HISTORY_BOUND_COUNT + 1)
/* Upper bounds of the latencies' buckets; what is longer falls into one more. */
extern const int64_t history_bounds_us[HISTORY_BOUND_COUNT];
/* 2xx (with 1xx), 3xx, 4xx, 5xx */
#define HISTORY_STATUS_COUNT 4

/*
 * X(constant, name, rule, how many numbers). Rules: COUNT adds what a counter grew by; SUM adds
 * what was seen at each sample; MAX and MIN keep that; LAST keeps what was seen last.
 */
#define HISTORY_FIELDS(X)                                                          \
	X(MINUTES, "minutes", COUNT, 1)	       /* of which there is a row */       \
	X(SAMPLES, "samples", SUM, 1)	       /* that went into the sums */       \
	X(FIRST_S, "first_s", MIN, 1)	       /* when this node was seen first */ \
	X(WALL_MS, "wall_ms", COUNT, 1)	       /* time that the counters cover */  \
	X(CPU_MS, "cpu_ms", COUNT, 1)	       /* processor time spent in it */    \
	X(CORES, "cores", LAST, 1)	       /* that the process may use */      \
	X(CPU_MAX, "cpu_permille_max", MAX, 1) /* load of the busiest sample */    \
	X(RSS_SUM, "rss_kib_sum", SUM, 1)                                          \
	X(RSS_MAX, "rss_kib_max", MAX, 1)                                          \
	X(IN_FLIGHT_SUM, "in_flight_sum", SUM, 1)                                  \
	X(IN_FLIGHT_MAX, "in_flight_max", MAX, 1)                                  \
	X(QUEUE_SUM, "queue_sum", SUM, 1) /* requests that wait for a thread */    \
	X(QUEUE_MAX, "queue_max", MAX, 1)                                          \
	X(CONNECTIONS_SUM, "connections_sum", SUM, 1)                              \
	X(CONNECTIONS_MAX, "connections_max", MAX, 1)                              \
	X(SHED, "shed", COUNT, 1) /* requests refused by a full queue */           \
	X(TIMEOUTS, "timeouts", COUNT, 1)                                          \
	X(REFUSED, "refused", COUNT, 1)		  /* connections over a limit */   \
	X(STORE_ERRORS, "store_errors", COUNT, 1) /* operations that failed */     \
	X(COMMITS, "commits", COUNT, 1)                                            \
	X(WRITES, "writes", COUNT, 1)                                              \
	X(FRONTEND, "frontend", COUNT, HISTORY_STATUS_COUNT)                       \
	X(BACKEND, "backend", COUNT, HISTORY_STATUS_COUNT)                         \
	X(FRONTEND_LATENCY, "frontend_latency", COUNT, HISTORY_BUCKET_COUNT)       \
	X(BACKEND_LATENCY, "backend_latency", COUNT, HISTORY_BUCKET_COUNT)         \
	X(REGISTERED, "registered", COUNT, 1)                                      \
	X(POSTED, "posted", COUNT, 1)                                              \
	X(FOLLOWED, "followed", COUNT, 1)                                          \
	X(USERS, "users", LAST, 1)                                                 \
	X(POSTS, "posts", LAST, 1)                                                 \
	X(FOLLOWS, "follows", LAST, 1)                                             \
	X(SESSIONS, "sessions", LAST, 1)                                           \
	X(ACTIVE, "active", LAST, 1) /* people, in the 24 h before */

enum history_field {
#define HISTORY_X(id, name, rule, count) HISTORY_##id,
	HISTORY_FIELDS(HISTORY_X)
#undef HISTORY_X
		HISTORY_FIELD_COUNT
};

/* One member a field, named as it is written. A number is never negative. */
struct history_row {
	int64_t numbers[0
#define HISTORY_X(id, name, rule, count) +(count)
			HISTORY_FIELDS(HISTORY_X)
#undef HISTORY_X
	];
};

/* The first number of a field. */
int64_t *history_at(struct history_row *row, enum history_field field);
int64_t history_get(const struct history_row *row, enum history_field field);
const int64_t *history_array(const struct history_row *row, enum history_field field);

/*
 * What happened between two looks at a process: its counters' growth (those of `now` where it began
 * anew), and of the rest what `now` says.
 */
struct history_row history_since(const struct history_row *before, const struct history_row *now);
/* Adds `more`, which is of the same time or later, to `*sum`; a sum begins as all zero. */
void history_merge(struct history_row *sum, const struct history_row *more);
/* Adds what another node saw of the same time: what all nodes see alike is not doubled. */
void history_join(struct history_row *sum, const struct history_row *other);

/* As a JSON object; what is 0 is left out. */
void history_write(struct buf *out, const struct history_row *row);
/* False, and `*out` undefined, where it is no such object. */
bool history_read(struct str json, struct history_row *out);

/* All statuses, or 0. */
int64_t history_requests(const struct history_row *row, enum history_field service);
/*
 * The latency in ms that `share` (0 to 1) of the requests were not above: read off the histogram,
 * evenly spread within a bucket. NAN without requests.
 */
double history_percentile_ms(const int64_t buckets[HISTORY_BUCKET_COUNT], double share);
/* The sum of a gauge by the samples, NAN without any. */
double history_mean(const struct history_row *row, enum history_field sum);
/* A counter by the second; NAN where no time is covered. */
double history_rate(const struct history_row *row, int64_t count);
/* Processor load in percent of the cores; NAN where no time is covered. */
double history_cpu_percent(const struct history_row *row);

/*
 * Uptime in percent: minutes that there is a row of, by the minutes of [from_s, until_s) since the
 * node was first seen. NAN where it was first seen after until_s.
 */
double history_uptime(int64_t minutes, int64_t first_s, int64_t from_s, int64_t until_s);

#endif
