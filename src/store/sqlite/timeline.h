/* timeline.h: what the timelines of the SQLite engine share. */
#ifndef KINGLET_STORE_SQLITE_TIMELINE_H
#define KINGLET_STORE_SQLITE_TIMELINE_H

#include "model/cursor.h"
#include "store/home.h"
#include "store/sqlite/conn.h"
#include "store/sqlite/reader.h"

/* Where a page begins (that id included), and in which direction it is read. */
struct start {
	int64_t from;
	bool up;
};
struct start start_of(struct cursor at);

/* Up to `limit` rows of a bound statement, in its order; `*more` where there was a further one. */
enum err MUST_CHECK post_rows(struct conn *c, sqlite3_stmt *st, size_t limit, struct arena *a,
			      struct post_list *list, bool *more);
/* The two statements of a timeline, which take the first id that may be in it, and how many rows;
 * and what else they take. */
struct timeline {
	enum statement down, up;
	int64_t author_id;	   /* 0: they have none */
	struct str key;		   /* .ptr NULL: they have none */
	int64_t from_id, until_id; /* taken where until_id isn't 0 */
};
/* The statement for a page that begins there, bound. */
sqlite3_stmt *timeline_stmt(struct conn *c, const struct timeline *t, struct start start,
			    size_t limit);
/* A page and what lies beyond its ends, in one snapshot. */
enum err MUST_CHECK timeline_page(struct readers *readers, const struct timeline *t,
				  struct cursor at, size_t limit, struct arena *a,
				  struct post_list *out);

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
