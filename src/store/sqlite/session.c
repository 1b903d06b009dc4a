/* session.c: sign-ins in the SQLite engine. They change no page that others see. */
#include "store/sqlite/sqlite.h"

#include "model/id.h"
#include "store/sqlite/write.h"

/* Of one person; more than anybody's sessions_per_user. */
#define SESSION_LIST_MAX STORE_LIST_MAX

/* ---- reading -------------------------------------------------------------------------------- */

enum err sqlite_session_find(struct store *store, const unsigned char *hash, int64_t now_ms,
			     struct arena *a, struct session *out, struct user *out_user)
{
	struct sqlite *s = sqlite_of(store);
	struct conn *c = readers_take(&s->readers);
	sqlite3_stmt *st = conn_stmt(c, STMT_SESSION_FIND);
	struct session session;
	struct user user;
	enum err e;

	bind_bytes(st, 1, hash, SESSION_HASH_BYTES);
	bind_i64(st, 2, now_ms);
	e = stmt_row(c, st);
	if (e == ERR_OK)
		e = row_user(st, a, &user);
	if (e == ERR_OK)
		e = row_session(st, USER_COLUMN_COUNT, a, &session);
	stmt_reset(st);
	readers_put(&s->readers, c);
	if (e == ERR_OK) {
		*out = session;
		*out_user = user;
	}
	return e;
}

enum err sqlite_session_list(struct store *store, int64_t user_id, int64_t now_ms, struct arena *a,
			     struct session_list *out)
{
	struct sqlite *s = sqlite_of(store);
	struct session_list list = {
		.items = arena_array(a, SESSION_LIST_MAX, sizeof(struct session))};
	struct conn *c = readers_take(&s->readers);
	sqlite3_stmt *st = conn_stmt(c, STMT_SESSION_LIST);
	enum err e = list.items ? ERR_OK : ERR_TOO_LARGE;
	enum step step = STEP_DONE;

	bind_i64(st, 1, user_id);
	bind_i64(st, 2, now_ms);
	bind_i64(st, 3, SESSION_LIST_MAX);
	while (e == ERR_OK && (step = stmt_step(st)) == STEP_ROW) {
		e = row_session(st, 0, a, &list.items[list.count]);
		list.count++;
	}
	e = stmt_end(c, st, step, e);
	readers_put(&s->readers, c);
	if (e == ERR_OK)
		*out = list;
	return e;
}

enum err sqlite_active_users(struct store *store, int64_t since_ms, int64_t *out)
{
	struct sqlite *s = sqlite_of(store);
	struct conn *c = readers_take(&s->readers);
	sqlite3_stmt *st = conn_stmt(c, STMT_ACTIVE_USERS);
	enum err e = ERR_OK;

	bind_i64(st, 1, since_ms);
	bind_i64(st, 2, id_first_of_ms(since_ms));
	if (stmt_step(st) == STEP_ROW)
		*out = column_i64(st, 0);
	else
		e = conn_err(c);
	stmt_reset(st);
	readers_put(&s->readers, c);
	return e;
}

/* ---- writing -------------------------------------------------------------------------------- */

struct create {
	const struct session *session;
	size_t keep_max;
};

static enum err create_job(struct writer *w, void *arg)
{
	const struct create *create = arg;
	const struct session *session = create->session;
	struct conn *c = writer_conn(w);
	sqlite3_stmt *st = conn_stmt(c, STMT_SESSION_INSERT);
	enum err e = user_is_active(w, session->user_id);

	if (e != ERR_OK)
		return e;

	bind_bytes(st, 1, session->hash, SESSION_HASH_BYTES);
	bind_i64(st, 2, session->user_id);
	bind_i64(st, 3, session->created_ms);
	bind_i64(st, 4, session->seen_ms);
	bind_i64(st, 5, session->expires_ms);
	bind_str(st, 6, session->user_agent);
	e = conn_run(c, st);
	if (e == ERR_OK && conn_changes(c) == 0)
		e = ERR_CONFLICT;
	if (e != ERR_OK)
		return e;
	st = conn_stmt(c, STMT_SESSION_KEEP_NEWEST);
	bind_i64(st, 1, session->user_id);
	bind_bytes(st, 2, session->hash, SESSION_HASH_BYTES);
	bind_i64(st, 3, create->keep_max > 1 ? (int64_t)create->keep_max - 1 : 0);
	e = conn_run(c, st);
	if (e != ERR_OK)
		return write_failed(e);
	writer_note_totals(w, (struct store_totals){.sessions = 1 - conn_changes(c)});
	return ERR_OK;
}

enum err sqlite_session_create(struct store *store, const struct session *session, size_t keep_max)
{
	struct create create = {.session = session, .keep_max = keep_max};

	return writer_run(sqlite_of(store)->writer, create_job, &create);
}

struct touch {
	const unsigned char *hash;
	int64_t seen_ms, expires_ms;
};

static enum err touch_job(struct writer *w, void *arg)
{
	const struct touch *touch = arg;
	struct conn *c = writer_conn(w);
	sqlite3_stmt *st = conn_stmt(c, STMT_SESSION_TOUCH);

	bind_bytes(st, 1, touch->hash, SESSION_HASH_BYTES);
	bind_i64(st, 2, touch->seen_ms);
	bind_i64(st, 3, touch->expires_ms);
	return conn_run(c, st);
}

enum err sqlite_session_touch(struct store *store, const unsigned char *hash, int64_t seen_ms,
			      int64_t expires_ms)
{
	struct touch touch = {.hash = hash, .seen_ms = seen_ms, .expires_ms = expires_ms};

	return writer_run(sqlite_of(store)->writer, touch_job, &touch);
}

/* Runs a bound DELETE and notes how many went. */
static enum err delete_counted(struct writer *w, sqlite3_stmt *st)
{
	enum err e = conn_run(writer_conn(w), st);

	if (e == ERR_OK)
		writer_note_totals(
			w, (struct store_totals){.sessions = -conn_changes(writer_conn(w))});
	return e;
}

static enum err delete_job(struct writer *w, void *arg)
{
	sqlite3_stmt *st = conn_stmt(writer_conn(w), STMT_SESSION_DELETE);

	bind_bytes(st, 1, arg, SESSION_HASH_BYTES);
	return delete_counted(w, st);
}

enum err sqlite_session_delete(struct store *store, const unsigned char *hash)
{
	unsigned char copy[SESSION_HASH_BYTES];

	memcpy(copy, hash, sizeof(copy));
	return writer_run(sqlite_of(store)->writer, delete_job, copy);
}

struct delete_all {
	int64_t user_id;
	const unsigned char *except;
};

static enum err delete_all_job(struct writer *w, void *arg)
{
	const struct delete_all *all = arg;
	sqlite3_stmt *st = conn_stmt(writer_conn(w), STMT_SESSION_DELETE_BY_USER);

	bind_i64(st, 1, all->user_id);
	bind_bytes(st, 2, all->except, all->except ? SESSION_HASH_BYTES : 0);
	return delete_counted(w, st);
}

enum err sqlite_session_delete_all(struct store *store, int64_t user_id,
				   const unsigned char *except)
{
	struct delete_all all = {.user_id = user_id, .except = except};

	return writer_run(sqlite_of(store)->writer, delete_all_job, &all);
}

static enum err expire_job(struct writer *w, void *arg)
{
	sqlite3_stmt *st = conn_stmt(writer_conn(w), STMT_SESSION_EXPIRE);

	bind_i64(st, 1, *(const int64_t *)arg);
	return delete_counted(w, st);
}

enum err sqlite_session_expire(struct store *store, int64_t now_ms)
{
	return writer_run(sqlite_of(store)->writer, expire_job, &now_ms);
}
