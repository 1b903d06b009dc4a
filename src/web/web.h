/*
 * web.h: the pages. Each page_*.c holds the handlers of one page; a handler parses, calls service/,
 * maps the error, renders a template.
 */
#ifndef KINGLET_WEB_WEB_H
#define KINGLET_WEB_WEB_H

#include "http/http.h"
#include "auth/throttle.h"
#include "service/service.h"
#include "service/viewer.h"

struct health;
struct live;
struct page_cache;

struct web_config {
	struct str base_url; /* "https://example.org", no slash at the end; empty: from Host */
	bool gravatar;	     /* off: avatars are Kinglet's own */
};

struct web {
	struct service *service;
	struct health *health;
	struct web_config config;
	struct page_cache *cache;	   /* rendered pages that are the same for everybody */
	struct live *live;		   /* who is told of what is new */
	struct throttle *sign_in_failures; /* by address and name */
	struct throttle *sign_in_origins;  /* failures by address, whatever the name */
	struct throttle *registrations;	   /* by address */
	struct throttle *resets;	   /* by address; by whom they are for */
	struct throttle *posts;		   /* by user */
};

/* Holds the token of a session: set at sign-in, read by guard.c, prolonged there. */
#define WEB_SESSION_COOKIE "kinglet_session"
/* Holds the token of a sign-in whose second step is due. */
#define WEB_CODE_COOKIE "kinglet_code"
/* Names the announcement that its reader has dismissed. */
#define WEB_ANNOUNCEMENT_COOKIE "kinglet_announcement"

/* Reads struct viewer from req->context, which is NULL on a route that doesn't ask who looks. */
typedef void web_handler(struct web *w, struct http_request *req, struct http_response *res);

web_handler page_welcome, page_settings_profile, page_change_profile, page_settings_blocks;
web_handler page_block, page_unblock, page_mute, page_unmute;
web_handler page_report_form, page_report, page_reports, page_report_act, page_staff_people,
	page_person, page_person_act, page_audit, page_warnings, page_warnings_read;
web_handler page_events;
web_handler page_instance, page_instance_save, page_announcement, page_rules;
web_handler page_approvals, page_approval_act, page_invitations, page_invitation_act;
web_handler page_home, page_public, page_user, page_followers, page_following, page_post,
	page_login_form, page_login, page_register_form, page_register, page_logout,
	page_add_message, page_like, page_unlike, page_follow, page_unfollow, page_delete_post,
	page_delete_post_form, page_settings, page_settings_sessions, page_change_email,
	page_end_session, page_change_password, page_sign_out_everywhere, page_avatar, page_static,
	page_favicon, page_robots, page_about, page_healthz, page_public_feed, page_user_feed,
	page_manifest, page_worker, page_offline, page_share, page_language, page_language_settings,
	page_change_language;
web_handler page_search, page_tag, page_tag_feed, page_complete;
web_handler page_settings_security, page_second_factor_begin, page_second_factor_confirm,
	page_second_factor_renew, page_second_factor_end, page_login_code_form, page_login_code,
	page_reset_form, page_reset, page_reset_ask, page_confirm_form, page_confirm,
	page_ask_confirm, page_change_name;
web_handler page_settings_data, page_leave;
web_handler page_notices, page_notices_read, page_notice_settings, page_change_notices;

/*
 * A whole page that says what went wrong: 400, 401, 403, 404, 405, 408, 413, 414, 417, 429, 431,
 * 500, 501, 503, 505. `req` may be NULL, and so may req->context (anonymous, then). Never fails:
 * falls back to a line of plain text.
 */
void page_error(struct web *w, const struct http_request *req, struct http_response *res,
		int status);
/* page_error() with the status of `e`, which it notes in res->err for the log. */
void page_error_of(struct web *w, const struct http_request *req, struct http_response *res,
		   enum err e);

#endif
