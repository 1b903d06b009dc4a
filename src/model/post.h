/* post.h: a message that somebody wrote, with what every list of posts shows of its author. */
#ifndef KINGLET_MODEL_POST_H
#define KINGLET_MODEL_POST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/str.h"

struct post {
	int64_t id; /* time-ordered: newest first is id descending, see model/id.h */
	int64_t author_id;
	struct str author_name;
	int64_t author_avatar;	   /* see user.avatar */
	struct str author_display; /* see user.display; empty: none */
	struct str text;	   /* UTF-8, as written */
	int64_t created_ms;	   /* when it was written; imported posts keep their own time */
	bool flagged;		   /* hidden from every timeline by a moderator */
	struct str warning;	  /* shown instead of the text until the reader asks; empty: none */
	int64_t reply_to;	  /* the post that this one answers, which may be gone; 0: none */
	struct str reply_to_name; /* who wrote that; empty where it is gone */
	/* Filled in by store_post_marks() alone. */
	int64_t reply_count, like_count; /* POST_COUNT_MAX: that many or more */
	bool liked;			 /* by the one who looks */
	bool followable; /* its author, by the one who looks; people_mark_posts() alone says so */
};

/* Answers and likes are counted up to here: a page says "999+". */
#define POST_COUNT_MAX 1000

/* What a new one is made of. All but author and text may be zero. */
struct post_new {
	int64_t author_id;
	struct str text, warning;
	int64_t reply_to;
	/* Names the attempt: of one author's posts with the same key within a day the first counts.
	 * At most POST_KEY_MAX_BYTES. */
	struct str key;
	/* Whom it mentions, each once; those who aren't there are left out. */
	const int64_t *mention_ids;
	size_t mention_count;
};
#define POST_KEY_MAX_BYTES 64
#define POST_KEY_LIFE_MS   (24 * INT64_C(3600000))

struct post_list {
	struct post *items;
	size_t count;
	bool older; /* there are further ones past the last item */
	bool newer; /* there are further ones before the first item */
};

#endif
