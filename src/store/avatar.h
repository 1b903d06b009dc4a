/*
 * store/avatar.h: pictures that people uploaded, in two sizes. The promises of store.h hold.
 *
 * A picture is named by a number made of its content. It stands in user.avatar and in each post's
 * row (post.author_avatar), so that a page knows the address without asking, and what lies at an
 * address never changes.
 */
#ifndef KINGLET_STORE_AVATAR_H
#define KINGLET_STORE_AVATAR_H

#include "store/store.h"

struct avatar_new {
	int64_t user_id;
	int64_t hash;		 /* above 0 */
	struct str small, large; /* bytes, WebP */
	int64_t now_ms;
};

/* An engine's side of these operations; see engine.h. */
struct avatar_ops {
	enum err (*set)(struct store *s, const struct avatar_new *avatar);
	enum err (*remove)(struct store *s, int64_t user_id);
	enum err (*get)(struct store *s, int64_t hash, bool large, struct arena *a,
			struct str *out);
};

/* Replaces what there was; the new one holds at once on every page. ERR_NOT_FOUND. */
enum err MUST_CHECK store_avatar_set(struct store *s, const struct avatar_new *avatar);
/* ERR_OK also where there was none; ERR_NOT_FOUND: there is no such person. */
enum err MUST_CHECK store_avatar_delete(struct store *s, int64_t user_id);
/*
 * The bytes of a picture that somebody has whose posts may be seen (user_state_hides()). One query.
 * ERR_NOT_FOUND.
 */
enum err MUST_CHECK store_avatar_get(struct store *s, int64_t hash, bool large, struct arena *a,
				     struct str *out);

#endif
