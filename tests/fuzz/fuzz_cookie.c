/*
 * Headers that are taken apart: Cookie, Authorization, Accept-Encoding, If-None-Match. What is
 * found lies in the header or the arena, and what may be set as a cookie is found again.
 */
#include <stdint.h>
#include <stdlib.h>
#include "http/basic.h"
#include "http/cookie.h"

#define ARENA_BYTES ((size_t)1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void set_and_find(const struct http_request *req, struct str value)
{
	struct http_response res = {.headers = BUF_INIT(ARENA_BYTES)};
	struct http_header header = {STR("Cookie"), {NULL, 0}};
	struct http_request again = {.headers = &header, .header_count = 1, .arena = req->arena};

	cookie_set(req, &res, "session", value, 60);
	if (buf_ok(&res.headers)) {
		struct str line = buf_str(&res.headers);

		/* One line, whatever the value was. */
		require(str_index(line, '\n') == (ptrdiff_t)line.len - 1);
		header.value = str_sub(line, strlen("Set-Cookie: "), line.len);
		require(str_eq(cookie_find(&again, "session"), value));
	}
	buf_release(&res.headers);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = str_from((const char *)data, size), found, name, password;
	const struct http_header headers[] = {{STR("Cookie"), text},
					      {STR("Authorization"), text},
					      {STR("Accept-Encoding"), text},
					      {STR("If-None-Match"), text}};
	struct http_request req = {.headers = headers, .header_count = 4};
	int quality;

	req.arena = arena_new(ARENA_BYTES);
	found = cookie_find(&req, "session");
	if (found.len) {
		require(found.ptr >= text.ptr && found.ptr + found.len <= text.ptr + text.len);
		require(str_index(found, ';') < 0);
	}
	if (basic_parse(&req, &name, &password))
		require(str_index(name, ':') < 0 && name.len + password.len < text.len);
	quality = http_encoding_quality(&req, "gzip");
	require(quality >= 0 && quality <= 1000);
	(void)http_etag_matches(&req, STR("\"a\""));
	set_and_find(&req, text);
	arena_free(req.arena);
	return 0;
}
