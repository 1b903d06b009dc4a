/*
 * probe.h: asks the store whether it works, without ever waiting long for the answer: a thread of
 * its own asks, and whoever wants to know waits for it PROBE_WAIT_MS at most. A check that takes
 * longer counts as failed for as long as it hangs, and nobody waits for it again.
 */
#ifndef KINGLET_SERVICE_PROBE_H
#define KINGLET_SERVICE_PROBE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"

#define PROBE_WAIT_MS 250

typedef enum err probe_check(void *user);

/* All zero is a valid one that has not asked yet; its thread begins with the first question. */
struct probe {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	pthread_t thread;
	probe_check *check;
	void *user;
	bool started, asked, running, ending;
	int64_t began_us;    /* the check that is running */
	uint64_t done_count; /* checks that came back */
	enum err result;     /* of the last of them */
};

/*
 * The result of a check that began after the call, ERR_TIMEOUT where it didn't come in time. The
 * same `check` and `user` each time. Any thread; blocks for PROBE_WAIT_MS at most, so that even an
 * I/O loop may ask.
 */
enum err MUST_CHECK probe_ask(struct probe *p, probe_check *check, void *user);
/* Waits for a check that is under way and ends the thread. */
void probe_release(struct probe *p);

#endif
