/*
 * verify.h: compares what a server says with what a scenario must have left behind: each person,
 * their newest posts in order, whom they follow; and, where the admin listener is named, the exact
 * numbers of people, posts and follows. Expects a server that knew nothing before.
 */
#ifndef KINGLET_BENCH_VERIFY_H
#define KINGLET_BENCH_VERIFY_H

#include "play.h"

/* Answers list this many at most; of longer lists the newest are compared. */
#define VERIFY_LIST_MAX 1000

/* `admin` may be NULL. Prints each difference (the first ones) and a summary; their number. */
size_t verify_run(const struct play *p, const struct target *admin);

#endif
