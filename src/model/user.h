/* user.h: a person of the community, as rows and pages know one. */
#ifndef KINGLET_MODEL_USER_H
#define KINGLET_MODEL_USER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/str.h"

enum user_role { USER_PERSON = 0, USER_ADMIN = 1 };

struct user {
	int64_t id;	  /* time-ordered, see model/id.h */
	struct str name;  /* as registered: 1 to 50 characters */
	struct str email; /* not unique, never shown to others */
	struct str
		pw_hash; /* a libsodium string, or a classic Werkzeug one until the next sign-in */
	int64_t created_ms;
	enum user_role role;
	struct str language; /* a tag, or empty: what the browser asks for */
	int64_t post_count, follower_count, following_count; /* unflagged posts */
};

struct user_list {
	struct user *items;
	size_t count;
	bool more; /* there are further ones after the last */
};

#endif
