/* timed.h: how operations of the store are counted and timed, for the files that pass calls on. */
#ifndef KINGLET_STORE_TIMED_H
#define KINGLET_STORE_TIMED_H

#include "metrics/metrics.h"
#include "store/engine.h"

/*
 * What every operation comes back through: counts it, and says so where it took long. The bulk
 * ones don't: no server calls them, and they are many and short.
 */
enum err MUST_CHECK store_finish(const struct store *s, enum metrics_operation operation,
				 int64_t began_us, enum err e);

/* `call` evaluated, counted and timed as `operation`. */
#define TIMED(operation, s, call)                                        \
	({                                                               \
		const int64_t began_us_ = metrics_clock_us();            \
		const enum err e_ = (call);                              \
                                                                         \
		store_finish((s), OPERATION_##operation, began_us_, e_); \
	})

#endif
