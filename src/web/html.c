#include "web/html.h"

#include "base/encode.h"
#include "http/asset.h"

/*
 * Which of the five a byte is; 0 for all others. One look-up a byte: runs without a hit, which is
 * nearly all text, are copied whole.
 */
static const unsigned char special[256] = {
	['<'] = 1, ['>'] = 2, ['&'] = 3, ['"'] = 4, ['\''] = 5,
};

static const struct str escapes[] = {
	{NULL, 0},	   STR_INIT("&lt;"),  STR_INIT("&gt;"),
	STR_INIT("&amp;"), STR_INIT("&#34;"), STR_INIT("&#39;"),
};

void html_str(struct buf *out, struct str s)
{
	size_t start = 0;

	for (size_t i = 0; i < s.len; i++) {
		unsigned char which = special[(unsigned char)s.ptr[i]];

		if (!which)
			continue;
		buf_append(out, s.ptr + start, i - start);
		buf_add(out, escapes[which]);
		start = i + 1;
	}
	if (start < s.len)
		buf_append(out, s.ptr + start, s.len - start);
}

void html_c(struct buf *out, const char *s)
{
	html_str(out, str_from_c(s));
}

void html_i64(struct buf *out, int64_t value)
{
	buf_add_i64(out, value);
}

void html_url(struct buf *out, struct str s)
{
	percent_encode(out, s);
}

void html_asset(struct buf *out, const char *name)
{
	html_str(out, asset_url(name));
}
