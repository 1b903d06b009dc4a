/*
 * scenario.h: a recorded community: who registered, wrote and followed whom, in what order; and
 * what that must leave behind, computed from the file alone.
 *
 * The file has a line an action, fields separated by tabs, UTF-8, no quoting:
 *	id, delay in ms, timestamp in ms, action, user, and then
 *	register: e-mail, password; tweet: text; follow, unfollow: the other user.
 */
#ifndef KINGLET_BENCH_SCENARIO_H
#define KINGLET_BENCH_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/str.h"

enum action_kind { ACTION_REGISTER, ACTION_TWEET, ACTION_FOLLOW, ACTION_UNFOLLOW, ACTION_COUNT };

#define USER_NONE UINT32_MAX

struct action {
	int64_t id;
	enum action_kind kind;
	uint32_t user;
	uint32_t other;	     /* whom a follow or unfollow names, else USER_NONE */
	struct str text;     /* of a tweet; of a register the e-mail address */
	struct str password; /* of a register */
};

struct person {
	struct str name;
	size_t registered_at; /* index of the first register, SIZE_MAX: never */
};

/* Pairs are kept as first << 32 | second, ordered. */
struct scenario {
	char *file;
	struct action *actions;
	size_t action_count;
	struct person *people; /* everybody who is named, in order of first mention */
	size_t people_count, people_cap;
	uint32_t *slots; /* hash table over people: index + 1, or 0 */
	size_t slot_count;
	/* What it must leave behind. */
	size_t registered_count;
	uint64_t *posts; /* user, index of the action */
	size_t post_count;
	uint64_t *follows; /* follower, followee */
	size_t follow_count;
};

/* Names of the actions as the file spells them. */
extern const char *const action_names[ACTION_COUNT];

/*
 * Reads at most `limit` actions (0: all) and computes what they leave behind. On failure says why
 * on standard error, naming the line, and returns false. Texts borrow from the scenario.
 */
bool scenario_read(const char *path, size_t limit, struct scenario *out);
void scenario_release(struct scenario *s);
/* The pairs whose first half is `user`: `*from` to the one before `*to`. */
void scenario_range(const uint64_t *pairs, size_t count, uint32_t user, size_t *from, size_t *to);

#endif
