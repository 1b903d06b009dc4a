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
	struct str text;    /* UTF-8, as written */
	int64_t created_ms; /* when it was written; imported posts keep their own time */
	bool flagged;	    /* hidden from every timeline by a moderator */
};

struct post_list {
	struct post *items;
	size_t count;
	bool older; /* there are further ones past the last item */
	bool newer; /* there are further ones before the first item */
};

#endif
