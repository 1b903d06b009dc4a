/* basic.c: see basic.h. Comparing the password is the caller's, in constant time. */
#include "http/basic.h"

#include "base/encode.h"

bool basic_parse(const struct http_request *req, struct str *name, struct str *password)
{
	struct str value = http_header_find(req, "Authorization"), scheme, decoded;
	ptrdiff_t colon;

	if (!str_cut(&value, ' ', &scheme) || !str_eq_nocase(scheme, STR("Basic")))
		return false;
	if (!base64_decode(req->arena, str_trim(value), &decoded))
		return false;
	colon = str_index(decoded, ':');
	if (colon < 0)
		return false;
	/* Not by str_cut: a password may be empty and may hold colons. */
	*name = str_from(decoded.ptr, (size_t)colon);
	*password = str_from(decoded.ptr + colon + 1, decoded.len - (size_t)colon - 1);
	return true;
}
