#include "store/news.h"

#include <stdlib.h>
#include "base/log.h"

struct store_subscription {
	store_news_fn *fn;
	void *user;
	struct store_subscription *next;
};

void news_init(struct news *n)
{
	*n = (struct news){.first = NULL};
	pthread_mutex_init(&n->lock, NULL);
}

void news_release(struct news *n)
{
	while (n->first) {
		struct store_subscription *gone = n->first;

		n->first = gone->next;
		free(gone);
	}
	pthread_mutex_destroy(&n->lock);
}

static void tell(struct news *n, const struct store_news *news)
{
	if (atomic_load(&n->count) == 0)
		return;
	pthread_mutex_lock(&n->lock);
	for (struct store_subscription *s = n->first; s; s = s->next)
		s->fn(s->user, news);
	pthread_mutex_unlock(&n->lock);
}

void news_tell_posts(struct news *n, const struct store_news_post *posts, size_t count)
{
	if (count)
		tell(n, &(struct store_news){.posts = posts, .count = count});
}

void news_tell_resync(struct news *n)
{
	tell(n, &(struct store_news){.resync = true});
}

struct store_subscription *news_subscribe(struct news *n, store_news_fn *fn, void *user)
{
	struct store_subscription *s = calloc(1, sizeof(*s));

	if (!s)
		die("no memory for a subscription");
	*s = (struct store_subscription){.fn = fn, .user = user};
	pthread_mutex_lock(&n->lock);
	s->next = n->first;
	n->first = s;
	atomic_fetch_add(&n->count, 1);
	pthread_mutex_unlock(&n->lock);
	return s;
}

void news_unsubscribe(struct news *n, struct store_subscription *subscription)
{
	struct store_subscription **at = &n->first;

	pthread_mutex_lock(&n->lock);
	while (*at && *at != subscription)
		at = &(*at)->next;
	if (*at) {
		*at = subscription->next;
		atomic_fetch_sub(&n->count, 1);
		free(subscription);
	}
	pthread_mutex_unlock(&n->lock);
}
