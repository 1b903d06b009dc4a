/*
 * multipart.h: the fields of a multipart/form-data body (RFC 7578, RFC 2046 §5.1), which is how a
 * browser sends a file.
 *
 * What a form of a browser never has is refused and never repaired: text before the first boundary
 * or behind the last, blanks behind a boundary, folded or bare lines in a head, encodings.
 */
#ifndef KINGLET_HTTP_MULTIPART_H
#define KINGLET_HTTP_MULTIPART_H

#include <stdbool.h>
#include "base/err.h"
#include "base/str.h"

#define MULTIPART_PARTS_MAX	     16
#define MULTIPART_HEAD_MAX_BYTES     4096 /* the lines before the data of one part */
#define MULTIPART_BOUNDARY_MAX_BYTES 70	  /* RFC 2046 §5.1.1 */

/* Everything borrows the body. */
struct multipart_part {
	struct str name;      /* valid UTF-8 without NUL, not empty; as sent: %22 stays %22 */
	struct str file_name; /* the same, but may be empty; .ptr is NULL where it is no file */
	struct str type;      /* as the client says, which is no more than a claim */
	struct str data;
};

struct multipart {
	struct multipart_part parts[MULTIPART_PARTS_MAX];
	size_t count;
};

/* Is this the type of such a body, whatever its parameters say? */
bool multipart_is(struct str content_type);
/*
 * Finds the parts; copies nothing, and takes time in proportion to the body. ERR_INVALID: no such
 * body, ERR_TOO_LARGE: more than MULTIPART_PARTS_MAX parts, or a head over its limit. `out` then
 * means nothing.
 */
enum err MUST_CHECK multipart_parse(struct str content_type, struct str body,
				    struct multipart *out);
/* The first part of that name; NULL where there is none. */
const struct multipart_part *multipart_find(const struct multipart *m, const char *name);

#endif
