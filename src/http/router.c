/*
 * router.c: a row is chosen by walking the table once. Each row that matches the path gets a rank
 * that reads its segments from the left, a literal over a capture over a rest; the highest wins.
 * Tables have a few dozen rows and most fall out at their first letter, so a tree would not pay.
 */
#include "http/router.h"

enum segment { SEGMENT_REST = 1, SEGMENT_CAPTURE, SEGMENT_LITERAL };

static void capture(struct str *params, size_t *count, struct str value)
{
	if (params && *count < HTTP_PARAMS_MAX)
		params[*count] = value;
	++*count;
}

/*
 * The rank of `pattern` for `path`, 0 where it doesn't match. `params` may be NULL. In step through
 * both, byte by byte.
 */
static uint64_t match(const char *pattern, struct str path, struct str *params)
{
	const char *at = path.ptr, *end = path.ptr + path.len;
	uint64_t rank = 0;
	size_t count = 0;

	for (int shift = 62; shift > 0; shift -= 2) {
		const char *begin = at;

		if (*pattern == '*') {
			if (at == end)
				return 0;
			capture(params, &count, str_from(at, (size_t)(end - at)));
			return rank | (uint64_t)SEGMENT_REST << shift;
		}
		if (*pattern == ':') {
			while (at < end && *at != '/')
				at++;
			if (at == begin)
				return 0;
			capture(params, &count, str_from(begin, (size_t)(at - begin)));
			while (*pattern && *pattern != '/')
				pattern++;
			rank |= (uint64_t)SEGMENT_CAPTURE << shift;
		} else {
			for (; *pattern && *pattern != '/'; pattern++, at++) {
				if (at == end || *at != *pattern)
					return 0;
			}
			if (at < end && *at != '/')
				return 0;
			rank |= (uint64_t)SEGMENT_LITERAL << shift;
		}
		/* What distinguishes "/a" from "/a/" is what is left. */
		if (!*pattern || at == end)
			return !*pattern && at == end ? rank : 0;
		pattern++;
		at++;
	}
	return 0;
}

/* False only where match() would give 0. */
static bool may_match(const char *pattern, struct str path)
{
	char letter = pattern[0] ? pattern[1] : '\0';

	if (path.len < 2 || !letter || letter == ':' || letter == '*')
		return true;
	return path.ptr[1] == letter;
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
		uint64_t rank;

		if (!may_match(row->pattern, req->path))
			continue;
		rank = match(row->pattern, req->path, NULL);
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
	match(found->pattern, req->path, req->params);
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
