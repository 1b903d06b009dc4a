/* pg_search.c: posts by words and tags in the PostgreSQL engine. */
#include "store/postgres/pg_search.h"

#include "base/buf.h"
#include "base/clock.h"
#include "model/id.h"
#include "store/postgres/pg_timeline.h"

/* A post that is newer may belong to a transaction of a node that knows of no index and is still
 * open: it is looked at later. */
#define SETTLED_MS 60000
/* For one batch of old posts. */
#define FILL_US	       (10 * INT64_C(1000000))
#define FILL_MAX_BYTES (16 * 1024 * 1024)

enum err pg_arg_document(struct pg_args *args, int64_t author_id, struct str text, struct arena *a)
{
	struct search_document d;
	enum err e = search_document_of(a, author_id, text, &d);
	struct str words = {NULL, 0}, tags = {NULL, 0};

	if (e == ERR_OK) {
		words = search_document_vector(a, &d);
		tags = search_document_tags(a, &d);
	}
	if (e == ERR_OK && (!words.ptr || !tags.ptr))
		e = ERR_TOO_LARGE;
	if (e == ERR_OK) {
		pg_arg_str(args, words);
		pg_arg_str(args, tags);
	}
	return e;
}

/* ---- filling --------------------------------------------------------------------------------- */

/* What a batch adds: a line for each of the posts in `ids`. */
struct batch {
	struct arena *ids_arena, *a;
	int64_t ids[200];
	size_t count;
	struct buf words, tags;
};

static enum err batch_add(struct batch *b, const PGresult *r, int row)
{
	struct search_document d;
	enum err e;

	arena_reset(b->a);
	e = search_document_of(b->a, pg_i64(r, row, 1), pg_str(r, row, 2, b->a), &d);
	if (e != ERR_OK)
		return e;
	if (b->count) {
		buf_add_char(&b->words, '\n');
		buf_add_char(&b->tags, '\n');
	}
	buf_add(&b->words, search_document_vector(b->a, &d));
	buf_add(&b->tags, search_document_tags(b->a, &d));
	b->ids[b->count++] = pg_i64(r, row, 0);
	return ERR_OK;
}

static enum err batch_write(struct batch *b, struct pg_conn *c, int64_t checked,
			    int64_t deadline_us)
{
	struct pg_args args = {0};
	enum err e = buf_ok(&b->words) && buf_ok(&b->tags) ? ERR_OK : ERR_TOO_LARGE;

	if (e == ERR_OK)
		e = pg_arg_ids(&args, b->ids, b->count, b->ids_arena);
	pg_arg_str(&args, buf_str(&b->words));
	pg_arg_str(&args, buf_str(&b->tags));
	pg_arg_i64(&args, checked);
	return e == ERR_OK ? pg_conn_run(c, PG_SEARCH_FILL, &args, deadline_us, NULL) : e;
}

/* Within a transaction: what comes after `checked`. */
static enum err fill_from(struct batch *b, struct pg_conn *c, int64_t checked, int64_t deadline_us,
			  bool *more)
{
	struct pg_args args = {0};
	PGresult *r = NULL;
	enum err e;

	pg_arg_i64(&args, checked);
	pg_arg_i64(&args, id_first_of_ms(clock_now_ms() - SETTLED_MS));
	e = pg_conn_run(c, PG_SEARCH_UNCHECKED, &args, deadline_us, &r);
	for (int i = 0; e == ERR_OK && i < PQntuples(r); i++) {
		checked = pg_i64(r, i, 0);
		if (!pg_bool(r, i, 3))
			e = batch_add(b, r, i);
	}
	if (e == ERR_OK && PQntuples(r) > 0)
		e = batch_write(b, c, checked, deadline_us);
	*more = e == ERR_OK && PQntuples(r) == (int)(sizeof(b->ids) / sizeof(b->ids[0]));
	PQclear(r);
	return e;
}

static enum err fill_in(struct batch *b, struct pg_conn *c, bool *more)
{
	int64_t deadline_us = clock_mono_us() + FILL_US;
	PGresult *r = NULL;
	enum err e = pg_conn_run(c, PG_BEGIN, NULL, deadline_us, NULL);

	if (e == ERR_OK)
		e = pg_conn_run(c, PG_PATIENCE, NULL, deadline_us, NULL);
	if (e == ERR_OK)
		e = pg_conn_run(c, PG_SEARCH_CHECKED, NULL, deadline_us, &r);
	if (e == ERR_OK && PQntuples(r) > 0)
		e = fill_from(b, c, pg_i64(r, 0, 0), deadline_us, more);
	PQclear(r);
	return pg_end(c, e, deadline_us);
}

static enum err pg_search_fill(struct store *store, bool *more)
{
	struct pg *s = pg_of(store);
	struct batch b = {.ids_arena = arena_new(65536),
			  .a = arena_new(SEARCH_DOCUMENT_BYTES),
			  .words = BUF_INIT(FILL_MAX_BYTES),
			  .tags = BUF_INIT(FILL_MAX_BYTES)};
	struct pg_conn *c = NULL;
	enum err e = b.ids_arena && b.a ? ERR_OK : ERR_INTERNAL;

	*more = false;
	if (e == ERR_OK)
		e = pg_take_to_write(s, pg_deadline_us(s), &c);
	if (e == ERR_OK) {
		e = fill_in(&b, c, more);
		if (e == ERR_IO)
			c->broken = true;
		pg_pool_put(&s->pool, c);
	}
	buf_release(&b.words);
	buf_release(&b.tags);
	arena_free(b.ids_arena);
	arena_free(b.a);
	return e;
}

/* ---- finding --------------------------------------------------------------------------------- */

static enum err pg_tag_timeline(struct store *store, struct str tag_key, struct cursor at,
				size_t limit, struct arena *a, struct post_list *out)
{
	struct pg_timeline t = {.down = PG_TAG_DOWN, .up = PG_TAG_UP, .key = tag_key};

	return pg_timeline_page(pg_of(store), &t, at, limit, a, out);
}

static enum err pg_search_posts(struct store *store, const struct search_match *match,
				struct cursor at, size_t limit, struct arena *a,
				struct post_list *out)
{
	struct pg_timeline t = {.down = PG_SEARCH_DOWN,
				.up = PG_SEARCH_UP,
				.key = search_match_tsquery(a, match),
				.from_id = match->from_id,
				.until_id = match->until_id};

	if (!t.key.ptr)
		return ERR_INVALID;
	return pg_timeline_page(pg_of(store), &t, at, limit, a, out);
}

static enum err pg_search_people(struct store *store, struct str from, struct str below,
				 int64_t viewer_id, bool followed, size_t limit, struct arena *a,
				 struct user_list *out)
{
	struct user_list list = {.items = arena_array(a, limit, sizeof(struct user))};
	struct pg_args args = {0};
	PGresult *r = NULL;
	enum err e;

	pg_arg_str(&args, from);
	pg_arg_str(&args, below);
	pg_arg_i64(&args, (int64_t)limit + 1);
	if (followed)
		pg_arg_i64(&args, viewer_id);
	if (!list.items)
		return ERR_TOO_LARGE;
	e = pg_run(pg_of(store), followed ? PG_PEOPLE_FOLLOWED : PG_PEOPLE_BEGIN, &args, &r);
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

const struct search_ops pg_search_ops = {.posts = pg_search_posts,
					 .tag_timeline = pg_tag_timeline,
					 .people = pg_search_people,
					 .fill = pg_search_fill};
