#include "store/sqlite/migrate.h"

#include <string.h>
#include "base/clock.h"
#include "store/sqlite/conn.h"

/* "KNGL": marks a SQLite file as ours (https://www.sqlite.org/fileformat.html, application id). */
#define APPLICATION_ID	    1263421260
#define APPLICATION_ID_TEXT "1263421260"

static const char record_schema[] = "CREATE TABLE schema_migration ("
				    "	number     INTEGER PRIMARY KEY,"
				    "	name       TEXT NOT NULL,"
				    "	digest     TEXT NOT NULL,"
				    "	applied_ms INTEGER NOT NULL"
				    ") STRICT";

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

/* Compares what ran with what this program knows; `*out` is how many ran. */
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
			buf_printf(why,
				   "the database %s was written by a newer Kinglet: it has schema "
				   "%d (%s), and this one knows schema %d",
				   path, number, (const char *)sqlite3_column_text(st, 1), count);
			e = ERR_DENIED;
		} else if (number != ran + 1 ||
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

static enum err record(struct conn *c, const struct migration *m)
{
	sqlite3_stmt *st = NULL;
	enum err e;

	if (sqlite3_prepare_v2(c->db, "INSERT INTO schema_migration VALUES (?1, ?2, ?3, ?4)", -1,
			       &st, NULL) != SQLITE_OK)
		return conn_err(c);
	bind_i64(st, 1, m->number);
	bind_str(st, 2, str_from_c(m->name));
	bind_str(st, 3, str_from_c(m->digest));
	bind_i64(st, 4, clock_now_ms());
	e = conn_run(c, st);
	sqlite3_finalize(st);
	return e;
}

/* One migration in its transaction; the version is read again inside, since two may come at once.
 */
static enum err run_next(struct conn *c, const char *path, const struct migration *list, int count,
			 bool *done, struct buf *why)
{
	int ran = 0;
	enum err e = conn_exec(c, "BEGIN IMMEDIATE");

	if (e == ERR_OK)
		e = check_record(c, path, list, count, &ran, why);
	if (e != ERR_OK)
		goto done;
	*done = ran == count;
	if (*done)
		goto done;
	if (ran == 0) {
		e = conn_exec(c, record_schema);
		if (e == ERR_OK)
			e = conn_exec(c, "PRAGMA application_id = " APPLICATION_ID_TEXT);
	}
	if (e == ERR_OK)
		e = conn_exec(c, list[ran].sql);
	if (e == ERR_OK)
		e = record(c, &list[ran]);
	if (e == ERR_OK)
		e = conn_exec(c, "COMMIT");
	if (e != ERR_OK)
		buf_printf(why, "the database %s can't be brought to schema %d (%s): %s", path,
			   list[ran].number, list[ran].name, sqlite3_errmsg(c->db));
done:
	if (!sqlite3_get_autocommit(c->db) && conn_exec(c, "ROLLBACK") != ERR_OK)
		e = e == ERR_OK ? ERR_IO : e;
	if (e != ERR_OK && why->len == 0)
		(void)conn_refused(path, sqlite3_errcode(c->db), why);
	return e;
}

enum err migrate_run_list(struct conn *c, const char *path, const struct migration *list, int count,
			  struct buf *why)
{
	enum err e = identify(c, path, why);
	bool done = false;
	int ran;

	/* Before anything is written, so that a refused file is not even turned to WAL. */
	if (e == ERR_OK)
		e = check_record(c, path, list, count, &ran, why);
	if (e != ERR_OK)
		return e;
	if (sqlite3_exec(c->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL) != SQLITE_OK)
		return conn_refused(path, sqlite3_errcode(c->db), why);
	while (e == ERR_OK && !done)
		e = run_next(c, path, list, count, &done, why);
	return e;
}

enum err migrate_run(struct conn *c, const char *path, struct buf *why)
{
	return migrate_run_list(c, path, sqlite_migrations, sqlite_migration_count, why);
}
