/* pg_session.c: sign-ins in the PostgreSQL engine. */
#include "model/id.h"
#include "store/postgres/pg.h"

/* However many there are, no statement takes long. */
#define EXPIRED_AT_ONCE 250

enum err pg_session_find(struct store *store, const unsigned char *hash, int64_t now_ms,
			 struct arena *a, struct session *out, struct user *out_user)
{
	struct pg_args args = {0};
	PGresult *r = NULL;
	struct session session;
	struct user user;
	enum err e;

	pg_arg_bytes(&args, hash, SESSION_HASH_BYTES);
	pg_arg_i64(&args, now_ms);
	e = pg_run(pg_of(store), PG_SESSION_FIND, &args, &r);
	if (e == ERR_OK && PQntuples(r) == 0)
		e = ERR_NOT_FOUND;
	if (e == ERR_OK)
		e = pg_row_user(r, 0, 0, a, &user);
	if (e == ERR_OK)
		e = pg_row_session(r, 0, PG_USER_COLUMNS, a, &session);
	PQclear(r);
	if (e == ERR_OK) {
		*out = session;
		*out_user = user;
	}
	return e;
}

enum err pg_session_list(struct store *store, int64_t user_id, int64_t now_ms, struct arena *a,
			 struct session_list *out)
{
	struct session_list list = {0};
	struct pg_args args = {0};
	PGresult *r = NULL;
	enum err e;

	pg_arg_i64(&args, user_id);
	pg_arg_i64(&args, now_ms);
	e = pg_run(pg_of(store), PG_SESSION_LIST, &args, &r);
	if (e == ERR_OK) {
		list.items = arena_array(a, (size_t)PQntuples(r), sizeof(struct session));
		e = list.items ? ERR_OK : ERR_TOO_LARGE;
	}
	for (int i = 0; e == ERR_OK && i < PQntuples(r); i++)
		e = pg_row_session(r, i, 0, a, &list.items[list.count++]);
	PQclear(r);
	if (e == ERR_OK)
		*out = list;
	return e;
}

/* The session is there, whatever comes of this: the next one's trim does the same. */
static void trim(struct pg *s, const struct session *kept, size_t keep_max)
{
	struct pg_args args = {0};

	pg_arg_i64(&args, kept->user_id);
	pg_arg_bytes(&args, kept->hash, SESSION_HASH_BYTES);
	pg_arg_i64(&args, keep_max > 0 ? (int64_t)keep_max - 1 : 0);
	(void)!pg_run(s, PG_SESSION_TRIM, &args, NULL);
}

enum err pg_session_create(struct store *store, const struct session *session, size_t keep_max)
{
	struct pg_args args = {0};
	PGresult *r = NULL;
	enum err e;

	pg_arg_bytes(&args, session->hash, SESSION_HASH_BYTES);
	pg_arg_i64(&args, session->user_id);
	pg_arg_i64(&args, session->created_ms);
	pg_arg_i64(&args, session->seen_ms);
	pg_arg_i64(&args, session->expires_ms);
	pg_arg_str(&args, session->user_agent);
	e = pg_run(pg_of(store), PG_SESSION_CREATE, &args, &r);
	if (e == ERR_OK && !pg_bool(r, 0, 0))
		e = ERR_NOT_FOUND;
	else if (e == ERR_OK && !pg_bool(r, 0, 1))
		e = ERR_CONFLICT;
	PQclear(r);
	if (e == ERR_OK)
		trim(pg_of(store), session, keep_max);
	return e;
}

enum err pg_session_touch(struct store *store, const unsigned char *hash, int64_t seen_ms,
			  int64_t expires_ms)
{
	struct pg_args args = {0};

	pg_arg_bytes(&args, hash, SESSION_HASH_BYTES);
	pg_arg_i64(&args, seen_ms);
	pg_arg_i64(&args, expires_ms);
	return pg_run(pg_of(store), PG_SESSION_TOUCH, &args, NULL);
}

enum err pg_session_delete(struct store *store, const unsigned char *hash)
{
	struct pg_args args = {0};

	pg_arg_bytes(&args, hash, SESSION_HASH_BYTES);
	return pg_run(pg_of(store), PG_SESSION_DELETE, &args, NULL);
}

enum err pg_session_delete_all(struct store *store, int64_t user_id, const unsigned char *except)
{
	struct pg_args args = {0};

	pg_arg_i64(&args, user_id);
	pg_arg_bytes(&args, except, except ? SESSION_HASH_BYTES : 0);
	return pg_run(pg_of(store), PG_SESSION_DELETE_ALL, &args, NULL);
}

enum err pg_session_expire(struct store *store, int64_t now_ms)
{
	struct pg_args args = {0};
	int64_t gone = EXPIRED_AT_ONCE;
	enum err e = ERR_OK;

	pg_arg_i64(&args, now_ms);
	pg_arg_i64(&args, EXPIRED_AT_ONCE);
	while (e == ERR_OK && gone == EXPIRED_AT_ONCE) {
		PGresult *r = NULL;

		e = pg_run(pg_of(store), PG_SESSION_EXPIRE, &args, &r);
		if (e == ERR_OK)
			gone = pg_i64(r, 0, 0);
		PQclear(r);
	}
	return e;
}

enum err pg_active_users(struct store *store, int64_t since_ms, int64_t *out)
{
	struct pg_args args = {0};
	PGresult *r = NULL;
	enum err e;

	pg_arg_i64(&args, since_ms);
	pg_arg_i64(&args, id_first_of_ms(since_ms));
	e = pg_run(pg_of(store), PG_ACTIVE_USERS, &args, &r);
	if (e == ERR_OK)
		*out = pg_i64(r, 0, 0);
	PQclear(r);
	return e;
}
