/* user.h: a person of the community, as rows and pages know one. */
#ifndef KINGLET_MODEL_USER_H
#define KINGLET_MODEL_USER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/str.h"

/* A moderator looks after reports and people; an administrator also after the instance and roles.
 */
enum user_role { USER_PERSON = 0, USER_ADMIN = 1, USER_MODERATOR = 2 };

/* Whether somebody may take part. Nobody but who is active can sign in. */
enum user_state {
	USER_ACTIVE = 0,
	USER_SUSPENDED = 1,    /* by a moderator; nothing of theirs is shown */
	USER_PENDING = 2,      /* has registered and waits for approval */
	USER_DELETION_DUE = 3, /* has asked to be deleted; nothing of theirs is shown */
};

/* Are the posts of a person in that state out of sight? */
static inline bool user_state_hides(enum user_state state)
{
	return state == USER_SUSPENDED || state == USER_DELETION_DUE;
}

/* What a card offers to who looks: nothing, to follow that person, or to follow them no longer. */
enum user_tie { TIE_NONE = 0, TIE_FOLLOWABLE, TIE_FOLLOWED };

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
	enum user_state state;
	int64_t avatar;	    /* names the picture they uploaded, see store/avatar.h; 0: none */
	struct str display; /* a name of their choice, shown beside .name; empty: none */
	bool selective;	    /* store_unseen_list() may have something for them */
	enum user_tie tie;  /* filled in by people_mark() alone */
	int64_t warning_id; /* of a moderator, and not acknowledged yet; 0: none */
};

/* More than a person: may see /admin/. */
static inline bool user_is_staff(const struct user *user)
{
	return user->role == USER_ADMIN || user->role == USER_MODERATOR;
}

struct user_list {
	struct user *items;
	size_t count;
	bool more; /* there are further ones after the last */
};

#endif
