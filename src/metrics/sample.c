/*
 * Samples are kept in chains, one a series. They are put in blocks that don't move, so that a
 * visitor may hold a pointer to a sample's histogram.
 */
#include "metrics/sample.h"

#include <stdlib.h>
#include "base/log.h"

#define BLOCK_SAMPLES 64

const struct sample_row sample_rows[SERIES_COUNT] = {
#define GROUP_X(title)
#define SERIES_X(id, name_, type_, unit_, labels_, help_) \
	[SERIES_##id] = {.name = "kinglet_" name_,        \
			 .unit = (unit_),                 \
			 .labels = (labels_),             \
			 .help = (help_),                 \
			 .type = TYPE_##type_},
	METRICS_SERIES(GROUP_X, SERIES_X)
#undef SERIES_X
#undef GROUP_X
};

struct entry {
	struct metrics_sample sample;
	struct metrics_histogram histogram;
	struct entry *next; /* of the same series */
};

struct block {
	struct block *next;
	size_t count;
	struct entry entries[BLOCK_SAMPLES];
};

struct metrics_sink {
	struct block *blocks; /* the one that is filled first */
	struct entry *first[SERIES_COUNT], *last[SERIES_COUNT];
	bool failed;
};

bool sample_next_label(struct str *rest, struct str *label)
{
	return rest->len && str_cut(rest, ',', label);
}

static size_t label_count_of(enum metrics_series series)
{
	struct str rest = str_from_c(sample_rows[series].labels), label;
	size_t count = 0;

	while (sample_next_label(&rest, &label))
		count++;
	return count;
}

struct metrics_sink *sample_sink_new(void)
{
	return calloc(1, sizeof(struct metrics_sink));
}

void sample_sink_free(struct metrics_sink *sink)
{
	while (sink && sink->blocks) {
		struct block *next = sink->blocks->next;

		free(sink->blocks);
		sink->blocks = next;
	}
	free(sink);
}

static struct entry *add_entry(struct metrics_sink *sink, enum metrics_series series)
{
	struct block *block = sink->blocks;
	struct entry *entry;

	if (!block || block->count == BLOCK_SAMPLES) {
		block = calloc(1, sizeof(*block));
		if (!block) {
			sink->failed = true;
			return NULL;
		}
		block->next = sink->blocks;
		sink->blocks = block;
	}
	entry = &block->entries[block->count++];
	*(sink->last[series] ? &sink->last[series]->next : &sink->first[series]) = entry;
	sink->last[series] = entry;
	entry->sample.series = series;
	return entry;
}

static struct entry *put(struct metrics_sink *sink, enum metrics_series series,
			 const char *const *labels, size_t label_count)
{
	struct entry *entry;

	if (label_count != label_count_of(series))
		die("a series was put with other labels than its table says");
	entry = add_entry(sink, series);
	for (size_t i = 0; entry && i < label_count; i++)
		entry->sample.labels[i] = labels[i];
	return entry;
}

void metrics_put_value(struct metrics_sink *sink, enum metrics_series series, double value,
		       const char *const *labels, size_t label_count)
{
	struct entry *entry = put(sink, series, labels, label_count);

	if (sample_rows[series].type == TYPE_HISTOGRAM)
		die("a histogram was put as a single value");
	if (entry)
		entry->sample.value = value;
}

void metrics_put_buckets(struct metrics_sink *sink, enum metrics_series series,
			 const struct metrics_histogram *histogram, const char *const *labels,
			 size_t label_count)
{
	struct entry *entry = put(sink, series, labels, label_count);

	if (sample_rows[series].type != TYPE_HISTOGRAM ||
	    histogram->bound_count >= METRICS_BUCKETS_MAX)
		die("a series was put as a histogram that it can't be");
	if (!entry)
		return;
	entry->histogram = *histogram;
	entry->sample.histogram = &entry->histogram;
	for (size_t i = 0; i <= histogram->bound_count; i++)
		entry->sample.value += (double)histogram->buckets[i];
}

bool sample_sink_visit(struct metrics_sink *sink, metrics_visit *visit, void *user)
{
	for (size_t i = 0; i < SERIES_COUNT; i++) {
		for (const struct entry *entry = sink->first[i]; entry; entry = entry->next)
			visit(user, &entry->sample);
	}
	return !sink->failed;
}
