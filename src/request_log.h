/*
 * request_log.h: the line that each answered request leaves in the log, once, when its answer has
 * been handed to the kernel or its client has gone (docs/logging.md has the fields).
 *
 * It holds neither query nor headers nor body: passwords, cookies, tokens and posts travel there.
 */
#ifndef KINGLET_REQUEST_LOG_H
#define KINGLET_REQUEST_LOG_H

#include "http/http.h"
#include "metrics/metrics.h"

/* How much of a client's address is kept. */
enum request_log_address {
	REQUEST_LOG_FULL,
	REQUEST_LOG_TRUNCATED, /* an IPv4 address without its last 8 bits, an IPv6 one of 48 bits */
	REQUEST_LOG_NONE,
};

struct request_log_config {
	bool all; /* else only those that failed or were slow */
	enum request_log_address address;
	int64_t slow_us;
};

/* Before the first request. */
void request_log_setup(const struct request_log_config *config);

struct request_log_entry {
	enum metrics_service service;
	const struct http_request *req; /* NULL: it never became one */
	const struct http_response *res;
	struct str user;	    /* who is signed in; empty: nobody */
	const char *method, *route; /* from tables; route NULL: none matched */
	size_t sent_bytes;
	int64_t duration_us;
};
/*
 * 5xx (but for 501 and 505, which are the client's doing) at error with their cause; slow ones at
 * warn; those of the operator's listener that went well at debug, since balancers and monitoring
 * ask all the time; the others at info. Any thread.
 */
void request_log(const struct request_log_entry *entry);

#endif
