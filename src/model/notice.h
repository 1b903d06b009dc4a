/* notice.h: what a person is told of: somebody followed them, answered them, liked a post of
 * theirs. */
#ifndef KINGLET_MODEL_NOTICE_H
#define KINGLET_MODEL_NOTICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/str.h"

/* Numbers are in the database: a new kind comes at the end. They are bits of masks, below 62. */
enum notice_kind {
	NOTICE_FOLLOW = 1,
	NOTICE_MENTION, /* post: the one that names me */
	NOTICE_REPLY,	/* post: the answer */
	NOTICE_LIKE,	/* post: mine */
	NOTICE_REPOST,	/* post: mine */
	NOTICE_WARNING, /* from a moderator */
	NOTICE_KIND_END
};

/* Masks of kinds. Of a setting they are what is off, beside the bit of no kind. */
#define NOTICE_BIT(kind)     (INT64_C(1) << (kind))
#define NOTICE_ALL	     (NOTICE_BIT(NOTICE_KIND_END) - 2)
#define NOTICE_ONLY_FOLLOWED INT64_C(1) /* only of people whom one follows */

struct notice {
	int64_t id; /* time-ordered */
	enum notice_kind kind;
	int64_t actor_id;
	struct str actor_name, actor_display;
	int64_t actor_avatar; /* see user.avatar */
	int64_t post_id;      /* 0: about none */
	struct str post_text; /* its first 160 characters; empty where there is none */
	int64_t created_ms;
	bool unread;
};

struct notice_list {
	struct notice *items; /* newest first */
	size_t count;
	bool more; /* there are further ones after the last */
};

#endif
