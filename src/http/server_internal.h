/*
 * server_internal.h: the structures that the parts of the server share.
 *
 *	http_server ──┬── io_loop (a thread; owns) ── connection (owns, while busy) ── exchange
 *	              └── pool (threads) ──── handles exchanges, gives them back to their loop
 *
 * A connection is touched by its loop's thread only. An exchange is a request with its answer; it
 * belongs to the loop, but to a worker from pool_push() until the worker gives it back. When its
 * connection closes meanwhile, the exchange is cut loose (conn is NULL) and ends on its return.
 *
 *	server.c             life cycle, counters
 *	server_listen.c      addresses, listening sockets
 *	server_loop.c        the loop: accepting, waking, deadlines, drain
 *	server_connection.c  reading, the order of requests, closing
 *	server_answer.c      building and writing answers
 *	server_pool.c        workers
 *	server_stream.c      answers that stay open
 *	server_parser.c, server_request.c   bytes to requests
 *	server_peer.c        addresses of clients
 *	server_id.c          names of requests
 */
#ifndef KINGLET_HTTP_SERVER_INTERNAL_H
#define KINGLET_HTTP_SERVER_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <uv.h>
#include "http/gzip.h"
#include "http/server.h"
#include "http/server_id.h"
#include "http/server_parser.h"
#include "http/server_peer.h"
#include "http/stream.h"

#define READ_BUFFER_BYTES ((size_t)64 * 1024)
#define HEADERS_MAX_BYTES ((size_t)16 * 1024) /* of an answer */
#define GZIP_LEVEL	  4
#define LINGER_MS	  2000

/* What a connection is waiting for; each has its time limit. It is in exactly one list. */
enum connection_state {
	STATE_IDLE,	 /* for the first byte of a request */
	STATE_HEAD,	 /* for the rest of a head */
	STATE_BODY,	 /* for the rest of a body */
	STATE_UPLOAD,	 /* for the rest of a larger one, which takes longer */
	STATE_HANDLING,	 /* for a worker: no limit here */
	STATE_WRITING,	 /* for the client to take an answer */
	STATE_STREAM,	 /* for something to tell; its limit is the heartbeat */
	STATE_LINGERING, /* for the client to close, so that the answer isn't lost by a reset */
	STATE_COUNT,
	STATE_CLOSED = STATE_COUNT
};

struct exchange {
	struct exchange *next; /* in a pool's queue, on the way back, or in the free list */
	struct io_loop *loop;
	struct connection *conn; /* NULL: it closed while a worker was busy with this */
	const struct http_listener *listener;
	struct parser parser;
	struct http_request req;
	struct http_response res;
	bool has_request;	 /* it came to be one; else refused before */
	bool keep_alive;	 /* what was decided for the connection after it */
	bool has_answer;	 /* that was begun to be sent */
	atomic_bool abandoned;	 /* a worker that hasn't begun need not */
	struct buf head, packed; /* the answer's head; its body, compressed */
	struct str content;	 /* the body as it is sent, or would be, but for HEAD */
	size_t sent_bytes, unsent_bytes;
	int64_t queued_us;		 /* when it was put in a pool's queue */
	char peer_text[PEER_TEXT_BYTES]; /* a copy: the connection may go before the handler */
	char id_text[REQUEST_ID_MAX_BYTES];
	uv_write_t write;
};

struct connection {
	uv_tcp_t tcp;
	struct io_loop *loop;
	struct connection *before, *after; /* in the list of its state, by deadline */
	enum connection_state state;
	int64_t deadline_ms;
	const struct http_listener *listener;
	struct exchange *exchange;  /* the request that is being read, handled or answered */
	struct http_stream *stream; /* what its last answer became, from then on */
	struct buf early;	    /* bytes that came while an answer was due */
	size_t queued_bytes;	    /* of the answer, when its progress was looked at last */
	unsigned answered_count;
	bool reading, at_eof, counted_by_address;
	struct peer peer;
	char peer_text[PEER_TEXT_BYTES];
};

/* Connections in one state. All have the same time limit, so they are in order of deadline. */
struct connection_list {
	struct connection *first, *last;
	int64_t limit_ms;
};

struct acceptor {
	uv_poll_t poll;
	struct io_loop *loop;
	const struct http_listener *listener;
	int fd;
};

struct loop_counters {
	_Atomic int64_t open, idle, accepted;
	_Atomic int64_t refused[HTTP_REFUSAL_COUNT], timeouts[HTTP_TIMEOUT_COUNT];
	_Atomic int64_t in_flight[HTTP_LISTENERS_MAX];
	_Atomic int64_t streams, streams_opened, streams_dropped;
};

struct io_loop {
	uv_loop_t uv;
	uv_async_t wake;
	uv_timer_t sweep;
	pthread_t thread;
	bool running;
	struct http_server *server;
	struct acceptor *acceptors; /* one a listener */
	struct connection_list lists[STATE_COUNT];
	size_t connection_count, away_count; /* exchanges that workers have */
	bool draining, accepting_paused, handles_closed;
	int64_t drain_deadline_ms, drain_since_ms;
	struct exchange *free_exchanges;
	size_t free_exchange_count;
	pthread_mutex_t returned_lock;
	struct exchange *returned;	 /* by workers, newest first */
	bool stop_requested;		 /* under returned_lock, too */
	struct http_stream *due_streams; /* and those with something to send */
	struct gzip *gzip;
	char date[40]; /* "Date: …\r\n" */
	size_t date_len;
	int64_t date_s;
	struct loop_counters counters;
	char read_buffer[READ_BUFFER_BYTES];
};

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct exchange *first, *last;
	unsigned limit;
	atomic_uint queued;
	_Atomic int64_t shed;
	_Atomic uint64_t waits[HTTP_WAIT_BOUND_COUNT + 1], wait_sum_us;
	bool stopping;
	pthread_t *threads;
	unsigned thread_count;
};

struct http_server {
	struct http_limits limits;
	struct http_listener *listeners;
	size_t listener_count;
	int *fds; /* [loop * listener_count + listener], -1 once a loop has it */
	int *ports;
	struct io_loop *loops;
	unsigned loop_count;
	struct pool pools[HTTP_LANE_COUNT]; /* the one of HTTP_LANE_INLINE is not used */
	unsigned worker_counts[HTTP_LANE_COUNT];
	struct peer_network *proxies;
	size_t proxy_count;
	struct peer_table *peers; /* NULL: no limit by address */
	_Atomic int64_t connections;
	atomic_uint uploads; /* bodies over limits.body_bytes that are held */
	bool started;
	atomic_bool retiring; /* each answer ends its connection */
};

/* A counter that one thread writes and any may read: cheaper than an atomic addition. */
static inline void counter_add(_Atomic int64_t *counter, int64_t n)
{
	int64_t value = atomic_load_explicit(counter, memory_order_relaxed);

	atomic_store_explicit(counter, value + n, memory_order_relaxed);
}

static inline _Atomic int64_t *in_flight_of(struct io_loop *loop, const struct http_listener *l)
{
	return &loop->counters.in_flight[l - loop->server->listeners];
}

/* server_listen.c: binds and listens on everything; fills in fds and ports. */
enum err server_listen(struct http_server *s, struct buf *why);

/* server_loop.c: prepares the loop and starts its thread; the loop takes over its fds. */
bool io_loop_start(struct io_loop *loop);
/* Moves a connection to the end of the list of `state`, with a new deadline. */
void connection_enter(struct connection *c, enum connection_state state);
/* Worker threads: gives an exchange back. */
void io_loop_return(struct exchange *x);
/* Any thread but its own: lets it drain and end. */
void io_loop_stop(struct io_loop *loop);

/* server_connection.c: a new connection on `fd`, which it owns from here on. */
void connection_open(struct acceptor *acceptor, int fd, const struct sockaddr_storage *address);
void connection_close(struct connection *c);
/* Its answer is written: what becomes of the connection. */
void connection_finish(struct connection *c, bool keep_alive, bool client_closes);
/* The same where the answer stays open: it owns `stream` from here on. */
void connection_stream(struct connection *c, struct http_stream *stream);
/* Goes on with what came early, when an answer was written other than from within a read. */
void connection_resume(struct connection *c);

/* server_answer.c: an exchange of the free list, or a new one; NULL when there is no memory. */
struct exchange *exchange_take(struct connection *c);
/* Gives it the id `given`, or a new one where that is no good. */
void exchange_name(struct exchange *x, struct str given);
/* Tells the listener, and puts it back. */
void exchange_end(struct exchange *x);
void exchange_free(struct exchange *x);
/* Any thread: compresses the body where that is wanted. */
void answer_prepare(struct exchange *x, struct gzip *gzip);
/* Writes what the handler left. When all is written at once the exchange has ended on return, and
 * the connection is ready for the next request, or closing. */
void answer_write(struct exchange *x);
/* Replaces the answer by one that says why there is none, and writes that. */
void answer_refuse(struct exchange *x, int status);

/* server_stream.c: the head is written; from here on the connection is the stream's. */
void connection_begin_stream(struct connection *c, struct http_stream *s);
/* For connection_close(): the stream's owner learns of it. */
void connection_end_stream(struct connection *c);
/* It was quiet for long: a comment goes out, which keeps proxies from ending it. */
void connection_beat(struct connection *c);
/* Sends what others left in the outboxes. */
void io_loop_send_streams(struct io_loop *loop);
/* Ends all streams that aren't in the middle of a write, asking the clients to come back. */
void io_loop_end_streams(struct io_loop *loop);

/* server_pool.c */
bool pool_start(struct pool *p, unsigned thread_count, unsigned queue_limit);
/* False, and counted, when the queue is full. */
bool pool_push(struct pool *p, struct exchange *x);
void pool_counters(struct pool *p, struct http_pool_counters *out);
/* Lets the workers finish what is queued, and joins them. */
void pool_stop(struct pool *p);

#endif
