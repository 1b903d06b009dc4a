/*
 * asset.c: answers with files of the table that the build generates. The bytes are in the binary,
 * in up to three encodings, so serving one is choosing which.
 */
#include "http/asset.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/log.h"

#define URL_PREFIX     "/static/"
#define ETAG_MAX_BYTES 80

/* One URL per asset, in the order of the table; made at first use, kept as long as the process. */
static struct str *urls;
static pthread_once_t urls_once = PTHREAD_ONCE_INIT;

static int compare_name(const void *key, const void *element)
{
	const struct str *name = key;
	const struct asset *asset = element;

	return str_compare(*name, str_from_c(asset->name));
}

static const struct asset *find_by_name(struct str name)
{
	return asset_count ? bsearch(&name, asset_table, asset_count, sizeof(*asset_table),
				     compare_name)
			   : NULL;
}

const struct asset *asset_find(struct str name)
{
	/* Fingerprinted names are in no order of their own, and there are few. */
	for (size_t i = 0; i < asset_count; i++) {
		if (str_eq(name, str_from_c(asset_table[i].fingerprint)))
			return &asset_table[i];
	}
	return find_by_name(name);
}

static void make_urls(void)
{
	urls = calloc(asset_count ? asset_count : 1, sizeof(*urls));
	if (!urls)
		die("no memory for the addresses of static files");
	for (size_t i = 0; i < asset_count; i++) {
		char *url;
		int len = asprintf(&url, URL_PREFIX "%s", asset_table[i].fingerprint);

		if (len < 0)
			die("no memory for the addresses of static files");
		urls[i] = str_from(url, (size_t)len);
	}
}

struct str asset_url(const char *name)
{
	const struct asset *asset = find_by_name(str_from_c(name));

	if (!asset)
		die("a template names a static file that does not exist");
	pthread_once(&urls_once, make_urls);
	return urls[asset - asset_table];
}

/* The smallest that the client takes; `*suffix` tells its ETag from the others'. */
static struct str choose_encoding(const struct asset *asset, const struct http_request *req,
				  const char **coding, const char **suffix)
{
	if (asset->brotli.len && http_encoding_quality(req, "br") > 0) {
		*coding = "br";
		*suffix = "-br";
		return asset->brotli;
	}
	if (asset->gzip.len && http_encoding_quality(req, "gzip") > 0) {
		*coding = "gzip";
		*suffix = "-gz";
		return asset->gzip;
	}
	*coding = NULL;
	*suffix = "";
	return asset->plain;
}

void asset_serve(const struct asset *asset, bool by_fingerprint, const struct http_request *req,
		 struct http_response *res)
{
	const char *coding, *suffix;
	struct str bytes = choose_encoding(asset, req, &coding, &suffix), etag;
	struct str quoted = str_from_c(asset->etag);
	char tag[ETAG_MAX_BYTES];
	int len = snprintf(tag, sizeof(tag), "%.*s%s\"",
			   STR_ARG(str_sub(quoted, 0, quoted.len - 1)), suffix);

	etag = str_from(tag, (size_t)len < sizeof(tag) ? (size_t)len : sizeof(tag) - 1);
	http_response_header(res, "ETag", etag);
	http_response_header(res, "Cache-Control",
			     by_fingerprint ? STR("public, max-age=31536000, immutable")
					    : STR("no-cache"));
	if (asset->gzip.len || asset->brotli.len)
		http_response_header(res, "Vary", STR("Accept-Encoding"));
	if (http_etag_matches(req, etag)) {
		res->status = 304;
		return;
	}
	res->status = 200;
	http_response_header(res, "Content-Type", str_from_c(asset->type));
	if (coding)
		http_response_header(res, "Content-Encoding", str_from_c(coding));
	res->blob = http_blob_static(bytes.ptr, bytes.len);
	if (!res->blob)
		res->headers.failed = true; /* the server makes a 500 of it */
}
