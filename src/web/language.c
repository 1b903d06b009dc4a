#include "web/language.h"

#include "http/accept_language.h"
#include "http/cookie.h"

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
	enum lang chosen;

	if (language_is_offered(cookie_find(req, WEB_LANGUAGE_COOKIE), &chosen))
		return chosen;
	return accept_language(req);
}
