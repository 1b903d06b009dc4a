/* Each function here puts the series of one thing that was asked. */
#include "admin/source.h"

#include <string.h>
#include "base/log.h"
#include "metrics/metrics.h"
#include "store/mail.h"
#include "store/moderation.h"

static struct {
	enum metrics_service services[HTTP_LISTENERS_MAX]; /* by listener */
	size_t listener_count;
} sources;

/* ---- the store ----------------------------------------------------------------------------- */

static void put_groups(const struct store_counters *c, struct metrics_sink *sink)
{
	struct metrics_histogram h = {
		.bounds = store_group_bounds,
		.bound_count = STORE_GROUP_BOUND_COUNT,
		.divisor = 1,
		.sum = (uint64_t)c->writes,
	};

	for (size_t i = 0; i <= STORE_GROUP_BOUND_COUNT; i++)
		h.buckets[i] = (uint64_t)c->groups[i];
	metrics_put_histogram(sink, SERIES_STORE_COMMIT_GROUP_SIZE, &h);
}

static void put_file(const struct store_counters *c, struct metrics_sink *sink)
{
	put_groups(c, sink);
	metrics_put(sink, SERIES_STORE_FILE_BYTES, c->file_bytes);
	metrics_put(sink, SERIES_STORE_WAL_BYTES, c->wal_bytes);
	if (c->disk_free_bytes >= 0)
		metrics_put(sink, SERIES_STORE_DISK_FREE_BYTES, c->disk_free_bytes);
}

static void put_news(const struct store_counters *c, struct metrics_sink *sink)
{
	metrics_put(sink, SERIES_STORE_NEWS_SENT, c->news_sent);
	metrics_put(sink, SERIES_STORE_NEWS_RECEIVED, c->news_received);
	metrics_put(sink, SERIES_STORE_NEWS_FOUND, c->news_found);
	metrics_put(sink, SERIES_STORE_NEWS_RESYNCS, c->news_resyncs);
	metrics_put(sink, SERIES_STORE_NEWS_LAG, (double)c->news_lag_us / 1e6);
	metrics_put(sink, SERIES_STORE_NEWS_LISTENING, c->news_listening);
}

static void put_database(const struct store_counters *c, struct metrics_sink *sink)
{
	metrics_put(sink, SERIES_DB_CONNECTIONS, c->db_open);
	metrics_put(sink, SERIES_DB_CONNECTIONS_LENT, c->db_lent);
	metrics_put(sink, SERIES_DB_CONNECTIONS_OPENED, c->db_opened);
	metrics_put(sink, SERIES_DB_CONNECTIONS_FAILED, c->db_failed);
	metrics_put(sink, SERIES_DB_WAITS, c->db_waits);
	metrics_put(sink, SERIES_DB_REFUSED, c->db_refused);
	metrics_put(sink, SERIES_DB_AWAY, c->db_away);
	metrics_put(sink, SERIES_DB_BUSY, c->db_errors[ERR_BUSY]);
	metrics_put(sink, SERIES_DB_TIMEOUTS, c->db_errors[ERR_TIMEOUT]);
	metrics_put(sink, SERIES_DB_FULL, c->db_errors[ERR_FULL]);
	metrics_put(sink, SERIES_DB_IO_ERRORS, c->db_errors[ERR_IO]);
	metrics_put(sink, SERIES_DB_INTERNAL_ERRORS, c->db_errors[ERR_INTERNAL]);
}

static void put_mail(struct store *store, struct metrics_sink *sink)
{
	int64_t waiting;

	if (store_mail_waiting(store, &waiting) == ERR_OK)
		metrics_put(sink, SERIES_MAILS_WAITING, waiting);
}

/* What a database that is away doesn't say is left out: a 0 would be a lie. */
static void put_totals(struct store *store, struct metrics_sink *sink)
{
	struct store_totals totals;

	if (store_totals(store, &totals) != ERR_OK)
		return;
	metrics_put(sink, SERIES_USERS, totals.users);
	metrics_put(sink, SERIES_POSTS, totals.posts);
	metrics_put(sink, SERIES_FOLLOWS, totals.follows);
	metrics_put(sink, SERIES_SESSIONS, totals.sessions);
	put_mail(store, sink);
}

static void put_waiting(struct store *store, struct metrics_sink *sink)
{
	struct moderation_counts counts;

	if (store_moderation_counts(store, &counts) != ERR_OK)
		return;
	metrics_put(sink, SERIES_OPEN_REPORTS, counts.open_reports);
	metrics_put(sink, SERIES_WAITING_APPROVALS, counts.waiting);
}

static void put_store(void *user, struct metrics_sink *sink)
{
	struct store *store = user;
	struct store_counters c;

	store_counters(store, &c);
	metrics_put(sink, SERIES_STORE_COMMITS, c.commits);
	metrics_put(sink, SERIES_STORE_WRITES, c.writes);
	metrics_put(sink, SERIES_STORE_WRITE_QUEUE, c.write_queue);
	metrics_put(sink, SERIES_STORE_HOME_HITS, c.home_hits);
	metrics_put(sink, SERIES_STORE_HOME_MISSES, c.home_misses);
	put_news(&c, sink);
	if (store_is_embedded(store))
		put_file(&c, sink);
	else
		put_database(&c, sink);
	put_totals(store, sink);
	put_waiting(store, sink);
}

/* ---- the server ---------------------------------------------------------------------------- */

static void put_connections(const struct http_server_counters *c, struct metrics_sink *sink)
{
	static const char *const refusals[HTTP_REFUSAL_COUNT] = {
		[HTTP_REFUSED_CONNECTIONS] = "connections",
		[HTTP_REFUSED_CONNECTIONS_PER_ADDRESS] = "connections_per_address",
		[HTTP_REFUSED_MEMORY] = "memory",
	};
	static const char *const timeouts[HTTP_TIMEOUT_COUNT] = {
		[HTTP_TIMEOUT_HEADER] = "header",
		[HTTP_TIMEOUT_BODY] = "body",
		[HTTP_TIMEOUT_WRITE] = "write",
		[HTTP_TIMEOUT_IDLE] = "idle",
	};
	/* The two were not read at one moment. */
	int64_t active = c->connections_open > c->connections_idle
				 ? c->connections_open - c->connections_idle
				 : 0;

	metrics_put(sink, SERIES_HTTP_CONNECTIONS, active, "active");
	metrics_put(sink, SERIES_HTTP_CONNECTIONS, c->connections_idle, "idle");
	metrics_put(sink, SERIES_HTTP_CONNECTIONS_ACCEPTED, c->connections_accepted);
	metrics_put(sink, SERIES_LIVE_STREAMS, c->streams_open);
	metrics_put(sink, SERIES_LIVE_STREAMS_OPENED, c->streams_opened);
	metrics_put(sink, SERIES_LIVE_STREAMS_DROPPED, c->streams_dropped);
	for (size_t i = 0; i < HTTP_REFUSAL_COUNT; i++) {
		const char *reason = refusals[i];

		metrics_put(sink, SERIES_HTTP_CONNECTIONS_REFUSED, c->connections_refused[i],
			    reason);
	}
	for (size_t i = 0; i < HTTP_TIMEOUT_COUNT; i++) {
		const char *reason = timeouts[i];

		metrics_put(sink, SERIES_HTTP_TIMEOUTS, c->timeouts[i], reason);
	}
}

static void put_pool(const struct http_pool_counters *p, const char *name,
		     struct metrics_sink *sink)
{
	struct metrics_histogram h = {
		.bounds = http_wait_bounds_us,
		.bound_count = HTTP_WAIT_BOUND_COUNT,
		.divisor = 1e6,
		.sum = p->wait_sum_us,
	};

	memcpy(h.buckets, p->waits, sizeof(p->waits));
	metrics_put(sink, SERIES_HTTP_POOL_QUEUE, p->queued, name);
	metrics_put(sink, SERIES_HTTP_SHED, p->shed, name);
	metrics_put_histogram(sink, SERIES_HTTP_POOL_WAIT, &h, name);
}

static void put_server(void *user, struct metrics_sink *sink)
{
	int64_t in_flight[METRICS_SERVICE_COUNT] = {0};
	struct http_server_counters c;

	http_server_counters(user, &c);
	put_connections(&c, sink);
	for (size_t i = 0; i < sources.listener_count; i++)
		in_flight[sources.services[i]] += c.requests_in_flight[i];
	for (int i = 0; i < METRICS_SERVICE_COUNT; i++)
		metrics_put(sink, SERIES_HTTP_REQUESTS_IN_FLIGHT, in_flight[i],
			    metrics_service_name((enum metrics_service)i));
	put_pool(&c.pools[HTTP_LANE_POOL], "workers", sink);
	put_pool(&c.pools[HTTP_LANE_PASSWORD], "passwords", sink);
	put_pool(&c.pools[HTTP_LANE_OPERATOR], "operator", sink);
}

/* ---- the log ------------------------------------------------------------------------------- */

static void put_log(void *user, struct metrics_sink *sink)
{
	struct log_counters c;

	(void)user;
	log_counters(&c);
	for (int i = 0; i < LOG_LEVEL_COUNT; i++)
		metrics_put(sink, SERIES_LOG_LINES, c.written[i],
			    log_level_name((enum log_level)i));
	metrics_put(sink, SERIES_LOG_DROPPED, c.dropped);
}

/* ---- set up -------------------------------------------------------------------------------- */

static enum metrics_service service_of(const char *listener)
{
	if (strcmp(listener, "web") == 0)
		return METRICS_FRONTEND;
	return strcmp(listener, "api") == 0 ? METRICS_BACKEND : METRICS_ADMIN;
}

void source_setup(struct store *store, struct http_server *server,
		  const struct http_listener *listeners, size_t listener_count)
{
	for (size_t i = 0; i < listener_count; i++)
		sources.services[i] = service_of(listeners[i].name);
	sources.listener_count = listener_count;
	metrics_add_source(put_store, store);
	metrics_add_source(put_server, server);
	metrics_add_source(put_log, NULL);
}
