#include "store/sqlite/reader.h"

#include <stdlib.h>
#include <unistd.h>
#include "base/log.h"

/* An I/O loop and a worker on each core, and two more for what comes beside. */
static size_t reader_count(void)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	return 2 + 2 * (cores > 0 ? (size_t)cores : 1);
}

enum err readers_open(struct readers *r, const char *path, size_t cache_bytes, struct buf *why)
{
	enum err e = ERR_OK;

	*r = (struct readers){.count = reader_count()};
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->returned, NULL);
	r->conns = calloc(r->count, sizeof(*r->conns));
	r->ready = calloc(r->count, sizeof(struct conn *));
	if (!r->conns || !r->ready)
		die("no memory for the store's readers");
	for (size_t i = 0; e == ERR_OK && i < r->count; i++) {
		e = conn_open(&r->conns[i], path, false, why);
		if (e == ERR_OK)
			e = conn_prepare(&r->conns[i], ON_READER, why);
		if (e == ERR_OK) {
			conn_set_cache(&r->conns[i], cache_bytes / r->count);
			r->ready[r->ready_count++] = &r->conns[i];
		}
	}
	if (e != ERR_OK)
		readers_close(r);
	return e;
}

void readers_close(struct readers *r)
{
	for (size_t i = 0; i < r->count; i++)
		conn_close(&r->conns[i]);
	free(r->conns);
	free(r->ready);
	pthread_mutex_destroy(&r->lock);
	pthread_cond_destroy(&r->returned);
	*r = (struct readers){0};
}

struct conn *readers_take(struct readers *r)
{
	struct conn *c;

	pthread_mutex_lock(&r->lock);
	while (r->ready_count == 0) {
		r->waiting_count++;
		pthread_cond_wait(&r->returned, &r->lock);
		r->waiting_count--;
	}
	c = r->ready[--r->ready_count];
	pthread_mutex_unlock(&r->lock);
	return c;
}

void readers_put(struct readers *r, struct conn *c)
{
	bool wanted;

	pthread_mutex_lock(&r->lock);
	wanted = r->waiting_count > 0;
	r->ready[r->ready_count++] = c;
	pthread_mutex_unlock(&r->lock);
	if (wanted)
		pthread_cond_signal(&r->returned);
}
