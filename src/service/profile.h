/* profile.h: how people present themselves: a display name, a few words, a link. */
#ifndef KINGLET_SERVICE_PROFILE_H
#define KINGLET_SERVICE_PROFILE_H

#include "service/service.h"
#include "store/people.h"

#define PROFILE_DISPLAY_MAX_CHARS 50 /* as a person counts */
#define PROFILE_DISPLAY_MAX_BYTES 400
#define PROFILE_BIO_MAX_CHARS	  300
#define PROFILE_BIO_MAX_BYTES	  4096
#define PROFILE_LINK_MAX_BYTES	  300

/* What is wrong with each field, for people, in the language of this thread; empty: nothing. */
struct profile_problems {
	struct str display, bio, link;
};

/*
 * A display name is one line of visible text, without characters that turn the direction of what
 * stands around it. A bio may have several lines. A link is an http(s) address; one that was typed
 * without a scheme becomes https. Each may be empty. ERR_OK with no problem: it is kept.
 * ERR_NOT_FOUND.
 */
enum err MUST_CHECK profile_save(struct service *s, struct arena *a, int64_t user_id,
				 struct str display, struct str bio, struct str link,
				 struct profile_problems *problems);
enum err MUST_CHECK profile_find(struct service *s, struct arena *a, int64_t user_id,
				 struct profile *out);

/* "Countess (@ada)" for titles and feeds, which have no markup; the name alone where there is no
 * display name. In the arena. */
struct str profile_title(struct arena *a, struct str name, struct str display);

#endif
