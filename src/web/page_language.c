/*
 * The choice of a language: at the foot of each page, for this browser; in the settings, for an
 * account wherever it is signed in.
 */
#include "web/page.h"

#include "http/cookie.h"
#include "service/account.h"
#include "templates/templates.h"
#include "web/language.h"

#define YEAR_S ((int64_t)365 * 86400)

struct str page_before(const struct http_request *req)
{
	struct str rest = http_header_find(req, "Referer"), host = http_header_find(req, "Host");
	struct str scheme, authority;

	if (!str_cut(&rest, ':', &scheme) || !str_starts_with(rest, STR("//")))
		return STR("/");
	rest = str_sub(rest, 2, rest.len);
	authority = str_sub(rest, 0, (size_t)(str_index(rest, '/') < 0 ? 0 : str_index(rest, '/')));
	rest = str_sub(rest, authority.len, rest.len);
	/* "//elsewhere" would be another host to a browser. */
	if (!str_eq_nocase(authority, host) || !rest.len || str_starts_with(rest, STR("//")))
		return STR("/");
	return rest;
}

/* What somebody who is signed in chooses at the foot, holds for the account. */
static enum err keep(struct web *w, const struct http_request *req, struct http_response *res,
		     enum lang lang)
{
	const struct viewer *viewer = page_viewer(req);
	struct str tag = str_from_c(lang_facts[lang].tag);

	cookie_set(req, res, WEB_LANGUAGE_COOKIE, tag, YEAR_S);
	if (!viewer->signed_in)
		return ERR_OK;
	return account_set_language(w->service, viewer->user.id, tag);
}

void page_language(struct web *w, struct http_request *req, struct http_response *res)
{
	struct form form;
	enum lang lang;
	enum err e;

	if (!page_form(w, req, res, &form))
		return;
	if (!language_is_offered(form_find(&form, "language"), &lang)) {
		page_error(w, req, res, 400);
		return;
	}
	e = keep(w, req, res, lang);
	if (e != ERR_OK)
		page_error_of(w, req, res, e);
	else
		page_redirect(res, page_before(req));
}

/* ---- the settings -------------------------------------------------------------------------- */

static void show(struct web *w, struct http_request *req, struct http_response *res,
		 struct form_error error)
{
	struct language_view v = {.error = error, .chosen = page_viewer(req)->user.language};

	page_view_init(w, req, res, &v.page, T_STR("Language"), (struct str){NULL, 0});
	v.page.description = T_STR("In which language you read this place.");
	template_language(&res->body, &v);
	page_send(w, req, res);
}

void page_language_settings(struct web *w, struct http_request *req, struct http_response *res)
{
	show(w, req, res, (struct form_error){"", ""});
}

/* An empty choice is one, too: what the browser asks for. */
void page_change_language(struct web *w, struct http_request *req, struct http_response *res)
{
	const struct viewer *viewer = page_viewer(req);
	struct str wanted;
	struct form form;
	enum lang lang;
	enum err e;

	if (!page_form(w, req, res, &form))
		return;
	wanted = form_find(&form, "language");
	if (!wanted.ptr || (wanted.len && !language_is_offered(wanted, &lang))) {
		show(w, req, res, (struct form_error){"language", T("Please choose a language")});
		return;
	}
	if (wanted.len)
		wanted = str_from_c(lang_facts[lang].tag);
	e = account_set_language(w->service, viewer->user.id, wanted);
	if (e != ERR_OK) {
		page_error_of(w, req, res, e);
		return;
	}
	cookie_set(req, res, WEB_LANGUAGE_COOKIE, wanted, wanted.len ? YEAR_S : 0);
	flash_set(req, res, FLASH_LANGUAGE, (struct str){NULL, 0});
	page_redirect(res, STR("/settings/language"));
}
