/*
 * web/language.h: in which language a page is shown: the account's choice, else the one that this
 * browser was told by the page's foot, else what the browser asks for, else English.
 */
#ifndef KINGLET_WEB_LANGUAGE_H
#define KINGLET_WEB_LANGUAGE_H

#include "base/lang.h"
#include "http/http.h"

/* Holds the tag that a visitor chose. */
#define WEB_LANGUAGE_COOKIE "kinglet_language"

/* Looks at the viewer where req->context has one already. */
enum lang language_of(const struct http_request *req);
/* Is it a tag that a person may choose? */
bool language_is_offered(struct str tag, enum lang *out);

#endif
