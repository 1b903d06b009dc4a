/*
 * engine.h: the engines that the conformance suite can be run through. Tests speak to store.h only;
 * what differs between engines is here: where a fresh store comes from and how it is removed.
 */
#ifndef KINGLET_TESTS_STORE_ENGINE_H
#define KINGLET_TESTS_STORE_ENGINE_H

#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"

struct test_engine {
	const char *name;
	/* Appends the URL of a place where there is nothing yet. */
	void (*create)(struct buf *url);
	/* The engine's own check that what it keeps is whole; fails the test where it is not. */
	void (*check)(struct str url);
	/* Ends all connections to it, as a failover or an operator may; NULL where there are none.
	 */
	void (*cut)(struct str url);
	/*
	 * A post as another node writes it, whose transaction is still open; `*id` is its id. NULL
	 * where nobody else can write meanwhile.
	 */
	void *(*post_begin)(struct str url, int64_t author_id, int64_t *id);
	void (*post_end)(void *post, bool commit);
	/* Removes whatever is there. */
	void (*destroy)(struct str url);
};

/* NULL where there is no engine of that name. */
const struct test_engine *test_engine_find(const char *name);

#endif
