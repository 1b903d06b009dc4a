/*
 * page.h: what the handlers of pages share: the frame, the flash, redirects, sending.
 *
 * A handler begins with page_view_init(), fills in its view, renders a template into res->body and
 * ends with page_send().
 */
#ifndef KINGLET_WEB_PAGE_H
#define KINGLET_WEB_PAGE_H

#include "http/form.h"
#include "metrics/metrics.h"
#include "service/instance.h"
#include "web/view.h"
#include "web/web.h"

/* Messages that the next page shows once. X(constant, code in the cookie, text; %s: a name) */
#define FLASH_TABLE(X)                                                                          \
	X(FLASH_REGISTERED, "registered", "You were successfully registered and can login now") \
	X(FLASH_SIGNED_IN, "in", "You were logged in")                                          \
	X(FLASH_SIGNED_OUT, "out", "You were logged out")                                       \
	X(FLASH_RECORDED, "recorded", "Your message was recorded")                              \
	X(FLASH_FOLLOWING, "follow", "You are now following \"%s\"")                            \
	X(FLASH_UNFOLLOWED, "unfollow", "You are no longer following \"%s\"")                   \
	X(FLASH_BLOCKED, "block", "You have blocked \"%s\"")                                    \
	X(FLASH_UNBLOCKED, "unblock", "You no longer block \"%s\"")                             \
	X(FLASH_MUTED, "mute", "You have muted \"%s\"")                                         \
	X(FLASH_UNMUTED, "unmute", "You no longer mute \"%s\"")                                 \
	X(FLASH_INSTANCE, "instance", "The settings were saved")                                \
	X(FLASH_WAITING, "waiting",                                                             \
	  "Thank you. A moderator will look at it; then you can sign in")                       \
	X(FLASH_REPORTED, "reported", "Thank you. A moderator will look at it")                 \
	X(FLASH_DELETED, "deleted", "The message was deleted")                                  \
	X(FLASH_LANGUAGE, "language", "Your language was changed")                              \
	X(FLASH_EMAIL, "email", "Your e-mail address was changed")                              \
	X(FLASH_CONFIRM, "confirm", "A mail with a link is on its way to you")                  \
	X(FLASH_NAME, "name", "Your username was changed")                                      \
	X(FLASH_PROFILE, "profile", "Your profile was changed")                                 \
	X(FLASH_SECOND_FACTOR_OFF, "code-off", "Signing in asks for no code any more")          \
	X(FLASH_LEFT, "left", "Your account is hidden, and will be deleted")                    \
	X(FLASH_SESSION_ENDED, "out-there", "You were logged out there")                        \
	X(FLASH_NOTICES, "notices", "Your choices were saved")                                  \
	X(FLASH_PASSWORD, "password", "Your password was changed")                              \
	X(FLASH_SIGNED_OUT_ALL, "out-all", "You were logged out everywhere")

enum flash {
#define FLASH_X(name, code, text) name,
	FLASH_TABLE(FLASH_X)
#undef FLASH_X
		FLASH_COUNT
};

/* Names the message in a cookie for the next page. `name` is empty where the text has none. */
void flash_set(const struct http_request *req, struct http_response *res, enum flash flash,
	       struct str name);
/* The text of the message that the request brings, and takes the cookie back; empty: none. */
struct str flash_take(const struct http_request *req, struct http_response *res);
/* Does the request bring that one? Ask before it is taken. */
bool flash_is(const struct http_request *req, enum flash flash);
/* Does the request bring a flash cookie? */
bool flash_present(const struct http_request *req);

/* Who looks; nobody where the route doesn't ask. */
const struct viewer *page_viewer(const struct http_request *req);
/*
 * Fills in what every page shows: site, base, viewer, time. Takes the flash. `path` is the
 * canonical one, percent-encoded; empty for pages that search engines have no use for.
 */
void page_view_init(struct web *w, const struct http_request *req, struct http_response *res,
		    struct page_view *view, struct str title, struct str path);
/* As page_view_init(), but for a page that everybody sees alike: takes no flash, knows no viewer,
 * and names no host but the configured one. */
void page_view_init_shared(struct web *w, struct page_view *view, struct str title,
			   struct str path);
/* Has the reader sent the present announcement away? Then the page isn't the one that all others
 * see. */
bool page_announcement_is_dismissed(const struct web *w, const struct http_request *req);
/* Where the form was: a page of this site, or the start. Never elsewhere, whatever the Referer
 * says. */
struct str page_before(const struct http_request *req);
/* What waits for moderators, for the navigation of their pages. Asks the store. */
void page_view_count(struct web *w, struct page_view *view);
/*
 * "https://example.org": the configured one, else what the request came to. Empty where its Host
 * can't stand in an address.
 */
struct str page_base(const struct web *w, const struct http_request *req);
/* Room for a page in res->body, so that it grows once. */
void page_reserve(struct http_response *res);
/* Content type and security headers; an error page where the body didn't fit. */
void page_send(struct web *w, const struct http_request *req, struct http_response *res);
/* 302 to a path of this site, percent-encoded. */
void page_redirect(struct http_response *res, struct str location);
/* "/tag/KEY", the same. */
struct str page_tag_path(struct arena *a, struct str key);
/*
 * For a page of a person who was not found by that name: 301 to `rest` (empty, "/followers", …) of
 * who was called so before. False, and nothing done, where nobody was.
 */
bool page_redirect_renamed(struct web *w, const struct http_request *req, struct http_response *res,
			   struct str name, const char *rest);
/*
 * For what a request does to a person whom it may call by the name they had before: the name that
 * they have. ERR_NOT_FOUND. A query, or two for an old name.
 */
enum err MUST_CHECK page_present_name(struct web *w, const struct http_request *req,
				      struct str *name);
/* "/NAME", percent-encoded, in the arena. */
struct str page_user_path(struct arena *a, struct str name);
/*
 * The fields of the request's body. False after answering with an error page.
 */
bool page_form(struct web *w, const struct http_request *req, struct http_response *res,
	       struct form *form);
/* `before` and `after` of the query. False after answering with an error page. */
bool page_cursor(struct web *w, const struct http_request *req, struct http_response *res,
		 struct cursor *out);
/*
 * Takes one from the throttle (NULL: unlimited). False after answering 429 with Retry-After, which
 * is counted as `limited`.
 */
bool page_allow(struct web *w, const struct http_request *req, struct http_response *res,
		struct throttle *throttle, struct str key, enum metrics_event limited);
/*
 * Whom attempts are counted for: a client's address, but of IPv6 the network, since a client may
 * use any of its 2^64 addresses (RFC 4291 §2.5.1).
 */
struct str page_origin(const struct http_request *req);
/* 429 with Retry-After. */
void page_too_many(struct web *w, const struct http_request *req, struct http_response *res,
		   int64_t retry_s);
/* Security headers, the same for all pages, and the type. */
void page_headers(const struct web *w, struct http_response *res);
/* A new name for the attempt that a form makes, see struct post_new. In the arena. */
struct str page_attempt_key(struct arena *a);
/* A post with its thread, and a form that says what is wrong with an answer to it. */
void page_post_with(struct web *w, struct http_request *req, struct http_response *res, int64_t id,
		    const struct compose_view *compose);
/*
 * Settings that ask for the password or a code: whoever sits at an unlocked screen shall not guess.
 * False after answering 429; page_settings_failed() counts a failure.
 */
bool page_settings_may_try(struct web *w, struct http_request *req, struct http_response *res);
void page_settings_failed(struct web *w, const struct http_request *req);
/* The home timeline, with a form that says what is wrong with a post. */
void page_home_with(struct web *w, struct http_request *req, struct http_response *res,
		    const struct compose_view *compose);

#endif
