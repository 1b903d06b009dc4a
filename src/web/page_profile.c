/* How one presents oneself, and whom one has blocked or muted. */
#include "web/page.h"

#include "service/people.h"
#include "service/profile.h"
#include "templates/templates.h"
#include "web/view_settings.h"

static void show(struct web *w, struct http_request *req, struct http_response *res,
		 struct profile_view *v)
{
	page_view_init(w, req, res, &v->page, v->welcome ? T_STR("Welcome") : T_STR("Profile"),
		       (struct str){NULL, 0});
	v->page.description = T_STR("How others see you.");
	v->display_max = PROFILE_DISPLAY_MAX_CHARS;
	v->bio_max = PROFILE_BIO_MAX_CHARS;
	if (v->welcome)
		template_welcome_profile(&res->body, v);
	else
		template_settings_profile(&res->body, v);
	page_send(w, req, res);
}

static void show_present(struct web *w, struct http_request *req, struct http_response *res,
			 bool welcome)
{
	const struct user *user = &page_viewer(req)->user;
	struct profile_view v = {.welcome = welcome, .display = user->display};
	struct profile profile;
	enum err e = profile_find(w->service, req->arena, user->id, &profile);

	if (e != ERR_OK) {
		page_error_of(w, req, res, e);
		return;
	}
	v.bio = profile.bio;
	v.link = profile.link;
	show(w, req, res, &v);
}

void page_settings_profile(struct web *w, struct http_request *req, struct http_response *res)
{
	show_present(w, req, res, false);
}

void page_change_profile(struct web *w, struct http_request *req, struct http_response *res)
{
	const struct user *user = &page_viewer(req)->user;
	struct profile_view v = {.display = {NULL, 0}};
	struct form form;
	enum err e;

	if (!page_form(w, req, res, &form))
		return;
	v.welcome = str_eq(form_find(&form, "from"), STR("welcome"));
	v.display = form_find(&form, "display");
	v.bio = form_find(&form, "bio");
	v.link = form_find(&form, "link");
	e = profile_save(w->service, req->arena, user->id, v.display, v.bio, v.link, &v.problems);
	if (e != ERR_OK) {
		page_error_of(w, req, res, e);
	} else if (v.problems.display.len || v.problems.bio.len || v.problems.link.len) {
		show(w, req, res, &v);
	} else {
		flash_set(req, res, FLASH_PROFILE, (struct str){NULL, 0});
		page_redirect(res, v.welcome ? STR("/welcome?step=2") : STR("/settings/profile"));
	}
}

/* ---- the first minutes ---------------------------------------------------------------------- */

/* The steps after the first, which is the profile's form. */
static void welcome_step(struct web *w, struct http_request *req, struct http_response *res,
			 bool people)
{
	const struct user *user = &page_viewer(req)->user;
	struct timeline_view v = {.compose = {.shown = true}};
	enum err e = ERR_OK;

	if (people)
		e = people_suggestions(w->service, req->arena, user, &v.suggested);
	if (e != ERR_OK) {
		page_error_of(w, req, res, e);
		return;
	}
	page_view_init(w, req, res, &v.page, T_STR("Welcome"), (struct str){NULL, 0});
	v.page.description = T_STR("The first steps here.");
	v.page.script = !people;
	v.compose.key = page_attempt_key(req->arena);
	if (people)
		template_welcome_people(&res->body, &v);
	else
		template_welcome_post(&res->body, &v);
	page_send(w, req, res);
}

void page_welcome(struct web *w, struct http_request *req, struct http_response *res)
{
	struct form query = {0};
	struct str step;

	if (req->query.len && form_parse(req->arena, req->query, &query) != ERR_OK) {
		page_error_of(w, req, res, ERR_INVALID);
		return;
	}
	step = form_find(&query, "step");
	if (str_eq(step, STR("2")) || str_eq(step, STR("3")))
		welcome_step(w, req, res, str_eq(step, STR("2")));
	else
		show_present(w, req, res, true);
}

/* ---- whom one doesn't see ------------------------------------------------------------------- */

void page_settings_blocks(struct web *w, struct http_request *req, struct http_response *res)
{
	struct blocks_view v = {.first = true};
	struct form query = {0};
	struct cursor at;
	enum err e = ERR_OK;

	if (!page_cursor(w, req, res, &at))
		return;
	if (req->query.len)
		e = form_parse(req->arena, req->query, &query);
	if (e == ERR_OK) {
		v.first = at.side != CURSOR_BEFORE;
		v.muted = str_eq(form_find(&query, "show"), STR("muted"));
		e = people_shielded(w->service, req->arena, page_viewer(req)->user.id, v.muted,
				    v.first ? 0 : at.id, PEOPLE_PAGE_COUNT, &v.people);
	}
	if (e != ERR_OK) {
		page_error_of(w, req, res, e);
		return;
	}
	page_view_init(w, req, res, &v.page, T_STR("Blocked and muted"), (struct str){NULL, 0});
	v.page.description = T_STR("Whom you don't see.");
	template_settings_blocks(&res->body, &v);
	page_send(w, req, res);
}
