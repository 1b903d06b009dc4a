/*
 * news.h: whom an engine tells of new posts; see store_subscribe(). Part of each struct store.
 */
#ifndef KINGLET_STORE_NEWS_H
#define KINGLET_STORE_NEWS_H

#include <pthread.h>
#include <stdatomic.h>
#include "store/store.h"

struct news {
	pthread_mutex_t lock; /* held while subscribers are called: one news at a time */
	struct store_subscription *first;
	_Atomic size_t count;
};

void news_init(struct news *n);
/* Whoever still subscribes is forgotten. */
void news_release(struct news *n);
/* Both from any thread but a subscriber's function; cheap where nobody subscribes. */
void news_tell_posts(struct news *n, const struct store_news_post *posts, size_t count);
void news_tell_resync(struct news *n);

struct store_subscription *news_subscribe(struct news *n, store_news_fn *fn, void *user);
void news_unsubscribe(struct news *n, struct store_subscription *subscription);

#endif
