/* pg_conversation.c: answers and likes in the PostgreSQL engine. */
#include "store/postgres/pg.h"

#include "base/clock.h"
#include "store/postgres/pg_timeline.h"

enum err pg_reply_list(struct store *store, int64_t post_id, int64_t after_id, size_t limit,
		       struct arena *a, struct post_list *out)
{
	struct pg_args args = {0};
	struct post_list list;
	PGresult *r = NULL;
	bool more;
	enum err e;

	pg_arg_i64(&args, post_id);
	pg_arg_i64(&args, after_id);
	pg_arg_i64(&args, (int64_t)limit + 1);
	e = pg_run(pg_of(store), PG_REPLY_LIST, &args, &r);
	if (e == ERR_OK)
		e = pg_post_rows(r, 0, limit, a, &list, &more);
	PQclear(r);
	if (e == ERR_OK) {
		list.newer = more; /* oldest first, so further ones are newer */
		*out = list;
	}
	return e;
}

static enum err ask_marks(struct pg *s, struct arena *a, int64_t viewer_id, struct post *posts,
			  size_t count)
{
	int64_t *ids = arena_array(a, count, sizeof(*ids));
	struct pg_args args = {0};
	PGresult *r = NULL;
	enum err e = ids ? ERR_OK : ERR_TOO_LARGE;

	for (size_t i = 0; ids && i < count; i++)
		ids[i] = posts[i].id;
	if (e == ERR_OK)
		e = pg_arg_ids(&args, ids, count, a);
	pg_arg_i64(&args, viewer_id);
	pg_arg_i64(&args, POST_COUNT_MAX);
	if (e == ERR_OK)
		e = pg_run(s, PG_POST_MARKS, &args, &r);
	for (int i = 0; e == ERR_OK && i < PQntuples(r); i++) {
		posts[i].reply_count = pg_i64(r, i, 0);
		posts[i].like_count = pg_i64(r, i, 1);
		posts[i].liked = pg_bool(r, i, 2);
	}
	PQclear(r);
	return e;
}

enum err pg_post_marks(struct store *store, int64_t viewer_id, struct post *posts, size_t count)
{
	struct arena *a = arena_new(128 + count * 24);
	enum err e = a ? ask_marks(pg_of(store), a, viewer_id, posts, count) : ERR_TOO_LARGE;

	arena_free(a);
	return e;
}

enum err pg_like_set(struct store *store, int64_t user_id, int64_t post_id, bool liked)
{
	struct pg_args args = {0};
	PGresult *r = NULL;
	enum err e;

	pg_arg_i64(&args, user_id);
	pg_arg_i64(&args, post_id);
	if (liked)
		pg_arg_i64(&args, clock_now_ms());
	e = pg_run(pg_of(store), liked ? PG_LIKE_SET : PG_LIKE_UNSET, &args, &r);
	if (e == ERR_OK && liked && pg_i64(r, 0, 0) == 0)
		e = ERR_NOT_FOUND;
	else if (e == ERR_OK && liked && pg_i64(r, 0, 1) > 0)
		pg_news_post(&pg_of(store)->news, 0, pg_i64(r, 0, 2));
	PQclear(r);
	return e;
}
