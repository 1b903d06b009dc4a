/*
 * utf8.h: what Kinglet needs to know of Unicode (by utf8proc). Texts are UTF-8 throughout.
 */
#ifndef KINGLET_BASE_UTF8_H
#define KINGLET_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/str.h"

/* Well-formed (RFC 3629: no surrogates, no overlong forms, up to U+10FFFF). NUL counts as valid. */
bool utf8_valid(struct str s);
/* Extended grapheme clusters (UAX #29): what a person counts as characters. `s` must be valid. */
size_t utf8_count_graphemes(struct str s);
/* The bytes of the first `count` grapheme clusters of `s`, which must be valid. */
size_t utf8_graphemes_bytes(struct str s, size_t count);
/*
 * The key under which two names are the same: compatibility-normalised, case-folded (NFKC_Casefold,
 * Unicode §3.13). .ptr is NULL where the arena is full or `s` is not valid UTF-8.
 */
struct str utf8_casefold(struct arena *a, struct str s);
/*
 * For searching: decomposed (NFKD), case-folded, and without the accents of U+0300 to U+036F. .ptr
 * is NULL where the arena is full or `s` is not valid UTF-8.
 */
struct str utf8_fold_search(struct arena *a, struct str s);
/* Takes the next code point off `*rest`; -1 at the end or at a malformed sequence (1 byte is
 * taken). */
int32_t utf8_next(struct str *rest);
/* A letter, a mark or a decimal digit of any script (general categories L, M, Nd). */
bool utf8_is_word(int32_t codepoint);
/* A decimal digit of any script (Nd). */
bool utf8_is_digit(int32_t codepoint);

#endif
