/* Runs of bytes that need no escape are copied whole: almost all of a timeline is such runs. */
#include "base/json.h"

#include <stdbool.h>

/* The letter of a short escape, 'u' where only \u00XX will do, 0 where none is needed. */
static const char escapes[256] = {
	[0x00] = 'u', [0x01] = 'u', [0x02] = 'u', [0x03] = 'u',	 [0x04] = 'u', [0x05] = 'u',
	[0x06] = 'u', [0x07] = 'u', ['\b'] = 'b', ['\t'] = 't',	 ['\n'] = 'n', [0x0b] = 'u',
	['\f'] = 'f', ['\r'] = 'r', [0x0e] = 'u', [0x0f] = 'u',	 [0x10] = 'u', [0x11] = 'u',
	[0x12] = 'u', [0x13] = 'u', [0x14] = 'u', [0x15] = 'u',	 [0x16] = 'u', [0x17] = 'u',
	[0x18] = 'u', [0x19] = 'u', [0x1a] = 'u', [0x1b] = 'u',	 [0x1c] = 'u', [0x1d] = 'u',
	[0x1e] = 'u', [0x1f] = 'u', ['"'] = '"',  ['\\'] = '\\',
};

static void escape(struct buf *out, unsigned char c)
{
	static const char digits[] = "0123456789abcdef";
	char text[JSON_BYTE_MAX] = {'\\', escapes[c], '0', '0', digits[c >> 4], digits[c & 15]};

	buf_append(out, text, escapes[c] == 'u' ? sizeof(text) : 2);
}

void json_string(struct buf *out, struct str text)
{
	size_t start = 0;

	buf_add_char(out, '"');
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		if (!escapes[c])
			continue;
		buf_append(out, text.ptr + start, i - start);
		escape(out, c);
		start = i + 1;
	}
	if (text.len > start)
		buf_append(out, text.ptr + start, text.len - start);
	buf_add_char(out, '"');
}
