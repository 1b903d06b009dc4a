/*
 * server_connection.c: reading, and the order of requests. A connection deals with one request at a
 * time: while its answer is due, what comes early is kept up to one buffer, and then the socket is
 * left alone, so that TCP slows the client down.
 */
#include "http/server_internal.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void on_closed(uv_handle_t *handle)
{
	struct connection *c = handle->data;
	struct io_loop *loop = c->loop;

	if (c->counted_by_address)
		peer_table_leave(loop->server->peers, &c->peer);
	atomic_fetch_sub_explicit(&loop->server->connections, 1, memory_order_relaxed);
	counter_add(&loop->counters.open, -1);
	loop->connection_count--;
	buf_release(&c->early);
	free(c);
	/* The loop may have waited for this one alone. */
	if (loop->draining)
		uv_async_send(&loop->wake);
}

void connection_close(struct connection *c)
{
	struct exchange *x = c->exchange;

	if (c->state == STATE_CLOSED)
		return;
	if (x && c->state == STATE_HANDLING) {
		x->conn = NULL;
		atomic_store_explicit(&x->abandoned, true, memory_order_relaxed);
		c->exchange = NULL;
	} else if (x && c->state != STATE_WRITING) {
		/* It was still being read; nobody has heard of it. */
		exchange_end(x);
	}
	connection_end_stream(c);
	connection_enter(c, STATE_CLOSED);
	uv_close((uv_handle_t *)&c->tcp, on_closed);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct connection *c = handle->data;

	(void)suggested;
	/* One for the whole loop: libuv reads into it at once and hands it to on_read(). */
	*buf = uv_buf_init(c->loop->read_buffer, READ_BUFFER_BYTES);
}

static void on_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *buf);

static void set_reading(struct connection *c, bool reading)
{
	if (reading == c->reading || c->at_eof)
		return;
	c->reading = reading;
	if (reading)
		uv_read_start((uv_stream_t *)&c->tcp, on_alloc, on_read);
	else
		uv_read_stop((uv_stream_t *)&c->tcp);
}

/* Sends what is written, and waits for the client to close: a reset, which unread bytes would
 * cause, could reach it before it has read the answer (RFC 9112 §9.6). */
static void linger(struct connection *c)
{
	uv_os_fd_t fd;

	if (c->at_eof || uv_fileno((uv_handle_t *)&c->tcp, &fd) != 0 || shutdown(fd, SHUT_WR)) {
		connection_close(c);
		return;
	}
	buf_release(&c->early);
	connection_enter(c, STATE_LINGERING);
	set_reading(c, true);
}

void connection_finish(struct connection *c, bool keep_alive, bool client_closes)
{
	if (keep_alive)
		connection_enter(c, STATE_IDLE);
	else if (client_closes && c->early.len == 0)
		connection_close(c);
	else
		linger(c);
}

void connection_stream(struct connection *c, struct http_stream *stream)
{
	if (c->at_eof) {
		http_stream_cancel(stream);
		connection_close(c);
		return;
	}
	buf_release(&c->early);
	connection_begin_stream(c, stream);
	/* Nothing is expected, but that the client goes. */
	if (c->state != STATE_CLOSED)
		set_reading(c, true);
}

static void dispatch(struct connection *c, struct exchange *x)
{
	struct http_server *s = c->loop->server;
	const struct http_listener *l = c->listener;
	struct str given_id = {NULL, 0};
	enum http_lane lane;

	x->has_request = true;
	memcpy(x->peer_text, c->peer_text, sizeof(x->peer_text));
	x->req.peer = str_from_c(x->peer_text);
	x->req.received_bytes = x->parser.head.len + x->parser.body.len;
	if (s->proxy_count && peer_in(&c->peer, s->proxies, s->proxy_count)) {
		peer_forwarded(&x->req, s->proxies, s->proxy_count);
		given_id = http_header_find(&x->req, "X-Request-Id");
	}
	exchange_name(x, given_id);
	counter_add(in_flight_of(c->loop, l), 1);
	lane = l->classify(l->user, &x->req);
	if (lane == HTTP_LANE_INLINE) {
		l->handle(l->user, &x->req, &x->res);
		answer_prepare(x, c->loop->gzip);
		answer_write(x);
		return;
	}
	connection_enter(c, STATE_HANDLING);
	c->loop->away_count++;
	if (pool_push(&s->pools[lane], x))
		return;
	c->loop->away_count--;
	answer_refuse(x, 503);
}

/* Not all of the request is here: which time limit holds, and does it wait for our word? */
static void await_more(struct connection *c, struct exchange *x)
{
	static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
	enum connection_state state = x->parser.is_upload ? STATE_UPLOAD : STATE_BODY;
	uv_buf_t go_on = {.base = (char *)(uintptr_t)text, .len = sizeof(text) - 1};

	if (x->parser.phase == PARSER_HEAD) {
		if (c->state != STATE_HEAD)
			connection_enter(c, STATE_HEAD);
		return;
	}
	if (c->state == state)
		return;
	connection_enter(c, state);
	/* Should it not go out, the client sends the body after a while, or times out. */
	if (x->parser.expects_continue && x->parser.body.len == 0)
		uv_try_write((uv_stream_t *)&c->tcp, &go_on, 1);
}

/* Whether the connection is ready for (more of) a request. */
static bool takes_input(const struct connection *c)
{
	return c->state <= STATE_UPLOAD;
}

/* Reads requests from `data` and answers them, until an answer is due; says how far it came. */
static size_t consume(struct connection *c, const char *data, size_t len)
{
	size_t at = 0;

	while (at < len && takes_input(c)) {
		size_t used;

		if (!c->exchange)
			c->exchange = exchange_take(c);
		if (!c->exchange) {
			connection_close(c);
			break;
		}
		switch (parser_feed(&c->exchange->parser, data + at, len - at, &used)) {
		case PARSER_MORE:
			await_more(c, c->exchange);
			break;
		case PARSER_DONE:
			dispatch(c, c->exchange);
			break;
		case PARSER_REFUSED:
			answer_refuse(c->exchange, c->exchange->parser.status);
			break;
		}
		at += used;
	}
	return at;
}

/* The client sends no more. What it sent is still answered. */
static void on_eof(struct connection *c)
{
	c->reading = false;
	c->at_eof = true;
	if (c->stream || (c->state != STATE_HANDLING && c->state != STATE_WRITING))
		connection_close(c);
}

static void on_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *buf)
{
	struct connection *c = stream->data;
	size_t used = 0;

	if (len == 0 || c->state == STATE_CLOSED ||
	    (len > 0 && (c->state == STATE_LINGERING || c->stream)))
		return;
	if (len == UV_EOF) {
		on_eof(c);
		return;
	}
	if (len < 0) {
		connection_close(c);
		return;
	}
	used = consume(c, buf->base, (size_t)len);
	if (used == (size_t)len || c->state == STATE_CLOSED || c->state == STATE_LINGERING ||
	    c->stream)
		return;
	buf_append(&c->early, buf->base + used, (size_t)len - used);
	set_reading(c, false);
	if (!buf_ok(&c->early))
		connection_close(c);
}

void connection_resume(struct connection *c)
{
	size_t used;

	if (!takes_input(c))
		return;
	used = consume(c, c->early.ptr, c->early.len);
	if (c->state == STATE_CLOSED || c->state == STATE_LINGERING)
		return;
	if (used < c->early.len) {
		memmove(c->early.ptr, c->early.ptr + used, c->early.len - used);
		c->early.len -= used;
		return;
	}
	buf_release(&c->early);
	if (!takes_input(c))
		return;
	if (c->at_eof)
		connection_close(c);
	else
		set_reading(c, true);
}

/* False, and why, where this one is too many. */
static bool admit(struct http_server *s, struct connection *c, enum http_refusal *why)
{
	int64_t before = atomic_fetch_add_explicit(&s->connections, 1, memory_order_relaxed);

	*why = HTTP_REFUSED_CONNECTIONS;
	if (before >= s->limits.connections)
		goto refused;
	*why = HTTP_REFUSED_CONNECTIONS_PER_ADDRESS;
	if (s->peers && !peer_in(&c->peer, s->proxies, s->proxy_count)) {
		c->counted_by_address = peer_table_enter(s->peers, &c->peer);
		if (!c->counted_by_address)
			goto refused;
	}
	return true;
refused:
	atomic_fetch_sub_explicit(&s->connections, 1, memory_order_relaxed);
	return false;
}

void connection_open(struct acceptor *acceptor, int fd, const struct sockaddr_storage *address)
{
	struct io_loop *loop = acceptor->loop;
	struct connection *c = calloc(1, sizeof(*c));
	enum http_refusal why = HTTP_REFUSED_MEMORY;

	counter_add(&loop->counters.accepted, 1);
	if (!c)
		goto refused;
	c->loop = loop;
	c->listener = acceptor->listener;
	c->peer = peer_from_sockaddr(address);
	c->state = STATE_CLOSED;
	buf_init(&c->early, READ_BUFFER_BYTES);
	if (!admit(loop->server, c, &why))
		goto refused;
	peer_text(&c->peer, c->peer_text);
	uv_tcp_init(&loop->uv, &c->tcp);
	c->tcp.data = c;
	loop->connection_count++;
	counter_add(&loop->counters.open, 1);
	connection_enter(c, STATE_IDLE);
	if (uv_tcp_open(&c->tcp, fd) != 0) {
		close(fd);
		connection_close(c);
		return;
	}
	set_reading(c, true);
	return;
refused:
	counter_add(&loop->counters.refused[why], 1);
	free(c);
	close(fd);
}
