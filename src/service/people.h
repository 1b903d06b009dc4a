/* people.h: whom somebody doesn't want to see. */
#ifndef KINGLET_SERVICE_PEOPLE_H
#define KINGLET_SERVICE_PEOPLE_H

#include "service/service.h"
#include "store/people.h"
#include "store/search.h"

/* By name of the other, who comes in `*out`. ERR_NOT_FOUND; ERR_INVALID: oneself. */
enum err MUST_CHECK people_block(struct service *s, struct arena *a, int64_t user_id,
				 struct str other, bool blocked, struct user *out);
enum err MUST_CHECK people_mute(struct service *s, struct arena *a, int64_t user_id,
				struct str other, bool muted, struct user *out);
/* People on a page of a list. */
#define PEOPLE_PAGE_COUNT 50
/* Whom somebody has blocked, or muted; as follow_following(). */
enum err MUST_CHECK people_shielded(struct service *s, struct arena *a, int64_t user_id, bool muted,
				    int64_t before_id, size_t limit, struct user_list *out);
/*
 * Who follows somebody, or whom they follow; with a text, those alone whose name, or a word of
 * whose display name, begins with it in any case. Looks at PEOPLE_LOOK_MAX at most and says in
 * *next_id where to go on, where list.more.
 */
#define PEOPLE_LOOK_MAX	  4000
#define PEOPLE_LOOK_COUNT 200 /* at a time */
#define PEOPLE_LOOK_BYTES (1 << 20)
enum err MUST_CHECK people_find(struct service *s, struct arena *a, bool followers, int64_t user_id,
				struct str text, int64_t before_id, size_t limit,
				struct user_list *out, int64_t *next_id);
/* Whom `viewer` isn't to see (store_unseen_list()). No query for most: see user.selective. */
enum err MUST_CHECK people_unseen(struct service *s, struct arena *a, const struct user *viewer,
				  struct unseen_list *out);

/* What cards of people, and of posts, offer `viewer` (id 0: nothing). A query for all of them, and
 * one more for who is selective. */
enum err MUST_CHECK people_mark(struct service *s, struct arena *a, const struct user *viewer,
				struct user_list *people);
enum err MUST_CHECK people_mark_posts(struct service *s, struct arena *a, const struct user *viewer,
				      struct post_list *posts);
/* Whom they might follow, marked; see store_suggestions(). */
#define PEOPLE_SUGGESTED_COUNT 8
enum err MUST_CHECK people_suggestions(struct service *s, struct arena *a,
				       const struct user *viewer, struct user_list *out);

/*
 * Timelines and other lists without those whom the viewer isn't to see; a viewer with id 0 sees
 * everybody. A page is as long as any other; a reader
 * who hides much pays with more reads, PEOPLE_READS_MAX at most, after which a page may be short.
 */
#define PEOPLE_READS_MAX 40
/* A list of posts that is read by cursor; people_sift() reads it. */
struct people_source {
	enum err (*read)(const struct people_source *from, struct cursor at, size_t limit,
			 struct arena *a, struct post_list *out);
	struct store *store;
	int64_t home_of; /* what read() needs of these */
	struct str tag_key;
	const struct search_match *match;
};
enum err MUST_CHECK people_sift(struct service *s, struct arena *a, const struct user *viewer,
				const struct people_source *from, struct cursor at, size_t limit,
				struct post_list *out);
enum err MUST_CHECK people_timeline_home(struct service *s, struct arena *a,
					 const struct user *viewer, struct cursor at, size_t limit,
					 struct post_list *out);
enum err MUST_CHECK people_timeline_public(struct service *s, struct arena *a,
					   const struct user *viewer, struct cursor at,
					   size_t limit, struct post_list *out);

#endif
