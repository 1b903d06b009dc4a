/* service/post.h: writing, finding and removing posts, and the timelines that they make. */
#ifndef KINGLET_SERVICE_POST_H
#define KINGLET_SERVICE_POST_H

#include "service/service.h"

#define POST_PAGE_COUNT	       30 /* posts on a page: the contract's */
#define POST_API_DEFAULT_COUNT 100
#define POST_API_MAX_COUNT     STORE_LIST_MAX

/* What is wrong with a text; the text for people comes from post_problem_text(). */
enum post_problem {
	POST_FINE,
	POST_EMPTY,
	POST_TOO_LONG,
	POST_TOO_HEAVY,
	POST_NOT_TEXT,
	POST_BAD_WARNING
};
/* In the arena, because it names the limit. */
struct str post_problem_text(const struct service *s, struct arena *a, enum post_problem p);
/*
 * The rule alone. Line ends become LF, white space at both ends is dropped; what is then left must
 * be 1 to post_max_chars characters of valid UTF-8 without control characters but LF and tab.
 */
enum post_problem post_check(const struct service *s, struct arena *a, struct str text,
			     struct str *clean);
/* What somebody wants to post. All but the text may be zero. */
struct post_draft {
	struct str text;
	struct str warning; /* one line of at most POST_WARNING_MAX_CHARS characters */
	int64_t reply_to;
	struct str key; /* of this attempt, see struct post_new: ERR_INVALID where it is too long */
};
#define POST_WARNING_MAX_CHARS 100
/*
 * ERR_OK with *problem says whether it was done. ERR_NOT_FOUND: the author is gone, or what is
 * answered is. `out->id` is 0 where this attempt was made before: then that post stands, and this
 * was no other.
 */
enum err MUST_CHECK post_create(struct service *s, struct arena *a, int64_t author_id,
				const struct post_draft *draft, enum post_problem *problem,
				struct post *out);
/* Unflagged only. ERR_NOT_FOUND. */
enum err MUST_CHECK post_find(struct service *s, struct arena *a, int64_t id, struct post *out);
/* Its author and administrators may. */
bool post_may_delete(const struct user *by, const struct post *post);
/* Who may not: ERR_DENIED. ERR_NOT_FOUND. */
enum err MUST_CHECK post_delete(struct service *s, struct arena *a, const struct user *by,
				int64_t id);

/* What stands on cards beside the text, as `viewer_id` (0: nobody) sees it. */
enum err MUST_CHECK post_marks(struct service *s, int64_t viewer_id, struct post_list *posts);
/* ERR_NOT_FOUND. Doing it again changes nothing. */
enum err MUST_CHECK post_like(struct service *s, int64_t user_id, int64_t post_id, bool liked);

/* A post among those that it answers and those that answer it. */
struct thread {
	struct post_list above; /* what it answers, and what that answers …: the oldest first */
	bool above_gone;	/* the first of them answers a post that is gone */
	bool above_more;	/* there are further ones over THREAD_ABOVE_MAX */
	struct post_list below; /* answers, oldest first; .newer: there are more */
};
#define THREAD_ABOVE_MAX 10
/*
 * Answers after `after_id` (0: from the first), without those of people whom `viewer` (id 0:
 * nobody) isn't to see; what is above ends below a post of somebody who is blocked, or blocks.
 * ERR_NOT_FOUND where that is the post's own author. Reads each post above by itself.
 */
enum err MUST_CHECK post_thread(struct service *s, struct arena *a, const struct user *viewer,
				const struct post *post, int64_t after_id, struct thread *out);

enum err MUST_CHECK timeline_public(struct service *s, struct arena *a, struct cursor at,
				    size_t limit, struct post_list *out);
enum err MUST_CHECK timeline_user(struct service *s, struct arena *a, int64_t user_id,
				  struct cursor at, size_t limit, struct post_list *out);
enum err MUST_CHECK timeline_home(struct service *s, struct arena *a, int64_t user_id,
				  struct cursor at, size_t limit, struct post_list *out);

/* Moderation. ERR_NOT_FOUND names the first unknown id in *missing and flags none. */
enum err MUST_CHECK post_set_flagged(struct service *s, const int64_t *ids, size_t count,
				     bool flagged, int64_t *missing);
/* All posts, oldest first, after `after_id`, in batches of STORE_LIST_MAX. */
enum err MUST_CHECK post_list_all(struct service *s, struct arena *a, int64_t after_id,
				  struct post_list *out);

#endif
