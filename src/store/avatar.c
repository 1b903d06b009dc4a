/* avatar.c: passes calls on to the engine, see store.c. */
#include "store/avatar.h"

#include "store/timed.h"

enum err store_avatar_set(struct store *s, const struct avatar_new *avatar)
{
	if (avatar->hash <= 0)
		return ERR_INVALID;
	return TIMED(AVATAR_SET, s, s->engine->avatar->set(s, avatar));
}

enum err store_avatar_delete(struct store *s, int64_t user_id)
{
	return TIMED(AVATAR_DELETE, s, s->engine->avatar->remove(s, user_id));
}

enum err store_avatar_get(struct store *s, int64_t hash, bool large, struct arena *a,
			  struct str *out)
{
	return TIMED(AVATAR_GET, s, s->engine->avatar->get(s, hash, large, a, out));
}
