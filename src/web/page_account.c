/* Signing up, in and out. */
#include "web/page.h"

#include <arpa/inet.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/utf8.h"
#include "http/cookie.h"
#include "metrics/metrics.h"
#include "service/account.h"
#include "service/mail.h"
#include "templates/templates.h"
#include "web/view_settings.h"

static struct form_error error_of(enum problem problem)
{
	return (struct form_error){problem_field(problem), problem_text(problem)};
}

/* Those who are signed in have no use for these pages. */
static bool leaves(const struct http_request *req, struct http_response *res)
{
	bool signed_in = page_viewer(req)->signed_in;

	if (signed_in)
		page_redirect(res, STR("/"));
	return signed_in;
}

struct str page_origin(const struct http_request *req)
{
	unsigned char bytes[16];
	char text[INET6_ADDRSTRLEN];

	if (str_index(req->peer, ':') < 0 || req->peer.len >= sizeof(text))
		return req->peer;
	memcpy(text, req->peer.ptr, req->peer.len);
	text[req->peer.len] = '\0';
	if (inet_pton(AF_INET6, text, bytes) != 1)
		return req->peer;
	memset(bytes + 8, 0, 8);
	inet_ntop(AF_INET6, bytes, text, sizeof(text));
	return arena_str(req->arena, str_from_c(text));
}

/* ---- signing in ---------------------------------------------------------------------------- */

static void show_login(struct web *w, struct http_request *req, struct http_response *res,
		       struct str username, enum problem problem)
{
	struct login_view v = {.error = error_of(problem), .username = username};

	page_view_init(w, req, res, &v.page, T_STR("Sign in"), STR("/login"));
	v.page.description = T_STR("Sign in to read your timeline and to write.");
	v.page.place = PLACE_LOGIN;
	template_login(&res->body, &v);
	page_send(w, req, res);
}

void page_login_form(struct web *w, struct http_request *req, struct http_response *res)
{
	if (!leaves(req, res))
		show_login(w, req, res, (struct str){NULL, 0}, PROBLEM_NONE);
}

/* Failures are counted by address and name together: nobody can lock out somebody elsewhere. */
static struct str failure_key(const struct http_request *req, struct str name)
{
	struct str key = utf8_casefold(req->arena, name);

	return arena_printf(req->arena, "%.*s %.*s", STR_ARG(page_origin(req)), STR_ARG(key));
}

/* Has an attempt to be put off? By name, against guessing; by address, against trying many names.
 */
static bool is_throttled(struct web *w, const struct http_request *req, struct str key,
			 int64_t *retry_s)
{
	int64_t now_ms = clock_now_ms();

	if (w->sign_in_failures && !throttle_peek(w->sign_in_failures, key, now_ms, retry_s)) {
		metrics_event(EVENT_LIMITED_SIGN_IN);
		return true;
	}
	if (w->sign_in_origins &&
	    !throttle_peek(w->sign_in_origins, page_origin(req), now_ms, retry_s)) {
		metrics_event(EVENT_LIMITED_SIGN_IN_ADDRESS);
		return true;
	}
	return false;
}

static void count_failure(struct web *w, const struct http_request *req, struct str key)
{
	int64_t now_ms = clock_now_ms(), retry_s;

	if (w->sign_in_failures)
		throttle_take(w->sign_in_failures, key, now_ms, &retry_s);
	if (w->sign_in_origins)
		throttle_take(w->sign_in_origins, page_origin(req), now_ms, &retry_s);
}

/* A name that nobody has may be a password in the wrong field: it is not logged. */
static void log_failure(struct str name, enum problem problem)
{
	if (problem == PROBLEM_LOGIN_NAME)
		log_info("sign-in with an unknown name");
	else
		log_warn("sign-in with a wrong password", LOG_STR("user.name", name));
}

static void begin_session(struct web *w, const struct http_request *req, struct http_response *res,
			  const struct sign_in *in)
{
	cookie_set(req, res, WEB_SESSION_COOKIE, str_from_c(in->token),
		   w->service->session_max_ms / 1000);
	flash_set(req, res, FLASH_SIGNED_IN, (struct str){NULL, 0});
	page_redirect(res, STR("/"));
}

static bool is_kept_out(enum problem problem)
{
	return problem == PROBLEM_SUSPENDED || problem == PROBLEM_PENDING ||
	       problem == PROBLEM_DELETION_DUE;
}

/* Why somebody who has the right password can't come in, with the moderator's words. */
static void show_kept_out(struct web *w, struct http_request *req, struct http_response *res,
			  struct str name, enum problem problem, int64_t user_id)
{
	struct login_view v = {.error = error_of(problem), .username = name};
	struct user_standing standing;
	enum err e = account_standing(w->service, req->arena, user_id, &standing);

	v.leaving = problem == PROBLEM_DELETION_DUE;
	if (e == ERR_OK)
		v.reason = problem == PROBLEM_SUSPENDED ? standing.reason : STR("");
	page_view_init(w, req, res, &v.page, T_STR("Sign in"), STR("/login"));
	v.page.place = PLACE_LOGIN;
	template_login(&res->body, &v);
	page_send(w, req, res);
}

/* Whoever was about to be deleted, and has said in the form to stay, stays. */
static enum err sign_in(struct web *w, struct http_request *req, const struct form *form,
			enum problem *problem, struct sign_in *out)
{
	struct str name = form_find(form, "username"), password = form_find(form, "password");
	enum err e = ERR_OK;

	if (form_find(form, "keep").len)
		e = account_stay(w->service, req->arena, name, password, problem);
	if (e != ERR_OK)
		return e;
	return account_sign_in(w->service, req->arena, name, password,
			       http_header_find(req, "User-Agent"), problem, out);
}

void page_login(struct web *w, struct http_request *req, struct http_response *res)
{
	enum problem problem = PROBLEM_NONE;
	int64_t retry_s = 1;
	struct sign_in in;
	struct str name, key;
	struct form form;
	enum err e;

	if (leaves(req, res) || !page_form(w, req, res, &form))
		return;
	name = form_find(&form, "username");
	key = failure_key(req, name);
	if (is_throttled(w, req, key, &retry_s)) {
		metrics_event(EVENT_SIGN_IN_LIMITED);
		log_warn("sign-in put off after wrong passwords");
		page_too_many(w, req, res, retry_s);
		return;
	}
	e = sign_in(w, req, &form, &problem, &in);
	if (e != ERR_OK) {
		page_error_of(w, req, res, e);
	} else if (is_kept_out(problem)) {
		log_info("sign-in of an account that is not active", LOG_STR("user.name", name));
		show_kept_out(w, req, res, name, problem, in.user.id);
	} else if (problem != PROBLEM_NONE) {
		metrics_event(problem == PROBLEM_LOGIN_NAME ? EVENT_SIGN_IN_UNKNOWN_NAME
							    : EVENT_SIGN_IN_WRONG_PASSWORD);
		log_failure(name, problem);
		count_failure(w, req, key);
		show_login(w, req, res, name, problem);
	} else if (in.pending) {
		cookie_set(req, res, WEB_CODE_COOKIE, str_from_c(in.token),
			   ACCOUNT_SECOND_STEP_MS / 1000);
		page_redirect(res, STR("/login/code"));
	} else {
		metrics_event(EVENT_SIGN_IN_OK);
		log_info("signed in", LOG_STR("user.name", name));
		begin_session(w, req, res, &in);
	}
}

/* ---- the second step ----------------------------------------------------------------------- */

static void show_code(struct web *w, struct http_request *req, struct http_response *res,
		      enum problem problem)
{
	struct code_view v = {.error = error_of(problem)};

	page_view_init(w, req, res, &v.page, T_STR("Sign in"), (struct str){NULL, 0});
	v.page.place = PLACE_LOGIN;
	template_login_code(&res->body, &v);
	page_send(w, req, res);
}

void page_login_code_form(struct web *w, struct http_request *req, struct http_response *res)
{
	if (leaves(req, res))
		return;
	if (cookie_find(req, WEB_CODE_COOKIE).len)
		show_code(w, req, res, PROBLEM_NONE);
	else
		page_redirect(res, STR("/login"));
}

/*
 * Failures are counted by account alone here: who comes so far knows the password, and a million
 * codes are few. And by address, as those of passwords.
 */
static void code_failed(struct web *w, struct http_request *req, struct http_response *res,
			const struct user *user, struct str key, enum problem problem)
{
	log_warn("sign-in with a wrong code", LOG_STR("user.name", user->name));
	count_failure(w, req, key);
	show_code(w, req, res, problem);
}

void page_login_code(struct web *w, struct http_request *req, struct http_response *res)
{
	struct str token = cookie_find(req, WEB_CODE_COOKIE), key;
	enum problem problem = PROBLEM_NONE;
	int64_t retry_s = 1;
	struct sign_in in;
	struct form form;
	struct user user;
	enum err e;

	if (leaves(req, res) || !page_form(w, req, res, &form))
		return;
	e = account_second_step_user(w->service, req->arena, token, &user);
	key = arena_printf(req->arena, "code %lld", (long long)(e == ERR_OK ? user.id : 0));
	if (e == ERR_OK && is_throttled(w, req, key, &retry_s)) {
		page_too_many(w, req, res, retry_s);
		return;
	}
	if (e == ERR_OK)
		e = account_second_step(w->service, req->arena, token, form_find(&form, "code"),
					http_header_find(req, "User-Agent"), &problem, &in);
	if (e == ERR_NOT_FOUND) {
		cookie_set(req, res, WEB_CODE_COOKIE, STR(""), 0);
		page_redirect(res, STR("/login"));
	} else if (e != ERR_OK) {
		page_error_of(w, req, res, e);
	} else if (problem != PROBLEM_NONE) {
		code_failed(w, req, res, &user, key, problem);
	} else {
		metrics_event(EVENT_SIGN_IN_OK);
		log_info("signed in", LOG_STR("user.name", user.name));
		cookie_set(req, res, WEB_CODE_COOKIE, STR(""), 0);
		begin_session(w, req, res, &in);
	}
}

/* ---- signing up ---------------------------------------------------------------------------- */

/* What the present mode asks for; a code that is good brings its bearer to the form. */
static void fill_register(struct web *w, const struct registration *r, struct register_view *v)
{
	const struct instance_values *now = instance_now(w->service);

	v->rules = now->text[INSTANCE_RULES].len > 0;
	v->closed = now->registration == REGISTRATION_CLOSED;
	v->by_approval = now->registration == REGISTRATION_APPROVAL;
	v->by_code = now->registration == REGISTRATION_INVITATION;
	if (!v->by_code || !r->code.len)
		return;
	v->invited = account_invitation_check(w->service, r->code) == ERR_OK;
	if (!v->invited)
		v->error = error_of(PROBLEM_NO_INVITATION);
}

static void show_register(struct web *w, struct http_request *req, struct http_response *res,
			  const struct registration *r, enum problem problem)
{
	struct register_view v = {.error = error_of(problem),
				  .username = r->name,
				  .email = r->email,
				  .code = r->code,
				  .reason = r->reason};

	fill_register(w, r, &v);

	page_view_init(w, req, res, &v.page, T_STR("Create an account"), STR("/register"));
	v.page.description = T_STR("Choose a name and a password, and say something.");
	v.page.place = PLACE_REGISTER;
	template_register(&res->body, &v);
	page_send(w, req, res);
}

void page_register_form(struct web *w, struct http_request *req, struct http_response *res)
{
	struct registration r = {.name = {NULL, 0}};
	struct form query;

	if (leaves(req, res))
		return;
	if (req->query.len && form_parse(req->arena, req->query, &query) == ERR_OK)
		r.code = str_trim(form_find(&query, "code"));
	show_register(w, req, res, &r, PROBLEM_NONE);
}

/* The form's second password counts even where it was not sent. */
static struct str always_given(struct str s)
{
	return s.ptr ? s : STR("");
}

void page_register(struct web *w, struct http_request *req, struct http_response *res)
{
	enum problem problem = PROBLEM_NONE;
	struct registration r;
	struct form form;
	int64_t id = 0;
	enum err e;

	if (leaves(req, res) || !page_form(w, req, res, &form))
		return;
	r = (struct registration){
		.name = form_find(&form, "username"),
		.email = form_find(&form, "email"),
		.password = form_find(&form, "password"),
		.password2 = always_given(form_find(&form, "password2")),
		.code = form_find(&form, "code"),
		.reason = form_find(&form, "reason"),
	};
	if (!page_allow(w, req, res, w->registrations, page_origin(req), EVENT_LIMITED_REGISTER))
		return;
	e = account_register(w->service, req->arena, &r, &problem, &id);
	if (e != ERR_OK) {
		page_error_of(w, req, res, e);
	} else if (problem != PROBLEM_NONE) {
		show_register(w, req, res, &r, problem);
	} else {
		bool waits = instance_now(w->service)->registration == REGISTRATION_APPROVAL;

		mail_tell(w->service, id, MAIL_CONFIRM, r.email);
		flash_set(req, res, waits ? FLASH_WAITING : FLASH_REGISTERED,
			  (struct str){NULL, 0});
		page_redirect(res, STR("/login"));
	}
}

/* ---- signing out --------------------------------------------------------------------------- */

void page_logout(struct web *w, struct http_request *req, struct http_response *res)
{
	struct str token = cookie_find(req, WEB_SESSION_COOKIE);
	enum err e = page_viewer(req)->signed_in ? account_sign_out(w->service, token) : ERR_OK;

	if (e != ERR_OK) {
		page_error_of(w, req, res, e);
		return;
	}
	if (token.ptr)
		cookie_set(req, res, WEB_SESSION_COOKIE, STR(""), 0);
	flash_set(req, res, FLASH_SIGNED_OUT, (struct str){NULL, 0});
	page_redirect(res, STR("/public"));
}
