/* pg_post.c: posts one by one in the PostgreSQL engine; for lists of them see pg_timeline.c. */
#include "store/postgres/pg.h"

#include "base/clock.h"
#include "model/id.h"
#include "store/postgres/pg_search.h"

enum err pg_post_get(struct store *store, int64_t id, struct arena *a, struct post *out)
{
	struct pg_args args = {0};
	PGresult *r = NULL;
	enum err e;

	pg_arg_i64(&args, id);
	e = pg_run(pg_of(store), PG_POST_BY_ID, &args, &r);
	if (e == ERR_OK)
		e = PQntuples(r) ? pg_row_post(r, 0, 0, a, out) : ERR_NOT_FOUND;
	PQclear(r);
	return e;
}

enum err pg_post_create(struct store *store, const struct post_new *p, struct post *out)
{
	int64_t now_ms = clock_now_ms(), id = 0;
	struct pg_args args = {0};
	PGresult *r = NULL;
	struct arena *a = arena_new(SEARCH_DOCUMENT_BYTES + 64 + p->mention_count * 16);
	enum err e = a ? ERR_OK : ERR_INTERNAL;

	pg_arg_i64(&args, p->author_id);
	pg_arg_str(&args, p->text);
	pg_arg_i64(&args, now_ms);
	pg_arg_i64(&args, id_first_of_ms(now_ms));
	pg_arg_i64(&args, p->reply_to);
	pg_arg_str(&args, p->warning);
	pg_arg_str(&args, p->key);
	pg_arg_i64(&args, POST_KEY_LIFE_MS);
	if (e == ERR_OK)
		e = pg_arg_document(&args, p->author_id, p->text, a);
	if (e == ERR_OK)
		e = pg_arg_ids(&args, p->mention_ids, p->mention_count, a);
	if (e == ERR_OK)
		e = pg_run(pg_of(store), PG_POST_CREATE, &args, &r);
	if (e == ERR_OK && !pg_bool(r, 0, 1))
		e = ERR_NOT_FOUND;
	if (e == ERR_OK && !PQgetisnull(r, 0, 0)) {
		id = pg_i64(r, 0, 0);
		pg_news_post(&pg_of(store)->news, id, p->author_id);
	}
	if (e == ERR_OK && out)
		*out = (struct post){.id = id,
				     .author_id = p->author_id,
				     .created_ms = now_ms,
				     .reply_to = p->reply_to};
	PQclear(r);
	arena_free(a);
	return e;
}

enum err pg_post_delete(struct store *store, int64_t id)
{
	struct pg_args args = {0};
	PGresult *r = NULL;
	enum err e;

	pg_arg_i64(&args, id);
	e = pg_run(pg_of(store), PG_POST_DELETE, &args, &r);
	if (e == ERR_OK && PQntuples(r) == 0)
		e = ERR_NOT_FOUND;
	PQclear(r);
	return e;
}

enum err pg_post_set_flagged(struct store *store, const int64_t *ids, size_t count, bool flagged,
			     int64_t *missing)
{
	struct arena *a = arena_new(64 + count * 16);
	struct pg_args args = {0};
	PGresult *r = NULL;
	enum err e = a ? pg_arg_ids(&args, ids, count, a) : ERR_TOO_LARGE;

	pg_arg_bool(&args, flagged);
	if (e == ERR_OK)
		e = pg_run(pg_of(store), PG_POST_SET_FLAGGED, &args, &r);
	if (e == ERR_OK && PQntuples(r) > 0) {
		e = ERR_NOT_FOUND;
		if (missing)
			*missing = pg_i64(r, 0, 0);
	}
	PQclear(r);
	arena_free(a);
	return e;
}
