/* The second factor in one's settings: setting it up, recovery codes, turning it off. */
#include "web/page.h"

#include "base/clock.h"
#include "base/encode.h"
#include "service/second_factor.h"
#include "templates/templates.h"
#include "web/view_settings.h"

/* otpauth://totp/SITE:NAME?secret=…&issuer=SITE, as authenticators read it. */
static struct str otpauth(struct web *w, const struct http_request *req, struct str secret)
{
	struct buf uri = BUF_INIT(4096);
	struct str kept;

	buf_add_c(&uri, "otpauth://totp/");
	percent_encode(&uri, instance_now(w->service)->text[INSTANCE_NAME]);
	buf_add_c(&uri, ":");
	percent_encode(&uri, page_viewer(req)->user.name);
	buf_add_c(&uri, "?secret=");
	buf_add(&uri, secret);
	buf_add_c(&uri, "&issuer=");
	percent_encode(&uri, instance_now(w->service)->text[INSTANCE_NAME]);
	kept = arena_str(req->arena, buf_str(&uri));
	buf_release(&uri);
	return kept;
}

static void show(struct web *w, struct http_request *req, struct http_response *res,
		 struct form_error error, const struct recovery_codes *codes)
{
	struct security_view v = {.error = error, .codes = codes};
	struct second_factor f;
	enum err e = second_factor_get(w->service, req->arena, page_viewer(req)->user.id, &f);

	if (e != ERR_OK) {
		page_error_of(w, req, res, e);
		return;
	}
	v.on = f.on;
	v.codes_left = f.codes_left;
	v.secret = f.secret;
	if (f.secret.len)
		v.uri = otpauth(w, req, f.secret);
	page_view_init(w, req, res, &v.page, T_STR("Security"), (struct str){NULL, 0});
	v.page.description = T_STR("Signing in with a code beside the password.");
	template_settings_security(&res->body, &v);
	page_send(w, req, res);
}

void page_settings_security(struct web *w, struct http_request *req, struct http_response *res)
{
	show(w, req, res, (struct form_error){"", ""}, NULL);
}

void page_second_factor_begin(struct web *w, struct http_request *req, struct http_response *res)
{
	enum err e = second_factor_begin(w->service, page_viewer(req)->user.id);

	if (e != ERR_OK && e != ERR_CONFLICT)
		page_error_of(w, req, res, e);
	else
		page_redirect(res, STR("/settings/security"));
}

/* What a form of this page answers; `codes` are shown where it went well. */
static void answer(struct web *w, struct http_request *req, struct http_response *res, enum err e,
		   enum problem problem, const struct recovery_codes *codes)
{
	struct form_error error = {problem == PROBLEM_LOGIN_PASSWORD ? "old_password"
								     : problem_field(problem),
				   problem_text(problem)};

	if (e == ERR_CONFLICT) {
		page_redirect(res, STR("/settings/security"));
	} else if (e != ERR_OK) {
		page_error_of(w, req, res, e);
	} else if (problem != PROBLEM_NONE) {
		page_settings_failed(w, req);
		show(w, req, res, error, NULL);
	} else if (codes) {
		show(w, req, res, error, codes);
	} else {
		flash_set(req, res, FLASH_SECOND_FACTOR_OFF, (struct str){NULL, 0});
		page_redirect(res, STR("/settings/security"));
	}
}

void page_second_factor_confirm(struct web *w, struct http_request *req, struct http_response *res)
{
	enum problem problem = PROBLEM_NONE;
	struct recovery_codes codes;
	struct form form;
	enum err e;

	if (!page_form(w, req, res, &form) || !page_settings_may_try(w, req, res))
		return;
	e = second_factor_confirm(w->service, page_viewer(req)->user.id, form_find(&form, "code"),
				  &problem, &codes);
	answer(w, req, res, e, problem, &codes);
	explicit_bzero(&codes, sizeof(codes));
}

void page_second_factor_renew(struct web *w, struct http_request *req, struct http_response *res)
{
	enum problem problem = PROBLEM_NONE;
	struct recovery_codes codes;
	struct form form;
	enum err e;

	if (!page_form(w, req, res, &form) || !page_settings_may_try(w, req, res))
		return;
	e = second_factor_renew(w->service, req->arena, page_viewer(req)->user.id,
				form_find(&form, "code"), &problem, &codes);
	answer(w, req, res, e, problem, &codes);
	explicit_bzero(&codes, sizeof(codes));
}

void page_second_factor_end(struct web *w, struct http_request *req, struct http_response *res)
{
	enum problem problem = PROBLEM_NONE;
	struct form form;
	enum err e;

	if (!page_form(w, req, res, &form) || !page_settings_may_try(w, req, res))
		return;
	e = second_factor_end(w->service, req->arena, &page_viewer(req)->user,
			      form_find(&form, "old_password"), form_find(&form, "code"), &problem);
	answer(w, req, res, e, problem, NULL);
}
