/* pg_avatar.c: uploaded pictures in the PostgreSQL engine. */
#include "store/avatar.h"

#include "store/postgres/pg.h"

/* Both writes answer whether there was such a person. */
static enum err run_write(struct store *store, enum pg_statement which, const struct pg_args *args)
{
	PGresult *r = NULL;
	enum err e = pg_run(pg_of(store), which, args, &r);

	if (e == ERR_OK && !pg_bool(r, 0, 0))
		e = ERR_NOT_FOUND;
	PQclear(r);
	return e;
}

static enum err set(struct store *store, const struct avatar_new *avatar)
{
	struct pg_args args = {0};

	pg_arg_i64(&args, avatar->user_id);
	pg_arg_i64(&args, avatar->hash);
	pg_arg_bytes(&args, avatar->small.ptr, avatar->small.len);
	pg_arg_bytes(&args, avatar->large.ptr, avatar->large.len);
	pg_arg_i64(&args, avatar->now_ms);
	return run_write(store, PG_AVATAR_SET, &args);
}

static enum err remove_avatar(struct store *store, int64_t user_id)
{
	struct pg_args args = {0};

	pg_arg_i64(&args, user_id);
	return run_write(store, PG_AVATAR_DELETE, &args);
}

static enum err get(struct store *store, int64_t hash, bool large, struct arena *a, struct str *out)
{
	struct pg_args args = {0};
	struct str bytes = {NULL, 0};
	PGresult *r = NULL;
	enum err e;

	pg_arg_i64(&args, hash);
	e = pg_run(pg_of(store), large ? PG_AVATAR_LARGE : PG_AVATAR_SMALL, &args, &r);
	if (e == ERR_OK && PQntuples(r) == 0)
		e = ERR_NOT_FOUND;
	if (e == ERR_OK) {
		bytes = pg_str(r, 0, 0, a);
		e = bytes.ptr ? ERR_OK : ERR_TOO_LARGE;
	}
	PQclear(r);
	if (e == ERR_OK)
		*out = bytes;
	return e;
}

const struct avatar_ops pg_avatar_ops = {.set = set, .remove = remove_avatar, .get = get};
