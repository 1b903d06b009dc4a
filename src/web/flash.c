/*
 * The flash: what just happened, said once on the next page. The cookie holds a code from a table
 * and at most a name, never text or HTML, so that a forged one can only choose among our sentences.
 */
#include "web/page.h"

#include "base/encode.h"
#include "base/utf8.h"
#include "http/cookie.h"

#define FLASH_COOKIE	     "kinglet_flash"
#define FLASH_MAX_AGE_S	     60
#define FLASH_NAME_MAX_BYTES 512

static const struct {
	const char *code, *text;
} flashes[FLASH_COUNT] = {
#define FLASH_X(name, code_, text_) [name] = {code_, text_},
	FLASH_TABLE(FLASH_X)
#undef FLASH_X
};

void flash_set(const struct http_request *req, struct http_response *res, enum flash flash,
	       struct str name)
{
	struct buf value = BUF_INIT(2048);

	buf_add_c(&value, flashes[flash].code);
	if (name.len) {
		buf_add_char(&value, '.');
		base64url_encode(&value, name.ptr, name.len);
	}
	if (buf_ok(&value))
		cookie_set(req, res, FLASH_COOKIE, buf_str(&value), FLASH_MAX_AGE_S);
	buf_release(&value);
}

bool flash_present(const struct http_request *req)
{
	return cookie_find(req, FLASH_COOKIE).ptr != NULL;
}

bool flash_is(const struct http_request *req, enum flash flash)
{
	return str_eq(cookie_find(req, FLASH_COOKIE), str_from_c(flashes[flash].code));
}

static struct str text_of(struct arena *a, const char *text, struct str name)
{
	const char *hole = strstr(text, "%s");

	if (!hole)
		return str_from_c(text);
	return arena_printf(a, "%.*s%.*s%s", (int)(hole - text), text, STR_ARG(name), hole + 2);
}

struct str flash_take(const struct http_request *req, struct http_response *res)
{
	struct str value = cookie_find(req, FLASH_COOKIE), code, name = {NULL, 0};

	if (!value.ptr)
		return value;
	cookie_set(req, res, FLASH_COOKIE, STR(""), 0);
	if (!str_cut(&value, '.', &code) ||
	    (value.len && !base64url_decode(req->arena, value, &name)) ||
	    name.len > FLASH_NAME_MAX_BYTES || !utf8_valid(name))
		return (struct str){NULL, 0};
	for (int i = 0; i < FLASH_COUNT; i++)
		if (str_eq(code, str_from_c(flashes[i].code)))
			return text_of(req->arena, lang_text(flashes[i].text), name);
	return (struct str){NULL, 0};
}
