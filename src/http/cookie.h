/* cookie.h: reading and writing cookies (RFC 6265). */
#ifndef KINGLET_HTTP_COOKIE_H
#define KINGLET_HTTP_COOKIE_H

#include "http/http.h"

/* The value of the first cookie of that name in any Cookie header; .ptr is NULL where none. */
struct str cookie_find(const struct http_request *req, const char *name);

/*
 * Sets a cookie with Path=/; HttpOnly; SameSite=Lax, and Secure where the request came by TLS.
 * `value` must be cookie-octets. max_age_s: 0 deletes it, <0 makes it last as long as the browser.
 */
void cookie_set(const struct http_request *req, struct http_response *res, const char *name,
		struct str value, int64_t max_age_s);

#endif
