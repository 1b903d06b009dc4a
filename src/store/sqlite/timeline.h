/* timeline.h: what the timelines of the SQLite engine share. */
#ifndef KINGLET_STORE_SQLITE_TIMELINE_H
#define KINGLET_STORE_SQLITE_TIMELINE_H

#include "model/cursor.h"
#include "store/sqlite/conn.h"

/* Where a page begins (that id included), and in which direction it is read. */
struct start {
	int64_t from;
	bool up;
};
struct start start_of(struct cursor at);

void post_list_reverse(struct post_list *list);

/*
 * Some ids, best first: the highest, or (`up`) the lowest. Holds at most `max`; what is worse than
 * all of a full one is refused. Ids are added at most once each.
 */
struct best_ids {
	int64_t *ids;
	size_t count, max;
	bool up;
};
void best_add(struct best_ids *best, int64_t id);

/* Authors of a home timeline: ascending, none twice, the person included. */
struct authors {
	int64_t *ids;
	size_t count;
};
bool authors_contain(const struct authors *authors, int64_t id);

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
