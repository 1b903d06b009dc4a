/*
 * http.c: the parts of a request and a response that need no socket: headers, bodies that are
 * shared, and what a client is willing to take (content negotiation, conditional requests).
 */
#include "http/http.h"

#include "http/stream.h"

#include <stdatomic.h>
#include <stdlib.h>

struct http_blob {
	atomic_size_t references;
	struct str bytes;
	char copy[]; /* empty where `bytes` live for ever */
};

struct str http_header_find(const struct http_request *req, const char *name)
{
	struct str wanted = str_from_c(name);

	for (size_t i = 0; i < req->header_count; i++) {
		if (str_eq_nocase(req->headers[i].name, wanted))
			return req->headers[i].value;
	}
	return (struct str){NULL, 0};
}

struct http_blob *http_blob_new(const void *data, size_t len)
{
	struct http_blob *b = len < SIZE_MAX - sizeof(*b) ? malloc(sizeof(*b) + len) : NULL;

	if (!b)
		return NULL;
	atomic_init(&b->references, 1);
	if (len)
		memcpy(b->copy, data, len);
	b->bytes = str_from(b->copy, len);
	return b;
}

struct http_blob *http_blob_static(const void *data, size_t len)
{
	struct http_blob *b = malloc(sizeof(*b));

	if (!b)
		return NULL;
	atomic_init(&b->references, 1);
	b->bytes = str_from(data, len);
	return b;
}

struct http_blob *http_blob_ref(struct http_blob *b)
{
	atomic_fetch_add_explicit(&b->references, 1, memory_order_relaxed);
	return b;
}

void http_blob_unref(struct http_blob *b)
{
	/* Release and acquire: whoever frees it has seen the last use by every other thread. */
	if (b && atomic_fetch_sub_explicit(&b->references, 1, memory_order_acq_rel) == 1)
		free(b);
}

struct str http_blob_str(const struct http_blob *b)
{
	return b->bytes;
}

static bool may_be_header_value(struct str value)
{
	return str_index(value, '\r') < 0 && str_index(value, '\n') < 0 &&
	       str_index(value, '\0') < 0;
}

void http_response_header(struct http_response *res, const char *name, struct str value)
{
	size_t name_len = strlen(name);

	if (!may_be_header_value(value) || !buf_reserve(&res->headers, name_len + value.len + 4)) {
		res->headers.failed = true; /* the server makes a 500 of it */
		return;
	}
	buf_append(&res->headers, name, name_len);
	buf_append(&res->headers, ": ", 2);
	buf_add(&res->headers, value);
	buf_append(&res->headers, "\r\n", 2);
}

void http_response_reset(struct http_response *res, int status)
{
	buf_clear(&res->headers);
	buf_clear(&res->body);
	http_blob_unref(res->blob);
	res->blob = NULL;
	http_stream_cancel(res->stream);
	res->stream = NULL;
	res->status = status;
}

const char *http_reason(int status)
{
	static const char *const reasons[] = {
		[100] = "Continue",
		[101] = "Switching Protocols",
		[200] = "OK",
		[201] = "Created",
		[202] = "Accepted",
		[203] = "Non-Authoritative Information",
		[204] = "No Content",
		[205] = "Reset Content",
		[206] = "Partial Content",
		[300] = "Multiple Choices",
		[301] = "Moved Permanently",
		[302] = "Found",
		[303] = "See Other",
		[304] = "Not Modified",
		[305] = "Use Proxy",
		[307] = "Temporary Redirect",
		[308] = "Permanent Redirect",
		[400] = "Bad Request",
		[401] = "Unauthorized",
		[402] = "Payment Required",
		[403] = "Forbidden",
		[404] = "Not Found",
		[405] = "Method Not Allowed",
		[406] = "Not Acceptable",
		[407] = "Proxy Authentication Required",
		[408] = "Request Timeout",
		[409] = "Conflict",
		[410] = "Gone",
		[411] = "Length Required",
		[412] = "Precondition Failed",
		[413] = "Content Too Large",
		[414] = "URI Too Long",
		[415] = "Unsupported Media Type",
		[416] = "Range Not Satisfiable",
		[417] = "Expectation Failed",
		[421] = "Misdirected Request",
		[422] = "Unprocessable Content",
		[426] = "Upgrade Required",
		[428] = "Precondition Required", /* RFC 6585, as 429 and 431 */
		[429] = "Too Many Requests",
		[431] = "Request Header Fields Too Large",
		[500] = "Internal Server Error",
		[501] = "Not Implemented",
		[502] = "Bad Gateway",
		[503] = "Service Unavailable",
		[504] = "Gateway Timeout",
		[505] = "HTTP Version Not Supported",
	};

	if (status < 0 || (size_t)status >= sizeof(reasons) / sizeof(reasons[0]) ||
	    !reasons[status])
		return "Unknown";
	return reasons[status];
}

/* "1", "0.5", "0.123", "1.000" in thousandths; -1 for anything else (RFC 9110 §12.4.2). */
static int read_quality(struct str s)
{
	int quality, place = 100;

	if (s.len == 0 || s.len > 5 || (s.ptr[0] != '0' && s.ptr[0] != '1') ||
	    (s.len > 1 && s.ptr[1] != '.'))
		return -1;
	quality = s.ptr[0] == '1' ? 1000 : 0;
	for (size_t i = 2; i < s.len; i++, place /= 10) {
		if (s.ptr[i] < '0' || s.ptr[i] > '9')
			return -1;
		quality += (s.ptr[i] - '0') * place;
	}
	return quality > 1000 ? -1 : quality;
}

int http_quality(struct str parameters)
{
	struct str parameter, name;

	while (str_cut(&parameters, ';', &parameter)) {
		parameter = str_trim(parameter);
		if (str_cut(&parameter, '=', &name) && str_eq_nocase(str_trim(name), STR("q"))) {
			int quality = read_quality(str_trim(parameter));

			return quality < 0 ? 0 : quality;
		}
	}
	return 1000;
}

int http_encoding_quality(const struct http_request *req, const char *coding)
{
	struct str wanted = str_from_c(coding), star = STR("*");
	int named = -1, any = 0;

	for (size_t i = 0; i < req->header_count; i++) {
		struct str rest = req->headers[i].value, element, name;

		if (!str_eq_nocase(req->headers[i].name, STR("Accept-Encoding")))
			continue;
		while (str_cut(&rest, ',', &element)) {
			str_cut(&element, ';', &name);
			name = str_trim(name);
			if (str_eq_nocase(name, wanted))
				named = http_quality(element);
			else if (str_eq(name, star))
				any = http_quality(element);
		}
	}
	return named >= 0 ? named : any;
}

static struct str without_weakness(struct str tag)
{
	return str_starts_with(tag, STR("W/")) ? str_sub(tag, 2, tag.len) : tag;
}

bool http_etag_matches(const struct http_request *req, struct str etag)
{
	struct str wanted = without_weakness(etag);

	for (size_t i = 0; i < req->header_count; i++) {
		struct str rest = req->headers[i].value, tag;

		if (!str_eq_nocase(req->headers[i].name, STR("If-None-Match")))
			continue;
		while (str_cut(&rest, ',', &tag)) {
			tag = str_trim(tag);
			if (str_eq(tag, STR("*")) || str_eq(without_weakness(tag), wanted))
				return true;
		}
	}
	return false;
}
