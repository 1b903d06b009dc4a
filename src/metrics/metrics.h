/*
 * metrics.h: what Kinglet counts, and how an operator's monitoring reads it.
 *
 * Requests are counted without locks in one shard a thread (shard.h) and added up when somebody
 * looks; everything else is a source: a function that is asked when somebody looks.
 *
 * Label values come from tables (services, routes, methods, statuses), never from what a client
 * sends, so the number of series is bounded whatever is sent: METRICS_LINES_MAX for each thread,
 * and what would come past that is counted under route "other".
 */
#ifndef KINGLET_METRICS_METRICS_H
#define KINGLET_METRICS_METRICS_H

#include <stdint.h>
#include "base/buf.h"

/* Services, for the label `service`. */
enum metrics_service { METRICS_WEB, METRICS_API, METRICS_ADMIN, METRICS_SERVICE_COUNT };

/* Combinations of service, route and method that are told apart. */
#define METRICS_LINES_MAX 384

/* Once, before the first thread. */
void metrics_setup(void);

/*
 * One answered request. `route` is a pattern of the route table (static, for the life of the
 * process) or NULL where no row matched: "none". A `method` that is none of HTTP's usual ones
 * counts as "OTHER", a status that RFC 9110 doesn't know as "other". Any thread; no lock, no
 * system call; the first call of a thread allocates its shard.
 */
void metrics_request(enum metrics_service service, const char *route, const char *method,
		     int status, int64_t duration_us, uint64_t sent_bytes);

/* A value that is read when somebody looks. */
struct metrics_sample {
	const char *name, *type, *help; /* type: "gauge" or "counter" */
	double value;
};
/*
 * Called on the thread that renders, in the order in which they were added; appends complete
 * samples through metrics_emit(). Registered before the first thread; at most 16.
 */
typedef void metrics_source(void *user, struct buf *out);
void metrics_add_source(metrics_source *source, void *user);
/* One unlabelled series with HELP and TYPE, in the text format. */
void metrics_emit(struct buf *out, const struct metrics_sample *sample);

/* The media type of what metrics_render() writes. */
#define METRICS_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"
/* Prometheus text exposition format, version 0.0.4. */
void metrics_render(struct buf *out);

#endif
