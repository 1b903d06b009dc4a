/* pg_listen.c: the listener's side of pg_news.h: a thread with a connection of its own. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/rand.h"
#include "model/id.h"
#include "store/postgres/pg.h"

/* How often it looks for posts that it did not hear of, if it hears of them, and if it can't. */
#define LOOK_HEARING_US	 1000000
#define LOOK_ONLY_US	 200000
#define LOOK_TIMEOUT_US	 2000000
#define OPEN_TIMEOUT_US	 1000000
#define BACKOFF_FIRST_MS 100
#define BACKOFF_MAX_MS	 3000
/* Posts become visible in another order than that of their ids; by so much at most, for a look. */
#define OVERLAP_MS 2000
#define BATCH	   1000

struct listener {
	struct pg_news *n;
	struct pg_conn c;
	int64_t high; /* the highest id that a look has found */
	int64_t high_since_us;
	int64_t history; /* the value of the table of that name */
};

/* ---- what is heard --------------------------------------------------------------------------- */

/* " ID:AUTHOR ID:AUTHOR …", all hexadecimal. */
static size_t parse_posts(const char *at, struct store_news_post *posts, size_t max)
{
	size_t count = 0;
	char *end;

	while (count < max && *at == ' ') {
		posts[count].id = (int64_t)strtoull(at + 1, &end, 16);
		if (*end != ':')
			break;
		posts[count].author_id = (int64_t)strtoull(end + 1, &end, 16);
		at = end;
		count++;
	}
	return count;
}

static void resync(struct pg_news *n)
{
	atomic_fetch_add(&n->resyncs, 1);
	news_tell_resync(&n->s->store.news);
}

/* "p NODE TIME POSTS" or "r NODE TIME". Our own come back too, and say how long it took. */
static void hear(struct pg_news *n, const char *payload)
{
	struct store_news_post posts[256];
	uint64_t node, sent_us;
	size_t count;
	char *end;

	if ((payload[0] != 'p' && payload[0] != 'r') || payload[1] != ' ')
		return;
	node = strtoull(payload + 2, &end, 16);
	sent_us = strtoull(end, &end, 16);
	if (node == n->node) {
		atomic_store(&n->lag_us, clock_mono_us() - (int64_t)sent_us);
		return;
	}
	if (payload[0] == 'r') {
		resync(n);
		return;
	}
	count = parse_posts(end, posts, sizeof(posts) / sizeof(posts[0]));
	atomic_fetch_add(&n->received, (int64_t)pg_news_pass_on(n, posts, count));
}

/* Whatever has come by now. */
static void hear_all(struct listener *l)
{
	PGnotify *notification;

	while ((notification = PQnotifies(l->c.pg))) {
		hear(l->n, notification->extra);
		PQfreemem(notification);
	}
}

/* ---- what is found --------------------------------------------------------------------------- */

static enum err ask(struct listener *l, const char *sql, PGresult **out)
{
	struct buf why = BUF_INIT(1024);
	enum err e = pg_conn_exec(&l->c, sql, clock_mono_us() + LOOK_TIMEOUT_US, out, &why);

	buf_release(&why);
	return e;
}

/* `known`: they are no news. */
static void take_rows(struct listener *l, const PGresult *r, bool known)
{
	static _Thread_local struct store_news_post posts[BATCH];
	size_t count = (size_t)PQntuples(r), fresh;

	for (size_t i = 0; i < count; i++) {
		posts[i].id = strtoll(PQgetvalue(r, (int)i, 0), NULL, 10);
		posts[i].author_id = strtoll(PQgetvalue(r, (int)i, 1), NULL, 10);
	}
	if (count && posts[count - 1].id > l->high) {
		l->high = posts[count - 1].id;
		l->high_since_us = clock_mono_us();
	}
	if (known) {
		pg_news_mark(l->n, posts, count);
		return;
	}
	fresh = pg_news_pass_on(l->n, posts, count);
	atomic_fetch_add(&l->n->found, (int64_t)fresh);
}

/*
 * Posts that came to light without being new, such as those of another node's bulk load: who can't
 * be told of it (behind a pooler, or by a node that died) finds it here.
 */
static enum err look_at_history(struct listener *l, bool known)
{
	PGresult *r = NULL;
	int64_t value;
	enum err e = ask(l, "SELECT value FROM history", &r);

	if (e != ERR_OK)
		return e;
	value = strtoll(PQgetvalue(r, 0, 0), NULL, 10);
	PQclear(r);
	if (value != l->history && !known)
		resync(l->n);
	l->history = value;
	return ERR_OK;
}

/* post_public. Where nothing new has come for long, only what is newer than the newest. */
static enum err look(struct listener *l, bool known)
{
	bool quiet = clock_mono_us() - l->high_since_us > 3 * OVERLAP_MS * 1000;
	int64_t from = quiet ? l->high : l->high - id_first_of_ms(OVERLAP_MS);
	enum err e = look_at_history(l, known);
	int rows;

	if (e != ERR_OK)
		return e;
	do {
		PGresult *r = NULL;
		char sql[160];

		snprintf(sql, sizeof(sql),
			 "SELECT id, author_id FROM post WHERE id > %lld AND NOT flagged "
			 "ORDER BY id LIMIT %d",
			 (long long)from, BATCH);
		e = ask(l, sql, &r);
		if (e != ERR_OK)
			return e;
		take_rows(l, r, known);
		rows = PQntuples(r);
		if (rows)
			from = strtoll(PQgetvalue(r, rows - 1, 0), NULL, 10);
		PQclear(r);
	} while (rows == BATCH);
	return ERR_OK;
}

/* ---- the connection -------------------------------------------------------------------------- */

/*
 * A pooler invents the number of the process that it tells its clients. In its transaction mode a
 * LISTEN would stay behind on a connection that others get.
 */
static enum err is_pooled(struct listener *l, bool *out)
{
	PGresult *r = NULL;
	enum err e = ask(l, "SELECT pg_backend_pid()", &r);

	if (e == ERR_OK)
		*out = strtoll(PQgetvalue(r, 0, 0), NULL, 10) != PQbackendPID(l->c.pg);
	PQclear(r);
	return e;
}

/* From where on there is news; what was before, a resync covers. */
static enum err begin(struct listener *l)
{
	struct buf why = BUF_INIT(1024);
	PGresult *r = NULL;
	bool pooled = false;
	enum err e = pg_conn_open_bare(&l->c, l->n->s->pool.target,
				       clock_mono_us() + OPEN_TIMEOUT_US, &why);

	buf_release(&why);
	if (e == ERR_OK)
		e = is_pooled(l, &pooled);
	if (e == ERR_OK && !pooled)
		e = ask(l, "LISTEN " PG_NEWS_CHANNEL, NULL);
	if (e == ERR_OK)
		e = ask(l, "SELECT coalesce(max(id), 0) FROM post", &r);
	if (e == ERR_OK) {
		l->high = strtoll(PQgetvalue(r, 0, 0), NULL, 10);
		l->high_since_us = clock_mono_us();
		e = look(l, true);
	}
	PQclear(r);
	if (e != ERR_OK)
		return e;
	atomic_store(&l->n->hears, !pooled);
	atomic_store(&l->n->connected, true);
	return ERR_OK;
}

static void end(struct listener *l)
{
	atomic_store(&l->n->connected, false);
	atomic_store(&l->n->hears, false);
	if (l->c.pg)
		pg_conn_close(&l->c);
}

/* False where it is to end. */
static bool wait_for(struct listener *l, int fd, int64_t until_us)
{
	struct pollfd p[] = {{.fd = l->n->wake_fd, .events = POLLIN}, {.fd = fd, .events = POLLIN}};
	int64_t left_us = until_us - clock_mono_us();

	(void)poll(p, fd < 0 ? 1 : 2, left_us > 0 ? (int)(left_us / 1000 + 1) : 0);
	return !(p[0].revents & POLLIN);
}

/* Until the connection breaks (true) or the thread is to end. */
static bool listen(struct listener *l)
{
	int64_t look_us = 0, pause_us = atomic_load(&l->n->hears) ? LOOK_HEARING_US : LOOK_ONLY_US;

	for (;;) {
		if (clock_mono_us() >= look_us) {
			if (look(l, false) != ERR_OK)
				return true;
			look_us = clock_mono_us() + pause_us;
		}
		hear_all(l);
		if (!wait_for(l, PQsocket(l->c.pg), look_us))
			return false;
		if (!PQconsumeInput(l->c.pg))
			return true;
	}
}

/* From half of it to the whole, so that many nodes don't come back at the same moment. */
static int64_t scattered_us(int64_t ms)
{
	unsigned char scatter;

	rand_bytes(&scatter, 1);
	return ms * 500 + ms * 500 * scatter / 255;
}

void *pg_news_listener(void *arg)
{
	struct listener l = {.n = arg, .c = {.broken = true}};
	int64_t backoff_ms = BACKOFF_FIRST_MS;
	bool going = true;

	while (going) {
		if (begin(&l) == ERR_OK) {
			backoff_ms = BACKOFF_FIRST_MS;
			/* What was missed until now nobody knows. */
			resync(l.n);
			going = listen(&l);
		}
		end(&l);
		if (going)
			going = wait_for(&l, -1, clock_mono_us() + scattered_us(backoff_ms));
		backoff_ms = backoff_ms * 2 < BACKOFF_MAX_MS ? backoff_ms * 2 : BACKOFF_MAX_MS;
	}
	return NULL;
}
