/*
 * entity.h: what is more than plain text in what people write: links, @mentions, #tags. One scanner
 * says so for all: pages that link them, notifications, tag pages, the search index. docs/search.md
 * has the rules for people.
 *
 * A link is http:// or https:// and what follows, up to white space, a bracket or quotation mark
 * that can't be part of it, or punctuation that ends the sentence and not the address.
 *
 * A mention is '@' and a run of letters, digits, marks, '_', '.', '-'; "." and "-" at its end
 * belong to the sentence. A space in a name is written '_': "@Ada_Lovelace". "@ada@example.org" is
 * an address elsewhere and no mention.
 *
 * A tag is '#' and a run of letters, digits, marks, '_' of any script, at least one of them no
 * digit.
 *
 * All begin where a word does, and none lies within another. What is longer than its limit is plain
 * text.
 */
#ifndef KINGLET_BASE_ENTITY_H
#define KINGLET_BASE_ENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include "base/arena.h"
#include "base/str.h"

#define ENTITY_TAG_MAX_CHARS	 64  /* code points, without the '#' */
#define ENTITY_TAG_KEY_MAX_BYTES 256 /* folded; what is longer is cut */
#define ENTITY_MENTION_MAX_BYTES 400 /* as long as names may be */
/* Of one text, the first ones that are different: what a post can stand for in lists of tags, and
 * whom it can call. Further ones are links like the others. */
#define ENTITY_KEYS_MAX 20

enum entity_kind { ENTITY_LINK, ENTITY_MENTION, ENTITY_TAG };

struct entity {
	enum entity_kind kind;
	size_t offset, length; /* bytes; with the '@' or '#' */
};

/* The first entity that begins at byte `from` or later; false: there is none. From the start, go on
 * at offset + length. `text` should be UTF-8; bytes that aren't are no part of any name. */
bool entity_next(struct str text, size_t from, struct entity *out);
/* Its text without the '@' or '#'; a link's is the whole. */
struct str entity_name(struct str text, const struct entity *entity);

/*
 * The keys under which names are the same. Of a tag: folded as names of people are
 * (utf8_casefold()), letters, digits, marks and '_' only. Of a mention as written, or of a person's
 * name: folded, and a space is '_'; two people's names may have the same one. .ptr is NULL where
 * the arena is full or the name is no UTF-8.
 */
struct str entity_tag_key(struct arena *a, struct str name);
struct str entity_mention_key(struct arena *a, struct str name);

struct entity_keys {
	struct str items[ENTITY_KEYS_MAX];
	size_t count;
};
/* The different keys of a text's tags, or mentions (`kind`), in the order of the text, as many as
 * the limit. False where the arena is full. */
bool entity_list_keys(struct arena *a, struct str text, enum entity_kind kind,
		      struct entity_keys *out);

/* Bytes of a link's scheme and "://". */
size_t entity_scheme_bytes(struct str link);

#endif
