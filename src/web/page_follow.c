/* Following and unfollowing. By GET too, for the clients of the classic application. */
#include "web/page.h"

#include "service/follow.h"

static void change(struct web *w, struct http_request *req, struct http_response *res, bool follow)
{
	const struct viewer *viewer = page_viewer(req);
	struct user other;
	enum err e;

	if (!viewer->signed_in) {
		page_error(w, req, res, 401);
		return;
	}
	e = follow ? follow_create(w->service, req->arena, viewer->user.id, req->params[0], &other)
		   : follow_delete(w->service, req->arena, viewer->user.id, req->params[0], &other);
	if (e != ERR_OK) {
		page_error_of(w, req, res, e);
		return;
	}
	flash_set(req, res, follow ? FLASH_FOLLOWING : FLASH_UNFOLLOWED, other.name);
	page_redirect(res, page_user_path(req->arena, other.name));
}

void page_follow(struct web *w, struct http_request *req, struct http_response *res)
{
	change(w, req, res, true);
}

void page_unfollow(struct web *w, struct http_request *req, struct http_response *res)
{
	change(w, req, res, false);
}
