/*
 * throttle.h: how often something may be done, by whom. A table of token buckets keyed by the hash
 * of a text (an address, a name); bounded, the least recently used bucket goes first. In the memory
 * of one node: with several nodes each allows the rate. Safe on any thread.
 */
#ifndef KINGLET_AUTH_THROTTLE_H
#define KINGLET_AUTH_THROTTLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/str.h"

struct throttle;

/* `burst` at once, refilled evenly over `period_s`. burst 0: never limits. NULL without memory. */
struct throttle *throttle_new(unsigned burst, unsigned period_s, size_t keys_max);
/* From now on. Where that is another rate than before, what was taken is forgotten. */
void throttle_set(struct throttle *t, unsigned burst, unsigned period_s);
void throttle_free(struct throttle *t);
/* Takes one; false, and the seconds until the next in *retry_s (at least 1), where none is left. */
bool throttle_take(struct throttle *t, struct str key, int64_t now_ms, int64_t *retry_s);
/* Is one left? Takes none. */
bool throttle_peek(struct throttle *t, struct str key, int64_t now_ms, int64_t *retry_s);

#endif
