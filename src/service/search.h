/*
 * search.h: what people type to find posts, and what is found. docs/search.md says it for them:
 * words, "phrases", -not, #tag, from:name, since:2024-03-01, until:2024-03-31.
 *
 * Nothing that is typed reaches an engine but as words of base/word.h, keys of tags, and numbers.
 */
#ifndef KINGLET_SERVICE_SEARCH_H
#define KINGLET_SERVICE_SEARCH_H

#include "base/lang.h"
#include "service/service.h"
#include "store/search.h"

#define SEARCH_QUERY_MAX_BYTES 500

/* X(constant, text for people) */
#define SEARCH_PROBLEM_TABLE(X)                                                                \
	X(SEARCH_FINE, "")                                                                     \
	X(SEARCH_EMPTY, T_LATER("Write a word to look for"))                                   \
	X(SEARCH_NOTHING_WANTED,                                                               \
	  T_LATER("Write at least one word, #tag or from:name that a message must have"))      \
	X(SEARCH_TOO_LONG, T_LATER("That is too long to look for"))                            \
	X(SEARCH_TOO_MANY, T_LATER("That is too much at once: look for fewer words"))          \
	X(SEARCH_BAD_DATE, T_LATER("Write a date as year, month and day, such as 2024-03-31")) \
	X(SEARCH_NOBODY, T_LATER("There is nobody with the name that you wrote behind “from:”"))

enum search_problem {
#define SEARCH_X(constant, text) constant,
	SEARCH_PROBLEM_TABLE(SEARCH_X)
#undef SEARCH_X
};
/* In the language of this thread. */
struct str search_problem_text(enum search_problem problem);

struct search_query {
	struct search_term terms[SEARCH_TERMS_MAX];
	struct str
		authors[SEARCH_TERMS_MAX]; /* of a term: the name as written; empty: it is none */
	size_t count;
	int64_t from_id, until_id;
};

/* What the text says, in the arena; `text` is valid UTF-8. Asks no store: authors are names.
 * Without a problem, at least one term isn't excluded. ERR_TOO_LARGE. */
enum err MUST_CHECK search_parse(struct arena *a, struct str text, struct search_query *out,
				 enum search_problem *problem);
/* Unflagged posts that match, newest first, without those of people whom `viewer` (id 0: nobody)
 * isn't to see. *problem may be SEARCH_NOBODY: then nothing is found.
 * One query, and two for each author named at most. */
enum err MUST_CHECK search_posts(struct service *s, struct arena *a, const struct user *viewer,
				 struct search_query *query, struct cursor at, size_t limit,
				 enum search_problem *problem, struct post_list *out);

/* Parts of a text, in its order, none within another. */
struct search_marks {
	struct search_mark {
		size_t offset, length;
	} * items;
	size_t count;
};
/* Where in the text of a post that was found there is what was looked for. */
enum err MUST_CHECK search_mark(struct arena *a, const struct search_query *query, struct str text,
				struct search_marks *out);

/*
 * People whose names begin with `text`, as it is written or as a mention ("@ada_l"): those whom
 * `viewer` follows first (id 0: nobody looks), then others by name; none of those who are blocked.
 * None for an empty text. Up to five queries.
 */
enum err MUST_CHECK search_people(struct service *s, struct arena *a, struct str text,
				  const struct user *viewer, size_t limit, struct user_list *out);

/* Unflagged posts with a tag, written without '#' in any case, that `viewer` is to see; *key is how
 * it is kept. */
enum err MUST_CHECK search_tag(struct service *s, struct arena *a, const struct user *viewer,
			       struct str name, struct cursor at, size_t limit, struct str *key,
			       struct post_list *out);

#endif
