#include "store/postgres/pg_migrate.h"

#include <stdlib.h>
#include <string.h>
#include "base/clock.h"

/* A migration may take as long as it takes; the lock of another's is waited for as long. */
#define MIGRATION_US (24 * 3600 * INT64_C(1000000))

static const char record_schema[] = "CREATE TABLE schema_migration ("
				    "	number     bigint PRIMARY KEY,"
				    "	name       text NOT NULL,"
				    "	digest     text NOT NULL,"
				    "	applied_ms bigint NOT NULL"
				    ")";

static enum err run(struct pg_conn *c, const char *sql, PGresult **out, struct buf *why)
{
	return pg_conn_exec(c, sql, clock_mono_us() + MIGRATION_US, out, why);
}

/* Compares what ran with what this program knows; `*out` is how many ran. */
static enum err check_record(struct pg_conn *c, const struct migration *list, int count, int *out,
			     struct buf *why)
{
	PGresult *r = NULL;
	int ran = 0;
	enum err e = run(c, "SELECT to_regclass('schema_migration') IS NOT NULL", &r, why);

	if (e == ERR_OK && strcmp(PQgetvalue(r, 0, 0), "t") != 0) {
		PQclear(r);
		*out = 0;
		return ERR_OK;
	}
	PQclear(r);
	if (e == ERR_OK)
		e = run(c, "SELECT number, name, digest FROM schema_migration ORDER BY number", &r,
			why);
	if (e != ERR_OK)
		return e;
	for (; e == ERR_OK && ran < PQntuples(r); ran++) {
		int number = atoi(PQgetvalue(r, ran, 0));

		if (number > count) {
			buf_printf(why,
				   "the database was written by a newer Kinglet: it has schema %d "
				   "(%s), and this one knows schema %d",
				   number, PQgetvalue(r, ran, 1), count);
			e = ERR_DENIED;
		} else if (number != ran + 1 ||
			   strcmp(PQgetvalue(r, ran, 2), list[ran].digest) != 0) {
			buf_printf(why,
				   "the database has another schema %d (%s) than this Kinglet: the "
				   "migration was edited after it ran",
				   number, PQgetvalue(r, ran, 1));
			e = ERR_DENIED;
		}
	}
	PQclear(r);
	if (e == ERR_OK)
		*out = ran;
	return e;
}

static enum err record(struct pg_conn *c, const struct migration *m, struct buf *why)
{
	struct buf sql = BUF_INIT(4096);
	enum err e;

	/* Names and digests are of our own making: [a-z0-9_]. */
	buf_printf(&sql, "INSERT INTO schema_migration VALUES (%d, '%s', '%s', %lld)", m->number,
		   m->name, m->digest, (long long)clock_now_ms());
	e = run(c, buf_c(&sql), NULL, why);
	buf_release(&sql);
	return e;
}

/* One migration in its transaction; what ran is read again inside, since two may come at once. */
static enum err run_next(struct pg_conn *c, const struct migration *list, int count,
			 bool may_create, bool *done, struct buf *why)
{
	int ran = 0;
	enum err e = run(c, "BEGIN; SELECT pg_advisory_xact_lock(1263421260, 2)", NULL, why);

	if (e == ERR_OK)
		e = check_record(c, list, count, &ran, why);
	if (e == ERR_OK && ran == 0 && !may_create) {
		buf_add_c(why, "there is no Kinglet in that database");
		e = ERR_NOT_FOUND;
	}
	*done = e == ERR_OK && ran == count;
	if (e == ERR_OK && !*done) {
		if (ran == 0)
			e = run(c, record_schema, NULL, why);
		if (e == ERR_OK)
			e = run(c, list[ran].sql, NULL, why);
		if (e == ERR_OK)
			e = record(c, &list[ran], why);
		if (e == ERR_OK)
			return run(c, "COMMIT", NULL, why);
	}
	if (!c->broken) {
		struct buf ignored = BUF_INIT(1024);

		if (run(c, "ROLLBACK", NULL, &ignored) != ERR_OK)
			c->broken = true;
		buf_release(&ignored);
	}
	return e;
}

enum err pg_migrate_run(struct pg_conn *c, const struct migration *list, int count, bool may_create,
			struct buf *why)
{
	bool done = false;
	int ran;
	enum err e = check_record(c, list, count, &ran, why);

	if (e == ERR_OK && ran == count)
		return ERR_OK;
	while (e == ERR_OK && !done)
		e = run_next(c, list, count, may_create, &done, why);
	return e;
}
