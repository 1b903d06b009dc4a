/*
 * pg_news.h: nodes tell each other of new posts, by PostgreSQL's LISTEN and NOTIFY.
 *
 *	request ──commit──▶ queue ──▶ sender ──NOTIFY──▶ listener of every node ──▶ subscribers
 *	                                └── its own subscribers ──▶
 *
 * A NOTIFY inside the post's transaction would hold a lock of the whole database until that has
 * reached the disk and the replica, so that all posts of all nodes would wait for each other. So it
 * comes after the commit, from one thread of each node, which puts what has gathered into one, and
 * doesn't wait for the disk.
 *
 * What a node that was killed could not tell, the listeners find themselves: they look once a
 * second which posts of the last moments they have not heard of. That look is also how they notice
 * that their connection is dead, and all there is where a pooler stands between that gives each
 * transaction another connection: there LISTEN can't work, and they look more often.
 *
 * Whether a node missed anything while its connection was lost nobody can say: it says `resync`.
 */
#ifndef KINGLET_STORE_POSTGRES_PG_NEWS_H
#define KINGLET_STORE_POSTGRES_PG_NEWS_H

#include <pthread.h>
#include <stdatomic.h>
#include "store/news.h"

struct pg;

#define PG_NEWS_QUEUE_MAX 4096
#define PG_NEWS_SEEN	  32768 /* a power of two */

/* Of those that a node may have. */
#define PG_NEWS_CONNECTIONS 1

struct pg_news {
	struct pg *s;
	uint64_t node; /* this one's random name among those that share the database */

	/* Under the lock: what waits to be told, and which threads there are. */
	pthread_mutex_t lock;
	pthread_cond_t work;
	struct store_news_post queue[PG_NEWS_QUEUE_MAX];
	size_t queued;
	bool everything; /* more than the queue holds, or a bulk load */
	bool sending, listening, stopping;
	pthread_t sender, listener;
	int wake_fd; /* ends the listener's waiting */

	/* Which posts were passed on lately, so that most come once: the place is made from the id.
	 */
	pthread_mutex_t seen_lock;
	int64_t seen[PG_NEWS_SEEN];

	_Atomic int64_t sent, received, found, resyncs, lag_us;
	atomic_bool connected, hears; /* hears: by LISTEN, not only by looking */
};

/* No thread yet: the sender comes with the first post, the listener with pg_news_listen(). */
void pg_news_init(struct pg_news *n, struct pg *s);
/* Tells what is still to be told, ends the threads. */
void pg_news_release(struct pg_news *n);
/* A post of this node's was committed; with id 0, a notice for that person. Doesn't wait. */
void pg_news_post(struct pg_news *n, int64_t id, int64_t author_id);
/* More than one would like to name. */
void pg_news_everything(struct pg_news *n);
/* From now on this node hears of posts. Once is enough, more does no harm. */
void pg_news_listen(struct pg_news *n);
void pg_news_counters(struct pg_news *n, struct store_counters *out);

/* ---- between pg_notify.c and pg_listen.c -------------------------------------------------------
 */

#define PG_NEWS_CHANNEL "kinglet_news"

/* Passes on those that weren't yet, and answers how many these were. Reorders `posts`. */
size_t pg_news_pass_on(struct pg_news *n, struct store_news_post *posts, size_t count);
/* Notes them as passed on. */
void pg_news_mark(struct pg_news *n, const struct store_news_post *posts, size_t count);
void *pg_news_listener(void *arg);

#endif
