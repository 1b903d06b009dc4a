/* What is kept of a look are single numbers: whoever reads them needs no lock. */
#include "service/health.h"

#include "base/clock.h"

/* On the probe's thread: a disk that hangs holds up nobody else. */
static enum err look(void *user)
{
	struct health *h = user;
	struct store_counters counters;
	enum err e = store_check(h->store);

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
