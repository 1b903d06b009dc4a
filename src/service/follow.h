/* follow.h: who follows whom. */
#ifndef KINGLET_SERVICE_FOLLOW_H
#define KINGLET_SERVICE_FOLLOW_H

#include "service/service.h"

#define FOLLOW_PAGE_COUNT 50

/* By name of the other; ERR_NOT_FOUND where there is none. `*out` (may be NULL): the other. */
enum err MUST_CHECK follow_create(struct service *s, struct arena *a, int64_t follower_id,
				  struct str followee, struct user *out);
enum err MUST_CHECK follow_delete(struct service *s, struct arena *a, int64_t follower_id,
				  struct str followee, struct user *out);
enum err MUST_CHECK follow_exists(struct service *s, int64_t follower_id, int64_t followee_id,
				  bool *out);
enum err MUST_CHECK follow_following(struct service *s, struct arena *a, int64_t user_id,
				     int64_t before_id, size_t limit, struct user_list *out);
enum err MUST_CHECK follow_followers(struct service *s, struct arena *a, int64_t user_id,
				     int64_t before_id, size_t limit, struct user_list *out);

#endif
