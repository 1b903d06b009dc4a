/*
 * store/notice.h: what people are told of (model/notice.h). Nobody writes a notice by itself: the
 * operation that follows, posts or likes writes it in its own transaction, so what was acknowledged
 * is told, and what failed isn't. What is undone takes its notice along where it hasn't been read;
 * a post that is deleted takes all of its.
 *
 * Not told: what one does oneself, what the person has switched off, and what was told before.
 * The newest NOTICE_KEEP of a person stay; older ones go with a write in 32 and each time that
 * something is read, so now and then there are some more.
 *
 * Promises and errors are those of store.h.
 */
#ifndef KINGLET_STORE_NOTICE_H
#define KINGLET_STORE_NOTICE_H

#include "model/notice.h"
#include "store/store.h"

#define NOTICE_KEEP 1000
/* Unread ones are counted up to here: 100 means more than 99. */
#define NOTICE_UNREAD_MAX 100

struct notice_query {
	int64_t user_id;
	int64_t kinds;	   /* NOTICE_BIT()s */
	int64_t before_id; /* older than this; 0: from the newest */
};
/* Newest first, without those of flagged posts, of people who may not take part, and (but for
 * warnings) of people whom store_unseen_list() names. Reads at most the NOTICE_KEEP newest. */
enum err MUST_CHECK store_notice_list(struct store *s, const struct notice_query *query,
				      size_t limit, struct arena *a, struct notice_list *out);
/* An index range of NOTICE_UNREAD_MAX entries at most: for each page of somebody signed in. */
enum err MUST_CHECK store_notice_unread(struct store *s, int64_t user_id, int64_t *out);
/*
 * Those up to `upto_id` are read. Never goes back. ERR_OK also where there is no such person.
 * With a database server, a notice whose transaction ends at the very moment may have a lower id
 * than one that was shown, and counts as read with it; it stays in the list.
 */
enum err MUST_CHECK store_notice_read(struct store *s, int64_t user_id, int64_t upto_id);
/* What is off: NOTICE_BIT()s and NOTICE_ONLY_FOLLOWED; 0 where nothing was chosen. */
enum err MUST_CHECK store_notice_chosen(struct store *s, int64_t user_id, int64_t *out);
enum err MUST_CHECK store_notice_choose(struct store *s, int64_t user_id, int64_t mask);

/* For engines. */
struct notice_ops {
	enum err (*list)(struct store *s, const struct notice_query *query, size_t limit,
			 struct arena *a, struct notice_list *out);
	enum err (*unread)(struct store *s, int64_t user_id, int64_t *out);
	enum err (*read)(struct store *s, int64_t user_id, int64_t upto_id);
	enum err (*chosen)(struct store *s, int64_t user_id, int64_t *out);
	enum err (*choose)(struct store *s, int64_t user_id, int64_t mask);
};

#endif
