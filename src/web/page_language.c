/* The choice of a language, at the foot of each page. */
#include "web/page.h"

#include "http/cookie.h"
#include "web/language.h"

#define YEAR_S ((int64_t)365 * 86400)

/* Where the form was: a page of this site, or the start. Never elsewhere, whatever the header says.
 */
static struct str page_before(const struct http_request *req)
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

void page_language(struct web *w, struct http_request *req, struct http_response *res)
{
	struct form form;
	enum lang lang;

	if (!page_form(w, req, res, &form))
		return;
	if (!language_is_offered(form_find(&form, "language"), &lang)) {
		page_error(w, req, res, 400);
		return;
	}
	cookie_set(req, res, WEB_LANGUAGE_COOKIE, str_from_c(lang_facts[lang].tag), YEAR_S);
	page_redirect(res, page_before(req));
}
