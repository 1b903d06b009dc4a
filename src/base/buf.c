#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>

#define FIRST_CAP_BYTES 256

void buf_init(struct buf *b, size_t max_bytes)
{
	*b = (struct buf)BUF_INIT(max_bytes);
}

void buf_clear(struct buf *b)
{
	b->len = 0;
	b->failed = false;
}

void buf_release(struct buf *b)
{
	free(b->ptr);
	buf_init(b, b->max);
}

bool buf_reserve(struct buf *b, size_t more)
{
	size_t cap = b->cap ? b->cap : FIRST_CAP_BYTES;
	char *grown;

	if (b->failed)
		return false;
	if (more <= b->cap - b->len)
		return true;
	if (more > b->max - b->len)
		goto failed;
	while (cap - b->len < more)
		cap = cap > b->max / 2 ? b->max : cap * 2;
	if (cap > b->max)
		cap = b->max;
	grown = realloc(b->ptr, cap);
	if (!grown)
		goto failed;
	b->ptr = grown;
	b->cap = cap;
	return true;
failed:
	b->failed = true;
	return false;
}

void buf_add_i64(struct buf *b, int64_t value)
{
	char digits[20];
	size_t at = sizeof(digits);
	uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

	do {
		digits[--at] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest);
	if (value < 0)
		buf_add_char(b, '-');
	buf_append(b, digits + at, sizeof(digits) - at);
}

void buf_vprintf(struct buf *b, const char *format, va_list args)
{
	va_list again;
	int len;

	va_copy(again, args);
	len = vsnprintf(NULL, 0, format, args);
	/* One more than the text, because vsnprintf terminates what it writes. */
	if (len >= 0 && buf_reserve(b, (size_t)len + 1)) {
		vsnprintf(b->ptr + b->len, (size_t)len + 1, format, again);
		b->len += (size_t)len;
	}
	va_end(again);
}

void buf_printf(struct buf *b, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	buf_vprintf(b, format, args);
	va_end(args);
}

const char *buf_c(struct buf *b)
{
	if (!buf_reserve(b, 1))
		return "";
	b->ptr[b->len] = '\0';
	return b->ptr;
}
