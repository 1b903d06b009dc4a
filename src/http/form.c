/*
 * form.c: fields of a form are decoded where they stand; text without escapes is borrowed, so
 * that a login costs no copy. What is not UTF-8 never gets past this point.
 */
#include "http/form.h"

#include "base/encode.h"
#include "base/utf8.h"

static enum err decode(struct arena *a, struct str text, struct str *out)
{
	struct str decoded;

	if (!percent_decode(a, text, true, &decoded)) {
		/* It says no in two cases; a full arena is still full. */
		return arena_alloc(a, text.len) ? ERR_INVALID : ERR_TOO_LARGE;
	}
	if (str_index(decoded, '\0') >= 0 || !utf8_valid(decoded))
		return ERR_INVALID;
	/* A value that is there but empty differs from none, whose .ptr is NULL. */
	*out = decoded.ptr ? decoded : STR("");
	return ERR_OK;
}

enum err form_parse(struct arena *a, struct str text, struct form *out)
{
	struct str piece, name;
	size_t count = 0;
	enum err err;

	while (str_cut(&text, '&', &piece)) {
		if (piece.len == 0)
			continue;
		if (count == FORM_FIELDS_MAX)
			return ERR_TOO_LARGE;
		str_cut(&piece, '=', &name);
		err = decode(a, name, &out->fields[count].name);
		if (err == ERR_OK)
			err = decode(a, piece, &out->fields[count].value);
		if (err != ERR_OK)
			return err;
		count++;
	}
	out->count = count;
	return ERR_OK;
}

struct str form_find(const struct form *form, const char *name)
{
	struct str wanted = str_from_c(name);

	for (size_t i = 0; i < form->count; i++) {
		if (str_eq(form->fields[i].name, wanted))
			return form->fields[i].value;
	}
	return (struct str){NULL, 0};
}
