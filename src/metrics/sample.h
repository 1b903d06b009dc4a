/*
 * sample.h: the rows of the table of series, and the sink: samples in the order of that table,
 * whatever the order in which sources put them. Prometheus wants the samples of a series together.
 */
#ifndef KINGLET_METRICS_SAMPLE_H
#define KINGLET_METRICS_SAMPLE_H

#include "metrics/metrics.h"

enum sample_type { TYPE_GAUGE, TYPE_COUNTER, TYPE_HISTOGRAM, TYPE_INFO };

struct sample_row {
	const char *name, *unit, *labels, *help;
	enum sample_type type;
};
extern const struct sample_row sample_rows[SERIES_COUNT];

/* The next label of a row's `labels`; false after the last. */
bool sample_next_label(struct str *rest, struct str *label);

struct metrics_sink *sample_sink_new(void);
void sample_sink_free(struct metrics_sink *sink);
/* In order; false where samples were lost for want of memory. */
bool sample_sink_visit(struct metrics_sink *sink, metrics_visit *visit, void *user);

#endif
