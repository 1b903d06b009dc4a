/*
 * server_stream.c: responses that stay open. A stream's outbox is filled by any thread under the
 * stream's lock and emptied by its loop, one write at a time: what a slow client leaves waiting is
 * bounded by the outbox.
 *
 * Locks are taken in this order: whoever sends may hold one of its own, then the stream's, then the
 * loop's. The loop calls `closed` holding none.
 */
#include "http/server_internal.h"

#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include "base/rand.h"

#define SOCKET_BUFFER_BYTES 16384 /* of the kernel: events are small, and readers many */
#define HEARTBEAT	    STR(":\n\n")
#define RETRY_MIN_MS	    1000 /* scattered: a thousand don't come back at once */
#define RETRY_SPREAD_MS	    2000

struct http_stream {
	pthread_mutex_t lock;
	struct io_loop *loop; /* NULL: not yet, or no longer */
	struct buf outbox;
	bool queued; /* in the loop's list of those with something to send */
	struct http_stream *next;
	void (*closed)(void *user);
	void *user;
	struct connection *conn; /* these two: the loop's thread only */
	bool writing;
};

/* What didn't go out at once. */
struct stream_write {
	uv_write_t write;
	struct connection *conn;
	struct buf text;
};

struct http_stream *http_stream_new(void (*closed)(void *user), void *user)
{
	struct http_stream *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	pthread_mutex_init(&s->lock, NULL);
	buf_init(&s->outbox, HTTP_STREAM_OUTBOX_BYTES);
	s->closed = closed;
	s->user = user;
	return s;
}

static void end(struct http_stream *s)
{
	s->closed(s->user);
	pthread_mutex_destroy(&s->lock);
	buf_release(&s->outbox);
	free(s);
}

void http_stream_cancel(struct http_stream *s)
{
	if (s)
		end(s);
}

/* With the stream's lock held. */
static void enqueue(struct http_stream *s)
{
	struct io_loop *loop = s->loop;
	bool first;

	if (!loop || s->queued)
		return;
	s->queued = true;
	pthread_mutex_lock(&loop->returned_lock);
	first = !loop->due_streams;
	s->next = loop->due_streams;
	loop->due_streams = s;
	if (first)
		uv_async_send(&loop->wake);
	pthread_mutex_unlock(&loop->returned_lock);
}

void http_stream_send(struct http_stream *s, struct str text)
{
	pthread_mutex_lock(&s->lock);
	buf_add(&s->outbox, text);
	enqueue(s);
	pthread_mutex_unlock(&s->lock);
}

static struct http_stream *take_due(struct io_loop *loop)
{
	struct http_stream *s;

	pthread_mutex_lock(&loop->returned_lock);
	s = loop->due_streams;
	if (s)
		loop->due_streams = s->next;
	pthread_mutex_unlock(&loop->returned_lock);
	return s;
}

static void forget_due(struct io_loop *loop, struct http_stream *s)
{
	struct http_stream **at = &loop->due_streams;

	pthread_mutex_lock(&loop->returned_lock);
	while (*at && *at != s)
		at = &(*at)->next;
	if (*at)
		*at = s->next;
	pthread_mutex_unlock(&loop->returned_lock);
}

void connection_end_stream(struct connection *c)
{
	struct http_stream *s = c->stream;
	bool queued;

	if (!s)
		return;
	c->stream = NULL;
	counter_add(&c->loop->counters.streams, -1);
	/* Nobody can queue it any more once it has no loop. */
	pthread_mutex_lock(&s->lock);
	s->loop = NULL;
	queued = s->queued;
	pthread_mutex_unlock(&s->lock);
	if (queued)
		forget_due(c->loop, s);
	end(s);
}

static void drop(struct connection *c)
{
	counter_add(&c->loop->counters.streams_dropped, 1);
	connection_close(c);
}

static void flush(struct http_stream *s);

static void on_stream_written(uv_write_t *write, int status)
{
	struct stream_write *w = write->data;
	struct connection *c = w->conn;

	/* The connection lives until libuv has reported its end, which it does after this. */
	if (c->state != STATE_CLOSED && c->stream) {
		c->stream->writing = false;
		if (status != 0) {
			connection_close(c);
		} else {
			connection_enter(c, STATE_STREAM);
			flush(c->stream);
		}
	}
	buf_release(&w->text);
	free(w);
}

/* Takes `text`. */
static void write_rest(struct connection *c, struct buf *text, size_t sent)
{
	struct stream_write *w = malloc(sizeof(*w));
	uv_buf_t rest = {.base = text->ptr + sent, .len = text->len - sent};

	if (!w) {
		buf_release(text);
		drop(c);
		return;
	}
	w->conn = c;
	w->text = *text;
	w->write.data = w;
	c->stream->writing = true;
	connection_enter(c, STATE_WRITING);
	c->queued_bytes = rest.len;
	if (uv_write(&w->write, (uv_stream_t *)&c->tcp, &rest, 1, on_stream_written) == 0)
		return;
	buf_release(&w->text);
	free(w);
	drop(c);
}

/* Sends what is in the outbox, unless something is on its way still. */
static void flush(struct http_stream *s)
{
	struct connection *c = s->conn;
	struct buf text;
	uv_buf_t all;
	int sent;
	bool full;

	pthread_mutex_lock(&s->lock);
	full = !buf_ok(&s->outbox);
	text = s->outbox;
	if (!s->writing && !full)
		buf_init(&s->outbox, HTTP_STREAM_OUTBOX_BYTES);
	pthread_mutex_unlock(&s->lock);
	if (full) {
		drop(c);
		return;
	}
	if (s->writing || text.len == 0)
		return;
	all = uv_buf_init(text.ptr, (unsigned)text.len);
	sent = uv_try_write((uv_stream_t *)&c->tcp, &all, 1);
	if (sent < 0 && sent != UV_EAGAIN) {
		buf_release(&text);
		connection_close(c);
	} else if (sent == (int)text.len) {
		buf_release(&text);
		connection_enter(c, STATE_STREAM);
	} else {
		write_rest(c, &text, sent > 0 ? (size_t)sent : 0);
	}
}

void connection_begin_stream(struct connection *c, struct http_stream *s)
{
	const int size = SOCKET_BUFFER_BYTES;
	const unsigned patience_ms = (unsigned)c->loop->server->limits.write_ms;
	uv_os_fd_t fd;

	/* Whose bytes nobody acknowledges is gone: a heartbeat finds out. */
	if (uv_fileno((uv_handle_t *)&c->tcp, &fd) == 0) {
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
		setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &patience_ms, sizeof(patience_ms));
	}
	c->stream = s;
	s->conn = c;
	counter_add(&c->loop->counters.streams, 1);
	counter_add(&c->loop->counters.streams_opened, 1);
	connection_enter(c, STATE_STREAM);
	pthread_mutex_lock(&s->lock);
	s->loop = c->loop;
	pthread_mutex_unlock(&s->lock);
	flush(s);
}

void connection_beat(struct connection *c)
{
	http_stream_send(c->stream, HEARTBEAT);
	connection_enter(c, STATE_STREAM);
}

void io_loop_send_streams(struct io_loop *loop)
{
	struct http_stream *s;

	while ((s = take_due(loop))) {
		pthread_mutex_lock(&s->lock);
		s->queued = false;
		pthread_mutex_unlock(&s->lock);
		flush(s);
	}
}

void io_loop_end_streams(struct io_loop *loop)
{
	struct connection *c;

	while ((c = loop->lists[STATE_STREAM].first)) {
		char text[48];
		uint16_t scatter;
		uv_buf_t all;

		rand_bytes(&scatter, sizeof(scatter));
		all = uv_buf_init(text,
				  (unsigned)snprintf(text, sizeof(text), "retry: %d\n\n",
						     RETRY_MIN_MS + scatter % RETRY_SPREAD_MS));
		uv_try_write((uv_stream_t *)&c->tcp, &all, 1);
		connection_close(c);
	}
}
