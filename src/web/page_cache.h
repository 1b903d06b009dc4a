/*
 * page_cache.h: pages that are the same for everybody, kept rendered.
 *
 * A page is kept under its path and language, plain and gzipped, together with the store's version
 * that it was rendered from, and is given out only while that version is the store's and for a
 * second at most (it says "3 min"). So it is exact: what was committed before a request came is on
 * its page. Bounded: a fixed number of places, the place's older page goes. Safe on any thread.
 */
#ifndef KINGLET_WEB_PAGE_CACHE_H
#define KINGLET_WEB_PAGE_CACHE_H

#include <stdbool.h>
#include "http/http.h"

#define PAGE_CACHE_PLACES     256
#define PAGE_CACHE_PAGE_MAX   ((size_t)64 * 1024) /* larger pages are not kept */
#define PAGE_CACHE_PATH_MAX   200
#define PAGE_CACHE_MAX_AGE_MS 1000

struct page_cache;

/* NULL without memory. */
struct page_cache *page_cache_new(void);
/* NULL is fine. */
void page_cache_free(struct page_cache *c);

/*
 * Answers `req` from the page kept under its path: headers, ETag, and 304 or the body in the best
 * encoding that is kept. False, and `res` untouched, where there is none for `version` at `now_ms`.
 */
bool page_cache_serve(struct page_cache *c, const struct http_request *req, uint64_t version,
		      int64_t now_ms, struct http_response *res);
/*
 * Keeps the page that `res` holds (headers and body, rendered from reads begun after the version
 * was `version`), then answers from it. Does nothing for version 0, or where it doesn't fit.
 */
void page_cache_keep(struct page_cache *c, const struct http_request *req, uint64_t version,
		     int64_t now_ms, struct http_response *res);

#endif
