/*
 * home_search.c: a home timeline from the file alone. Two ways lead to it:
 *
 *  - heads: look at the newest posts of each author in turn, in the index post_by_author, and keep
 *    the best. One look for each author, however many posts there are; since the worst kept id is
 *    handed to the next look, most find nothing and are short.
 *  - walk: go through all posts from the newest on and keep those of the authors. Cheap where the
 *    person follows a good part of everybody; without end where they follow the silent.
 *
 * So walk only where it should be shorter, only twice as far as it should be, and finish by heads.
 * docs/store.md has the figures.
 */
#include "store/sqlite/timeline.h"

#include <stdlib.h>
#include "base/log.h"

/* What a look at one author costs in rows walked over: measured. */
#define HEAD_COST_ROWS 4

static void authors_append(struct authors *authors, size_t *cap, int64_t id)
{
	if (authors->count == *cap) {
		*cap = *cap ? *cap * 2 : 64;
		authors->ids = realloc(authors->ids, *cap * sizeof(*authors->ids));
		if (!authors->ids)
			die("no memory for a home timeline");
	}
	authors->ids[authors->count++] = id;
}

enum err authors_read(struct conn *c, int64_t user_id, struct authors *out)
{
	sqlite3_stmt *st = conn_stmt(c, STMT_FOLLOWEE_IDS);
	struct authors authors = {0};
	size_t cap = 0;
	enum step step;

	bind_i64(st, 1, user_id);
	while ((step = stmt_step(st)) == STEP_ROW)
		authors_append(&authors, &cap, column_i64(st, 0));
	stmt_reset(st);
	if (step == STEP_FAILED) {
		free(authors.ids);
		return conn_err(c);
	}
	if (!authors_contain(&authors, user_id)) {
		size_t at = authors.count;

		authors_append(&authors, &cap, user_id);
		for (; at > 0 && authors.ids[at - 1] > user_id; at--)
			authors.ids[at] = authors.ids[at - 1];
		authors.ids[at] = user_id;
	}
	*out = authors;
	return ERR_OK;
}

/*
 * Looks at up to `*rows` posts from `*from` on, which moves past them; `*rows` becomes how many
 * there were.
 */
static enum err walk(struct conn *c, const struct authors *authors, int64_t *from, int64_t *rows,
		     struct best_ids *best)
{
	sqlite3_stmt *st = conn_stmt(c, best->up ? STMT_WALK_UP : STMT_WALK_DOWN);
	enum step step = STEP_DONE;
	enum err e = ERR_OK;

	bind_i64(st, 1, *from);
	bind_i64(st, 2, *rows);
	*rows = 0;
	while (best->count < best->max && (step = stmt_step(st)) == STEP_ROW) {
		int64_t id = column_i64(st, 0);

		if (column_i64(st, 2) == 0 && authors_contain(authors, column_i64(st, 1)))
			best_add(best, id);
		*from = best->up ? id + 1 : id - 1;
		++*rows;
	}
	if (step == STEP_FAILED)
		e = conn_err(c);
	stmt_reset(st);
	return e;
}

/* The best of one author that are good enough to be kept. */
static enum err head(struct conn *c, int64_t author_id, int64_t from, struct best_ids *best)
{
	sqlite3_stmt *st = conn_stmt(c, best->up ? STMT_AUTHOR_IDS_UP : STMT_AUTHOR_IDS_DOWN);
	bool full = best->count == best->max;
	int64_t worst = full ? best->ids[best->max - 1] : best->up ? INT64_MAX : INT64_MIN;
	enum step step;
	enum err e = ERR_OK;

	bind_i64(st, 1, author_id);
	bind_i64(st, 2, best->up ? from : worst);
	bind_i64(st, 3, best->up ? worst : from);
	bind_i64(st, 4, (int64_t)best->max);
	while ((step = stmt_step(st)) == STEP_ROW)
		best_add(best, column_i64(st, 0));
	if (step == STEP_FAILED)
		e = conn_err(c);
	stmt_reset(st);
	return e;
}

enum err home_search(struct conn *c, const struct authors *authors, int64_t from,
		     int64_t user_count, struct best_ids *best)
{
	int64_t author_count = (int64_t)authors->count;
	int64_t wanted = (int64_t)(best->max - best->count);
	/* If all people wrote alike, so many rows would hold what is wanted; look at twice as many.
	 */
	int64_t rows = 2 * wanted * (user_count / author_count + 1), walked = rows;
	enum err e = ERR_OK;

	if (rows < author_count * HEAD_COST_ROWS) {
		e = walk(c, authors, &from, &walked, best);
		if (e != ERR_OK || best->count == best->max || walked < rows)
			return e;
	}
	for (size_t i = 0; e == ERR_OK && i < authors->count; i++)
		e = head(c, authors->ids[i], from, best);
	return e;
}
