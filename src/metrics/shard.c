/*
 * A shard has three parts. Lines: a hash table whose slots point to one line a combination of
 * service, route and method. Slots are only ever filled, by the owner, with a release store; so a
 * reader may walk them at any time. Routes are told apart by address here, because patterns are
 * static; should two rows have the same text, shard_collect() adds them up. Operations and events
 * are plain arrays, since there are as many as their tables have rows.
 *
 * When a thread ends its shard keeps its counts (a counter never goes down) and is handed to the
 * next thread that needs one.
 */
#include "metrics/shard.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include "base/log.h"

#define SLOT_COUNT 512 /* a power of two, over METRICS_LINES_MAX */
_Static_assert(METRICS_LINES_MAX < SLOT_COUNT, "a probe ends at an empty slot");

#define BOUND_COUNT(bounds) (sizeof(bounds) / sizeof((bounds)[0]))
#define MICROSECONDS	    1e6 /* in a second */

/* 300 ms is what the service promises. */
static const int64_t request_bounds_us[] = {
	100,	250,	500,	1000,	2500,	 5000,	  10000,   25000,    50000,
	100000, 250000, 300000, 500000, 1000000, 2500000, 5000000, 10000000,
};
/* A read of the embedded store takes some ten microseconds. */
static const int64_t operation_bounds_us[] = {
	10,    25,    50,    100,    250,    500,    1000,    2500,    5000,
	10000, 25000, 50000, 100000, 250000, 500000, 1000000, 5000000,
};
_Static_assert(BOUND_COUNT(request_bounds_us) < METRICS_BUCKETS_MAX, "and one over all bounds");
_Static_assert(BOUND_COUNT(operation_bounds_us) < METRICS_BUCKETS_MAX, "and one over all bounds");

/* Statuses that are told apart; index 0 stands for all others. */
static const struct {
	int status;
	const char *label;
} statuses[] = {
#define STATUS(number)          \
	{                       \
		number, #number \
	}
	{0, "other"}, STATUS(100), STATUS(101), STATUS(200), STATUS(201), STATUS(202), STATUS(203),
	STATUS(204),  STATUS(205), STATUS(206), STATUS(300), STATUS(301), STATUS(302), STATUS(303),
	STATUS(304),  STATUS(307), STATUS(308), STATUS(400), STATUS(401), STATUS(403), STATUS(404),
	STATUS(405),  STATUS(406), STATUS(408), STATUS(409), STATUS(410), STATUS(411), STATUS(412),
	STATUS(413),  STATUS(414), STATUS(415), STATUS(416), STATUS(417), STATUS(421), STATUS(422),
	STATUS(426),  STATUS(429), STATUS(431), STATUS(500), STATUS(501), STATUS(503), STATUS(505),
#undef STATUS
};
#define STATUS_COUNT (sizeof(statuses) / sizeof(statuses[0]))

/* The last one stands for whatever is none of the others. */
static const char *const methods[] = {"GET",   "HEAD",	  "POST",    "PUT",   "DELETE",
				      "PATCH", "OPTIONS", "CONNECT", "TRACE", "OTHER"};
#define METHOD_COUNT (sizeof(methods) / sizeof(methods[0]))
#define METHOD_OTHER (METHOD_COUNT - 1)

typedef _Atomic uint64_t counter;

struct durations {
	counter buckets[METRICS_BUCKETS_MAX], sum_us;
};

struct line {
	enum metrics_service service;
	const char *route;
	size_t method;
	struct durations durations;
	counter received_bytes, sent_bytes;
	counter statuses[STATUS_COUNT];
};

struct operation {
	struct durations durations;
	counter errors[ERR_COUNT];
};

struct shard {
	struct line *_Atomic slots[SLOT_COUNT];
	struct line overflow[METRICS_SERVICE_COUNT];
	struct operation operations[OPERATION_COUNT];
	counter events[EVENT_COUNT];
	size_t line_count;  /* the owner's */
	struct shard *next; /* in the list of all; written before it is published */
	bool owned;	    /* under `lock` */
};

static unsigned char status_index[600];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct shard *all_shards; /* under `lock` */
static pthread_key_t ended;	 /* its destructor runs where a thread that owns a shard ends */
static _Thread_local struct shard *mine;

/* ---- shards -------------------------------------------------------------------------------- */

static void disown(void *shard)
{
	pthread_mutex_lock(&lock);
	((struct shard *)shard)->owned = false;
	pthread_mutex_unlock(&lock);
}

static void set_up(void)
{
	for (size_t i = 1; i < STATUS_COUNT; i++)
		status_index[statuses[i].status] = (unsigned char)i;
	if (pthread_key_create(&ended, disown) != 0)
		die("no thread key for the metrics");
}

/* Commands count as well, though nobody looks: they never heard of a set-up. */
void shard_setup(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, set_up);
}

static struct shard *shard_new(void)
{
	struct shard *shard = calloc(1, sizeof(*shard));

	if (!shard)
		return NULL;
	for (size_t i = 0; i < METRICS_SERVICE_COUNT; i++) {
		shard->overflow[i].service = (enum metrics_service)i;
		shard->overflow[i].route = "other";
		shard->overflow[i].method = METHOD_OTHER;
	}
	return shard;
}

/* Slow path, once a thread. NULL where there is no memory: then that goes uncounted. */
static struct shard *take_shard(void)
{
	struct shard *shard;

	shard_setup();
	pthread_mutex_lock(&lock);
	for (shard = all_shards; shard && shard->owned; shard = shard->next)
		;
	if (!shard && (shard = shard_new())) {
		shard->next = all_shards;
		all_shards = shard;
	}
	if (shard)
		shard->owned = true;
	pthread_mutex_unlock(&lock);
	if (shard)
		pthread_setspecific(ended, shard);
	mine = shard;
	return shard;
}

static struct shard *my_shard(void)
{
	if (!KINGLET_COUNTING)
		return NULL;
	return mine ? mine : take_shard();
}

/* ---- counting ------------------------------------------------------------------------------ */

/* There is one writer, so this needs no locked instruction. */
static void add(counter *c, uint64_t value)
{
	uint64_t before = atomic_load_explicit(c, memory_order_relaxed);

	atomic_store_explicit(c, before + value, memory_order_relaxed);
}

static void add_duration(struct durations *d, const int64_t *bounds_us, size_t bound_count,
			 int64_t duration_us)
{
	size_t bucket = 0;

	while (bucket < bound_count && duration_us > bounds_us[bucket])
		bucket++;
	add(&d->buckets[bucket], 1);
	add(&d->sum_us, duration_us > 0 ? (uint64_t)duration_us : 0);
}

static size_t method_index(const char *method)
{
	for (size_t i = 0; i < METHOD_OTHER; i++) {
		if (method[0] == methods[i][0] && strcmp(method, methods[i]) == 0)
			return i;
	}
	return METHOD_OTHER;
}

static struct line *line_get(struct shard *shard, enum metrics_service service, const char *route,
			     size_t method)
{
	uintptr_t mixed = ((uintptr_t)route ^ method << 4 ^ (uintptr_t)service << 1) *
			  (uintptr_t)0x9e3779b97f4a7c15;
	size_t at = (size_t)(mixed >> 32) % SLOT_COUNT;
	struct line *line;

	while ((line = atomic_load_explicit(&shard->slots[at], memory_order_relaxed))) {
		if (line->route == route && line->method == method && line->service == service)
			return line;
		at = (at + 1) % SLOT_COUNT;
	}
	if (shard->line_count == METRICS_LINES_MAX || !(line = calloc(1, sizeof(*line))))
		return &shard->overflow[service];
	line->service = service;
	line->route = route;
	line->method = method;
	shard->line_count++;
	atomic_store_explicit(&shard->slots[at], line, memory_order_release);
	return line;
}

void metrics_request(const struct metrics_answer *a)
{
	struct shard *shard = my_shard();
	bool known = a->status > 0 && (size_t)a->status < sizeof(status_index);
	struct line *line;

	if (!shard)
		return;
	line = line_get(shard, a->service, a->route ? a->route : "none", method_index(a->method));
	add_duration(&line->durations, request_bounds_us, BOUND_COUNT(request_bounds_us),
		     a->duration_us);
	add(&line->received_bytes, a->received_bytes);
	add(&line->sent_bytes, a->sent_bytes);
	add(&line->statuses[known ? status_index[a->status] : 0], 1);
}

void metrics_operation(enum metrics_operation operation, enum err e, int64_t duration_us)
{
	struct shard *shard = my_shard();

	if (!shard)
		return;
	add_duration(&shard->operations[operation].durations, operation_bounds_us,
		     BOUND_COUNT(operation_bounds_us), duration_us);
	add(&shard->operations[operation].errors[(unsigned)e < ERR_COUNT ? e : ERR_INTERNAL], 1);
}

void metrics_event(enum metrics_event event)
{
	struct shard *shard = my_shard();

	if (shard)
		add(&shard->events[event], 1);
}

/* ---- adding up ----------------------------------------------------------------------------- */

struct line_total {
	enum metrics_service service;
	const char *route, *method;
	struct metrics_histogram durations;
	uint64_t sent_bytes;
	uint64_t statuses[STATUS_COUNT];
};

struct operation_total {
	struct metrics_histogram durations;
	uint64_t errors[ERR_COUNT];
};

struct shard_totals {
	struct operation_total operations[OPERATION_COUNT];
	uint64_t events[EVENT_COUNT];
	uint64_t received_bytes[METRICS_SERVICE_COUNT];
	size_t line_count;
	struct line_total lines[];
};

static uint64_t value_of(counter *c)
{
	return atomic_load_explicit(c, memory_order_relaxed);
}

static void add_durations(struct metrics_histogram *into, struct durations *d)
{
	for (size_t i = 0; i <= into->bound_count; i++)
		into->buckets[i] += value_of(&d->buckets[i]);
	into->sum += value_of(&d->sum_us);
}

static int compare_lines(const void *left, const void *right)
{
	const struct line_total *a = left, *b = right;
	int order = (int)a->service - (int)b->service;

	if (order == 0)
		order = strcmp(a->route, b->route);
	return order ? order : strcmp(a->method, b->method);
}

static void add_line(struct shard_totals *totals, struct line *line)
{
	struct line_total total = {line->service, line->route, methods[line->method]}, *into;
	size_t at = 0;

	while (at < totals->line_count && compare_lines(&totals->lines[at], &total) != 0)
		at++;
	into = &totals->lines[at];
	if (at == totals->line_count) {
		*into = total;
		into->durations.bounds = request_bounds_us;
		into->durations.bound_count = BOUND_COUNT(request_bounds_us);
		into->durations.divisor = MICROSECONDS;
		totals->line_count++;
	}
	add_durations(&into->durations, &line->durations);
	for (size_t i = 0; i < STATUS_COUNT; i++)
		into->statuses[i] += value_of(&line->statuses[i]);
	into->sent_bytes += value_of(&line->sent_bytes);
	totals->received_bytes[line->service] += value_of(&line->received_bytes);
}

static bool line_was_used(struct line *line)
{
	for (size_t i = 0; i < METRICS_BUCKETS_MAX; i++) {
		if (value_of(&line->durations.buckets[i]))
			return true;
	}
	return false;
}

static void add_shard(struct shard_totals *totals, struct shard *shard)
{
	for (size_t i = 0; i < SLOT_COUNT; i++) {
		struct line *line = atomic_load_explicit(&shard->slots[i], memory_order_acquire);

		if (line)
			add_line(totals, line);
	}
	for (size_t i = 0; i < METRICS_SERVICE_COUNT; i++) {
		if (line_was_used(&shard->overflow[i]))
			add_line(totals, &shard->overflow[i]);
	}
	for (size_t i = 0; i < OPERATION_COUNT; i++) {
		add_durations(&totals->operations[i].durations, &shard->operations[i].durations);
		for (size_t e = 0; e < ERR_COUNT; e++)
			totals->operations[i].errors[e] += value_of(
				&shard->operations[i].errors[e]);
	}
	for (size_t i = 0; i < EVENT_COUNT; i++)
		totals->events[i] += value_of(&shard->events[i]);
}

static struct shard_totals *totals_new(size_t line_count)
{
	struct shard_totals *totals = calloc(1, sizeof(*totals) +
							line_count * sizeof(totals->lines[0]));

	for (size_t i = 0; totals && i < OPERATION_COUNT; i++) {
		totals->operations[i].durations = (struct metrics_histogram){
			.bounds = operation_bounds_us,
			.bound_count = BOUND_COUNT(operation_bounds_us),
			.divisor = MICROSECONDS,
		};
	}
	return totals;
}

struct shard_totals *shard_collect(void)
{
	struct shard_totals *totals;
	size_t line_count = 0;

	pthread_mutex_lock(&lock);
	for (struct shard *shard = all_shards; shard; shard = shard->next)
		line_count += METRICS_LINES_MAX + METRICS_SERVICE_COUNT;
	totals = totals_new(line_count);
	for (struct shard *shard = totals ? all_shards : NULL; shard; shard = shard->next)
		add_shard(totals, shard);
	pthread_mutex_unlock(&lock);
	if (totals)
		qsort(totals->lines, totals->line_count, sizeof(totals->lines[0]), compare_lines);
	return totals;
}

void shard_totals_free(struct shard_totals *totals)
{
	free(totals);
}

/* ---- putting ------------------------------------------------------------------------------- */

static void put_line(const struct line_total *t, struct metrics_sink *sink)
{
	const char *service = metrics_service_name(t->service);

	for (size_t i = 0; i < STATUS_COUNT; i++) {
		if (t->statuses[i])
			metrics_put(sink, SERIES_HTTP_REQUESTS, t->statuses[i], service, t->route,
				    t->method, statuses[i].label);
	}
	metrics_put_histogram(sink, SERIES_HTTP_REQUEST_DURATION, &t->durations, service, t->route,
			      t->method);
	metrics_put(sink, SERIES_HTTP_RESPONSE_BYTES, t->sent_bytes, service, t->route, t->method);
}

/* Only what was ever called: most nodes call few of them. */
static void put_operation(enum metrics_operation operation, const struct operation_total *t,
			  struct metrics_sink *sink)
{
	const char *name = metrics_operation_name(operation);
	bool called = false;

	for (size_t e = 0; e < ERR_COUNT; e++) {
		if (!t->errors[e])
			continue;
		called = true;
		metrics_put(sink, SERIES_STORE_OPERATIONS, t->errors[e], name,
			    e == ERR_OK ? "none" : err_label((enum err)e));
	}
	if (called)
		metrics_put_histogram(sink, SERIES_STORE_OPERATION_DURATION, &t->durations, name);
}

static void put_event(enum metrics_series series, const char *label, uint64_t value,
		      struct metrics_sink *sink)
{
	metrics_put_value(sink, series, (double)value, &label, label ? 1 : 0);
}

void shard_put(const struct shard_totals *totals, struct metrics_sink *sink)
{
	for (size_t i = 0; i < totals->line_count; i++)
		put_line(&totals->lines[i], sink);
	for (size_t i = 0; i < METRICS_SERVICE_COUNT; i++)
		metrics_put(sink, SERIES_HTTP_REQUEST_BYTES, totals->received_bytes[i],
			    metrics_service_name((enum metrics_service)i));
	for (size_t i = 0; i < OPERATION_COUNT; i++)
		put_operation((enum metrics_operation)i, &totals->operations[i], sink);
#define METRICS_X(id, series, label) \
	put_event(SERIES_##series, (label), totals->events[EVENT_##id], sink);
	METRICS_EVENTS(METRICS_X)
#undef METRICS_X
}
