/* Following and unfollowing. By GET too, for the clients of the classic application. */
#include "web/page.h"

#include "service/follow.h"
#include "service/people.h"

/* Where a card or a list was, one stays; else it is the person's page. */
static struct str back_of(const struct http_request *req, const struct user *other)
{
	struct form form;

	if (form_parse(req->arena, req->body, &form) == ERR_OK) {
		if (str_eq(form_find(&form, "from"), STR("blocks")))
			return STR("/settings/blocks");
		if (str_eq(form_find(&form, "from"), STR("here")))
			return page_before(req);
	}
	return page_user_path(req->arena, other->name);
}

static void change(struct web *w, struct http_request *req, struct http_response *res, bool follow)
{
	const struct viewer *viewer = page_viewer(req);
	struct str name = req->params[0];
	struct user other;
	enum err e;

	if (!viewer->signed_in) {
		page_error(w, req, res, 401);
		return;
	}
	e = page_present_name(w, req, &name);
	if (e == ERR_OK && follow)
		e = follow_create(w->service, req->arena, viewer->user.id, name, &other);
	else if (e == ERR_OK)
		e = follow_delete(w->service, req->arena, viewer->user.id, name, &other);
	if (e != ERR_OK) {
		page_error_of(w, req, res, e);
		return;
	}
	flash_set(req, res, follow ? FLASH_FOLLOWING : FLASH_UNFOLLOWED, other.name);
	page_redirect(res, back_of(req, &other));
}

void page_follow(struct web *w, struct http_request *req, struct http_response *res)
{
	change(w, req, res, true);
}

void page_unfollow(struct web *w, struct http_request *req, struct http_response *res)
{
	change(w, req, res, false);
}

static void shield(struct web *w, struct http_request *req, struct http_response *res,
		   enum err (*operation)(struct service *, struct arena *, int64_t, struct str,
					 bool, struct user *),
		   bool on, enum flash flash)
{
	struct str name = req->params[0];
	struct user other;
	enum err e = page_present_name(w, req, &name);

	if (e == ERR_OK)
		e = operation(w->service, req->arena, page_viewer(req)->user.id, name, on, &other);
	if (e != ERR_OK) {
		page_error_of(w, req, res, e);
		return;
	}
	flash_set(req, res, flash, other.name);
	page_redirect(res, back_of(req, &other));
}

void page_block(struct web *w, struct http_request *req, struct http_response *res)
{
	shield(w, req, res, people_block, true, FLASH_BLOCKED);
}

void page_unblock(struct web *w, struct http_request *req, struct http_response *res)
{
	shield(w, req, res, people_block, false, FLASH_UNBLOCKED);
}

void page_mute(struct web *w, struct http_request *req, struct http_response *res)
{
	shield(w, req, res, people_mute, true, FLASH_MUTED);
}

void page_unmute(struct web *w, struct http_request *req, struct http_response *res)
{
	shield(w, req, res, people_mute, false, FLASH_UNMUTED);
}
