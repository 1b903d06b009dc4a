/*
 * store.c: picks the engine by the URL's scheme and passes calls on. What all engines share is done
 * here: defaults of the configuration and the cut of lists.
 */
#include "store/store.h"

#include "base/log.h"
#include "metrics/metrics.h"
#include "store/account.h"
#include "store/engine.h"
#include "store/timed.h"
#include "store/notice.h"

#define WRITE_QUEUE_DEFAULT	 4096
#define CACHE_DEFAULT_BYTES	 ((size_t)24 * 1024 * 1024)
#define HOME_CACHE_DEFAULT_BYTES ((size_t)16 * 1024 * 1024)
#define CONNECTIONS_DEFAULT	 16
#define TIMEOUT_DEFAULT_MS	 800

static const struct store_engine *const engines[] = {
	&sqlite_engine,
	&postgres_engine,
};

const int64_t store_group_bounds[STORE_GROUP_BOUND_COUNT] = {1, 2, 4, 8, 16, 32, 64, 128, 256};

enum err store_finish(const struct store *s, enum metrics_operation operation, int64_t began_us,
		      enum err e)
{
	int64_t took_us = metrics_clock_us() - began_us;

	metrics_operation(operation, e, took_us);
	if (e == ERR_OK &&
	    (operation == OPERATION_USER_CREATE || operation == OPERATION_USER_ADMIT))
		metrics_event(EVENT_USER_REGISTERED);
	if (e == ERR_OK && operation == OPERATION_POST_CREATE)
		metrics_event(EVENT_POST_CREATED);
	if (s->slow_us && took_us >= s->slow_us)
		log_warn("slow store operation",
			 LOG_C("kinglet.operation", metrics_operation_name(operation)),
			 LOG_I64("event.duration", took_us * 1000),
			 LOG_C("error.type", e == ERR_OK ? "none" : err_label(e)));
	return e;
}

static size_t list_limit(size_t limit)
{
	return limit < STORE_LIST_MAX ? limit : STORE_LIST_MAX;
}

struct str store_scheme(struct str url)
{
	size_t len = 0;

	while (len < url.len && ((url.ptr[len] >= 'a' && url.ptr[len] <= 'z') ||
				 (url.ptr[len] >= '0' && url.ptr[len] <= '9')))
		len++;
	return str_sub(url, 0, len < url.len && url.ptr[len] == ':' ? len : 0);
}

const struct store_engine *store_engine_find(struct str url, struct str *location, struct buf *why)
{
	struct str scheme;

	*location = url;
	str_cut(location, ':', &scheme);
	if (str_eq(scheme, STR("postgresql"))) /* libpq knows both spellings */
		scheme = STR("postgres");
	for (size_t i = 0; i < sizeof(engines) / sizeof(engines[0]); i++) {
		if (location->len && str_eq(scheme, str_from_c(engines[i]->scheme)))
			return engines[i];
	}
	scheme = store_scheme(url);
	buf_printf(why,
		   "\"%.*s\" is no kind of database that Kinglet knows; say sqlite:FILE or "
		   "postgres://HOST/NAME",
		   STR_ARG(scheme));
	return NULL;
}

enum err store_open(const struct store_config *config, struct store **out, struct buf *why)
{
	struct store_config filled = *config;
	struct str location;
	const struct store_engine *engine = store_engine_find(config->url, &location, why);
	enum err e;

	if (!filled.write_queue_max)
		filled.write_queue_max = WRITE_QUEUE_DEFAULT;
	if (!filled.cache_bytes)
		filled.cache_bytes = CACHE_DEFAULT_BYTES;
	if (!filled.home_cache_bytes)
		filled.home_cache_bytes = HOME_CACHE_DEFAULT_BYTES;
	if (!filled.connections)
		filled.connections = CONNECTIONS_DEFAULT;
	if (!filled.timeout_ms)
		filled.timeout_ms = TIMEOUT_DEFAULT_MS;
	e = engine ? engine->open(&filled, location, out, why) : ERR_INVALID;
	if (e == ERR_OK)
		(*out)->slow_us = config->slow_ms * 1000;
	return e;
}

enum err store_set_frozen(struct str url, bool frozen, struct buf *why)
{
	struct store_config config = {.url = url, .must_exist = true};
	struct str location;
	const struct store_engine *engine = store_engine_find(url, &location, why);

	return engine ? engine->set_frozen(&config, location, frozen, why) : ERR_INVALID;
}

enum err store_migrate(struct str url, enum migration_mode mode, const struct migration_watch *w,
		       struct buf *why)
{
	struct str location;
	const struct store_engine *engine = store_engine_find(url, &location, why);

	if (!engine)
		return ERR_INVALID;
	return engine->migrate(engine->embedded ? location : url, mode, w, why);
}

void store_close(struct store *s)
{
	if (s)
		s->engine->close(s);
}

bool store_is_embedded(const struct store *s)
{
	return s->engine->embedded;
}

/* Of an embedded engine it is a load from memory, which timing would double. */
uint64_t store_version(struct store *s)
{
	int64_t began_us = s->engine->embedded ? 0 : metrics_clock_us();
	uint64_t version = s->engine->version(s);

	if (!s->engine->embedded)
		(void)!store_finish(s, OPERATION_VERSION, began_us, version ? ERR_OK : ERR_IO);
	return version;
}

enum err store_check(struct store *s)
{
	return TIMED(CHECK, s, s->engine->check(s));
}

enum err store_totals(struct store *s, struct store_totals *out)
{
	return TIMED(TOTALS, s, s->engine->totals(s, out));
}

enum err store_active_users(struct store *s, int64_t since_ms, int64_t *out)
{
	return TIMED(ACTIVE_USERS, s, s->engine->active_users(s, since_ms, out));
}

enum err store_file_bytes(struct store *s, int64_t *out)
{
	return TIMED(FILE_BYTES, s, s->engine->file_bytes(s, out));
}

void store_counters(struct store *s, struct store_counters *out)
{
	s->engine->counters(s, out);
}

enum err store_user_create(struct store *s, const struct user_new *u, int64_t *out_id)
{
	return TIMED(USER_CREATE, s, s->engine->user_create(s, u, out_id));
}

enum err store_user_get(struct store *s, int64_t id, struct arena *a, struct user *out)
{
	return TIMED(USER_GET, s, s->engine->user_get(s, id, a, out));
}

enum err store_user_by_name(struct store *s, struct str name_key, struct arena *a, struct user *out)
{
	return TIMED(USER_BY_NAME, s, s->engine->user_by_name(s, name_key, a, out));
}

enum err store_user_list(struct store *s, int64_t after_id, size_t limit, struct arena *a,
			 struct user_list *out)
{
	return TIMED(USER_LIST, s, s->engine->user_list(s, after_id, list_limit(limit), a, out));
}

enum err store_user_set_password(struct store *s, int64_t id, struct str expected,
				 struct str pw_hash)
{
	return TIMED(USER_SET_PASSWORD, s, s->engine->user_set_password(s, id, expected, pw_hash));
}

enum err store_user_set_role(struct store *s, int64_t id, enum user_role role)
{
	return TIMED(USER_SET_ROLE, s, s->engine->user_set_role(s, id, role));
}

enum err store_user_set_language(struct store *s, int64_t id, struct str language)
{
	return TIMED(USER_SET_LANGUAGE, s, s->engine->user_set_language(s, id, language));
}

enum err store_user_delete(struct store *s, int64_t id)
{
	return TIMED(USER_DELETE, s, s->engine->user_delete(s, id));
}

enum err store_post_create(struct store *s, const struct post_new *p, struct post *out)
{
	return TIMED(POST_CREATE, s, s->engine->post_create(s, p, out));
}

enum err store_reply_list(struct store *s, int64_t post_id, int64_t after_id, size_t limit,
			  struct arena *a, struct post_list *out)
{
	return TIMED(REPLY_LIST, s,
		     s->engine->reply_list(s, post_id, after_id, list_limit(limit), a, out));
}

enum err store_post_marks(struct store *s, int64_t viewer_id, struct post *posts, size_t count)
{
	if (count > STORE_LIST_MAX)
		return ERR_INVALID;
	return count ? TIMED(POST_MARKS, s, s->engine->post_marks(s, viewer_id, posts, count))
		     : ERR_OK;
}

enum err store_like_set(struct store *s, int64_t user_id, int64_t post_id, bool liked)
{
	return TIMED(LIKE_SET, s, s->engine->like_set(s, user_id, post_id, liked));
}

enum err store_post_get(struct store *s, int64_t id, struct arena *a, struct post *out)
{
	return TIMED(POST_GET, s, s->engine->post_get(s, id, a, out));
}

enum err store_post_delete(struct store *s, int64_t id)
{
	return TIMED(POST_DELETE, s, s->engine->post_delete(s, id));
}

enum err store_post_set_flagged(struct store *s, const int64_t *ids, size_t count, bool flagged,
				int64_t *missing)
{
	return TIMED(POST_SET_FLAGGED, s,
		     s->engine->post_set_flagged(s, ids, count, flagged, missing));
}

enum err store_post_list_all(struct store *s, int64_t after_id, size_t limit, struct arena *a,
			     struct post_list *out)
{
	return TIMED(POST_LIST_ALL, s,
		     s->engine->post_list_all(s, after_id, list_limit(limit), a, out));
}

enum err store_timeline_public(struct store *s, struct cursor at, size_t limit, struct arena *a,
			       struct post_list *out)
{
	return TIMED(TIMELINE_PUBLIC, s,
		     s->engine->timeline_public(s, at, list_limit(limit), a, out));
}

enum err store_timeline_user(struct store *s, int64_t author_id, struct cursor at, size_t limit,
			     struct arena *a, struct post_list *out)
{
	return TIMED(TIMELINE_USER, s,
		     s->engine->timeline_user(s, author_id, at, list_limit(limit), a, out));
}

enum err store_timeline_home(struct store *s, int64_t user_id, struct cursor at, size_t limit,
			     struct arena *a, struct post_list *out)
{
	return TIMED(TIMELINE_HOME, s,
		     s->engine->timeline_home(s, user_id, at, list_limit(limit), a, out));
}

enum err store_follow_create(struct store *s, int64_t follower_id, int64_t followee_id)
{
	return TIMED(FOLLOW_CREATE, s, s->engine->follow_create(s, follower_id, followee_id));
}

enum err store_follow_delete(struct store *s, int64_t follower_id, int64_t followee_id)
{
	return TIMED(FOLLOW_DELETE, s, s->engine->follow_delete(s, follower_id, followee_id));
}

enum err store_follow_exists(struct store *s, int64_t follower_id, int64_t followee_id, bool *out)
{
	return TIMED(FOLLOW_EXISTS, s, s->engine->follow_exists(s, follower_id, followee_id, out));
}

enum err store_following_list(struct store *s, int64_t user_id, int64_t before_id, size_t limit,
			      struct arena *a, struct user_list *out)
{
	return TIMED(FOLLOWING_LIST, s,
		     s->engine->following_list(s, user_id, before_id, list_limit(limit), a, out));
}

enum err store_follower_list(struct store *s, int64_t user_id, int64_t before_id, size_t limit,
			     struct arena *a, struct user_list *out)
{
	return TIMED(FOLLOWER_LIST, s,
		     s->engine->follower_list(s, user_id, before_id, list_limit(limit), a, out));
}

enum err store_session_create(struct store *s, const struct session *session, size_t keep_max)
{
	return TIMED(SESSION_CREATE, s, s->engine->session_create(s, session, keep_max));
}

enum err store_session_find(struct store *s, const unsigned char hash[SESSION_HASH_BYTES],
			    int64_t now_ms, struct arena *a, struct session *out,
			    struct user *out_user)
{
	return TIMED(SESSION_FIND, s, s->engine->session_find(s, hash, now_ms, a, out, out_user));
}

enum err store_session_touch(struct store *s, const unsigned char hash[SESSION_HASH_BYTES],
			     int64_t seen_ms, int64_t expires_ms)
{
	return TIMED(SESSION_TOUCH, s, s->engine->session_touch(s, hash, seen_ms, expires_ms));
}

enum err store_session_list(struct store *s, int64_t user_id, int64_t now_ms, struct arena *a,
			    struct session_list *out)
{
	return TIMED(SESSION_LIST, s, s->engine->session_list(s, user_id, now_ms, a, out));
}

enum err store_session_delete(struct store *s, const unsigned char hash[SESSION_HASH_BYTES])
{
	return TIMED(SESSION_DELETE, s, s->engine->session_delete(s, hash));
}

enum err store_session_delete_all(struct store *s, int64_t user_id, const unsigned char *except)
{
	return TIMED(SESSION_DELETE_ALL, s, s->engine->session_delete_all(s, user_id, except));
}

enum err store_session_expire(struct store *s, int64_t now_ms)
{
	return TIMED(SESSION_EXPIRE, s, s->engine->session_expire(s, now_ms));
}

enum err store_latest_set(struct store *s, int64_t latest)
{
	return TIMED(LATEST_SET, s, s->engine->latest_set(s, latest));
}

enum err store_latest_get(struct store *s, int64_t *out)
{
	return TIMED(LATEST_GET, s, s->engine->latest_get(s, out));
}

enum err store_sample_put(struct store *s, const struct sample *samples, size_t count)
{
	if (count > STORE_SAMPLES_MAX)
		return ERR_INVALID;
	return TIMED(SAMPLE_PUT, s, s->engine->sample_put(s, samples, count));
}

enum err store_sample_list(struct store *s, const struct sample *after, int64_t until_s,
			   size_t limit, struct arena *a, struct sample_list *out)
{
	return TIMED(SAMPLE_LIST, s,
		     s->engine->sample_list(s, after, until_s, list_limit(limit), a, out));
}

enum err store_sample_trim(struct store *s, int64_t resolution_s, int64_t before_s)
{
	return TIMED(SAMPLE_TRIM, s, s->engine->sample_trim(s, resolution_s, before_s));
}

enum err store_recent_summary(struct store *s, int64_t from_id, size_t limit, struct arena *a,
			      struct post_summary *out)
{
	return TIMED(RECENT_SUMMARY, s,
		     s->engine->recent_summary(s, from_id, list_limit(limit), a, out));
}

enum err store_notice_list(struct store *s, const struct notice_query *query, size_t limit,
			   struct arena *a, struct notice_list *out)
{
	return TIMED(NOTICE_LIST, s, s->engine->notice->list(s, query, list_limit(limit), a, out));
}

enum err store_notice_unread(struct store *s, int64_t user_id, int64_t *out)
{
	return TIMED(NOTICE_UNREAD, s, s->engine->notice->unread(s, user_id, out));
}

enum err store_notice_read(struct store *s, int64_t user_id, int64_t upto_id)
{
	return TIMED(NOTICE_READ, s, s->engine->notice->read(s, user_id, upto_id));
}

enum err store_notice_chosen(struct store *s, int64_t user_id, int64_t *out)
{
	return TIMED(NOTICE_CHOSEN, s, s->engine->notice->chosen(s, user_id, out));
}

enum err store_notice_choose(struct store *s, int64_t user_id, int64_t mask)
{
	return TIMED(NOTICE_CHOOSE, s, s->engine->notice->choose(s, user_id, mask));
}

enum err store_recent_flagged(struct store *s, size_t limit, struct arena *a, struct post_list *out)
{
	return TIMED(RECENT_FLAGGED, s, s->engine->recent_flagged(s, list_limit(limit), a, out));
}

enum err store_account_set_email(struct store *s, int64_t id, struct str email)
{
	return TIMED(ACCOUNT_SET_EMAIL, s, s->engine->account->set_email(s, id, email));
}

enum err store_account_rename(struct store *s, const struct rename *rename)
{
	return TIMED(ACCOUNT_RENAME, s, s->engine->account->rename(s, rename));
}

enum err store_account_old_name(struct store *s, struct str name_key, int64_t *out)
{
	return TIMED(ACCOUNT_OLD_NAME, s, s->engine->account->old_name(s, name_key, out));
}

enum err store_ticket_put(struct store *s, const struct ticket *ticket)
{
	return TIMED(TICKET_PUT, s, s->engine->account->ticket_put(s, ticket));
}

enum err store_ticket_find(struct store *s, const unsigned char *hash, enum ticket_kind kind,
			   int64_t now_ms, int64_t *out)
{
	return TIMED(TICKET_FIND, s, s->engine->account->ticket_find(s, hash, kind, now_ms, out));
}

enum err store_ticket_take(struct store *s, const unsigned char *hash, enum ticket_kind kind,
			   int64_t now_ms, int64_t *out)
{
	return TIMED(TICKET_TAKE, s, s->engine->account->ticket_take(s, hash, kind, now_ms, out));
}

enum err store_ticket_count(struct store *s, int64_t user_id, enum ticket_kind kind, int64_t *out)
{
	return TIMED(TICKET_COUNT, s, s->engine->account->ticket_count(s, user_id, kind, out));
}

enum err store_ticket_drop(struct store *s, int64_t user_id, enum ticket_kind kind)
{
	return TIMED(TICKET_DROP, s, s->engine->account->ticket_drop(s, user_id, kind));
}

enum err store_ticket_expire(struct store *s, int64_t now_ms)
{
	return TIMED(TICKET_EXPIRE, s, s->engine->account->ticket_expire(s, now_ms));
}

enum err store_totp_get(struct store *s, int64_t user_id, struct totp *out)
{
	return TIMED(TOTP_GET, s, s->engine->account->totp_get(s, user_id, out));
}

enum err store_totp_begin(struct store *s, int64_t user_id, const unsigned char *secret)
{
	return TIMED(TOTP_BEGIN, s, s->engine->account->totp_begin(s, user_id, secret));
}

enum err store_totp_use(struct store *s, int64_t user_id, int64_t step)
{
	return TIMED(TOTP_USE, s, s->engine->account->totp_use(s, user_id, step));
}

enum err store_totp_delete(struct store *s, int64_t user_id)
{
	return TIMED(TOTP_DELETE, s, s->engine->account->totp_delete(s, user_id));
}

struct store_subscription *store_subscribe(struct store *s, store_news_fn *fn, void *user)
{
	struct store_subscription *subscription = news_subscribe(&s->news, fn, user);

	if (s->engine->listen)
		s->engine->listen(s);
	return subscription;
}

void store_unsubscribe(struct store *s, struct store_subscription *subscription)
{
	news_unsubscribe(&s->news, subscription);
}

enum err store_search_posts(struct store *s, const struct search_match *match, struct cursor at,
			    size_t limit, struct arena *a, struct post_list *out)
{
	return TIMED(SEARCH_POSTS, s,
		     s->engine->search->posts(s, match, at, list_limit(limit), a, out));
}

enum err store_tag_timeline(struct store *s, struct str tag_key, struct cursor at, size_t limit,
			    struct arena *a, struct post_list *out)
{
	return TIMED(TAG_TIMELINE, s,
		     s->engine->search->tag_timeline(s, tag_key, at, list_limit(limit), a, out));
}

enum err store_search_people(struct store *s, struct str prefix, int64_t viewer_id, bool followed,
			     size_t limit, struct arena *a, struct user_list *out)
{
	/* No name has the last code point there is: what begins with the prefix is below. */
	struct str below = arena_printf(a, "%.*s\U0010ffff", STR_ARG(prefix));

	if (!below.ptr)
		return ERR_TOO_LARGE;
	return TIMED(SEARCH_PEOPLE, s,
		     s->engine->search->people(s, prefix, below, viewer_id, followed,
					       list_limit(limit), a, out));
}

enum err store_search_fill(struct store *s, bool *more)
{
	return TIMED(SEARCH_FILL, s, s->engine->search->fill(s, more));
}

enum err store_bulk_begin(struct store *s, struct store_bulk **out)
{
	return s->engine->bulk_begin(s, out);
}

enum err store_bulk_user(struct store_bulk *b, const struct user_new *u, int64_t *out_id)
{
	return b->engine->bulk_user(b, u, out_id);
}

enum err store_bulk_post(struct store_bulk *b, int64_t author_id, struct str text,
			 int64_t created_ms, bool flagged, int64_t *out_id)
{
	return b->engine->bulk_post(b, author_id, text, created_ms, flagged, out_id);
}

enum err store_bulk_follow(struct store_bulk *b, int64_t follower_id, int64_t followee_id)
{
	return b->engine->bulk_follow(b, follower_id, followee_id);
}

enum err store_bulk_origin_get(struct store_bulk *b, struct str kind, struct str source,
			       int64_t legacy_id, int64_t *out_id)
{
	return b->engine->bulk_origin_get(b, kind, source, legacy_id, out_id);
}

enum err store_bulk_origin_set(struct store_bulk *b, struct str kind, struct str source,
			       int64_t legacy_id, int64_t id)
{
	return b->engine->bulk_origin_set(b, kind, source, legacy_id, id);
}

enum err store_bulk_commit(struct store_bulk *b)
{
	return b->engine->bulk_commit(b);
}

void store_bulk_abort(struct store_bulk *b)
{
	b->engine->bulk_abort(b);
}
