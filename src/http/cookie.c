/*
 * cookie.c: only what Kinglet's own cookies need. Every cookie is HttpOnly, SameSite=Lax and for
 * the whole site; there is no way to ask for less.
 */
#include "http/cookie.h"

struct str cookie_find(const struct http_request *req, const char *name)
{
	struct str wanted = str_from_c(name);

	for (size_t i = 0; i < req->header_count; i++) {
		struct str rest = req->headers[i].value, pair, key;

		if (!str_eq_nocase(req->headers[i].name, STR("Cookie")))
			continue;
		while (str_cut(&rest, ';', &pair)) {
			if (str_index(pair, '=') < 0)
				continue;
			str_cut(&pair, '=', &key);
			if (str_eq(str_trim(key), wanted)) {
				pair = str_trim(pair);
				return pair.ptr ? pair : STR("");
			}
		}
	}
	return (struct str){NULL, 0};
}

/* cookie-octet of RFC 6265 §4.1.1. */
static bool is_cookie_value(struct str value)
{
	for (size_t i = 0; i < value.len; i++) {
		char c = value.ptr[i];

		if (c <= ' ' || c >= 0x7f || c == '"' || c == ',' || c == ';' || c == '\\')
			return false;
	}
	return true;
}

void cookie_set(const struct http_request *req, struct http_response *res, const char *name,
		struct str value, int64_t max_age_s)
{
	struct buf *out = &res->headers;

	if (!is_cookie_value(value)) {
		out->failed = true; /* the server makes a 500 of it */
		return;
	}
	buf_add_c(out, "Set-Cookie: ");
	buf_add_c(out, name);
	buf_add_char(out, '=');
	buf_add(out, value);
	buf_add_c(out, "; Path=/; HttpOnly; SameSite=Lax");
	if (req->secure)
		buf_add_c(out, "; Secure");
	if (max_age_s >= 0) {
		buf_add_c(out, "; Max-Age=");
		buf_add_i64(out, max_age_s);
	}
	buf_add_c(out, "\r\n");
}
