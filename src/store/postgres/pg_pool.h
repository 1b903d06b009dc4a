/*
 * pg_pool.h: a bounded number of connections, lent to one thread at a time. The one that was used
 * last is lent first, so that those over the need grow idle.
 *
 * While the database is away nobody waits for it twice: after a connection could not be made,
 * takers are refused at once until the time of the next try, which grows from BACKOFF_FIRST_MS to
 * BACKOFF_MAX_MS and is scattered, so that many nodes don't come back at the same moment.
 */
#ifndef KINGLET_STORE_POSTGRES_PG_POOL_H
#define KINGLET_STORE_POSTGRES_PG_POOL_H

#include <pthread.h>
#include "store/postgres/pg_conn.h"

struct pg_pool {
	char *url;
	unsigned max;

	pthread_mutex_t lock;
	pthread_cond_t returned;
	struct pg_conn *idle; /* a stack */
	unsigned count;	      /* lent or idle */
	/* Connections of an older generation are not lent again: one of them has broken. */
	uint64_t generation;
	int64_t retry_at_us; /* 0: the database is there, as far as one knows */
	int64_t backoff_ms;
	int64_t opened, failed; /* for metrics */
};

/* Keeps a copy of the URL. Ends the process where there is no memory. */
void pg_pool_init(struct pg_pool *p, const char *url, unsigned max);
/* All connections must have been put back. */
void pg_pool_release(struct pg_pool *p);

/* ERR_BUSY: all were lent until the deadline. ERR_IO, ERR_TIMEOUT, ERR_DENIED: the database is
 * away, maybe found out by somebody else a moment ago. */
enum err MUST_CHECK pg_pool_take(struct pg_pool *p, int64_t deadline_us, struct pg_conn **out);
/* A broken one is closed. */
void pg_pool_put(struct pg_pool *p, struct pg_conn *c);

#endif
