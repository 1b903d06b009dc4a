/*
 * search_text.h: what engines index of a post, and in what words they are asked.
 *
 * A post is a row of tokens: its words, then its tags as "#key", then its author as "@id". A tag or
 * an author is so looked for by the same index, and together with words costs no more than a word.
 * Words hold letters, marks and digits only, tags also '_': no token has a space, a quote or an
 * operator, so that engines' query languages can be written without escaping.
 */
#ifndef KINGLET_STORE_SEARCH_TEXT_H
#define KINGLET_STORE_SEARCH_TEXT_H

#include "base/arena.h"
#include "base/entity.h"
#include "store/search.h"

struct search_document {
	const struct str *tokens; /* in their order */
	size_t count;
	struct entity_keys tags;
};

/* Memory that search_document_of() needs at most, in an arena. */
#define SEARCH_DOCUMENT_BYTES (1024 * 1024)

/* Everything in the arena. ERR_TOO_LARGE. */
enum err MUST_CHECK search_document_of(struct arena *a, int64_t author_id, struct str text,
				       struct search_document *out);
/* Its tokens with a space between. .ptr is NULL where the arena is full. */
struct str search_document_words(struct arena *a, const struct search_document *d);
/* Its tokens as PostgreSQL's tsvector: 'word':1 'next':2. */
struct str search_document_vector(struct arena *a, const struct search_document *d);
/* Its tags with a space between. */
struct str search_document_tags(struct arena *a, const struct search_document *d);

/* Does a post match? What engines answer for those that they have indexed. */
bool search_match_document(const struct search_match *match, const struct search_document *d,
			   int64_t author_id);
/* What matches, as FTS5 reads it (https://www.sqlite.org/fts5.html#full_text_query_syntax), and as
 * PostgreSQL's tsquery. .ptr is NULL where the arena is full or no term says what must be there. */
struct str search_match_fts5(struct arena *a, const struct search_match *match);
struct str search_match_tsquery(struct arena *a, const struct search_match *match);

#endif
