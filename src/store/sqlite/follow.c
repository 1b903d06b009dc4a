/* follow.c: who follows whom, in the SQLite engine. The lists are rows of people: see user.c. */
#include "store/sqlite/sqlite.h"

#include "base/clock.h"
#include "metrics/metrics.h"
#include "store/sqlite/write.h"

enum err sqlite_follow_exists(struct store *store, int64_t follower_id, int64_t followee_id,
			      bool *out)
{
	struct sqlite *s = sqlite_of(store);
	struct conn *c = readers_take(&s->readers);
	sqlite3_stmt *st = conn_stmt(c, STMT_FOLLOW_EXISTS);
	enum err e = ERR_OK;
	enum step step;

	bind_i64(st, 1, follower_id);
	bind_i64(st, 2, followee_id);
	step = stmt_step(st);
	if (step == STEP_FAILED)
		e = conn_err(c);
	else
		*out = step == STEP_ROW;
	stmt_reset(st);
	readers_put(&s->readers, c);
	return e;
}

struct pair {
	int64_t follower_id, followee_id;
	bool created;
};

/* The row has come or gone: the counters of both, and the total, by `delta`. */
static enum err count_pair(struct writer *w, int64_t follower_id, int64_t followee_id,
			   int64_t delta)
{
	enum err e = write_count(w, STMT_COUNT_FOLLOWING, follower_id, delta);

	if (e == ERR_OK)
		e = write_count(w, STMT_COUNT_FOLLOWERS, followee_id, delta);
	if (e != ERR_OK)
		return write_failed(e);
	writer_note_totals(w, (struct store_totals){.follows = delta});
	writer_note_home(w, HOME_FOLLOWS, 0, follower_id);
	return ERR_OK;
}

/* One of the two statements on a pair; true where it changed a row. */
static enum err change_pair(struct writer *w, enum statement which, int64_t follower_id,
			    int64_t followee_id, bool *changed)
{
	struct conn *c = writer_conn(w);
	sqlite3_stmt *st = conn_stmt(c, which);
	enum err e;

	bind_i64(st, 1, follower_id);
	bind_i64(st, 2, followee_id);
	e = conn_run(c, st);
	*changed = e == ERR_OK && conn_changes(c) > 0;
	return e;
}

static enum err insert_pair(struct writer *w, struct pair *pair)
{
	enum err e = write_may_follow(w, pair->follower_id, pair->followee_id);

	if (e == ERR_OK)
		e = change_pair(w, STMT_FOLLOW_INSERT, pair->follower_id, pair->followee_id,
				&pair->created);
	return pair->created ? count_pair(w, pair->follower_id, pair->followee_id, 1) : e;
}

/* What the followee is told, or was. */
static struct write_notice notice_of(const struct pair *pair)
{
	return (struct write_notice){
		.user_id = pair->followee_id,
		.kind = NOTICE_FOLLOW,
		.actor_id = pair->follower_id,
		.created_ms = clock_now_ms(),
	};
}

enum err write_follow(struct writer *w, int64_t follower_id, int64_t followee_id)
{
	struct pair pair = {follower_id, followee_id};

	return insert_pair(w, &pair);
}

static enum err create_job(struct writer *w, void *arg)
{
	struct pair *pair = arg;
	enum err e = insert_pair(w, pair);
	struct write_notice notice = notice_of(pair);

	return pair->created && e == ERR_OK ? write_notice(w, &notice) : e;
}

enum err sqlite_follow_create(struct store *store, int64_t follower_id, int64_t followee_id)
{
	struct pair pair = {follower_id, followee_id};
	enum err e;

	e = writer_run(sqlite_of(store)->writer, create_job, &pair);
	if (e == ERR_OK && pair.created)
		metrics_event(EVENT_FOLLOW_CREATED);
	return e;
}

enum err write_unfollow(struct writer *w, int64_t follower_id, int64_t followee_id)
{
	const struct pair pair = {follower_id, followee_id};
	struct write_notice notice = notice_of(&pair);
	bool changed;
	enum err e = change_pair(w, STMT_FOLLOW_DELETE, follower_id, followee_id, &changed);

	if (!changed)
		return e;
	e = count_pair(w, follower_id, followee_id, -1);
	return e == ERR_OK ? write_notice_undo(w, &notice) : e;
}

static enum err delete_job(struct writer *w, void *arg)
{
	const struct pair *pair = arg;

	return write_unfollow(w, pair->follower_id, pair->followee_id);
}

enum err sqlite_follow_delete(struct store *store, int64_t follower_id, int64_t followee_id)
{
	struct pair pair = {follower_id, followee_id};

	return writer_run(sqlite_of(store)->writer, delete_job, &pair);
}
