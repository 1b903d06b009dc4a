/*
 * pg_account.c: what is kept of accounts beside the person, in the PostgreSQL engine. Rows of a
 * person who is deleted follow by themselves (ON DELETE CASCADE).
 */
#include "store/account.h"

#include "store/postgres/pg.h"

/* A statement that answers with rows where it found or changed something: else `none`. */
static enum err answer(struct store *store, enum pg_statement which, const struct pg_args *args,
		       enum err none, int64_t *out)
{
	PGresult *r = NULL;
	enum err e = pg_run(pg_of(store), which, args, &r);

	if (e == ERR_OK && PQntuples(r) == 0)
		e = none;
	if (e == ERR_OK && out)
		*out = pg_i64(r, 0, 0);
	PQclear(r);
	return e;
}

/* ---- address and name ----------------------------------------------------------------------- */

static enum err set_email(struct store *store, int64_t id, struct str email)
{
	struct pg_args args = {0};

	pg_arg_i64(&args, id);
	pg_arg_str(&args, email);
	return answer(store, PG_ACCOUNT_SET_EMAIL, &args, ERR_NOT_FOUND, NULL);
}

static enum err rename_person(struct store *store, const struct rename *rename)
{
	struct pg_args args = {0};
	PGresult *r = NULL;
	enum err e;

	pg_arg_i64(&args, rename->user_id);
	pg_arg_str(&args, rename->name);
	pg_arg_str(&args, rename->name_key);
	pg_arg_i64(&args, rename->now_ms);
	pg_arg_i64(&args, rename->not_since_ms);
	e = pg_run(pg_of(store), PG_ACCOUNT_RENAME, &args, &r);
	if (e == ERR_OK && !pg_bool(r, 0, 0))
		e = ERR_NOT_FOUND;
	else if (e == ERR_OK && pg_bool(r, 0, 1))
		e = ERR_CONFLICT;
	else if (e == ERR_OK && pg_bool(r, 0, 2))
		e = ERR_DENIED;
	PQclear(r);
	return e;
}

static enum err old_name(struct store *store, struct str name_key, int64_t *out)
{
	struct pg_args args = {0};

	pg_arg_str(&args, name_key);
	return answer(store, PG_OLD_NAME_GET, &args, ERR_NOT_FOUND, out);
}

/* ---- one-time secrets ----------------------------------------------------------------------- */

static enum err ticket_put(struct store *store, const struct ticket *ticket)
{
	struct pg_args args = {0};

	pg_arg_bytes(&args, ticket->hash, TICKET_HASH_BYTES);
	pg_arg_i64(&args, ticket->user_id);
	pg_arg_i64(&args, ticket->kind);
	pg_arg_i64(&args, ticket->expires_ms);
	return answer(store, PG_TICKET_PUT, &args, ERR_CONFLICT, NULL);
}

static enum err ticket_ask(struct store *store, enum pg_statement which, const unsigned char *hash,
			   enum ticket_kind kind, int64_t now_ms, int64_t *out)
{
	struct pg_args args = {0};

	pg_arg_bytes(&args, hash, TICKET_HASH_BYTES);
	pg_arg_i64(&args, kind);
	pg_arg_i64(&args, now_ms);
	return answer(store, which, &args, ERR_NOT_FOUND, out);
}

static enum err ticket_find(struct store *store, const unsigned char *hash, enum ticket_kind kind,
			    int64_t now_ms, int64_t *out)
{
	return ticket_ask(store, PG_TICKET_FIND, hash, kind, now_ms, out);
}

static enum err ticket_take(struct store *store, const unsigned char *hash, enum ticket_kind kind,
			    int64_t now_ms, int64_t *out)
{
	return ticket_ask(store, PG_TICKET_TAKE, hash, kind, now_ms, out);
}

static enum err ticket_count(struct store *store, int64_t user_id, enum ticket_kind kind,
			     int64_t *out)
{
	struct pg_args args = {0};

	pg_arg_i64(&args, user_id);
	pg_arg_i64(&args, kind);
	return answer(store, PG_TICKET_COUNT, &args, ERR_INTERNAL, out);
}

static enum err ticket_drop(struct store *store, int64_t user_id, enum ticket_kind kind)
{
	struct pg_args args = {0};

	pg_arg_i64(&args, user_id);
	pg_arg_i64(&args, kind);
	return pg_run(pg_of(store), PG_TICKET_DROP, &args, NULL);
}

static enum err ticket_expire(struct store *store, int64_t now_ms)
{
	struct pg_args args = {0};

	pg_arg_i64(&args, now_ms);
	return pg_run(pg_of(store), PG_TICKET_EXPIRE, &args, NULL);
}

/* ---- authenticators ------------------------------------------------------------------------- */

static enum err totp_get(struct store *store, int64_t user_id, struct totp *out)
{
	struct pg_args args = {0};
	PGresult *r = NULL;
	enum err e;

	pg_arg_i64(&args, user_id);
	e = pg_run(pg_of(store), PG_TOTP_GET, &args, &r);
	if (e == ERR_OK && PQntuples(r) == 0)
		e = ERR_NOT_FOUND;
	else if (e == ERR_OK && PQgetlength(r, 0, 0) != TOTP_SECRET_BYTES)
		e = ERR_INTERNAL;
	if (e == ERR_OK) {
		memcpy(out->secret, PQgetvalue(r, 0, 0), TOTP_SECRET_BYTES);
		out->last_step = pg_i64(r, 0, 1);
		out->confirmed = pg_i64(r, 0, 2) != 0;
	}
	PQclear(r);
	return e;
}

static enum err totp_begin(struct store *store, int64_t user_id, const unsigned char *secret)
{
	struct pg_args args = {0};

	pg_arg_i64(&args, user_id);
	pg_arg_bytes(&args, secret, TOTP_SECRET_BYTES);
	return answer(store, PG_TOTP_BEGIN, &args, ERR_CONFLICT, NULL);
}

static enum err totp_use(struct store *store, int64_t user_id, int64_t step)
{
	struct pg_args args = {0};

	pg_arg_i64(&args, user_id);
	pg_arg_i64(&args, step);
	return answer(store, PG_TOTP_USE, &args, ERR_CONFLICT, NULL);
}

static enum err totp_delete(struct store *store, int64_t user_id)
{
	struct pg_args args = {0};

	pg_arg_i64(&args, user_id);
	return pg_run(pg_of(store), PG_TOTP_DELETE, &args, NULL);
}

const struct account_ops pg_account_ops = {
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
