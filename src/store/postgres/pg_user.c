/* pg_user.c: people in the PostgreSQL engine, and the lists of those who follow each other. */
#include "store/postgres/pg.h"

#include "base/clock.h"
#include "model/id.h"

/* For a person with a hundred thousand followers, as PG_PATIENCE; others take milliseconds. */
#define PATIENCE_US (30 * INT64_C(1000000))

/* ---- reading -------------------------------------------------------------------------------- */

static enum err user_one(struct pg *s, enum pg_statement which, const struct pg_args *args,
			 struct arena *a, struct user *out)
{
	PGresult *r = NULL;
	enum err e = pg_run(s, which, args, &r);

	if (e == ERR_OK)
		e = PQntuples(r) ? pg_row_user(r, 0, 0, a, out) : ERR_NOT_FOUND;
	PQclear(r);
	return e;
}

/* The last parameter of the statement is one more than `limit`, to see whether there are others. */
static enum err user_rows(struct pg *s, enum pg_statement which, struct pg_args *args, size_t limit,
			  struct arena *a, struct user_list *out)
{
	struct user_list list = {.items = arena_array(a, limit, sizeof(struct user))};
	PGresult *r = NULL;
	enum err e = list.items ? ERR_OK : ERR_TOO_LARGE;

	pg_arg_i64(args, (int64_t)limit + 1);
	if (e == ERR_OK)
		e = pg_run(s, which, args, &r);
	for (int i = 0; e == ERR_OK && i < PQntuples(r) && !list.more; i++) {
		if (list.count == limit)
			list.more = true;
		else
			e = pg_row_user(r, i, 0, a, &list.items[list.count++]);
	}
	PQclear(r);
	if (e == ERR_OK)
		*out = list;
	return e;
}

enum err pg_user_get(struct store *store, int64_t id, struct arena *a, struct user *out)
{
	struct pg_args args = {0};

	pg_arg_i64(&args, id);
	return user_one(pg_of(store), PG_USER_BY_ID, &args, a, out);
}

enum err pg_user_by_name(struct store *store, struct str name_key, struct arena *a,
			 struct user *out)
{
	struct pg_args args = {0};

	pg_arg_str(&args, name_key);
	return user_one(pg_of(store), PG_USER_BY_NAME, &args, a, out);
}

enum err pg_user_list(struct store *store, int64_t after_id, size_t limit, struct arena *a,
		      struct user_list *out)
{
	struct pg_args args = {0};

	pg_arg_i64(&args, after_id);
	return user_rows(pg_of(store), PG_USER_LIST, &args, limit, a, out);
}

/* One side of the follows of a person; before_id 0 is the beginning. */
enum err pg_side_list(struct pg *s, enum pg_statement which, int64_t user_id, int64_t before_id,
		      size_t limit, struct arena *a, struct user_list *out)
{
	struct pg_args args = {0};

	pg_arg_i64(&args, user_id);
	pg_arg_i64(&args, before_id ? before_id : INT64_MAX);
	return user_rows(s, which, &args, limit, a, out);
}

enum err pg_following_list(struct store *store, int64_t user_id, int64_t before_id, size_t limit,
			   struct arena *a, struct user_list *out)
{
	return pg_side_list(pg_of(store), PG_FOLLOWING_LIST, user_id, before_id, limit, a, out);
}

enum err pg_follower_list(struct store *store, int64_t user_id, int64_t before_id, size_t limit,
			  struct arena *a, struct user_list *out)
{
	return pg_side_list(pg_of(store), PG_FOLLOWER_LIST, user_id, before_id, limit, a, out);
}

/* ---- writing -------------------------------------------------------------------------------- */

enum err pg_user_create(struct store *store, const struct user_new *u, int64_t *out_id)
{
	struct pg_args args = {0};
	PGresult *r = NULL;
	enum err e;

	pg_arg_str(&args, u->name);
	pg_arg_str(&args, u->name_key);
	pg_arg_str(&args, u->email);
	pg_arg_str(&args, u->pw_hash);
	pg_arg_i64(&args, u->role);
	pg_arg_i64(&args, u->created_ms);
	pg_arg_i64(&args, id_first_of_ms(clock_now_ms()));
	e = pg_run(pg_of(store), PG_USER_CREATE, &args, &r);
	if (e == ERR_OK && PQntuples(r) == 0)
		e = ERR_CONFLICT;
	if (e == ERR_OK && out_id)
		*out_id = pg_i64(r, 0, 0);
	PQclear(r);
	return e;
}

enum err pg_user_set_password(struct store *store, int64_t id, struct str expected,
			      struct str pw_hash)
{
	struct pg_args args = {0};
	PGresult *r = NULL;
	enum err e;

	pg_arg_i64(&args, id);
	pg_arg_str(&args, pw_hash);
	pg_arg_str(&args, expected);
	e = pg_run(pg_of(store), PG_USER_SET_PASSWORD, &args, &r);
	if (e == ERR_OK && !pg_bool(r, 0, 0))
		e = ERR_NOT_FOUND;
	else if (e == ERR_OK && !pg_bool(r, 0, 1))
		e = ERR_CONFLICT;
	PQclear(r);
	return e;
}

enum err pg_user_set_role(struct store *store, int64_t id, enum user_role role)
{
	struct pg_args args = {0};
	PGresult *r = NULL;
	enum err e;

	pg_arg_i64(&args, id);
	pg_arg_i64(&args, role);
	e = pg_run(pg_of(store), PG_USER_SET_ROLE, &args, &r);
	if (e == ERR_OK && PQntuples(r) == 0)
		e = ERR_NOT_FOUND;
	PQclear(r);
	return e;
}

enum err pg_user_set_language(struct store *store, int64_t id, struct str language)
{
	struct pg_args args = {0};
	PGresult *r = NULL;
	enum err e;

	pg_arg_i64(&args, id);
	pg_arg_str(&args, language);
	e = pg_run(pg_of(store), PG_USER_SET_LANGUAGE, &args, &r);
	if (e == ERR_OK && PQntuples(r) == 0)
		e = ERR_NOT_FOUND;
	PQclear(r);
	return e;
}

/* First nobody may add to this person any more, then all that is theirs goes. */
enum err pg_user_remove(struct pg_conn *c, int64_t id, int64_t deadline_us)
{
	static const enum pg_statement rest[] = {
		PG_USER_LOSE_MODERATION,    PG_REPORT_LOSE_SUBJECT, PG_REPORT_LOSE_REPORTER,
		PG_REPORT_LOSE_CLAIMER,	    PG_REPORT_LOSE_CLOSER,  PG_NOTE_LOSE_USER,
		PG_NOTE_LOSE_AUTHOR,	    PG_AUDIT_LOSE_ACTOR,    PG_AUDIT_LOSE_USER,
		PG_INVITATION_LOSE_CREATOR, PG_USER_DELETE,
	};
	struct pg_args one = {0}, two = {0};
	PGresult *r = NULL;
	enum err e;

	pg_arg_i64(&one, id);
	pg_arg_i64(&two, id);
	e = pg_conn_run(c, PG_USER_LOCK, &one, deadline_us, &r);
	if (e == ERR_OK && PQntuples(r) == 0)
		e = ERR_NOT_FOUND;
	PQclear(r);
	r = NULL;
	if (e == ERR_OK)
		e = pg_conn_run(c, PG_USER_LOSE_FOLLOWS, &one, deadline_us, &r);
	if (e == ERR_OK)
		pg_arg_i64(&two, pg_i64(r, 0, 0));
	PQclear(r);
	if (e == ERR_OK)
		e = pg_conn_run(c, PG_NOTICE_LOSE, &one, deadline_us, NULL);
	if (e == ERR_OK)
		e = pg_conn_run(c, PG_USER_LOSE_REST, &two, deadline_us, NULL);
	for (size_t i = 0; e == ERR_OK && i < sizeof(rest) / sizeof(rest[0]); i++)
		e = pg_conn_run(c, rest[i], &one, deadline_us, NULL);
	return e;
}

static enum err run_once(struct pg_conn *c, pg_transaction_fn *run, void *arg, int64_t deadline_us)
{
	enum err e = pg_conn_run(c, PG_BEGIN, NULL, deadline_us, NULL);

	if (e == ERR_OK)
		e = pg_conn_run(c, PG_PATIENCE, NULL, deadline_us, NULL);
	if (e == ERR_OK)
		e = run(c, arg, deadline_us);
	return pg_end(c, e, deadline_us);
}

enum err pg_transact(struct pg *s, pg_transaction_fn *run, void *arg)
{
	int64_t begin_by_us = pg_deadline_us(s);
	enum err e = ERR_BUSY;

	while (e == ERR_BUSY && clock_mono_us() < begin_by_us) {
		struct pg_conn *c = NULL;

		e = pg_take_to_write(s, begin_by_us, &c);
		if (e != ERR_OK)
			return e;
		e = run_once(c, run, arg, clock_mono_us() + PATIENCE_US);
		if (e == ERR_IO)
			c->broken = true;
		pg_pool_put(&s->pool, c);
	}
	if (e == ERR_OK)
		atomic_fetch_add(&s->writes, 1);
	return e;
}

static enum err delete_in(struct pg_conn *c, void *arg, int64_t deadline_us)
{
	return pg_user_remove(c, *(const int64_t *)arg, deadline_us);
}

enum err pg_user_delete(struct store *store, int64_t id)
{
	return pg_transact(pg_of(store), delete_in, &id);
}
