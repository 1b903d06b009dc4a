/*
 * router.c: a row is chosen by walking the table once. Each row that matches the path gets a rank
 * that reads its segments from the left, a literal over a capture over a rest; the highest wins.
 * Tables have a few dozen rows and most fall out at their first byte, so a tree would not pay.
 */
#include "http/router.h"

enum segment { SEGMENT_REST = 1, SEGMENT_CAPTURE, SEGMENT_LITERAL };

/* Cuts off one segment and the slash behind it; what distinguishes "/a" from "/a/" stays visible
 * as `*slash`. */
static struct str cut_segment(struct str *rest, bool *slash)
{
	ptrdiff_t at = str_index(*rest, '/');
	struct str head = at < 0 ? *rest : str_from(rest->ptr, (size_t)at);

	*slash = at >= 0;
	*rest = str_sub(*rest, head.len + *slash, rest->len);
	return head;
}

static void capture(struct str *params, size_t *count, struct str value)
{
	if (params && *count < HTTP_PARAMS_MAX)
		params[*count] = value;
	++*count;
}

/* The rank of `pattern` for `path`, 0 where it doesn't match. `params` may be NULL. */
static uint64_t match(struct str pattern, struct str path, struct str *params)
{
	uint64_t rank = 0;
	size_t count = 0;
	bool pattern_slash = true, path_slash = true;

	for (int shift = 62; pattern_slash && path_slash && shift > 0; shift -= 2) {
		struct str all = path, segment = cut_segment(&pattern, &pattern_slash), got;

		if (segment.len && segment.ptr[0] == '*') {
			if (all.len == 0)
				return 0;
			capture(params, &count, all);
			return rank | (uint64_t)SEGMENT_REST << shift;
		}
		got = cut_segment(&path, &path_slash);
		if (segment.len && segment.ptr[0] == ':') {
			if (got.len == 0)
				return 0;
			capture(params, &count, got);
			rank |= (uint64_t)SEGMENT_CAPTURE << shift;
		} else if (str_eq(segment, got)) {
			rank |= (uint64_t)SEGMENT_LITERAL << shift;
		} else {
			return 0;
		}
	}
	return pattern_slash == path_slash ? rank : 0;
}

static unsigned methods_of(const struct route *row)
{
	bool get = row->methods & HTTP_BIT(HTTP_GET);

	return row->methods | (get ? HTTP_BIT(HTTP_HEAD) : 0);
}

enum router_result router_match(const struct router *r, struct http_request *req, unsigned *allowed)
{
	const struct route *found = NULL;
	uint64_t best = 0;
	unsigned methods = 0;

	req->route = NULL;
	for (size_t i = 0; i < r->count; i++) {
		const void *at = (const char *)r->rows + i * r->stride;
		const struct route *row = at;
		uint64_t rank = match(str_from(row->pattern, strlen(row->pattern)), req->path,
				      NULL);

		if (rank == 0 || rank < best)
			continue;
		if (rank > best) {
			best = rank;
			methods = 0;
			found = NULL;
		}
		methods |= methods_of(row);
		if (!found && (methods_of(row) & HTTP_BIT(req->method)))
			found = row;
	}
	if (best == 0)
		return ROUTER_NO_PATH;
	if (!found) {
		*allowed = methods;
		return ROUTER_NO_METHOD;
	}
	match(str_from_c(found->pattern), req->path, req->params);
	req->route = found;
	return ROUTER_FOUND;
}

void router_allow(unsigned methods, struct buf *out)
{
	static const char *const names[HTTP_OTHER] = {
		[HTTP_GET] = "GET",	    [HTTP_HEAD] = "HEAD",     [HTTP_POST] = "POST",
		[HTTP_PUT] = "PUT",	    [HTTP_DELETE] = "DELETE", [HTTP_PATCH] = "PATCH",
		[HTTP_OPTIONS] = "OPTIONS",
	};
	const char *separator = "";

	for (unsigned i = 0; i < HTTP_OTHER; i++) {
		if (!(methods & HTTP_BIT(i)))
			continue;
		buf_add_c(out, separator);
		buf_add_c(out, names[i]);
		separator = ", ";
	}
}
