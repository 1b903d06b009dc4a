/* Whom a person follows, and who follows them. */
#include "web/page.h"

#include "service/account.h"
#include "service/follow.h"
#include "service/people.h"
#include "templates/templates.h"

static enum err load(struct web *w, struct http_request *req, int64_t before_id,
		     struct people_view *v)
{
	enum err e = account_find(w->service, req->arena, req->params[0], &v->user);

	if (e != ERR_OK)
		return e;
	e = people_find(w->service, req->arena, v->followers, v->user.id, v->query, before_id,
			FOLLOW_PAGE_COUNT, &v->people, &v->next_id);
	if (e == ERR_OK)
		e = people_mark(w->service, req->arena, &page_viewer(req)->user, &v->people);
	return e;
}

static void page_people(struct web *w, struct http_request *req, struct http_response *res,
			bool followers)
{
	struct people_view v = {.followers = followers};
	const char *segment = followers ? "followers" : "following";
	struct str title;
	struct form form = {0};
	struct cursor at;
	enum err e = ERR_OK;

	if (!page_cursor(w, req, res, &at))
		return;
	v.first = at.side != CURSOR_BEFORE;
	if (req->query.len)
		e = form_parse(req->arena, req->query, &form);
	v.query = str_trim(form_find(&form, "q"));
	if (e == ERR_OK)
		e = load(w, req, v.first ? 0 : at.id, &v);
	if (e == ERR_NOT_FOUND && page_redirect_renamed(w, req, res, req->params[0],
							followers ? "/followers" : "/following"))
		return;
	if (e != ERR_OK) {
		page_error_of(w, req, res, e);
		return;
	}
	title = arena_printf(req->arena,
			     followers ? T("Followers of %.*s") : T("Whom %.*s follows"),
			     STR_ARG(v.user.name));
	v.path = arena_printf(req->arena, "%.*s/%s",
			      STR_ARG(page_user_path(req->arena, v.user.name)), segment);
	page_view_init(w, req, res, &v.page, title, v.path);
	v.page.description = arena_printf(req->arena,
					  followers ? T("Who follows %.*s on %.*s.")
						    : T("Whom %.*s follows on %.*s."),
					  STR_ARG(v.user.name), STR_ARG(v.page.site));
	template_people(&res->body, &v);
	page_send(w, req, res);
}

void page_followers(struct web *w, struct http_request *req, struct http_response *res)
{
	page_people(w, req, res, true);
}

void page_following(struct web *w, struct http_request *req, struct http_response *res)
{
	page_people(w, req, res, false);
}
