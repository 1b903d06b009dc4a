/*
 * search.c: posts by words and tags in the SQLite engine. post_index is a table of FTS5's that
 * keeps no text: what is taken out of it must be told again, so it is made again from the post.
 *
 * To enter one post costs as much as all else that a post writes, to enter hundreds at once a
 * fraction of that each. So posts wait in post_unindexed until the writer enters them; a search
 * reads those one by one, in the same snapshot. Tags are entered at once.
 */
#include "store/sqlite/sqlite.h"

#include "store/sqlite/timeline.h"
#include "store/sqlite/write.h"

/* So many at a time, that other writers wait for some milliseconds. */
#define FILL_POSTS 200

/* ---- writing --------------------------------------------------------------------------------- */

enum err write_post_document(struct arena *a, struct write_post *p)
{
	enum err e = search_document_of(a, p->author_id, p->text, &p->document);

	if (e == ERR_OK)
		p->words = search_document_words(a, &p->document);
	return e == ERR_OK && !p->words.ptr ? ERR_TOO_LARGE : e;
}

enum err write_post_tags(struct arena *a, struct write_post *p)
{
	return entity_list_keys(a, p->text, ENTITY_TAG, &p->document.tags) ? ERR_OK : ERR_TOO_LARGE;
}

static enum err write_tags(struct conn *c, int64_t id, const struct search_document *d)
{
	sqlite3_stmt *st = conn_stmt(c, STMT_TAG_INSERT);
	enum err e = ERR_OK;

	for (size_t i = 0; e == ERR_OK && i < d->tags.count; i++) {
		bind_str(st, 1, d->tags.items[i]);
		bind_i64(st, 2, id);
		e = conn_run(c, st);
	}
	return e;
}

enum err write_index(struct writer *w, int64_t id, const struct search_document *d,
		     struct str words)
{
	struct conn *c = writer_conn(w);
	sqlite3_stmt *st = conn_stmt(c, STMT_INDEX_INSERT);
	enum err e;

	bind_i64(st, 1, id);
	bind_str(st, 2, words);
	e = conn_run(c, st);
	return e == ERR_OK ? write_tags(c, id, d) : e;
}

enum err write_unindexed(struct writer *w, int64_t id, const struct search_document *d)
{
	struct conn *c = writer_conn(w);
	sqlite3_stmt *st = conn_stmt(c, STMT_UNINDEXED_INSERT);
	enum err e;

	bind_i64(st, 1, id);
	e = conn_run(c, st);
	writer_note_unindexed(w);
	return e == ERR_OK ? write_tags(c, id, d) : e;
}

/* The post in the row that a statement stands on: id, author, text. */
static enum err row_document(sqlite3_stmt *st, struct arena *a, struct write_post *out)
{
	*out = (struct write_post){.id = column_i64(st, 0),
				   .author_id = column_i64(st, 1),
				   .text = column_str(st, 2, a)};
	return out->text.ptr ? write_post_document(a, out) : ERR_TOO_LARGE;
}

static enum err remove_one(struct conn *c, const struct write_post *p)
{
	sqlite3_stmt *st = conn_stmt(c, STMT_INDEX_DELETE);
	enum err e;

	bind_i64(st, 1, p->id);
	bind_str(st, 2, p->words);
	e = conn_run(c, st);
	st = conn_stmt(c, STMT_TAG_DELETE);
	bind_i64(st, 1, p->id);
	return e == ERR_OK ? conn_run(c, st) : e;
}

/* What the bound statement `which` finds is taken out of the index. */
static enum err remove_found(struct writer *w, enum statement which, int64_t id)
{
	struct conn *c = writer_conn(w);
	struct arena *a = arena_new(SEARCH_DOCUMENT_BYTES);
	sqlite3_stmt *st = conn_stmt(c, which);
	enum err e = a ? ERR_OK : ERR_INTERNAL;
	enum step step = STEP_DONE;

	bind_i64(st, 1, id);
	while (e == ERR_OK && (step = stmt_step(st)) == STEP_ROW) {
		struct write_post p;

		arena_reset(a);
		e = row_document(st, a, &p);
		if (e == ERR_OK)
			e = remove_one(c, &p);
	}
	e = stmt_end(c, st, step, e);
	arena_free(a);
	return e;
}

enum err write_index_remove(struct writer *w, int64_t id)
{
	return remove_found(w, STMT_POST_TEXT, id);
}

enum err write_index_remove_author(struct writer *w, int64_t author_id)
{
	return remove_found(w, STMT_POST_TEXT_BY_AUTHOR, author_id);
}

/* Enters the posts of a bound statement's rows (id, author, text, whether they are in it). */
static enum err index_found(struct writer *w, struct arena *a, sqlite3_stmt *st, int64_t *last_id,
			    size_t *count)
{
	struct conn *c = writer_conn(w);
	enum step step = STEP_DONE;
	enum err e = ERR_OK;

	while (e == ERR_OK && (step = stmt_step(st)) == STEP_ROW) {
		struct write_post p;

		arena_reset(a);
		*last_id = column_i64(st, 0);
		++*count;
		if (column_i64(st, 3))
			continue;
		e = row_document(st, a, &p);
		if (e == ERR_OK)
			e = write_index(w, p.id, &p.document, p.words);
	}
	return stmt_end(c, st, step, e);
}

enum err write_index_rest(struct writer *w)
{
	struct conn *c = writer_conn(w);
	struct arena *a = arena_new(SEARCH_DOCUMENT_BYTES);
	int64_t last_id = 0;
	size_t count = 0;
	enum err e = a ? index_found(w, a, conn_stmt(c, STMT_UNINDEXED_LIST), &last_id, &count)
		       : ERR_INTERNAL;

	arena_free(a);
	if (e == ERR_OK && count)
		e = conn_run(c, conn_stmt(c, STMT_UNINDEXED_DELETE));
	return e;
}

/* ---- filling --------------------------------------------------------------------------------- */

struct fill {
	struct arena *a;
	bool more;
};

static enum err checked_get(struct conn *c, int64_t *out)
{
	sqlite3_stmt *st = conn_stmt(c, STMT_SEARCH_CHECKED);
	enum err e = ERR_OK;

	if (stmt_step(st) == STEP_ROW)
		*out = column_i64(st, 0);
	else
		e = conn_err(c);
	stmt_reset(st);
	return e;
}

static enum err fill_from(struct writer *w, struct arena *a, int64_t *checked, size_t *count)
{
	sqlite3_stmt *st = conn_stmt(writer_conn(w), STMT_SEARCH_UNCHECKED);

	bind_i64(st, 1, *checked);
	bind_i64(st, 2, FILL_POSTS);
	return index_found(w, a, st, checked, count);
}

static enum err fill_job(struct writer *w, void *arg)
{
	struct fill *fill = arg;
	struct conn *c = writer_conn(w);
	sqlite3_stmt *st = conn_stmt(c, STMT_SEARCH_SET_CHECKED);
	int64_t checked = 0;
	size_t count = 0;
	enum err e = checked_get(c, &checked);

	if (e == ERR_OK)
		e = fill_from(w, fill->a, &checked, &count);
	if (e == ERR_OK && count) {
		bind_i64(st, 1, checked);
		e = conn_run(c, st);
	}
	fill->more = count == FILL_POSTS;
	return e == ERR_OK ? ERR_OK : write_failed(e);
}

static enum err sqlite_search_fill(struct store *store, bool *more)
{
	struct fill fill = {.a = arena_new(SEARCH_DOCUMENT_BYTES)};
	enum err e = fill.a ? writer_run(sqlite_of(store)->writer, fill_job, &fill) : ERR_INTERNAL;

	arena_free(fill.a);
	if (e == ERR_OK)
		*more = fill.more;
	return e;
}

/* ---- finding --------------------------------------------------------------------------------- */

static enum err sqlite_tag_timeline(struct store *store, struct str tag_key, struct cursor at,
				    size_t limit, struct arena *a, struct post_list *out)
{
	struct timeline t = {.down = STMT_TAG_DOWN, .up = STMT_TAG_UP, .key = tag_key};

	return timeline_page(&sqlite_of(store)->readers, &t, at, limit, a, out);
}

/* One search, as it is read: from the index, and from the posts that aren't in it yet. */
struct search {
	struct timeline indexed, tail;
	const struct search_match *match;
	struct arena *scratch;
};

/* The matching ones of the tail, in the order of the statement; `limit` of them at most. */
static enum err tail_read(struct conn *c, const struct search *s, struct start start, size_t limit,
			  struct arena *a, struct post_list *out)
{
	sqlite3_stmt *st = timeline_stmt(c, &s->tail, start, INT32_MAX);
	enum err e = ERR_OK;
	enum step step = STEP_DONE;

	*out = (struct post_list){.items = arena_array(a, limit, sizeof(struct post))};
	if (!out->items)
		e = ERR_TOO_LARGE;
	while (e == ERR_OK && out->count < limit && (step = stmt_step(st)) == STEP_ROW) {
		struct search_document d;
		struct post p;

		arena_reset(s->scratch);
		e = row_post(st, s->scratch, &p);
		if (e == ERR_OK)
			e = search_document_of(s->scratch, p.author_id, p.text, &d);
		if (e == ERR_OK && search_match_document(s->match, &d, p.author_id))
			e = row_post(st, a, &out->items[out->count++]);
	}
	return stmt_end(c, st, step, e);
}

/* Both in one order, a post of neither twice. */
static enum err search_read(struct conn *c, const struct search *s, struct start start,
			    size_t limit, struct arena *a, struct post_list *out, bool *more)
{
	struct post_list indexed, tail;
	size_t i = 0, k = 0;
	enum err e;

	*out = (struct post_list){.items = arena_array(a, limit, sizeof(struct post))};
	if (!out->items)
		return ERR_TOO_LARGE;
	e = post_rows(c, timeline_stmt(c, &s->indexed, start, limit + 1), limit, a, &indexed, more);
	if (e == ERR_OK)
		e = tail_read(c, s, start, limit + 1, a, &tail);
	if (e != ERR_OK)
		return e;
	while (out->count < limit && (i < indexed.count || k < tail.count)) {
		bool from_tail = i == indexed.count ||
				 (k < tail.count &&
				  (tail.items[k].id < indexed.items[i].id) == start.up);

		out->items[out->count++] = from_tail ? tail.items[k++] : indexed.items[i++];
	}
	*more |= i < indexed.count || k < tail.count;
	return ERR_OK;
}

/* As the pages of timelines: with what lies beyond its two ends. */
static enum err search_page(struct conn *c, const struct search *s, struct cursor at, size_t limit,
			    struct arena *a, struct post_list *out)
{
	struct start start = start_of(at), back = {at.id, !start.up};
	struct post_list behind = {0};
	bool more = false, ignored;
	enum err e = search_read(c, s, start, limit, a, out, &more);

	if (e == ERR_OK && at.side != CURSOR_NEWEST)
		e = search_read(c, s, back, 1, a, &behind, &ignored);
	if (e == ERR_OK && start.up)
		post_list_reverse(out);
	out->older = start.up ? behind.count > 0 : more;
	out->newer = start.up ? more : behind.count > 0;
	return e;
}

static enum err sqlite_search_posts(struct store *store, const struct search_match *match,
				    struct cursor at, size_t limit, struct arena *a,
				    struct post_list *out)
{
	struct search s = {.indexed = {.down = STMT_SEARCH_DOWN,
				       .up = STMT_SEARCH_UP,
				       .key = search_match_fts5(a, match),
				       .from_id = match->from_id,
				       .until_id = match->until_id},
			   .tail = {.down = STMT_TAIL_DOWN,
				    .up = STMT_TAIL_UP,
				    .from_id = match->from_id,
				    .until_id = match->until_id},
			   .match = match};
	struct readers *readers = &sqlite_of(store)->readers;
	struct post_list list;
	struct conn *c;
	enum err e;

	if (!s.indexed.key.ptr)
		return ERR_INVALID;
	s.scratch = arena_new(SEARCH_DOCUMENT_BYTES);
	if (!s.scratch)
		return ERR_INTERNAL;
	c = readers_take(readers);
	e = conn_run_plain(c, STMT_BEGIN_READ);
	if (e == ERR_OK)
		e = search_page(c, &s, at, limit, a, &list);
	conn_rollback(c);
	readers_put(readers, c);
	arena_free(s.scratch);
	if (e == ERR_OK)
		*out = list;
	return e;
}

static enum err sqlite_search_people(struct store *store, struct str from, struct str below,
				     int64_t viewer_id, bool followed, size_t limit,
				     struct arena *a, struct user_list *out)
{
	struct sqlite *s = sqlite_of(store);
	struct conn *c = readers_take(&s->readers);
	sqlite3_stmt *st = conn_stmt(c, followed ? STMT_PEOPLE_FOLLOWED : STMT_PEOPLE_BEGIN);
	enum err e;

	bind_str(st, 1, from);
	bind_str(st, 2, below);
	bind_i64(st, 3, (int64_t)limit + 1);
	if (followed)
		bind_i64(st, 4, viewer_id);
	e = user_rows(c, st, limit, a, out);
	readers_put(&s->readers, c);
	return e;
}

const struct search_ops sqlite_search_ops = {.posts = sqlite_search_posts,
					     .tag_timeline = sqlite_tag_timeline,
					     .people = sqlite_search_people,
					     .fill = sqlite_search_fill};
