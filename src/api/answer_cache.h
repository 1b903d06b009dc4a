/*
 * answer_cache.h: the newest posts of everybody, kept as the JSON that they are answered with.
 * The simulator's clients and whoever watches a community ask for the same list over and over.
 */
#ifndef KINGLET_API_ANSWER_CACHE_H
#define KINGLET_API_ANSWER_CACHE_H

#include "http/http.h"

/* Larger answers are not kept. */
#define ANSWER_CACHE_MAX_BYTES ((size_t)256 * 1024)

struct answer_cache;

/* NULL without memory. */
struct answer_cache *answer_cache_new(void);
/* NULL is fine. */
void answer_cache_free(struct answer_cache *c);

/* A reference to the answer kept for `count` at that version of the timelines; NULL for none. */
struct http_blob *answer_cache_find(struct answer_cache *c, uint64_t version, size_t count);
/* Keeps a copy, in the place of what was there; nothing where version is 0 or it is too large. */
void answer_cache_keep(struct answer_cache *c, uint64_t version, size_t count, struct str answer);

#endif
