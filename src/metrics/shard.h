/*
 * shard.h: what is counted where it happens, one shard a thread. Only the thread that owns a shard
 * writes to it, with plain loads and stores that happen to be atomic, so that counting costs a few
 * nanoseconds and never waits; a reader adds all shards up.
 */
#ifndef KINGLET_METRICS_SHARD_H
#define KINGLET_METRICS_SHARD_H

#include "metrics/metrics.h"

/* What all threads together counted. */
struct shard_totals;

/* Any thread, any number of times. Whoever counts does so by itself. */
void shard_setup(void);
/* NULL where there is no memory. Any thread. */
struct shard_totals *shard_collect(void);
/* Puts them; `totals` must live as long as the sink. */
void shard_put(const struct shard_totals *totals, struct metrics_sink *sink);
void shard_totals_free(struct shard_totals *totals);

#endif
