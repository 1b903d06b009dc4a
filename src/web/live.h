/*
 * live.h: tells open pages what is new: the streams behind GET /events (Server-Sent Events).
 *
 *	timeline_subscribe() hint ──▶ teller (a thread) ── asks the store ──▶ http_stream_send()
 *
 * Each stream knows the newest post that it was told of. A hint makes the teller ask its timeline
 * for what came after that, once for all streams that stand at the same place, and tell the answer:
 *
 *	id: 123                                               the newest post; what the client
 *	event: posts                                          sends as Last-Event-ID when it
 *	data: {"count":3,"more":false,"newest":"123"}         comes back
 *
 * So a stream that breaks, and one whose hint was lost, go on where they were: what is told comes
 * from the store, and begins where the last event ended. What was flagged or deleted by then isn't
 * told. `more`: there are more than LIVE_COUNT_MAX.
 *
 * On PostgreSQL a post can become visible after one with a higher id that began later; when that
 * one was told between the two, the earlier isn't counted, and appears with the next: pages fetch
 * what they show, and merge it by id.
 *
 * Unread notices: `event: notices`, data {"unread":N}, on all streams of the person who is signed
 * in, at the beginning and when the number has changed. The hints are the same: a like or a follow
 * names who is told, with a post anybody may be. What makes the number smaller nobody tells: each
 * LIVE_LOOK_MS all are looked at.
 *
 * The load is bounded: after a round the teller rests four times as long as it took.
 */
#ifndef KINGLET_WEB_LIVE_H
#define KINGLET_WEB_LIVE_H

#include "http/stream.h"
#include "service/service.h"

#define LIVE_COUNT_MAX 99
#define LIVE_LOOK_MS   20000

struct live;

enum live_timeline { LIVE_PUBLIC, LIVE_HOME, LIVE_USER };

struct live_place {
	enum live_timeline timeline;
	int64_t subject_id; /* whose, for LIVE_HOME and LIVE_USER; else 0 */
	int64_t told_id;    /* the newest post that the client knows; 0: of none; -1: begin now */
};

/*
 * At most `streams_max` in all, `per_client_max` of one person or, where nobody is signed in, of
 * one address. Dies without memory.
 */
struct live *live_new(struct service *service, size_t streams_max, size_t per_client_max);
/* Subscribes and starts its thread; once the service has its store. */
enum err MUST_CHECK live_start(struct live *l);
/* After the server has stopped, before its store is closed. NULL is fine. */
void live_free(struct live *l);

/*
 * A stream for `res->stream`. viewer_id 0: nobody is signed in. ERR_BUSY: there are too many;
 * ERR_RATE_LIMITED: this client has too many; counted. Any thread.
 */
enum err MUST_CHECK live_open(struct live *l, struct live_place place, int64_t viewer_id,
			      struct str address, struct http_stream **out);

/* How many notices a person hasn't seen. Called by the teller alone. */
typedef enum err live_unread_fn(struct service *service, int64_t user_id, int64_t *out);
/* Before live_start(). Without it there are no events `notices`. */
void live_watch_unread(struct live *l, live_unread_fn *fn);

#endif
