/*
 * pg_people.c: profiles, blocks and mutes in the PostgreSQL engine. Rows of a person who is deleted
 * follow by themselves (ON DELETE CASCADE).
 */
#include "store/people.h"

#include "store/postgres/pg.h"

/* ---- whom somebody doesn't see -------------------------------------------------------------- */

static void pair(struct pg_args *args, int64_t a, int64_t b)
{
	*args = (struct pg_args){0};
	pg_arg_i64(args, a);
	pg_arg_i64(args, b);
}

/*
 * In one transaction, which holds both people from its first statement on: a follow that was begun
 * before has ended when the follows are looked at.
 */
static enum err block_in(struct pg_conn *c, int64_t user_id, int64_t other_id, int64_t deadline_us)
{
	struct pg_args forth, back;
	PGresult *r = NULL;
	enum err e = pg_conn_run(c, PG_BEGIN, NULL, deadline_us, NULL);

	pair(&forth, user_id, other_id);
	pair(&back, other_id, user_id);
	if (e == ERR_OK)
		e = pg_conn_run(c, PG_BLOCK_LOCK, &forth, deadline_us, &r);
	if (e == ERR_OK && PQntuples(r) < 2)
		e = ERR_NOT_FOUND;
	PQclear(r);
	if (e == ERR_OK)
		e = pg_conn_run(c, PG_BLOCK_PUT, &forth, deadline_us, NULL);
	if (e == ERR_OK)
		e = pg_conn_run(c, PG_FOLLOW_DELETE, &forth, deadline_us, NULL);
	if (e == ERR_OK)
		e = pg_conn_run(c, PG_FOLLOW_DELETE, &back, deadline_us, NULL);
	return pg_end(c, e, deadline_us);
}

static enum err block(struct pg *s, int64_t user_id, int64_t other_id)
{
	int64_t deadline_us = pg_deadline_us(s);
	struct pg_conn *c = NULL;
	enum err e = pg_take_to_write(s, deadline_us, &c);

	if (e != ERR_OK)
		return e;
	e = block_in(c, user_id, other_id, deadline_us);
	if (e == ERR_IO)
		c->broken = true;
	pg_pool_put(&s->pool, c);
	if (e == ERR_OK)
		atomic_fetch_add(&s->writes, 1);
	return e;
}

static enum err block_set(struct store *store, int64_t user_id, int64_t other_id, bool blocked)
{
	struct pg_args args;

	if (blocked)
		return block(pg_of(store), user_id, other_id);
	pair(&args, user_id, other_id);
	return pg_run(pg_of(store), PG_BLOCK_DELETE, &args, NULL);
}

static enum err mute_set(struct store *store, int64_t user_id, int64_t other_id, bool muted)
{
	struct pg_args args;
	PGresult *r = NULL;
	enum err e;

	pair(&args, user_id, other_id);
	e = pg_run(pg_of(store), muted ? PG_MUTE_PUT : PG_MUTE_DELETE, &args, &r);
	if (e == ERR_OK && muted && !pg_bool(r, 0, 0))
		e = ERR_NOT_FOUND;
	PQclear(r);
	return e;
}

static enum err unseen_list(struct store *store, int64_t viewer_id, struct arena *a,
			    struct unseen_list *out)
{
	struct pg_args args = {0};
	PGresult *r = NULL;
	struct unseen_list list = {0};
	enum err e;

	pg_arg_i64(&args, viewer_id);
	e = pg_run(pg_of(store), PG_UNSEEN_LIST, &args, &r);
	if (e == ERR_OK) {
		list.count = (size_t)PQntuples(r);
		list.items = arena_array(a, list.count, sizeof(struct unseen));
		e = list.items ? ERR_OK : ERR_TOO_LARGE;
	}
	for (size_t i = 0; e == ERR_OK && i < list.count; i++)
		list.items[i] = (struct unseen){pg_i64(r, (int)i, 0), (int)pg_i64(r, (int)i, 1)};
	PQclear(r);
	if (e == ERR_OK)
		*out = list;
	return e;
}

static enum err block_list(struct store *store, int64_t user_id, int64_t before_id, size_t limit,
			   struct arena *a, struct user_list *out)
{
	return pg_side_list(pg_of(store), PG_BLOCK_LIST, user_id, before_id, limit, a, out);
}

static enum err mute_list(struct store *store, int64_t user_id, int64_t before_id, size_t limit,
			  struct arena *a, struct user_list *out)
{
	return pg_side_list(pg_of(store), PG_MUTE_LIST, user_id, before_id, limit, a, out);
}

static enum err suggestions(struct store *store, int64_t user_id, size_t limit, struct arena *a,
			    struct user_list *out)
{
	return pg_side_list(pg_of(store), PG_SUGGESTIONS, user_id, 0, limit, a, out);
}

static enum err follow_marks(struct store *store, int64_t follower_id, const int64_t *ids,
			     size_t count, bool *out)
{
	struct arena *a = arena_new(64 + count * 24);
	struct pg_args args = {0};
	PGresult *r = NULL;
	enum err e = ERR_TOO_LARGE;

	pg_arg_i64(&args, follower_id);
	if (a)
		e = pg_arg_ids(&args, ids, count, a);
	if (e == ERR_OK)
		e = pg_run(pg_of(store), PG_FOLLOW_MARKS, &args, &r);
	for (size_t i = 0; e == ERR_OK && i < count; i++)
		out[i] = pg_bool(r, (int)i, 0);
	PQclear(r);
	arena_free(a);
	return e;
}

/* ---- how they present themselves ------------------------------------------------------------ */

static enum err profile_set(struct store *store, const struct profile_new *profile)
{
	struct pg_args args = {0};
	PGresult *r = NULL;
	enum err e;

	pg_arg_i64(&args, profile->user_id);
	pg_arg_str(&args, profile->display);
	pg_arg_str(&args, profile->bio);
	pg_arg_str(&args, profile->link);
	e = pg_run(pg_of(store), PG_PROFILE_SET, &args, &r);
	if (e == ERR_OK && !pg_bool(r, 0, 0))
		e = ERR_NOT_FOUND;
	PQclear(r);
	return e;
}

static enum err profile_get(struct store *store, int64_t user_id, struct arena *a,
			    struct profile *out)
{
	struct profile profile = {STR(""), STR("")};
	struct pg_args args = {0};
	PGresult *r = NULL;
	enum err e;

	pg_arg_i64(&args, user_id);
	e = pg_run(pg_of(store), PG_PROFILE_GET, &args, &r);
	if (e == ERR_OK && PQntuples(r)) {
		profile = (struct profile){pg_str(r, 0, 0, a), pg_str(r, 0, 1, a)};
		e = profile.bio.ptr && profile.link.ptr ? ERR_OK : ERR_TOO_LARGE;
	}
	PQclear(r);
	if (e == ERR_OK)
		*out = profile;
	return e;
}

const struct people_ops pg_people_ops = {
	.block_set = block_set,
	.mute_set = mute_set,
	.unseen_list = unseen_list,
	.block_list = block_list,
	.mute_list = mute_list,
	.suggestions = suggestions,
	.follow_marks = follow_marks,
	.profile_set = profile_set,
	.profile_get = profile_get,
};
