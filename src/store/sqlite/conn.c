#include "store/sqlite/conn.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/log.h"

/* How long to wait for a lock that another process holds: an operator's command beside a server. */
#define LOCK_WAIT_MS 5000
/* A write-ahead log that grew over this under load is cut back when it starts anew. */
#define WAL_KEEP_BYTES "67108864"

static void setup_once(void)
{
	/*
	 * No statistics of memory: they cost a global lock at each allocation. Connections are used
	 * by one thread at a time, so they need no locks of their own.
	 */
	if (sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) != SQLITE_OK ||
	    sqlite3_config(SQLITE_CONFIG_MULTITHREAD) != SQLITE_OK ||
	    sqlite3_initialize() != SQLITE_OK)
		die("SQLite can't be set up");
}

void conn_setup(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, setup_once);
}

static enum err err_from_sqlite(int code, int system_errno)
{
	switch (code & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return ERR_OK;
	case SQLITE_FULL:
		return ERR_FULL;
	case SQLITE_IOERR:
		if (system_errno == ENOSPC || system_errno == EDQUOT || system_errno == EFBIG)
			return ERR_FULL;
		return ERR_IO;
	case SQLITE_CANTOPEN:
	case SQLITE_READONLY:
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_PROTOCOL:
	case SQLITE_PERM:
		return ERR_IO;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return ERR_BUSY;
	case SQLITE_CONSTRAINT:
		if (code == SQLITE_CONSTRAINT_FOREIGNKEY)
			return ERR_NOT_FOUND;
		if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY ||
		    code == SQLITE_CONSTRAINT_ROWID)
			return ERR_CONFLICT;
		return ERR_INTERNAL;
	default:
		return ERR_INTERNAL;
	}
}

/* Of a failing COMMIT sqlite3_system_errno() knows nothing; the file that failed does: the log. */
static int system_errno(sqlite3 *db)
{
	int number = sqlite3_system_errno(db);
	sqlite3_file *log = NULL;

	if (number == 0 &&
	    sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) == SQLITE_OK &&
	    log && log->pMethods)
		(void)log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &number);
	return number;
}

enum err conn_err(struct conn *c)
{
	int code = sqlite3_extended_errcode(c->db);
	bool io = (code & 0xff) == SQLITE_IOERR;
	enum err e = err_from_sqlite(code, io ? system_errno(c->db) : 0);

	if (e == ERR_OK)
		e = ERR_INTERNAL;
	/* The code's words: those of the statement could repeat what a user wrote. */
	if (e != ERR_NOT_FOUND && e != ERR_CONFLICT)
		log_cause_set(sqlite3_errstr(code));
	return e;
}

enum err conn_refused(const char *path, int code, struct buf *why)
{
	const char *slash = strrchr(path, '/');
	char folder[4096];
	struct stat is;

	snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - path) + 1 : 1,
		 slash ? path : ".");
	code &= 0xff;
	if (code == SQLITE_NOTADB)
		buf_printf(why, "%s is not a SQLite database", path);
	else if (code == SQLITE_CORRUPT)
		buf_printf(why, "the database %s is damaged", path);
	else if (code == SQLITE_BUSY)
		buf_printf(why, "the database %s is locked by another program", path);
	else if (code == SQLITE_FULL)
		buf_printf(why, "there is no space left to write the database %s", path);
	else if (stat(path, &is) == 0 && S_ISDIR(is.st_mode))
		buf_printf(why, "%s is a folder and not a database; say sqlite:FILE", path);
	else if (access(folder, F_OK) != 0)
		buf_printf(why, "the folder %s of the database doesn't exist", folder);
	else if (access(path, F_OK) != 0)
		buf_printf(why, "the database %s can't be made in its folder", path);
	else if (code == SQLITE_CANTOPEN || code == SQLITE_READONLY || code == SQLITE_PERM)
		buf_printf(why, "the database %s, or its folder, can't be written", path);
	else
		buf_printf(why, "the database %s can't be opened: %s", path, sqlite3_errstr(code));
	return code == SQLITE_BUSY     ? ERR_BUSY
	       : code == SQLITE_FULL   ? ERR_FULL
	       : code == SQLITE_NOTADB ? ERR_DENIED
				       : ERR_IO;
}

/* Made here and not by SQLite, because hashes of passwords are nobody else's to read. */
static void create_private(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd >= 0)
		close(fd);
}

enum err conn_open(struct conn *c, const char *path, bool create, struct buf *why)
{
	/* None of these reads or changes the file, which may turn out to be another program's. */
	static const char settings[] = "PRAGMA synchronous = FULL;"
				       "PRAGMA foreign_keys = ON;"
				       "PRAGMA mmap_size = 0;"
				       /* The writer does it itself, after it has answered. */
				       "PRAGMA wal_autocheckpoint = 0;"
				       "PRAGMA journal_size_limit = " WAL_KEEP_BYTES ";";
	enum err e;
	int code;

	conn_setup();
	*c = (struct conn){0};
	if (create)
		create_private(path);
	else if (access(path, F_OK) != 0 && errno == ENOENT) {
		buf_printf(why, "there is no database %s", path);
		return ERR_NOT_FOUND;
	}
	code = sqlite3_open_v2(path, &c->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	if (code == SQLITE_OK) {
		sqlite3_extended_result_codes(c->db, 1);
		sqlite3_busy_timeout(c->db, LOCK_WAIT_MS);
		code = sqlite3_exec(c->db, settings, NULL, NULL, NULL);
	}
	if (code == SQLITE_OK && sqlite3_db_readonly(c->db, "main"))
		code = SQLITE_READONLY;
	if (code == SQLITE_OK)
		return ERR_OK;
	e = conn_refused(path, code, why);
	conn_close(c);
	return e;
}

enum err conn_prepare(struct conn *c, int on, struct buf *why)
{
	for (size_t i = 0; i < STMT_COUNT; i++) {
		const struct statement_row *row = &statement_table[i];

		if (!(row->on & on))
			continue;
		if (sqlite3_prepare_v3(c->db, row->sql, -1, SQLITE_PREPARE_PERSISTENT, &c->stmts[i],
				       NULL) != SQLITE_OK) {
			buf_printf(why, "the database refuses a statement: %s: %s",
				   sqlite3_errmsg(c->db), row->sql);
			return conn_err(c);
		}
	}
	return ERR_OK;
}

void conn_close(struct conn *c)
{
	for (size_t i = 0; i < STMT_COUNT; i++)
		sqlite3_finalize(c->stmts[i]);
	sqlite3_close(c->db);
	*c = (struct conn){0};
}

void conn_set_cache(struct conn *c, size_t bytes)
{
	char sql[64];

	snprintf(sql, sizeof(sql), "PRAGMA cache_size = -%zu", bytes / 1024);
	if (sqlite3_exec(c->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		die("SQLite refuses the size of its cache");
	sqlite3_db_release_memory(c->db);
}

enum err conn_exec(struct conn *c, const char *sql)
{
	return sqlite3_exec(c->db, sql, NULL, NULL, NULL) == SQLITE_OK ? ERR_OK : conn_err(c);
}

enum err conn_run(struct conn *c, sqlite3_stmt *st)
{
	enum step step;
	enum err e;

	do {
		step = stmt_step(st);
	} while (step == STEP_ROW);
	e = step == STEP_FAILED ? conn_err(c) : ERR_OK;
	stmt_reset(st);
	return e;
}

enum err conn_run_plain(struct conn *c, enum statement which)
{
	return conn_run(c, conn_stmt(c, which));
}

void conn_rollback(struct conn *c)
{
	/* It fails only where SQLite rolled back by itself, as it does when the disk is full. */
	if (!sqlite3_get_autocommit(c->db) && conn_run_plain(c, STMT_ROLLBACK) != ERR_OK &&
	    !sqlite3_get_autocommit(c->db))
		die("SQLite can't end a transaction");
}

int64_t conn_changes(struct conn *c)
{
	return sqlite3_changes64(c->db);
}

enum step stmt_step(sqlite3_stmt *st)
{
	switch (sqlite3_step(st)) {
	case SQLITE_ROW:
		return STEP_ROW;
	case SQLITE_DONE:
		return STEP_DONE;
	default:
		return STEP_FAILED;
	}
}

enum err stmt_row(struct conn *c, sqlite3_stmt *st)
{
	switch (stmt_step(st)) {
	case STEP_ROW:
		return ERR_OK;
	case STEP_DONE:
		return ERR_NOT_FOUND;
	case STEP_FAILED:
		break;
	}
	return conn_err(c);
}

void stmt_reset(sqlite3_stmt *st)
{
	/* It repeats the error of the last step, which has been seen. */
	sqlite3_reset(st);
}

enum err stmt_end(struct conn *c, sqlite3_stmt *st, enum step last, enum err e)
{
	if (e == ERR_OK && last == STEP_FAILED)
		e = conn_err(c);
	stmt_reset(st);
	return e;
}

/* Binding fails only for an index that isn't there or a text over SQLite's limit of 1 GB. */
static void bound(int code)
{
	if (code != SQLITE_OK)
		die("SQLite refuses a parameter");
}

void bind_i64(sqlite3_stmt *st, int at, int64_t value)
{
	bound(sqlite3_bind_int64(st, at, value));
}

void bind_str(sqlite3_stmt *st, int at, struct str text)
{
	bound(sqlite3_bind_text64(st, at, text.len ? text.ptr : "", text.len, SQLITE_STATIC,
				  SQLITE_UTF8));
}

void bind_bytes(sqlite3_stmt *st, int at, const void *data, size_t len)
{
	bound(sqlite3_bind_blob64(st, at, len ? data : "", len, SQLITE_STATIC));
}

struct str column_str(sqlite3_stmt *st, int at, struct arena *a)
{
	const unsigned char *text = sqlite3_column_text(st, at);
	int len = sqlite3_column_bytes(st, at);

	return arena_str(a, str_from((const char *)text, (size_t)len));
}

enum err row_user(sqlite3_stmt *st, struct arena *a, struct user *out)
{
	struct user row = {
		.id = column_i64(st, 0),
		.name = column_str(st, 1, a),
		.email = column_str(st, 2, a),
		.pw_hash = column_str(st, 3, a),
		.role = (enum user_role)column_i64(st, 4),
		.created_ms = column_i64(st, 5),
		.post_count = column_i64(st, 6),
		.follower_count = column_i64(st, 7),
		.following_count = column_i64(st, 8),
		.language = column_str(st, 9, a),
		.state = (enum user_state)column_i64(st, 10),
		.warning_id = column_i64(st, 11),
		.display = column_str(st, 12, a),
		.selective = column_i64(st, 13) != 0,
		.avatar = column_i64(st, 14),
	};

	if (!row.name.ptr || !row.email.ptr || !row.pw_hash.ptr || !row.display.ptr)
		return ERR_TOO_LARGE;
	*out = row;
	return ERR_OK;
}

enum err row_post(sqlite3_stmt *st, struct arena *a, struct post *out)
{
	struct post row = {
		.id = column_i64(st, 0),
		.author_id = column_i64(st, 1),
		.author_name = column_str(st, 2, a),
		.text = column_str(st, 3, a),
		.created_ms = column_i64(st, 4),
		.flagged = column_i64(st, 5) != 0,
		.warning = column_str(st, 6, a),
		.reply_to = column_i64(st, 7),
		.author_display = column_str(st, 9, a),
		.author_avatar = column_i64(st, 10),
	};

	if (row.reply_to)
		row.reply_to_name = column_str(st, 8, a);
	if (!row.author_name.ptr || !row.text.ptr || !row.warning.ptr || !row.author_display.ptr ||
	    (row.reply_to && !row.reply_to_name.ptr))
		return ERR_TOO_LARGE;
	*out = row;
	return ERR_OK;
}

enum err row_session(sqlite3_stmt *st, int first, struct arena *a, struct session *out)
{
	struct session row = {
		.user_id = column_i64(st, first + 1),
		.created_ms = column_i64(st, first + 2),
		.seen_ms = column_i64(st, first + 3),
		.expires_ms = column_i64(st, first + 4),
		.user_agent = column_str(st, first + 5, a),
	};
	const void *hash = sqlite3_column_blob(st, first);

	if (!row.user_agent.ptr)
		return ERR_TOO_LARGE;
	if (!hash || sqlite3_column_bytes(st, first) != SESSION_HASH_BYTES)
		return ERR_INTERNAL;
	memcpy(row.hash, hash, SESSION_HASH_BYTES);
	*out = row;
	return ERR_OK;
}
