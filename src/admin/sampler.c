/*
 * The question for active people reads what a day has brought, which grows with the community. So
 * it is asked once a minute, and less often where it takes long: at most a hundredth of the time is
 * spent on it.
 */
#include "admin/sampler.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include "base/clock.h"
#include "base/log.h"
#include "metrics/metrics.h"
#include "metrics/process.h"

#define DAY_MS		   ((int64_t)24 * 3600 * 1000)
#define ACTIVE_EVERY_US	   ((int64_t)60 * 1000000)
#define ACTIVE_REST_FACTOR 100
#define RARELY_US	   ((int64_t)300 * 1000000)
#define UNKNOWN		   (-1)

struct sampler {
	struct store *store;
	struct str url;
	struct health *health;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool ending;			    /* under `lock` */
	int64_t active_due_us, rare_due_us; /* the thread's */
	_Atomic int64_t active_users, file_bytes;
};

static void ask_active(struct sampler *s)
{
	int64_t began_us = clock_mono_us(), took_us, active;
	enum err e = store_active_users(s->store, clock_now_ms() - DAY_MS, &active);

	took_us = clock_mono_us() - began_us;
	s->active_due_us = began_us + (took_us * ACTIVE_REST_FACTOR > ACTIVE_EVERY_US
					       ? took_us * ACTIVE_REST_FACTOR
					       : ACTIVE_EVERY_US);
	atomic_store(&s->active_users, e == ERR_OK ? active : UNKNOWN);
}

static void count_pending(void *user, const struct migration_row *row)
{
	*(int64_t *)user += !row->done;
}

static void ask_rare(struct sampler *s)
{
	struct buf why = BUF_INIT(4096);
	int64_t bytes, pending = 0;
	const struct migration_watch watch = {.user = &pending, .row = count_pending};

	s->rare_due_us = clock_mono_us() + RARELY_US;
	if (store_migrate(s->url, MIGRATION_STATUS, &watch, &why) == ERR_OK)
		atomic_store(&s->health->pending_migrations, pending);
	buf_release(&why);
	/* An embedded one is asked each time: that is no query. */
	if (!store_is_embedded(s->store))
		atomic_store(&s->file_bytes,
			     store_file_bytes(s->store, &bytes) == ERR_OK ? bytes : UNKNOWN);
}

static void *run(void *user)
{
	struct sampler *s = user;

	pthread_mutex_lock(&s->lock);
	while (!s->ending) {
		struct timespec until;

		pthread_mutex_unlock(&s->lock);
		process_tick();
		(void)!health_ask(s->health);
		if (clock_mono_us() >= s->active_due_us)
			ask_active(s);
		if (clock_mono_us() >= s->rare_due_us)
			ask_rare(s);
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_sec += PROCESS_TICK_MS / 1000;
		pthread_mutex_lock(&s->lock);
		while (!s->ending &&
		       pthread_cond_clockwait(&s->wake, &s->lock, CLOCK_MONOTONIC, &until) == 0)
			;
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

/* What is not known is left out. */
static void put(void *user, struct metrics_sink *sink)
{
	struct sampler *s = user;
	int64_t active = atomic_load(&s->active_users), bytes = atomic_load(&s->file_bytes);

	if (active != UNKNOWN)
		metrics_put(sink, SERIES_ACTIVE_USERS, active);
	if (bytes != UNKNOWN)
		metrics_put(sink, SERIES_STORE_FILE_BYTES, bytes);
}

struct sampler *sampler_new(struct store *store, struct str url, struct health *h)
{
	struct sampler *s = calloc(1, sizeof(*s));

	if (!s)
		die("no memory for the sampler");
	s->store = store;
	s->url = url;
	s->health = h;
	s->active_users = s->file_bytes = UNKNOWN;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->wake, NULL);
	metrics_add_source(put, s);
	if (pthread_create(&s->thread, NULL, run, s) != 0)
		die("the sampler can't be started");
	return s;
}

void sampler_free(struct sampler *s)
{
	if (!s)
		return;
	pthread_mutex_lock(&s->lock);
	s->ending = true;
	pthread_mutex_unlock(&s->lock);
	pthread_cond_signal(&s->wake);
	pthread_join(s->thread, NULL);
	pthread_cond_destroy(&s->wake);
	pthread_mutex_destroy(&s->lock);
	free(s);
}
