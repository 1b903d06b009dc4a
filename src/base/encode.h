/*
 * encode.h: bytes to text and back: hex, base64 (RFC 4648 §4), base64url without padding
 * (RFC 4648 §5), percent-encoding (RFC 3986 §2.1).
 */
#ifndef KINGLET_BASE_ENCODE_H
#define KINGLET_BASE_ENCODE_H

#include <stdbool.h>
#include <stddef.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

/* Lower-case hex of `len` bytes into `out`, which holds 2*len + 1; terminated. */
void hex_encode(const void *data, size_t len, char *out);
/* The inverse: false unless `text` is exactly 2*len hex digits of either case. */
bool hex_decode(struct str text, void *out, size_t len);

/* base64 with padding, appended. */
void base64_encode(struct buf *out, const void *data, size_t len);
/* Strict decoding (padding required, no white space) into the arena; false where it is not base64.
 */
bool base64_decode(struct arena *a, struct str text, struct str *out);
void base64url_encode(struct buf *out, const void *data, size_t len);
bool base64url_decode(struct arena *a, struct str text, struct str *out);

/*
 * Decodes %XX, and '+' as a space where `plus_is_space` (forms and queries, not paths). False for
 * a '%' without two hex digits; a decoded NUL is allowed here and is the caller's to refuse. The
 * result borrows `text` where nothing needed decoding, else lies in the arena.
 */
bool percent_decode(struct arena *a, struct str text, bool plus_is_space, struct str *out);
/* Appends `text` with all but RFC 3986's unreserved characters percent-encoded. */
void percent_encode(struct buf *out, struct str text);

#endif
