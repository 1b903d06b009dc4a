/*
 * The bytes of a connection: nothing may crash or leak; how the bytes are cut into reads must make
 * no difference; a request that is accepted is within its limits and its path is clean.
 */
#include <stdint.h>
#include <stdlib.h>
#include "base/utf8.h"
#include "http/server_parser.h"

#define ARENA_BYTES  ((size_t)1 << 16)
#define REQUESTS_MAX 8 /* of one connection */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct http_limits limits = {
	.header_bytes = 1024,
	.header_count = 8,
	.body_bytes = 256,
	.arena_bytes = ARENA_BYTES,
};

struct outcome {
	enum parser_result result;
	size_t used;
	struct str path, query, body;
	enum http_method method;
	size_t header_count;
};

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_request(const struct http_request *req)
{
	require(req->path.len && req->path.ptr[0] == '/');
	require(utf8_valid(req->path) && str_index(req->path, '\0') < 0);
	require(req->header_count <= limits.header_count);
	require(req->body.len <= limits.body_bytes);
	for (size_t i = 0; i < req->header_count; i++) {
		require(parser_is_token(req->headers[i].name));
		require(str_index(req->headers[i].value, '\r') < 0);
		require(str_index(req->headers[i].value, '\n') < 0);
		require(str_index(req->headers[i].value, '\0') < 0);
	}
}

/* One request from `text`, in reads of at most `step` bytes; what it borrows goes to `keep`. */
static struct outcome parse(struct parser *p, struct arena *keep, struct str text, size_t step)
{
	struct http_request req = {.arena = arena_new(ARENA_BYTES)};
	struct outcome out = {.result = PARSER_MORE};

	parser_reset(p, &req);
	while (out.result == PARSER_MORE && out.used < text.len) {
		struct str piece = str_sub(text, out.used, step);
		/* A copy of its own, so that a read past its end is seen. */
		char *read = malloc(piece.len);
		size_t used = 0;

		memcpy(read, piece.ptr, piece.len);
		out.result = parser_feed(p, read, piece.len, &used);
		free(read);
		require(used <= piece.len);
		require(out.result != PARSER_MORE || used == piece.len);
		out.used += used;
	}
	if (out.result == PARSER_DONE) {
		check_request(&req);
		out.method = req.method;
		out.header_count = req.header_count;
		out.path = arena_str(keep, req.path);
		out.query = arena_str(keep, req.query);
		out.body = arena_str(keep, req.body);
	}
	if (out.result == PARSER_REFUSED)
		require(p->status >= 400 && p->status < 600);
	arena_free(req.arena);
	return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *keep = arena_new(1 << 20);
	struct parser whole, cut;
	struct str rest = str_from((const char *)data, size);
	size_t step = size ? data[0] % 7 + 1 : 1;

	require(parser_init(&whole, &limits) && parser_init(&cut, &limits));
	for (int i = 0; i < REQUESTS_MAX && rest.len; i++) {
		struct outcome a = parse(&whole, keep, rest, rest.len);
		struct outcome b = parse(&cut, keep, rest, step);

		require(a.result == b.result);
		if (a.result != PARSER_DONE)
			break;
		require(a.used == b.used && a.method == b.method);
		require(a.header_count == b.header_count);
		require(str_eq(a.path, b.path) && str_eq(a.query, b.query));
		require(str_eq(a.body, b.body));
		rest = str_sub(rest, a.used, rest.len);
	}
	parser_release(&whole);
	parser_release(&cut);
	arena_free(keep);
	return 0;
}
