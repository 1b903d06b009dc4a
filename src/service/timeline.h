/* timeline.h: how long a timeline that was rendered once stays true. The timelines: post.h. */
#ifndef KINGLET_SERVICE_TIMELINE_H
#define KINGLET_SERVICE_TIMELINE_H

#include "service/service.h"

/*
 * Lists rendered from reads that began after this was read as N are exact as long as it is N.
 * 0: that can't be known, keep nothing. Any thread; one that may wait where the store isn't
 * embedded.
 */
static inline uint64_t timeline_version(const struct service *s)
{
	return store_version(s->store);
}

/* Hints that there are new posts, from whichever node: see store_subscribe(). */
static inline struct store_subscription *timeline_subscribe(const struct service *s,
							    store_news_fn *fn, void *user)
{
	return store_subscribe(s->store, fn, user);
}

static inline void timeline_unsubscribe(const struct service *s,
					struct store_subscription *subscription)
{
	store_unsubscribe(s->store, subscription);
}

#endif
