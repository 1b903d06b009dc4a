#include "store/postgres/pg_migrate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log.h"

/* A migration may take as long as it takes; the lock of another's is waited for as long. */
#define MIGRATION_US (7 * 24 * 3600 * INT64_C(1000000))
#define PATIENCE_US  (60 * INT64_C(1000000))
#define CONNECT_US   (10 * INT64_C(1000000))

static const char record_schema[] = "CREATE TABLE schema_migration ("
				    "	number     bigint PRIMARY KEY,"
				    "	name       text NOT NULL,"
				    "	digest     text NOT NULL,"
				    "	applied_ms bigint NOT NULL,"
				    "	kind       text NOT NULL DEFAULT 'expand',"
				    "	since      bigint NOT NULL DEFAULT 0"
				    ")";
/* For databases that were made when all were of one kind. */
static const char record_columns[] =
	"ALTER TABLE schema_migration ADD COLUMN IF NOT EXISTS kind text NOT NULL DEFAULT 'expand',"
	"	ADD COLUMN IF NOT EXISTS since bigint NOT NULL DEFAULT 0";

static enum err run(struct pg_conn *c, const char *sql, PGresult **out, struct buf *why)
{
	return pg_conn_exec(c, sql, clock_mono_us() + MIGRATION_US, out, why);
}

/* A newer program's migration: may this one work beside it? */
static enum err check_unknown(struct pg_conn *c, int number, const char *name, int count,
			      struct buf *why)
{
	struct buf sql = BUF_INIT(1024);
	PGresult *r = NULL;
	enum err e;

	buf_printf(&sql, "SELECT kind, since FROM schema_migration WHERE number = %d", number);
	e = run(c, buf_c(&sql), &r, why);
	buf_release(&sql);
	if (e == ERR_OK && !migration_is_tolerated(count, PQgetvalue(r, 0, 0),
						   strtoll(PQgetvalue(r, 0, 1), NULL, 10))) {
		buf_printf(why,
			   "the database was changed by a newer Kinglet: its schema %d (%s) took "
			   "away what this one, which knows schema %d, still uses; start the newer "
			   "one",
			   number, name, count);
		e = ERR_DENIED;
	}
	PQclear(r);
	return e;
}

/*
 * Compares what ran with what this program knows; `*out` is how many of the list ran. More may
 * have, as long as they took nothing away.
 */
static enum err check_record(struct pg_conn *c, const struct migration *list, int count, int *out,
			     struct buf *why)
{
	PGresult *r = NULL;
	int ran = 0;
	/* to_regclass() would answer from what this connection remembers of before it got the lock.
	 */
	enum err e = run(c,
			 "SELECT EXISTS (SELECT 1 FROM pg_class WHERE relname = 'schema_migration' "
			 "AND pg_table_is_visible(oid))",
			 &r, why);

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
	for (int i = 0; e == ERR_OK && i < PQntuples(r); i++) {
		int number = (int)strtol(PQgetvalue(r, i, 0), NULL, 10);

		if (number > count) {
			e = check_unknown(c, number, PQgetvalue(r, i, 1), count, why);
			continue;
		}
		if (number != ran + 1 || strcmp(PQgetvalue(r, i, 2), list[ran].digest) != 0) {
			buf_printf(why,
				   "the database has another schema %d (%s) than this Kinglet: the "
				   "migration was edited after it ran",
				   number, PQgetvalue(r, i, 1));
			e = ERR_DENIED;
		}
		ran++;
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

	migration_record_sql(m, &sql);
	e = run(c, buf_c(&sql), NULL, why);
	buf_release(&sql);
	return e;
}

/*
 * The lock of whoever runs transactions is one of the transaction. From then on locks of tables are
 * waited for shortly only: whoever waits for a table bars all who come after.
 */
static const char begin[] = "BEGIN; SET LOCAL statement_timeout = 0; "
			    "SELECT pg_advisory_xact_lock(1263421260, 2)";
static const char wait_shortly[] = "SET LOCAL lock_timeout = '300ms'";

/* What comes after the lock and the look at what ran. */
static enum err run_and_record(struct pg_conn *c, const struct migration *m, int ran,
			       struct buf *why)
{
	struct buf reason = BUF_INIT(4096);
	enum err e = run(c, wait_shortly, NULL, &reason);

	if (e == ERR_OK)
		e = run(c, ran == 0 ? record_schema : record_columns, NULL, &reason);
	if (e == ERR_OK && m->kind != MIGRATION_ONLINE)
		e = run(c, m->sql, NULL, &reason);
	if (e == ERR_OK && m->kind != MIGRATION_ONLINE)
		e = record(c, m, &reason);
	if (e == ERR_OK)
		e = run(c, "COMMIT", NULL, &reason);
	if (e != ERR_OK)
		buf_printf(why, "it can't be brought to schema %d (%s): %s", m->number, m->name,
			   buf_c(&reason));
	buf_release(&reason);
	return e;
}

/*
 * One migration in its transaction; what ran is read again inside, since two may come at once. An
 * online one is left alone: `*ran` then says how far it came.
 */
static enum err run_next(struct pg_conn *c, const struct migration *list, int count,
			 bool may_create, int *ran, bool *done, struct buf *why)
{
	enum err e = run(c, begin, NULL, why);

	*done = true;
	if (e == ERR_OK)
		e = check_record(c, list, count, ran, why);
	if (e == ERR_OK && *ran == 0 && !may_create) {
		buf_add_c(why, "there is no Kinglet in that database");
		e = ERR_NOT_FOUND;
	}
	if (e == ERR_OK && *ran < count) {
		*done = list[*ran].kind == MIGRATION_ONLINE;
		e = run_and_record(c, &list[*ran], *ran, why);
		if (e == ERR_OK) {
			*ran += !*done;
			return ERR_OK;
		}
	}
	if (!c->broken) {
		struct buf ignored = BUF_INIT(1024);

		if (run(c, "ROLLBACK", NULL, &ignored) != ERR_OK)
			c->broken = true;
		buf_release(&ignored);
	}
	return e;
}

/* Somebody's long statement may hold a table: asks again for a minute, with pauses. */
static enum err run_next_patiently(struct pg_conn *c, const struct migration *list, int count,
				   bool may_create, int *ran, bool *done, struct buf *why)
{
	int64_t until_us = clock_mono_us() + PATIENCE_US;
	enum err e;

	for (;;) {
		buf_clear(why);
		e = run_next(c, list, count, may_create, ran, done, why);
		if (e != ERR_BUSY || c->broken || clock_mono_us() > until_us)
			return e;
		usleep(200000);
	}
}

/* ---- online ---------------------------------------------------------------------------------- */

static enum err online_exec(void *engine, const char *sql, struct buf *why)
{
	return run(engine, sql, NULL, why);
}

static enum err online_number(void *engine, const char *sql, int64_t *out, struct buf *why)
{
	PGresult *r = NULL;
	enum err e = run(engine, sql, &r, why);

	if (e == ERR_OK && PQntuples(r) > 0 && !PQgetisnull(r, 0, 0))
		*out = strtoll(PQgetvalue(r, 0, 0), NULL, 10);
	PQclear(r);
	return e;
}

static struct migration_sql online_sql(struct pg_conn *c)
{
	return (struct migration_sql){
		.engine = c,
		.exec = online_exec,
		.number = online_number,
		.begin = "BEGIN",
		.rows_of = "SELECT nullif(reltuples, -1)::bigint FROM pg_class "
			   "WHERE oid = to_regclass(",
		.has_progress = "SELECT count(*) FROM pg_class WHERE relname = 'schema_progress' "
				"AND pg_table_is_visible(oid)",
		.concurrent = true,
	};
}

/*
 * Under a lock of the session that is asked for again and again: whoever waited for it inside a
 * statement would hold a snapshot, and CREATE INDEX CONCURRENTLY waits for all of those. The
 * server looks now and then whether we are still there, so that a killed process gives it back.
 */
static enum err lock_online(struct pg_conn *c, struct buf *why)
{
	enum err e = run(c,
			 "SET statement_timeout = 0; SET lock_timeout = 0; "
			 "SET client_connection_check_interval = '1s'",
			 NULL, why);
	int64_t held = 0;

	while (e == ERR_OK && !held) {
		e = online_number(c, "SELECT pg_try_advisory_lock(1263421260, 3)::integer", &held,
				  why);
		if (e == ERR_OK && !held)
			usleep(100000);
	}
	return e;
}

static enum err run_online(struct pg_conn *c, const struct migration *list, int count, int *ran,
			   const struct migration_watch *w, struct buf *why)
{
	struct migration_sql sql = online_sql(c);
	struct buf ignored = BUF_INIT(1024);
	int wanted = *ran + 1;
	enum err e = lock_online(c, why);

	if (e == ERR_OK)
		e = check_record(c, list, count, ran, why);
	if (e == ERR_OK && *ran < wanted) {
		e = migration_run_online(&sql, &list[*ran], w, why);
		*ran += e == ERR_OK;
	}
	if (!c->broken)
		(void)!run(c, "SELECT pg_advisory_unlock(1263421260, 3)", NULL, &ignored);
	buf_release(&ignored);
	return e;
}

static void show(struct pg_conn *c, const struct migration *list, int count, int ran,
		 const struct migration_watch *w)
{
	struct migration_sql sql = online_sql(c);
	struct buf ignored = BUF_INIT(4096);

	for (int i = 0; w && w->row && i < count; i++) {
		struct migration_row row = {.migration = &list[i], .done = i < ran, .left_ms = 0};
		char text[128];

		snprintf(text, sizeof(text),
			 "SELECT applied_ms FROM schema_migration WHERE number = %d", i + 1);
		if (row.done)
			(void)!online_number(c, text, &row.applied_ms, &ignored);
		else if (list[i].kind == MIGRATION_ONLINE)
			migration_estimate(&sql, &list[i], &row.rows, &row.left_ms);
		w->row(w->user, &row);
	}
	buf_release(&ignored);
}

/* An online one is next. Whether to run it: see enum migration_mode. */
static enum err may_run_online(struct pg_conn *c, const struct migration *list, int count, int ran,
			       bool *run_it, struct buf *why)
{
	int64_t people = 1;
	enum err e = online_number(c, "SELECT count(*) FROM (SELECT 1 FROM \"user\" LIMIT 1) u",
				   &people, why);

	if (e != ERR_OK)
		return e;
	*run_it = people == 0;
	if (!*run_it)
		log_info("a migration is pending", LOG_C("migration.name", list[ran].name),
			 LOG_C("run", "kinglet migrate"));
	for (int i = ran; !*run_it && i < count; i++) {
		if (list[i].kind == MIGRATION_ONLINE)
			continue;
		buf_printf(why,
			   "it needs migration %d (%s) first, which takes its time beside running "
			   "servers of the version before: kinglet migrate",
			   list[ran].number, list[ran].name);
		return ERR_DENIED;
	}
	return ERR_OK;
}

enum err pg_migrate_run_mode(struct pg_conn *c, const struct migration *list, int count,
			     bool may_create, enum migration_mode mode,
			     const struct migration_watch *w, struct buf *why)
{
	bool done = false, run_it = mode == MIGRATION_ALL;
	int ran = 0;
	enum err e = check_record(c, list, count, &ran, why);

	if (e == ERR_OK && ran == 0 && !may_create) {
		buf_add_c(why, "there is no Kinglet in that database");
		e = ERR_NOT_FOUND;
	}
	if (e == ERR_OK)
		show(c, list, count, ran, w);
	if (mode == MIGRATION_STATUS)
		return e;
	while (e == ERR_OK && ran < count) {
		int64_t began_us = clock_mono_us();
		int before = ran;

		if (w && w->begin)
			w->begin(w->user, &list[before]);
		e = run_next_patiently(c, list, count, may_create, &ran, &done, why);
		if (e == ERR_OK && done && ran < count) {
			if (mode == MIGRATION_START)
				e = may_run_online(c, list, count, ran, &run_it, why);
			if (e != ERR_OK || !run_it)
				break;
			e = run_online(c, list, count, &ran, w, why);
		}
		if (e == ERR_OK && w && w->end)
			w->end(w->user, &list[before], (clock_mono_us() - began_us) / 1000);
	}
	return e;
}

enum err pg_migrate_run(struct pg_conn *c, const struct migration *list, int count, bool may_create,
			struct buf *why)
{
	return pg_migrate_run_mode(c, list, count, may_create, MIGRATION_START, NULL, why);
}

enum err pg_migrate(struct str url, enum migration_mode mode, const struct migration_watch *w,
		    struct buf *why)
{
	struct buf text = BUF_INIT(16384), reason = BUF_INIT(4096);
	struct pg_conn c = {.broken = true};
	enum err e;

	buf_add(&text, url);
	e = pg_conn_open(&c, buf_c(&text), false, clock_mono_us() + CONNECT_US, &reason);
	if (e == ERR_OK)
		e = pg_migrate_run_mode(&c, postgres_migrations, postgres_migration_count, false,
					mode, w, &reason);
	if (c.pg)
		pg_conn_close(&c);
	if (e != ERR_OK)
		buf_printf(why, "the PostgreSQL database: %s",
			   reason.len ? buf_c(&reason) : err_text(e));
	explicit_bzero(text.ptr, text.len);
	buf_release(&text);
	buf_release(&reason);
	return e;
}
