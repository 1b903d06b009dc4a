/*
 * account.c: what is kept of accounts beside the person, in the SQLite engine. Rows of a person who
 * is deleted follow by themselves (ON DELETE CASCADE).
 */
#include "store/account.h"

#include "store/sqlite/change.h"
#include "store/sqlite/sqlite.h"
#include "store/sqlite/write.h"

/* ---- address and name ----------------------------------------------------------------------- */

static enum err set_email(struct store *store, int64_t id, struct str email)
{
	return change_run(store, (struct change){.which = STMT_ACCOUNT_SET_EMAIL,
						 .unchanged = ERR_NOT_FOUND,
						 .values = {{.number = id},
							    {.ptr = email.len ? email.ptr : "",
							     .len = email.len}}});
}

/* May the person be called so, now? */
static enum err rename_look(struct conn *c, const struct rename *r)
{
	sqlite3_stmt *st = conn_stmt(c, STMT_RENAME_LOOK);
	enum err e;

	bind_i64(st, 1, r->user_id);
	bind_str(st, 2, r->name_key);
	bind_i64(st, 3, r->not_since_ms);
	e = stmt_row(c, st);
	if (e == ERR_OK)
		e = column_i64(st, 0) ? ERR_CONFLICT : column_i64(st, 1) ? ERR_DENIED : ERR_OK;
	stmt_reset(st);
	return e;
}

/* The old key is kept also where the new one is the same: it says when the name was changed last.
 */
static enum err rename_job(struct writer *w, void *arg)
{
	const struct rename *r = arg;
	struct conn *c = writer_conn(w);
	enum err e = rename_look(c, r);
	sqlite3_stmt *st;

	if (e != ERR_OK)
		return e;
	st = conn_stmt(c, STMT_RENAME_KEEP);
	bind_i64(st, 1, r->user_id);
	bind_i64(st, 2, r->now_ms);
	e = conn_run(c, st);
	if (e == ERR_OK) {
		st = conn_stmt(c, STMT_RENAME_SET);
		bind_i64(st, 1, r->user_id);
		bind_str(st, 2, r->name);
		bind_str(st, 3, r->name_key);
		e = conn_run(c, st);
	}
	if (e != ERR_OK)
		return write_failed(e);
	writer_note_renamed(w);
	return ERR_OK;
}

static enum err rename_person(struct store *store, const struct rename *rename)
{
	struct rename copy = *rename;

	return writer_run(sqlite_of(store)->writer, rename_job, &copy);
}

static enum err old_name(struct store *store, struct str name_key, int64_t *out)
{
	const struct value values[CHANGE_VALUES_MAX] = {
		{.ptr = name_key.len ? name_key.ptr : "", .len = name_key.len}};

	return value_read(store, STMT_OLD_NAME_GET, values, out);
}

/* ---- one-time secrets ----------------------------------------------------------------------- */

#define HASH_VALUE(hash)                                               \
	{                                                              \
		.ptr = (hash), .len = TICKET_HASH_BYTES, .bytes = true \
	}

static enum err ticket_put(struct store *store, const struct ticket *ticket)
{
	return change_run(store, (struct change){.which = STMT_TICKET_PUT,
						 .unchanged = ERR_CONFLICT,
						 .values = {HASH_VALUE(ticket->hash),
							    {.number = ticket->user_id},
							    {.number = ticket->kind},
							    {.number = ticket->expires_ms}}});
}

static enum err ticket_find(struct store *store, const unsigned char *hash, enum ticket_kind kind,
			    int64_t now_ms, int64_t *out)
{
	const struct value values[CHANGE_VALUES_MAX] = {
		HASH_VALUE(hash), {.number = kind}, {.number = now_ms}};

	return value_read(store, STMT_TICKET_FIND, values, out);
}

struct take {
	struct value values[CHANGE_VALUES_MAX];
	int64_t user_id;
};

static enum err take_job(struct writer *w, void *arg)
{
	struct take *take = arg;
	struct conn *c = writer_conn(w);
	sqlite3_stmt *st = conn_stmt(c, STMT_TICKET_TAKE);
	enum err e = value_find(c, STMT_TICKET_OWNER, take->values, &take->user_id);

	if (e != ERR_OK)
		return e;
	values_bind(st, take->values);
	return conn_run(c, st);
}

static enum err ticket_take(struct store *store, const unsigned char *hash, enum ticket_kind kind,
			    int64_t now_ms, int64_t *out)
{
	struct take take = {.values = {HASH_VALUE(hash), {.number = kind}, {.number = now_ms}}};
	enum err e = writer_run(sqlite_of(store)->writer, take_job, &take);

	if (e == ERR_OK)
		*out = take.user_id;
	return e;
}

static enum err ticket_count(struct store *store, int64_t user_id, enum ticket_kind kind,
			     int64_t *out)
{
	const struct value values[CHANGE_VALUES_MAX] = {{.number = user_id}, {.number = kind}};

	return value_read(store, STMT_TICKET_COUNT, values, out);
}

static enum err ticket_drop(struct store *store, int64_t user_id, enum ticket_kind kind)
{
	return change_run(store,
			  (struct change){.which = STMT_TICKET_DROP,
					  .values = {{.number = user_id}, {.number = kind}}});
}

static enum err ticket_expire(struct store *store, int64_t now_ms)
{
	return change_run(store, (struct change){.which = STMT_TICKET_EXPIRE,
						 .values = {{.number = now_ms}}});
}

/* ---- authenticators ------------------------------------------------------------------------- */

static enum err totp_get(struct store *store, int64_t user_id, struct totp *out)
{
	struct sqlite *s = sqlite_of(store);
	struct conn *c = readers_take(&s->readers);
	sqlite3_stmt *st = conn_stmt(c, STMT_TOTP_GET);
	enum err e;

	bind_i64(st, 1, user_id);
	e = stmt_row(c, st);
	if (e == ERR_OK) {
		if (sqlite3_column_bytes(st, 0) != TOTP_SECRET_BYTES)
			e = ERR_INTERNAL;
		else
			memcpy(out->secret, sqlite3_column_blob(st, 0), TOTP_SECRET_BYTES);
		out->last_step = column_i64(st, 1);
		out->confirmed = column_i64(st, 2) != 0;
	}
	stmt_reset(st);
	readers_put(&s->readers, c);
	return e;
}

static enum err totp_begin(struct store *store, int64_t user_id, const unsigned char *secret)
{
	return change_run(store, (struct change){.which = STMT_TOTP_BEGIN,
						 .unchanged = ERR_CONFLICT,
						 .values = {{.number = user_id},
							    {.ptr = secret,
							     .len = TOTP_SECRET_BYTES,
							     .bytes = true}}});
}

static enum err totp_use(struct store *store, int64_t user_id, int64_t step)
{
	return change_run(store,
			  (struct change){.which = STMT_TOTP_USE,
					  .unchanged = ERR_CONFLICT,
					  .values = {{.number = user_id}, {.number = step}}});
}

static enum err totp_delete(struct store *store, int64_t user_id)
{
	return change_run(
		store, (struct change){.which = STMT_TOTP_DELETE, .values = {{.number = user_id}}});
}

const struct account_ops sqlite_account_ops = {
	.set_email = set_email,
	.rename = rename_person,
	.old_name = old_name,
	.ticket_put = ticket_put,
	.ticket_find = ticket_find,
	.ticket_take = ticket_take,
	.ticket_count = ticket_count,
	.ticket_drop = ticket_drop,
	.ticket_expire = ticket_expire,
	.totp_get = totp_get,
	.totp_begin = totp_begin,
	.totp_use = totp_use,
	.totp_delete = totp_delete,
};
