/*
 * A shard is a hash table whose slots point to lines, one a combination of service, route and
 * method. Slots are only ever filled, by the owner, with a release store; so a reader may walk them
 * at any time. Routes are told apart by address here, because patterns are static; should two rows
 * have the same text, shard_collect() adds them up.
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

const int64_t shard_bounds_us[SHARD_BOUND_COUNT] = {
	100,   250,    500,    1000,   2500,	5000,	 10000,	  25000,
	50000, 100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000,
};

const int shard_statuses[SHARD_STATUS_COUNT] = {
	0,   100, 101, 200, 201, 202, 203, 204, 205, 206, 300, 301, 302, 303,
	304, 307, 308, 400, 401, 403, 404, 405, 406, 408, 409, 410, 411, 412,
	413, 414, 415, 416, 417, 421, 422, 426, 429, 431, 500, 501, 503, 505,
};

/* The last one stands for whatever is none of the others. */
static const char *const methods[] = {"GET",   "HEAD",	  "POST",    "PUT",   "DELETE",
				      "PATCH", "OPTIONS", "CONNECT", "TRACE", "OTHER"};
#define METHOD_COUNT (sizeof(methods) / sizeof(methods[0]))
#define METHOD_OTHER (METHOD_COUNT - 1)

struct line {
	enum metrics_service service;
	const char *route;
	size_t method;
	_Atomic uint64_t buckets[SHARD_BOUND_COUNT + 1];
	_Atomic uint64_t duration_us, sent_bytes;
	_Atomic uint64_t statuses[SHARD_STATUS_COUNT];
};

struct shard {
	struct line *_Atomic slots[SLOT_COUNT];
	struct line overflow[METRICS_SERVICE_COUNT];
	size_t line_count;  /* the owner's */
	struct shard *next; /* in the list of all; written before it is published */
	bool owned;	    /* under `lock` */
};

static unsigned char status_index[600];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct shard *all_shards; /* under `lock` */
static pthread_key_t ended;	 /* its destructor runs where a thread that owns a shard ends */
static _Thread_local struct shard *mine;

static void disown(void *shard)
{
	pthread_mutex_lock(&lock);
	((struct shard *)shard)->owned = false;
	pthread_mutex_unlock(&lock);
}

void shard_setup(void)
{
	static bool done;

	if (done)
		return;
	for (size_t i = 1; i < SHARD_STATUS_COUNT; i++)
		status_index[shard_statuses[i]] = (unsigned char)i;
	if (pthread_key_create(&ended, disown) != 0)
		die("no thread key for the metrics");
	done = true;
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

/* Slow path, once a thread. NULL where there is no memory: then that request goes uncounted. */
static struct shard *take_shard(void)
{
	struct shard *shard;

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

/* There is one writer, so this needs no locked instruction. */
static void add(_Atomic uint64_t *counter, uint64_t value)
{
	uint64_t before = atomic_load_explicit(counter, memory_order_relaxed);

	atomic_store_explicit(counter, before + value, memory_order_relaxed);
}

void metrics_request(enum metrics_service service, const char *route, const char *method,
		     int status, int64_t duration_us, uint64_t sent_bytes)
{
	struct shard *shard = mine ? mine : take_shard();
	bool known = status > 0 && (size_t)status < sizeof(status_index);
	struct line *line;
	size_t bucket = 0;

	if (!shard)
		return;
	line = line_get(shard, service, route ? route : "none", method_index(method));
	while (bucket < SHARD_BOUND_COUNT && duration_us > shard_bounds_us[bucket])
		bucket++;
	add(&line->buckets[bucket], 1);
	add(&line->duration_us, duration_us > 0 ? (uint64_t)duration_us : 0);
	add(&line->sent_bytes, sent_bytes);
	add(&line->statuses[known ? status_index[status] : 0], 1);
}

/* ---- reading ------------------------------------------------------------------------------- */

static int compare_totals(const void *left, const void *right)
{
	const struct shard_total *a = left, *b = right;
	int order = (int)a->service - (int)b->service;

	if (order == 0)
		order = strcmp(a->route, b->route);
	return order ? order : strcmp(a->method, b->method);
}

static void add_line(struct shard_total *totals, size_t *count, struct line *line)
{
	struct shard_total total = {line->service, line->route, methods[line->method]}, *into;
	size_t at = 0;

	while (at < *count && compare_totals(&totals[at], &total) != 0)
		at++;
	into = &totals[at];
	if (at == *count) {
		*into = total;
		++*count;
	}
	for (size_t i = 0; i <= SHARD_BOUND_COUNT; i++)
		into->buckets[i] += atomic_load_explicit(&line->buckets[i], memory_order_relaxed);
	for (size_t i = 0; i < SHARD_STATUS_COUNT; i++)
		into->statuses[i] += atomic_load_explicit(&line->statuses[i], memory_order_relaxed);
	into->duration_us += atomic_load_explicit(&line->duration_us, memory_order_relaxed);
	into->sent_bytes += atomic_load_explicit(&line->sent_bytes, memory_order_relaxed);
}

static bool line_was_used(struct line *line)
{
	for (size_t i = 0; i <= SHARD_BOUND_COUNT; i++) {
		if (atomic_load_explicit(&line->buckets[i], memory_order_relaxed))
			return true;
	}
	return false;
}

static void add_shard(struct shard_total *totals, size_t *count, struct shard *shard)
{
	for (size_t i = 0; i < SLOT_COUNT; i++) {
		struct line *line = atomic_load_explicit(&shard->slots[i], memory_order_acquire);

		if (line)
			add_line(totals, count, line);
	}
	for (size_t i = 0; i < METRICS_SERVICE_COUNT; i++) {
		if (line_was_used(&shard->overflow[i]))
			add_line(totals, count, &shard->overflow[i]);
	}
}

struct shard_total *shard_collect(size_t *count)
{
	struct shard_total *totals;
	size_t shard_count = 0;

	*count = 0;
	pthread_mutex_lock(&lock);
	for (struct shard *shard = all_shards; shard; shard = shard->next)
		shard_count++;
	totals = calloc(shard_count * (METRICS_LINES_MAX + METRICS_SERVICE_COUNT) + 1,
			sizeof(*totals));
	for (struct shard *shard = totals ? all_shards : NULL; shard; shard = shard->next)
		add_shard(totals, count, shard);
	pthread_mutex_unlock(&lock);
	if (totals)
		qsort(totals, *count, sizeof(*totals), compare_totals);
	return totals;
}
