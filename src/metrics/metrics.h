/*
 * metrics.h: every series that Kinglet counts, declared once in METRICS_TABLE, counted without
 * locks in one shard a thread, added up when somebody looks.
 *
 * A series has at most three labels. Label values come from tables (routes, services, statuses,
 * enum err), never from what a client sends, so the number of series is bounded.
 */
#ifndef KINGLET_METRICS_METRICS_H
#define KINGLET_METRICS_METRICS_H

#include <stdint.h>
#include "base/buf.h"

/* Services, for the label `service`. */
enum metrics_service { METRICS_WEB, METRICS_API, METRICS_ADMIN, METRICS_SERVICE_COUNT };

/* Once, before the first thread. */
void metrics_setup(void);

/*
 * One answered request. `route` is a pattern of the route table (static, compared by address and
 * then by text) or NULL for none; `method` a name from the fixed set of methods.
 */
void metrics_request(enum metrics_service service, const char *route, const char *method,
		     int status, int64_t duration_us, uint64_t sent_bytes);

/* A value that is read when somebody looks: registered once before the first thread. */
struct metrics_sample {
	const char *name, *type, *help; /* type: "gauge" or "counter" */
	double value;
};
/* Called on the thread that renders; appends complete samples through metrics_emit(). */
typedef void metrics_source(void *user, struct buf *out);
void metrics_add_source(metrics_source *source, void *user);
/* One unlabelled series with HELP and TYPE, in the text format. */
void metrics_emit(struct buf *out, const struct metrics_sample *sample);

/* Prometheus text exposition format, version 0.0.4. */
void metrics_render(struct buf *out);

#endif
