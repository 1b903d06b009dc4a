/*
 * The body of a form: what is accepted is UTF-8 without NUL, and encoded and read again it is the
 * same.
 */
#include <stdint.h>
#include <stdlib.h>
#include "base/encode.h"
#include "base/utf8.h"
#include "http/form.h"

#define ARENA_BYTES ((size_t)1 << 20)
#define TEXT_BYTES  ((size_t)1 << 22)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void write_and_read_again(const struct form *form)
{
	struct arena *a = arena_new(ARENA_BYTES * 4);
	struct buf text = BUF_INIT(TEXT_BYTES);
	struct form again;

	for (size_t i = 0; i < form->count; i++) {
		percent_encode(&text, form->fields[i].name);
		buf_add_char(&text, '=');
		percent_encode(&text, form->fields[i].value);
		buf_add_char(&text, '&');
	}
	require(form_parse(a, buf_str(&text), &again) == ERR_OK);
	require(again.count == form->count);
	for (size_t i = 0; i < form->count; i++) {
		require(str_eq(again.fields[i].name, form->fields[i].name));
		require(str_eq(again.fields[i].value, form->fields[i].value));
	}
	buf_release(&text);
	arena_free(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(ARENA_BYTES);
	struct form form;

	if (form_parse(a, str_from((const char *)data, size), &form) == ERR_OK) {
		require(form.count <= FORM_FIELDS_MAX);
		for (size_t i = 0; i < form.count; i++) {
			struct str name = form.fields[i].name, value = form.fields[i].value;

			require(utf8_valid(name) && utf8_valid(value));
			require(str_index(name, '\0') < 0 && str_index(value, '\0') < 0);
		}
		write_and_read_again(&form);
	}
	arena_free(a);
	return 0;
}
