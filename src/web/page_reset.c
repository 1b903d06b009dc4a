/* A new password for who forgot theirs, by a link that came by mail or from an administrator. */
#include "web/page.h"

#include "base/clock.h"
#include "base/utf8.h"
#include "metrics/metrics.h"
#include "service/account.h"
#include "service/mail.h"
#include "templates/templates.h"
#include "web/view_settings.h"

static void show(struct web *w, struct http_request *req, struct http_response *res,
		 struct str token, enum problem problem)
{
	struct reset_view v = {.token = token,
			       .mail = mail_is_on(w->service),
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
	v.page.description = T_STR("The way back in for who forgot their password.");
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

/* ---- asking for a link ---------------------------------------------------------------------- */

static void show_ask(struct web *w, struct http_request *req, struct http_response *res,
		     struct str who, const char *error)
{
	struct reset_view v = {
		.mail = true, .asked = !*error, .who = who, .error = {*error ? "who" : "", error}};

	page_view_init(w, req, res, &v.page, T_STR("A new password"), (struct str){NULL, 0});
	v.page.description = T_STR("The way back in for who forgot their password.");
	template_reset(&res->body, &v);
	page_send(w, req, res);
}

/* Counted by whom it is for as well, whether there is such a person or not: 429 says nothing. */
static bool may_ask(struct web *w, struct http_request *req, struct http_response *res,
		    struct str who)
{
	struct arena *a = req->arena;
	struct str key = utf8_valid(who) ? utf8_casefold(a, who) : who;

	return page_allow(w, req, res, w->resets,
			  arena_printf(a, "from %.*s", STR_ARG(page_origin(req))),
			  EVENT_LIMITED_RESET) &&
	       page_allow(w, req, res, w->resets, arena_printf(a, "for %.*s", STR_ARG(key)),
			  EVENT_LIMITED_RESET);
}

void page_reset_ask(struct web *w, struct http_request *req, struct http_response *res)
{
	struct form form;
	struct str who;
	enum err e;

	if (!page_form(w, req, res, &form))
		return;
	who = str_trim(form_find(&form, "who"));
	if (!mail_is_on(w->service)) {
		page_redirect(res, STR("/login/reset"));
	} else if (who.len == 0 || who.len > MAIL_ASKED_MAX_BYTES) {
		show_ask(w, req, res, who.len ? STR("") : who,
			 T("You have to enter your username or your e-mail address"));
	} else if (may_ask(w, req, res, who)) {
		e = mail_ask_reset(w->service, who);
		if (e == ERR_OK)
			show_ask(w, req, res, who, "");
		else
			page_error_of(w, req, res, e);
	}
}

/* ---- confirming an address ------------------------------------------------------------------ */

static void show_confirm(struct web *w, struct http_request *req, struct http_response *res,
			 const struct user *user, struct str token, bool done)
{
	struct confirm_view v = {.token = token, .done = done};

	if (user) {
		v.name = user->name;
		v.email = user->email;
		v.user_id = user->id;
	}
	page_view_init(w, req, res, &v.page, T_STR("Your e-mail address"), (struct str){NULL, 0});
	v.page.description = T_STR("Whether an e-mail address is yours.");
	template_confirm_email(&res->body, &v);
	page_send(w, req, res);
}

/* Only a button confirms: programs that look at the links in mail shall not. */
static void confirm(struct web *w, struct http_request *req, struct http_response *res,
		    const struct form *form, bool act)
{
	struct str token = form_find(form, "token");
	int64_t user_id = 0;
	struct user user;
	enum err e = ERR_NOT_FOUND;

	if (str_to_i64(form_find(form, "user"), &user_id))
		e = mail_confirm_user(w->service, req->arena, user_id, token, &user);
	if (e == ERR_OK && act)
		e = mail_confirm(w->service, req->arena, user_id, token);
	if (e == ERR_OK || e == ERR_NOT_FOUND)
		show_confirm(w, req, res, e == ERR_OK ? &user : NULL, token, act && e == ERR_OK);
	else
		page_error_of(w, req, res, e);
}

void page_confirm_form(struct web *w, struct http_request *req, struct http_response *res)
{
	struct form query;

	if (form_parse(req->arena, req->query, &query) != ERR_OK)
		page_error(w, req, res, 400);
	else
		confirm(w, req, res, &query, false);
}

void page_confirm(struct web *w, struct http_request *req, struct http_response *res)
{
	struct form form;

	if (page_form(w, req, res, &form))
		confirm(w, req, res, &form, true);
}
