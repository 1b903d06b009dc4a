#include "store/postgres/pg_flight.h"

#include <time.h>
#include "base/clock.h"
#include "store/budget.h"

void pg_flight_init(struct pg_flight *f)
{
	*f = (struct pg_flight){.result = ERR_OK};
	pthread_mutex_init(&f->lock, NULL);
	pthread_cond_init(&f->landed, NULL);
}

void pg_flight_release(struct pg_flight *f)
{
	pthread_mutex_destroy(&f->lock);
	pthread_cond_destroy(&f->landed);
}

/* The lock is held, and again when it returns. */
static void fly(struct pg_flight *f, int64_t deadline_us, pg_flight_fn *run, void *arg)
{
	uint64_t number = ++f->begun;
	enum err e;

	f->under_way = true;
	pthread_mutex_unlock(&f->lock);
	e = run(arg, deadline_us);
	pthread_mutex_lock(&f->lock);
	f->under_way = false;
	f->done = number;
	f->result = e;
	pthread_cond_broadcast(&f->landed);
}

enum err pg_flight_share(struct pg_flight *f, int64_t deadline_us, pg_flight_fn *run, void *arg)
{
	const struct timespec until = {.tv_sec = deadline_us / 1000000,
				       .tv_nsec = deadline_us % 1000000 * 1000};
	uint64_t wanted;
	enum err e = ERR_OK;
	int64_t began_us;

	pthread_mutex_lock(&f->lock);
	/* Not the one under way: it may have asked before we came. */
	wanted = f->begun + 1;
	while (f->done < wanted && e == ERR_OK) {
		if (!f->under_way) {
			fly(f, deadline_us, run, arg);
			continue;
		}
		began_us = clock_mono_us();
		if (pthread_cond_clockwait(&f->landed, &f->lock, CLOCK_MONOTONIC, &until))
			e = ERR_TIMEOUT;
		budget_spend(clock_mono_us() - began_us);
	}
	if (f->done >= wanted)
		e = f->result;
	pthread_mutex_unlock(&f->lock);
	return e;
}
