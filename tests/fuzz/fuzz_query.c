/*
 * A request's target: path and query come out clean or the request is refused, and fields of the
 * query are UTF-8 without NUL.
 */
#include <stdint.h>
#include <stdlib.h>
#include "base/utf8.h"
#include "http/form.h"
#include "http/server_parser.h"

#define ARENA_BYTES ((size_t)1 << 18)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_query(struct arena *a, struct str query)
{
	struct form form;

	if (form_parse(a, query, &form) != ERR_OK)
		return;
	require(form.count <= FORM_FIELDS_MAX);
	for (size_t i = 0; i < form.count; i++) {
		require(form.fields[i].name.ptr && form.fields[i].value.ptr);
		require(utf8_valid(form.fields[i].name) && utf8_valid(form.fields[i].value));
		require(str_index(form.fields[i].value, '\0') < 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct http_limits limits = {
		.header_bytes = 1 << 16, .header_count = 4, .body_bytes = 16};
	struct http_request req = {.arena = arena_new(ARENA_BYTES)};
	struct buf head = BUF_INIT(1 << 17);
	struct parser p;
	size_t used;

	require(parser_init(&p, &limits));
	parser_reset(&p, &req);
	buf_add_c(&head, "GET ");
	buf_append(&head, data, size);
	buf_add_c(&head, " HTTP/1.1\r\nHost: a\r\n\r\n");
	if (parser_feed(&p, head.ptr, head.len, &used) == PARSER_DONE) {
		require(req.path.len && req.path.ptr[0] == '/');
		require(utf8_valid(req.path) && str_index(req.path, '\0') < 0);
		require(str_index(req.query, ' ') < 0 && str_index(req.query, '#') < 0);
		check_query(req.arena, req.query);
	}
	parser_release(&p);
	buf_release(&head);
	arena_free(req.arena);
	return 0;
}
