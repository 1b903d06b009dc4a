#include "service/picture.h"

#include "store/avatar.h"

enum err picture_get(struct service *s, struct arena *a, int64_t avatar, bool large,
		     struct str *out)
{
	return store_avatar_get(s->store, avatar, large, a, out);
}
