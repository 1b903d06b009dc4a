/*
 * encode.c: the codecs that libsodium has are libsodium's (strict about padding and about stray
 * bits, and in constant time, which tokens like); percent-encoding is done here.
 */
#include "base/encode.h"

#include <sodium.h>

void hex_encode(const void *data, size_t len, char *out)
{
	sodium_bin2hex(out, len * 2 + 1, data, len);
}

bool hex_decode(struct str text, void *out, size_t len)
{
	size_t got = 0;

	if (text.len != len * 2)
		return false;
	if (len == 0)
		return true;
	return sodium_hex2bin(out, len, text.ptr, text.len, NULL, &got, NULL) == 0 && got == len;
}

static void add_base64(struct buf *out, const void *data, size_t len, int variant)
{
	size_t room = sodium_base64_encoded_len(len, variant);

	if (!buf_reserve(out, room))
		return;
	sodium_bin2base64(out->ptr + out->len, room, data, len, variant);
	out->len += room - 1; /* the room counts a NUL */
}

static bool read_base64(struct arena *a, struct str text, int variant, struct str *out)
{
	size_t room = text.len / 4 * 3 + 3, got = 0;
	unsigned char *bytes = arena_alloc(a, room);

	if (!bytes)
		return false;
	if (text.len &&
	    sodium_base642bin(bytes, room, text.ptr, text.len, NULL, &got, NULL, variant) != 0)
		return false;
	*out = str_from((const char *)bytes, got);
	return true;
}

void base64_encode(struct buf *out, const void *data, size_t len)
{
	add_base64(out, data, len, sodium_base64_VARIANT_ORIGINAL);
}

bool base64_decode(struct arena *a, struct str text, struct str *out)
{
	return read_base64(a, text, sodium_base64_VARIANT_ORIGINAL, out);
}

void base64url_encode(struct buf *out, const void *data, size_t len)
{
	add_base64(out, data, len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

bool base64url_decode(struct arena *a, struct str text, struct str *out)
{
	return read_base64(a, text, sodium_base64_VARIANT_URLSAFE_NO_PADDING, out);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool percent_decode(struct arena *a, struct str text, bool plus_is_space, struct str *out)
{
	char *p;
	size_t len = 0;

	if (str_index(text, '%') < 0 && (!plus_is_space || str_index(text, '+') < 0)) {
		*out = text;
		return true;
	}
	p = arena_alloc(a, text.len);
	if (!p)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (c == '+' && plus_is_space) {
			c = ' ';
		} else if (c == '%') {
			int high = i + 1 < text.len ? hex_digit(text.ptr[i + 1]) : -1;
			int low = i + 2 < text.len ? hex_digit(text.ptr[i + 2]) : -1;

			if (high < 0 || low < 0)
				return false;
			c = (char)(high << 4 | low);
			i += 2;
		}
		p[len++] = c;
	}
	*out = str_from(p, len);
	return true;
}

static bool is_unreserved(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_' || c == '~';
}

void percent_encode(struct buf *out, struct str text)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];
		char coded[3] = {'%', digits[c >> 4], digits[c & 15]};

		if (is_unreserved(c))
			buf_add_char(out, (char)c);
		else
			buf_append(out, coded, sizeof(coded));
	}
}
