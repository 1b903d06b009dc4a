#include "guard.h"

#include "base/clock.h"
#include "base/log.h"
#include "http/accept_language.h"
#include "http/cookie.h"
#include "metrics/metrics.h"
#include "request_log.h"
#include "service/account.h"
#include "store/budget.h"
#include "web/language.h"
#include "web/page.h"

/* ---- what is the same for the three listeners ---------------------------------------------- */

static const char *const method_names[HTTP_METHOD_COUNT] = {
	[HTTP_GET] = "GET",	    [HTTP_HEAD] = "HEAD",     [HTTP_POST] = "POST",
	[HTTP_PUT] = "PUT",	    [HTTP_DELETE] = "DELETE", [HTTP_PATCH] = "PATCH",
	[HTTP_OPTIONS] = "OPTIONS", [HTTP_OTHER] = "OTHER",
};

/* Each row begins with a struct route, whichever table it lies in. */
static const char *route_label(const struct http_request *req)
{
	const struct route *route = req ? req->route : NULL;

	return route ? route->pattern : NULL;
}

/* What this thread logs and asks from here on is about this request. */
static void request_begin(const struct http_request *req)
{
	log_request_set(req->id);
	log_cause_clear();
	budget_begin();
}

static void request_end(const struct http_request *req, struct http_response *res)
{
	budget_end();
	if (res->status >= 500)
		res->cause = arena_str(req->arena, log_cause());
	log_request_set((struct str){NULL, 0});
	lang_set(LANG_EN);
}

/* An answer that is out: into metrics and log. `user`: who was signed in. */
static void count(enum metrics_service service, const struct http_request *req,
		  const struct http_response *res, struct str user, size_t sent_bytes,
		  int64_t duration_us)
{
	const char *label = route_label(req);
	const char *method = req ? method_names[req->method] : "OTHER";

	metrics_request(&(struct metrics_answer){
		.service = service,
		.route = label,
		.method = method,
		.status = res->status,
		.duration_us = duration_us,
		.received_bytes = req ? req->received_bytes : 0,
		.sent_bytes = sent_bytes,
	});
	request_log(&(struct request_log_entry){
		.service = service,
		.req = req,
		.res = res,
		.user = user,
		.method = method,
		.route = label,
		.sent_bytes = sent_bytes,
		.duration_us = duration_us,
	});
}

/* The row, or NULL with *allowed naming the methods that the path has (0: there is no such path).
 */
static const void *match(const void *rows, size_t row_count, size_t stride,
			 struct http_request *req, unsigned *allowed)
{
	const struct router router = {rows, row_count, stride};

	*allowed = 0;
	return router_match(&router, req, allowed) == ROUTER_FOUND ? req->route : NULL;
}

/* The methods that a path has, where it has any (RFC 9110 §15.5.6). */
static void add_allow(struct http_response *res, unsigned allowed)
{
	struct buf text = BUF_INIT(128);

	router_allow(allowed, &text);
	if (allowed)
		http_response_header(res, "Allow", buf_str(&text));
	buf_release(&text);
}

/* Reads of an embedded store take microseconds; any other store may make a handler wait. */
static enum http_lane lane_for(const struct service *service, enum http_lane lane)
{
	return lane == HTTP_LANE_INLINE && !store_is_embedded(service->store) ? HTTP_LANE_POOL
									      : lane;
}

/* ---- the pages ----------------------------------------------------------------------------- */

/* What the checks found out; handlers see the viewer, through req->context. */
struct web_context {
	struct viewer viewer;
	bool touch; /* the session was not noted as used for long: write that */
};

static bool is_same_host(struct str url, struct str host)
{
	ptrdiff_t scheme = str_index(url, ':');
	struct str rest = str_sub(url, scheme < 0 ? url.len : (size_t)scheme + 1, url.len),
		   authority;

	if (!str_starts_with(rest, STR("//")))
		return false;
	rest = str_sub(rest, 2, rest.len);
	return str_cut(&rest, '/', &authority) && str_eq_nocase(authority, host);
}

bool guard_is_cross_site(const struct http_request *req)
{
	struct str site = http_header_find(req, "Sec-Fetch-Site");
	struct str from = http_header_find(req, "Origin");

	if (site.ptr)
		return !str_eq(site, STR("same-origin")) && !str_eq(site, STR("none"));
	if (!from.ptr)
		from = http_header_find(req, "Referer");
	return from.ptr && !is_same_host(from, http_header_find(req, "Host"));
}

/* Leaves req->context NULL on failure, so that a later call tries again. */
static enum err load_viewer(struct web *web, struct http_request *req)
{
	struct web_context *ctx = arena_alloc(req->arena, sizeof(*ctx));
	struct str token = cookie_find(req, WEB_SESSION_COOKIE);
	enum err e = ERR_NOT_FOUND;

	if (!ctx)
		return ERR_TOO_LARGE;
	if (token.len)
		e = account_session(web->service, req->arena, token, &ctx->viewer.session,
				    &ctx->viewer.user);
	if (e != ERR_OK && e != ERR_NOT_FOUND)
		return e;
	ctx->viewer.signed_in = e == ERR_OK;
	ctx->touch = ctx->viewer.signed_in &&
		     account_session_is_stale(&ctx->viewer.session, clock_now_ms());
	req->context = ctx;
	return ERR_OK;
}

static enum http_lane web_classify(void *user, struct http_request *req)
{
	struct web *web = user;
	unsigned allowed;
	const struct web_route *row = match(web_routes, web_route_count, sizeof(web_routes[0]), req,
					    &allowed);
	enum http_lane lane = row ? lane_for(web->service, row->lane) : HTTP_LANE_INLINE;

	/* A session that has to be noted as used is written, so the loop is no place for it. */
	if (row && lane == HTTP_LANE_INLINE && row->flags & (ROUTE_VIEWER | ROUTE_USER) &&
	    load_viewer(web, req) == ERR_OK && ((struct web_context *)req->context)->touch)
		lane = HTTP_LANE_POOL;
	return lane;
}

/* The sign-in goes on a new lease where it is due; that it fails is no reason to fail the page. */
static void touch_session(struct web *web, struct http_request *req, struct http_response *res)
{
	struct web_context *ctx = req->context;

	if (!ctx->touch)
		return;
	if (account_session_touch(web->service, &ctx->viewer.session) != ERR_OK)
		return;
	cookie_set(req, res, WEB_SESSION_COOKIE, cookie_find(req, WEB_SESSION_COOKIE),
		   web->service->session_max_ms / 1000);
}

/* False after answering: who isn't signed in is asked to, others are told that it isn't theirs. */
static bool let_in(struct web *web, struct http_request *req, struct http_response *res,
		   bool moderators)
{
	const struct viewer *viewer = &((struct web_context *)req->context)->viewer;

	if (viewer->signed_in &&
	    (viewer->user.role == USER_ADMIN || (moderators && user_is_staff(&viewer->user))))
		return true;
	if (viewer->signed_in)
		page_error(web, req, res, 403);
	else
		page_redirect(res, STR("/login"));
	return false;
}

static void web_answer(void *user, struct http_request *req, struct http_response *res)
{
	struct web *web = user;
	const struct web_route *row = req->route;
	unsigned allowed = 0;
	enum err e = ERR_OK;

	if (!row) {
		match(web_routes, web_route_count, sizeof(web_routes[0]), req, &allowed);
		page_error(web, req, res, allowed ? 405 : 404);
		add_allow(res, allowed);
		return;
	}
	/* HEAD is safe by definition (RFC 9110 §9.2.1), so where GET changes something it isn't
	 * one. */
	if (row->flags & ROUTE_CHANGES && req->method == HTTP_HEAD) {
		page_error(web, req, res, 405);
		add_allow(res, row->route.methods);
		return;
	}
	if (row->flags & ROUTE_CHANGES && guard_is_cross_site(req)) {
		page_error(web, req, res, 403);
		return;
	}
	if (row->flags & (ROUTE_VIEWER | ROUTE_USER) && !req->context)
		e = load_viewer(web, req);
	lang_set(language_of(req)); /* now that it may be known who asks */
	if (e != ERR_OK) {
		page_error_of(web, req, res, e);
		return;
	}
	if (row->flags & ROUTE_USER && !((struct web_context *)req->context)->viewer.signed_in) {
		page_error(web, req, res, 401);
		return;
	}
	if (row->flags & (ROUTE_ADMIN | ROUTE_STAFF) &&
	    !let_in(web, req, res, row->flags & ROUTE_STAFF))
		return;
	if (req->context)
		touch_session(web, req, res);
	row->handler(web, req, res);
}

static void web_handle(void *user, struct http_request *req, struct http_response *res)
{
	request_begin(req);
	lang_set(language_of(req));
	web_answer(user, req, res);
	request_end(req, res);
}

static void web_refuse(void *user, struct http_request *req, struct http_response *res, int status)
{
	lang_set(req ? language_of(req) : LANG_EN);
	page_error(user, req, res, status);
	lang_set(LANG_EN);
}

static void web_answered(void *user, const struct http_request *req,
			 const struct http_response *res, size_t sent_bytes, int64_t duration_us)
{
	const struct web_context *ctx = req ? req->context : NULL;
	struct str name = {NULL, 0};

	(void)user;
	if (ctx && ctx->viewer.signed_in)
		name = ctx->viewer.user.name;
	count(METRICS_FRONTEND, req, res, name, sent_bytes, duration_us);
}

void guard_web(struct http_listener *listener, struct web *web)
{
	*listener = (struct http_listener){
		.name = "web",
		.address = listener->address,
		.user = web,
		.classify = web_classify,
		.handle = web_handle,
		.refuse = web_refuse,
		.answered = web_answered,
	};
}

/* ---- the simulator API --------------------------------------------------------------------- */

static enum http_lane api_classify(void *user, struct http_request *req)
{
	struct api *api = user;
	unsigned allowed;
	const struct api_route *row = match(api_routes, api_route_count, sizeof(api_routes[0]), req,
					    &allowed);

	return lane_for(api->service, row ? row->lane : HTTP_LANE_INLINE);
}

/* The contract's order: `latest` first, whatever comes of the request; then authorization. */
static void api_answer(void *user, struct http_request *req, struct http_response *res)
{
	struct api *api = user;
	const struct api_route *row = req->route;
	unsigned allowed;

	api_record_latest(api, req);
	if (!row) {
		match(api_routes, api_route_count, sizeof(api_routes[0]), req, &allowed);
		api_error(res, allowed ? 405 : 404, NULL);
		add_allow(res, allowed);
		return;
	}
	if (row->flags & ROUTE_AUTH && !api_authorized(api, req)) {
		api_error(res, 403, "You are not authorized to use this resource!");
		return;
	}
	if (row->flags & ROUTE_AUTH)
		req->context = api; /* the log names who it was */
	row->handler(api, req, res);
}

static void api_handle(void *user, struct http_request *req, struct http_response *res)
{
	request_begin(req);
	api_answer(user, req, res);
	request_end(req, res);
}

static void api_refuse(void *user, struct http_request *req, struct http_response *res, int status)
{
	(void)user;
	(void)req;
	api_error(res, status, NULL);
}

static void api_answered(void *user, const struct http_request *req,
			 const struct http_response *res, size_t sent_bytes, int64_t duration_us)
{
	const struct api *api = user;
	bool authorized = req && req->context;

	count(METRICS_BACKEND, req, res,
	      authorized ? api->authorization_name : (struct str){NULL, 0}, sent_bytes,
	      duration_us);
}

void guard_api(struct http_listener *listener, struct api *api)
{
	*listener = (struct http_listener){
		.name = "api",
		.address = listener->address,
		.user = api,
		.classify = api_classify,
		.handle = api_handle,
		.refuse = api_refuse,
		.answered = api_answered,
	};
}

/* ---- the operator -------------------------------------------------------------------------- */

static enum http_lane admin_classify(void *user, struct http_request *req)
{
	unsigned allowed;
	const struct admin_route *row = match(admin_routes, admin_route_count,
					      sizeof(admin_routes[0]), req, &allowed);

	(void)user;
	return row ? row->lane : HTTP_LANE_INLINE;
}

static void admin_answer(void *user, struct http_request *req, struct http_response *res)
{
	const struct admin_route *row = req->route;
	unsigned allowed;

	if (row) {
		row->handler(user, req, res);
		return;
	}
	match(admin_routes, admin_route_count, sizeof(admin_routes[0]), req, &allowed);
	admin_error(res, allowed ? 405 : 404);
	add_allow(res, allowed);
}

static void admin_handle(void *user, struct http_request *req, struct http_response *res)
{
	request_begin(req);
	lang_set(accept_language(req)); /* here is nobody who could have chosen one */
	admin_answer(user, req, res);
	request_end(req, res);
}

static void admin_refuse(void *user, struct http_request *req, struct http_response *res,
			 int status)
{
	(void)user;
	(void)req;
	admin_error(res, status);
}

static void admin_answered(void *user, const struct http_request *req,
			   const struct http_response *res, size_t sent_bytes, int64_t duration_us)
{
	(void)user;
	count(METRICS_ADMIN, req, res, (struct str){NULL, 0}, sent_bytes, duration_us);
}

void guard_admin(struct http_listener *listener, struct admin *admin)
{
	*listener = (struct http_listener){
		.name = "admin",
		.address = listener->address,
		.user = admin,
		.classify = admin_classify,
		.handle = admin_handle,
		.refuse = admin_refuse,
		.answered = admin_answered,
	};
}
