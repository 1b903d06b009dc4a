/*
 * Questions that come while a check is under way are answered by the next one, which begins after
 * them: a result that was true before the disk filled up is no answer to whoever asks afterwards.
 */
#include "service/probe.h"

#include <time.h>
#include "base/clock.h"

static void *run(void *user)
{
	struct probe *p = user;

	pthread_mutex_lock(&p->lock);
	while (!p->ending) {
		enum err result;

		if (!p->asked) {
			pthread_cond_wait(&p->changed, &p->lock);
			continue;
		}
		p->asked = false;
		p->running = true;
		p->began_us = clock_mono_us();
		pthread_mutex_unlock(&p->lock);
		result = p->check(p->user);
		pthread_mutex_lock(&p->lock);
		p->running = false;
		p->result = result;
		p->done_count++;
		pthread_cond_broadcast(&p->changed);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

static struct timespec deadline(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_nsec += PROBE_WAIT_MS * 1000000L;
	at.tv_sec += at.tv_nsec / 1000000000L;
	at.tv_nsec %= 1000000000L;
	return at;
}

enum err probe_ask(struct probe *p, probe_check *check, void *user)
{
	const struct timespec until = deadline();
	enum err e = ERR_TIMEOUT;
	uint64_t wanted;

	pthread_mutex_lock(&p->lock);
	if (!p->started) {
		p->check = check;
		p->user = user;
		p->started = pthread_create(&p->thread, NULL, run, p) == 0;
		if (!p->started) {
			e = ERR_INTERNAL;
			goto done;
		}
	}
	wanted = p->done_count + 1 + p->running;
	if (p->running && clock_mono_us() - p->began_us > PROBE_WAIT_MS * 1000)
		goto done;
	p->asked = true;
	pthread_cond_broadcast(&p->changed);
	while (p->done_count < wanted) {
		if (pthread_cond_clockwait(&p->changed, &p->lock, CLOCK_MONOTONIC, &until) != 0)
			goto done;
	}
	e = p->result;
done:
	pthread_mutex_unlock(&p->lock);
	return e;
}

void probe_release(struct probe *p)
{
	bool started;

	pthread_mutex_lock(&p->lock);
	started = p->started;
	p->ending = true;
	p->started = false;
	pthread_cond_broadcast(&p->changed);
	pthread_mutex_unlock(&p->lock);
	if (started)
		pthread_join(p->thread, NULL);
}
