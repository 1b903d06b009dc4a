#include "store/postgres/pg_watch.h"

#include <pthread.h>
#include <stdlib.h>
#include "base/clock.h"
#include "base/log.h"
#include "store/postgres/pg_conn.h"

/* Who isn't let in needn't fill the server's log. */
#define DENIED_REST_US 5000000

struct eye {
	struct pg_watch *watch;
	pthread_t thread;
	size_t host;
	bool has_looked; /* once; under the watch's lock */
};

struct pg_watch {
	struct pg_target *target;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool ending;
	size_t count;
	struct eye eyes[];
};

/* The lock is held. Until `until_us`, or the end. */
static void rest(struct pg_watch *w, int64_t until_us)
{
	const struct timespec until = {.tv_sec = until_us / 1000000,
				       .tv_nsec = until_us % 1000000 * 1000};

	while (!w->ending &&
	       pthread_cond_clockwait(&w->changed, &w->lock, CLOCK_MONOTONIC, &until) == 0)
		;
}

static void *look_on(void *user)
{
	struct eye *eye = user;
	struct pg_watch *w = eye->watch;
	struct pg_conn c = {.broken = true};

	pthread_mutex_lock(&w->lock);
	while (!w->ending) {
		int64_t began_us = clock_mono_us();
		enum err e;

		pthread_mutex_unlock(&w->lock);
		/* A host that is away or a standby is no news. */
		e = pg_conn_look(&c, w->target, eye->host, began_us + PG_LOOK_TIMEOUT_US);
		pthread_mutex_lock(&w->lock);
		eye->has_looked = true;
		pthread_cond_broadcast(&w->changed);
		rest(w, began_us + (e == ERR_DENIED ? DENIED_REST_US : PG_LOOK_US));
	}
	pthread_mutex_unlock(&w->lock);
	if (c.pg)
		pg_conn_close(&c);
	return NULL;
}

static bool all_have_looked(const struct pg_watch *w)
{
	for (size_t i = 0; i < w->count; i++) {
		if (!w->eyes[i].has_looked)
			return false;
	}
	return true;
}

struct pg_watch *pg_watch_new(struct pg_target *target)
{
	size_t count = pg_target_hosts(target);
	int64_t until_us = clock_mono_us() + PG_LOOK_TIMEOUT_US;
	const struct timespec until = {.tv_sec = until_us / 1000000,
				       .tv_nsec = until_us % 1000000 * 1000};
	struct pg_watch *w;

	if (count < 2)
		return NULL;
	w = calloc(1, sizeof(*w) + count * sizeof(w->eyes[0]));
	if (!w)
		die("no memory to watch the database's hosts");
	w->target = target;
	w->count = count;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->changed, NULL);
	for (size_t i = 0; i < count; i++) {
		w->eyes[i] = (struct eye){.watch = w, .host = i};
		if (pthread_create(&w->eyes[i].thread, NULL, look_on, &w->eyes[i]) != 0)
			die("no thread to watch the database's hosts");
	}
	pthread_mutex_lock(&w->lock);
	while (!all_have_looked(w) &&
	       pthread_cond_clockwait(&w->changed, &w->lock, CLOCK_MONOTONIC, &until) == 0)
		;
	pthread_mutex_unlock(&w->lock);
	return w;
}

void pg_watch_free(struct pg_watch *w)
{
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	w->ending = true;
	pthread_cond_broadcast(&w->changed);
	pthread_mutex_unlock(&w->lock);
	for (size_t i = 0; i < w->count; i++)
		pthread_join(w->eyes[i].thread, NULL);
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->changed);
	free(w);
}
