/*
 * sqlite.h: the SQLite engine from inside. Read in this order:
 *
 *	statement.c   all SQL
 *	conn.h        a connection and its verbs
 *	migrate.h     the schema of the file
 *	reader.h      the pool of connections that read
 *	writer.h      the one thread that writes, in groups
 *	user.c post.c follow.c session.c timeline.c bulk.c    the operations
 *	home.h        home timelines in memory
 *	home_search.c home timelines from the file
 *	rows.h        rows of posts in memory
 *	home_page.c   pages of home timelines, from all three
 *
 * The file is in WAL mode: readers see the last commit when they begin and never wait for the
 * writer. What the engine keeps in memory beside the file (totals, the version, `latest`, home
 * timelines, rows) is changed by the writer after a COMMIT and before those who wrote return.
 */
#ifndef KINGLET_STORE_SQLITE_SQLITE_H
#define KINGLET_STORE_SQLITE_SQLITE_H

#include <pthread.h>
#include <stdatomic.h>
#include "store/engine.h"
#include "store/moderation.h"
#include "store/sqlite/conn.h"
#include "store/home.h"
#include "store/sqlite/reader.h"
#include "store/sqlite/rows.h"
#include "store/sqlite/writer.h"

struct sqlite {
	struct store store; /* first, so that a struct store is one of these */
	char *path, *wal_path;
	int lock_fd; /* holds the file for one server; -1: doesn't */
	struct readers readers;
	struct writer *writer;
	struct home *home;
	struct rows *rows;

	_Atomic uint64_t version;

	/* What the file's table `state` holds, or is about to. */
	pthread_mutex_t state_lock;
	struct store_totals totals; /* changed by the writer only */
	int64_t latest;
	bool latest_is_dirty; /* not yet in the file */
};

static inline struct sqlite *sqlite_of(struct store *s)
{
	return (struct sqlite *)(void *)s;
}

/* The operations of struct store_engine, one file each. */
enum err sqlite_totals(struct store *s, struct store_totals *out);
enum err sqlite_set_frozen(const struct store_config *config, struct str location, bool frozen,
			   struct buf *why);

enum err sqlite_user_create(struct store *s, const struct user_new *u, int64_t *out_id);
enum err sqlite_user_get(struct store *s, int64_t id, struct arena *a, struct user *out);
enum err sqlite_user_by_name(struct store *s, struct str name_key, struct arena *a,
			     struct user *out);
enum err sqlite_user_list(struct store *s, int64_t after_id, size_t limit, struct arena *a,
			  struct user_list *out);
enum err sqlite_user_set_password(struct store *s, int64_t id, struct str expected,
				  struct str pw_hash);
enum err sqlite_user_set_role(struct store *s, int64_t id, enum user_role role);
enum err sqlite_user_set_language(struct store *s, int64_t id, struct str language);
enum err sqlite_user_delete(struct store *s, int64_t id);

enum err sqlite_post_create(struct store *s, const struct post_new *p, struct post *out);
enum err sqlite_post_get(struct store *s, int64_t id, struct arena *a, struct post *out);
enum err sqlite_post_delete(struct store *s, int64_t id);
enum err sqlite_post_set_flagged(struct store *s, const int64_t *ids, size_t count, bool flagged,
				 int64_t *missing);
enum err sqlite_post_list_all(struct store *s, int64_t after_id, size_t limit, struct arena *a,
			      struct post_list *out);

enum err sqlite_reply_list(struct store *s, int64_t post_id, int64_t after_id, size_t limit,
			   struct arena *a, struct post_list *out);
enum err sqlite_post_marks(struct store *s, int64_t viewer_id, struct post *posts, size_t count);
enum err sqlite_like_set(struct store *s, int64_t user_id, int64_t post_id, bool liked);

enum err sqlite_timeline_public(struct store *s, struct cursor at, size_t limit, struct arena *a,
				struct post_list *out);
enum err sqlite_timeline_user(struct store *s, int64_t author_id, struct cursor at, size_t limit,
			      struct arena *a, struct post_list *out);
enum err sqlite_timeline_home(struct store *s, int64_t user_id, struct cursor at, size_t limit,
			      struct arena *a, struct post_list *out);

enum err sqlite_follow_create(struct store *s, int64_t follower_id, int64_t followee_id);
enum err sqlite_follow_delete(struct store *s, int64_t follower_id, int64_t followee_id);
enum err sqlite_follow_exists(struct store *s, int64_t follower_id, int64_t followee_id, bool *out);
enum err sqlite_following_list(struct store *s, int64_t user_id, int64_t before_id, size_t limit,
			       struct arena *a, struct user_list *out);
enum err sqlite_follower_list(struct store *s, int64_t user_id, int64_t before_id, size_t limit,
			      struct arena *a, struct user_list *out);

enum err sqlite_session_create(struct store *s, const struct session *session, size_t keep_max);
enum err sqlite_session_find(struct store *s, const unsigned char *hash, int64_t now_ms,
			     struct arena *a, struct session *out, struct user *out_user);
enum err sqlite_session_touch(struct store *s, const unsigned char *hash, int64_t seen_ms,
			      int64_t expires_ms);
enum err sqlite_session_list(struct store *s, int64_t user_id, int64_t now_ms, struct arena *a,
			     struct session_list *out);
enum err sqlite_session_delete(struct store *s, const unsigned char *hash);
enum err sqlite_session_delete_all(struct store *s, int64_t user_id, const unsigned char *except);
enum err sqlite_session_expire(struct store *s, int64_t now_ms);
enum err sqlite_active_users(struct store *s, int64_t since_ms, int64_t *out);

extern const struct notice_ops sqlite_notice_ops;

enum err sqlite_sample_put(struct store *s, const struct sample *samples, size_t count);
enum err sqlite_sample_list(struct store *s, const struct sample *after, int64_t until_s,
			    size_t limit, struct arena *a, struct sample_list *out);
enum err sqlite_sample_trim(struct store *s, int64_t resolution_s, int64_t before_s);
enum err sqlite_recent_summary(struct store *s, int64_t from_id, size_t limit, struct arena *a,
			       struct post_summary *out);
enum err sqlite_recent_flagged(struct store *s, size_t limit, struct arena *a,
			       struct post_list *out);

extern const struct account_ops sqlite_account_ops;
extern const struct moderation_ops sqlite_moderation;
/* Up to `limit` people of a bound statement that gives one more where there are further ones. */
enum err user_rows(struct conn *c, sqlite3_stmt *st, size_t limit, struct arena *a,
		   struct user_list *out);
extern const struct search_ops sqlite_search_ops;
extern const struct people_ops sqlite_people_ops;
extern const struct avatar_ops sqlite_avatar_ops;
extern const struct mail_ops sqlite_mail_ops;
/* A list of people, of a statement with a person, an id that all are below (0: none), and a count.
 */
enum err user_side_list(struct sqlite *s, enum statement which, int64_t user_id, int64_t before_id,
			size_t limit, struct arena *a, struct user_list *out);
enum err sqlite_moderation_act(struct store *s, const struct moderation_act *acts, size_t count,
			       size_t *failed);
enum err sqlite_audit_list(struct store *s, const struct audit_filter *filter, size_t limit,
			   struct arena *a, struct audit_list *out);
enum err sqlite_report_create(struct store *s, const struct report *r);
enum err sqlite_report_get(struct store *s, int64_t id, struct arena *a, struct report *out);
enum err sqlite_report_list(struct store *s, const struct report_filter *filter, size_t limit,
			    struct arena *a, struct report_list *out);
enum err sqlite_note_list(struct store *s, int64_t user_id, struct arena *a,
			  struct person_note_list *out);
enum err sqlite_warning_acknowledge(struct store *s, int64_t user_id, int64_t now_ms);
enum err sqlite_invitation_list(struct store *s, struct arena *a, struct invitation_list *out);
enum err sqlite_invitation_check(struct store *s, struct str code, int64_t now_ms);
enum err sqlite_user_admit(struct store *s, const struct user_new *u, struct str code, bool pending,
			   struct str reason, int64_t *out_id);
enum err sqlite_people_list(struct store *s, const struct people_filter *filter, size_t limit,
			    struct arena *a, struct user_list *out);

enum err sqlite_bulk_begin(struct store *s, struct store_bulk **out);
enum err sqlite_bulk_user(struct store_bulk *b, const struct user_new *u, int64_t *out_id);
enum err sqlite_bulk_post(struct store_bulk *b, int64_t author_id, struct str text,
			  int64_t created_ms, bool flagged, int64_t *out_id);
enum err sqlite_bulk_follow(struct store_bulk *b, int64_t follower_id, int64_t followee_id);
enum err sqlite_bulk_origin_get(struct store_bulk *b, struct str kind, struct str source,
				int64_t legacy_id, int64_t *out_id);
enum err sqlite_bulk_origin_set(struct store_bulk *b, struct str kind, struct str source,
				int64_t legacy_id, int64_t id);
enum err sqlite_bulk_commit(struct store_bulk *b);
void sqlite_bulk_abort(struct store_bulk *b);

#endif
