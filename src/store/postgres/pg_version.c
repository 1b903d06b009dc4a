#include "store/postgres/pg_version.h"

#include <stdio.h>
#include <string.h>
#include "base/clock.h"

/* Whoever waits for a page has yet to ask for its rows, and all must be answered in a second. */
#define TIMEOUT_US 150000
/* A connection that is made may take longer than an answer. */
#define STATEMENT_MS 500
/*
 * A server that crashes may lose transactions that nobody was told of, and use their numbers again.
 * So answers of two connections are not compared; nor, since behind a pooler one connection may
 * speak with two servers, those that are further apart than it takes to start a server again.
 */
#define COMPARED_US 100000

void pg_version_init(struct pg_version *v, const char *url, struct pg_primary *primary)
{
	struct buf why = BUF_INIT(1024);

	*v = (struct pg_version){.value = 1};
	pg_flight_init(&v->flight);
	/* A URL that can't be read has ended the opening of the store before. */
	(void)!pg_pool_init(&v->pool,
			    &(struct pg_pool_config){.url = url,
						     .max = PG_VERSION_CONNECTIONS,
						     .wait_ms = TIMEOUT_US / 1000,
						     .statement_ms = STATEMENT_MS,
						     .quiet = true,
						     .primary = primary},
			    &why);
	buf_release(&why);
}

void pg_version_release(struct pg_version *v)
{
	pg_pool_release(&v->pool);
	pg_flight_release(&v->flight);
}

/* False where it is another one, or too long to be kept. */
static bool is_same(const char *kept, const PGresult *r, int column)
{
	return strcmp(kept, PQgetvalue(r, 0, column)) == 0;
}

static void keep(char kept[PG_VERSION_TEXT_MAX], const PGresult *r, int column)
{
	int len = snprintf(kept, PG_VERSION_TEXT_MAX, "%s", PQgetvalue(r, 0, column));

	if (len >= PG_VERSION_TEXT_MAX)
		kept[0] = '\0';
}

/* One statement, so its two columns are of one moment. */
static void compare(struct pg_version *v, int backend_pid, const PGresult *r)
{
	int64_t now_us = clock_mono_us();
	bool same = now_us - v->answered_us < COMPARED_US && backend_pid == v->backend_pid;

	v->answered_us = now_us;
	v->backend_pid = backend_pid;
	if (same && is_same(v->snapshot, r, 0))
		return;
	keep(v->snapshot, r, 0);
	/* No rows come where the snapshot was the one that we sent. */
	if (same && !PQgetisnull(r, 0, 1) && is_same(v->rows, r, 1))
		return;
	keep(v->rows, r, 1);
	atomic_fetch_add(&v->value, 1);
}

static enum err ask(void *arg, int64_t deadline_us)
{
	struct pg_version *v = arg;
	struct pg_args args = {0};
	struct pg_conn *c = NULL;
	PGresult *r = NULL;
	int backend_pid;
	enum err e = pg_pool_take(&v->pool, deadline_us, &c);

	if (e != ERR_OK)
		return e;
	pg_arg_str(&args, str_from_c(v->snapshot));
	e = pg_conn_run(c, PG_VERSION, &args, deadline_us, &r);
	if (e == ERR_OK && PQgetisnull(r, 0, 0)) {
		c->broken = true; /* it has become a replica */
		e = ERR_IO;
	}
	backend_pid = PQbackendPID(c->pg);
	pg_pool_put(&v->pool, c);
	if (e == ERR_OK)
		compare(v, backend_pid, r);
	else
		v->answered_us = 0;
	PQclear(r);
	return e;
}

uint64_t pg_version_ask(struct pg_version *v)
{
	enum err e = pg_flight_share(&v->flight, clock_mono_us() + TIMEOUT_US, ask, v);

	return e == ERR_OK ? atomic_load(&v->value) : 0;
}
