/*
 * pg_latest.c: the simulator's `latest`, one row for all nodes. A simulator changes it with nearly
 * each of its requests, and a row takes one change at a time. So those of one node that come while
 * one is under way go together, as the last of them.
 */
#include "store/postgres/pg.h"

static enum err write_last(void *arg, int64_t deadline_us)
{
	struct pg *s = arg;
	struct pg_args args = {0};

	(void)deadline_us; /* the same for each operation of the store */
	pg_arg_i64(&args, atomic_load(&s->latest));
	return pg_run(s, PG_LATEST_SET, &args, NULL);
}

enum err pg_latest_set(struct store *store, int64_t latest)
{
	struct pg *s = pg_of(store);

	/* What is written for us is this, or what was set after it. */
	atomic_store(&s->latest, latest);
	return pg_flight_share(&s->latest_flight, pg_deadline_us(s), write_last, s);
}

enum err pg_latest_get(struct store *store, int64_t *out)
{
	PGresult *r = NULL;
	enum err e = pg_run(pg_of(store), PG_LATEST_GET, NULL, &r);

	if (e == ERR_OK)
		*out = pg_i64(r, 0, 0);
	PQclear(r);
	return e;
}
