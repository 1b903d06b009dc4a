/* service/notice.h: what people are told of, as a page shows it: the same thing by several in one
 * line. */
#ifndef KINGLET_SERVICE_NOTICE_H
#define KINGLET_SERVICE_NOTICE_H

#include "service/service.h"
#include "store/notice.h"

/* Notices that a page is made of; grouped, they are fewer lines. */
#define NOTICE_PAGE_COUNT 60
/* Who is named in a line; others are counted. */
#define NOTICE_NAMED_MAX 2

/* One line: who did the same to the same, newest first. */
struct notice_group {
	enum notice_kind kind;
	struct str names[NOTICE_NAMED_MAX], displays[NOTICE_NAMED_MAX];
	int64_t avatar; /* of the first, see user.avatar */
	size_t people;	/* all of them, each once */
	int64_t post_id;
	struct str post_text;
	int64_t created_ms; /* of the newest */
	bool unread;	    /* one of them is */
};
struct notice_group_list {
	struct notice_group *items;
	size_t count;
};
struct notice_page {
	struct notice_group_list groups;
	int64_t newest_id; /* 0: there are none */
	int64_t oldest_id; /* where there is `more`, the next page begins before it */
	bool more;
};

/*
 * A page of a person's notices. Likes and reposts of one post, and follows, are grouped within the
 * page; what one does to several posts isn't. One query.
 */
enum err MUST_CHECK notice_page(struct service *s, struct arena *a, int64_t user_id, bool mentions,
				int64_t before_id, struct notice_page *out);

/* How many are unread, NOTICE_UNREAD_MAX for more: for every page of somebody signed in. */
enum err MUST_CHECK notice_unread(struct service *s, int64_t user_id, int64_t *out);
/* Those up to `upto_id` have been read. */
enum err MUST_CHECK notice_read(struct service *s, int64_t user_id, int64_t upto_id);
/* What is off: NOTICE_BIT()s and NOTICE_ONLY_FOLLOWED. */
enum err MUST_CHECK notice_chosen(struct service *s, int64_t user_id, int64_t *out);
enum err MUST_CHECK notice_choose(struct service *s, int64_t user_id, int64_t off);

#endif
