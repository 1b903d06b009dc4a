/*
 * timeline.c: lists of posts in the SQLite engine. A page is one statement, which asks for one row
 * more than wanted to know whether there are further ones. A page that begins at a cursor asks a
 * second question, whether there is anything on the other side of the cursor, in the same snapshot.
 */
#include "store/sqlite/timeline.h"

#include "store/sqlite/sqlite.h"

/* ---- rows ------------------------------------------------------------------------------------ */

enum err post_rows(struct conn *c, sqlite3_stmt *st, size_t limit, struct arena *a,
		   struct post_list *list, bool *more)
{
	enum err e = ERR_OK;
	enum step step = STEP_DONE;

	*list = (struct post_list){.items = arena_array(a, limit, sizeof(struct post))};
	*more = false;
	if (!list->items)
		e = ERR_TOO_LARGE;
	while (e == ERR_OK && (step = stmt_step(st)) == STEP_ROW) {
		if (list->count == limit) {
			*more = true;
			break;
		}
		e = row_post(st, a, &list->items[list->count]);
		list->count++;
	}
	e = stmt_end(c, st, step, e);
	return e;
}

void post_list_reverse(struct post_list *list)
{
	for (size_t i = 0; i < list->count / 2; i++) {
		struct post first = list->items[i];

		list->items[i] = list->items[list->count - 1 - i];
		list->items[list->count - 1 - i] = first;
	}
}

enum err sqlite_post_list_all(struct store *store, int64_t after_id, size_t limit, struct arena *a,
			      struct post_list *out)
{
	struct sqlite *s = sqlite_of(store);
	struct conn *c = readers_take(&s->readers);
	sqlite3_stmt *st = conn_stmt(c, STMT_POST_LIST_ALL);
	struct post_list list;
	bool more;
	enum err e;

	bind_i64(st, 1, after_id);
	bind_i64(st, 2, (int64_t)limit + 1);
	e = post_rows(c, st, limit, a, &list, &more);
	readers_put(&s->readers, c);
	if (e == ERR_OK) {
		list.newer = more; /* oldest first, so further ones are newer */
		*out = list;
	}
	return e;
}

/* ---- everybody's, and one person's ----------------------------------------------------------- */

struct start start_of(struct cursor at)
{
	switch (at.side) {
	case CURSOR_BEFORE:
		return (struct start){at.id > INT64_MIN ? at.id - 1 : at.id, false};
	case CURSOR_AFTER:
		return (struct start){at.id < INT64_MAX ? at.id + 1 : at.id, true};
	case CURSOR_NEWEST:
		break;
	}
	return (struct start){INT64_MAX, false};
}

sqlite3_stmt *timeline_stmt(struct conn *c, const struct timeline *t, struct start start,
			    size_t limit)
{
	sqlite3_stmt *st = conn_stmt(c, start.up ? t->up : t->down);

	bind_i64(st, 1, start.from);
	bind_i64(st, 2, (int64_t)limit);
	if (t->author_id)
		bind_i64(st, 3, t->author_id);
	if (t->key.ptr)
		bind_str(st, 3, t->key);
	if (t->until_id) {
		bind_i64(st, 4, t->from_id);
		bind_i64(st, 5, t->until_id);
	}
	return st;
}

static enum err exists(struct conn *c, const struct timeline *t, struct start start, bool *out)
{
	sqlite3_stmt *st = timeline_stmt(c, t, start, 1);
	enum step step = stmt_step(st);
	enum err e = step == STEP_FAILED ? conn_err(c) : ERR_OK;

	*out = step == STEP_ROW;
	stmt_reset(st);
	return e;
}

/* A page and what lies beyond its two ends. At a cursor: in a transaction of the caller's. */
static enum err page_read(struct conn *c, const struct timeline *t, struct cursor at, size_t limit,
			  struct arena *a, struct post_list *out)
{
	struct start start = start_of(at), back = {at.id, !start.up};
	bool more, behind = false;
	enum err e;

	e = post_rows(c, timeline_stmt(c, t, start, limit + 1), limit, a, out, &more);
	if (e == ERR_OK && at.side != CURSOR_NEWEST)
		e = exists(c, t, back, &behind);
	if (e == ERR_OK && start.up)
		post_list_reverse(out);
	out->older = start.up ? behind : more;
	out->newer = start.up ? more : behind;
	return e;
}

enum err timeline_page(struct readers *readers, const struct timeline *t, struct cursor at,
		       size_t limit, struct arena *a, struct post_list *out)
{
	struct conn *c = readers_take(readers);
	bool one_statement = at.side == CURSOR_NEWEST;
	enum err e = one_statement ? ERR_OK : conn_run_plain(c, STMT_BEGIN_READ);
	struct post_list list;

	if (e == ERR_OK)
		e = page_read(c, t, at, limit, a, &list);
	conn_rollback(c);
	readers_put(readers, c);
	if (e == ERR_OK)
		*out = list;
	return e;
}

enum err sqlite_timeline_public(struct store *store, struct cursor at, size_t limit,
				struct arena *a, struct post_list *out)
{
	static const struct timeline everybody = {.down = STMT_PUBLIC_DOWN, .up = STMT_PUBLIC_UP};

	return timeline_page(&sqlite_of(store)->readers, &everybody, at, limit, a, out);
}

enum err sqlite_timeline_user(struct store *store, int64_t author_id, struct cursor at,
			      size_t limit, struct arena *a, struct post_list *out)
{
	struct timeline t = {
		.down = STMT_AUTHOR_DOWN, .up = STMT_AUTHOR_UP, .author_id = author_id};

	if (author_id == 0) { /* no id is 0 */
		*out = (struct post_list){0};
		return ERR_OK;
	}
	return timeline_page(&sqlite_of(store)->readers, &t, at, limit, a, out);
}
