/*
 * word.h: the words of a text as the search knows them. What is indexed, what is asked for, and
 * what is shown as found all come from here, so that engines which only compare words agree on
 * every result.
 *
 * A word is a run of letters, marks and digits. Its key is folded for searching: compatibility
 * forms are one (NFKD), case and the accents of U+0300 to U+036F are gone. A Chinese character and
 * a Japanese syllable is a word each, since those scripts leave no spaces: a query of several is a
 * phrase. Keys hold letters, marks and digits and nothing else: no quote, no operator, no space.
 */
#ifndef KINGLET_BASE_WORD_H
#define KINGLET_BASE_WORD_H

#include <stdbool.h>
#include <stddef.h>
#include "base/arena.h"
#include "base/str.h"

/* Longer keys are cut, at a character. */
#define WORD_MAX_BYTES 64

struct word {
	struct str key;	       /* in the arena */
	size_t offset, length; /* where it stands in the text, in bytes */
};
struct word_list {
	struct word *items;
	size_t count;
};

/* The first `max` words of `text`, which is valid UTF-8. False where the arena is full. */
bool word_list(struct arena *a, struct str text, size_t max, struct word_list *out);

#endif
