/*
 * stream.h: an answer that stays open: a handler leaves one in its response, and from then on any
 * thread may send text through it (Server-Sent Events, HTML Living Standard §9.2).
 *
 *	handler ── res->stream ──▶ loop: head, then whatever is sent, a heartbeat when it is quiet
 *	any thread ── http_stream_send() ──▶ outbox ──▶ loop ──▶ socket
 *
 * Once its head is written, a stream holds no worker, no arena and no exchange: a connection, this
 * struct, and an outbox while something is on its way. A reader who doesn't keep up is dropped when
 * its outbox is full or nothing moves for limits.write_ms; it comes back and is told what it
 * missed. The answer ends where the connection does (RFC 9112 §6.3): it has no length.
 */
#ifndef KINGLET_HTTP_STREAM_H
#define KINGLET_HTTP_STREAM_H

#include "base/str.h"

#define HTTP_STREAM_OUTBOX_BYTES ((size_t)16 * 1024)

struct http_stream;

/*
 * `closed` is called once, when the stream has ended for whatever reason, also where the answer was
 * never begun; usually on the loop's thread, without locks held. The stream is gone after it. NULL
 * without memory.
 */
struct http_stream *http_stream_new(void (*closed)(void *user), void *user);
/*
 * Copies `text` and sees to it that it goes out, in order. Any thread, never waits; whoever calls
 * must know that `closed` has not returned (hold the lock that `closed` takes).
 */
void http_stream_send(struct http_stream *s, struct str text);
/* For a response that isn't sent: ends it. NULL is fine. */
void http_stream_cancel(struct http_stream *s);

#endif
