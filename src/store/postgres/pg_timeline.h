/* pg_timeline.h: what the timelines of the PostgreSQL engine share: a page by one statement. */
#ifndef KINGLET_STORE_POSTGRES_PG_TIMELINE_H
#define KINGLET_STORE_POSTGRES_PG_TIMELINE_H

#include "store/postgres/pg.h"

/* The two statements of a timeline, and whose it is; 0: everybody's. */
struct pg_timeline {
	enum pg_statement down, up;
	int64_t person_id;
	struct str key;		   /* what else they take; .ptr NULL: nothing */
	int64_t from_id, until_id; /* taken where until_id isn't 0 */
};
enum err MUST_CHECK pg_timeline_page(struct pg *s, const struct pg_timeline *t, struct cursor at,
				     size_t limit, struct arena *a, struct post_list *out);

/* Rows of posts from column `first` on, at most `limit`; rows without a post are none. */
enum err MUST_CHECK pg_post_rows(const PGresult *r, int first, size_t limit, struct arena *a,
				 struct post_list *out, bool *more);

#endif
