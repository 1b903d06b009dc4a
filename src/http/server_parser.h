/*
 * server_parser.h: bytes of a connection to one request after the other.
 *
 * llhttp splits the head and the chunks; everything that says where a request ends is checked a
 * second time here, because two readers that disagree about it are how requests get smuggled:
 * what is in the least ambiguous is refused and never repaired.
 */
#ifndef KINGLET_HTTP_SERVER_PARSER_H
#define KINGLET_HTTP_SERVER_PARSER_H

#include <stdatomic.h>
#include "http/server_llhttp.h"
#include "http/http.h"
#include "http/server.h"

enum parser_result { PARSER_MORE, PARSER_DONE, PARSER_REFUSED };

enum parser_phase { PARSER_HEAD, PARSER_FIXED_BODY, PARSER_CHUNKED_BODY, PARSER_COMPLETE };

/* Where something lies in `head`, which moves as it grows. */
struct parser_span {
	uint32_t start, len;
};

struct parser {
	llhttp_t llhttp;
	const struct http_limits *limits;
	const struct http_listener *listener; /* says what is an upload; NULL: nothing is */
	atomic_uint *uploads;		      /* how many are held, of limits->uploads */
	enum parser_phase phase;
	int status; /* the answer, once PARSER_REFUSED was returned */
	struct buf head, body;
	struct parser_span target;
	struct {
		struct parser_span name, value;
	} * spans;		     /* limits->header_count of them, as are */
	struct http_header *headers; /* these */
	size_t header_count;
	bool in_name;	      /* the piece of a header that came last was of its name */
	char last;	      /* the byte before the next one, of all that is not body */
	const char *piece;    /* what llhttp is at; its first byte has */
	size_t piece_offset;  /* this offset in `head`, or, in chunks, is the first unscanned */
	size_t framing_bytes; /* chunk lines and trailers since the last byte of data */
	uint64_t body_left;   /* of a Content-Length */
	bool has_content_length, chunked;
	bool is_upload;	       /* its body may be larger, and it holds one of `uploads` */
	bool keep_alive;       /* the client wants it */
	bool client_closes;    /* the client said so, or speaks HTTP/1.0 */
	bool expects_continue; /* it waits for 100 before it sends a body */
	/* Filled in at the end of the head: method to headers; the body at PARSER_DONE. */
	struct http_request *req;
};

/* Gives up the place and the memory of an upload, where the request was one. */
void parser_end_upload(struct parser *p);
/* False when there is no memory. `limits` must outlive it. */
bool parser_init(struct parser *p, const struct http_limits *limits);
void parser_release(struct parser *p);
/* For the next request; `req` is cleared but for its arena, and is filled in as bytes come. */
void parser_reset(struct parser *p, struct http_request *req);
/*
 * Takes bytes up to the end of the request; `*used` says how many. After PARSER_DONE the request
 * borrows from the parser until parser_reset(); after PARSER_REFUSED the rest of the connection
 * means nothing.
 */
enum parser_result parser_feed(struct parser *p, const char *data, size_t len, size_t *used);

/*
 * In server_request.c: checks a complete head and fills in p->req and how the body is framed.
 * 0, or the status of the refusal.
 */
int parser_check_head(struct parser *p);
/* token of RFC 9110 §5.6.2: what names of methods and headers are made of. */
bool parser_is_token(struct str s);

#endif
