#include "routes.h"

/* clang-format off */

#define GET  HTTP_BIT(HTTP_GET)
#define POST HTTP_BIT(HTTP_POST)

#define LOOP     HTTP_LANE_INLINE
#define POOL     HTTP_LANE_POOL
#define PASSWORD HTTP_LANE_PASSWORD
#define OPERATOR HTTP_LANE_OPERATOR

/*
 * The pages. Two-method rows of the contract (GET or POST /<username>/follow) stay open to GET for
 * old clients; Kinglet's own pages only post. "/:username" catches what no other row has, so that
 * first segments of the others can't be registered (account_reserved_names).
 */
const struct web_route web_routes[] = {
	{{"/", GET},                           LOOP,     ROUTE_VIEWER, page_home},
	{{"/public", GET},                     LOOP,     ROUTE_VIEWER, page_public},
	{{"/public/feed.atom", GET},           LOOP,     ROUTE_PLAIN, page_public_feed},
	{{"/public/feed.json", GET},           LOOP,     ROUTE_PLAIN, page_public_feed},
	{{"/events", GET},                     LOOP,     ROUTE_VIEWER, page_events},
	{{"/login", GET},                      LOOP,     ROUTE_VIEWER, page_login_form},
	{{"/login", POST},                     PASSWORD, ROUTE_VIEWER | ROUTE_CHANGES, page_login},
	{{"/login/code", GET},                 LOOP,     ROUTE_VIEWER, page_login_code_form},
	{{"/login/code", POST},                POOL,     ROUTE_VIEWER | ROUTE_CHANGES, page_login_code},
	{{"/login/reset", GET},                LOOP,     ROUTE_VIEWER, page_reset_form},
	{{"/login/reset", POST},               PASSWORD, ROUTE_VIEWER | ROUTE_CHANGES, page_reset},
	{{"/login/reset/ask", POST},           POOL,     ROUTE_VIEWER | ROUTE_CHANGES, page_reset_ask},
	{{"/login/email", GET},                LOOP,     ROUTE_VIEWER, page_confirm_form},
	{{"/login/email", POST},               POOL,     ROUTE_VIEWER | ROUTE_CHANGES, page_confirm},
	{{"/register", GET},                   LOOP,     ROUTE_VIEWER, page_register_form},
	{{"/register", POST},                  PASSWORD, ROUTE_VIEWER | ROUTE_CHANGES, page_register},
	{{"/logout", GET | POST},              POOL,     ROUTE_VIEWER | ROUTE_CHANGES, page_logout},
	{{"/add_message", POST},               POOL,     ROUTE_USER | ROUTE_CHANGES, page_add_message},
	{{"/post/:id", GET},                   LOOP,     ROUTE_VIEWER, page_post},
	{{"/post/:id/like", POST},             POOL,     ROUTE_USER | ROUTE_CHANGES, page_like},
	{{"/post/:id/unlike", POST},           POOL,     ROUTE_USER | ROUTE_CHANGES, page_unlike},
	{{"/post/:id/delete", GET},            LOOP,     ROUTE_USER, page_delete_post_form},
	{{"/post/:id/delete", POST},           POOL,     ROUTE_USER | ROUTE_CHANGES, page_delete_post},
	{{"/search", GET},                     POOL,     ROUTE_VIEWER, page_search},
	{{"/complete", GET},                   POOL,     ROUTE_USER, page_complete},
	{{"/tag/:name", GET},                  LOOP,     ROUTE_VIEWER, page_tag},
	{{"/tag/:name/feed.atom", GET},        LOOP,     ROUTE_PLAIN, page_tag_feed},
	{{"/tag/:name/feed.json", GET},        LOOP,     ROUTE_PLAIN, page_tag_feed},
	{{"/settings", GET},                   LOOP,     ROUTE_USER, page_settings},
	{{"/settings/sessions", GET},          LOOP,     ROUTE_USER, page_settings_sessions},
	{{"/settings/sessions/end", POST},     POOL,     ROUTE_USER | ROUTE_CHANGES, page_end_session},
	{{"/settings/name", POST},             PASSWORD, ROUTE_USER | ROUTE_CHANGES, page_change_name},
	{{"/settings/security", GET},          LOOP,     ROUTE_USER, page_settings_security},
	{{"/settings/security/begin", POST},   POOL,     ROUTE_USER | ROUTE_CHANGES, page_second_factor_begin},
	{{"/settings/security/confirm", POST}, POOL,     ROUTE_USER | ROUTE_CHANGES, page_second_factor_confirm},
	{{"/settings/security/codes", POST},   POOL,     ROUTE_USER | ROUTE_CHANGES, page_second_factor_renew},
	{{"/settings/security/end", POST},     PASSWORD, ROUTE_USER | ROUTE_CHANGES, page_second_factor_end},
	{{"/settings/data", GET},              LOOP,     ROUTE_USER, page_settings_data},
	{{"/settings/data/delete", POST},      PASSWORD, ROUTE_USER | ROUTE_CHANGES, page_leave},
	{{"/settings/profile", GET},           LOOP,     ROUTE_USER, page_settings_profile},
	{{"/settings/profile", POST},          POOL,     ROUTE_USER | ROUTE_CHANGES, page_change_profile},
	{{"/settings/blocks", GET},            LOOP,     ROUTE_USER, page_settings_blocks},
	{{"/settings/email", POST},            PASSWORD, ROUTE_USER | ROUTE_CHANGES, page_change_email},
	{{"/settings/email/confirm", POST},    POOL,     ROUTE_USER | ROUTE_CHANGES, page_ask_confirm},
	{{"/settings/password", POST},         PASSWORD, ROUTE_USER | ROUTE_CHANGES, page_change_password},
	{{"/settings/sign-out-everywhere", POST}, POOL,  ROUTE_USER | ROUTE_CHANGES, page_sign_out_everywhere},
	{{"/settings/language", GET},          LOOP,     ROUTE_USER, page_language_settings},
	{{"/settings/language", POST},         POOL,     ROUTE_USER | ROUTE_CHANGES, page_change_language},
	{{"/notifications", GET},              LOOP,     ROUTE_USER, page_notices},
	{{"/notifications/read", POST},        POOL,     ROUTE_USER | ROUTE_CHANGES, page_notices_read},
	{{"/settings/notifications", GET},     LOOP,     ROUTE_USER, page_notice_settings},
	{{"/settings/notifications", POST},    POOL,     ROUTE_USER | ROUTE_CHANGES, page_change_notices},
	{{"/welcome", GET},                    LOOP,     ROUTE_USER, page_welcome},
	{{"/about", GET},                      LOOP,     ROUTE_VIEWER, page_about},
	{{"/about/rules", GET},                LOOP,     ROUTE_VIEWER, page_rules},
	{{"/about/announcement", POST},        POOL,     ROUTE_VIEWER | ROUTE_CHANGES, page_announcement},
	{{"/admin/instance", GET},             POOL,     ROUTE_VIEWER | ROUTE_ADMIN, page_instance},
	{{"/admin/instance", POST},            POOL,     ROUTE_VIEWER | ROUTE_ADMIN | ROUTE_CHANGES, page_instance_save},
	{{"/admin/approvals", GET},            POOL,     ROUTE_VIEWER | ROUTE_STAFF, page_approvals},
	{{"/admin/approvals", POST},           POOL,     ROUTE_VIEWER | ROUTE_STAFF | ROUTE_CHANGES, page_approval_act},
	{{"/admin/invitations", GET},          POOL,     ROUTE_VIEWER | ROUTE_STAFF, page_invitations},
	{{"/admin/invitations", POST},         POOL,     ROUTE_VIEWER | ROUTE_STAFF | ROUTE_CHANGES, page_invitation_act},
	{{"/admin", GET},                      POOL,     ROUTE_VIEWER, dashboard_entry},
	{{"/admin/", GET},                     POOL,     ROUTE_VIEWER | ROUTE_ADMIN, dashboard_entry},
	{{"/admin/reports", GET},              POOL,     ROUTE_VIEWER | ROUTE_STAFF, page_reports},
	{{"/admin/reports/:id", POST},         POOL,     ROUTE_VIEWER | ROUTE_STAFF | ROUTE_CHANGES, page_report_act},
	{{"/admin/people", GET},               POOL,     ROUTE_VIEWER | ROUTE_STAFF, page_staff_people},
	{{"/admin/person", GET},               POOL,     ROUTE_VIEWER | ROUTE_STAFF, page_person},
	{{"/admin/person", POST},              POOL,     ROUTE_VIEWER | ROUTE_STAFF | ROUTE_CHANGES, page_person_act},
	{{"/admin/audit", GET},                POOL,     ROUTE_VIEWER | ROUTE_STAFF, page_audit},
	{{"/report", GET},                     POOL,     ROUTE_USER, page_report_form},
	{{"/report", POST},                    POOL,     ROUTE_USER | ROUTE_CHANGES, page_report},
	{{"/warnings", GET},                   POOL,     ROUTE_USER, page_warnings},
	{{"/warnings", POST},                  POOL,     ROUTE_USER | ROUTE_CHANGES, page_warnings_read},
	{{"/admin/business", GET},             POOL,     ROUTE_VIEWER | ROUTE_ADMIN, dashboard_business},
	{{"/admin/infrastructure", GET},       POOL,     ROUTE_VIEWER | ROUTE_ADMIN, dashboard_infrastructure},
	{{"/avatar/:name", GET},               LOOP,     ROUTE_PLAIN, page_avatar},
	{{"/static/*name", GET},               LOOP,     ROUTE_PLAIN, page_static},
	{{"/manifest.webmanifest", GET},       LOOP,     ROUTE_PLAIN, page_manifest},
	{{"/sw.js", GET},                      LOOP,     ROUTE_PLAIN, page_worker},
	{{"/about/offline", GET},              LOOP,     ROUTE_PLAIN, page_offline},
	{{"/language", POST},                  POOL,     ROUTE_VIEWER | ROUTE_CHANGES, page_language},
	{{"/share", GET},                      LOOP,     ROUTE_USER, page_share},
	{{"/favicon.ico", GET},                LOOP,     ROUTE_PLAIN, page_favicon},
	{{"/robots.txt", GET},                 LOOP,     ROUTE_PLAIN, page_robots},
	{{"/healthz", GET},                    LOOP,     ROUTE_PLAIN, page_healthz},
	{{"/:username", GET},                  LOOP,     ROUTE_VIEWER, page_user},
	{{"/:username/follow", GET | POST},    POOL,     ROUTE_USER | ROUTE_CHANGES, page_follow},
	{{"/:username/unfollow", GET | POST},  POOL,     ROUTE_USER | ROUTE_CHANGES, page_unfollow},
	{{"/:username/block", POST},           POOL,     ROUTE_USER | ROUTE_CHANGES, page_block},
	{{"/:username/unblock", POST},         POOL,     ROUTE_USER | ROUTE_CHANGES, page_unblock},
	{{"/:username/mute", POST},            POOL,     ROUTE_USER | ROUTE_CHANGES, page_mute},
	{{"/:username/unmute", POST},          POOL,     ROUTE_USER | ROUTE_CHANGES, page_unmute},
	{{"/:username/feed.atom", GET},        LOOP,     ROUTE_PLAIN, page_user_feed},
	{{"/:username/feed.json", GET},        LOOP,     ROUTE_PLAIN, page_user_feed},
	{{"/:username/followers", GET},        LOOP,     ROUTE_VIEWER, page_followers},
	{{"/:username/following", GET},        LOOP,     ROUTE_VIEWER, page_following},
};
const size_t web_route_count = sizeof(web_routes) / sizeof(web_routes[0]);

const struct api_route api_routes[] = {
	{{"/latest", GET},                     LOOP,     ROUTE_PLAIN, api_latest},
	{{"/register", POST},                  PASSWORD, ROUTE_PLAIN, api_register},
	{{"/msgs", GET},                       LOOP,     ROUTE_AUTH, api_messages},
	{{"/msgs/:username", GET},             LOOP,     ROUTE_AUTH, api_user_messages},
	{{"/msgs/:username", POST},            POOL,     ROUTE_AUTH, api_post_message},
	{{"/fllws/:username", GET},            LOOP,     ROUTE_AUTH, api_follows},
	{{"/fllws/:username", POST},           POOL,     ROUTE_AUTH, api_change_follow},
	{{"/openapi.json", GET},               LOOP,     ROUTE_PLAIN, api_openapi},
	{{"/healthz", GET},                    LOOP,     ROUTE_PLAIN, api_healthz},
};
const size_t api_route_count = sizeof(api_routes) / sizeof(api_routes[0]);

/*
 * The operator's: readiness and metrics ask the store, which may hang, so they stay off the loops. And off the
 * pool: a load balancer that had to wait behind a crowd would take out a node for being busy, then the next.
 */
const struct admin_route admin_routes[] = {
	{{"/", GET},                           LOOP, admin_index},
	{{"/livez", GET},                      LOOP, admin_livez},
	{{"/readyz", GET},                     OPERATOR, admin_readyz},
	{{"/metrics", GET},                    OPERATOR, admin_metrics},
	{{"/admin", GET},                      LOOP, dashboard_admin_entry},
	{{"/admin/", GET},                     LOOP, dashboard_admin_entry},
	{{"/admin/business", GET},             POOL, dashboard_admin_business},
	{{"/admin/infrastructure", GET},       POOL, dashboard_admin_infrastructure},
	{{"/static/*name", GET},               LOOP, dashboard_admin_static},
};
const size_t admin_route_count = sizeof(admin_routes) / sizeof(admin_routes[0]);
