/* sqlite.c: opens and closes the SQLite engine, and answers what is asked of it as a whole. */
#include "store/sqlite/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include "base/log.h"
#include "store/sqlite/copy.h"
#include "store/sqlite/migrate.h"

static char *path_new(struct str path, const char *suffix)
{
	char *text;

	if (asprintf(&text, "%.*s%s", STR_ARG(path), suffix) < 0)
		die("no memory for the database's path");
	return text;
}

static void sqlite_free(struct sqlite *s)
{
	pthread_mutex_destroy(&s->state_lock);
	news_release(&s->store.news);
	home_free(s->home);
	rows_free(s->rows);
	/* Only now: closing any descriptor of the file drops SQLite's own locks on it. */
	if (s->lock_fd >= 0)
		close(s->lock_fd);
	free(s->path);
	free(s->wal_path);
	free(s);
}

/* By flock(), which SQLite doesn't use, so that commands can still work beside the server. */
static enum err lock_for_server(struct sqlite *s, struct buf *why)
{
	s->lock_fd = open(s->path, O_RDONLY | O_CLOEXEC);
	if (s->lock_fd >= 0 && flock(s->lock_fd, LOCK_EX | LOCK_NB) == 0)
		return ERR_OK;
	if (errno == EWOULDBLOCK)
		buf_printf(why, "the database %s is served by another Kinglet already", s->path);
	else
		buf_printf(why, "the database %s can't be locked: %s", s->path, strerror(errno));
	return ERR_DENIED;
}

static enum err sqlite_open(const struct store_config *config, struct str location,
			    struct store **out, struct buf *why)
{
	struct sqlite *s = calloc(1, sizeof(*s));
	enum err e;

	if (!s)
		die("no memory for the store");
	s->store.engine = &sqlite_engine;
	news_init(&s->store.news);
	s->path = path_new(location, "");
	s->wal_path = path_new(location, "-wal");
	pthread_mutex_init(&s->state_lock, NULL);
	s->latest = -1;
	s->lock_fd = -1;
	atomic_init(&s->version, 1);
	s->home = home_new(config->home_cache_bytes);
	s->rows = rows_new();
	e = writer_open(s, config, &s->writer, why);
	if (e == ERR_OK) {
		e = readers_open(&s->readers, s->path, config->cache_bytes, why);
		if (e == ERR_OK && config->only_server) {
			e = lock_for_server(s, why);
			if (e != ERR_OK)
				readers_close(&s->readers);
		}
		if (e != ERR_OK)
			writer_close(s->writer);
	}
	if (e != ERR_OK) {
		sqlite_free(s);
		return e;
	}
	writer_start(s->writer);
	*out = &s->store;
	return ERR_OK;
}

/* The writer last: whoever closes the file last moves the write-ahead log into it. */
static void sqlite_close(struct store *store)
{
	struct sqlite *s = sqlite_of(store);

	readers_close(&s->readers);
	writer_close(s->writer);
	sqlite_free(s);
}

static enum err sqlite_check(struct store *store)
{
	struct sqlite *s = sqlite_of(store);
	struct conn *c = readers_take(&s->readers);
	enum err e = conn_run_plain(c, STMT_STATE_GET);

	readers_put(&s->readers, c);
	return e == ERR_OK ? writer_health(s->writer) : e;
}

enum err sqlite_totals(struct store *store, struct store_totals *out)
{
	struct sqlite *s = sqlite_of(store);

	pthread_mutex_lock(&s->state_lock);
	*out = s->totals;
	pthread_mutex_unlock(&s->state_lock);
	return ERR_OK;
}

static uint64_t sqlite_version(struct store *store)
{
	return atomic_load_explicit(&sqlite_of(store)->version, memory_order_acquire);
}

static int64_t file_bytes(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? (int64_t)st.st_size : 0;
}

/* What an unprivileged process may still write there. */
static int64_t disk_free_bytes(const char *path)
{
	struct statvfs fs;

	return statvfs(path, &fs) == 0 ? (int64_t)(fs.f_bavail * fs.f_frsize) : -1;
}

static enum err sqlite_file_bytes(struct store *store, int64_t *out)
{
	*out = file_bytes(sqlite_of(store)->path);
	return ERR_OK;
}

static void sqlite_counters(struct store *store, struct store_counters *out)
{
	struct sqlite *s = sqlite_of(store);

	*out = (struct store_counters){
		.file_bytes = file_bytes(s->path),
		.wal_bytes = file_bytes(s->wal_path),
		.disk_free_bytes = disk_free_bytes(s->path),
	};
	writer_counters(s->writer, out);
	home_counters(s->home, &out->home_hits, &out->home_misses);
}

static enum err sqlite_latest_set(struct store *store, int64_t latest)
{
	struct sqlite *s = sqlite_of(store);
	bool was_dirty;

	if (writer_is_frozen(s->writer))
		return ERR_READ_ONLY;
	pthread_mutex_lock(&s->state_lock);
	s->latest = latest;
	was_dirty = s->latest_is_dirty;
	s->latest_is_dirty = true;
	pthread_mutex_unlock(&s->state_lock);
	if (!was_dirty)
		writer_nudge(s->writer);
	return ERR_OK;
}

static enum err sqlite_latest_get(struct store *store, int64_t *out)
{
	struct sqlite *s = sqlite_of(store);

	pthread_mutex_lock(&s->state_lock);
	*out = s->latest;
	pthread_mutex_unlock(&s->state_lock);
	return ERR_OK;
}

const struct store_engine sqlite_engine = {
	.scheme = "sqlite",
	.embedded = true,
	.open = sqlite_open,
	.migrate = sqlite_migrate,
	.close = sqlite_close,
	.check = sqlite_check,
	.set_frozen = sqlite_set_frozen,
	.copy_open = sqlite_copy_open,
	.totals = sqlite_totals,
	.active_users = sqlite_active_users,
	.file_bytes = sqlite_file_bytes,
	.version = sqlite_version,
	.counters = sqlite_counters,
	.user_create = sqlite_user_create,
	.user_get = sqlite_user_get,
	.user_by_name = sqlite_user_by_name,
	.user_list = sqlite_user_list,
	.user_set_password = sqlite_user_set_password,
	.user_set_role = sqlite_user_set_role,
	.user_set_language = sqlite_user_set_language,
	.user_delete = sqlite_user_delete,
	.post_create = sqlite_post_create,
	.post_get = sqlite_post_get,
	.post_delete = sqlite_post_delete,
	.post_set_flagged = sqlite_post_set_flagged,
	.post_list_all = sqlite_post_list_all,
	.reply_list = sqlite_reply_list,
	.post_marks = sqlite_post_marks,
	.like_set = sqlite_like_set,
	.timeline_public = sqlite_timeline_public,
	.timeline_user = sqlite_timeline_user,
	.timeline_home = sqlite_timeline_home,
	.follow_create = sqlite_follow_create,
	.follow_delete = sqlite_follow_delete,
	.follow_exists = sqlite_follow_exists,
	.following_list = sqlite_following_list,
	.follower_list = sqlite_follower_list,
	.session_create = sqlite_session_create,
	.session_find = sqlite_session_find,
	.session_touch = sqlite_session_touch,
	.session_list = sqlite_session_list,
	.session_delete = sqlite_session_delete,
	.session_delete_all = sqlite_session_delete_all,
	.session_expire = sqlite_session_expire,
	.latest_set = sqlite_latest_set,
	.latest_get = sqlite_latest_get,
	.notice = &sqlite_notice_ops,
	.sample_put = sqlite_sample_put,
	.sample_list = sqlite_sample_list,
	.sample_trim = sqlite_sample_trim,
	.recent_summary = sqlite_recent_summary,
	.recent_flagged = sqlite_recent_flagged,
	.account = &sqlite_account_ops,
	.moderation = &sqlite_moderation,
	.search = &sqlite_search_ops,
	.people = &sqlite_people_ops,
	.avatar = &sqlite_avatar_ops,
	.mail = &sqlite_mail_ops,
	.bulk_begin = sqlite_bulk_begin,
	.bulk_user = sqlite_bulk_user,
	.bulk_post = sqlite_bulk_post,
	.bulk_follow = sqlite_bulk_follow,
	.bulk_origin_get = sqlite_bulk_origin_get,
	.bulk_origin_set = sqlite_bulk_origin_set,
	.bulk_commit = sqlite_bulk_commit,
	.bulk_abort = sqlite_bulk_abort,
};
