/*
 * import.h: a classic MiniTwit database into the store. People keep their passwords (they are
 * re-hashed at their next sign-in), follows, posts, order and flags. All of it or nothing: a broken
 * file is refused whole. What an earlier import of the same file brought is not brought again.
 */
#ifndef KINGLET_SERVICE_IMPORT_H
#define KINGLET_SERVICE_IMPORT_H

#include "service/service.h"

struct import_report {
	int64_t users, posts, follows;			 /* added */
	int64_t users_known, posts_known, follows_known; /* there already */
	/* Posts whose author was deleted are kept, hidden, under a stand-in who can't sign in. */
	int64_t deleted_people, posts_of_deleted;
	/* Follows of people who don't exist, and what belongs to people deleted here since. */
	int64_t left_out;
};
/* On failure `*why` holds a sentence for the operator: which row of which table, what is wrong. */
enum err MUST_CHECK import_classic(struct service *s, struct str file, struct import_report *out,
				   struct buf *why);

#endif
