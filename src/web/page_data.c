/* What is kept of a person: taking it along, and having it deleted. */
#include "web/page.h"

#include "base/log.h"
#include "http/cookie.h"
#include "service/account.h"
#include "templates/templates.h"
#include "web/view_settings.h"

#define DAY_MS INT64_C(86400000)

static void show(struct web *w, struct http_request *req, struct http_response *res,
		 struct form_error error)
{
	struct data_view v = {.error = error, .days = w->service->deletion_ms / DAY_MS};

	page_view_init(w, req, res, &v.page, T_STR("Your data"), (struct str){NULL, 0});
	v.page.description = T_STR("What is kept of you.");
	template_settings_data(&res->body, &v);
	page_send(w, req, res);
}

void page_settings_data(struct web *w, struct http_request *req, struct http_response *res)
{
	show(w, req, res, (struct form_error){"", ""});
}

void page_leave(struct web *w, struct http_request *req, struct http_response *res)
{
	const struct user *user = &page_viewer(req)->user;
	enum problem problem = PROBLEM_NONE;
	struct form form;
	enum err e;

	if (!page_form(w, req, res, &form) || !page_settings_may_try(w, req, res))
		return;
	e = account_leave(w->service, req->arena, user, form_find(&form, "delete_password"),
			  &problem);
	if (e != ERR_OK) {
		page_error_of(w, req, res, e);
	} else if (problem != PROBLEM_NONE) {
		page_settings_failed(w, req);
		show(w, req, res, (struct form_error){"delete_password", problem_text(problem)});
	} else {
		log_info("asked to be deleted", LOG_I64("user.id", user->id));
		cookie_set(req, res, WEB_SESSION_COOKIE, STR(""), 0);
		flash_set(req, res, FLASH_LEFT, (struct str){NULL, 0});
		page_redirect(res, STR("/public"));
	}
}
