/*
 * naive.h: what a store should answer, computed the simplest way: arrays that are gone through from
 * end to end. The tests of timelines do everything to both and compare.
 */
#ifndef KINGLET_TESTS_STORE_NAIVE_H
#define KINGLET_TESTS_STORE_NAIVE_H

#include "fixture.h"

#define NAIVE_USERS_MAX 64
#define NAIVE_POSTS_MAX 4096

struct naive_post {
	int64_t id, author_id;
	bool flagged, deleted;
};
struct naive {
	int64_t users[NAIVE_USERS_MAX];
	bool user_deleted[NAIVE_USERS_MAX];
	size_t user_count;
	bool follows[NAIVE_USERS_MAX][NAIVE_USERS_MAX];
	struct naive_post posts[NAIVE_POSTS_MAX]; /* by id, ascending */
	size_t post_count;
};

enum naive_timeline { NAIVE_PUBLIC, NAIVE_USER, NAIVE_HOME };

/* These change the store `t.s` and the model alike. People are named by their index. */
void naive_user(struct naive *n);
void naive_user_delete(struct naive *n, size_t user);
void naive_post(struct naive *n, size_t author);
/* A post that the store has already, whatever ids came after it. */
void naive_post_known(struct naive *n, size_t author, int64_t id);
void naive_post_delete(struct naive *n, size_t post);
void naive_post_flag(struct naive *n, size_t post, bool flagged);
void naive_follow(struct naive *n, size_t follower, size_t followee, bool on);

/* One page of the store against the model's; `user` is meaningless for NAIVE_PUBLIC. */
void naive_check(const struct naive *n, enum naive_timeline which, size_t user, struct cursor at,
		 size_t limit);
/* The newest page of every timeline there is. */
void naive_check_all(const struct naive *n, size_t limit);
/* Counters of people and the totals. */
void naive_check_counts(const struct naive *n);

#endif
