#include "store/postgres/pg_pool.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/rand.h"

#define BACKOFF_FIRST_MS 50
#define BACKOFF_MAX_MS	 2000

void pg_pool_init(struct pg_pool *p, const char *url, unsigned max)
{
	*p = (struct pg_pool){.url = strdup(url), .max = max};
	if (!p->url)
		die("no memory for a pool of connections");
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->returned, NULL);
}

static void drop(struct pg_conn *c)
{
	pg_conn_close(c);
	free(c);
}

void pg_pool_release(struct pg_pool *p)
{
	while (p->idle) {
		struct pg_conn *c = p->idle;

		p->idle = c->next;
		drop(c);
	}
	pthread_mutex_destroy(&p->lock);
	pthread_cond_destroy(&p->returned);
	/* It may hold a password. */
	explicit_bzero(p->url, strlen(p->url));
	free(p->url);
}

/* The lock is held. A connection that is still good, or NULL. */
static struct pg_conn *take_idle(struct pg_pool *p)
{
	while (p->idle) {
		struct pg_conn *c = p->idle;

		p->idle = c->next;
		if (c->generation == p->generation && pg_conn_is_alive(c))
			return c;
		drop(c);
		p->count--;
	}
	return NULL;
}

/* The lock is held. The database can't be reached: when may one try again? */
static void note_away(struct pg_pool *p)
{
	unsigned char scatter;

	rand_bytes(&scatter, 1);
	p->backoff_ms = p->backoff_ms ? p->backoff_ms * 2 : BACKOFF_FIRST_MS;
	if (p->backoff_ms > BACKOFF_MAX_MS)
		p->backoff_ms = BACKOFF_MAX_MS;
	/* From half of it to the whole. */
	p->retry_at_us = clock_mono_us() + p->backoff_ms * 500 +
			 p->backoff_ms * 500 * scatter / 255;
	p->failed++;
}

/* The caller has been counted in. Without the lock: it may take until the deadline. */
static enum err open_one(struct pg_pool *p, int64_t deadline_us, struct pg_conn **out)
{
	struct buf why = BUF_INIT(2048);
	struct pg_conn *c = calloc(1, sizeof(*c));
	uint64_t generation = p->generation;
	enum err e;

	if (!c)
		die("no memory for a connection to the database");
	e = pg_conn_open(c, p->url, true, deadline_us, &why);
	pthread_mutex_lock(&p->lock);
	if (e == ERR_OK) {
		if (p->retry_at_us)
			log_info("database is back");
		p->retry_at_us = 0;
		p->backoff_ms = 0;
		p->opened++;
		c->generation = generation;
		*out = c;
	} else {
		if (!p->retry_at_us)
			log_warn("database is away", LOG_STR("error.message", buf_str(&why)));
		note_away(p);
		p->count--;
		free(c);
		pthread_cond_signal(&p->returned);
	}
	pthread_mutex_unlock(&p->lock);
	buf_release(&why);
	return e;
}

enum err pg_pool_take(struct pg_pool *p, int64_t deadline_us, struct pg_conn **out)
{
	const struct timespec until = {.tv_sec = deadline_us / 1000000,
				       .tv_nsec = deadline_us % 1000000 * 1000};
	struct pg_conn *c = NULL;
	enum err e = ERR_OK;
	bool open = false;

	pthread_mutex_lock(&p->lock);
	while (!(c = take_idle(p))) {
		if (p->retry_at_us && clock_mono_us() < p->retry_at_us) {
			e = ERR_IO;
			break;
		}
		if (p->count < p->max) {
			/* Whoever tries first after the database went away tries for all. */
			if (p->retry_at_us)
				note_away(p);
			p->count++;
			open = true;
			break;
		}
		if (pthread_cond_clockwait(&p->returned, &p->lock, CLOCK_MONOTONIC, &until)) {
			e = ERR_BUSY;
			break;
		}
	}
	pthread_mutex_unlock(&p->lock);
	if (open)
		return open_one(p, deadline_us, out);
	if (e == ERR_OK)
		*out = c;
	return e;
}

void pg_pool_put(struct pg_pool *p, struct pg_conn *c)
{
	bool keep;

	pthread_mutex_lock(&p->lock);
	if (c->broken && c->generation == p->generation)
		p->generation++;
	keep = !c->broken && c->generation == p->generation;
	if (keep) {
		c->next = p->idle;
		p->idle = c;
	} else {
		p->count--;
	}
	pthread_cond_signal(&p->returned);
	pthread_mutex_unlock(&p->lock);
	if (!keep)
		drop(c);
}
