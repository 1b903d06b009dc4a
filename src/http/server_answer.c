/*
 * server_answer.c: the answer's head is built here, in one buffer; head and body go out in one
 * system call, and the body is never copied. Exchanges are used again and again, with the memory
 * they have come to; what grew large is given back.
 */
#include "http/server_internal.h"

#include <stdlib.h>
#include <time.h>
#include "base/clock.h"

#define FREE_EXCHANGES_MAX  128
#define KEPT_BYTES	    ((size_t)64 * 1024)
#define GZIP_FROM_BYTES	    1024
#define HEAD_OVERHEAD_BYTES 384	     /* status line and the headers that are added here */
#define RETRY_AFTER	    STR("1") /* seconds */

static struct exchange *exchange_new(struct io_loop *loop)
{
	const struct http_limits *limits = &loop->server->limits;
	struct exchange *x = calloc(1, sizeof(*x));

	if (!x)
		return NULL;
	x->loop = loop;
	x->req.arena = arena_new(limits->arena_bytes);
	buf_init(&x->res.headers, HEADERS_MAX_BYTES);
	buf_init(&x->res.body, limits->response_bytes);
	buf_init(&x->head, HEADERS_MAX_BYTES + HEAD_OVERHEAD_BYTES);
	buf_init(&x->packed, limits->response_bytes);
	if (!parser_init(&x->parser, limits) || !x->req.arena) {
		exchange_free(x);
		return NULL;
	}
	return x;
}

void exchange_free(struct exchange *x)
{
	parser_release(&x->parser);
	http_response_reset(&x->res, 0);
	buf_release(&x->res.headers);
	buf_release(&x->res.body);
	buf_release(&x->head);
	buf_release(&x->packed);
	arena_free(x->req.arena);
	free(x);
}

static void clear(struct buf *b)
{
	if (b->cap > KEPT_BYTES)
		buf_release(b);
	else
		buf_clear(b);
}

struct exchange *exchange_take(struct connection *c)
{
	struct io_loop *loop = c->loop;
	struct exchange *x = loop->free_exchanges;

	if (x) {
		loop->free_exchanges = x->next;
		loop->free_exchange_count--;
	} else {
		x = exchange_new(loop);
		if (!x)
			return NULL;
	}
	x->next = NULL;
	x->conn = c;
	x->listener = c->listener;
	x->has_request = x->keep_alive = x->has_answer = false;
	atomic_store_explicit(&x->abandoned, false, memory_order_relaxed);
	x->content = (struct str){NULL, 0};
	x->sent_bytes = x->unsent_bytes = 0;
	x->res.status = 200;
	x->res.close = false;
	x->res.err = ERR_OK;
	x->res.route_label = NULL;
	x->res.cause = x->res.request_id = (struct str){NULL, 0};
	x->parser.listener = c->listener;
	x->parser.uploads = &loop->server->uploads;
	parser_reset(&x->parser, &x->req);
	x->req.start_us = clock_mono_us();
	return x;
}

void exchange_name(struct exchange *x, struct str given)
{
	size_t len = given.len;

	if (given.ptr && request_id_is_good(given)) {
		memcpy(x->id_text, given.ptr, len);
	} else {
		request_id_make(x->id_text);
		len = REQUEST_ID_MADE_BYTES;
	}
	x->req.id = x->res.request_id = str_from(x->id_text, len);
}

void exchange_end(struct exchange *x)
{
	struct io_loop *loop = x->loop;
	const struct http_listener *l = x->listener;

	if (x->has_request)
		counter_add(in_flight_of(loop, l), -1);
	if (!x->has_answer)
		x->res.status = HTTP_CLIENT_GONE;
	if (x->has_request || x->sent_bytes)
		l->answered(l->user, x->has_request ? &x->req : NULL, &x->res, x->sent_bytes,
			    clock_mono_us() - x->req.start_us);
	if (x->conn)
		x->conn->exchange = NULL;
	parser_end_upload(&x->parser);
	if (loop->free_exchange_count >= FREE_EXCHANGES_MAX) {
		exchange_free(x);
		return;
	}
	http_response_reset(&x->res, 0);
	arena_reset(x->req.arena);
	clear(&x->parser.body);
	clear(&x->res.headers);
	clear(&x->res.body);
	clear(&x->packed);
	x->next = loop->free_exchanges;
	loop->free_exchanges = x;
	loop->free_exchange_count++;
}

/* The value of a header that the handler set; .ptr is NULL where it did not. */
static struct str header_of(const struct http_response *res, struct str name)
{
	struct str rest = buf_str(&res->headers), line, key;

	while (str_cut(&rest, '\n', &line)) {
		str_cut(&line, ':', &key);
		if (str_eq_nocase(key, name))
			return str_trim(line);
	}
	return (struct str){NULL, 0};
}

static bool contains(struct str text, struct str part)
{
	return memmem(text.ptr, text.len, part.ptr, part.len) != NULL;
}

static bool is_compressible(struct str type)
{
	return type.ptr && (str_starts_with(type, STR("text/")) || contains(type, STR("-text")) ||
			    contains(type, STR("json")) || contains(type, STR("xml")) ||
			    contains(type, STR("svg")) || contains(type, STR("javascript")));
}

/* A compressed answer is another representation: what compares byte by byte must not take it for
 * the plain one (RFC 9110 §8.8.3.3). */
static void weaken_etag(struct http_response *res)
{
	struct str etag = header_of(res, STR("ETag"));
	size_t at;

	if (!etag.len || etag.ptr[0] != '"')
		return;
	at = (size_t)(etag.ptr - res->headers.ptr);
	if (!buf_reserve(&res->headers, 2))
		return;
	memmove(res->headers.ptr + at + 2, res->headers.ptr + at, res->headers.len - at);
	memcpy(res->headers.ptr + at, "W/", 2);
	res->headers.len += 2;
}

void answer_prepare(struct exchange *x, struct gzip *gzip)
{
	struct http_response *res = &x->res;

	x->content = res->blob ? http_blob_str(res->blob) : buf_str(&res->body);
	if (res->blob || res->body.len < GZIP_FROM_BYTES || !gzip || res->status == 206 ||
	    !is_compressible(header_of(res, STR("Content-Type"))) ||
	    header_of(res, STR("Content-Encoding")).ptr)
		return;
	http_response_header(res, "Vary", STR("Accept-Encoding"));
	if (http_encoding_quality(&x->req, "gzip") == 0 ||
	    !gzip_compress(gzip, x->content, &x->packed) || x->packed.len >= x->content.len)
		return;
	http_response_header(res, "Content-Encoding", STR("gzip"));
	weaken_etag(res);
	x->content = buf_str(&x->packed);
}

static void refresh_date(struct io_loop *loop)
{
	int64_t now_s = clock_now_ms() / 1000;
	time_t seconds = (time_t)now_s;
	struct tm tm;

	if (now_s == loop->date_s && loop->date_len)
		return;
	gmtime_r(&seconds, &tm);
	loop->date_len = strftime(loop->date, sizeof(loop->date), "Date: %a, %d %b %Y %T GMT\r\n",
				  &tm);
	loop->date_s = now_s;
}

static bool has_no_body(int status)
{
	return status == 204 || status == 304 || status < 200;
}

static void build_head(struct exchange *x)
{
	struct buf *head = &x->head;
	int status = x->res.status;

	x->has_answer = true;
	refresh_date(x->loop);
	if (!x->res.request_id.len)
		exchange_name(x, (struct str){NULL, 0});
	buf_clear(head);
	buf_reserve(head, x->res.headers.len + HEAD_OVERHEAD_BYTES);
	buf_add(head, STR("HTTP/1.1 "));
	buf_add_i64(head, status);
	buf_add_char(head, ' ');
	buf_add_c(head, http_reason(status));
	buf_add(head, STR("\r\n"));
	buf_append(head, x->loop->date, x->loop->date_len);
	buf_add(head, STR("X-Request-Id: "));
	buf_add(head, x->res.request_id);
	buf_add(head, STR("\r\n"));
	if (!has_no_body(status) && !x->res.stream) {
		buf_add(head, STR("Content-Length: "));
		buf_add_i64(head, (int64_t)x->content.len);
		buf_add(head, STR("\r\n"));
	}
	if (!x->keep_alive)
		buf_add(head, STR("Connection: close\r\n"));
	else if (x->parser.llhttp.http_minor == 0)
		buf_add(head, STR("Connection: keep-alive\r\n"));
	buf_add(head, buf_str(&x->res.headers));
	buf_add(head, STR("\r\n"));
}

/* All is written, or the client has gone. */
static void finish(struct exchange *x)
{
	struct connection *c = x->conn;
	bool keep_alive = x->keep_alive, client_closes = x->parser.client_closes && x->has_request;
	struct http_stream *stream = x->res.stream;

	x->res.stream = NULL;
	exchange_end(x);
	if (stream && c->state != STATE_CLOSED)
		connection_stream(c, stream);
	else if (stream)
		http_stream_cancel(stream);
	else if (c->state != STATE_CLOSED)
		connection_finish(c, keep_alive, client_closes);
}

static void on_written(uv_write_t *write, int status)
{
	struct exchange *x = write->data;
	struct connection *c = x->conn;
	bool closed = c->state == STATE_CLOSED;

	if (status == 0)
		x->sent_bytes += x->unsent_bytes;
	else
		x->keep_alive = false;
	finish(x);
	/* The connection lives until libuv has reported its end, which it does after this. */
	if (closed)
		return;
	if (status != 0)
		connection_close(c);
	else
		connection_resume(c);
}

static void transmit(struct exchange *x)
{
	struct connection *c = x->conn;
	uv_stream_t *stream = (uv_stream_t *)&c->tcp;
	bool with_body = x->req.method != HTTP_HEAD && !has_no_body(x->res.status);
	size_t body_len = with_body ? x->content.len : 0, total = x->head.len + body_len, sent;
	uv_buf_t bufs[2] = {
		{.base = x->head.ptr, .len = x->head.len},
		{.base = (char *)(uintptr_t)x->content.ptr, .len = body_len},
	};
	int result = uv_try_write(stream, bufs, body_len ? 2 : 1);

	if (result < 0 && result != UV_EAGAIN) {
		exchange_end(x);
		connection_close(c);
		return;
	}
	sent = result > 0 ? (size_t)result : 0;
	x->sent_bytes = sent;
	x->unsent_bytes = total - sent;
	if (sent == total) {
		finish(x);
		return;
	}
	for (int i = 0; i < 2; i++) {
		size_t part = sent < bufs[i].len ? sent : bufs[i].len;

		bufs[i].base += part;
		bufs[i].len -= part;
		sent -= part;
	}
	x->write.data = x;
	connection_enter(c, STATE_WRITING);
	c->queued_bytes = x->unsent_bytes;
	if (uv_write(&x->write, stream, bufs, 2, on_written) != 0) {
		exchange_end(x);
		connection_close(c);
	}
}

void answer_write(struct exchange *x)
{
	struct http_server *s = x->loop->server;
	struct http_response *res = &x->res;
	unsigned count = ++x->conn->answered_count;

	if (!buf_ok(&res->headers) || !buf_ok(&res->body)) {
		x->conn->answered_count--;
		answer_refuse(x, 500);
		return;
	}
	if (res->stream && x->req.method == HTTP_HEAD) {
		http_stream_cancel(res->stream);
		res->stream = NULL;
	}
	x->keep_alive = x->parser.keep_alive && !res->close && !res->stream && !x->loop->draining &&
			!atomic_load_explicit(&s->retiring, memory_order_relaxed) &&
			(s->limits.requests_per_connection == 0 ||
			 count < s->limits.requests_per_connection);
	build_head(x);
	transmit(x);
}

void answer_refuse(struct exchange *x, int status)
{
	const struct http_listener *l = x->listener;
	struct http_response *res = &x->res;

	http_response_reset(res, status);
	l->refuse(l->user, x->has_request ? &x->req : NULL, res, status);
	if (status == 503) {
		res->err = ERR_BUSY;
		res->cause = x->has_request ? STR("the queue of waiting requests is full")
					    : STR("too many uploads, or no memory");
	}
	if (!buf_ok(&res->headers) || !buf_ok(&res->body))
		http_response_reset(res, status); /* a bare status is better than none */
	if (status == 503 && !header_of(res, STR("Retry-After")).ptr)
		http_response_header(res, "Retry-After", RETRY_AFTER);
	/* Without a whole request there is no knowing where the next one would begin. */
	if (!x->has_request)
		res->close = true;
	x->content = res->blob ? http_blob_str(res->blob) : buf_str(&res->body);
	answer_write(x);
}
