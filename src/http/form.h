/*
 * form.h: fields of application/x-www-form-urlencoded text (WHATWG URL §5.1): bodies and queries.
 */
#ifndef KINGLET_HTTP_FORM_H
#define KINGLET_HTTP_FORM_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#define FORM_FIELDS_MAX 64

struct form {
	struct {
		struct str name, value;
	} fields[FORM_FIELDS_MAX];
	size_t count;
};

/*
 * ERR_INVALID: a bad percent-sequence, bytes that are not UTF-8, a NUL; ERR_TOO_LARGE: more than
 * FORM_FIELDS_MAX fields or the arena is full. Values lie in the arena or borrow `text`.
 */
enum err MUST_CHECK form_parse(struct arena *a, struct str text, struct form *out);
/* The first field of that name; empty with .ptr NULL where there is none. */
struct str form_find(const struct form *form, const char *name);

#endif
