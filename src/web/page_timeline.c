/* The lists of posts: mine, everybody's, one person's. */
#include "web/page.h"

#include "base/clock.h"
#include "service/account.h"
#include "service/follow.h"
#include "service/mention.h"
#include "service/people.h"
#include "service/post.h"
#include "service/profile.h"
#include "service/timeline.h"
#include "templates/templates.h"
#include "web/page_cache.h"

/* What is the same for everybody who isn't signed in, and asks for the newest, may be kept. */
static bool is_shared(const struct web *w, const struct http_request *req)
{
	return !page_viewer(req)->signed_in && !req->query.len && !flash_present(req) &&
	       !page_announcement_is_dismissed(w, req);
}

/* Of what a kept page was made from: posts and people, and what administrators set. Both only grow.
 */
static uint64_t shared_version(struct web *w)
{
	uint64_t generation = instance_now(w->service)->generation;
	uint64_t version = timeline_version(w->service);

	return version ? version + generation : 0;
}

static void timeline_init(struct timeline_view *v, struct str path, struct cursor at)
{
	v->path = path;
	v->first = at.side == CURSOR_NEWEST;
}

/* ---- my timeline --------------------------------------------------------------------------- */

void page_home_with(struct web *w, struct http_request *req, struct http_response *res,
		    const struct compose_view *compose)
{
	const struct viewer *viewer = page_viewer(req);
	struct timeline_view v = {.compose = *compose};
	struct cursor at;
	enum err e;

	if (!page_cursor(w, req, res, &at))
		return;
	timeline_init(&v, STR("/"), at);
	e = people_timeline_home(w->service, req->arena, &viewer->user, at, POST_PAGE_COUNT,
				 &v.posts);
	if (e == ERR_OK)
		e = post_marks(w->service, viewer->user.id, &v.posts);
	/* Who follows nobody has just arrived, or sees little. */
	v.welcome = v.first && viewer->user.following_count == 0;
	if (e == ERR_OK && v.first && (v.welcome || !v.posts.count))
		e = people_suggestions(w->service, req->arena, &viewer->user, &v.suggested);
	if (e != ERR_OK) {
		page_error_of(w, req, res, e);
		return;
	}
	page_view_init(w, req, res, &v.page, T_STR("My timeline"), (struct str){NULL, 0});
	v.page.description = T_STR("Your messages and those of everybody whom you follow.");
	v.page.place = PLACE_HOME;
	v.page.live = true;
	if (v.first)
		v.live = STR("/events?timeline=home");
	v.compose.shown = v.first || v.compose.error.len;
	v.page.script = v.compose.shown;
	v.compose.key = page_attempt_key(req->arena);
	template_timeline(&res->body, &v);
	page_send(w, req, res);
}

void page_home(struct web *w, struct http_request *req, struct http_response *res)
{
	if (page_viewer(req)->signed_in)
		page_home_with(w, req, res, &(struct compose_view){.shown = true});
	else
		page_redirect(res, STR("/public"));
}

/* ---- everybody's --------------------------------------------------------------------------- */

static const char public_description[] = T_LATER(
	"What everybody writes, newest first: short messages, no algorithm in between.");

static enum err render_public(struct web *w, struct http_request *req, struct http_response *res,
			      struct cursor at, bool shared)
{
	struct timeline_view v = {.posts = {0}};
	enum err e;

	timeline_init(&v, STR("/public"), at);
	if (page_viewer(req)->signed_in)
		e = people_timeline_public(w->service, req->arena, &page_viewer(req)->user, at,
					   POST_PAGE_COUNT, &v.posts);
	else
		e = timeline_public(w->service, req->arena, at, POST_PAGE_COUNT, &v.posts);
	if (e == ERR_OK)
		e = post_marks(w->service, page_viewer(req)->user.id, &v.posts);
	if (e == ERR_OK)
		e = people_mark_posts(w->service, req->arena, &page_viewer(req)->user, &v.posts);
	if (e != ERR_OK)
		return e;
	if (shared)
		page_view_init_shared(w, &v.page, T_STR("Public timeline"), v.path);
	else
		page_view_init(w, req, res, &v.page, T_STR("Public timeline"), v.path);
	page_reserve(res);
	v.page.description = instance_now(w->service)->text[INSTANCE_DESCRIPTION];
	if (!v.page.description.len)
		v.page.description = str_from_c(lang_text(public_description));
	v.page.feed = true;
	v.page.place = PLACE_PUBLIC;
	v.page.live = true;
	if (v.first)
		v.live = STR("/events?timeline=public");
	v.intro = v.first && !v.page.viewer.signed_in;
	template_timeline(&res->body, &v);
	return ERR_OK;
}

void page_public(struct web *w, struct http_request *req, struct http_response *res)
{
	bool shared = is_shared(w, req);
	uint64_t version = shared ? shared_version(w) : 0;
	int64_t now_ms = shared ? clock_now_ms() : 0;
	struct cursor at;
	enum err e;

	if (shared && page_cache_serve(w->cache, req, version, now_ms, res))
		return;
	if (!page_cursor(w, req, res, &at))
		return;
	e = render_public(w, req, res, at, shared);
	if (e != ERR_OK) {
		page_error_of(w, req, res, e);
		return;
	}
	page_send(w, req, res);
	if (shared)
		page_cache_keep(w->cache, req, version, now_ms, res);
}

/* ---- one person's -------------------------------------------------------------------------- */

static enum err load_user(struct web *w, struct http_request *req, struct cursor at,
			  struct user_view *v)
{
	const struct viewer *viewer = page_viewer(req);
	struct unseen_list unseen;
	enum err e = account_find(w->service, req->arena, req->params[0], &v->user);

	if (e != ERR_OK)
		return e;
	/* Who waits for approval isn't here yet. */
	if (v->user.state == USER_PENDING)
		return ERR_NOT_FOUND;
	e = profile_find(w->service, req->arena, v->user.id, &v->profile);
	if (e != ERR_OK)
		return e;
	v->self = viewer->signed_in && viewer->user.id == v->user.id;
	if (viewer->signed_in && !v->self)
		e = follow_exists(w->service, viewer->user.id, v->user.id, &v->following);
	if (e != ERR_OK)
		return e;
	if (viewer->signed_in && !v->self) {
		e = people_unseen(w->service, req->arena, &viewer->user, &unseen);
		if (e != ERR_OK)
			return e;
		v->unseen = unseen_find(&unseen, v->user.id);
		if (v->unseen & UNSEEN_BLOCKED)
			return ERR_OK;
	}
	e = timeline_user(w->service, req->arena, v->user.id, at, POST_PAGE_COUNT,
			  &v->timeline.posts);
	return e == ERR_OK ? post_marks(w->service, viewer->user.id, &v->timeline.posts) : e;
}

static void render_user(struct web *w, struct http_request *req, struct http_response *res,
			struct user_view *v, bool shared)
{
	struct page_view *page = &v->timeline.page;
	struct str title = profile_title(req->arena, v->user.name, v->user.display);

	v->timeline.path = page_user_path(req->arena, v->user.name);
	if (shared)
		page_view_init_shared(w, page, title, v->timeline.path);
	else
		page_view_init(w, req, res, page, title, v->timeline.path);
	page_reserve(res);
	page->description = arena_printf(req->arena, T("Messages by %.*s on %.*s."), STR_ARG(title),
					 STR_ARG(page->site));
	page->og_type = "profile";
	page->feed = true;
	page->live = true;
	if (v->timeline.first)
		v->timeline.live = arena_printf(
			req->arena, "/events?timeline=user:%.*s",
			STR_ARG(str_sub(v->timeline.path, 1, v->timeline.path.len)));
	page->place = v->self ? PLACE_SELF : PLACE_OTHER;
	template_user(&res->body, v);
}

/* "/@Ada_Lovelace", where mentions lead: to the page of whoever that is. */
static void redirect_mention(struct web *w, struct http_request *req, struct http_response *res)
{
	struct user user;
	struct str name = str_sub(req->params[0], 1, req->params[0].len);
	enum err e = mention_find(w->service, req->arena, name, &user);

	if (e == ERR_OK)
		page_redirect(res, page_user_path(req->arena, user.name));
	else
		page_error_of(w, req, res, e);
}

void page_user(struct web *w, struct http_request *req, struct http_response *res)
{
	bool shared = is_shared(w, req);
	uint64_t version = shared ? shared_version(w) : 0;
	int64_t now_ms = shared ? clock_now_ms() : 0;
	struct user_view v = {.self = false};
	struct cursor at;
	enum err e;

	if (str_starts_with(req->params[0], STR("@"))) { /* no name begins so */
		redirect_mention(w, req, res);
		return;
	}
	if (shared && page_cache_serve(w->cache, req, version, now_ms, res))
		return;
	if (!page_cursor(w, req, res, &at))
		return;
	timeline_init(&v.timeline, (struct str){NULL, 0}, at);
	e = load_user(w, req, at, &v);
	if (e == ERR_NOT_FOUND && page_redirect_renamed(w, req, res, req->params[0], ""))
		return;
	if (e != ERR_OK) {
		page_error_of(w, req, res, e);
		return;
	}
	render_user(w, req, res, &v, shared);
	page_send(w, req, res);
	if (shared)
		page_cache_keep(w->cache, req, version, now_ms, res);
}
