#include "store/postgres/pg.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/clock.h"
#include "base/log.h"
#include "store/budget.h"
#include "store/postgres/pg_copy.h"
#include "store/postgres/pg_migrate.h"

#define TRIES 3
/* No try begins in the last of so many parts of the time that there is. */
#define LATE		     8
#define START_BACKOFF_MS     100
#define START_BACKOFF_MAX_MS 2000
/* For one try at the start. */
#define START_TRY_MS 5000

int64_t pg_deadline_us(const struct pg *s)
{
	int64_t left_us = s->timeout_us - budget_spent_us();

	return clock_mono_us() + (left_us > 0 ? left_us : 0);
}

/* What became of one try. */
struct outcome {
	enum err e;
	bool again; /* it has changed nothing, and may be sent again */
};

static struct outcome run_once(struct pg *s, enum pg_statement which, const struct pg_args *args,
			       int64_t deadline_us, PGresult **out)
{
	bool reads = pg_statement_table[which].reads;
	struct pg_conn *c = NULL;
	struct outcome o = {.e = reads ? pg_pool_take(&s->pool, deadline_us, &c)
				       : pg_take_to_write(s, deadline_us, &c)};

	if (o.e != ERR_OK)
		return o;
	o.e = pg_conn_run(c, which, args, deadline_us, out);
	if (o.e == ERR_BUSY)
		o.again = !c->broken;
	else if (o.e == ERR_IO)
		o.again = reads || c->unharmed || c->read_only;
	/* Whatever it was, such a connection is no good any more. */
	if (o.e == ERR_IO)
		c->broken = true;
	pg_pool_put(&s->pool, c);
	return o;
}

enum err pg_run(struct pg *s, enum pg_statement which, const struct pg_args *args, PGresult **out)
{
	int64_t deadline_us = pg_deadline_us(s);
	struct outcome o = {.e = ERR_TIMEOUT, .again = true};

	/* What is begun so late that it can't end in time would break a connection for nothing. */
	for (int i = 0; o.again && i < TRIES; i++) {
		if (clock_mono_us() + s->timeout_us / LATE >= deadline_us)
			break;
		o = run_once(s, which, args, deadline_us, out);
		if (o.e != ERR_OK)
			atomic_fetch_add(&s->errors[o.e], 1);
	}
	if (o.e == ERR_OK && !pg_statement_table[which].reads)
		atomic_fetch_add(&s->writes, 1);
	return o.e;
}

enum err pg_end(struct pg_conn *c, enum err e, int64_t deadline_us)
{
	if (e == ERR_OK)
		return pg_conn_run(c, PG_COMMIT, NULL, deadline_us, NULL);
	if (!c->broken && pg_conn_run(c, PG_ROLLBACK, NULL, deadline_us, NULL) != ERR_OK)
		c->broken = true;
	return e;
}

static void sleep_ms(int64_t ms)
{
	const struct timespec rest = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	nanosleep(&rest, NULL);
}

/*
 * The first connection of all. A server that is away may be about to start, as this program is: it
 * is tried again until start_wait_ms are over. Whoever is refused would be refused again.
 */
static enum err connect_first(const struct store_config *config, const char *url,
			      struct pg_conn *out, struct buf *why)
{
	int64_t until_us = clock_mono_us() + config->start_wait_ms * 1000;
	int64_t rest_ms = START_BACKOFF_MS;
	bool said = false;

	for (;;) {
		enum err e;

		buf_clear(why);
		e = pg_conn_open(out, url, false, clock_mono_us() + START_TRY_MS * 1000, why);
		if ((e != ERR_IO && e != ERR_TIMEOUT) ||
		    clock_mono_us() + rest_ms * 1000 >= until_us)
			return e;
		if (!said)
			log_warn("database is away: waiting for it",
				 LOG_I64("wait_ms", config->start_wait_ms),
				 LOG_STR("error.message", buf_str(why)));
		said = true;
		sleep_ms(rest_ms);
		rest_ms = rest_ms * 2 < START_BACKOFF_MAX_MS ? rest_ms * 2 : START_BACKOFF_MAX_MS;
	}
}

/* Bad SQL stops the program here. */
static enum err fill_pool(struct pg *s, const struct store_config *config, const char *url,
			  struct buf *why)
{
	const struct pg_pool_config pool = {
		.url = url,
		.max = config->connections - PG_VERSION_CONNECTIONS - PG_NEWS_CONNECTIONS,
		.wait_ms = config->timeout_ms / 2,
		.statement_ms = config->timeout_ms * 5 / 8,
		.primary = &s->primary,
	};
	int64_t until_us = clock_mono_us() + START_TRY_MS * 1000;
	struct pg_conn *first = NULL;
	enum err e = pg_pool_init(&s->pool, &pool, why);

	if (e != ERR_OK)
		return e;
	s->watch = pg_watch_new(s->pool.target); /* before any host is believed */
	/* The pool is less patient than a start should be. */
	while ((e = pg_pool_take(&s->pool, until_us, &first)) != ERR_OK &&
	       clock_mono_us() < until_us)
		sleep_ms(START_BACKOFF_MS);
	if (e == ERR_OK)
		pg_pool_put(&s->pool, first);
	return e;
}

static void release(struct pg *s)
{
	pg_news_release(&s->news);
	news_release(&s->store.news);
	pg_flight_release(&s->latest_flight);
	pg_version_release(&s->version);
	home_free(s->home);
	pg_watch_free(s->watch);
	pg_pool_release(&s->pool);
	pthread_mutex_destroy(&s->gate_lock);
	pthread_cond_destroy(&s->gate_opened);
	free(s);
}

static enum err pg_open(const struct store_config *config, struct str location, struct store **out,
			struct buf *why)
{
	struct pg *s = calloc(1, sizeof(*s));
	struct buf url = BUF_INIT(16384), reason = BUF_INIT(4096);
	struct pg_conn c = {.broken = true};
	enum err e;

	(void)location;
	if (!s)
		die("no memory for a store");
	s->store.engine = &postgres_engine;
	news_init(&s->store.news);
	pg_news_init(&s->news, s);
	s->timeout_us = config->timeout_ms * 1000;
	s->waiting_max = config->write_queue_max;
	pthread_mutex_init(&s->gate_lock, NULL);
	pthread_cond_init(&s->gate_opened, NULL);
	buf_add(&url, config->url);
	e = connect_first(config, buf_c(&url), &c, &reason);
	if (e == ERR_OK)
		e = pg_migrate_run(&c, postgres_migrations, postgres_migration_count,
				   !config->must_exist, &reason);
	if (e == ERR_OK)
		e = pg_mark_obey(&c, config->only_server, clock_mono_us() + 10000000, &reason);
	if (c.pg)
		pg_conn_close(&c);
	pg_version_init(&s->version, buf_c(&url), &s->primary);
	pg_flight_init(&s->latest_flight);
	s->home = home_new(config->home_cache_bytes);
	if (e == ERR_OK)
		e = fill_pool(s, config, buf_c(&url), &reason);
	if (e == ERR_OK) {
		*out = &s->store;
		if (config->only_server)
			pg_news_listen(&s->news);
	} else {
		buf_printf(why, "the PostgreSQL database can't be used: %s",
			   reason.len ? buf_c(&reason) : err_text(e));
		release(s);
	}
	explicit_bzero(url.ptr, url.len);
	buf_release(&url);
	buf_release(&reason);
	return e;
}

static void pg_close(struct store *store)
{
	release(pg_of(store));
}

static size_t waiting(struct pg *s)
{
	size_t count;

	pthread_mutex_lock(&s->gate_lock);
	count = s->waiting;
	pthread_mutex_unlock(&s->gate_lock);
	return count;
}

/* It must be the server that takes writes. */
static enum err pg_check(struct store *store)
{
	struct pg *s = pg_of(store);
	PGresult *r = NULL;
	enum err e = pg_run(s, PG_CHECK, NULL, &r);

	if (e == ERR_OK && waiting(s) >= s->waiting_max)
		e = ERR_BUSY;
	if (e == ERR_OK && pg_bool(r, 0, 0)) {
		pg_pool_renew(&s->pool);
		e = ERR_IO;
	}
	if (e == ERR_OK && pg_bool(r, 0, 1))
		e = ERR_READ_ONLY;
	PQclear(r);
	return e;
}

static void pg_listen(struct store *store)
{
	pg_news_listen(&pg_of(store)->news);
}

static enum err pg_totals(struct store *store, struct store_totals *out)
{
	PGresult *r = NULL;
	enum err e = pg_run(pg_of(store), PG_TOTALS, NULL, &r);

	if (e == ERR_OK)
		*out = (struct store_totals){
			.users = pg_i64(r, 0, 0),
			.posts = pg_i64(r, 0, 1),
			.follows = pg_i64(r, 0, 2),
			.sessions = pg_i64(r, 0, 3),
		};
	PQclear(r);
	return e;
}

static enum err pg_file_bytes(struct store *store, int64_t *out)
{
	PGresult *r = NULL;
	enum err e = pg_run(pg_of(store), PG_FILE_BYTES, NULL, &r);

	if (e == ERR_OK)
		*out = pg_i64(r, 0, 0);
	PQclear(r);
	return e;
}

static uint64_t pg_version(struct store *store)
{
	return pg_version_ask(&pg_of(store)->version);
}

static void pg_counters(struct store *store, struct store_counters *out)
{
	struct pg *s = pg_of(store);
	int64_t writes = atomic_load(&s->writes);
	struct pg_pool_counters pool;

	pg_pool_counters(&s->pool, &pool);
	*out = (struct store_counters){
		.commits = writes,
		.writes = writes,
		.write_queue = (int64_t)waiting(s),
		.disk_free_bytes = -1,
		.db_open = pool.open,
		.db_lent = pool.lent,
		.db_opened = pool.opened,
		.db_failed = pool.failed,
		.db_waits = pool.waits,
		.db_refused = pool.refused,
		.db_away = pool.away,
	};
	for (size_t i = 0; i < ERR_COUNT; i++)
		out->db_errors[i] = atomic_load(&s->errors[i]);
	home_counters(s->home, &out->home_hits, &out->home_misses);
	pg_news_counters(&s->news, out);
}

const struct store_engine postgres_engine = {
	.scheme = "postgres",
	.embedded = false,
	.open = pg_open,
	.migrate = pg_migrate,
	.close = pg_close,
	.check = pg_check,
	.set_frozen = pg_set_frozen,
	.copy_open = pg_copy_open,
	.totals = pg_totals,
	.active_users = pg_active_users,
	.file_bytes = pg_file_bytes,
	.version = pg_version,
	.counters = pg_counters,
	.listen = pg_listen,
	.user_create = pg_user_create,
	.user_get = pg_user_get,
	.user_by_name = pg_user_by_name,
	.user_list = pg_user_list,
	.user_set_password = pg_user_set_password,
	.user_set_role = pg_user_set_role,
	.user_set_language = pg_user_set_language,
	.user_delete = pg_user_delete,
	.post_create = pg_post_create,
	.post_get = pg_post_get,
	.post_delete = pg_post_delete,
	.post_set_flagged = pg_post_set_flagged,
	.post_list_all = pg_post_list_all,
	.reply_list = pg_reply_list,
	.post_marks = pg_post_marks,
	.like_set = pg_like_set,
	.timeline_public = pg_timeline_public,
	.timeline_user = pg_timeline_user,
	.timeline_home = pg_timeline_home,
	.follow_create = pg_follow_create,
	.follow_delete = pg_follow_delete,
	.follow_exists = pg_follow_exists,
	.following_list = pg_following_list,
	.follower_list = pg_follower_list,
	.session_create = pg_session_create,
	.session_find = pg_session_find,
	.session_touch = pg_session_touch,
	.session_list = pg_session_list,
	.session_delete = pg_session_delete,
	.session_delete_all = pg_session_delete_all,
	.session_expire = pg_session_expire,
	.latest_set = pg_latest_set,
	.latest_get = pg_latest_get,
	.notice = &pg_notice_ops,
	.sample_put = pg_sample_put,
	.sample_list = pg_sample_list,
	.sample_trim = pg_sample_trim,
	.recent_summary = pg_recent_summary,
	.recent_flagged = pg_recent_flagged,
	.account = &pg_account_ops,
	.moderation = &pg_moderation,
	.search = &pg_search_ops,
	.people = &pg_people_ops,
	.avatar = &pg_avatar_ops,
	.mail = &pg_mail_ops,
	.bulk_begin = pg_bulk_begin,
	.bulk_user = pg_bulk_user,
	.bulk_post = pg_bulk_post,
	.bulk_follow = pg_bulk_follow,
	.bulk_origin_get = pg_bulk_origin_get,
	.bulk_origin_set = pg_bulk_origin_set,
	.bulk_commit = pg_bulk_commit,
	.bulk_abort = pg_bulk_abort,
};
