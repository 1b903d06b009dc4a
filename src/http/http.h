/*
 * http.h: what a handler sees of HTTP: a whole request, and a response to fill in.
 *
 * http/ knows no users, no posts and no database. The server (server.h) reads a request to its end,
 * asks the listener where it is to be answered, calls the handler there, and writes what it left.
 */
#ifndef KINGLET_HTTP_HTTP_H
#define KINGLET_HTTP_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

enum http_method {
	HTTP_GET,
	HTTP_HEAD,
	HTTP_POST,
	HTTP_PUT,
	HTTP_DELETE,
	HTTP_PATCH,
	HTTP_OPTIONS,
	HTTP_OTHER, /* anything else that parses; answered 405 or 501 */
	HTTP_METHOD_COUNT
};
#define HTTP_BIT(method) (1u << (method))

struct http_header {
	struct str name, value; /* the name as sent; compare without case */
};

#define HTTP_PARAMS_MAX 4

/* Everything here lies in the request's arena and lives until the answer is written. */
struct http_request {
	enum http_method method;
	struct str method_name; /* as sent; of bounded length, not of bounded variety */
	struct str target;	/* as sent: path and query */
	struct str path;  /* percent-decoded, valid UTF-8, begins with '/', no NUL; '+' is a plus */
	struct str query; /* as sent, without the '?' */
	const struct http_header *headers;
	size_t header_count;
	struct str body;       /* dechunked; empty where there was none */
	struct str peer;       /* the client's address as text, without port */
	struct str id;	       /* X-Request-Id of a trusted proxy, or a new one */
	bool secure;	       /* came through TLS, as a trusted proxy says */
	struct arena *arena;   /* scratch for the handler; hard limit */
	size_t received_bytes; /* head and body, without the framing of chunks */
	int64_t start_us;      /* clock_mono_us() when its first byte was there */
	/* Set by whoever routes: captures of the pattern in order, and the row that matched. */
	struct str params[HTTP_PARAMS_MAX];
	const void *route;
	void *context; /* for the layer above: what its checks found out (a session, say) */
};

/* First header of that name, compared without case; .ptr is NULL where there is none. */
struct str http_header_find(const struct http_request *req, const char *name);

/*
 * A body that many answers share: a static file, a cached page. Reference-counted, immutable, safe
 * on any thread.
 */
struct http_blob;
/* Copies `len` bytes; NULL when there is no memory. Begins with one reference. */
struct http_blob *http_blob_new(const void *data, size_t len);
/* Wraps bytes that live for ever (embedded in the binary); begins with one reference. */
struct http_blob *http_blob_static(const void *data, size_t len);
struct http_blob *http_blob_ref(struct http_blob *b);
void http_blob_unref(struct http_blob *b); /* NULL is fine */
struct str http_blob_str(const struct http_blob *b);

/* For metrics and logs, as nginx has it: the client went before there was an answer. Never sent. */
#define HTTP_CLIENT_GONE 499

struct http_stream; /* stream.h */

/*
 * What the handler leaves. The server adds Date, Content-Length, Connection and X-Request-Id, drops
 * the body for HEAD, 204 and 304, and compresses `body` where the client takes gzip, the type is
 * text and it pays (never `blob`: who shares bytes chooses their encoding).
 */
struct http_response {
	int status;		/* 200 unless set */
	struct buf headers;	/* complete lines "Name: value\r\n"; use http_response_header() */
	struct buf body;	/* used unless blob is set; bounded by the server's limit */
	struct http_blob *blob; /* the response's own reference */
	struct http_stream *stream; /* the response's own: it stays open, and body isn't used */
	bool close;		    /* end the connection after it */
	/* For metrics and logs; set by the layer above. */
	enum err err;
	const char *route_label;
	struct str cause; /* why it failed, in words; in the request's arena */
	/* Set by the server, which sends it as X-Request-Id: that of the request, or of the
	 * attempt. */
	struct str request_id;
};

/* Appends a header. `value` has CR, LF and NUL refused: the header is dropped and the answer is
 * 500. */
void http_response_header(struct http_response *res, const char *name, struct str value);
/* Empties what was rendered so far (headers too) and sets the status: for error pages. */
void http_response_reset(struct http_response *res, int status);
/* The reason phrase of RFC 9110 for a status; "Unknown" else. */
const char *http_reason(int status);

/*
 * The weight in the parameters of an element ("q=0.5"), in thousandths (RFC 9110 §12.4.2): 1000
 * where they name none, 0 where it is malformed.
 */
int http_quality(struct str parameters);
/*
 * How much the client likes an encoding ("gzip", "br"), in thousandths, by Accept-Encoding and
 * RFC 9110 §12.5.3: 0 means don't. For those who choose the encoding of a blob.
 */
int http_encoding_quality(const struct http_request *req, const char *coding);
/* If-None-Match names `etag` (quoted), compared weakly (RFC 9110 §13.1.2): answer 304. */
bool http_etag_matches(const struct http_request *req, struct str etag);

#endif
