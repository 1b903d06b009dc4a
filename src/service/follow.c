#include "service/follow.h"

#include "service/account.h"

static enum err change(struct service *s, struct arena *a, int64_t follower_id, struct str followee,
		       struct user *out, enum err (*operation)(struct store *, int64_t, int64_t))
{
	struct user other;
	enum err e = account_find(s, a, followee, &other);

	if (e == ERR_OK)
		e = operation(s->store, follower_id, other.id);
	if (e == ERR_OK && out)
		*out = other;
	return e;
}

enum err follow_create(struct service *s, struct arena *a, int64_t follower_id, struct str followee,
		       struct user *out)
{
	return change(s, a, follower_id, followee, out, store_follow_create);
}

enum err follow_delete(struct service *s, struct arena *a, int64_t follower_id, struct str followee,
		       struct user *out)
{
	return change(s, a, follower_id, followee, out, store_follow_delete);
}

enum err follow_exists(struct service *s, int64_t follower_id, int64_t followee_id, bool *out)
{
	return store_follow_exists(s->store, follower_id, followee_id, out);
}

enum err follow_following(struct service *s, struct arena *a, int64_t user_id, int64_t before_id,
			  size_t limit, struct user_list *out)
{
	return store_following_list(s->store, user_id, before_id, limit, a, out);
}

enum err follow_followers(struct service *s, struct arena *a, int64_t user_id, int64_t before_id,
			  size_t limit, struct user_list *out)
{
	return store_follower_list(s->store, user_id, before_id, limit, a, out);
}
