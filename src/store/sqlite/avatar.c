/*
 * avatar.c: uploaded pictures in the SQLite engine. A change goes the way of a new display name:
 * rows kept in memory were read under an older count (rows.h) and aren't looked at any more.
 */
#include "store/avatar.h"

#include "store/sqlite/sqlite.h"
#include "store/sqlite/write.h"

/* The hash in the person's row. */
static enum err name_avatar(struct conn *c, int64_t user_id, int64_t hash)
{
	sqlite3_stmt *st = conn_stmt(c, STMT_AVATAR_NAME);
	enum err e;

	bind_i64(st, 1, user_id);
	bind_i64(st, 2, hash);
	e = conn_run(c, st);
	return e == ERR_OK && conn_changes(c) == 0 ? ERR_NOT_FOUND : e;
}

static enum err set_job(struct writer *w, void *arg)
{
	const struct avatar_new *avatar = arg;
	struct conn *c = writer_conn(w);
	enum err e = name_avatar(c, avatar->user_id, avatar->hash);
	sqlite3_stmt *st;

	if (e != ERR_OK)
		return e;
	st = conn_stmt(c, STMT_AVATAR_PUT);
	bind_i64(st, 1, avatar->user_id);
	bind_i64(st, 2, avatar->hash);
	bind_bytes(st, 3, avatar->small.ptr, avatar->small.len);
	bind_bytes(st, 4, avatar->large.ptr, avatar->large.len);
	bind_i64(st, 5, avatar->now_ms);
	e = conn_run(c, st);
	if (e != ERR_OK)
		return write_failed(e);
	writer_note_renamed(w);
	return ERR_OK;
}

static enum err set(struct store *store, const struct avatar_new *avatar)
{
	struct avatar_new copy = *avatar;

	return writer_run(sqlite_of(store)->writer, set_job, &copy);
}

static enum err remove_job(struct writer *w, void *arg)
{
	const int64_t *user_id = arg;
	struct conn *c = writer_conn(w);
	enum err e = name_avatar(c, *user_id, 0);
	sqlite3_stmt *st;

	if (e != ERR_OK)
		return e;
	st = conn_stmt(c, STMT_AVATAR_DELETE);
	bind_i64(st, 1, *user_id);
	e = conn_run(c, st);
	if (e != ERR_OK)
		return write_failed(e);
	writer_note_renamed(w);
	return ERR_OK;
}

static enum err remove_avatar(struct store *store, int64_t user_id)
{
	return writer_run(sqlite_of(store)->writer, remove_job, &user_id);
}

static enum err get(struct store *store, int64_t hash, bool large, struct arena *a, struct str *out)
{
	struct sqlite *s = sqlite_of(store);
	struct conn *c = readers_take(&s->readers);
	sqlite3_stmt *st = conn_stmt(c, large ? STMT_AVATAR_LARGE : STMT_AVATAR_SMALL);
	struct str bytes = {NULL, 0};
	enum err e;

	bind_i64(st, 1, hash);
	e = stmt_row(c, st);
	if (e == ERR_OK) {
		bytes = arena_str(a, str_from(sqlite3_column_blob(st, 0),
					      (size_t)sqlite3_column_bytes(st, 0)));
		e = bytes.ptr ? ERR_OK : ERR_TOO_LARGE;
	}
	stmt_reset(st);
	readers_put(&s->readers, c);
	if (e == ERR_OK)
		*out = bytes;
	return e;
}

const struct avatar_ops sqlite_avatar_ops = {.set = set, .remove = remove_avatar, .get = get};
