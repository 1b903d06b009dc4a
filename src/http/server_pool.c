/*
 * server_pool.c: a queue with an end, and threads that wait at it. A full queue is said at once, so
 * that whoever waits has a chance, and the rest can go elsewhere.
 */
#include "http/server_internal.h"

#include <stdlib.h>

static struct exchange *pop(struct pool *p)
{
	struct exchange *x;

	pthread_mutex_lock(&p->lock);
	while (!p->first && !p->stopping)
		pthread_cond_wait(&p->wake, &p->lock);
	x = p->first;
	if (x) {
		p->first = x->next;
		if (!p->first)
			p->last = NULL;
		atomic_fetch_sub_explicit(&p->queued, 1, memory_order_relaxed);
	}
	pthread_mutex_unlock(&p->lock);
	return x;
}

static void *work(void *arg)
{
	struct pool *p = arg;
	struct gzip *gzip = gzip_new(GZIP_LEVEL);
	struct exchange *x;

	while ((x = pop(p))) {
		if (!atomic_load_explicit(&x->abandoned, memory_order_relaxed)) {
			x->listener->handle(x->listener->user, &x->req, &x->res);
			answer_prepare(x, gzip);
		}
		io_loop_return(x);
	}
	gzip_free(gzip);
	return NULL;
}

bool pool_start(struct pool *p, unsigned thread_count, unsigned queue_limit)
{
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->wake, NULL);
	p->limit = queue_limit;
	p->threads = calloc(thread_count ? thread_count : 1, sizeof(*p->threads));
	if (!p->threads)
		return false;
	while (p->thread_count < thread_count) {
		if (pthread_create(&p->threads[p->thread_count], NULL, work, p) != 0)
			return false;
		p->thread_count++;
	}
	return true;
}

bool pool_push(struct pool *p, struct exchange *x)
{
	bool pushed = false;

	pthread_mutex_lock(&p->lock);
	if (p->thread_count && !p->stopping &&
	    atomic_load_explicit(&p->queued, memory_order_relaxed) < p->limit) {
		x->next = NULL;
		if (p->last)
			p->last->next = x;
		else
			p->first = x;
		p->last = x;
		atomic_fetch_add_explicit(&p->queued, 1, memory_order_relaxed);
		pushed = true;
	}
	pthread_mutex_unlock(&p->lock);
	if (pushed)
		pthread_cond_signal(&p->wake);
	return pushed;
}

void pool_stop(struct pool *p)
{
	if (!p->threads)
		return;
	pthread_mutex_lock(&p->lock);
	p->stopping = true;
	pthread_mutex_unlock(&p->lock);
	pthread_cond_broadcast(&p->wake);
	for (unsigned i = 0; i < p->thread_count; i++)
		pthread_join(p->threads[i], NULL);
	free(p->threads);
	pthread_cond_destroy(&p->wake);
	pthread_mutex_destroy(&p->lock);
	*p = (struct pool){0};
}
