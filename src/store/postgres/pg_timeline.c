/* pg_timeline.c: lists of posts in the PostgreSQL engine, each page one statement; home timelines
 * are in pg_home.c. */
#include "store/postgres/pg_timeline.h"

static void reverse(struct post_list *list)
{
	for (size_t i = 0; i < list->count / 2; i++) {
		struct post swap = list->items[i];

		list->items[i] = list->items[list->count - 1 - i];
		list->items[list->count - 1 - i] = swap;
	}
}

enum err pg_post_rows(const PGresult *r, int first, size_t limit, struct arena *a,
		      struct post_list *out, bool *more)
{
	enum err e = ERR_OK;

	*out = (struct post_list){.items = arena_array(a, limit, sizeof(struct post))};
	*more = false;
	if (!out->items)
		return ERR_TOO_LARGE;
	for (int i = 0; e == ERR_OK && i < PQntuples(r) && !*more; i++) {
		if (PQgetisnull(r, i, first))
			continue;
		if (out->count == limit)
			*more = true;
		else
			e = pg_row_post(r, i, first, a, &out->items[out->count++]);
	}
	return e;
}

enum err pg_post_list_all(struct store *store, int64_t after_id, size_t limit, struct arena *a,
			  struct post_list *out)
{
	struct pg_args args = {0};
	struct post_list list;
	PGresult *r = NULL;
	bool more;
	enum err e;

	pg_arg_i64(&args, after_id);
	pg_arg_i64(&args, (int64_t)limit + 1);
	e = pg_run(pg_of(store), PG_POST_LIST_ALL, &args, &r);
	if (e == ERR_OK)
		e = pg_post_rows(r, 0, limit, a, &list, &more);
	PQclear(r);
	if (e == ERR_OK) {
		list.newer = more; /* oldest first, so further ones are newer */
		*out = list;
	}
	return e;
}

enum err pg_timeline_page(struct pg *s, const struct pg_timeline *t, struct cursor at, size_t limit,
			  struct arena *a, struct post_list *out)
{
	bool up = at.side == CURSOR_AFTER, more, behind;
	struct pg_args args = {0};
	struct post_list list;
	PGresult *r = NULL;
	enum err e;

	switch (at.side) {
	case CURSOR_BEFORE:
		pg_arg_i64(&args, at.id > INT64_MIN ? at.id - 1 : at.id);
		break;
	case CURSOR_AFTER:
		pg_arg_i64(&args, at.id < INT64_MAX ? at.id + 1 : at.id);
		break;
	case CURSOR_NEWEST:
		pg_arg_i64(&args, INT64_MAX);
		break;
	}
	pg_arg_i64(&args, (int64_t)limit + 1);
	pg_arg_i64(&args, at.side == CURSOR_NEWEST ? INT64_MAX : at.id);
	if (t->person_id)
		pg_arg_i64(&args, t->person_id);
	if (t->key.ptr)
		pg_arg_str(&args, t->key);
	if (t->until_id) {
		pg_arg_i64(&args, t->from_id);
		pg_arg_i64(&args, t->until_id);
	}
	e = pg_run(s, up ? t->up : t->down, &args, &r);
	if (e == ERR_OK)
		e = pg_post_rows(r, 1, limit, a, &list, &more);
	behind = e == ERR_OK && at.side != CURSOR_NEWEST && PQntuples(r) > 0 && pg_bool(r, 0, 0);
	PQclear(r);
	if (e != ERR_OK)
		return e;
	if (up)
		reverse(&list);
	list.older = up ? behind : more;
	list.newer = up ? more : behind;
	*out = list;
	return ERR_OK;
}

enum err pg_timeline_public(struct store *store, struct cursor at, size_t limit, struct arena *a,
			    struct post_list *out)
{
	static const struct pg_timeline everybody = {.down = PG_PUBLIC_DOWN, .up = PG_PUBLIC_UP};

	return pg_timeline_page(pg_of(store), &everybody, at, limit, a, out);
}

enum err pg_timeline_user(struct store *store, int64_t author_id, struct cursor at, size_t limit,
			  struct arena *a, struct post_list *out)
{
	struct pg_timeline t = {.down = PG_AUTHOR_DOWN, .up = PG_AUTHOR_UP, .person_id = author_id};

	if (author_id == 0) { /* no id is 0 */
		*out = (struct post_list){0};
		return ERR_OK;
	}
	return pg_timeline_page(pg_of(store), &t, at, limit, a, out);
}
