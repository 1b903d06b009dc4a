/*
 * conn.h: one connection to the SQLite file with its prepared statements, and the few verbs with
 * which the engine's files speak to it. A connection belongs to one thread at a time.
 *
 *	sqlite3_stmt *st = conn_stmt(c, STMT_POST_AUTHOR);
 *
 *	bind_i64(st, 1, id);
 *	e = stmt_row(c, st);
 *	if (e == ERR_OK)
 *		... column_i64(st, 0) ...
 *	stmt_reset(st);
 *
 * A statement that is not reset holds its snapshot, and so the write-ahead log, for ever: reset on
 * every path.
 */
#ifndef KINGLET_STORE_SQLITE_CONN_H
#define KINGLET_STORE_SQLITE_CONN_H

#include <stdbool.h>
#include <stdint.h>
#include <sqlite3.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "model/post.h"
#include "model/session.h"
#include "model/user.h"
#include "store/sqlite/statement.h"

struct conn {
	sqlite3 *db;
	sqlite3_stmt *stmts[STMT_COUNT];
};

/* Before the first connection of the process; repeating it is free. */
void conn_setup(void);
/* Opens the file and sets what every connection of ours has; prepares nothing yet. */
enum err MUST_CHECK conn_open(struct conn *c, const char *path, bool create, struct buf *why);
/*
 * The sentence for the operator, and the error, for a file that SQLite refuses with `code`: what
 * SQLite itself says is mostly "unable to open".
 */
enum err conn_refused(const char *path, int code, struct buf *why);
/* Prepares the statements for ON_READER or ON_WRITER; the schema must stand. */
enum err MUST_CHECK conn_prepare(struct conn *c, int on, struct buf *why);
/* Also fine on a connection that failed to open, or that is all zero. */
void conn_close(struct conn *c);
/* Memory for the file's pages. */
void conn_set_cache(struct conn *c, size_t bytes);
/* Statements that return nothing, from the program's own text. */
enum err MUST_CHECK conn_exec(struct conn *c, const char *sql);
/* The error of the call that failed last on this connection. */
enum err conn_err(struct conn *c);

static inline sqlite3_stmt *conn_stmt(struct conn *c, enum statement which)
{
	return c->stmts[which];
}
/* Runs to the end and resets; what rows there are go unread. */
enum err MUST_CHECK conn_run(struct conn *c, sqlite3_stmt *st);
/* conn_run() of a statement without parameters. */
enum err MUST_CHECK conn_run_plain(struct conn *c, enum statement which);
/* A transaction that can't be continued: ends it, where SQLite has not done so already. */
void conn_rollback(struct conn *c);
/* Rows that the last statement changed. */
int64_t conn_changes(struct conn *c);

enum step { STEP_ROW, STEP_DONE, STEP_FAILED };
enum step stmt_step(sqlite3_stmt *st);
/* Steps to a row where one is all that is wanted: ERR_NOT_FOUND where there is none. */
enum err MUST_CHECK stmt_row(struct conn *c, sqlite3_stmt *st);
void stmt_reset(sqlite3_stmt *st);
/*
 * Resets a statement whose rows were read: `e` of the reading, or why `last`, the last step,
 * failed.
 */
enum err MUST_CHECK stmt_end(struct conn *c, sqlite3_stmt *st, enum step last, enum err e);

/* Texts are borrowed until the statement is bound anew: they must live until it is reset. */
void bind_i64(sqlite3_stmt *st, int at, int64_t value);
void bind_str(sqlite3_stmt *st, int at, struct str text);
void bind_bytes(sqlite3_stmt *st, int at, const void *data, size_t len);

static inline int64_t column_i64(sqlite3_stmt *st, int at)
{
	return sqlite3_column_int64(st, at);
}
/* A copy in the arena; .ptr is NULL where that is full. */
struct str column_str(sqlite3_stmt *st, int at, struct arena *a);

/* Rows of the statements whose columns are those of the same name in statement.c. */
/* How many columns row_user() reads: what is selected beside a person comes behind. */
#define USER_COLUMN_COUNT 15
enum err MUST_CHECK row_user(sqlite3_stmt *st, struct arena *a, struct user *out);
enum err MUST_CHECK row_post(sqlite3_stmt *st, struct arena *a, struct post *out);
/* `first` is the column where those of the session begin. */
enum err MUST_CHECK row_session(sqlite3_stmt *st, int first, struct arena *a, struct session *out);

#endif
