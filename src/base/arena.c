#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <stdalign.h>

/*
 * Blocks form a list, newest first. The first block is small, since most requests need little;
 * each further one doubles, up to BLOCK_MAX_BYTES, or fits what was asked for.
 */
#define BLOCK_FIRST_BYTES ((size_t)4096)
#define BLOCK_MAX_BYTES	  ((size_t)256 * 1024)

struct block {
	struct block *next;
	size_t size, used;
	alignas(max_align_t) unsigned char data[];
};

struct arena {
	struct block *head;
	size_t limit_bytes, held_bytes, used_bytes;
};

struct arena *arena_new(size_t limit_bytes)
{
	struct arena *a = calloc(1, sizeof(*a));

	if (a)
		a->limit_bytes = limit_bytes;
	return a;
}

void arena_reset(struct arena *a)
{
	struct block *kept = a->head;

	while (kept && kept->next) {
		struct block *next = kept->next;

		free(kept);
		kept = next;
	}
	a->head = kept;
	a->held_bytes = kept ? kept->size : 0;
	a->used_bytes = 0;
	if (kept)
		kept->used = 0;
}

void arena_free(struct arena *a)
{
	if (!a)
		return;
	for (struct block *b = a->head; b;) {
		struct block *next = b->next;

		free(b);
		b = next;
	}
	free(a);
}

static struct block *block_add(struct arena *a, size_t need)
{
	size_t size = a->head ? a->head->size * 2 : BLOCK_FIRST_BYTES;
	struct block *b;

	if (size > BLOCK_MAX_BYTES)
		size = BLOCK_MAX_BYTES;
	if (size < need)
		size = need;
	if (need > a->limit_bytes - a->held_bytes)
		return NULL;
	if (size > a->limit_bytes - a->held_bytes)
		size = a->limit_bytes - a->held_bytes;
	b = malloc(sizeof(*b) + size);
	if (!b)
		return NULL;
	*b = (struct block){.next = a->head, .size = size};
	a->head = b;
	a->held_bytes += size;
	return b;
}

void *arena_alloc(struct arena *a, size_t size)
{
	const size_t align = alignof(max_align_t);
	struct block *b = a->head;
	void *p;

	if (size > SIZE_MAX - align)
		return NULL;
	size = (size + align - 1) / align * align;
	if (size == 0)
		size = align;
	if (!b || b->size - b->used < size)
		b = block_add(a, size);
	if (!b)
		return NULL;
	p = b->data + b->used;
	b->used += size;
	a->used_bytes += size;
	return memset(p, 0, size);
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		return NULL;
	return arena_alloc(a, bytes);
}

struct str arena_str(struct arena *a, struct str s)
{
	char *p = s.len < SIZE_MAX ? arena_alloc(a, s.len + 1) : NULL;

	if (!p)
		return (struct str){NULL, 0};
	if (s.len)
		memcpy(p, s.ptr, s.len);
	return str_from(p, s.len);
}

struct str arena_printf(struct arena *a, const char *format, ...)
{
	va_list args;
	int len;
	char *p;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	p = len < 0 ? NULL : arena_alloc(a, (size_t)len + 1);
	if (!p)
		return (struct str){NULL, 0};
	va_start(args, format);
	vsnprintf(p, (size_t)len + 1, format, args);
	va_end(args);
	return str_from(p, (size_t)len);
}

size_t arena_used_bytes(const struct arena *a)
{
	return a->used_bytes;
}
