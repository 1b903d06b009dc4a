/*
 * search.h: posts by their tags and words, as operations of the store. Both are kept in the
 * transaction that writes the post: what was acknowledged is found by the next read.
 *
 * What is looked for is compared by engines, not understood: words and tags come folded
 * (base/word.h, base/entity.h), from the same functions that made the index. So every engine finds
 * the same posts.
 */
#ifndef KINGLET_STORE_SEARCH_H
#define KINGLET_STORE_SEARCH_H

#include "store/store.h"

/* The words of a post that are indexed: its first ones. */
#define SEARCH_WORDS_MAX 1000

/* One thing that a post must have, or (`excluded`) must not: these words, one after the other; or
 * else the tag; or else the author. */
struct search_term {
	bool excluded;
	const struct str *words; /* keys of base/word.h */
	size_t word_count;
	struct str tag;	   /* a key of entity_tag_key() */
	int64_t author_id; /* where the others are empty */
};

#define SEARCH_TERMS_MAX 32

/* At least one term that isn't excluded, SEARCH_TERMS_MAX at most; ids from `from_id` to
 * `until_id`, both included. */
struct search_match {
	const struct search_term *terms;
	size_t count;
	int64_t from_id, until_id;
};

/* Unflagged posts that match, newest first. ERR_INVALID where no term says what must be there. */
enum err MUST_CHECK store_search_posts(struct store *s, const struct search_match *match,
				       struct cursor at, size_t limit, struct arena *a,
				       struct post_list *out);
/* Unflagged posts with the tag, newest first. */
enum err MUST_CHECK store_tag_timeline(struct store *s, struct str tag_key, struct cursor at,
				       size_t limit, struct arena *a, struct post_list *out);
/*
 * People who may take part and whose folded names begin with `prefix` (not empty): all, by name,
 * or (`followed`) those whom `viewer_id` follows alone. One scan of an index, or of the follows.
 */
enum err MUST_CHECK store_search_people(struct store *s, struct str prefix, int64_t viewer_id,
					bool followed, size_t limit, struct arena *a,
					struct user_list *out);
/*
 * Looks at the next few hundred posts, oldest first, and indexes those that aren't: written before
 * there was an index, by a program that knows of none, or copied. `*more`: there are further ones
 * to look at. Other writers wait for milliseconds. Any number of nodes may call it; one works.
 */
enum err MUST_CHECK store_search_fill(struct store *s, bool *more);

/* What an engine has for these. */
struct search_ops {
	enum err (*posts)(struct store *s, const struct search_match *match, struct cursor at,
			  size_t limit, struct arena *a, struct post_list *out);
	enum err (*tag_timeline)(struct store *s, struct str tag_key, struct cursor at,
				 size_t limit, struct arena *a, struct post_list *out);
	enum err (*people)(struct store *s, struct str from, struct str below, int64_t viewer_id,
			   bool followed, size_t limit, struct arena *a, struct user_list *out);
	enum err (*fill)(struct store *s, bool *more);
};

#endif
