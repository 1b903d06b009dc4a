/*
 * server_loop.c: one I/O loop. Time limits are lists instead of timers: all connections that wait
 * for the same thing have the same limit, so each list is in order of deadline by itself, entering
 * one costs a few pointers, and the sweep looks at the heads only.
 */
#include "http/server_internal.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/log.h"

#define ACCEPTS_A_TURN 64 /* then those who are here already get their turn */
#define SWEEP_MIN_MS   5
#define SWEEP_MAX_MS   500
#define BEAT_MS	       15000 /* where nothing else is configured */
#define FRESH_GRACE_MS 200   /* while draining: for the first request of a new connection */

static struct io_loop *loop_of(uv_loop_t *uv)
{
	return uv->data;
}

static void list_remove(struct connection *c)
{
	struct connection_list *list = &c->loop->lists[c->state];

	*(c->before ? &c->before->after : &list->first) = c->after;
	*(c->after ? &c->after->before : &list->last) = c->before;
	c->before = c->after = NULL;
}

void connection_enter(struct connection *c, enum connection_state state)
{
	struct connection_list *list;

	if (c->state != STATE_CLOSED)
		list_remove(c);
	if (c->state == STATE_IDLE)
		counter_add(&c->loop->counters.idle, -1);
	c->state = state;
	if (state == STATE_CLOSED)
		return;
	if (state == STATE_IDLE)
		counter_add(&c->loop->counters.idle, 1);
	list = &c->loop->lists[state];
	c->deadline_ms = (int64_t)uv_now(&c->loop->uv) + list->limit_ms;
	c->before = list->last;
	*(list->last ? &list->last->after : &list->first) = c;
	list->last = c;
}

static void count_timeout(struct connection *c, enum http_timeout which)
{
	counter_add(&c->loop->counters.timeouts[which], 1);
}

/* The time of `c` is over. */
static void time_out(struct connection *c)
{
	size_t queued = uv_stream_get_write_queue_size((uv_stream_t *)&c->tcp);

	if (c->state == STATE_WRITING && queued < c->queued_bytes) {
		c->queued_bytes = queued;
		connection_enter(c, STATE_WRITING); /* slow, but it moves */
		return;
	}
	if (c->state == STATE_HEAD || c->state == STATE_BODY || c->state == STATE_UPLOAD) {
		count_timeout(c, c->state == STATE_HEAD ? HTTP_TIMEOUT_HEADER : HTTP_TIMEOUT_BODY);
		answer_refuse(c->exchange, 408);
		return;
	}
	if (c->state == STATE_STREAM) {
		connection_beat(c);
		return;
	}
	if (c->stream)
		counter_add(&c->loop->counters.streams_dropped, 1);
	if (c->state == STATE_WRITING || c->state == STATE_IDLE)
		count_timeout(c, c->state == STATE_IDLE ? HTTP_TIMEOUT_IDLE : HTTP_TIMEOUT_WRITE);
	connection_close(c);
}

static void on_connection(uv_poll_t *poll, int status, int events);

static void close_acceptors(struct io_loop *loop)
{
	for (size_t i = 0; i < loop->server->listener_count; i++) {
		struct acceptor *a = &loop->acceptors[i];

		uv_close((uv_handle_t *)&a->poll, NULL);
		close(a->fd);
	}
}

/* With its listening sockets closed already: nothing to wait for is left, so the loop ends. */
static void finish_when_empty(struct io_loop *loop)
{
	if (!loop->draining || loop->connection_count || loop->away_count || loop->handles_closed)
		return;
	loop->handles_closed = true;
	uv_close((uv_handle_t *)&loop->wake, NULL);
	uv_close((uv_handle_t *)&loop->sweep, NULL);
}

/* A request may be on its way into an idle connection, or its first one about to come. */
static void drain_idle(struct io_loop *loop)
{
	bool grace = (int64_t)uv_now(&loop->uv) - loop->drain_since_ms < FRESH_GRACE_MS;
	struct connection *next;

	for (struct connection *c = loop->lists[STATE_IDLE].first; c; c = next) {
		char byte;
		uv_os_fd_t fd;

		next = c->after;
		if (grace && c->answered_count == 0)
			continue;
		if (grace && uv_fileno((uv_handle_t *)&c->tcp, &fd) == 0 &&
		    recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0)
			continue;
		connection_close(c);
	}
}

static void drain_by_force(struct io_loop *loop)
{
	for (int state = 0; state < STATE_COUNT; state++) {
		while (loop->lists[state].first)
			connection_close(loop->lists[state].first);
	}
}

static void on_sweep(uv_timer_t *timer)
{
	struct io_loop *loop = loop_of(timer->loop);
	int64_t now_ms = (int64_t)uv_now(&loop->uv);

	for (int state = 0; state < STATE_COUNT; state++) {
		struct connection_list *list = &loop->lists[state];

		while (state != STATE_HANDLING && list->first && list->first->deadline_ms <= now_ms)
			time_out(list->first);
	}
	if (loop->accepting_paused && !loop->draining) {
		loop->accepting_paused = false;
		for (size_t i = 0; i < loop->server->listener_count; i++)
			uv_poll_start(&loop->acceptors[i].poll, UV_READABLE, on_connection);
	}
	if (loop->draining || atomic_load_explicit(&loop->server->retiring, memory_order_relaxed))
		io_loop_end_streams(loop);
	if (loop->draining) {
		drain_idle(loop);
		if (now_ms >= loop->drain_deadline_ms)
			drain_by_force(loop);
		finish_when_empty(loop);
	} else if (loop->connection_count == 0) {
		uv_timer_stop(timer);
	}
}

static void start_sweeping(struct io_loop *loop)
{
	int64_t shortest_ms = LINGER_MS;

	if (uv_is_active((uv_handle_t *)&loop->sweep))
		return;
	for (int state = 0; state < STATE_COUNT; state++) {
		if (state != STATE_HANDLING && loop->lists[state].limit_ms < shortest_ms)
			shortest_ms = loop->lists[state].limit_ms;
	}
	shortest_ms /= 4;
	if (shortest_ms < SWEEP_MIN_MS || loop->draining)
		shortest_ms = SWEEP_MIN_MS;
	if (shortest_ms > SWEEP_MAX_MS)
		shortest_ms = SWEEP_MAX_MS;
	uv_timer_start(&loop->sweep, on_sweep, (uint64_t)shortest_ms, (uint64_t)shortest_ms);
}

/* Out of files or memory: waits for the next sweep, instead of being woken for ever. */
static void pause_accepting(struct io_loop *loop, int error)
{
	log_warn("connections cannot be accepted", LOG_C("error.message", strerror(error)));
	loop->accepting_paused = true;
	for (size_t i = 0; i < loop->server->listener_count; i++)
		uv_poll_stop(&loop->acceptors[i].poll);
	start_sweeping(loop);
}

static void accept_some(struct acceptor *a, int count)
{
	struct sockaddr_storage address;

	while (count-- > 0) {
		socklen_t len = sizeof(address);
		int fd = accept4(a->fd, (struct sockaddr *)&address, &len,
				 SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			connection_open(a, fd, &address);
			start_sweeping(a->loop);
		} else if (errno == EAGAIN) {
			return;
		} else if (errno != ECONNABORTED && errno != EINTR) {
			pause_accepting(a->loop, errno);
			return;
		}
	}
}

static void on_connection(uv_poll_t *poll, int status, int events)
{
	struct acceptor *a = poll->data;

	(void)events;
	if (status == 0)
		accept_some(a, ACCEPTS_A_TURN);
}

static void begin_drain(struct io_loop *loop)
{
	loop->draining = true;
	loop->drain_since_ms = (int64_t)uv_now(&loop->uv);
	loop->drain_deadline_ms = loop->drain_since_ms + loop->server->limits.drain_ms;
	/* Who is in the queue already has been promised an answer by the kernel. */
	for (size_t i = 0; i < loop->server->listener_count; i++)
		accept_some(&loop->acceptors[i], INT_MAX);
	close_acceptors(loop);
	uv_timer_stop(&loop->sweep);
	start_sweeping(loop);
	io_loop_end_streams(loop);
	drain_idle(loop);
	finish_when_empty(loop);
}

/* Exchanges come back in the order opposite to that in which they were returned. */
static struct exchange *take_returned(struct io_loop *loop, bool *stop)
{
	struct exchange *newest, *oldest = NULL;

	pthread_mutex_lock(&loop->returned_lock);
	newest = loop->returned;
	loop->returned = NULL;
	*stop = loop->stop_requested;
	pthread_mutex_unlock(&loop->returned_lock);
	while (newest) {
		struct exchange *next = newest->next;

		newest->next = oldest;
		oldest = newest;
		newest = next;
	}
	return oldest;
}

static void on_wake(uv_async_t *wake)
{
	struct io_loop *loop = loop_of(wake->loop);
	struct exchange *next;
	bool stop;

	for (struct exchange *x = take_returned(loop, &stop); x; x = next) {
		struct connection *c = x->conn;

		next = x->next;
		loop->away_count--;
		if (!c) {
			exchange_end(x);
			continue;
		}
		answer_write(x);
		connection_resume(c);
	}
	io_loop_send_streams(loop);
	if (stop && !loop->draining)
		begin_drain(loop);
	finish_when_empty(loop);
}

void io_loop_return(struct exchange *x)
{
	struct io_loop *loop = x->loop;
	bool first;

	pthread_mutex_lock(&loop->returned_lock);
	first = !loop->returned;
	x->next = loop->returned;
	loop->returned = x;
	/* Under the lock, so that the loop can't have ended before it is woken. */
	if (first)
		uv_async_send(&loop->wake);
	pthread_mutex_unlock(&loop->returned_lock);
}

void io_loop_stop(struct io_loop *loop)
{
	pthread_mutex_lock(&loop->returned_lock);
	loop->stop_requested = true;
	uv_async_send(&loop->wake);
	pthread_mutex_unlock(&loop->returned_lock);
}

static void release(struct io_loop *loop)
{
	while (loop->free_exchanges) {
		struct exchange *next = loop->free_exchanges->next;

		exchange_free(loop->free_exchanges);
		loop->free_exchanges = next;
	}
	gzip_free(loop->gzip);
	pthread_mutex_destroy(&loop->returned_lock);
}

static void *run(void *arg)
{
	struct io_loop *loop = arg;

	uv_run(&loop->uv, UV_RUN_DEFAULT);
	if (uv_loop_close(&loop->uv) != 0)
		die("an I/O loop ended with handles open");
	release(loop);
	return NULL;
}

static void set_limits(struct io_loop *loop)
{
	const struct http_limits *limits = &loop->server->limits;
	const int64_t limit_ms[STATE_COUNT] = {
		[STATE_IDLE] = limits->idle_ms,
		[STATE_HEAD] = limits->header_ms,
		[STATE_BODY] = limits->body_ms,
		[STATE_UPLOAD] = limits->upload_ms ? limits->upload_ms : limits->body_ms,
		[STATE_HANDLING] = 0,
		[STATE_WRITING] = limits->write_ms,
		[STATE_LINGERING] = LINGER_MS,
		[STATE_STREAM] = limits->beat_ms ? limits->beat_ms : BEAT_MS,
	};

	for (int state = 0; state < STATE_COUNT; state++)
		loop->lists[state].limit_ms = limit_ms[state];
}

bool io_loop_start(struct io_loop *loop)
{
	size_t listener_count = loop->server->listener_count;

	if (uv_loop_init(&loop->uv) != 0)
		goto failed;
	loop->uv.data = loop;
	loop->gzip = gzip_new(GZIP_LEVEL);
	pthread_mutex_init(&loop->returned_lock, NULL);
	set_limits(loop);
	if (!loop->gzip || uv_timer_init(&loop->uv, &loop->sweep) != 0 ||
	    uv_async_init(&loop->uv, &loop->wake, on_wake) != 0)
		goto failed;
	for (size_t i = 0; i < listener_count; i++) {
		struct acceptor *a = &loop->acceptors[i];

		if (uv_poll_init_socket(&loop->uv, &a->poll, a->fd) != 0 ||
		    uv_poll_start(&a->poll, UV_READABLE, on_connection) != 0)
			goto failed;
		a->poll.data = a;
	}
	loop->running = pthread_create(&loop->thread, NULL, run, loop) == 0;
	if (loop->running)
		return true;
failed:
	/* The process is about to give up; what libuv holds goes with it. */
	for (size_t i = 0; i < listener_count; i++)
		close(loop->acceptors[i].fd);
	return false;
}
