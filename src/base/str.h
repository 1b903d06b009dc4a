/*
 * str.h: a borrowed piece of text: a pointer and a length, not terminated, never owned.
 *
 * Whoever keeps a `struct str` says how long what it points to lives. The empty string may have
 * any pointer, NULL included; use .len to ask. To build text, see buf.h.
 */
#ifndef KINGLET_BASE_STR_H
#define KINGLET_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
	const char *ptr;
	size_t len;
};

/* A string literal as a str: STR("text"); STR_INIT in static initialisers. */
#define STR_INIT(literal)                       \
	{                                       \
		"" literal, sizeof(literal) - 1 \
	}
#define STR(literal) ((struct str)STR_INIT(literal))
/* For printf: printf("%.*s", STR_ARG(s)). Lengths over INT_MAX are cut. */
#define STR_ARG(s) (int)((s).len > 0x7fffffff ? 0x7fffffff : (s).len), (s).ptr ? (s).ptr : ""

static inline struct str str_from(const char *ptr, size_t len)
{
	return (struct str){ptr, len};
}

/* Borrows a terminated string; NULL gives the empty one. */
static inline struct str str_from_c(const char *s)
{
	return (struct str){s, s ? strlen(s) : 0};
}

static inline bool str_eq(struct str a, struct str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* Bytes in memcmp order, then length: <0, 0, >0. */
int str_compare(struct str a, struct str b);
/* Equal when ASCII letters are folded; for protocol elements, never for people's names. */
bool str_eq_nocase(struct str a, struct str b);
bool str_starts_with(struct str s, struct str prefix);
bool str_ends_with(struct str s, struct str suffix);
/* Index of the first `c`, or -1. */
ptrdiff_t str_index(struct str s, char c);
/* The part from `from` on, at most `len` bytes; out of range gives the empty string. */
struct str str_sub(struct str s, size_t from, size_t len);
/* Without leading and trailing ASCII white space. */
struct str str_trim(struct str s);
/*
 * Cuts the head off `*rest`, up to the first `c`, which is dropped; without a `c` the head is all
 * and the rest becomes empty. False, and an empty head, when the rest was empty.
 */
bool str_cut(struct str *rest, char c, struct str *head);
/* The whole of `s` as a decimal: an optional '-' and 1 to 19 digits in int64 range. */
bool str_to_i64(struct str s, int64_t *out);

#endif
