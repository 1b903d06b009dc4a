/*
 * cursor.h: where a page of a list begins. Lists are ordered by id, newest first; a page is what
 * lies before (older than) an id, or after (newer than) one, or the newest. There are no page
 * numbers: a page costs the same however deep it lies, and does not shift when posts arrive.
 */
#ifndef KINGLET_MODEL_CURSOR_H
#define KINGLET_MODEL_CURSOR_H

#include <stdbool.h>
#include <stdint.h>
#include "base/str.h"

enum cursor_side { CURSOR_NEWEST, CURSOR_BEFORE, CURSOR_AFTER };

struct cursor {
	enum cursor_side side;
	int64_t id; /* 0 with CURSOR_NEWEST */
};

/*
 * From the query's `before` and `after` (empty: not given). Ids are positive decimals; false where
 * one is not, or where both are given.
 */
bool cursor_parse(struct str before, struct str after, struct cursor *out);

#endif
