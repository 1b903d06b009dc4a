/* json.h: writing JSON (RFC 8259) as it is needed, straight into the answer. */
#ifndef KINGLET_BASE_JSON_H
#define KINGLET_BASE_JSON_H

#include "base/buf.h"

/* What a byte of text can take at most once it is escaped: \u00XX. */
#define JSON_BYTE_MAX 6

/* Appends `text`, valid UTF-8, in quotes, with quotes, backslashes and control characters escaped.
 */
void json_string(struct buf *out, struct str text);

#endif
