/*
 * request.h: one HTTP request the way the simulator's clients make it: a connection of its own,
 * `Connection: close`, and a time limit over the whole of it.
 */
#ifndef KINGLET_BENCH_REQUEST_H
#define KINGLET_BENCH_REQUEST_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/str.h"

#define ANSWER_MAX_BYTES ((size_t)32 << 20)

/* X(constant, what a report calls it) */
#define OUTCOME_TABLE(X)                                    \
	X(OUTCOME_ANSWERED, "answered")                     \
	X(OUTCOME_CONNECT, "no connection")                 \
	X(OUTCOME_TIMEOUT, "time-out")                      \
	X(OUTCOME_SEND, "not sent")                         \
	X(OUTCOME_CLOSED, "closed before the answer's end") \
	X(OUTCOME_MALFORMED, "not HTTP")

enum outcome {
#define OUTCOME_X(name, text) name,
	OUTCOME_TABLE(OUTCOME_X)
#undef OUTCOME_X
		OUTCOME_COUNT
};
const char *outcome_text(enum outcome o);

struct target {
	struct sockaddr_in address;
	char host[64]; /* for the Host header */
};

/* "HOST:PORT" or "http://HOST:PORT", HOST an IPv4 address or "localhost". */
bool target_parse(const char *text, struct target *out);

struct request {
	const char *method;
	struct str path;	   /* encoded, with its query */
	const char *authorization; /* the header's value, or NULL */
	struct str body;	   /* JSON; empty: none */
	int64_t timeout_ms;
};

struct answer {
	int status;
	struct str body; /* borrowed from the buffer that was passed in */
};

/* `scratch` is cleared and used for both directions. `out` is set on OUTCOME_ANSWERED only. */
enum outcome request_send(const struct target *to, const struct request *r, struct buf *scratch,
			  struct answer *out);

#endif
