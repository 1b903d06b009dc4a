/*
 * metrics.h: what Kinglet counts, and how an operator's monitoring reads it.
 *
 * Two ways lead into a series of the table (series.h). What happens often is counted where it
 * happens, without locks, in one shard a thread (shard.h), and added up when somebody looks.
 * Everything else is a source: a function that is asked when somebody looks, and puts values.
 *
 * Label values come from tables (services, routes, methods, statuses, operations), never from what
 * a client sends, so the number of series is bounded whatever is sent: METRICS_LINES_MAX for each
 * thread, and what would come past that is counted under route "other".
 */
#ifndef KINGLET_METRICS_METRICS_H
#define KINGLET_METRICS_METRICS_H

#include <stdint.h>
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "metrics/series.h"

/* Combinations of service, route and method that are told apart. */
#define METRICS_LINES_MAX  384
#define METRICS_LABELS_MAX 4
/* Buckets of a histogram, with the one for what is over all bounds. */
#define METRICS_BUCKETS_MAX 18

/* Once, before the first thread: notes the start. Counting works without, too. */
void metrics_setup(void);
/* "frontend", "backend", "admin"; static. */
const char *metrics_service_name(enum metrics_service service);
/* "post_create" and the like; static. */
const char *metrics_operation_name(enum metrics_operation operation);

/* Once, before the first thread: what was built, for the series build_info. Borrowed for good. */
void metrics_identify(const char *version, const char *commit);
/* The version that metrics_identify() was told, or "unknown". */
const char *metrics_version(void);

/* ---- counting: any thread; no lock, no system call; a thread's first call makes its shard --- */

struct metrics_answer {
	enum metrics_service service;
	const char *route;  /* a pattern of the route table (static), or NULL: "none" */
	const char *method; /* none of HTTP's usual ones: "OTHER" */
	int status;	    /* one that RFC 9110 doesn't know: "other" */
	int64_t duration_us;
	uint64_t received_bytes, sent_bytes;
};
/* One answered request. */
void metrics_request(const struct metrics_answer *answer);
/* One operation of the store. */
void metrics_operation(enum metrics_operation operation, enum err e, int64_t duration_us);
/* Something of the table of events. */
void metrics_event(enum metrics_event event);

/*
 * Monotonic time for what is only timed to be counted: no clock is read in a build without
 * counting (meson's option `counting`), with which the cost is measured.
 */
static inline int64_t metrics_clock_us(void)
{
	return KINGLET_COUNTING ? clock_mono_us() : 0;
}

/* ---- sources ------------------------------------------------------------------------------- */

/* Where a source puts its values; valid for the call. */
struct metrics_sink;

/*
 * Called on the thread that looks, which may be any. Registered before the first thread; at most
 * 16.
 */
typedef void metrics_source(void *user, struct metrics_sink *sink);
void metrics_add_source(metrics_source *source, void *user);

struct metrics_histogram {
	const int64_t *bounds; /* upper ones, which belong to their bucket; rising */
	size_t bound_count;    /* less than METRICS_BUCKETS_MAX */
	double divisor; /* how many of what `bounds` and `sum` count make one of the series' unit */
	uint64_t buckets[METRICS_BUCKETS_MAX]; /* not cumulative, one more than bounds */
	uint64_t sum;
};

/*
 * metrics_put(sink, SERIES_…, value, label values…): one value, with as many labels as the table
 * says, in its order; anything else is a broken invariant. Label values are borrowed until the sink
 * has been read: constants, mostly.
 */
#define metrics_put(sink, series, value, ...) \
	metrics_put_value((sink), (series), (double)(value), METRICS_LABELS_(__VA_ARGS__))
#define metrics_put_histogram(sink, series, histogram, ...) \
	metrics_put_buckets((sink), (series), (histogram), METRICS_LABELS_(__VA_ARGS__))
#define METRICS_LABELS_(...)                            \
	(const char *const[]){NULL, ##__VA_ARGS__} + 1, \
		sizeof((const char *const[]){NULL, ##__VA_ARGS__}) / sizeof(char *) - 1
void metrics_put_value(struct metrics_sink *sink, enum metrics_series series, double value,
		       const char *const *labels, size_t label_count);
void metrics_put_buckets(struct metrics_sink *sink, enum metrics_series series,
			 const struct metrics_histogram *histogram, const char *const *labels,
			 size_t label_count);

/* ---- looking ------------------------------------------------------------------------------- */

struct metrics_sample {
	enum metrics_series series;
	const char *labels[METRICS_LABELS_MAX];
	double value;				   /* of a histogram: how many were counted */
	const struct metrics_histogram *histogram; /* NULL where it is none */
};
/*
 * Asks every source and shard, and calls `visit` for each sample in the order of the table. False
 * where there was no memory for it. Samples are valid for the call.
 */
typedef void metrics_visit(void *user, const struct metrics_sample *sample);
bool metrics_look(metrics_visit *visit, void *user);

enum metrics_format {
	METRICS_TEXT,	    /* Prometheus' text format, 0.0.4 */
	METRICS_OPENMETRICS /* OpenMetrics, 1.0.0 */
};
/* By the request's header Accept; empty: METRICS_TEXT. */
enum metrics_format metrics_format_of(struct str accept);
/* The media type of what metrics_render() writes. */
const char *metrics_content_type(enum metrics_format format);
/* Appends everything; out->failed is set where there was no memory for it. */
void metrics_render(struct buf *out, enum metrics_format format);
/* Appends the table of series as Markdown: for docs/metrics.md. */
void metrics_describe(struct buf *out);

#endif
