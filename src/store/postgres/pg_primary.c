#include "store/postgres/pg_primary.h"

bool pg_primary_saw(struct pg_primary *p, size_t host, uint32_t wal_timeline, int64_t now_us)
{
	uint32_t before = atomic_load(&p->newest);

	atomic_store(&p->seen[host], wal_timeline);
	do {
		if (wal_timeline <= before)
			return false;
		/* Before anybody can take the new number for a usable one. */
		if (before)
			atomic_store(&p->usable_us, now_us + PG_HOLD_US);
	} while (!atomic_compare_exchange_weak(&p->newest, &before, wal_timeline));
	atomic_store(&p->host, host);
	return before != 0;
}

bool pg_primary_allows(const struct pg_primary *p, uint32_t wal_timeline, int64_t now_us)
{
	if (wal_timeline == 0)
		return true;
	return wal_timeline >= atomic_load(&p->newest) && now_us >= atomic_load(&p->usable_us);
}

bool pg_primary_is_left(const struct pg_primary *p, size_t host)
{
	uint32_t seen = atomic_load(&p->seen[host]);

	return seen && seen < atomic_load(&p->newest);
}
