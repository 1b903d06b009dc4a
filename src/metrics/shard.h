/*
 * shard.h: the counts of answered requests, one shard a thread. Only the thread that owns a shard
 * writes to it, with plain loads and stores that happen to be atomic, so that counting costs a few
 * nanoseconds and never waits; a reader adds all shards up.
 */
#ifndef KINGLET_METRICS_SHARD_H
#define KINGLET_METRICS_SHARD_H

#include <stddef.h>
#include "metrics/metrics.h"

/* Upper bounds of the latency histogram; what is longer falls into one more bucket. */
extern const int64_t shard_bounds_us[];
#define SHARD_BOUND_COUNT 16
/* Statuses that are told apart; index 0 stands for all others. */
extern const int shard_statuses[];
#define SHARD_STATUS_COUNT 42

/* What all threads together counted for one combination of labels. */
struct shard_total {
	enum metrics_service service;
	const char *route, *method;
	uint64_t buckets[SHARD_BOUND_COUNT + 1]; /* not cumulative */
	uint64_t duration_us, sent_bytes;
	uint64_t statuses[SHARD_STATUS_COUNT];
};

/* Once, before the first thread. */
void shard_setup(void);
/*
 * All totals, ordered by service, route, method, in one allocation that the caller frees; NULL
 * where there is no memory. Any thread.
 */
struct shard_total *shard_collect(size_t *count);

#endif
