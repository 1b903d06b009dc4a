/*
 * By jansson, which is strict about UTF-8 and grammar. It recurses, so the depth is bounded before
 * it sees the text; its size is bounded by the server. What is used of the result is copied into
 * the arena, so that nothing of it outlives the call.
 */
#include "api/body.h"

#include <jansson.h>

/* Brackets outside of strings; the text need not be JSON. */
static bool is_too_deep(struct str text)
{
	bool in_string = false;
	int depth = 0;

	for (size_t i = 0; i < text.len && depth <= BODY_DEPTH_MAX; i++) {
		char c = text.ptr[i];

		if (c == '"')
			in_string = !in_string;
		else if (in_string)
			i += c == '\\';
		else if (c == '{' || c == '[')
			depth++;
		else if (c == '}' || c == ']')
			depth--;
	}
	return depth > BODY_DEPTH_MAX;
}

static bool read_field(struct arena *a, const json_t *object, struct body_field *field,
		       const char **problem)
{
	const json_t *value = json_object_get(object, field->name);

	if (!value || json_is_null(value))
		return true;
	if (!json_is_string(value)) {
		*problem = arena_printf(a, "\"%s\" must be a text", field->name).ptr;
		return false;
	}
	field->value = arena_str(a, str_from(json_string_value(value), json_string_length(value)));
	if (!field->value.ptr) {
		*problem = "The body is too large";
		return false;
	}
	return true;
}

bool body_read(struct arena *a, struct str text, struct body_field *fields, size_t count,
	       const char **problem)
{
	json_t *object = NULL;
	bool ok = false;

	for (size_t i = 0; i < count; i++)
		fields[i].value = str_from(NULL, 0);
	if (is_too_deep(text)) {
		*problem = "The body nests too deeply";
		return false;
	}
	if (text.len)
		object = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY,
				    NULL);
	if (!object) {
		*problem = "The body is not valid JSON";
	} else if (!json_is_object(object)) {
		*problem = "The body must be a JSON object";
	} else {
		ok = true;
		for (size_t i = 0; i < count && ok; i++)
			ok = read_field(a, object, &fields[i], problem);
	}
	json_decref(object);
	return ok;
}
