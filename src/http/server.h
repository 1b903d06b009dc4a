/*
 * server.h: HTTP/1.1 (RFC 9110, 9112) on libuv and llhttp: sockets, deadlines, limits,
 * back-pressure and drain. One I/O loop a core, each with a listening socket of its own
 * (SO_REUSEPORT).
 *
 * A connection belongs to one loop for life. A request is read whole into its arena, then
 * `classify` says where `handle` runs: on the loop itself, in the pool of workers, or in one of the
 * small pools, for passwords and for the operator. Pools have bounded queues; a full one answers
 * 503 with Retry-After at once. Pipelined requests are answered one after another, in order.
 */
#ifndef KINGLET_HTTP_SERVER_H
#define KINGLET_HTTP_SERVER_H

#include "base/buf.h"
#include "base/err.h"
#include "http/http.h"

struct http_server;

enum http_lane {
	HTTP_LANE_INLINE,   /* on the loop: microseconds, never waits */
	HTTP_LANE_POOL,	    /* may wait for the store */
	HTTP_LANE_PASSWORD, /* computes a password hash */
	HTTP_LANE_OPERATOR, /* health and metrics: never behind the others' requests */
	HTTP_LANE_COUNT
};

struct http_listener {
	const char *name;    /* "web", "api", "admin": for logs and metrics */
	const char *address; /* HOST:PORT, [v6]:PORT; port 0 takes a free one */
	void *user;	     /* passed to the calls below */
	/* On the loop, when the request is complete: routes it (sets req->route) and names the
	 * lane. */
	enum http_lane (*classify)(void *user, struct http_request *req);
	/* On the lane: fills in `res`. */
	void (*handle)(void *user, struct http_request *req, struct http_response *res);
	/*
	 * On the loop, to fill in an answer that no handler made: status is 400, 408, 413, 414,
	 * 417, 431, 501, 503 or 505, or 500 where a handler's answer didn't fit. `req` may be NULL
	 * (it never became a request).
	 */
	void (*refuse)(void *user, struct http_request *req, struct http_response *res, int status);
	/* On the loop, once for each answer, when its last byte was handed to the kernel or the
	 * client has gone. `req` may be NULL, see refuse. `sent_bytes` counts headers too. */
	void (*answered)(void *user, const struct http_request *req,
			 const struct http_response *res, size_t sent_bytes, int64_t duration_us);
	/*
	 * On the loop, with the head alone and before a byte of its body is read: may this request
	 * bring more than limits.body_bytes, up to limits.upload_bytes? Only asked where its
	 * Content-Length says that it will. NULL: none may.
	 */
	bool (*takes_upload)(void *user, const struct http_request *req);
};

/* Everything that a client can make grow, each with a name; config.c holds the defaults. */
struct http_limits {
	size_t header_bytes;		  /* request line and headers: 431, or 414 for the line */
	size_t header_count;		  /* 431 */
	size_t body_bytes;		  /* 413 */
	size_t upload_bytes;		  /* body of an upload, see takes_upload: 413 */
	unsigned uploads;		  /* larger bodies held at a time: 503 */
	size_t response_bytes;		  /* rendered bodies: 500 */
	size_t arena_bytes;		  /* a request's arena */
	unsigned connections;		  /* in all; past it new ones are closed at accept */
	unsigned connections_per_address; /* 0: no limit */
	unsigned requests_per_connection; /* then Connection: close */
	unsigned pool_queue;		  /* requests that wait for a worker: 503 */
	unsigned password_queue;	  /* requests that wait for a password worker: 503 */
	int64_t header_ms; /* from the first byte of a request to the end of its headers: 408 */
	int64_t body_ms;   /* from there to the end of the body: 408 */
	int64_t upload_ms; /* the same for an upload; 0: body_ms */
	int64_t idle_ms;   /* between requests: closed */
	int64_t write_ms;  /* without progress while writing an answer: closed */
	int64_t beat_ms;   /* a stream that was quiet so long gets a comment */
	int64_t drain_ms;  /* how long stopping waits for what is in flight */
};

struct http_server_config {
	const struct http_listener *listeners;
	size_t listener_count; /* at most HTTP_LISTENERS_MAX */
	struct http_limits limits;
	unsigned loops;	  /* 0: one per core */
	unsigned workers; /* threads of the pool; they wait for commits together */
	unsigned password_workers;
	/* Addresses and networks ("10.0.0.0/8") whose X-Forwarded-For/-Proto count. */
	const struct str *trusted_proxies;
	size_t trusted_proxy_count;
};

/* Why a connection was closed at accept. */
enum http_refusal {
	HTTP_REFUSED_CONNECTIONS,	      /* limits.connections */
	HTTP_REFUSED_CONNECTIONS_PER_ADDRESS, /* limits.connections_per_address */
	HTTP_REFUSED_MEMORY,
	HTTP_REFUSAL_COUNT
};

/* What a connection was waiting for when its time was over. */
enum http_timeout {
	HTTP_TIMEOUT_HEADER,
	HTTP_TIMEOUT_BODY,
	HTTP_TIMEOUT_WRITE,
	HTTP_TIMEOUT_IDLE,
	HTTP_TIMEOUT_COUNT
};

/* Upper bounds of how long requests waited for a thread of their pool. */
#define HTTP_WAIT_BOUND_COUNT 14
extern const int64_t http_wait_bounds_us[HTTP_WAIT_BOUND_COUNT];

struct http_pool_counters {
	int64_t queued, shed;
	uint64_t waits[HTTP_WAIT_BOUND_COUNT + 1]; /* one a bound, and what is over all */
	uint64_t wait_sum_us;
};

#define HTTP_LISTENERS_MAX 8

/* What it holds at this moment, and what it did since its start; for metrics. */
struct http_server_counters {
	int64_t connections_open, connections_idle; /* idle: between two requests, of those open */
	int64_t connections_accepted, connections_refused[HTTP_REFUSAL_COUNT];
	int64_t requests_in_flight[HTTP_LISTENERS_MAX]; /* by listener, in the configured order */
	int64_t timeouts[HTTP_TIMEOUT_COUNT];
	/* Answers that stay open; dropped: the client didn't keep up. */
	int64_t streams_open, streams_opened, streams_dropped;
	struct http_pool_counters pools[HTTP_LANE_COUNT]; /* all zero for HTTP_LANE_INLINE */
};

/*
 * Binds and listens on all addresses before the first thread starts, so that a failure leaves
 * nothing behind; `*why` then holds a sentence (which address, what was wrong).
 */
enum err MUST_CHECK http_server_new(const struct http_server_config *config,
				    struct http_server **out, struct buf *why);
/* The port that listener `index` really has. */
int http_server_port(const struct http_server *s, size_t index);
/* Starts loops and pools and returns. */
enum err MUST_CHECK http_server_start(struct http_server *s);
/*
 * Lets clients go one by one, before http_server_stop(): goes on accepting and answering, but each
 * answer says Connection: close. Any thread.
 */
void http_server_retire(struct http_server *s);
/*
 * Drains: stops listening, closes idle connections, answers what is in flight (Connection: close),
 * at most limits.drain_ms long; then joins all threads. Any thread but its own.
 */
void http_server_stop(struct http_server *s);
void http_server_free(struct http_server *s);
void http_server_counters(struct http_server *s, struct http_server_counters *out);

#endif
