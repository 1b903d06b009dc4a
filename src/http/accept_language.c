#include "http/accept_language.h"

/* The longest tag that makes sense (RFC 5646 §4.4.1). */
#define RANGE_MAX_BYTES 35

/* Without its last subtag, and then without a single letter at the end ("x", "u") either. */
static struct str shortened(struct str range)
{
	size_t len = range.len;

	while (len && range.ptr[len - 1] != '-')
		len--;
	len = len ? len - 1 : 0;
	if (len >= 2 && range.ptr[len - 2] == '-')
		len -= 2;
	return str_from(range.ptr, len);
}

/* RFC 4647 §3.4. */
static bool lookup(struct str range, enum lang *out)
{
	if (range.len > RANGE_MAX_BYTES)
		return false;
	for (; range.len; range = shortened(range))
		if (lang_find(range, out))
			return true;
	return false;
}

enum lang accept_language(const struct http_request *req)
{
	enum lang best = LANG_EN, found;
	int best_quality = 0;

	for (size_t i = 0; i < req->header_count; i++) {
		struct str rest = req->headers[i].value, element, range;

		if (!str_eq_nocase(req->headers[i].name, STR("Accept-Language")))
			continue;
		while (str_cut(&rest, ',', &element)) {
			int quality;

			str_cut(&element, ';', &range);
			quality = http_quality(element);
			if (quality > best_quality && lookup(str_trim(range), &found)) {
				best = found;
				best_quality = quality;
			}
		}
	}
	return best;
}
