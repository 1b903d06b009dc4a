#include "web/page_cache.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include "base/lang.h"

/*
 * A table of places, each with a lock of its own that is held for a comparison and three
 * reference counts: tens of nanoseconds, so waiting spins. Pages are hashed to one place; two
 * busy pages that share one only cost each other hits.
 *
 * A page is compressed when it is asked for a second time: while posts rain in, each rendering is
 * used once, and its compression would be thrown away.
 */

#define GZIP_LEVEL 6
#define SPINS_MAX  100
#define ETAG_BYTES 24

struct kept {
	char path[PAGE_CACHE_PATH_MAX];
	size_t path_len;
	enum lang lang;
	uint64_t version;
	int64_t rendered_ms;
	char etag[ETAG_BYTES];
	struct http_blob *headers, *plain, *gzip;
};

struct place {
	atomic_flag busy;
	struct kept kept;
};

struct page_cache {
	struct place places[PAGE_CACHE_PLACES];
};

static void place_lock(struct place *p)
{
	/* A holder that the kernel has put to sleep is not waited for with a hot core. */
	for (int spins = 0; atomic_flag_test_and_set_explicit(&p->busy, memory_order_acquire);
	     spins++)
		if (spins > SPINS_MAX)
			sched_yield();
}

static void place_unlock(struct place *p)
{
	atomic_flag_clear_explicit(&p->busy, memory_order_release);
}

static void kept_release(struct kept *k)
{
	http_blob_unref(k->headers);
	http_blob_unref(k->plain);
	http_blob_unref(k->gzip);
	*k = (struct kept){.version = 0};
}

struct page_cache *page_cache_new(void)
{
	struct page_cache *c = calloc(1, sizeof(*c));

	for (size_t i = 0; c && i < PAGE_CACHE_PLACES; i++)
		atomic_flag_clear(&c->places[i].busy);
	return c;
}

void page_cache_free(struct page_cache *c)
{
	for (size_t i = 0; c && i < PAGE_CACHE_PLACES; i++)
		kept_release(&c->places[i].kept);
	free(c);
}

/*
 * 64 bits of the content, eight bytes at a time (the multiply and shift of SplitMix64). Not meant
 * to withstand an attacker: who can choose the page needs no collision.
 */
static uint64_t fingerprint(struct str s)
{
	uint64_t hash = 0x9e3779b97f4a7c15u ^ s.len, word;

	for (size_t at = 0; at < s.len; at += sizeof(word)) {
		size_t len = s.len - at < sizeof(word) ? s.len - at : sizeof(word);

		word = 0;
		memcpy(&word, s.ptr + at, len);
		hash = (hash ^ word) * 0xbf58476d1ce4e5b9u;
		hash ^= hash >> 29;
	}
	return hash * 0x94d049bb133111ebu;
}

static struct place *place_of(struct page_cache *c, struct str path)
{
	uint64_t hash = fingerprint(path) + (uint64_t)lang_current() * 0x9e3779b97f4a7c15u;

	return &c->places[hash >> 32 & (PAGE_CACHE_PLACES - 1)];
}

static bool kept_is(const struct kept *k, struct str path)
{
	return k->plain && k->lang == lang_current() && k->path_len == path.len &&
	       memcmp(k->path, path.ptr, path.len) == 0;
}

static struct http_blob *gzip_of(struct str page)
{
	z_stream z = {.next_in = (unsigned char *)(uintptr_t)page.ptr,
		      .avail_in = (unsigned)page.len};
	struct http_blob *blob = NULL;
	unsigned char *out;
	size_t size;

	if (deflateInit2(&z, GZIP_LEVEL, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return NULL;
	size = deflateBound(&z, page.len);
	out = malloc(size);
	z.next_out = out;
	z.avail_out = (unsigned)size;
	if (out && deflate(&z, Z_FINISH) == Z_STREAM_END)
		blob = http_blob_new(out, z.total_out);
	deflateEnd(&z);
	free(out);
	return blob;
}

/* Hands the compressed form to the place, if that still holds the page it was made from. */
static void keep_gzip(struct place *p, struct http_blob *plain, struct http_blob *gzip)
{
	place_lock(p);
	if (p->kept.plain == plain && !p->kept.gzip)
		p->kept.gzip = http_blob_ref(gzip);
	place_unlock(p);
}

static void add_validator(struct http_response *res, const char *etag)
{
	buf_add(&res->headers, STR("ETag: "));
	buf_add_c(&res->headers, etag);
	buf_add(&res->headers, STR("\r\nVary: Accept-Encoding\r\n"));
}

static void answer(struct place *p, const struct kept *k, const struct http_request *req,
		   struct http_response *res)
{
	struct http_blob *gzip = NULL;

	(void)buf_reserve(&res->headers, 1024);
	buf_add(&res->headers, http_blob_str(k->headers));
	add_validator(res, k->etag);
	if (http_etag_matches(req, str_from_c(k->etag))) {
		res->status = 304;
		return;
	}
	if (http_encoding_quality(req, "gzip") > 0)
		gzip = k->gzip ? http_blob_ref(k->gzip) : gzip_of(http_blob_str(k->plain));
	if (gzip && !k->gzip)
		keep_gzip(p, k->plain, gzip);
	if (gzip)
		buf_add(&res->headers, STR("Content-Encoding: gzip\r\n"));
	res->blob = gzip ? gzip : http_blob_ref(k->plain);
}

bool page_cache_serve(struct page_cache *c, const struct http_request *req, uint64_t version,
		      int64_t now_ms, struct http_response *res)
{
	struct place *p;
	struct kept copy = {.version = 0};

	if (!c || version == 0)
		return false;
	p = place_of(c, req->path);
	place_lock(p);
	if (kept_is(&p->kept, req->path) && p->kept.version == version &&
	    now_ms >= p->kept.rendered_ms && now_ms - p->kept.rendered_ms < PAGE_CACHE_MAX_AGE_MS) {
		memcpy(copy.etag, p->kept.etag, sizeof(copy.etag));
		copy.headers = http_blob_ref(p->kept.headers);
		copy.plain = http_blob_ref(p->kept.plain);
		copy.gzip = p->kept.gzip ? http_blob_ref(p->kept.gzip) : NULL;
	}
	place_unlock(p);
	if (!copy.plain)
		return false;
	answer(p, &copy, req, res);
	kept_release(&copy);
	return true;
}

/* Puts `fresh` in its place, unless a newer one of that page has come there meanwhile. */
static void place_put(struct place *p, struct kept *fresh)
{
	struct str path = str_from(fresh->path, fresh->path_len);
	struct kept old = *fresh;

	place_lock(p);
	if (!kept_is(&p->kept, path) || p->kept.version <= fresh->version) {
		old = p->kept;
		p->kept = *fresh;
	}
	place_unlock(p);
	kept_release(&old);
}

void page_cache_keep(struct page_cache *c, const struct http_request *req, uint64_t version,
		     int64_t now_ms, struct http_response *res)
{
	struct str page = buf_str(&res->body);
	struct kept fresh = {.path_len = req->path.len,
			     .lang = lang_current(),
			     .version = version,
			     .rendered_ms = now_ms};

	if (!c || version == 0 || res->status != 200 || !buf_ok(&res->body) ||
	    page.len > PAGE_CACHE_PAGE_MAX || req->path.len > PAGE_CACHE_PATH_MAX)
		return;
	fresh.headers = http_blob_new(res->headers.ptr, res->headers.len);
	fresh.plain = http_blob_new(page.ptr, page.len);
	if (!fresh.headers || !fresh.plain) {
		kept_release(&fresh);
		return;
	}
	memcpy(fresh.path, req->path.ptr, req->path.len);
	snprintf(fresh.etag, sizeof(fresh.etag), "W/\"%016llx\"",
		 (unsigned long long)fingerprint(page));
	add_validator(res, fresh.etag);
	if (http_etag_matches(req, str_from_c(fresh.etag))) {
		res->status = 304;
		buf_clear(&res->body);
	}
	place_put(place_of(c, req->path), &fresh);
}
