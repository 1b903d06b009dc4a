/*
 * engine.h: what an engine of the store is: one function for each operation of store.h, with that
 * operation's promises. store.c picks the engine by the URL's scheme and passes calls on.
 *
 * An engine's own struct begins with a `struct store` (and that of its bulk load with a `struct
 * store_bulk`), so that it finds itself again. What is the same for all engines, such as the cut at
 * STORE_LIST_MAX, is done in store.c and not here.
 */
#ifndef KINGLET_STORE_ENGINE_H
#define KINGLET_STORE_ENGINE_H

#include "store/migration.h"
#include "store/news.h"
#include "store/search.h"
#include "store/store.h"

struct copy_end;
struct notice_ops;
struct store_engine;
struct moderation_ops;
struct avatar_ops;
struct people_ops;
struct mail_ops;

/* `*location` is what follows the scheme. NULL, and why, where there is no such engine. */
const struct store_engine *store_engine_find(struct str url, struct str *location, struct buf *why);

struct store {
	const struct store_engine *engine;
	int64_t slow_us;  /* store.c's: what takes that long is logged; 0: never */
	struct news news; /* the engine's to init, release, and feed */
};
struct store_bulk {
	const struct store_engine *engine;
};

struct store_engine {
	const char *scheme; /* of the URL, without the colon */
	bool embedded;

	/* `location` is the URL after the colon; defaults of `config` are filled in. */
	enum err (*open)(const struct store_config *config, struct str location, struct store **out,
			 struct buf *why);
	/* `url` is what libpq or SQLite understands: of an embedded engine the location alone. */
	enum err (*migrate)(struct str url, enum migration_mode mode,
			    const struct migration_watch *w, struct buf *why);
	void (*close)(struct store *s);
	/* Without opening the store: others may have it open. */
	enum err (*set_frozen)(const struct store_config *config, struct str location, bool frozen,
			       struct buf *why);
	/* One end of a copy. `url` is the whole one. A target is made where there is none, and held
	 * against servers. */
	enum err (*copy_open)(struct str url, struct str location, bool target,
			      struct copy_end **out, struct buf *why);
	enum err (*check)(struct store *s);
	enum err (*totals)(struct store *s, struct store_totals *out);
	enum err (*active_users)(struct store *s, int64_t since_ms, int64_t *out);
	enum err (*file_bytes)(struct store *s, int64_t *out);
	uint64_t (*version)(struct store *s);
	void (*counters)(struct store *s, struct store_counters *out);
	/* There are subscribers now: feed s->news also with what other nodes write. NULL: it always
	 * does. */
	void (*listen)(struct store *s);

	enum err (*user_create)(struct store *s, const struct user_new *u, int64_t *out_id);
	enum err (*user_get)(struct store *s, int64_t id, struct arena *a, struct user *out);
	enum err (*user_by_name)(struct store *s, struct str name_key, struct arena *a,
				 struct user *out);
	enum err (*user_list)(struct store *s, int64_t after_id, size_t limit, struct arena *a,
			      struct user_list *out);
	enum err (*user_set_password)(struct store *s, int64_t id, struct str expected,
				      struct str pw_hash);
	enum err (*user_set_role)(struct store *s, int64_t id, enum user_role role);
	enum err (*user_set_language)(struct store *s, int64_t id, struct str language);
	enum err (*user_delete)(struct store *s, int64_t id);

	enum err (*post_create)(struct store *s, const struct post_new *p, struct post *out);
	enum err (*post_get)(struct store *s, int64_t id, struct arena *a, struct post *out);
	enum err (*post_delete)(struct store *s, int64_t id);
	enum err (*post_set_flagged)(struct store *s, const int64_t *ids, size_t count,
				     bool flagged, int64_t *missing);
	enum err (*post_list_all)(struct store *s, int64_t after_id, size_t limit, struct arena *a,
				  struct post_list *out);

	enum err (*reply_list)(struct store *s, int64_t post_id, int64_t after_id, size_t limit,
			       struct arena *a, struct post_list *out);
	enum err (*post_marks)(struct store *s, int64_t viewer_id, struct post *posts,
			       size_t count);
	enum err (*like_set)(struct store *s, int64_t user_id, int64_t post_id, bool liked);

	enum err (*timeline_public)(struct store *s, struct cursor at, size_t limit,
				    struct arena *a, struct post_list *out);
	enum err (*timeline_user)(struct store *s, int64_t author_id, struct cursor at,
				  size_t limit, struct arena *a, struct post_list *out);
	enum err (*timeline_home)(struct store *s, int64_t user_id, struct cursor at, size_t limit,
				  struct arena *a, struct post_list *out);

	enum err (*follow_create)(struct store *s, int64_t follower_id, int64_t followee_id);
	enum err (*follow_delete)(struct store *s, int64_t follower_id, int64_t followee_id);
	enum err (*follow_exists)(struct store *s, int64_t follower_id, int64_t followee_id,
				  bool *out);
	enum err (*following_list)(struct store *s, int64_t user_id, int64_t before_id,
				   size_t limit, struct arena *a, struct user_list *out);
	enum err (*follower_list)(struct store *s, int64_t user_id, int64_t before_id, size_t limit,
				  struct arena *a, struct user_list *out);

	enum err (*session_create)(struct store *s, const struct session *session, size_t keep_max);
	enum err (*session_find)(struct store *s, const unsigned char *hash, int64_t now_ms,
				 struct arena *a, struct session *out, struct user *out_user);
	enum err (*session_touch)(struct store *s, const unsigned char *hash, int64_t seen_ms,
				  int64_t expires_ms);
	enum err (*session_list)(struct store *s, int64_t user_id, int64_t now_ms, struct arena *a,
				 struct session_list *out);
	enum err (*session_delete)(struct store *s, const unsigned char *hash);
	enum err (*session_delete_all)(struct store *s, int64_t user_id,
				       const unsigned char *except);
	enum err (*session_expire)(struct store *s, int64_t now_ms);

	enum err (*latest_set)(struct store *s, int64_t latest);
	enum err (*latest_get)(struct store *s, int64_t *out);

	const struct notice_ops *notice; /* store/notice.h */

	enum err (*sample_put)(struct store *s, const struct sample *samples, size_t count);
	enum err (*sample_list)(struct store *s, const struct sample *after, int64_t until_s,
				size_t limit, struct arena *a, struct sample_list *out);
	enum err (*sample_trim)(struct store *s, int64_t resolution_s, int64_t before_s);
	enum err (*recent_summary)(struct store *s, int64_t from_id, size_t limit, struct arena *a,
				   struct post_summary *out);
	enum err (*recent_flagged)(struct store *s, size_t limit, struct arena *a,
				   struct post_list *out);

	const struct account_ops *account;
	const struct moderation_ops *moderation;
	const struct search_ops *search;
	const struct people_ops *people;
	const struct avatar_ops *avatar;
	const struct mail_ops *mail;

	enum err (*bulk_begin)(struct store *s, struct store_bulk **out);
	enum err (*bulk_user)(struct store_bulk *b, const struct user_new *u, int64_t *out_id);
	enum err (*bulk_post)(struct store_bulk *b, int64_t author_id, struct str text,
			      int64_t created_ms, bool flagged, int64_t *out_id);
	enum err (*bulk_follow)(struct store_bulk *b, int64_t follower_id, int64_t followee_id);
	enum err (*bulk_origin_get)(struct store_bulk *b, struct str kind, struct str source,
				    int64_t legacy_id, int64_t *out_id);
	enum err (*bulk_origin_set)(struct store_bulk *b, struct str kind, struct str source,
				    int64_t legacy_id, int64_t id);
	enum err (*bulk_commit)(struct store_bulk *b);
	void (*bulk_abort)(struct store_bulk *b);
};

extern const struct store_engine sqlite_engine;
extern const struct store_engine postgres_engine;

#endif
