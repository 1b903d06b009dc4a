/*
 * seed.h: a community that somebody has made up, into an empty store, all at once: for the
 * demonstration and for trials. The rules of names and posts hold for it as for everybody.
 */
#ifndef KINGLET_SERVICE_SEED_H
#define KINGLET_SERVICE_SEED_H

#include "service/service.h"

struct seed_person {
	struct str name, email;
	struct str password; /* empty: nobody can sign in as this person */
	int64_t joined_ms;
};
struct seed_post {
	size_t author; /* index of the person */
	struct str text;
	int64_t written_ms;
};
struct seed_follow {
	size_t follower, followee; /* indexes */
};

struct seed {
	const struct seed_person *people;
	const struct seed_post *posts; /* in order of time */
	const struct seed_follow *follows;
	size_t person_count, post_count, follow_count;
};

/* ERR_CONFLICT: the store has people already. ERR_INVALID: a name or a post breaks a rule. In
 * either case nothing is changed. */
enum err MUST_CHECK seed_load(struct service *s, struct arena *a, const struct seed *seed);

#endif
