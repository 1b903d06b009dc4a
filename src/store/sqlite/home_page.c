/*
 * home_page.c: pages of home timelines. From memory where it is remembered (home.h), and then only
 * the rows are read from the file; else an entry is built, which costs a read of the authors and,
 * for what the ring doesn't hold, a search (home_search.c). A page deeper than what an entry keeps
 * comes from the file alone.
 */
#include "store/sqlite/sqlite.h"

#include <stdlib.h>
#include "store/sqlite/timeline.h"

/* ERR_NOT_FOUND where it is gone or hidden. */
static enum err row_by_id(struct conn *c, int64_t id, struct arena *a, struct post *out)
{
	sqlite3_stmt *st = conn_stmt(c, STMT_POST_BY_ID);
	enum step step;
	enum err e;

	bind_i64(st, 1, id);
	step = stmt_step(st);
	if (step == STEP_ROW)
		e = row_post(st, a, out);
	else
		e = step == STEP_FAILED ? conn_err(c) : ERR_NOT_FOUND;
	stmt_reset(st);
	return e == ERR_OK && out->flagged ? ERR_NOT_FOUND : e;
}

static enum err hidden_get(struct conn *c, int64_t *out)
{
	sqlite3_stmt *st = conn_stmt(c, STMT_HIDDEN_GET);
	enum err e = ERR_OK;

	if (stmt_step(st) == STEP_ROW)
		*out = column_i64(st, 0);
	else
		e = conn_err(c);
	stmt_reset(st);
	return e;
}

/*
 * The posts with these ids, in their order, from memory or the file; ERR_NOT_FOUND where one is
 * gone or hidden meanwhile. In a transaction of the caller's: all is of one snapshot.
 */
static enum err rows_by_id(struct sqlite *s, struct conn *c, const int64_t *ids, size_t count,
			   struct arena *a, struct post *items)
{
	int64_t hidden = 0;
	enum err e = hidden_get(c, &hidden);

	for (size_t i = 0; e == ERR_OK && i < count; i++) {
		if (rows_find(s->rows, hidden, ids[i], a, &items[i]))
			continue;
		e = row_by_id(c, ids[i], a, &items[i]);
		if (e == ERR_OK)
			rows_keep(s->rows, hidden, &items[i]);
	}
	return e;
}

/*
 * A page from a view. The neighbours on both sides are read as well: that they are still there is
 * what `newer` and `older` say. ERR_NOT_FOUND: the view is old.
 */
static enum err page_of_view(struct sqlite *s, struct conn *c, const struct home_view *view,
			     struct home_range range, struct arena *a, struct post_list *out)
{
	size_t before = range.first > 0, after = range.end < view->count;
	size_t first = range.first - before, end = range.end + after;
	struct post *items = arena_array(a, end - first, sizeof(*items));
	enum err e = items ? conn_run_plain(c, STMT_BEGIN_READ) : ERR_TOO_LARGE;

	if (e == ERR_OK)
		e = rows_by_id(s, c, view->ids + first, end - first, a, items);
	conn_rollback(c);
	if (e == ERR_OK)
		*out = (struct post_list){
			.items = items + before,
			.count = range.end - range.first,
			.newer = before > 0,
			.older = after > 0,
		};
	return e;
}

/* All from the file, in one snapshot. */
static enum err page_of_file(struct sqlite *s, struct conn *c, int64_t user_count, int64_t user_id,
			     struct cursor at, size_t limit, struct arena *a, struct post_list *out)
{
	struct start start = start_of(at);
	int64_t behind_id;
	struct best_ids best = {.max = limit + 1, .up = start.up};
	struct best_ids behind = {.ids = &behind_id, .max = 1, .up = !start.up};
	struct authors authors = {0};
	bool more;
	enum err e;

	best.ids = arena_array(a, best.max, sizeof(*best.ids));
	out->items = arena_array(a, best.max, sizeof(*out->items));
	if (!best.ids || !out->items)
		return ERR_TOO_LARGE;
	e = conn_run_plain(c, STMT_BEGIN_READ);
	if (e == ERR_OK)
		e = authors_read(c, user_id, &authors);
	if (e == ERR_OK)
		e = home_search(c, &authors, start.from, user_count, &best);
	if (e == ERR_OK && at.side != CURSOR_NEWEST)
		e = home_search(c, &authors, at.id, user_count, &behind);
	free(authors.ids);
	more = best.count > limit;
	out->count = more ? limit : best.count;
	if (e == ERR_OK)
		e = rows_by_id(s, c, best.ids, out->count, a, out->items);
	conn_rollback(c);
	if (start.up)
		post_list_reverse(out);
	out->older = start.up ? behind.count > 0 : more;
	out->newer = start.up ? more : behind.count > 0;
	return e;
}

static enum err fetch_recent(void *arg, struct recent_post *rows, size_t max, size_t *count)
{
	struct conn *c = arg;
	sqlite3_stmt *st = conn_stmt(c, STMT_WALK_DOWN);
	enum step step;
	enum err e;

	bind_i64(st, 1, INT64_MAX);
	bind_i64(st, 2, (int64_t)max);
	for (*count = 0; *count < max && (step = stmt_step(st)) == STEP_ROW; ++*count) {
		bool flagged = column_i64(st, 2) != 0;

		rows[*count] = (struct recent_post){column_i64(st, 0),
						    flagged ? 0 : column_i64(st, 1)};
	}
	e = *count < max && step == STEP_FAILED ? conn_err(c) : ERR_OK;
	stmt_reset(st);
	return e;
}

/* ERR_BUSY: the ring moved too far meanwhile, there is no view. */
static enum err build_view(struct sqlite *s, struct conn *c, int64_t user_id, int64_t user_count,
			   struct home_view *out)
{
	struct home_build build;
	struct home_entry *entry = NULL;
	struct authors authors = {0};
	struct best_ids best = {0};
	int64_t from = 0;
	enum err e = home_load(s->home, fetch_recent, c);

	if (e != ERR_OK)
		return e;
	home_build_begin(s->home, user_id, &build);
	e = conn_run_plain(c, STMT_BEGIN_READ);
	if (e == ERR_OK)
		e = authors_read(c, user_id, &authors);
	if (e == ERR_OK) {
		entry = home_build_recent(s->home, &build, &authors, &best, &from);
		if (!entry)
			e = ERR_BUSY;
	}
	if (e == ERR_OK && best.count < best.max && from > 0)
		e = home_search(c, &authors, from, user_count, &best);
	conn_rollback(c);
	free(authors.ids);
	if (e == ERR_OK) {
		out->count = best.count;
		out->complete = best.count < best.max;
		memcpy(out->ids, best.ids, best.count * sizeof(best.ids[0]));
	}
	home_build_end(s->home, &build, entry, &best, e == ERR_OK);
	return e;
}

static enum err page_of_memory(struct sqlite *s, struct conn *c, int64_t user_id,
			       int64_t user_count, struct cursor at, size_t limit, struct arena *a,
			       struct post_list *out)
{
	struct home_view view;
	struct home_range range;
	enum err e = ERR_OK;

	if (!home_find(s->home, user_id, &view))
		e = build_view(s, c, user_id, user_count, &view);
	if (e != ERR_OK)
		return e;
	if (!home_range(&view, at, limit, &range))
		return ERR_BUSY;
	e = page_of_view(s, c, &view, range, a, out);
	if (e == ERR_NOT_FOUND)
		home_drop(s->home, user_id);
	return e;
}

enum err sqlite_timeline_home(struct store *store, int64_t user_id, struct cursor at, size_t limit,
			      struct arena *a, struct post_list *out)
{
	struct sqlite *s = sqlite_of(store);
	struct conn *c = readers_take(&s->readers);
	struct store_totals totals;
	struct post_list list = {0};
	enum err e = ERR_BUSY;

	(void)sqlite_totals(store, &totals);
	if (limit < HOME_KEEP)
		e = page_of_memory(s, c, user_id, totals.users, at, limit, a, &list);
	/* Not remembered, or no longer true. */
	if (e == ERR_BUSY || e == ERR_NOT_FOUND)
		e = page_of_file(s, c, totals.users, user_id, at, limit, a, &list);
	readers_put(&s->readers, c);
	if (e == ERR_OK)
		*out = list;
	return e;
}
