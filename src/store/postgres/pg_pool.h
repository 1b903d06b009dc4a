/*
 * pg_pool.h: a bounded number of connections, lent to one thread at a time, in the order in which
 * they asked. The one that was used last is lent first, so that those over the need grow idle.
 *
 * A thread of the pool's own, the keeper, makes connections; nobody else ever waits for a network
 * on which nobody answers. The pool is in one of three states:
 *
 *	well       idle connections are lent; where there is none one waits, and the keeper makes
 *	           another as long as there are fewer than `max`
 *	suspect    an answer failed to come in time. Nothing is lent until the keeper has asked
 *	           once more, or somebody else has got an answer
 *	away       nobody answers: takers are refused at once. The keeper tries again, after
 *	           BACKOFF_FIRST_MS to BACKOFF_MAX_MS, scattered, so that many nodes don't
 *	           come back at the same moment. Its first success ends it, without anybody asking
 */
#ifndef KINGLET_STORE_POSTGRES_PG_POOL_H
#define KINGLET_STORE_POSTGRES_PG_POOL_H

#include <pthread.h>
#include "store/postgres/pg_conn.h"

struct pg_pool_config {
	const char *url; /* copied */
	unsigned max;	 /* connections at a time */
	int64_t wait_ms; /* one waits that long for a connection */
	/* A statement may take that long before the server ends it; also how long the keeper waits
	 * for an answer before the database counts as away. */
	int64_t statement_ms;
	bool quiet; /* another pool says what happens */
	/* What is known of the primary, which outlives the pool; NULL: it finds out by itself. */
	struct pg_primary *primary;
};

struct pg_pool_counters {
	int64_t open, lent;	/* at this moment */
	int64_t opened, failed; /* connections made, tries that failed */
	int64_t waits;		/* takers that found none idle */
	int64_t refused;	/* takers that got none */
	bool away;
};

struct pg_waiter;

struct pg_pool {
	struct pg_target *target;
	struct pg_pool_config config;

	pthread_mutex_t lock;
	pthread_cond_t work; /* for the keeper */
	pthread_t keeper;
	bool keeping, ending;

	struct pg_conn *idle; /* a stack */
	struct pg_waiter *first, **last;
	unsigned open, lent; /* open: lent, idle, or in the keeper's hands */
	/* Connections of an older generation are not lent again: to another server than wanted. */
	uint64_t generation;
	bool suspect, away;
	enum err away_why;
	int64_t retry_at_us; /* not before: the last try has failed */
	int64_t backoff_ms;
	int64_t away_since_us, away_told_us; /* clock_mono_us() */
	char away_words[256];		     /* the reason that was logged last, cut */
	unsigned quick_tries;		     /* that failed since the last answer */
	struct pg_pool_counters counters;
};

/* ERR_INVALID: a URL that can't be read, with the reason. Ends the process where there is no
 * memory. */
enum err MUST_CHECK pg_pool_init(struct pg_pool *p, const struct pg_pool_config *config,
				 struct buf *why);
/* All connections must have been put back. */
void pg_pool_release(struct pg_pool *p);

/*
 * ERR_BUSY: all were lent for `wait_ms`, or until the deadline. ERR_IO, ERR_TIMEOUT: the database
 * is away, or lets nobody in.
 */
enum err MUST_CHECK pg_pool_take(struct pg_pool *p, int64_t deadline_us, struct pg_conn **out);
/* A broken one is closed. */
void pg_pool_put(struct pg_pool *p, struct pg_conn *c);
/* All connections there are lead to the wrong server: none is lent again. */
void pg_pool_renew(struct pg_pool *p);
void pg_pool_counters(struct pg_pool *p, struct pg_pool_counters *out);

#endif
