#include "store/sqlite/migrate.h"

#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/log.h"
#include "store/sqlite/conn.h"

/* "KNGL": marks a SQLite file as ours (https://www.sqlite.org/fileformat.html, application id). */
#define APPLICATION_ID	    1263421260
#define APPLICATION_ID_TEXT "1263421260"

static const char record_schema[] = "CREATE TABLE schema_migration ("
				    "	number     INTEGER PRIMARY KEY,"
				    "	name       TEXT NOT NULL,"
				    "	digest     TEXT NOT NULL,"
				    "	applied_ms INTEGER NOT NULL,"
				    "	kind       TEXT NOT NULL DEFAULT 'expand',"
				    "	since      INTEGER NOT NULL DEFAULT 0"
				    ") STRICT";
/* For files that were made when all were of one kind. */
static const char record_columns[] =
	"ALTER TABLE schema_migration ADD COLUMN kind TEXT NOT NULL DEFAULT 'expand';"
	"ALTER TABLE schema_migration ADD COLUMN since INTEGER NOT NULL DEFAULT 0";

/* A number from a statement that has one; the SQLite code. */
static int query_i64(sqlite3 *db, const char *sql, int64_t *out)
{
	sqlite3_stmt *st = NULL;
	int code = sqlite3_prepare_v2(db, sql, -1, &st, NULL);

	if (code == SQLITE_OK) {
		code = sqlite3_step(st);
		if (code == SQLITE_ROW) {
			*out = column_i64(st, 0);
			code = SQLITE_OK;
		}
	}
	sqlite3_finalize(st);
	return code;
}

/* Ours, or empty and so about to be ours? The first that reads the file. */
static enum err identify(struct conn *c, const char *path, struct buf *why)
{
	int64_t id = 0, table_count = 0;
	int code = query_i64(c->db, "PRAGMA application_id", &id);

	if (code == SQLITE_OK)
		code = query_i64(c->db, "SELECT count(*) FROM sqlite_schema", &table_count);
	if (code != SQLITE_OK)
		return conn_refused(path, code, why);
	if (id != APPLICATION_ID && table_count > 0) {
		buf_printf(why,
			   "%s is another program's database; that of a classic MiniTwit is brought"
			   " in with: kinglet import %s",
			   path, path);
		return ERR_DENIED;
	}
	return ERR_OK;
}

/* A newer program's migration: may this one work beside it? */
static enum err check_unknown(struct conn *c, const char *path, int number, const char *name,
			      int count, struct buf *why)
{
	sqlite3_stmt *st = NULL;
	bool tolerated = false;

	if (sqlite3_prepare_v2(c->db, "SELECT kind, since FROM schema_migration WHERE number = ?1",
			       -1, &st, NULL) == SQLITE_OK) {
		bind_i64(st, 1, number);
		if (stmt_step(st) == STEP_ROW)
			tolerated = migration_is_tolerated(
				count, (const char *)sqlite3_column_text(st, 0), column_i64(st, 1));
	}
	sqlite3_finalize(st);
	if (tolerated)
		return ERR_OK;
	buf_printf(why,
		   "the database %s was changed by a newer Kinglet: its schema %d (%s) took away "
		   "what this one, which knows schema %d, still uses; start the newer one",
		   path, number, name, count);
	return ERR_DENIED;
}

/*
 * Compares what ran with what this program knows; `*out` is how many of the list ran. More may
 * have, as long as they took nothing away.
 */
static enum err check_record(struct conn *c, const char *path, const struct migration *list,
			     int count, int *out, struct buf *why)
{
	sqlite3_stmt *st = NULL;
	int64_t has_record = 0;
	enum err e = ERR_OK;
	int ran = 0;

	if (query_i64(c->db, "SELECT count(*) FROM sqlite_schema WHERE name = 'schema_migration'",
		      &has_record) != SQLITE_OK)
		return conn_refused(path, sqlite3_errcode(c->db), why);
	if (!has_record) {
		*out = 0;
		return ERR_OK;
	}
	if (sqlite3_prepare_v2(c->db,
			       "SELECT number, name, digest FROM schema_migration ORDER BY number",
			       -1, &st, NULL) != SQLITE_OK)
		return conn_refused(path, sqlite3_errcode(c->db), why);
	while (e == ERR_OK && stmt_step(st) == STEP_ROW) {
		int number = sqlite3_column_int(st, 0);

		if (number > count) {
			e = check_unknown(c, path, number, (const char *)sqlite3_column_text(st, 1),
					  count, why);
			continue;
		}
		if (number != ran + 1 ||
		    strcmp((const char *)sqlite3_column_text(st, 2), list[ran].digest)) {
			buf_printf(why,
				   "the database %s has another schema %d (%s) than this Kinglet: "
				   "the migration was edited after it ran",
				   path, number, (const char *)sqlite3_column_text(st, 1));
			e = ERR_DENIED;
		}
		ran++;
	}
	if (e == ERR_OK && sqlite3_errcode(c->db) != SQLITE_DONE)
		e = conn_refused(path, sqlite3_errcode(c->db), why);
	sqlite3_finalize(st);
	if (e == ERR_OK)
		*out = ran;
	return e;
}

static enum err prepare_record(struct conn *c, int ran)
{
	int64_t columns = 0;
	enum err e;

	if (ran == 0) {
		e = conn_exec(c, record_schema);
		return e == ERR_OK ? conn_exec(c, "PRAGMA application_id = " APPLICATION_ID_TEXT)
				   : e;
	}
	if (query_i64(c->db,
		      "SELECT count(*) FROM pragma_table_info('schema_migration') "
		      "WHERE name = 'kind'",
		      &columns) != SQLITE_OK)
		return conn_err(c);
	return columns ? ERR_OK : conn_exec(c, record_columns);
}

static enum err run_and_record(struct conn *c, const struct migration *m)
{
	struct buf text = BUF_INIT(4096);
	enum err e = conn_exec(c, m->sql);

	migration_record_sql(m, &text);
	if (e == ERR_OK)
		e = conn_exec(c, buf_c(&text));
	buf_release(&text);
	return e;
}

/* One migration in its transaction; the version is read again inside, since two may come at once.
 * An online one is left alone: `*ran` then says how far it came. */
static enum err run_next(struct conn *c, const char *path, const struct migration *list, int count,
			 int *ran, bool *done, struct buf *why)
{
	const struct migration *m = NULL;
	enum err e = conn_exec(c, "BEGIN IMMEDIATE");

	if (e == ERR_OK)
		e = check_record(c, path, list, count, ran, why);
	*done = e != ERR_OK || *ran == count;
	if (*done)
		goto done;
	m = &list[*ran];
	e = prepare_record(c, *ran);
	*done = m->kind == MIGRATION_ONLINE;
	if (e == ERR_OK && !*done)
		e = run_and_record(c, m);
	if (e == ERR_OK)
		e = conn_exec(c, "COMMIT");
	if (e == ERR_OK && !*done)
		++*ran;
	if (e != ERR_OK)
		buf_printf(why, "the database %s can't be brought to schema %d (%s): %s", path,
			   m->number, m->name, sqlite3_errmsg(c->db));
done:
	if (!sqlite3_get_autocommit(c->db) && conn_exec(c, "ROLLBACK") != ERR_OK)
		e = e == ERR_OK ? ERR_IO : e;
	if (e != ERR_OK && why->len == 0)
		(void)conn_refused(path, sqlite3_errcode(c->db), why);
	return e;
}

/* ---- online ---------------------------------------------------------------------------------- */

static enum err online_exec(void *engine, const char *sql, struct buf *why)
{
	struct conn *c = engine;
	enum err e = conn_exec(c, sql);

	if (e != ERR_OK)
		buf_add_c(why, sqlite3_errmsg(c->db));
	return e;
}

static enum err online_number(void *engine, const char *sql, int64_t *out, struct buf *why)
{
	struct conn *c = engine;
	sqlite3_stmt *st = NULL;
	enum err e = ERR_OK;
	enum step step = STEP_FAILED;

	if (sqlite3_prepare_v2(c->db, sql, -1, &st, NULL) == SQLITE_OK)
		step = stmt_step(st);
	if (step == STEP_ROW && sqlite3_column_type(st, 0) != SQLITE_NULL)
		*out = column_i64(st, 0);
	if (step == STEP_FAILED) {
		buf_add_c(why, sqlite3_errmsg(c->db));
		e = conn_err(c);
	}
	sqlite3_finalize(st);
	return e;
}

/* A file has one writer at a time, which asks again and again: it must be left some room. */
static struct migration_sql online_sql(struct conn *c)
{
	return (struct migration_sql){
		.engine = c,
		.exec = online_exec,
		.number = online_number,
		.begin = "BEGIN IMMEDIATE",
		.has_progress = "SELECT count(*) FROM sqlite_schema WHERE name = 'schema_progress'",
		.rest_percent = 100,
	};
}

/* Two processes may do it at once: each step bears it, and whoever is late finds the record. */
static enum err run_online(struct conn *c, const char *path, const struct migration *m,
			   const struct migration_watch *w, struct buf *why)
{
	struct migration_sql sql = online_sql(c);
	struct buf reason = BUF_INIT(4096);
	enum err e = migration_run_online(&sql, m, w, &reason);
	int64_t last = 0;

	if (e != ERR_OK &&
	    query_i64(c->db, "SELECT max(number) FROM schema_migration", &last) == SQLITE_OK &&
	    last >= m->number)
		e = ERR_OK;
	if (e != ERR_OK)
		buf_printf(why, "the database %s: %s", path, buf_c(&reason));
	buf_release(&reason);
	return e;
}

static void show(struct conn *c, const struct migration *list, int count, int ran,
		 const struct migration_watch *w)
{
	struct migration_sql sql = online_sql(c);

	for (int i = 0; w && w->row && i < count; i++) {
		struct migration_row row = {.migration = &list[i], .done = i < ran, .left_ms = 0};
		char text[128];

		snprintf(text, sizeof(text),
			 "SELECT applied_ms FROM schema_migration WHERE number = %d", i + 1);
		if (row.done)
			(void)query_i64(c->db, text, &row.applied_ms);
		else if (list[i].kind == MIGRATION_ONLINE)
			migration_estimate(&sql, &list[i], &row.rows, &row.left_ms);
		w->row(w->user, &row);
	}
}

/* An online one is next. Whether to run it: see enum migration_mode. */
static enum err may_run_online(struct conn *c, const char *path, const struct migration *list,
			       int count, int ran, bool *run, struct buf *why)
{
	int64_t people = 1;

	if (query_i64(c->db, "SELECT count(*) FROM (SELECT 1 FROM user LIMIT 1)", &people) !=
	    SQLITE_OK)
		people = 1;
	*run = people == 0;
	if (!*run)
		log_info("a migration is pending", LOG_C("migration.name", list[ran].name),
			 LOG_C("run", "kinglet migrate"));
	for (int i = ran; !*run && i < count; i++) {
		if (list[i].kind == MIGRATION_ONLINE)
			continue;
		buf_printf(why,
			   "the database %s needs migration %d (%s) first, which takes its time "
			   "beside a running server of the version before: kinglet migrate",
			   path, list[ran].number, list[ran].name);
		return ERR_DENIED;
	}
	return ERR_OK;
}

enum err migrate_run_mode(struct conn *c, const char *path, const struct migration *list, int count,
			  enum migration_mode mode, const struct migration_watch *w,
			  struct buf *why)
{
	enum err e = identify(c, path, why);
	bool done = false, run = mode == MIGRATION_ALL;
	int ran = 0;

	/* Before anything is written, so that a refused file is not even turned to WAL. */
	if (e == ERR_OK)
		e = check_record(c, path, list, count, &ran, why);
	if (e == ERR_OK)
		show(c, list, count, ran, w);
	if (e != ERR_OK || mode == MIGRATION_STATUS)
		return e;
	if (sqlite3_exec(c->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL) != SQLITE_OK)
		return conn_refused(path, sqlite3_errcode(c->db), why);
	while (e == ERR_OK && ran < count) {
		int64_t began_us = clock_mono_us();
		int before = ran;

		if (w && w->begin)
			w->begin(w->user, &list[before]);
		e = run_next(c, path, list, count, &ran, &done, why);
		if (e == ERR_OK && done && ran < count) {
			if (mode == MIGRATION_START)
				e = may_run_online(c, path, list, count, ran, &run, why);
			if (e != ERR_OK || !run)
				break;
			e = run_online(c, path, &list[ran], w, why);
			ran += e == ERR_OK;
		}
		if (e == ERR_OK && w && w->end)
			w->end(w->user, &list[before], (clock_mono_us() - began_us) / 1000);
	}
	return e;
}

enum err migrate_run_list(struct conn *c, const char *path, const struct migration *list, int count,
			  struct buf *why)
{
	return migrate_run_mode(c, path, list, count, MIGRATION_START, NULL, why);
}

enum err migrate_run(struct conn *c, const char *path, struct buf *why)
{
	return migrate_run_list(c, path, sqlite_migrations, sqlite_migration_count, why);
}

enum err sqlite_migrate(struct str location, enum migration_mode mode,
			const struct migration_watch *w, struct buf *why)
{
	struct buf path = BUF_INIT(4096);
	struct conn c = {.db = NULL};
	enum err e;

	buf_add(&path, location);
	e = conn_open(&c, buf_c(&path), false, why);
	/* Batches would fill the log where no server moves it into the file. */
	if (e == ERR_OK && mode == MIGRATION_ALL)
		e = conn_exec(&c, "PRAGMA wal_autocheckpoint = 1000");
	if (e == ERR_OK)
		e = migrate_run_mode(&c, buf_c(&path), sqlite_migrations, sqlite_migration_count,
				     mode, w, why);
	conn_close(&c);
	buf_release(&path);
	return e;
}
