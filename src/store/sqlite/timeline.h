/* timeline.h: what the timelines of the SQLite engine share. */
#ifndef KINGLET_STORE_SQLITE_TIMELINE_H
#define KINGLET_STORE_SQLITE_TIMELINE_H

#include "model/cursor.h"
#include "store/home.h"
#include "store/sqlite/conn.h"

/* Where a page begins (that id included), and in which direction it is read. */
struct start {
	int64_t from;
	bool up;
};
struct start start_of(struct cursor at);

/* Up to `limit` rows of a bound statement, in its order; `*more` where there was a further one. */
enum err MUST_CHECK post_rows(struct conn *c, sqlite3_stmt *st, size_t limit, struct arena *a,
			      struct post_list *list, bool *more);
void post_list_reverse(struct post_list *list);

/*
 * Whose posts `user_id` sees: ids is malloc'd, the caller frees it. `c` should be inside a
 * transaction, so that what is read next is of the same moment.
 */
enum err MUST_CHECK authors_read(struct conn *c, int64_t user_id, struct authors *out);
/*
 * Adds to `best` the best unflagged posts of `authors` that are no better than `from`: at most
 * `from`, or (`up`) at least. `user_count` is about how many people there are; it decides how to
 * search, not what is found.
 */
enum err MUST_CHECK home_search(struct conn *c, const struct authors *authors, int64_t from,
				int64_t user_count, struct best_ids *best);

#endif
