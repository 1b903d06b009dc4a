#include "store/postgres/pg_pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/rand.h"
#include "store/budget.h"

#define BACKOFF_FIRST_MS 50
#define BACKOFF_MAX_MS	 1000
/* One that fails at once may have been ended alone: what is tried before that counts. */
#define QUICK_TRIES 3
/* A try in the background hurts nobody, and a slow network wants more than a busy taker can wait.
 */
#define BACKGROUND_TRY_MS 3000
/* Between two reasons why it is away: where they alternate, not each is a line. */
#define TELL_EVERY_US ((int64_t)5 * 1000000)

/* A taker that found nothing idle; on its own stack, in the pool's queue until `done`. */
struct pg_waiter {
	pthread_cond_t changed;
	struct pg_waiter *next;
	struct pg_conn *conn; /* handed over */
	enum err e;
	bool done;
};

static struct timespec moment(int64_t us)
{
	return (struct timespec){.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
}

static void drop(struct pg_conn *c)
{
	pg_conn_close(c);
	free(c);
}

/* ---- with the lock held ------------------------------------------------------------------------
 */

/* A connection that is still good, or NULL. */
static struct pg_conn *take_idle(struct pg_pool *p)
{
	while (p->idle) {
		struct pg_conn *c = p->idle;

		p->idle = c->next;
		if (c->generation == p->generation && pg_conn_is_current(c) && pg_conn_is_alive(c))
			return c;
		drop(c);
		p->open--;
	}
	return NULL;
}

static void drop_idle(struct pg_pool *p)
{
	while (p->idle) {
		struct pg_conn *c = p->idle;

		p->idle = c->next;
		drop(c);
		p->open--;
	}
}

static void answer_first(struct pg_pool *p, struct pg_conn *c, enum err e)
{
	struct pg_waiter *w = p->first;

	p->first = w->next;
	if (!p->first)
		p->last = &p->first;
	w->conn = c;
	w->e = e;
	w->done = true;
	pthread_cond_signal(&w->changed);
}

static void leave_queue(struct pg_pool *p, const struct pg_waiter *w)
{
	struct pg_waiter **at = &p->first;

	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	if (!*at)
		p->last = at;
}

/* To who waits first, else onto the stack. */
static void hand_on(struct pg_pool *p, struct pg_conn *c)
{
	if (p->first) {
		p->lent++;
		answer_first(p, c, ERR_OK);
	} else {
		c->next = p->idle;
		p->idle = c;
	}
}

/* The server has answered: those idle are as good as any. */
static void note_answer(struct pg_pool *p)
{
	struct pg_conn *c;

	if (p->away && !p->config.quiet)
		log_info("database is back",
			 LOG_I64("event.duration", (clock_mono_us() - p->away_since_us) * 1000));
	p->suspect = p->away = false;
	p->quick_tries = 0;
	p->backoff_ms = 0;
	p->retry_at_us = 0;
	while (p->first && (c = take_idle(p)))
		hand_on(p, c);
}

static void note_failure(struct pg_pool *p)
{
	unsigned char scatter;

	rand_bytes(&scatter, 1);
	p->backoff_ms = p->backoff_ms ? p->backoff_ms * 2 : BACKOFF_FIRST_MS;
	if (p->backoff_ms > BACKOFF_MAX_MS)
		p->backoff_ms = BACKOFF_MAX_MS;
	/* From half of it to the whole. */
	p->retry_at_us = clock_mono_us() + p->backoff_ms * 500 +
			 p->backoff_ms * 500 * scatter / 255;
}

/*
 * Once, and again when it fails for another reason: a server that came back full, or that refuses
 * the password, is another matter than one that is down.
 */
static void tell_away(struct pg_pool *p, struct str why)
{
	int64_t now_us = clock_mono_us();
	char words[sizeof(p->away_words)];
	bool same;

	snprintf(words, sizeof(words), "%.*s", STR_ARG(why));
	same = strcmp(words, p->away_words) == 0;
	if (p->away && (same || now_us - p->away_told_us < TELL_EVERY_US))
		return;
	log_warn(p->away ? "database is still away" : "database is away",
		 LOG_STR("error.message", why));
	p->away_told_us = now_us;
	memcpy(p->away_words, words, sizeof(words));
}

static void note_away(struct pg_pool *p, enum err e, struct str why)
{
	if (!p->away)
		p->away_since_us = clock_mono_us();
	if (!p->config.quiet)
		tell_away(p, why);
	p->away = true;
	/* That we aren't let in is nothing that a user did. */
	p->away_why = e == ERR_TIMEOUT ? ERR_TIMEOUT : ERR_IO;
	p->suspect = false;
	drop_idle(p);
	while (p->first)
		answer_first(p, NULL, p->away_why);
}

/* ---- the keeper --------------------------------------------------------------------------------
 */

/* Those below are called with the lock held, and give it up while they wait for the server. */

static void open_one(struct pg_pool *p)
{
	/* Nobody counts on an answer any more, or others get theirs meanwhile. */
	bool patient = p->away || (p->open > 0 && !p->suspect);
	int64_t limit_ms = patient ? BACKGROUND_TRY_MS : p->config.statement_ms;
	uint64_t generation = p->generation;
	struct pg_conn *c = calloc(1, sizeof(*c));
	struct buf why = BUF_INIT(4096);
	enum err e;

	if (!c)
		die("no memory for a connection to the database");
	p->open++;
	pthread_mutex_unlock(&p->lock);
	e = pg_conn_open_to(c, p->target, p->config.statement_ms, clock_mono_us() + limit_ms * 1000,
			    &why);
	pthread_mutex_lock(&p->lock);
	if (e == ERR_OK) {
		c->generation = generation;
		p->counters.opened++;
		hand_on(p, c);
		note_answer(p);
	} else {
		free(c);
		p->open--;
		p->counters.failed++;
		if (e == ERR_IO && !p->suspect && !p->away && p->quick_tries < QUICK_TRIES) {
			p->quick_tries++;
		} else {
			note_failure(p);
			if (p->open == 0 || p->suspect)
				note_away(p, e, buf_str(&why));
		}
	}
	buf_release(&why);
}

/* Asks the server on an idle connection; where none is left, by a new one. */
static void ask(struct pg_pool *p)
{
	struct pg_conn *c = take_idle(p);
	enum err e;

	if (!c) {
		if (p->open < p->config.max)
			open_one(p);
		else /* all lent again: they will tell */
			p->suspect = false;
		return;
	}
	pthread_mutex_unlock(&p->lock);
	e = pg_conn_run(c, PG_CHECK, NULL, clock_mono_us() + p->config.statement_ms * 1000, NULL);
	pthread_mutex_lock(&p->lock);
	if (c->broken || e != ERR_OK) {
		drop(c);
		p->open--;
		if (!p->suspect)
			return; /* answered meanwhile */
		note_failure(p);
		note_away(p, ERR_TIMEOUT, STR("the server doesn't answer"));
	} else {
		hand_on(p, c);
		note_answer(p);
	}
}

static void *keep(void *user)
{
	struct pg_pool *p = user;

	pthread_mutex_lock(&p->lock);
	while (!p->ending) {
		bool wanted = p->away || (p->first && p->open < p->config.max);
		const struct timespec until = moment(p->retry_at_us);

		if (p->suspect)
			ask(p);
		else if (wanted && clock_mono_us() >= p->retry_at_us)
			open_one(p);
		else if (wanted)
			pthread_cond_clockwait(&p->work, &p->lock, CLOCK_MONOTONIC, &until);
		else
			pthread_cond_wait(&p->work, &p->lock);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

/* ---- taking and putting back
 * --------------------------------------------------------------------- */

enum err pg_pool_init(struct pg_pool *p, const struct pg_pool_config *config, struct buf *why)
{
	struct pg_target *target = NULL;
	enum err e = pg_target_new(config->url, &target, why);

	if (e != ERR_OK)
		return e;
	*p = (struct pg_pool){.target = target, .config = *config};
	if (config->primary)
		pg_target_share(target, config->primary);
	p->config.url = strdup(config->url);
	p->last = &p->first;
	if (!p->config.url)
		die("no memory for a pool of connections");
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->work, NULL);
	p->keeping = pthread_create(&p->keeper, NULL, keep, p) == 0;
	if (!p->keeping)
		die("no thread for a pool of connections");
	return ERR_OK;
}

void pg_pool_release(struct pg_pool *p)
{
	char *url = (char *)(uintptr_t)p->config.url;

	if (!p->keeping)
		return;
	pthread_mutex_lock(&p->lock);
	p->ending = true;
	pthread_cond_signal(&p->work);
	pthread_mutex_unlock(&p->lock);
	pthread_join(p->keeper, NULL);
	p->keeping = false;
	drop_idle(p);
	pthread_mutex_destroy(&p->lock);
	pthread_cond_destroy(&p->work);
	pg_target_free(p->target);
	explicit_bzero(url, strlen(url)); /* it may hold a password */
	free(url);
}

/* The lock is held. In the queue until somebody hands a connection over, or the time is over. */
static enum err wait_for_one(struct pg_pool *p, int64_t until_us, struct pg_conn **out)
{
	struct pg_waiter w = {.changed = PTHREAD_COND_INITIALIZER};
	const struct timespec until = moment(until_us);
	int64_t began_us = clock_mono_us();
	int status = 0;

	/* It is out of the queue again before this returns. */
	*p->last = &w;
	/* cppcheck-suppress autoVariables */
	p->last = &w.next;
	p->counters.waits++;
	pthread_cond_signal(&p->work);
	while (!w.done && status == 0)
		status = pthread_cond_clockwait(&w.changed, &p->lock, CLOCK_MONOTONIC, &until);
	pthread_cond_destroy(&w.changed);
	budget_spend(clock_mono_us() - began_us);
	if (!w.done) {
		leave_queue(p, &w);
		w.e = ERR_BUSY;
		/* The keeper's try has hung for as long, maybe in the resolver of names: nobody
		 * else is to wait for it. */
		if (p->suspect || (p->lent == 0 && !p->idle)) {
			note_away(p, ERR_TIMEOUT, STR("no connection came about in time"));
			w.e = p->away_why;
		}
	}
	*out = w.conn;
	return w.e;
}

static void set_cause(const struct pg_pool *p)
{
	char words[sizeof(p->away_words) + 40];

	snprintf(words, sizeof(words), "the database server is away%s%s",
		 p->away_words[0] ? ": " : "", p->away_words);
	log_cause_set(p->away ? words : "no connection to the database was free in time");
}

enum err pg_pool_take(struct pg_pool *p, int64_t deadline_us, struct pg_conn **out)
{
	int64_t until_us = clock_mono_us() + p->config.wait_ms * 1000;
	struct pg_conn *c = NULL;
	enum err e = ERR_OK;

	if (deadline_us < until_us)
		until_us = deadline_us;
	pthread_mutex_lock(&p->lock);
	if (p->away)
		e = p->away_why;
	else if (!p->first && !p->suspect && (c = take_idle(p)))
		p->lent++;
	else
		e = wait_for_one(p, until_us, &c);
	if (e != ERR_OK) {
		p->counters.refused++;
		set_cause(p);
	}
	pthread_mutex_unlock(&p->lock);
	if (e == ERR_OK)
		*out = c;
	return e;
}

void pg_pool_put(struct pg_pool *p, struct pg_conn *c)
{
	bool good = !c->broken && !c->read_only && pg_conn_is_current(c);
	bool silent = c->silent, read_only = c->read_only;
	uint64_t generation = c->generation;

	if (!good) /* before another one is made in its place */
		drop(c);
	pthread_mutex_lock(&p->lock);
	p->lent--;
	if (good && generation != p->generation) {
		drop(c);
		good = false;
	}
	if (good) {
		hand_on(p, c);
		if (p->suspect || p->away)
			note_answer(p);
	} else {
		p->open--;
		if (read_only && generation == p->generation) {
			log_warn("database takes no writes any more: looking for one that does");
			p->generation++;
		}
		if (silent && !p->away)
			p->suspect = true;
		pthread_cond_signal(&p->work);
	}
	pthread_mutex_unlock(&p->lock);
}

void pg_pool_renew(struct pg_pool *p)
{
	pthread_mutex_lock(&p->lock);
	p->generation++;
	pthread_mutex_unlock(&p->lock);
}

void pg_pool_counters(struct pg_pool *p, struct pg_pool_counters *out)
{
	pthread_mutex_lock(&p->lock);
	*out = p->counters;
	out->open = p->open;
	out->lent = p->lent;
	out->away = p->away;
	pthread_mutex_unlock(&p->lock);
}
