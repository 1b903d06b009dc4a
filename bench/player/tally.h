/*
 * tally.h: what came of the requests: latencies and errors by kind, one tally a client, added up at
 * the end. A tally belongs to one thread.
 */
#ifndef KINGLET_BENCH_TALLY_H
#define KINGLET_BENCH_TALLY_H

#include "request.h"
#include "scenario.h"

#define TALLY_STATUS_MAX 600

struct tally {
	struct tally_row {
		uint32_t *latencies_us;
		size_t count, cap;
		size_t outcomes[OUTCOME_COUNT];
		size_t statuses[TALLY_STATUS_MAX]; /* statuses that are errors, by status */
		size_t wrong_bodies;
	} rows[ACTION_COUNT];
};

/* One request: its status counts as an error where `accepted` is false, and so does a body where
 * there should be none. */
void tally_add(struct tally *t, enum action_kind kind, enum outcome outcome,
	       const struct answer *answer, bool accepted, int64_t latency_us);
/* Adds `from` to `to` and leaves it empty. */
void tally_merge(struct tally *to, struct tally *from);
size_t tally_errors(const struct tally *t);
/* The table of latencies and errors by kind, on standard output. Orders the latencies. */
void tally_print(struct tally *t, int64_t elapsed_us);
void tally_release(struct tally *t);

#endif
