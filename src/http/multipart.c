/*
 * multipart.c: one pass from boundary to boundary. The boundary with its "\r\n--" is the needle, so
 * that the line break before it is never taken for data; the first one is looked for without.
 */
#include "http/multipart.h"

#include <string.h>
#include "base/utf8.h"

#define NEEDLE_MAX_BYTES (MULTIPART_BOUNDARY_MAX_BYTES + 4)

static const struct str type_name = STR_INIT("multipart/form-data");

static bool is_alphanumeric(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* bchars of RFC 2046 §5.1.1; the space, which may stand in the middle, no browser sends. */
static bool is_boundary(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (!is_alphanumeric(s.ptr[i]) && !memchr("'()+_,-./:=?", s.ptr[i], 12))
			return false;
	}
	return s.len > 0 && s.len <= MULTIPART_BOUNDARY_MAX_BYTES;
}

static void skip_blanks(struct str *s)
{
	while (s->len && (s->ptr[0] == ' ' || s->ptr[0] == '\t')) {
		s->ptr++;
		s->len--;
	}
}

/*
 * Takes one `; name=value` off. A quoted value ends at the next quote: browsers write a quote in a
 * name as %22 (HTML Living Standard, multipart/form-data encoding algorithm). False where it is
 * none.
 */
static bool take_parameter(struct str *rest, struct str *name, struct str *value)
{
	ptrdiff_t equals;
	size_t end = 0;

	skip_blanks(rest);
	if (!rest->len || rest->ptr[0] != ';')
		return false;
	*rest = str_sub(*rest, 1, rest->len);
	skip_blanks(rest);
	equals = str_index(*rest, '=');
	if (equals <= 0)
		return false;
	*name = str_sub(*rest, 0, (size_t)equals);
	*rest = str_sub(*rest, (size_t)equals + 1, rest->len);
	if (rest->len && rest->ptr[0] == '"') {
		*rest = str_sub(*rest, 1, rest->len);
		while (end < rest->len && rest->ptr[end] != '"')
			end++;
		if (end == rest->len)
			return false;
		*value = str_from(rest->ptr, end);
		*rest = str_sub(*rest, end + 1, rest->len);
		return true;
	}
	while (end < rest->len && rest->ptr[end] != ';' && rest->ptr[end] != ' ' &&
	       rest->ptr[end] != '\t' && rest->ptr[end] != '"')
		end++;
	*value = str_from(rest->ptr, end);
	*rest = str_sub(*rest, end, rest->len);
	return end > 0;
}

/* Sets what was not set before; false the second time. */
static bool set_once(struct str *field, struct str value)
{
	if (field->ptr)
		return false;
	*field = value.ptr ? value : STR("");
	return true;
}

bool multipart_is(struct str content_type)
{
	struct str type;

	str_cut(&content_type, ';', &type);
	return str_eq_nocase(str_trim(type), type_name);
}

static bool find_boundary(struct str content_type, struct str *out)
{
	struct str rest, name, value;

	*out = (struct str){NULL, 0};
	if (!multipart_is(content_type))
		return false;
	rest = str_trim(str_sub(content_type, type_name.len, content_type.len));
	while (rest.len) {
		if (!take_parameter(&rest, &name, &value))
			return false;
		if (str_eq_nocase(name, STR("boundary")) && !set_once(out, value))
			return false;
	}
	return is_boundary(*out);
}

static bool is_text(struct str s)
{
	return str_index(s, '\0') < 0 && utf8_valid(s);
}

/* The value of Content-Disposition (RFC 7578 §4.2): form-data; name="…"; filename="…". */
static bool read_disposition(struct str value, struct multipart_part *part)
{
	static const struct str form_data = STR_INIT("form-data");
	struct str name, text;

	if (part->name.ptr || !str_eq_nocase(str_sub(value, 0, form_data.len), form_data))
		return false;
	value = str_sub(value, form_data.len, value.len);
	while (value.len) {
		if (!take_parameter(&value, &name, &text))
			return false;
		if (str_eq_nocase(name, STR("name")) && !set_once(&part->name, text))
			return false;
		if (str_eq_nocase(name, STR("filename")) && !set_once(&part->file_name, text))
			return false;
	}
	return part->name.len && is_text(part->name) && is_text(part->file_name);
}

/* Data that comes as it is; anything else is deprecated (RFC 7578 §4.7), and not undone here. */
static bool is_identity(struct str encoding)
{
	return str_eq_nocase(encoding, STR("binary")) || str_eq_nocase(encoding, STR("8bit")) ||
	       str_eq_nocase(encoding, STR("7bit"));
}

static bool read_line(struct str line, struct multipart_part *part)
{
	ptrdiff_t colon = str_index(line, ':');
	struct str name, value;

	if (colon <= 0 || line.ptr[0] == ' ' || line.ptr[0] == '\t' || str_index(line, '\r') >= 0 ||
	    str_index(line, '\n') >= 0 || str_index(line, '\0') >= 0)
		return false;
	name = str_sub(line, 0, (size_t)colon);
	value = str_trim(str_sub(line, (size_t)colon + 1, line.len));
	if (str_eq_nocase(name, STR("Content-Disposition")))
		return read_disposition(value, part);
	if (str_eq_nocase(name, STR("Content-Type")))
		return set_once(&part->type, value);
	if (str_eq_nocase(name, STR("Content-Transfer-Encoding")))
		return is_identity(value);
	return true;
}

/* Takes head and blank line off `rest`, which is left at the data. */
static enum err read_head(struct str *rest, struct multipart_part *part)
{
	struct str window = str_sub(*rest, 0, MULTIPART_HEAD_MAX_BYTES);

	*part = (struct multipart_part){.name = {NULL, 0}};
	for (;;) {
		const char *end = window.len ? memmem(window.ptr, window.len, "\r\n", 2) : NULL;
		size_t len = end ? (size_t)(end - window.ptr) : 0;

		if (!end)
			return rest->len > MULTIPART_HEAD_MAX_BYTES ? ERR_TOO_LARGE : ERR_INVALID;
		if (len && !read_line(str_from(window.ptr, len), part))
			return ERR_INVALID;
		window = str_sub(window, len + 2, window.len);
		*rest = str_sub(*rest, len + 2, rest->len);
		if (len == 0)
			return part->name.ptr ? ERR_OK : ERR_INVALID;
	}
}

/* The data ends at the needle, which is taken off as well. */
static bool read_data(struct str *rest, struct str needle, struct multipart_part *part)
{
	const char *end = memmem(rest->ptr, rest->len, needle.ptr, needle.len);
	size_t len;

	if (!end)
		return false;
	len = (size_t)(end - rest->ptr);
	part->data = str_from(rest->ptr, len);
	*rest = str_sub(*rest, len + needle.len, rest->len);
	return true;
}

enum err multipart_parse(struct str content_type, struct str body, struct multipart *out)
{
	char needle_text[NEEDLE_MAX_BYTES] = "\r\n--";
	struct str boundary, needle, first, rest;
	enum err e;

	out->count = 0;
	if (!find_boundary(content_type, &boundary))
		return ERR_INVALID;
	memcpy(needle_text + 4, boundary.ptr, boundary.len);
	needle = str_from(needle_text, boundary.len + 4);
	first = str_sub(needle, 2, needle.len);
	if (!str_starts_with(body, first))
		return ERR_INVALID;
	rest = str_sub(body, first.len, body.len);
	while (str_starts_with(rest, STR("\r\n"))) {
		rest = str_sub(rest, 2, rest.len);
		if (out->count == MULTIPART_PARTS_MAX)
			return ERR_TOO_LARGE;
		e = read_head(&rest, &out->parts[out->count]);
		if (e != ERR_OK)
			return e;
		/* With nothing left there is no needle, and memmem() is not asked about NULL. */
		if (!rest.len || !read_data(&rest, needle, &out->parts[out->count]))
			return ERR_INVALID;
		out->count++;
	}
	return str_eq(rest, STR("--\r\n")) || str_eq(rest, STR("--")) ? ERR_OK : ERR_INVALID;
}

const struct multipart_part *multipart_find(const struct multipart *m, const char *name)
{
	struct str wanted = str_from_c(name);

	for (size_t i = 0; i < m->count; i++) {
		if (str_eq(m->parts[i].name, wanted))
			return &m->parts[i];
	}
	return NULL;
}
