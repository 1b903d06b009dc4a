#include "web/live.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/clock.h"
#include "base/log.h"
#include "metrics/metrics.h"
#include "service/post.h"
#include "service/timeline.h"

#define ADDRESS_BYTES	  48
#define AUTHORS_MAX	  64 /* of one round's news; past it every stream is looked at */
#define ARENA_BYTES	  ((size_t)4 * 1024 * 1024)
#define REST_MIN_MS	  50
#define REST_TIMES	  4
#define REST_AFTER_ERR_MS 1000

struct live_stream {
	struct live *live;
	struct live_stream *before, *after;
	struct http_stream *http;
	struct live_place place;
	int64_t viewer_id;
	int64_t unread_told; /* -1: not yet */
	bool due, unread_due;
	char address[ADDRESS_BYTES];
};

struct live {
	struct service *service;
	live_unread_fn *unread;
	size_t streams_max, per_client_max;
	struct store_subscription *subscription;
	pthread_t thread;
	bool running;
	struct arena *arena; /* the teller's */

	pthread_mutex_t lock; /* for all below, and the streams */
	pthread_cond_t wake;
	struct live_stream *first;
	size_t count;
	bool stopping, hinted;	      /* something is due */
	bool resync;		      /* all that is derived from posts */
	int64_t authors[AUTHORS_MAX]; /* of posts that were told of */
	size_t author_count;
};

struct live *live_new(struct service *service, size_t streams_max, size_t per_client_max)
{
	struct live *l = calloc(1, sizeof(*l));
	pthread_condattr_t attributes;

	if (!l)
		die("no memory for live streams");
	l->service = service;
	l->streams_max = streams_max;
	l->per_client_max = per_client_max;
	pthread_mutex_init(&l->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&l->wake, &attributes);
	pthread_condattr_destroy(&attributes);
	return l;
}

void live_watch_unread(struct live *l, live_unread_fn *fn)
{
	l->unread = fn;
}

/* ---- hints --------------------------------------------------------------------------------- */

/* With the lock held. */
static void hint(struct live *l)
{
	l->hinted = true;
	pthread_cond_signal(&l->wake);
}

static void note_author(struct live *l, int64_t id)
{
	for (size_t i = 0; i < l->author_count; i++) {
		if (l->authors[i] == id)
			return;
	}
	if (l->author_count < AUTHORS_MAX)
		l->authors[l->author_count++] = id;
	else
		l->resync = true;
}

/* With the lock held. */
static void note_told(struct live *l, int64_t user_id)
{
	for (struct live_stream *s = l->first; s; s = s->after)
		s->unread_due |= s->viewer_id == user_id;
}

static void on_news(void *user, const struct store_news *news)
{
	struct live *l = user;

	pthread_mutex_lock(&l->lock);
	if (news->resync)
		l->resync = true;
	for (size_t i = 0; i < news->count; i++) {
		if (news->posts[i].id)
			note_author(l, news->posts[i].author_id);
		else
			note_told(l, news->posts[i].author_id);
	}
	if (l->count)
		hint(l);
	pthread_mutex_unlock(&l->lock);
}

/* ---- streams ------------------------------------------------------------------------------- */

static void on_closed(void *user)
{
	struct live_stream *s = user;
	struct live *l = s->live;

	pthread_mutex_lock(&l->lock);
	*(s->before ? &s->before->after : &l->first) = s->after;
	if (s->after)
		s->after->before = s->before;
	l->count--;
	pthread_mutex_unlock(&l->lock);
	free(s);
}

static bool is_same_client(const struct live_stream *s, const struct live_stream *other)
{
	return s->viewer_id == other->viewer_id &&
	       (s->viewer_id || strcmp(s->address, other->address) == 0);
}

/* With the lock held. */
static enum err admit(struct live *l, const struct live_stream *new)
{
	size_t same = 0;

	if (l->count >= l->streams_max) {
		metrics_event(EVENT_LIVE_REFUSED_STREAMS);
		return ERR_BUSY;
	}
	for (struct live_stream *s = l->first; s; s = s->after)
		same += is_same_client(s, new);
	if (same < l->per_client_max)
		return ERR_OK;
	metrics_event(EVENT_LIVE_REFUSED_PER_CLIENT);
	return ERR_RATE_LIMITED;
}

enum err live_open(struct live *l, struct live_place place, int64_t viewer_id, struct str address,
		   struct http_stream **out)
{
	struct live_stream *s = calloc(1, sizeof(*s));
	enum err e;

	if (!s)
		return ERR_INTERNAL;
	s->live = l;
	s->place = place;
	s->viewer_id = viewer_id;
	s->unread_told = -1;
	s->due = s->unread_due = true;
	memcpy(s->address, address.ptr,
	       address.len < ADDRESS_BYTES ? address.len : ADDRESS_BYTES - 1);
	s->http = http_stream_new(on_closed, s);
	if (!s->http) {
		free(s);
		return ERR_INTERNAL;
	}
	pthread_mutex_lock(&l->lock);
	e = admit(l, s);
	/* Also the refused one, which on_closed() takes out again. */
	s->after = l->first;
	if (l->first)
		l->first->before = s;
	l->first = s;
	l->count++;
	if (e == ERR_OK)
		hint(l);
	else
		s->due = s->unread_due = false;
	pthread_mutex_unlock(&l->lock);
	if (e != ERR_OK)
		http_stream_cancel(s->http);
	else
		*out = s->http;
	return e;
}

/* ---- the teller ---------------------------------------------------------------------------- */

/* What came after a place. */
struct finding {
	size_t count;
	bool more;
	int64_t newest_id;
};

static enum err list(struct live *l, const struct live_place *p, struct cursor at, size_t limit,
		     struct post_list *out)
{
	switch (p->timeline) {
	case LIVE_HOME:
		return timeline_home(l->service, l->arena, p->subject_id, at, limit, out);
	case LIVE_USER:
		return timeline_user(l->service, l->arena, p->subject_id, at, limit, out);
	case LIVE_PUBLIC:
		break;
	}
	return timeline_public(l->service, l->arena, at, limit, out);
}

static enum err look(struct live *l, const struct live_place *p, struct finding *out)
{
	const struct cursor newest = {.side = CURSOR_NEWEST};
	struct cursor at = {.side = CURSOR_AFTER, .id = p->told_id};
	struct post_list posts = {0};
	enum err e;

	arena_reset(l->arena);
	e = list(l, p, p->told_id > 0 ? at : newest, p->told_id < 0 ? 1 : LIVE_COUNT_MAX, &posts);
	if (e != ERR_OK)
		return e;
	*out = (struct finding){.newest_id = p->told_id > 0 ? p->told_id : 0};
	if (posts.count)
		out->newest_id = posts.items[0].id;
	if (p->told_id < 0)
		return ERR_OK;
	out->count = posts.count;
	out->more = p->told_id > 0 ? posts.newer : posts.older;
	if (p->told_id == 0 || !out->more)
		return ERR_OK;
	/* Many: what was read are the oldest of them. */
	e = list(l, p, newest, 1, &posts);
	if (e == ERR_OK && posts.count)
		out->newest_id = posts.items[0].id;
	return e;
}

static void announce(struct live_stream *s, const struct finding *f)
{
	char text[192];
	int len;

	if (f->count == 0 && s->place.told_id >= 0)
		return;
	if (f->count == 0) /* "You are here": no event, but an id to come back with. */
		len = snprintf(text, sizeof(text), "id: %lld\n\n", (long long)f->newest_id);
	else
		len = snprintf(text, sizeof(text),
			       "id: %lld\nevent: posts\n"
			       "data: {\"count\":%zu,\"more\":%s,\"newest\":\"%lld\"}\n\n",
			       (long long)f->newest_id, f->count, f->more ? "true" : "false",
			       (long long)f->newest_id);
	s->place.told_id = f->newest_id;
	http_stream_send(s->http, str_from(text, (size_t)len));
	metrics_event(EVENT_LIVE_EVENT);
}

static bool is_same_place(const struct live_place *a, const struct live_place *b)
{
	return a->timeline == b->timeline && a->subject_id == b->subject_id &&
	       a->told_id == b->told_id;
}

/* With the lock held: which streams do the hints since the last round touch? */
static void mark_due(struct live *l, bool look_at_unread)
{
	bool news = l->resync || l->author_count;

	for (struct live_stream *s = l->first; s && (news || look_at_unread); s = s->after) {
		bool concerned = news && (l->resync || s->place.timeline != LIVE_USER);

		for (size_t i = 0; i < l->author_count && !concerned; i++)
			concerned = l->authors[i] == s->place.subject_id;
		s->due |= concerned;
		s->unread_due = true;
	}
	l->resync = false;
	l->author_count = 0;
	l->hinted = false;
}

/* Called with the lock held, which it lets go while it asks the store. */
static enum err tell_posts(struct live *l)
{
	struct live_stream *s = l->first;

	while (s) {
		struct live_place place = s->place;
		struct finding found;
		enum err e;

		if (!s->due) {
			s = s->after;
			continue;
		}
		pthread_mutex_unlock(&l->lock);
		e = look(l, &place, &found);
		pthread_mutex_lock(&l->lock);
		if (e != ERR_OK)
			return e;
		for (s = l->first; s; s = s->after) {
			if (!s->due || !is_same_place(&s->place, &place))
				continue;
			s->due = false;
			announce(s, &found);
		}
		s = l->first;
	}
	return ERR_OK;
}

static void announce_unread(struct live_stream *s, int64_t unread)
{
	char text[80];
	int len;

	if (s->unread_told == unread)
		return;
	s->unread_told = unread;
	len = snprintf(text, sizeof(text), "event: notices\ndata: {\"unread\":%lld}\n\n",
		       (long long)unread);
	http_stream_send(s->http, str_from(text, (size_t)len));
	metrics_event(EVENT_LIVE_EVENT);
}

/* As tell_posts(). */
static enum err tell_unread(struct live *l)
{
	struct live_stream *s = l->first;

	while (l->unread && s) {
		int64_t user_id = s->viewer_id, unread = 0;
		enum err e;

		if (!s->unread_due || !user_id) {
			s = s->after;
			continue;
		}
		pthread_mutex_unlock(&l->lock);
		e = l->unread(l->service, user_id, &unread);
		pthread_mutex_lock(&l->lock);
		if (e != ERR_OK && e != ERR_NOT_FOUND)
			return e;
		for (s = l->first; s; s = s->after) {
			if (!s->unread_due || s->viewer_id != user_id)
				continue;
			s->unread_due = false;
			announce_unread(s, unread);
		}
		s = l->first;
	}
	return ERR_OK;
}

/* With the lock held, until `until_ms` of the monotonic clock or a call; false: time is over. */
static bool wait_until(struct live *l, int64_t until_ms)
{
	const struct timespec until = {until_ms / 1000, until_ms % 1000 * 1000000};

	return pthread_cond_timedwait(&l->wake, &l->lock, &until) == 0;
}

static int64_t now_ms(void)
{
	return clock_mono_us() / 1000;
}

/* A failed round is done again: what was due is due still. */
static void rest(struct live *l, int64_t begun_ms, enum err e)
{
	int64_t end_ms = now_ms(), until_ms = end_ms + (end_ms - begun_ms) * REST_TIMES;

	if (until_ms < end_ms + REST_MIN_MS)
		until_ms = end_ms + REST_MIN_MS;
	if (e != ERR_OK) {
		until_ms = end_ms + REST_AFTER_ERR_MS;
		l->hinted = true;
	}
	while (!l->stopping && now_ms() < until_ms)
		wait_until(l, until_ms);
}

static void *tell(void *arg)
{
	struct live *l = arg;
	int64_t look_ms = now_ms() + LIVE_LOOK_MS;

	pthread_mutex_lock(&l->lock);
	while (!l->stopping) {
		int64_t begun_ms;
		bool look_now;
		enum err e;

		while (!l->stopping && !l->hinted && now_ms() < look_ms)
			wait_until(l, look_ms);
		begun_ms = now_ms();
		look_now = begun_ms >= look_ms;
		if (look_now)
			look_ms = begun_ms + LIVE_LOOK_MS;
		mark_due(l, look_now);
		e = l->stopping ? ERR_OK : tell_posts(l);
		if (e == ERR_OK && !l->stopping)
			e = tell_unread(l);
		rest(l, begun_ms, e);
	}
	pthread_mutex_unlock(&l->lock);
	return NULL;
}

enum err live_start(struct live *l)
{
	l->arena = arena_new(ARENA_BYTES);
	if (!l->arena)
		return ERR_INTERNAL;
	l->subscription = timeline_subscribe(l->service, on_news, l);
	l->running = pthread_create(&l->thread, NULL, tell, l) == 0;
	return l->running ? ERR_OK : ERR_INTERNAL;
}

void live_free(struct live *l)
{
	if (!l)
		return;
	if (l->subscription)
		timeline_unsubscribe(l->service, l->subscription);
	pthread_mutex_lock(&l->lock);
	l->stopping = true;
	pthread_cond_signal(&l->wake);
	pthread_mutex_unlock(&l->lock);
	if (l->running)
		pthread_join(l->thread, NULL);
	arena_free(l->arena);
	pthread_cond_destroy(&l->wake);
	pthread_mutex_destroy(&l->lock);
	free(l);
}
