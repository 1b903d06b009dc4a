/*
 * store.h: everything that Kinglet keeps, as typed operations on an opaque store.
 *
 * Promises, the same for each engine (tests/store runs one conformance suite through all):
 *  - A write that returned ERR_OK is durable (it survives kill -9 and loss of power) and is seen by
 *    every read that begins after it returned. A write that returned anything else changed nothing,
 *    but for ERR_IO and ERR_TIMEOUT of an engine that is not embedded: then the connection was lost
 *    or the answer late, and it may have happened, or happen within the next seconds.
 *  - Lists are ordered by id, newest first, unless said otherwise. Flagged posts appear in no
 *    timeline.
 *  - Rows that are returned lie in the arena that was passed in. Texts passed in are borrowed for
 *    the call. Outputs are untouched unless ERR_OK is returned.
 *  - Texts must be valid UTF-8 without NUL; the rules of lengths and characters are service's.
 *
 * Threads: every operation may be called from any thread at any time between open and close.
 * Reads of an embedded engine take microseconds and may run on an I/O loop (store_is_embedded());
 * writes wait for the disk or the network and may not.
 *
 * Errors common to all: ERR_IO (the storage failed), ERR_FULL (no space left), ERR_BUSY (too many
 * writes wait already), ERR_READ_ONLY (a write to a frozen database), ERR_TIMEOUT, ERR_TOO_LARGE
 * (the arena is full), ERR_INTERNAL. Only further ones are listed at each.
 */
#ifndef KINGLET_STORE_STORE_H
#define KINGLET_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "model/cursor.h"
#include "model/post.h"
#include "model/sample.h"
#include "model/session.h"
#include "model/user.h"
#include "store/migration.h"

struct store;

/* Names of limits; all lists are cut to this many rows, whatever was asked for. */
#define STORE_LIST_MAX 1000

/* ---- opening ------------------------------------------------------------------------------- */

struct store_config {
	struct str url;	 /* "sqlite:FILE"; a relative FILE lies in the working directory */
	bool must_exist; /* don't make the file: for commands that only look */
	/* Refuse (ERR_DENIED) where another process has it open so: a server keeps pages in memory,
	 * and would show old ones while another one writes. */
	bool only_server;
	size_t write_queue_max;	 /* writes that may wait at a time before ERR_BUSY; 0: 4096 */
	size_t cache_bytes;	 /* memory for the database's pages over all readers; 0: 24 MiB */
	size_t home_cache_bytes; /* memory for home timelines; 0: 16 MiB */
	int64_t slow_ms;	 /* operations that take that long are logged; 0: none */
	/* For a database server: */
	unsigned connections;  /* at a time, three or more; 0: 16 */
	int64_t timeout_ms;    /* the longest that one request waits in all; 0: 800 */
	int64_t start_wait_ms; /* how long store_open() waits for a server that is away */
};

/*
 * What stands before the first colon, where it can be an engine's name: lower-case letters and
 * digits; else empty. All that may be repeated of a URL, which may hold a password. Borrowed.
 */
struct str store_scheme(struct str url);
/*
 * Opens, and creates or migrates the schema. On failure `*why` (initialised by the caller) holds a
 * sentence for the operator that names what was refused: file not writable, not a database, newer
 * schema (ERR_DENIED), unknown engine (ERR_INVALID).
 */
enum err MUST_CHECK store_open(const struct store_config *config, struct store **out,
			       struct buf *why);
/*
 * Brings the schema of a database that exists up to date, online migrations included, or only looks
 * (MIGRATION_STATUS); migration.h says what `w` hears. Servers may run on it meanwhile. On failure
 * `*why` holds a sentence, the database stands before the migration that failed, and an online one
 * goes on next time from where it was.
 */
enum err MUST_CHECK store_migrate(struct str url, enum migration_mode mode,
				  const struct migration_watch *w, struct buf *why);
/* Waits for the writes that are under way. No other thread may be inside the store. NULL is fine.
 */
void store_close(struct store *s);
/* Reads take microseconds and never leave the process. */
bool store_is_embedded(const struct store *s);
/*
 * Can it be read and written at this moment? Cheap; for readiness checks. ERR_READ_ONLY: it is
 * frozen, and reads go on.
 */
enum err MUST_CHECK store_check(struct store *s);

/*
 * Freezes a database, or thaws it: while it is frozen every write, of whichever process, is
 * ERR_READ_ONLY and reads go on. Exact: whatever was or will be acknowledged is in what is read
 * after this returned, until it is thawed. It waits for the writes that are under way; ERR_BUSY
 * where one of them doesn't end. On failure `*why` holds a sentence, and nothing has changed.
 */
enum err MUST_CHECK store_set_frozen(struct str url, bool frozen, struct buf *why);

struct store_totals {
	int64_t users, posts, follows, sessions; /* posts: unflagged ones */
};
/* Exact at the time of the last commit, and cheap: kept, not counted. */
enum err MUST_CHECK store_totals(struct store *s, struct store_totals *out);

/*
 * How many people have used the place since `since_ms`: have a session that was noted as used since
 * then, or wrote a post. Reads all sessions that have not expired and all posts since then: not to
 * be asked often.
 */
enum err MUST_CHECK store_active_users(struct store *s, int64_t since_ms, int64_t *out);
/* Size of the database. Of a server that adds up files: not to be asked often. */
enum err MUST_CHECK store_file_bytes(struct store *s, int64_t *out);

/*
 * A number that grows with each commit after which any page of posts or people could look
 * different, whichever node wrote. Pages rendered from reads that began after it was read as N are
 * exact as long as it is N. 0 where it can't be known (the database is away): don't cache then. An
 * embedded engine reads it without a query; another one waits for a round trip, for 0.15 s at most,
 * so there it is no call for an I/O loop. It means nothing to another process.
 * What another process writes to an embedded store (an operator's command beside a server) queries
 * see at once; this number and the totals follow within 0.2 s.
 */
uint64_t store_version(struct store *s);

/* Upper bounds of how many writes share a commit. */
#define STORE_GROUP_BOUND_COUNT 9
extern const int64_t store_group_bounds[STORE_GROUP_BOUND_COUNT];

/* What the engine did since it was opened; for metrics. */
struct store_counters {
	int64_t commits, writes; /* writes/commits is the mean size of a group */
	int64_t groups[STORE_GROUP_BOUND_COUNT + 1]; /* commits by that; of an embedded engine */
	int64_t write_queue;			     /* waiting at this moment */
	int64_t home_hits, home_misses;
	int64_t file_bytes, wal_bytes; /* of an embedded engine, as is */
	int64_t disk_free_bytes;       /* what is left for them; -1: unknown */
	/* News between nodes, see store_subscribe(). Posts told to others, heard of from others,
	 * found by looking although nobody had told; how often subscribers had to begin anew; how
	 * long the last news of our own took to come back; 2: hears, 1: only looks, 0: neither. */
	int64_t news_sent, news_received, news_found, news_resyncs, news_lag_us, news_listening;

	/* For a database server: */
	int64_t db_open, db_lent;     /* connections at this moment */
	int64_t db_opened, db_failed; /* connections made, tries that failed */
	int64_t db_waits, db_refused; /* operations that waited for one; that got none */
	int64_t db_away;	      /* 1: it is away, as far as is known */
	int64_t db_errors[ERR_COUNT]; /* statements that failed because of the database */
};
void store_counters(struct store *s, struct store_counters *out);

/* ---- people -------------------------------------------------------------------------------- */

struct user_new {
	struct str name;
	struct str name_key; /* utf8_casefold(name): unique */
	struct str email;
	struct str pw_hash;
	enum user_role role;
	int64_t created_ms;
};

/* ERR_CONFLICT where name_key is taken. `out_id` may be NULL. */
enum err MUST_CHECK store_user_create(struct store *s, const struct user_new *u, int64_t *out_id);
/* ERR_NOT_FOUND. Counts are filled in. */
enum err MUST_CHECK store_user_get(struct store *s, int64_t id, struct arena *a, struct user *out);
enum err MUST_CHECK store_user_by_name(struct store *s, struct str name_key, struct arena *a,
				       struct user *out);
/* Everybody, oldest first, after user `after_id` (0: from the start). */
enum err MUST_CHECK store_user_list(struct store *s, int64_t after_id, size_t limit,
				    struct arena *a, struct user_list *out);
/*
 * ERR_NOT_FOUND. Where `expected` is not empty the hash is replaced only if it still is `expected`
 * (ERR_CONFLICT if not), so that a re-hash can't undo a change of password made meanwhile.
 */
enum err MUST_CHECK store_user_set_password(struct store *s, int64_t id, struct str expected,
					    struct str pw_hash);
/* ERR_NOT_FOUND. */
enum err MUST_CHECK store_user_set_role(struct store *s, int64_t id, enum user_role role);
/* ERR_NOT_FOUND. A tag, or empty; who calls checks it. */
enum err MUST_CHECK store_user_set_language(struct store *s, int64_t id, struct str language);
/* The person, their posts, follows in both directions and sessions, all at once. ERR_NOT_FOUND. */
enum err MUST_CHECK store_user_delete(struct store *s, int64_t id);

/* ---- posts and timelines ------------------------------------------------------------------- */

/*
 * ERR_NOT_FOUND where there is no such author, or no unflagged post `reply_to`, or where its author
 * and this one don't see each other for a block (store/people.h). The id is made by the store,
 * rising with each post. `out`, if not NULL, gets id, author_id and created_ms; its texts are
 * empty. Its id is 0 where nothing was written because the key was used before.
 */
enum err MUST_CHECK store_post_create(struct store *s, const struct post_new *p, struct post *out);
/* Flagged ones too; see .flagged. ERR_NOT_FOUND. */
enum err MUST_CHECK store_post_get(struct store *s, int64_t id, struct arena *a, struct post *out);
/* ERR_NOT_FOUND. */
enum err MUST_CHECK store_post_delete(struct store *s, int64_t id);
/* All of the ids or none: ERR_NOT_FOUND where one is unknown, and `*missing` (may be NULL) names
 * it. */
enum err MUST_CHECK store_post_set_flagged(struct store *s, const int64_t *ids, size_t count,
					   bool flagged, int64_t *missing);
/* Every post there is, flagged too, oldest first, after post `after_id`: for exports, in batches.
 */
enum err MUST_CHECK store_post_list_all(struct store *s, int64_t after_id, size_t limit,
					struct arena *a, struct post_list *out);

/* Unflagged answers to a post, oldest first, after post `after_id`; list.newer: there are more. */
enum err MUST_CHECK store_reply_list(struct store *s, int64_t post_id, int64_t after_id,
				     size_t limit, struct arena *a, struct post_list *out);
/*
 * Fills in reply_count, like_count and, for a viewer (0: nobody), liked, of up to STORE_LIST_MAX
 * posts. Costs two index probes where nobody answered or liked anything of about that time.
 */
enum err MUST_CHECK store_post_marks(struct store *s, int64_t viewer_id, struct post *posts,
				     size_t count);
/*
 * The person likes the post, or no longer. ERR_OK also where nothing changes; ERR_NOT_FOUND, for
 * `liked`, where either is unknown or the post is flagged.
 */
enum err MUST_CHECK store_like_set(struct store *s, int64_t user_id, int64_t post_id, bool liked);

/* Everybody's posts. */
enum err MUST_CHECK store_timeline_public(struct store *s, struct cursor at, size_t limit,
					  struct arena *a, struct post_list *out);
/* One person's; an unknown author has none. */
enum err MUST_CHECK store_timeline_user(struct store *s, int64_t author_id, struct cursor at,
					size_t limit, struct arena *a, struct post_list *out);
/* A person's own and those of whom they follow. */
enum err MUST_CHECK store_timeline_home(struct store *s, int64_t user_id, struct cursor at,
					size_t limit, struct arena *a, struct post_list *out);

/* ---- follows ------------------------------------------------------------------------------- */

/* Stored once, however often it is asked. ERR_NOT_FOUND where either is unknown, ERR_DENIED where
 * one has blocked the other. */
enum err MUST_CHECK store_follow_create(struct store *s, int64_t follower_id, int64_t followee_id);
/* ERR_OK also where there was none. */
enum err MUST_CHECK store_follow_delete(struct store *s, int64_t follower_id, int64_t followee_id);
enum err MUST_CHECK store_follow_exists(struct store *s, int64_t follower_id, int64_t followee_id,
					bool *out);
/*
 * Whom `user_id` follows, and who follows them, ordered by the other's user id, newest person
 * first, from the one before `before_id` on (0: the first). Counts are filled in.
 */
enum err MUST_CHECK store_following_list(struct store *s, int64_t user_id, int64_t before_id,
					 size_t limit, struct arena *a, struct user_list *out);
enum err MUST_CHECK store_follower_list(struct store *s, int64_t user_id, int64_t before_id,
					size_t limit, struct arena *a, struct user_list *out);

/* ---- sessions ------------------------------------------------------------------------------ */

/*
 * ERR_NOT_FOUND where there is no such person, ERR_CONFLICT where the hash is known. At most
 * `keep_max` sessions of one person are kept (this one always), the oldest go.
 */
enum err MUST_CHECK store_session_create(struct store *s, const struct session *session,
					 size_t keep_max);
/* The session and its person. ERR_NOT_FOUND for an unknown or expired (at `now_ms`) one. */
enum err MUST_CHECK store_session_find(struct store *s,
				       const unsigned char hash[SESSION_HASH_BYTES], int64_t now_ms,
				       struct arena *a, struct session *out, struct user *out_user);
/* Notes that it was used and lives until `expires_ms`. ERR_OK also where it is gone. */
enum err MUST_CHECK store_session_touch(struct store *s,
					const unsigned char hash[SESSION_HASH_BYTES],
					int64_t seen_ms, int64_t expires_ms);
/* Newest first. */
enum err MUST_CHECK store_session_list(struct store *s, int64_t user_id, int64_t now_ms,
				       struct arena *a, struct session_list *out);
/* ERR_OK also where it is gone. */
enum err MUST_CHECK store_session_delete(struct store *s,
					 const unsigned char hash[SESSION_HASH_BYTES]);
/* All of a person's, but for `except` (may be NULL). */
enum err MUST_CHECK store_session_delete_all(struct store *s, int64_t user_id,
					     const unsigned char *except);
/* Those that have expired at `now_ms`. */
enum err MUST_CHECK store_session_expire(struct store *s, int64_t now_ms);

/* ---- the simulator's `latest` -------------------------------------------------------------- */

/*
 * Doesn't wait: the next read sees it, and it is durable at the latest with the next write that the
 * same thread makes. The last call wins.
 */
enum err MUST_CHECK store_latest_set(struct store *s, int64_t latest);
/* -1 before any. */
enum err MUST_CHECK store_latest_get(struct store *s, int64_t *out);

/* ---- history for the dashboard -------------------------------------------------------------- */

/* Samples that may be put at once. */
#define STORE_SAMPLES_MAX 8
/*
 * Puts all of them or none; one of the same node, resolution and time is replaced. No page that
 * people see depends on them: store_version() stays. A database server that dies may lose those of
 * the last moments. ERR_INVALID: more than STORE_SAMPLES_MAX.
 */
enum err MUST_CHECK store_sample_put(struct store *s, const struct sample *samples, size_t count);
/*
 * Those of one resolution with `after` < (at_s, node) and at_s < until_s, of `after->node`s of all
 * names, by time and then by name: for reading on in batches, `after` is the last one read (of it
 * resolution, time and node are looked at). An index range.
 */
enum err MUST_CHECK store_sample_list(struct store *s, const struct sample *after, int64_t until_s,
				      size_t limit, struct arena *a, struct sample_list *out);
/* Removes those of one resolution that begin before `before_s`, of whichever node. */
enum err MUST_CHECK store_sample_trim(struct store *s, int64_t resolution_s, int64_t before_s);

/* Posts that the two operations below look at, the newest; so they cost the same however many
 * posts there are. */
#define STORE_RECENT_POSTS 10000
/* Of those with ids from `from_id` on: how many, and the `limit` people who wrote the most. */
enum err MUST_CHECK store_recent_summary(struct store *s, int64_t from_id, size_t limit,
					 struct arena *a, struct post_summary *out);
/* The flagged ones among the newest, newest first. */
enum err MUST_CHECK store_recent_flagged(struct store *s, size_t limit, struct arena *a,
					 struct post_list *out);

/* ---- news ---------------------------------------------------------------------------------- */

/* A post; or, where id is 0, somebody (author_id) who has a notice more. */
struct store_news_post {
	int64_t id, author_id;
};
/* Either posts that were committed, or `resync`: there may be any number that nobody will name. */
struct store_news {
	bool resync;
	const struct store_news_post *posts;
	size_t count;
};
/*
 * Called on a thread of the store's, one call at a time. It must be quick, and must not use the
 * store or (un)subscribe: it hands on.
 */
typedef void store_news_fn(void *user, const struct store_news *news);
struct store_subscription;

/*
 * From now on `fn` learns of each post that any node commits: some milliseconds after, in no
 * particular order, at least once and mostly once. It is a hint to look, never the only truth:
 * what was deleted or flagged meanwhile it doesn't say. Of notices it tells those of likes and
 * follows for certain; with the others comes a post. `resync` comes where news may have been
 * missed (also at the beginning, and after the connection to the database was lost): read again
 * whatever was derived from posts.
 */
struct store_subscription *store_subscribe(struct store *s, store_news_fn *fn, void *user);
/* `fn` is not called any more when this has returned. */
void store_unsubscribe(struct store *s, struct store_subscription *subscription);

/* ---- bulk: import, demonstration, benchmarks ----------------------------------------------- */

/*
 * One transaction that loads many rows: all of it is there after commit, or none. Other writers
 * wait (ERR_BUSY over the queue's limit), readers go on. One thread drives it; abort or commit
 * ends it and frees `b` in either case.
 */
struct store_bulk;
enum err MUST_CHECK store_bulk_begin(struct store *s, struct store_bulk **out);
/* As store_user_create(); the id is made from created_ms, or from now where that is to come. */
enum err MUST_CHECK store_bulk_user(struct store_bulk *b, const struct user_new *u,
				    int64_t *out_id);
/*
 * ERR_NOT_FOUND: no such author. The id is made from created_ms (or from now, where that is to
 * come) and rises within a millisecond in the order of calls; call in order of time.
 */
enum err MUST_CHECK store_bulk_post(struct store_bulk *b, int64_t author_id, struct str text,
				    int64_t created_ms, bool flagged, int64_t *out_id);
/* As store_follow_create(). */
enum err MUST_CHECK store_bulk_follow(struct store_bulk *b, int64_t follower_id,
				      int64_t followee_id);
/*
 * What an earlier import from `source` made of its row `legacy_id` (kind: "user", "post"), and the
 * note for the next one. ERR_NOT_FOUND where it made nothing. What was noted may have been deleted
 * since.
 */
enum err MUST_CHECK store_bulk_origin_get(struct store_bulk *b, struct str kind, struct str source,
					  int64_t legacy_id, int64_t *out_id);
enum err MUST_CHECK store_bulk_origin_set(struct store_bulk *b, struct str kind, struct str source,
					  int64_t legacy_id, int64_t id);
enum err MUST_CHECK store_bulk_commit(struct store_bulk *b);
void store_bulk_abort(struct store_bulk *b);

#endif
