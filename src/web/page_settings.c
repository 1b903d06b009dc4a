/* One's own account: address, password, and where one is signed in. */
#include "web/page.h"

#include "base/clock.h"
#include "http/cookie.h"
#include "service/account.h"
#include "service/mail.h"
#include "templates/templates.h"
#include "web/view_settings.h"

const struct settings_section_list settings_sections = {
	.items =
		(const struct settings_section[]){
			{"", T_LATER("Account")},
			{"/profile", T_LATER("Profile")},
			{"/sessions", T_LATER("Sessions")},
			{"/security", T_LATER("Security")},
			{"/data", T_LATER("Your data")},
			{"/language", T_LATER("Language")},
			{"/notifications", T_LATER("Notifications")},
			{"/blocks", T_LATER("Blocked and muted")},
		},
	.count = 8,
};

static enum err list_sessions(struct web *w, struct http_request *req, struct session_row_list *out)
{
	struct session_list list;
	enum err e = account_sessions(w->service, req->arena, page_viewer(req)->user.id, &list);

	if (e != ERR_OK)
		return e;
	out->items = arena_array(req->arena, list.count, sizeof(struct session_row));
	if (!out->items)
		return ERR_TOO_LARGE;
	for (; out->count < list.count; out->count++) {
		struct session_row *row = &out->items[out->count];

		row->session = list.items[out->count];
		account_session_id(&row->session, row->id);
	}
	return ERR_OK;
}

/* The account's own page, with what is wrong with one of its forms; `name` and `email` as typed,
 * else .ptr NULL. */
static void show(struct web *w, struct http_request *req, struct http_response *res,
		 struct form_error error, struct str name, struct str email)
{
	const struct user *user = &page_viewer(req)->user;
	struct settings_view v = {.error = error,
				  .name = name.ptr ? name : user->name,
				  .email = email.ptr ? email : user->email};

	v.mail = mail_is_on(w->service);
	if (v.mail && mail_is_confirmed(w->service, user->id, &v.confirmed) != ERR_OK)
		v.mail = false; /* it isn't what the page is for */
	page_view_init(w, req, res, &v.page, T_STR("Settings"), (struct str){NULL, 0});
	v.page.description = T_STR("Your name, your address and your password.");
	template_settings_account(&res->body, &v);
	page_send(w, req, res);
}

static bool is_nobody(struct web *w, struct http_request *req, struct http_response *res)
{
	bool signed_in = page_viewer(req)->signed_in;

	if (!signed_in)
		page_error(w, req, res, 401);
	return !signed_in;
}

void page_settings(struct web *w, struct http_request *req, struct http_response *res)
{
	if (!is_nobody(w, req, res))
		show(w, req, res, (struct form_error){"", ""}, (struct str){NULL, 0},
		     (struct str){NULL, 0});
}

void page_settings_sessions(struct web *w, struct http_request *req, struct http_response *res)
{
	struct settings_view v = {.error = {"", ""}};
	enum err e;

	if (is_nobody(w, req, res))
		return;
	e = list_sessions(w, req, &v.sessions);
	if (e != ERR_OK) {
		page_error_of(w, req, res, e);
		return;
	}
	page_view_init(w, req, res, &v.page, T_STR("Sessions"), (struct str){NULL, 0});
	v.page.description = T_STR("Where you are signed in.");
	template_settings_sessions(&res->body, &v);
	page_send(w, req, res);
}

/* "Invalid password" is about the present one here, whose field has another name in each form. */
static struct form_error error_of(enum problem problem, const char *password_field)
{
	return (struct form_error){problem == PROBLEM_LOGIN_PASSWORD ? password_field
								     : problem_field(problem),
				   problem_text(problem)};
}

static struct str attempts_key(const struct http_request *req)
{
	return arena_printf(req->arena, "settings %lld", (long long)page_viewer(req)->user.id);
}

bool page_settings_may_try(struct web *w, struct http_request *req, struct http_response *res)
{
	int64_t retry_s = 1;

	if (!w->sign_in_failures ||
	    throttle_peek(w->sign_in_failures, attempts_key(req), clock_now_ms(), &retry_s))
		return true;
	metrics_event(EVENT_LIMITED_SIGN_IN);
	page_too_many(w, req, res, retry_s);
	return false;
}

void page_settings_failed(struct web *w, const struct http_request *req)
{
	int64_t retry_s = 1;

	if (w->sign_in_failures)
		throttle_take(w->sign_in_failures, attempts_key(req), clock_now_ms(), &retry_s);
}

void page_change_password(struct web *w, struct http_request *req, struct http_response *res)
{
	const struct viewer *viewer = page_viewer(req);
	enum problem problem = PROBLEM_NONE;
	struct form form;
	enum err e;

	if (is_nobody(w, req, res) || !page_form(w, req, res, &form))
		return;
	if (!page_settings_may_try(w, req, res))
		return;
	e = account_change_password(w->service, req->arena, &viewer->user,
				    form_find(&form, "old_password"), form_find(&form, "password"),
				    form_find(&form, "password2"), viewer->session.hash, &problem);
	if (e != ERR_OK) {
		page_error_of(w, req, res, e);
	} else if (problem != PROBLEM_NONE) {
		if (problem == PROBLEM_LOGIN_PASSWORD)
			page_settings_failed(w, req);
		show(w, req, res, error_of(problem, "old_password"), (struct str){NULL, 0},
		     (struct str){NULL, 0});
	} else {
		flash_set(req, res, FLASH_PASSWORD, (struct str){NULL, 0});
		page_redirect(res, STR("/settings"));
	}
}

void page_change_email(struct web *w, struct http_request *req, struct http_response *res)
{
	const struct viewer *viewer = page_viewer(req);
	enum problem problem = PROBLEM_NONE;
	struct str email;
	struct form form;
	enum err e;

	if (is_nobody(w, req, res) || !page_form(w, req, res, &form))
		return;
	if (!page_settings_may_try(w, req, res))
		return;
	email = str_trim(form_find(&form, "email"));
	e = account_change_email(w->service, req->arena, &viewer->user,
				 form_find(&form, "email_password"), email, &problem);
	if (e != ERR_OK) {
		page_error_of(w, req, res, e);
	} else if (problem != PROBLEM_NONE) {
		if (problem == PROBLEM_LOGIN_PASSWORD)
			page_settings_failed(w, req);
		show(w, req, res, error_of(problem, "email_password"), (struct str){NULL, 0},
		     email);
	} else {
		flash_set(req, res, FLASH_EMAIL, (struct str){NULL, 0});
		page_redirect(res, STR("/settings"));
	}
}

void page_ask_confirm(struct web *w, struct http_request *req, struct http_response *res)
{
	const struct user *user = &page_viewer(req)->user;

	if (is_nobody(w, req, res))
		return;
	mail_tell(w->service, user->id, MAIL_CONFIRM, user->email);
	flash_set(req, res, FLASH_CONFIRM, (struct str){NULL, 0});
	page_redirect(res, STR("/settings"));
}

void page_change_name(struct web *w, struct http_request *req, struct http_response *res)
{
	const struct viewer *viewer = page_viewer(req);
	enum problem problem = PROBLEM_NONE;
	struct form form;
	struct str name;
	enum err e;

	if (is_nobody(w, req, res) || !page_form(w, req, res, &form))
		return;
	if (!page_settings_may_try(w, req, res))
		return;
	name = form_find(&form, "username");
	e = account_rename(w->service, req->arena, &viewer->user, form_find(&form, "name_password"),
			   name, &problem);
	if (e != ERR_OK) {
		page_error_of(w, req, res, e);
	} else if (problem != PROBLEM_NONE) {
		if (problem == PROBLEM_LOGIN_PASSWORD)
			page_settings_failed(w, req);
		show(w, req, res, error_of(problem, "name_password"), name, (struct str){NULL, 0});
	} else {
		flash_set(req, res, FLASH_NAME, (struct str){NULL, 0});
		page_redirect(res, STR("/settings"));
	}
}

void page_end_session(struct web *w, struct http_request *req, struct http_response *res)
{
	struct form form;
	enum err e;

	if (is_nobody(w, req, res) || !page_form(w, req, res, &form))
		return;
	e = account_session_end(w->service, req->arena, page_viewer(req)->user.id,
				form_find(&form, "session"));
	if (e != ERR_OK &&
	    e != ERR_NOT_FOUND) { /* one that has ended by itself is what was wanted */
		page_error_of(w, req, res, e);
		return;
	}
	flash_set(req, res, FLASH_SESSION_ENDED, (struct str){NULL, 0});
	page_redirect(res, STR("/settings/sessions"));
}

void page_sign_out_everywhere(struct web *w, struct http_request *req, struct http_response *res)
{
	enum err e;

	if (is_nobody(w, req, res))
		return;
	e = account_sign_out_everywhere(w->service, page_viewer(req)->user.id, NULL);
	if (e != ERR_OK) {
		page_error_of(w, req, res, e);
		return;
	}
	cookie_set(req, res, WEB_SESSION_COOKIE, STR(""), 0);
	flash_set(req, res, FLASH_SIGNED_OUT_ALL, (struct str){NULL, 0});
	page_redirect(res, STR("/public"));
}
