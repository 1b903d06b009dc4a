/*
 * moderation.h: who may take part, and what administrators and moderators keep, as typed operations
 * of the store. The promises are those of store.h.
 */
#ifndef KINGLET_STORE_MODERATION_H
#define KINGLET_STORE_MODERATION_H

#include "store/store.h"

/* ---- whether somebody may take part ---------------------------------------------------------- */

struct user_standing {
	enum user_state state;
	int64_t since_ms;
	int64_t until_ms;  /* when a deletion is due; 0: open */
	struct str reason; /* for the person to read */
};

/*
 * ERR_NOT_FOUND. All at once: whoever is not active any more has no sessions and can't begin one or
 * write a post; the posts of a suspended or leaving person are flagged, and shown again afterwards
 * but for those that a moderator had flagged. Takes as long as there are posts of this person.
 */
enum err MUST_CHECK store_user_state_set(struct store *s, int64_t user_id,
					 const struct user_standing *standing);
/* ERR_NOT_FOUND. Of an active person all else is 0 and empty. */
enum err MUST_CHECK store_user_state_get(struct store *s, int64_t user_id, struct arena *a,
					 struct user_standing *out);
/* Those in a state other than active, oldest account first, after `after_id` (0: from the start).
 */
enum err MUST_CHECK store_user_state_list(struct store *s, enum user_state state, int64_t after_id,
					  size_t limit, struct arena *a, struct user_list *out);

/* ---- settings that change while nodes run ---------------------------------------------------- */

struct setting {
	struct str name, value;
};
struct setting_list {
	struct setting *items;
	size_t count;
};
/* All that were set, by name. */
enum err MUST_CHECK store_setting_list(struct store *s, struct arena *a, struct setting_list *out);
/* Sets one; value.ptr NULL takes it back. Kept pages are stale afterwards. */
enum err MUST_CHECK store_setting_put(struct store *s, struct str name, struct str value,
				      int64_t now_ms);

/* ---- what an engine has to bring ------------------------------------------------------------- */

struct moderation_ops {
	enum err (*state_set)(struct store *s, int64_t user_id,
			      const struct user_standing *standing);
	enum err (*state_get)(struct store *s, int64_t user_id, struct arena *a,
			      struct user_standing *out);
	enum err (*state_list)(struct store *s, enum user_state state, int64_t after_id,
			       size_t limit, struct arena *a, struct user_list *out);
	enum err (*setting_list)(struct store *s, struct arena *a, struct setting_list *out);
	enum err (*setting_put)(struct store *s, struct str name, struct str value, int64_t now_ms);
};

#endif
