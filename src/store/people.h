/*
 * store/people.h: how people present themselves, and whom they don't want to see. The promises of
 * store.h hold.
 */
#ifndef KINGLET_STORE_PEOPLE_H
#define KINGLET_STORE_PEOPLE_H

#include "model/unseen.h"
#include "store/store.h"

/* What only a person's page shows of them. */
struct profile {
	struct str bio, link; /* link: http(s), or empty */
};
struct profile_new {
	int64_t user_id;
	struct str display; /* empty: none */
	struct str bio, link;
};

/* An engine's side of these operations; see engine.h. */
struct people_ops {
	enum err (*block_set)(struct store *s, int64_t user_id, int64_t other_id, bool blocked);
	enum err (*mute_set)(struct store *s, int64_t user_id, int64_t other_id, bool muted);
	/* Unsorted; one person may come several times. */
	enum err (*unseen_list)(struct store *s, int64_t viewer_id, struct arena *a,
				struct unseen_list *out);
	enum err (*block_list)(struct store *s, int64_t user_id, int64_t before_id, size_t limit,
			       struct arena *a, struct user_list *out);
	enum err (*mute_list)(struct store *s, int64_t user_id, int64_t before_id, size_t limit,
			      struct arena *a, struct user_list *out);
	enum err (*suggestions)(struct store *s, int64_t user_id, size_t limit, struct arena *a,
				struct user_list *out);
	enum err (*follow_marks)(struct store *s, int64_t follower_id, const int64_t *ids,
				 size_t count, bool *out);
	enum err (*profile_set)(struct store *s, const struct profile_new *profile);
	enum err (*profile_get)(struct store *s, int64_t user_id, struct arena *a,
				struct profile *out);
};

/*
 * Blocks somebody, or no longer. A block ends follows both ways, and while it is there neither may
 * follow the other (store_follow_create(): ERR_DENIED). ERR_OK also where nothing changes;
 * ERR_NOT_FOUND, for `blocked`, where either is unknown; ERR_INVALID where it is the same person.
 */
enum err MUST_CHECK store_block_set(struct store *s, int64_t user_id, int64_t other_id,
				    bool blocked);
/* The same of muting, which leaves follows as they are. */
enum err MUST_CHECK store_mute_set(struct store *s, int64_t user_id, int64_t other_id, bool muted);
/*
 * Whom a viewer isn't to see: the one operation that whatever shows posts or people asks. Three
 * index ranges; not to be asked where user.selective is false, for then it is empty.
 */
enum err MUST_CHECK store_unseen_list(struct store *s, int64_t viewer_id, struct arena *a,
				      struct unseen_list *out);
/* Why the viewer isn't to see that person; 0: nothing speaks against it. No query. */
int unseen_find(const struct unseen_list *list, int64_t user_id);
/* Whom `user_id` has blocked, or muted; as store_following_list(). */
enum err MUST_CHECK store_block_list(struct store *s, int64_t user_id, int64_t before_id,
				     size_t limit, struct arena *a, struct user_list *out);
enum err MUST_CHECK store_mute_list(struct store *s, int64_t user_id, int64_t before_id,
				    size_t limit, struct arena *a, struct user_list *out);

/*
 * Whom somebody might follow: people who may take part, whom they neither follow nor don't see, and
 * not themselves. Those whom most of the people that they follow follow come first, then those with
 * the most followers. Looked for among whom the 100 last joined of those follow, 5,000 at most, and
 * among the authors of the 500 newest posts, so it costs the same in a large community.
 */
enum err MUST_CHECK store_suggestions(struct store *s, int64_t user_id, size_t limit,
				      struct arena *a, struct user_list *out);
/* For each of up to STORE_LIST_MAX ids: does `follower_id` follow that person? One query for all.
 */
enum err MUST_CHECK store_follow_marks(struct store *s, int64_t follower_id, const int64_t *ids,
				       size_t count, bool *out);

/* A new display name holds at once on every page. ERR_NOT_FOUND. */
enum err MUST_CHECK store_profile_set(struct store *s, const struct profile_new *profile);
/* Empty texts where nothing was written, and for a person who is unknown. */
enum err MUST_CHECK store_profile_get(struct store *s, int64_t user_id, struct arena *a,
				      struct profile *out);

#endif
