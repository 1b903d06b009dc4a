/*
 * server_pool.c: a queue with an end, and threads that wait at it. A full queue is said at once, so
 * that whoever waits has a chance, and the rest can go elsewhere.
 */
#include "http/server_internal.h"

#include <stdlib.h>
#include "base/clock.h"

const int64_t http_wait_bounds_us[HTTP_WAIT_BOUND_COUNT] = {
	100,   250,   500,    1000,   2500,   5000,    10000,
	25000, 50000, 100000, 250000, 500000, 1000000, 2500000,
};

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

/* Several threads count, but none holds up another: these are few beside what follows. */
static void count_wait(struct pool *p, const struct exchange *x)
{
	int64_t waited_us = clock_mono_us() - x->queued_us;
	size_t bucket = 0;

	while (bucket < HTTP_WAIT_BOUND_COUNT && waited_us > http_wait_bounds_us[bucket])
		bucket++;
	atomic_fetch_add_explicit(&p->waits[bucket], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&p->wait_sum_us, (uint64_t)waited_us, memory_order_relaxed);
}

static void *work(void *arg)
{
	struct pool *p = arg;
	struct gzip *gzip = gzip_new(GZIP_LEVEL);
	struct exchange *x;

	while ((x = pop(p))) {
		if (KINGLET_COUNTING)
			count_wait(p, x);
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

	x->queued_us = KINGLET_COUNTING ? clock_mono_us() : 0;
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
	else
		atomic_fetch_add_explicit(&p->shed, 1, memory_order_relaxed);
	return pushed;
}

void pool_counters(struct pool *p, struct http_pool_counters *out)
{
	out->queued = atomic_load_explicit(&p->queued, memory_order_relaxed);
	out->shed = atomic_load_explicit(&p->shed, memory_order_relaxed);
	for (size_t i = 0; i <= HTTP_WAIT_BOUND_COUNT; i++)
		out->waits[i] = atomic_load_explicit(&p->waits[i], memory_order_relaxed);
	out->wait_sum_us = atomic_load_explicit(&p->wait_sum_us, memory_order_relaxed);
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
	/* What it counted stays: somebody may be looking at it. */
	p->threads = NULL;
	p->thread_count = 0;
}
