/*
 * reader.h: the pool of connections that read. An operation borrows one for some microseconds; the
 * one returned last is lent first, because its cache is warm. Whoever finds none waits.
 */
#ifndef KINGLET_STORE_SQLITE_READER_H
#define KINGLET_STORE_SQLITE_READER_H

#include <pthread.h>
#include <stddef.h>
#include "base/buf.h"
#include "base/err.h"
#include "store/sqlite/conn.h"

struct readers {
	pthread_mutex_t lock;
	pthread_cond_t returned;
	struct conn *conns;  /* all of them */
	struct conn **ready; /* a stack of those that nobody has */
	size_t count, ready_count, waiting_count;
};

/* `cache_bytes` over all. On failure `*why` says what was refused, and nothing is left open. */
enum err MUST_CHECK readers_open(struct readers *r, const char *path, size_t cache_bytes,
				 struct buf *why);
/* All must have been returned. */
void readers_close(struct readers *r);

struct conn *readers_take(struct readers *r);
void readers_put(struct readers *r, struct conn *c);

#endif
