/*
 * pg_gate.c: writes of this node wait while it loads in bulk, as store.h promises, and no more than
 * write_queue_max of them.
 */
#include <time.h>
#include "base/clock.h"
#include "store/budget.h"
#include "store/postgres/pg.h"

/* The lock is held. Until the gate is open; false past the deadline. */
static bool wait_until_open(struct pg *s, int64_t deadline_us)
{
	const struct timespec until = {.tv_sec = deadline_us / 1000000,
				       .tv_nsec = deadline_us % 1000000 * 1000};

	int64_t began_us = clock_mono_us();
	int status = 0;

	while (s->gate_shut && status == 0)
		status = pthread_cond_clockwait(&s->gate_opened, &s->gate_lock, CLOCK_MONOTONIC,
						&until);
	budget_spend(clock_mono_us() - began_us);
	return !s->gate_shut;
}

enum err pg_take_to_write(struct pg *s, int64_t deadline_us, struct pg_conn **out)
{
	enum err e = ERR_BUSY;
	bool open;

	pthread_mutex_lock(&s->gate_lock);
	if (s->waiting >= s->waiting_max) {
		pthread_mutex_unlock(&s->gate_lock);
		return ERR_BUSY;
	}
	s->waiting++;
	open = wait_until_open(s, deadline_us);
	pthread_mutex_unlock(&s->gate_lock);
	if (open)
		e = pg_pool_take(&s->pool, deadline_us, out);
	pthread_mutex_lock(&s->gate_lock);
	s->waiting--;
	pthread_mutex_unlock(&s->gate_lock);
	return e;
}

enum err pg_gate_shut(struct pg *s, int64_t deadline_us)
{
	bool open;

	pthread_mutex_lock(&s->gate_lock);
	open = wait_until_open(s, deadline_us);
	if (open)
		s->gate_shut = true;
	pthread_mutex_unlock(&s->gate_lock);
	return open ? ERR_OK : ERR_BUSY;
}

void pg_gate_open(struct pg *s)
{
	pthread_mutex_lock(&s->gate_lock);
	s->gate_shut = false;
	pthread_cond_broadcast(&s->gate_opened);
	pthread_mutex_unlock(&s->gate_lock);
}
