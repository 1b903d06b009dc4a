/*
 * The JSON body of a request: nothing may crash, leak or read past the end; what is accepted is
 * valid UTF-8 without NUL, and written out and read again is the same.
 */
#include <stdint.h>
#include <stdlib.h>
#include "api/body.h"
#include "base/json.h"
#include "base/utf8.h"

#define ARENA_BYTES ((size_t)4 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void write_and_read_again(struct arena *a, const struct body_field *field)
{
	struct body_field again = {field->name};
	struct buf out = BUF_INIT((size_t)1 << 24);
	const char *problem = NULL;

	buf_add_char(&out, '{');
	json_string(&out, str_from_c(field->name));
	buf_add_char(&out, ':');
	json_string(&out, field->value);
	buf_add_char(&out, '}');
	require(body_read(a, buf_str(&out), &again, 1, &problem));
	require(str_eq(again.value, field->value));
	buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct body_field fields[] = {{"content"}, {"follow"}, {"username"}};
	struct arena *a = arena_new(ARENA_BYTES);
	const char *problem = NULL;

	if (!body_read(a, str_from((const char *)data, size), fields, 3, &problem)) {
		require(problem != NULL);
		arena_free(a);
		return 0;
	}
	for (size_t i = 0; i < 3; i++) {
		if (!fields[i].value.ptr)
			continue;
		require(utf8_valid(fields[i].value) && str_index(fields[i].value, '\0') < 0);
		write_and_read_again(a, &fields[i]);
	}
	arena_free(a);
	return 0;
}
