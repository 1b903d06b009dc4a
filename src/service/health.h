/*
 * health.h: whether this node can serve. Asked in two ways: health_ask() looks now, for a balancer
 * that decides by it, and waits a moment for the answer; health_is_good() says what the last look
 * found, and costs nothing, so that it may stand on a public listener.
 */
#ifndef KINGLET_SERVICE_HEALTH_H
#define KINGLET_SERVICE_HEALTH_H

#include <pthread.h>
#include <stdatomic.h>
#include "service/probe.h"
#include "store/store.h"

/* A look that is older says nothing any more: whoever looks regularly hangs. */
#define HEALTH_STALE_MS 20000
/* Less than that left for an embedded database: said, and no reason yet to take the node out. */
#define HEALTH_DISK_LOW_BYTES ((int64_t)256 << 20)
/* Of why the store doesn't work, with its end; more is cut. */
#define HEALTH_WORDS_BYTES 256

/* All zero but for the store is a valid one that has not looked yet. */
struct health {
	struct store *store;
	atomic_bool draining; /* it is being stopped */
	struct probe probe;
	/* What the last look found. */
	atomic_int store_result; /* enum err */
	_Atomic int64_t looked_us;
	_Atomic int64_t disk_free_bytes;    /* -1: not known, or another machine's matter */
	_Atomic int64_t pending_migrations; /* online ones, left for `kinglet migrate` */
	pthread_mutex_t words_lock;
	char words[HEALTH_WORDS_BYTES]; /* why, by who knows; "": nothing to say */
};

/*
 * Does the store work? By a look that began after the call; ERR_TIMEOUT where that took more than
 * PROBE_WAIT_MS. ERR_READ_ONLY: it is frozen, which is no reason to be taken out. Any thread.
 */
enum err MUST_CHECK health_ask(struct health *h);
/*
 * Why the last look failed, in the words of the database, for an operator: they may name hosts.
 * Empty where it didn't, or where nobody said.
 */
void health_words(struct health *h, char out[HEALTH_WORDS_BYTES]);
/* By what is known: not being stopped, and the store worked, not long ago. Never waits. */
bool health_is_good(struct health *h);
/* A store with that result is served on. */
bool health_tolerates(enum err store_result);
/* By the last look: HEALTH_DISK_LOW_BYTES are not left. */
bool health_disk_is_low(struct health *h);
/* To be called before the store is closed, when nobody asks any more. */
void health_release(struct health *h);

#endif
