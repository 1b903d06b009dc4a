/* moderation.c: passes calls on to the engine, see store.c. */
#include "store/moderation.h"

#include "store/timed.h"

static size_t list_limit(size_t limit)
{
	return limit < STORE_LIST_MAX ? limit : STORE_LIST_MAX;
}

enum err store_user_state_set(struct store *s, int64_t user_id,
			      const struct user_standing *standing)
{
	return TIMED(USER_STATE_SET, s, s->engine->moderation->state_set(s, user_id, standing));
}

enum err store_user_state_get(struct store *s, int64_t user_id, struct arena *a,
			      struct user_standing *out)
{
	return TIMED(USER_STATE_GET, s, s->engine->moderation->state_get(s, user_id, a, out));
}

enum err store_user_state_list(struct store *s, enum user_state state, int64_t after_id,
			       size_t limit, struct arena *a, struct user_list *out)
{
	return TIMED(
		USER_STATE_LIST, s,
		s->engine->moderation->state_list(s, state, after_id, list_limit(limit), a, out));
}

enum err store_setting_list(struct store *s, struct arena *a, struct setting_list *out)
{
	return TIMED(SETTING_LIST, s, s->engine->moderation->setting_list(s, a, out));
}

enum err store_setting_put(struct store *s, struct str name, struct str value, int64_t now_ms)
{
	return TIMED(SETTING_PUT, s, s->engine->moderation->setting_put(s, name, value, now_ms));
}
