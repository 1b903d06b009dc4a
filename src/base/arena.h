/*
 * arena.h: memory that is given back all at once.
 *
 * A request, a command or a batch has an arena; what belongs to it is allocated there and never
 * freed singly. Each arena has a hard limit: over it, allocation answers NULL, as it does when the
 * system has none left. An arena belongs to one thread at a time.
 */
#ifndef KINGLET_BASE_ARENA_H
#define KINGLET_BASE_ARENA_H

#include <stddef.h>
#include "base/str.h"

struct arena;

/* `limit_bytes` bounds the sum of all blocks held. NULL when there is no memory. */
struct arena *arena_new(size_t limit_bytes);
/* Forgets everything allocated and keeps one block for the next use. */
void arena_reset(struct arena *a);
/* NULL is allowed. */
void arena_free(struct arena *a);

/* Zeroed, aligned for any type; NULL over the limit. `size` 0 gives a valid pointer. */
void *arena_alloc(struct arena *a, size_t size) __attribute__((malloc, alloc_size(2)));
/* Room for `count` items of `size`; NULL also where the product overflows. */
void *arena_array(struct arena *a, size_t count, size_t size) __attribute__((malloc));
/* A copy; also terminated, for the C calls that ask for it. .ptr is NULL over the limit. */
struct str arena_str(struct arena *a, struct str s);
/* printf into the arena; .ptr is NULL over the limit. */
struct str arena_printf(struct arena *a, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Bytes handed out since the last reset. */
size_t arena_used_bytes(const struct arena *a);

#endif
