/*
 * asset.h: files that are embedded in the binary at build time, each plain, gzipped and brotlied,
 * with an ETag and a fingerprinted name that may be cached for ever.
 */
#ifndef KINGLET_HTTP_ASSET_H
#define KINGLET_HTTP_ASSET_H

#include "http/http.h"

struct asset {
	const char *name;		/* "style.css" */
	const char *fingerprint;	/* "style.3f2a9c1b.css" */
	const char *type;		/* "text/css; charset=utf-8" */
	const char *etag;		/* quoted */
	struct str plain, gzip, brotli; /* compressed ones are empty where they don't pay */
};

/* The generated table, ordered by name. */
extern const struct asset asset_table[];
extern const size_t asset_count;

/* By name or by fingerprinted name; NULL where there is none. */
const struct asset *asset_find(struct str name);
/* "/static/style.3f2a9c1b.css" of "style.css", for templates; dies for a name that doesn't exist.
 */
struct str asset_url(const char *name);
/*
 * Answers with it: encoding by Accept-Encoding, 304 by If-None-Match; immutable for a year where
 * it was asked for by its fingerprinted name, else no-cache.
 */
void asset_serve(const struct asset *asset, bool by_fingerprint, const struct http_request *req,
		 struct http_response *res);

#endif
