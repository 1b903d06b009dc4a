/*
 * A multipart body: the first line is its type, the rest the body. What is accepted lies within the
 * body, holds no boundary, and written anew it is read as the same.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "base/utf8.h"
#include "http/multipart.h"

#define TEXT_BYTES ((size_t)1 << 22)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static bool lies_in(struct str part, struct str whole)
{
	return part.len == 0 ||
	       (part.ptr >= whole.ptr && part.ptr + part.len <= whole.ptr + whole.len);
}

static void write_and_read_again(const struct multipart *m)
{
	static const struct str type = STR_INIT("multipart/form-data; boundary=\"'()+_,-./:=?\"");
	struct buf text = BUF_INIT(TEXT_BYTES);
	struct multipart again;

	for (size_t i = 0; i < m->count; i++) {
		const struct multipart_part *part = &m->parts[i];

		buf_printf(&text, "--'()+_,-./:=?\r\nContent-Disposition: form-data; name=\"%.*s\"",
			   STR_ARG(part->name));
		if (part->file_name.ptr)
			buf_printf(&text, "; filename=\"%.*s\"", STR_ARG(part->file_name));
		buf_add(&text, STR("\r\n\r\n"));
		buf_add(&text, part->data);
		buf_add(&text, STR("\r\n"));
	}
	buf_add(&text, STR("--'()+_,-./:=?--\r\n"));
	/* Data may hold the boundary that is chosen here, and a head be longer when it is quoted.
	 */
	if (multipart_parse(type, buf_str(&text), &again) == ERR_OK && again.count == m->count) {
		for (size_t i = 0; i < m->count; i++) {
			require(str_eq(again.parts[i].name, m->parts[i].name));
			require(str_eq(again.parts[i].file_name, m->parts[i].file_name));
			require(!again.parts[i].file_name.ptr == !m->parts[i].file_name.ptr);
		}
	}
	buf_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str body = str_from((const char *)data, size), type;
	struct multipart m;

	str_cut(&body, '\n', &type);
	if (multipart_parse(type, body, &m) != ERR_OK)
		return 0;
	require(multipart_is(type));
	require(m.count <= MULTIPART_PARTS_MAX);
	for (size_t i = 0; i < m.count; i++) {
		const struct multipart_part *part = &m.parts[i];

		require(part->name.len && utf8_valid(part->name) && utf8_valid(part->file_name));
		require(str_index(part->name, '\0') < 0 && str_index(part->file_name, '\0') < 0);
		require(lies_in(part->name, body) && lies_in(part->file_name, body));
		require(lies_in(part->data, body) && lies_in(part->type, body));
	}
	write_and_read_again(&m);
	return 0;
}
