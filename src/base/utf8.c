/*
 * utf8.c: a thin layer over utf8proc. What is added: a quick way through plain ASCII, which is
 * what most requests are made of, and results in arenas instead of malloc.
 */
#include "base/utf8.h"

#include <stdlib.h>
#include <utf8proc.h>

int32_t utf8_next(struct str *rest)
{
	utf8proc_int32_t codepoint = -1;
	utf8proc_ssize_t taken;

	if (rest->len == 0)
		return -1;
	taken = utf8proc_iterate((const utf8proc_uint8_t *)rest->ptr,
				 (utf8proc_ssize_t)(rest->len < 4 ? rest->len : 4), &codepoint);
	*rest = str_sub(*rest, taken > 0 ? (size_t)taken : 1, rest->len);
	return taken > 0 ? codepoint : -1;
}

static size_t ascii_prefix(struct str s)
{
	size_t at = 0;
	uint64_t word;

	for (; at + sizeof(word) <= s.len; at += sizeof(word)) {
		memcpy(&word, s.ptr + at, sizeof(word));
		if (word & UINT64_C(0x8080808080808080))
			break;
	}
	while (at < s.len && (unsigned char)s.ptr[at] < 0x80)
		at++;
	return at;
}

bool utf8_valid(struct str s)
{
	for (;;) {
		s = str_sub(s, ascii_prefix(s), s.len);
		if (s.len == 0)
			return true;
		if (utf8_next(&s) < 0)
			return false;
	}
}

/* Cuts the first grapheme cluster off `*rest`: everything up to the next place for a break. */
static void cut_grapheme(struct str *rest)
{
	utf8proc_int32_t state = 0;
	int32_t before = utf8_next(rest);

	while (rest->len) {
		struct str after = *rest;
		int32_t next = utf8_next(&after);

		if (before < 0 || next < 0 ||
		    utf8proc_grapheme_break_stateful(before, next, &state))
			return;
		before = next;
		*rest = after;
	}
}

size_t utf8_count_graphemes(struct str s)
{
	size_t count = 0;

	for (; s.len; count++)
		cut_grapheme(&s);
	return count;
}

size_t utf8_graphemes_bytes(struct str s, size_t count)
{
	struct str rest = s;

	while (count-- && rest.len)
		cut_grapheme(&rest);
	return s.len - rest.len;
}

struct str utf8_casefold(struct arena *a, struct str s)
{
	struct str out = {NULL, 0};
	utf8proc_uint8_t *folded = NULL;
	utf8proc_ssize_t len;

	if (s.len == 0)
		return arena_str(a, s);
	len = utf8proc_map((const utf8proc_uint8_t *)s.ptr, (utf8proc_ssize_t)s.len, &folded,
			   UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT |
				   UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
	if (len < 0)
		return out;
	out = arena_str(a, str_from((const char *)folded, (size_t)len));
	free(folded);
	return out;
}

/* Most words are ASCII, and there folding is lower case. */
static struct str fold_ascii(struct arena *a, struct str s)
{
	struct str out = arena_str(a, s);
	char *p = (char *)(uintptr_t)out.ptr;

	for (size_t i = 0; p && i < s.len; i++)
		if (p[i] >= 'A' && p[i] <= 'Z')
			p[i] = (char)(p[i] | 0x20);
	return out;
}

struct str utf8_fold_search(struct arena *a, struct str s)
{
	utf8proc_uint8_t *folded = NULL;
	utf8proc_ssize_t len, kept = 0;
	struct str out;

	if (ascii_prefix(s) == s.len)
		return fold_ascii(a, s);
	len = utf8proc_map((const utf8proc_uint8_t *)s.ptr, (utf8proc_ssize_t)s.len, &folded,
			   UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT |
				   UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
	if (len < 0)
		return (struct str){NULL, 0};
	for (utf8proc_ssize_t i = 0; i < len; i++) {
		/* U+0300 to U+033F are CC 80 to CC BF, U+0340 to U+036F are CD 80 to CD AF. */
		if (folded[i] == 0xcc || (folded[i] == 0xcd && folded[i + 1] <= 0xaf))
			i++;
		else
			folded[kept++] = folded[i];
	}
	out = arena_str(a, str_from((const char *)folded, (size_t)kept));
	free(folded);
	return out;
}

bool utf8_is_word(int32_t codepoint)
{
	switch (utf8proc_category(codepoint)) {
	case UTF8PROC_CATEGORY_LU:
	case UTF8PROC_CATEGORY_LL:
	case UTF8PROC_CATEGORY_LT:
	case UTF8PROC_CATEGORY_LM:
	case UTF8PROC_CATEGORY_LO:
	case UTF8PROC_CATEGORY_MN:
	case UTF8PROC_CATEGORY_MC:
	case UTF8PROC_CATEGORY_ME:
	case UTF8PROC_CATEGORY_ND:
		return true;
	default:
		return false;
	}
}

bool utf8_is_digit(int32_t codepoint)
{
	return utf8proc_category(codepoint) == UTF8PROC_CATEGORY_ND;
}
