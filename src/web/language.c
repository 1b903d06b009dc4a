#include "web/language.h"

#include "http/accept_language.h"
#include "http/cookie.h"
#include "web/page.h"

bool language_is_offered(struct str tag, enum lang *out)
{
	enum lang found;

	if (!lang_find(tag, &found) || found >= LANG_OFFERED_COUNT)
		return false;
	*out = found;
	return true;
}

enum lang language_of(const struct http_request *req)
{
	const struct viewer *viewer = page_viewer(req);
	enum lang chosen;

	if (viewer->signed_in && language_is_offered(viewer->user.language, &chosen))
		return chosen;
	if (language_is_offered(cookie_find(req, WEB_LANGUAGE_COOKIE), &chosen))
		return chosen;
	return accept_language(req);
}
