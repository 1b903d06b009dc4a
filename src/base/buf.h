/*
 * buf.h: text under construction. Grows up to a maximum that must be named; past it, or when
 * memory is gone, the buffer has failed: it keeps what it held, ignores what follows, and says so
 * once, at the end, through buf_ok(). So a renderer appends freely and its caller checks once.
 *
 * Invariants: len <= cap <= max; ptr is NULL only while cap is 0.
 * Verbs: init makes an empty one; clear empties and keeps the memory; release gives the memory
 * back and leaves an empty, usable one.
 */
#ifndef KINGLET_BASE_BUF_H
#define KINGLET_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include "base/str.h"

struct buf {
	char *ptr;
	size_t len, cap, max;
	bool failed;
};

#define BUF_INIT(max_bytes)        \
	{                          \
		.max = (max_bytes) \
	}

void buf_init(struct buf *b, size_t max_bytes);
void buf_clear(struct buf *b);
void buf_release(struct buf *b);
/* Nothing was lost so far. */
static inline bool buf_ok(const struct buf *b)
{
	return !b->failed;
}
/* What it holds; borrowed until the next append. */
static inline struct str buf_str(const struct buf *b)
{
	return str_from(b->ptr, b->len);
}
/* Room for `more` bytes after len, to write into directly; false marks the buffer failed. */
bool buf_reserve(struct buf *b, size_t more);

static inline void buf_append(struct buf *b, const void *data, size_t len)
{
	if ((b->cap - b->len < len && !buf_reserve(b, len)) || b->failed || len == 0)
		return;
	memcpy(b->ptr + b->len, data, len);
	b->len += len;
}
static inline void buf_add(struct buf *b, struct str s)
{
	buf_append(b, s.ptr, s.len);
}
static inline void buf_add_c(struct buf *b, const char *s)
{
	buf_append(b, s, strlen(s));
}
static inline void buf_add_char(struct buf *b, char c)
{
	buf_append(b, &c, 1);
}
void buf_add_i64(struct buf *b, int64_t value);
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *b, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));
/* Terminates without counting the NUL in len; the text, or "" for a failed buffer. */
const char *buf_c(struct buf *b);

#endif
