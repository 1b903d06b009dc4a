/*
 * pg.h: the PostgreSQL engine from inside. Read in this order:
 *
 *	pg_statement.c   all SQL
 *	pg_value.h       values in PostgreSQL's binary form, rows
 *	pg_primary.h     which of several servers is the primary
 *	pg_target.h      where the server is, and how it is reached in time
 *	pg_conn.h        a connection, with deadlines
 *	pg_pool.h        a bounded number of them
 *	pg_watch.h       looks for a new primary on all hosts
 *	pg_migrate.h     the schema of the database
 *	pg_gate.c        writes wait for bulk loads
 *	pg_flight.h      callers that share one round trip
 *	pg_version.h     whether kept pages are still exact
 *	pg_latest.c      the simulator's counter
 *	pg_news.h        nodes tell each other of new posts
 *	pg_user.c pg_post.c pg_follow.c pg_session.c pg_timeline.c
 *	pg_home.c pg_bulk.c      the operations
 *
 * Nodes keep nothing: what one has written the next read of any other finds, because it asks the
 * same server. A node may die at any time.
 */
#ifndef KINGLET_STORE_POSTGRES_PG_H
#define KINGLET_STORE_POSTGRES_PG_H

#include <stdatomic.h>
#include "store/engine.h"
#include "store/moderation.h"
#include "store/home.h"
#include "store/postgres/pg_flight.h"
#include "store/postgres/pg_news.h"
#include "store/postgres/pg_pool.h"
#include "store/postgres/pg_version.h"
#include "store/postgres/pg_watch.h"

struct pg {
	struct store store; /* first, so that a struct store is one of these */
	struct pg_primary primary;
	struct pg_watch *watch;
	struct pg_pool pool;
	int64_t timeout_us; /* for the operations of a request, with the waiting for connections */
	_Atomic int64_t writes;
	_Atomic int64_t errors[ERR_COUNT]; /* of pg_run() */

	/* Writes that wait: for a connection, or for the end of a bulk load of this node's. */
	pthread_mutex_t gate_lock;
	pthread_cond_t gate_opened;
	bool gate_shut;
	size_t waiting, waiting_max;

	struct pg_version version;
	struct home *home; /* home timelines in memory */

	/* What was set last, and the writing of it. */
	_Atomic int64_t latest;
	struct pg_flight latest_flight;

	struct pg_news news;
};

static inline struct pg *pg_of(struct store *s)
{
	return (struct pg *)(void *)s;
}

/* When an operation that begins now must have ended: it may use what is left of budget.h. */
int64_t pg_deadline_us(const struct pg *s);

/*
 * One operation that is one statement: takes a connection, runs it, gives the connection back. What
 * can't have happened is sent again while there is time: a read whose connection was lost, a write
 * whose connection the server ended before it answered, and what was refused for a deadlock. A
 * write whose connection was lost otherwise is answered by ERR_IO or ERR_TIMEOUT: nobody knows
 * whether it happened. `*out` may be NULL, else PQclear() it.
 */
enum err MUST_CHECK pg_run(struct pg *s, enum pg_statement which, const struct pg_args *args,
			   PGresult **out);

/*
 * As pg_pool_take(), for a write: it waits for the end of a bulk load, and is refused (ERR_BUSY)
 * where too many wait already. Other nodes' loads don't hold it up.
 */
enum err MUST_CHECK pg_take_to_write(struct pg *s, int64_t deadline_us, struct pg_conn **out);
/* A bulk load begins (waits for another's end) and ends. */
enum err MUST_CHECK pg_gate_shut(struct pg *s, int64_t deadline_us);
void pg_gate_open(struct pg *s);

/* The end of a transaction on `c`: commits where `e` is ERR_OK, else rolls back and answers `e`. */
enum err MUST_CHECK pg_end(struct pg_conn *c, enum err e, int64_t deadline_us);

/* The operations of struct store_engine, one file each. */
enum err pg_set_frozen(const struct store_config *config, struct str location, bool frozen,
		       struct buf *why);

enum err pg_user_create(struct store *s, const struct user_new *u, int64_t *out_id);
enum err pg_user_get(struct store *s, int64_t id, struct arena *a, struct user *out);
enum err pg_user_by_name(struct store *s, struct str name_key, struct arena *a, struct user *out);
enum err pg_user_list(struct store *s, int64_t after_id, size_t limit, struct arena *a,
		      struct user_list *out);
enum err pg_user_set_password(struct store *s, int64_t id, struct str expected, struct str pw_hash);
enum err pg_user_set_role(struct store *s, int64_t id, enum user_role role);
enum err pg_user_set_language(struct store *s, int64_t id, struct str language);
enum err pg_user_delete(struct store *s, int64_t id);

enum err pg_post_create(struct store *s, const struct post_new *p, struct post *out);
enum err pg_post_get(struct store *s, int64_t id, struct arena *a, struct post *out);
enum err pg_post_delete(struct store *s, int64_t id);
enum err pg_post_set_flagged(struct store *s, const int64_t *ids, size_t count, bool flagged,
			     int64_t *missing);
enum err pg_post_list_all(struct store *s, int64_t after_id, size_t limit, struct arena *a,
			  struct post_list *out);

enum err pg_reply_list(struct store *s, int64_t post_id, int64_t after_id, size_t limit,
		       struct arena *a, struct post_list *out);
enum err pg_post_marks(struct store *s, int64_t viewer_id, struct post *posts, size_t count);
enum err pg_like_set(struct store *s, int64_t user_id, int64_t post_id, bool liked);

enum err pg_timeline_public(struct store *s, struct cursor at, size_t limit, struct arena *a,
			    struct post_list *out);
enum err pg_timeline_user(struct store *s, int64_t author_id, struct cursor at, size_t limit,
			  struct arena *a, struct post_list *out);
enum err pg_timeline_home(struct store *s, int64_t user_id, struct cursor at, size_t limit,
			  struct arena *a, struct post_list *out);

enum err pg_follow_create(struct store *s, int64_t follower_id, int64_t followee_id);
enum err pg_follow_delete(struct store *s, int64_t follower_id, int64_t followee_id);
enum err pg_follow_exists(struct store *s, int64_t follower_id, int64_t followee_id, bool *out);
enum err pg_following_list(struct store *s, int64_t user_id, int64_t before_id, size_t limit,
			   struct arena *a, struct user_list *out);
enum err pg_follower_list(struct store *s, int64_t user_id, int64_t before_id, size_t limit,
			  struct arena *a, struct user_list *out);

enum err pg_session_create(struct store *s, const struct session *session, size_t keep_max);
enum err pg_session_find(struct store *s, const unsigned char *hash, int64_t now_ms,
			 struct arena *a, struct session *out, struct user *out_user);
enum err pg_session_touch(struct store *s, const unsigned char *hash, int64_t seen_ms,
			  int64_t expires_ms);
enum err pg_session_list(struct store *s, int64_t user_id, int64_t now_ms, struct arena *a,
			 struct session_list *out);
enum err pg_session_delete(struct store *s, const unsigned char *hash);
enum err pg_session_delete_all(struct store *s, int64_t user_id, const unsigned char *except);
enum err pg_session_expire(struct store *s, int64_t now_ms);
enum err pg_active_users(struct store *s, int64_t since_ms, int64_t *out);

enum err pg_latest_set(struct store *s, int64_t latest);
enum err pg_latest_get(struct store *s, int64_t *out);

extern const struct notice_ops pg_notice_ops;

enum err pg_sample_put(struct store *s, const struct sample *samples, size_t count);
enum err pg_sample_list(struct store *s, const struct sample *after, int64_t until_s, size_t limit,
			struct arena *a, struct sample_list *out);
enum err pg_sample_trim(struct store *s, int64_t resolution_s, int64_t before_s);
enum err pg_recent_summary(struct store *s, int64_t from_id, size_t limit, struct arena *a,
			   struct post_summary *out);
enum err pg_recent_flagged(struct store *s, size_t limit, struct arena *a, struct post_list *out);

extern const struct account_ops pg_account_ops;
extern const struct moderation_ops pg_moderation;
extern const struct search_ops pg_search_ops;
extern const struct people_ops pg_people_ops;
extern const struct avatar_ops pg_avatar_ops;
extern const struct mail_ops pg_mail_ops;
/* A list of people, of a statement with a person, an id that all are below (0: none), and a count.
 */
enum err pg_side_list(struct pg *s, enum pg_statement which, int64_t user_id, int64_t before_id,
		      size_t limit, struct arena *a, struct user_list *out);
enum err pg_moderation_act(struct store *s, const struct moderation_act *acts, size_t count,
			   size_t *failed);
enum err pg_audit_list(struct store *s, const struct audit_filter *filter, size_t limit,
		       struct arena *a, struct audit_list *out);
enum err pg_report_create(struct store *s, const struct report *r);
enum err pg_report_get(struct store *s, int64_t id, struct arena *a, struct report *out);
enum err pg_report_list(struct store *s, const struct report_filter *filter, size_t limit,
			struct arena *a, struct report_list *out);
enum err pg_note_list(struct store *s, int64_t user_id, struct arena *a,
		      struct person_note_list *out);
enum err pg_warning_acknowledge(struct store *s, int64_t user_id, int64_t now_ms);
enum err pg_invitation_list(struct store *s, struct arena *a, struct invitation_list *out);
enum err pg_invitation_check(struct store *s, struct str code, int64_t now_ms);
enum err pg_user_admit(struct store *s, const struct user_new *u, struct str code, bool pending,
		       struct str reason, int64_t *out_id);
enum err pg_people_list(struct store *s, const struct people_filter *filter, size_t limit,
			struct arena *a, struct user_list *out);
/* In a transaction of the caller's: what is done to a person, as the operations of those names. */
enum err MUST_CHECK pg_state_change(struct pg_conn *c, int64_t user_id,
				    const struct user_standing *standing, int64_t deadline_us);
enum err MUST_CHECK pg_user_remove(struct pg_conn *c, int64_t id, int64_t deadline_us);
/* Runs `run` in a transaction that may take long, again where somebody else was in its way. */
typedef enum err pg_transaction_fn(struct pg_conn *c, void *arg, int64_t deadline_us);
enum err MUST_CHECK pg_transact(struct pg *s, pg_transaction_fn *run, void *arg);

enum err pg_bulk_begin(struct store *s, struct store_bulk **out);
enum err pg_bulk_user(struct store_bulk *b, const struct user_new *u, int64_t *out_id);
enum err pg_bulk_post(struct store_bulk *b, int64_t author_id, struct str text, int64_t created_ms,
		      bool flagged, int64_t *out_id);
enum err pg_bulk_follow(struct store_bulk *b, int64_t follower_id, int64_t followee_id);
enum err pg_bulk_origin_get(struct store_bulk *b, struct str kind, struct str source,
			    int64_t legacy_id, int64_t *out_id);
enum err pg_bulk_origin_set(struct store_bulk *b, struct str kind, struct str source,
			    int64_t legacy_id, int64_t id);
enum err pg_bulk_commit(struct store_bulk *b);
void pg_bulk_abort(struct store_bulk *b);

#endif
