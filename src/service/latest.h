/*
 * latest.h: the simulator's `latest`: the number of the last request that it made, kept for it, one
 * value for all nodes.
 */
#ifndef KINGLET_SERVICE_LATEST_H
#define KINGLET_SERVICE_LATEST_H

#include "service/service.h"

/* Doesn't wait; see store_latest_set() for when it is durable. The last call wins. */
static inline enum err MUST_CHECK latest_set(const struct service *s, int64_t latest)
{
	return store_latest_set(s->store, latest);
}

/* -1 before any. One read. */
static inline enum err MUST_CHECK latest_get(const struct service *s, int64_t *out)
{
	return store_latest_get(s->store, out);
}

#endif
