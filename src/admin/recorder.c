#include "admin/recorder.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include "base/clock.h"
#include "base/log.h"
#include "metrics/metrics.h"

#define HOUR_S 3600
#define DAY_S  (24 * HOUR_S)
/* Nodes whose rows of one moment are looked through for our own. */
#define NODES_MAX	STORE_LIST_MAX
#define ROW_MAX_BYTES	4096
#define ARENA_MAX_BYTES ((size_t)8 * 1024 * 1024)

const struct recorder_level recorder_levels[RECORDER_LEVEL_COUNT] = {
	{60, 2 * DAY_S},
	{600, 9 * DAY_S},
	{HOUR_S, 40 * DAY_S},
	{DAY_S, 800 * DAY_S},
};

/* The row of a level that is being added to. */
struct open_row {
	int64_t at_s; /* its beginning; -1: none */
	struct history_row row;
};

struct recorder {
	struct store *store;
	char *node;
	int64_t interval_s;
	struct open_row open[RECORDER_LEVEL_COUNT];
	struct history_row before; /* the last look that was put */
	bool failing;		   /* the last one wasn't */
	/* A put that failed: the row of its minute (at_s -1: none), and the look behind it. */
	struct open_row tried;
	struct history_row tried_look;
	struct arena *arena;

	bool threaded;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stopping; /* under `lock` */
};

/* ---- a look at the process ------------------------------------------------------------------ */

static void add_latency(int64_t *buckets, const struct metrics_histogram *h)
{
	size_t to = 0;

	for (size_t i = 0; i <= h->bound_count; i++) {
		while (to < HISTORY_BOUND_COUNT &&
		       (i == h->bound_count || h->bounds[i] > history_bounds_us[to]))
			to++;
		buckets[to] += (int64_t)h->buckets[i];
	}
}

static void add_status(int64_t *statuses, const char *status, int64_t count)
{
	switch (status[0]) {
	case '3':
		statuses[1] += count;
		break;
	case '4':
		statuses[2] += count;
		break;
	case '5':
		statuses[3] += count;
		break;
	default:
		statuses[0] += count;
	}
}

static bool is_one_of(const char *text, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(text, list[i]) == 0)
			return true;
	}
	return false;
}

/* An operation that was answered, though not as one might have liked. */
static bool is_answer(const char *error)
{
	static const char *const answers[] = {"none", "not_found", "conflict", "invalid", "denied"};

	return is_one_of(error, answers, sizeof(answers) / sizeof(answers[0]));
}

/* What has labels. False: it is none of those. */
static bool see_labelled(struct history_row *row, const struct metrics_sample *s)
{
	bool frontend = s->labels[0] && strcmp(s->labels[0], "frontend") == 0;
	bool backend = s->labels[0] && strcmp(s->labels[0], "backend") == 0;

	switch (s->series) {
	case SERIES_HTTP_REQUESTS:
		if (frontend || backend)
			add_status(history_at(row, frontend ? HISTORY_FRONTEND : HISTORY_BACKEND),
				   s->labels[3], (int64_t)s->value);
		return true;
	case SERIES_HTTP_REQUEST_DURATION:
		if (frontend || backend)
			add_latency(history_at(row, frontend ? HISTORY_FRONTEND_LATENCY
							     : HISTORY_BACKEND_LATENCY),
				    s->histogram);
		return true;
	case SERIES_STORE_OPERATIONS:
		if (!is_answer(s->labels[1]))
			*history_at(row, HISTORY_STORE_ERRORS) += (int64_t)s->value;
		return true;
	default:
		return false;
	}
}

/* Series whose values add up to a number, and what one of theirs is in it. */
static const struct plain {
	enum metrics_series series;
	enum history_field field, max; /* a gauge has its greatest value beside it */
	double factor;
} plain[] = {
	{SERIES_PROCESS_UPTIME, HISTORY_WALL_MS, HISTORY_FIELD_COUNT, 1000},
	{SERIES_PROCESS_CPU_SECONDS, HISTORY_CPU_MS, HISTORY_FIELD_COUNT, 1000},
	{SERIES_PROCESS_CPU_CORES, HISTORY_CORES, HISTORY_FIELD_COUNT, 1},
	{SERIES_PROCESS_CPU_PERCENT, HISTORY_CPU_MAX, HISTORY_FIELD_COUNT, 10},
	{SERIES_PROCESS_RESIDENT_MEMORY, HISTORY_RSS_SUM, HISTORY_RSS_MAX, 1.0 / 1024},
	{SERIES_HTTP_REQUESTS_IN_FLIGHT, HISTORY_IN_FLIGHT_SUM, HISTORY_IN_FLIGHT_MAX, 1},
	{SERIES_HTTP_POOL_QUEUE, HISTORY_QUEUE_SUM, HISTORY_QUEUE_MAX, 1},
	{SERIES_HTTP_CONNECTIONS, HISTORY_CONNECTIONS_SUM, HISTORY_CONNECTIONS_MAX, 1},
	{SERIES_HTTP_SHED, HISTORY_SHED, HISTORY_FIELD_COUNT, 1},
	{SERIES_HTTP_TIMEOUTS, HISTORY_TIMEOUTS, HISTORY_FIELD_COUNT, 1},
	{SERIES_HTTP_CONNECTIONS_REFUSED, HISTORY_REFUSED, HISTORY_FIELD_COUNT, 1},
	{SERIES_STORE_COMMITS, HISTORY_COMMITS, HISTORY_FIELD_COUNT, 1},
	{SERIES_STORE_WRITES, HISTORY_WRITES, HISTORY_FIELD_COUNT, 1},
	{SERIES_USERS_REGISTERED, HISTORY_REGISTERED, HISTORY_FIELD_COUNT, 1},
	{SERIES_POSTS_CREATED, HISTORY_POSTED, HISTORY_FIELD_COUNT, 1},
	{SERIES_FOLLOWS_CREATED, HISTORY_FOLLOWED, HISTORY_FIELD_COUNT, 1},
	{SERIES_USERS, HISTORY_USERS, HISTORY_FIELD_COUNT, 1},
	{SERIES_POSTS, HISTORY_POSTS, HISTORY_FIELD_COUNT, 1},
	{SERIES_FOLLOWS, HISTORY_FOLLOWS, HISTORY_FIELD_COUNT, 1},
	{SERIES_SESSIONS, HISTORY_SESSIONS, HISTORY_FIELD_COUNT, 1},
	{SERIES_ACTIVE_USERS, HISTORY_ACTIVE, HISTORY_FIELD_COUNT, 1},
};

static void see(void *user, const struct metrics_sample *s)
{
	struct history_row *row = user;

	if (see_labelled(row, s))
		return;
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		int64_t value = (int64_t)(s->value * plain[i].factor);

		if (plain[i].series != s->series)
			continue;
		*history_at(row, plain[i].field) += value;
		if (plain[i].max != HISTORY_FIELD_COUNT)
			*history_at(row, plain[i].max) += value;
	}
}

bool recorder_look(struct history_row *out)
{
	struct history_row row = {0};

	if (!metrics_look(see, &row))
		return false;
	*history_at(&row, HISTORY_SAMPLES) = 1;
	*out = row;
	return true;
}

/* ---- adding it to what is kept -------------------------------------------------------------- */

/* What is kept of ours already, as after a restart; an empty row where nothing is. */
static enum err load(struct recorder *r, int64_t resolution_s, int64_t at_s,
		     struct history_row *out)
{
	struct sample after = {.resolution_s = resolution_s, .at_s = at_s};
	struct sample_list list;
	enum err e;

	arena_reset(r->arena);
	e = store_sample_list(r->store, &after, at_s + 1, NODES_MAX, r->arena, &list);
	if (e != ERR_OK)
		return e;
	*out = (struct history_row){0};
	for (size_t i = 0; i < list.count; i++) {
		if (str_eq(list.items[i].node, str_from_c(r->node)) &&
		    !history_read(list.items[i].data, out))
			*out = (struct history_row){0};
	}
	return ERR_OK;
}

/* The rows with the sample in them, as they will stand when they are put. */
static enum err extend(struct recorder *r, int64_t at_s, const struct history_row *sample,
		       struct open_row next[RECORDER_LEVEL_COUNT])
{
	struct history_row more = *sample;
	enum err e = ERR_OK;

	*history_at(&more, HISTORY_FIRST_S) = at_s;
	for (size_t i = 0; e == ERR_OK && i < RECORDER_LEVEL_COUNT; i++) {
		int64_t resolution_s = recorder_levels[i].resolution_s;
		int64_t begin_s = at_s - at_s % resolution_s;

		next[i] = r->open[i];
		if (next[i].at_s != begin_s) {
			next[i].at_s = begin_s;
			e = load(r, resolution_s, begin_s, &next[i].row);
		}
		/* The shortest comes first and says whether this is another minute. */
		if (i == 0)
			*history_at(&more, HISTORY_MINUTES) = history_get(&next[0].row,
									  HISTORY_MINUTES) == 0;
		history_merge(&next[i].row, &more);
	}
	return e;
}

static enum err put(struct recorder *r, const struct open_row rows[RECORDER_LEVEL_COUNT])
{
	struct sample samples[RECORDER_LEVEL_COUNT];
	enum err e = ERR_OK;

	arena_reset(r->arena);
	for (size_t i = 0; e == ERR_OK && i < RECORDER_LEVEL_COUNT; i++) {
		struct buf json = BUF_INIT(ROW_MAX_BYTES);

		history_write(&json, &rows[i].row);
		samples[i] = (struct sample){
			.node = str_from_c(r->node),
			.resolution_s = recorder_levels[i].resolution_s,
			.at_s = rows[i].at_s,
			.data = arena_str(r->arena, buf_str(&json)),
		};
		if (!buf_ok(&json) || !samples[i].data.ptr)
			e = ERR_TOO_LARGE;
		buf_release(&json);
	}
	return e == ERR_OK ? store_sample_put(r->store, samples, RECORDER_LEVEL_COUNT) : e;
}

/* That it fails takes nothing from the sample, which is in; it is tried again in ten minutes. */
static void trim(struct recorder *r, int64_t now_s)
{
	enum err e = ERR_OK;

	for (size_t i = 0; e == ERR_OK && i < RECORDER_LEVEL_COUNT; i++)
		e = store_sample_trim(r->store, recorder_levels[i].resolution_s,
				      now_s - recorder_levels[i].keep_s);
	if (e != ERR_OK)
		log_warn("old history of the dashboard could not be removed",
			 LOG_C("error.type", err_label(e)));
}

enum err recorder_add(struct recorder *r, int64_t at_s, const struct history_row *sample)
{
	struct open_row next[RECORDER_LEVEL_COUNT];
	enum err e = extend(r, at_s, sample, next);
	bool due = r->open[1].at_s != at_s - at_s % recorder_levels[1].resolution_s;

	r->tried.at_s = -1;
	if (e == ERR_OK) {
		e = put(r, next);
		if (e != ERR_OK)
			r->tried = next[0];
	}
	if (e != ERR_OK) {
		/* Of a write whose answer was lost nobody knows: what is kept says it. */
		for (size_t i = 0; i < RECORDER_LEVEL_COUNT; i++)
			r->open[i].at_s = -1;
		return e;
	}
	memcpy(r->open, next, sizeof(next));
	if (due)
		trim(r, at_s);
	return ERR_OK;
}

enum err recorder_was_kept(struct recorder *r, bool *out)
{
	struct history_row row;
	enum err e;

	*out = false;
	if (r->tried.at_s < 0)
		return ERR_OK;
	e = load(r, recorder_levels[0].resolution_s, r->tried.at_s, &row);
	*out = e == ERR_OK && memcmp(&row, &r->tried.row, sizeof(row)) == 0;
	return e;
}

/* ---- the thread ----------------------------------------------------------------------------- */

static void record(struct recorder *r, int64_t at_s)
{
	struct history_row now, sample;
	enum err e = recorder_look(&now) ? ERR_OK : ERR_INTERNAL;
	bool kept = false;

	/* Else what is in already would be counted again. */
	if (e == ERR_OK)
		e = recorder_was_kept(r, &kept);
	if (kept)
		r->before = r->tried_look;
	if (e == ERR_OK) {
		sample = history_since(&r->before, &now);
		e = recorder_add(r, at_s, &sample);
		r->tried_look = now;
	}
	if (e == ERR_OK)
		r->before = now;
	if (e != ERR_OK && !r->failing)
		log_warn("history of the dashboard has a gap", LOG_C("error.type", err_label(e)));
	else if (e == ERR_OK && r->failing)
		log_info("history of the dashboard goes on");
	r->failing = e != ERR_OK;
}

int64_t recorder_next_s(int64_t planned_s, int64_t now_ms, int64_t interval_s)
{
	int64_t next_s = (now_ms / 1000 / interval_s + 1) * interval_s;

	return planned_s && planned_s <= next_s ? planned_s : next_s;
}

/* Sleeps until the next multiple of the interval, which it answers; 0: it is told to stop. */
static int64_t wait_for_next(struct recorder *r)
{
	int64_t now_ms, target_s = 0;
	bool stopping;

	pthread_mutex_lock(&r->lock);
	for (;;) {
		int64_t until_us;

		now_ms = clock_now_ms();
		target_s = recorder_next_s(target_s, now_ms, r->interval_s);
		if (r->stopping || now_ms >= target_s * 1000)
			break;
		/* By the other clock, which nobody sets. */
		until_us = clock_mono_us() + (target_s * 1000 - now_ms) * 1000;
		pthread_cond_clockwait(&r->wake, &r->lock, CLOCK_MONOTONIC,
				       &(struct timespec){.tv_sec = until_us / 1000000,
							  .tv_nsec = until_us % 1000000 * 1000});
	}
	stopping = r->stopping;
	pthread_mutex_unlock(&r->lock);
	return stopping ? 0 : target_s;
}

static void *run(void *arg)
{
	struct recorder *r = arg;
	int64_t target_s;

	/* What ends at a whole minute belongs to the one before it. */
	while ((target_s = wait_for_next(r)) != 0)
		record(r, target_s - 1);
	record(r, clock_now_ms() / 1000);
	return NULL;
}

struct recorder *recorder_new(struct store *store, struct str node)
{
	struct recorder *r = calloc(1, sizeof(*r));

	if (!r)
		die("no memory for the recorder");
	r->store = store;
	r->node = strndup(node.ptr, node.len);
	r->arena = arena_new(ARENA_MAX_BYTES);
	if (!r->node || !r->arena)
		die("no memory for the recorder");
	r->tried.at_s = -1;
	for (size_t i = 0; i < RECORDER_LEVEL_COUNT; i++)
		r->open[i].at_s = -1;
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->wake, NULL);
	return r;
}

void recorder_free(struct recorder *r)
{
	pthread_mutex_destroy(&r->lock);
	pthread_cond_destroy(&r->wake);
	arena_free(r->arena);
	free(r->node);
	free(r);
}

struct recorder *recorder_start(struct store *store, struct str node, int64_t interval_s)
{
	struct recorder *r = recorder_new(store, node);

	r->interval_s = interval_s;
	r->threaded = pthread_create(&r->thread, NULL, run, r) == 0;
	if (!r->threaded)
		log_error("history of the dashboard is not recorded: no thread");
	return r;
}

void recorder_stop(struct recorder *r)
{
	if (!r)
		return;
	pthread_mutex_lock(&r->lock);
	r->stopping = true;
	pthread_cond_signal(&r->wake);
	pthread_mutex_unlock(&r->lock);
	if (r->threaded)
		pthread_join(r->thread, NULL);
	recorder_free(r);
}
