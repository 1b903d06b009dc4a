/*
 * router.h: finds the row of a table of routes that a path belongs to.
 *
 * A pattern is literal segments and captures: "/msgs/:username". A literal row wins over one that
 * captures, whatever their order. A segment that is captured is never empty. "/static/" with a last
 * segment "*rest" captures all that follows. A trailing slash is significant.
 */
#ifndef KINGLET_HTTP_ROUTER_H
#define KINGLET_HTTP_ROUTER_H

#include "http/http.h"

/* The head of each row; the layer above puts its own fields behind it. */
struct route {
	const char *pattern; /* also the metric label */
	unsigned methods;    /* HTTP_BIT()s; HTTP_GET implies HTTP_HEAD */
};

/* Tables are arrays of some larger struct that begins with a struct route. */
struct router {
	const void *rows;
	size_t count, stride;
};

enum router_result { ROUTER_FOUND, ROUTER_NO_PATH, ROUTER_NO_METHOD };

/*
 * On ROUTER_FOUND sets req->route and req->params. On ROUTER_NO_METHOD (the path exists, not with
 * this method) sets req->route to NULL and *allowed to the methods that it has.
 */
enum router_result router_match(const struct router *r, struct http_request *req,
				unsigned *allowed);
/* "GET, HEAD, POST" for an Allow header, into `out`. */
void router_allow(unsigned methods, struct buf *out);

#endif
