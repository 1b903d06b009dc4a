/* classic.c: see store/classic.h. Here, because it is SQLite that reads the file. */
#include "store/classic.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/log.h"
#include "store/sqlite/conn.h"

enum table { TABLE_USER, TABLE_FOLLOWER, TABLE_MESSAGE, TABLE_COUNT };

static const struct {
	const char *name, *sql;
} tables[TABLE_COUNT] = {
	[TABLE_USER] = {"user",
			"SELECT user_id, username, email, pw_hash FROM user ORDER BY user_id"},
	[TABLE_FOLLOWER] = {"follower",
			    "SELECT rowid, who_id, whom_id FROM follower ORDER BY rowid"},
	[TABLE_MESSAGE] = {"message",
			   "SELECT message_id, author_id, text, pub_date, flagged "
			   "FROM message ORDER BY CAST(pub_date AS INTEGER), message_id"},
};

struct classic {
	sqlite3 *db;
	char *path;
	sqlite3_stmt *stmts[TABLE_COUNT];
};

/* `PRAGMA quick_check` answers "ok", or with up to a hundred lines of what is wrong. */
static enum err check_integrity(struct classic *c, struct buf *why)
{
	sqlite3_stmt *st = NULL;
	enum err e = ERR_INVALID;

	if (sqlite3_prepare_v2(c->db, "PRAGMA quick_check(1)", -1, &st, NULL) == SQLITE_OK &&
	    stmt_step(st) == STEP_ROW) {
		const char *found = (const char *)sqlite3_column_text(st, 0);

		if (found && strcmp(found, "ok") == 0)
			e = ERR_OK;
		else
			buf_printf(why, "%s is damaged: %s", c->path, found ? found : "");
	} else {
		buf_printf(why, "%s is not a SQLite database, or is damaged: %s", c->path,
			   sqlite3_errmsg(c->db));
	}
	sqlite3_finalize(st);
	return e;
}

static enum err check_tables(struct classic *c, struct buf *why)
{
	for (size_t i = 0; i < TABLE_COUNT; i++) {
		if (sqlite3_prepare_v2(c->db, tables[i].sql, -1, &c->stmts[i], NULL) != SQLITE_OK) {
			buf_printf(why,
				   "%s is not the database of a classic MiniTwit: table %s: %s",
				   c->path, tables[i].name, sqlite3_errmsg(c->db));
			return ERR_INVALID;
		}
	}
	return ERR_OK;
}

enum err classic_open(struct str path, struct classic **out, struct buf *why)
{
	struct classic *c = calloc(1, sizeof(*c));
	enum err e;

	conn_setup();
	if (!c || asprintf(&c->path, "%.*s", STR_ARG(path)) < 0)
		die("no memory to read a classic database");
	if (access(c->path, F_OK) != 0) {
		buf_printf(why, "there is no file %s", c->path);
		e = ERR_NOT_FOUND;
	} else if (sqlite3_open_v2(c->path, &c->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX,
				   NULL) != SQLITE_OK) {
		buf_printf(why, "%s can't be read: %s", c->path, sqlite3_errmsg(c->db));
		e = ERR_IO;
	} else {
		e = check_integrity(c, why);
	}
	if (e == ERR_OK)
		e = check_tables(c, why);
	if (e != ERR_OK) {
		classic_close(c);
		return e;
	}
	*out = c;
	return ERR_OK;
}

void classic_close(struct classic *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < TABLE_COUNT; i++)
		sqlite3_finalize(c->stmts[i]);
	sqlite3_close(c->db);
	free(c->path);
	free(c);
}

/* ---- typed columns; each says what is wrong, and where -----------------------------------------
 */

struct row {
	struct classic *c;
	enum table table;
	sqlite3_stmt *st;
	struct buf *why;
	bool wrong;
};

static void row_wrong(struct row *row, int at, const char *what)
{
	if (!row->wrong)
		buf_printf(row->why, "%s: table %s, row %lld: its %s %s", row->c->path,
			   tables[row->table].name, (long long)column_i64(row->st, 0),
			   sqlite3_column_name(row->st, at), what);
	row->wrong = true;
}

static int64_t row_i64(struct row *row, int at)
{
	int type = sqlite3_column_type(row->st, at);
	double value = sqlite3_column_double(row->st, at);

	/* Some versions wrote the time with a fraction. */
	if (type == SQLITE_FLOAT && (value < -9e15 || value > 9e15))
		row_wrong(row, at, "is out of range");
	else if (type != SQLITE_INTEGER && type != SQLITE_FLOAT)
		row_wrong(row, at, "is not a number");
	return column_i64(row->st, at);
}

static struct str row_text(struct row *row, int at)
{
	int type = sqlite3_column_type(row->st, at);
	const char *text;

	if (type == SQLITE_NULL || type == SQLITE_BLOB) {
		row_wrong(row, at, type == SQLITE_NULL ? "is missing" : "is not text");
		return STR("");
	}
	text = (const char *)sqlite3_column_text(row->st, at);
	return str_from(text, (size_t)sqlite3_column_bytes(row->st, at));
}

/* A value that may be missing: NULL is the empty text. */
static struct str row_text_or_none(struct row *row, int at)
{
	return sqlite3_column_type(row->st, at) == SQLITE_NULL ? STR("") : row_text(row, at);
}

/* Steps; at the end, and on failure, the table begins again. */
static enum classic_step row_next(struct row *row)
{
	switch (stmt_step(row->st)) {
	case STEP_ROW:
		return CLASSIC_ROW;
	case STEP_DONE:
		stmt_reset(row->st);
		return CLASSIC_DONE;
	case STEP_FAILED:
		break;
	}
	buf_printf(row->why, "%s: table %s can't be read: %s", row->c->path,
		   tables[row->table].name, sqlite3_errmsg(row->c->db));
	stmt_reset(row->st);
	return CLASSIC_FAILED;
}

static enum classic_step row_end(struct row *row)
{
	if (!row->wrong)
		return CLASSIC_ROW;
	stmt_reset(row->st);
	return CLASSIC_FAILED;
}

static struct row row_of(struct classic *c, enum table table, struct buf *why)
{
	return (struct row){.c = c, .table = table, .st = c->stmts[table], .why = why};
}

enum classic_step classic_next_user(struct classic *c, struct classic_user *out, struct buf *why)
{
	struct row row = row_of(c, TABLE_USER, why);
	enum classic_step step = row_next(&row);

	if (step != CLASSIC_ROW)
		return step;
	*out = (struct classic_user){
		.user_id = row_i64(&row, 0),
		.username = row_text(&row, 1),
		.email = row_text_or_none(&row, 2),
		.pw_hash = row_text(&row, 3),
	};
	return row_end(&row);
}

enum classic_step classic_next_follow(struct classic *c, struct classic_follow *out,
				      struct buf *why)
{
	struct row row = row_of(c, TABLE_FOLLOWER, why);
	enum classic_step step = row_next(&row);

	if (step != CLASSIC_ROW)
		return step;
	*out = (struct classic_follow){
		.who_id = row_i64(&row, 1),
		.whom_id = row_i64(&row, 2),
	};
	return row_end(&row);
}

enum classic_step classic_next_message(struct classic *c, struct classic_message *out,
				       struct buf *why)
{
	struct row row = row_of(c, TABLE_MESSAGE, why);
	enum classic_step step = row_next(&row);

	if (step != CLASSIC_ROW)
		return step;
	*out = (struct classic_message){
		.message_id = row_i64(&row, 0),
		.author_id = row_i64(&row, 1),
		.text = row_text(&row, 2),
		.pub_date_s = row_i64(&row, 3),
		/* The column may be empty: never looked at by a moderator. */
		.flagged = column_i64(row.st, 4) != 0,
	};
	return row_end(&row);
}
