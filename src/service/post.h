/* service/post.h: writing, finding and removing posts, and the timelines that they make. */
#ifndef KINGLET_SERVICE_POST_H
#define KINGLET_SERVICE_POST_H

#include "service/service.h"

#define POST_PAGE_COUNT	       30 /* posts on a page: the contract's */
#define POST_API_DEFAULT_COUNT 100
#define POST_API_MAX_COUNT     STORE_LIST_MAX

/* What is wrong with a text; the text for people comes from post_problem_text(). */
enum post_problem { POST_FINE, POST_EMPTY, POST_TOO_LONG, POST_TOO_HEAVY, POST_NOT_TEXT };
/* In the arena, because it names the limit. */
struct str post_problem_text(const struct service *s, struct arena *a, enum post_problem p);
/*
 * The rule alone. Line ends become LF, white space at both ends is dropped; what is then left must
 * be 1 to post_max_chars characters of valid UTF-8 without control characters but LF and tab.
 */
enum post_problem post_check(const struct service *s, struct arena *a, struct str text,
			     struct str *clean);
/* ERR_OK with *problem says whether it was done. ERR_NOT_FOUND: the author is gone. */
enum err MUST_CHECK post_create(struct service *s, struct arena *a, int64_t author_id,
				struct str text, enum post_problem *problem, struct post *out);
/* Unflagged only. ERR_NOT_FOUND. */
enum err MUST_CHECK post_find(struct service *s, struct arena *a, int64_t id, struct post *out);
/* Its author or an administrator: else ERR_DENIED. ERR_NOT_FOUND. */
enum err MUST_CHECK post_delete(struct service *s, struct arena *a, const struct user *by,
				int64_t id);

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
