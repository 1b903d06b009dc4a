/*
 * write.h: what operations and bulk loads write alike. To be called on the writer's thread, inside
 * a transaction; they keep the rule of jobs (writer.h), counters included.
 */
#ifndef KINGLET_STORE_SQLITE_WRITE_H
#define KINGLET_STORE_SQLITE_WRITE_H

#include "store/moderation.h"
#include "model/notice.h"
#include "store/search_text.h"
#include "store/sqlite/writer.h"

/* ERR_CONFLICT where the name is taken. */
enum err MUST_CHECK write_user(struct writer *w, int64_t id, const struct user_new *u);

/* ERR_NOT_FOUND. */
enum err MUST_CHECK write_user_role(struct writer *w, int64_t id, enum user_role role);

struct write_post {
	int64_t id, author_id;
	struct str text;
	int64_t created_ms;
	bool flagged;
	struct str warning;
	int64_t reply_to;
	/* What to index, by write_post_document(); or, with write_post_tags(), the tags alone: its
	 * words enter the index with those of others. */
	struct search_document document;
	struct str words;
};
/* Before the transaction, so that the writer doesn't cut texts into words. */
enum err MUST_CHECK write_post_document(struct arena *a, struct write_post *p);
enum err MUST_CHECK write_post_tags(struct arena *a, struct write_post *p);
/* ERR_NOT_FOUND where there is no such author. */
enum err MUST_CHECK write_post(struct writer *w, const struct write_post *p);
/* ERR_NOT_FOUND where it is gone (author 0), or flagged. Changes nothing. */
enum err MUST_CHECK write_post_is_shown(struct writer *w, int64_t id, int64_t *author_id);
/*
 * The index of a post's words and tags: adds it, with `words` of search_document_words(); takes it
 * out, for a post that is still there as it was indexed; the same for all posts of a person.
 */
enum err MUST_CHECK write_index(struct writer *w, int64_t id, const struct search_document *d,
				struct str words);
/* The tags alone; the words wait for write_index_rest(). */
enum err MUST_CHECK write_unindexed(struct writer *w, int64_t id, const struct search_document *d);
/* Enters the words of all posts that were written without, which the searching reader has had to
 * look at one by one. */
enum err MUST_CHECK write_index_rest(struct writer *w);
enum err MUST_CHECK write_index_remove(struct writer *w, int64_t id);
enum err MUST_CHECK write_index_remove_author(struct writer *w, int64_t author_id);
/* Once, however often. ERR_NOT_FOUND where either is unknown. */
enum err MUST_CHECK write_follow(struct writer *w, int64_t follower_id, int64_t followee_id);
/* ERR_DENIED where one has blocked the other. Changes nothing. */
enum err MUST_CHECK write_may_follow(struct writer *w, int64_t follower_id, int64_t followee_id);
/* ERR_OK also where there was none. */
enum err MUST_CHECK write_unfollow(struct writer *w, int64_t follower_id, int64_t followee_id);
/* Adds `delta` to a counter of one person; `which` is a STMT_COUNT_. ERR_NOT_FOUND. */
enum err MUST_CHECK write_count(struct writer *w, enum statement which, int64_t user_id,
				int64_t delta);

/* A person with all of theirs; a post; a flag of it. ERR_NOT_FOUND. */
enum err MUST_CHECK write_user_delete(struct writer *w, int64_t id);
enum err MUST_CHECK write_post_delete(struct writer *w, int64_t id);
enum err MUST_CHECK write_post_flagged(struct writer *w, int64_t id, bool flagged);
/* ERR_NOT_FOUND. Changes nothing. */
enum err MUST_CHECK write_post_exists(struct writer *w, int64_t id);
/* As store_setting_put(). */
enum err MUST_CHECK write_setting(struct writer *w, struct str name, struct str value,
				  int64_t now_ms);

/* Whether somebody may take part. ERR_NOT_FOUND. */
enum err MUST_CHECK user_state_find(struct writer *w, int64_t user_id, enum user_state *out);
/* ERR_NOT_FOUND where there is no such person, or one who may not take part. */
enum err MUST_CHECK user_is_active(struct writer *w, int64_t user_id);
/* As store_user_state_set(). */
enum err MUST_CHECK write_user_state(struct writer *w, int64_t user_id,
				     const struct user_standing *standing);
/* Is a post of somebody who is out of sight to stay so when they come back? */
enum err MUST_CHECK write_flag_kept(struct writer *w, int64_t post_id, int64_t author_id,
				    bool flagged);
/* What somebody is told of; see model/notice.h. */
struct write_notice {
	int64_t user_id; /* who is told */
	enum notice_kind kind;
	int64_t actor_id, post_id; /* post_id 0: about none */
	int64_t created_ms;
};
/*
 * Nothing is told of oneself, of what the person has switched off, or twice; nor to a person who
 * isn't there. `actor_id` must be.
 */
enum err MUST_CHECK write_notice(struct writer *w, const struct write_notice *n);
/* What caused it was undone: it goes where it hasn't been read. */
enum err MUST_CHECK write_notice_undo(struct writer *w, const struct write_notice *n);
/* A post goes: all that is told of it. */
enum err MUST_CHECK write_notice_post_gone(struct writer *w, int64_t post_id);

/*
 * For an error after a job's first change: whatever it was, the transaction can't be kept, so it
 * must not look like an answer.
 */
static inline enum err write_failed(enum err e)
{
	return e == ERR_FULL || e == ERR_IO || e == ERR_BUSY ? e : ERR_INTERNAL;
}

#endif
