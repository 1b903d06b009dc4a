/* What is kept of a look are single numbers: whoever reads them needs no lock, but for the words.
 */
#include "service/health.h"

#include <stdio.h>
#include "base/clock.h"
#include "base/log.h"

/* They come in whatever encoding the server has before it knows ours, so only ASCII is kept. */
static void keep_words(struct health *h, struct str words)
{
	pthread_mutex_lock(&h->words_lock);
	snprintf(h->words, sizeof(h->words), "%.*s", STR_ARG(words));
	for (char *at = h->words; *at; at++) {
		if (*at < ' ' || *at > '~')
			*at = '?';
	}
	pthread_mutex_unlock(&h->words_lock);
}

void health_words(struct health *h, char out[HEALTH_WORDS_BYTES])
{
	pthread_mutex_lock(&h->words_lock);
	memcpy(out, h->words, sizeof(h->words));
	pthread_mutex_unlock(&h->words_lock);
}

/* On the probe's thread: a disk that hangs holds up nobody else. */
static enum err look(void *user)
{
	struct health *h = user;
	struct store_counters counters;
	enum err e;

	log_cause_clear();
	e = store_check(h->store);
	keep_words(h, e == ERR_OK ? STR("") : log_cause());
	store_counters(h->store, &counters);
	atomic_store(&h->disk_free_bytes, counters.disk_free_bytes);
	atomic_store(&h->store_result, (int)e);
	atomic_store(&h->looked_us, clock_mono_us());
	return e;
}

enum err health_ask(struct health *h)
{
	return probe_ask(&h->probe, look, h);
}

bool health_tolerates(enum err store_result)
{
	return store_result == ERR_OK || store_result == ERR_READ_ONLY;
}

bool health_is_good(struct health *h)
{
	int64_t looked_us = atomic_load(&h->looked_us);

	if (atomic_load(&h->draining))
		return false;
	/* Before the first look it is good: the store could be opened. */
	if (looked_us && clock_mono_us() - looked_us > HEALTH_STALE_MS * 1000)
		return false;
	return health_tolerates((enum err)atomic_load(&h->store_result));
}

bool health_disk_is_low(struct health *h)
{
	int64_t free_bytes = atomic_load(&h->disk_free_bytes);
	bool known = atomic_load(&h->looked_us) && free_bytes >= 0;

	return known && free_bytes < HEALTH_DISK_LOW_BYTES;
}

void health_release(struct health *h)
{
	probe_release(&h->probe);
}
