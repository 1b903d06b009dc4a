/* A new password for who forgot theirs, by a link that an administrator handed out. */
#include "web/page.h"

#include "service/account.h"
#include "templates/templates.h"
#include "web/view_settings.h"

static void show(struct web *w, struct http_request *req, struct http_response *res,
		 struct str token, enum problem problem)
{
	struct reset_view v = {.token = token,
			       .error = {problem_field(problem), problem_text(problem)}};
	struct user user;
	enum err e = account_reset_user(w->service, req->arena, token, &user);

	if (e != ERR_OK && e != ERR_NOT_FOUND) {
		page_error_of(w, req, res, e);
		return;
	}
	if (e == ERR_OK)
		v.name = user.name;
	page_view_init(w, req, res, &v.page, T_STR("A new password"), (struct str){NULL, 0});
	template_reset(&res->body, &v);
	page_send(w, req, res);
}

void page_reset_form(struct web *w, struct http_request *req, struct http_response *res)
{
	struct form query;

	if (form_parse(req->arena, req->query, &query) != ERR_OK) {
		page_error(w, req, res, 400);
		return;
	}
	show(w, req, res, form_find(&query, "token"), PROBLEM_NONE);
}

void page_reset(struct web *w, struct http_request *req, struct http_response *res)
{
	enum problem problem = PROBLEM_NONE;
	struct str token, password2;
	struct form form;
	enum err e;

	if (!page_form(w, req, res, &form))
		return;
	token = form_find(&form, "token");
	password2 = form_find(&form, "password2");
	e = account_reset(w->service, req->arena, token, form_find(&form, "password"),
			  password2.ptr ? password2 : STR(""), &problem);
	if (e != ERR_OK && e != ERR_NOT_FOUND) {
		page_error_of(w, req, res, e);
	} else if (e == ERR_NOT_FOUND || problem != PROBLEM_NONE) {
		show(w, req, res, token, problem);
	} else {
		flash_set(req, res, FLASH_PASSWORD, (struct str){NULL, 0});
		page_redirect(res, STR("/login"));
	}
}
