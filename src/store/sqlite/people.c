/*
 * people.c: profiles, blocks and mutes in the SQLite engine. Rows of a person who is deleted follow
 * by themselves (ON DELETE CASCADE).
 */
#include "store/people.h"

#include "store/sqlite/sqlite.h"
#include "store/sqlite/write.h"

/* ---- whom somebody doesn't see -------------------------------------------------------------- */

struct link {
	int64_t user_id, other_id;
	bool on, blocks;
};

static enum err run_pair(struct conn *c, enum statement which, int64_t a, int64_t b)
{
	sqlite3_stmt *st = conn_stmt(c, which);

	bind_i64(st, 1, a);
	bind_i64(st, 2, b);
	return conn_run(c, st);
}

static enum err link_job(struct writer *w, void *arg)
{
	const struct link *l = arg;
	struct conn *c = writer_conn(w);
	enum statement put = l->blocks ? STMT_BLOCK_INSERT : STMT_MUTE_INSERT;
	enum statement drop = l->blocks ? STMT_BLOCK_DELETE : STMT_MUTE_DELETE;
	enum err e = run_pair(c, l->on ? put : drop, l->user_id, l->other_id);

	if (e != ERR_OK || !l->on || conn_changes(c) == 0)
		return e;
	/* The blocked doesn't see the one who blocks, either. */
	e = run_pair(c, STMT_SELECTIVE_SET, l->user_id, l->blocks ? l->other_id : l->user_id);
	if (e == ERR_OK && l->blocks)
		e = write_unfollow(w, l->user_id, l->other_id);
	if (e == ERR_OK && l->blocks)
		e = write_unfollow(w, l->other_id, l->user_id);
	return e == ERR_OK ? ERR_OK : write_failed(e);
}

static enum err block_set(struct store *store, int64_t user_id, int64_t other_id, bool blocked)
{
	struct link l = {user_id, other_id, blocked, true};

	return writer_run(sqlite_of(store)->writer, link_job, &l);
}

static enum err mute_set(struct store *store, int64_t user_id, int64_t other_id, bool muted)
{
	struct link l = {user_id, other_id, muted, false};

	return writer_run(sqlite_of(store)->writer, link_job, &l);
}

enum err write_may_follow(struct writer *w, int64_t follower_id, int64_t followee_id)
{
	struct conn *c = writer_conn(w);
	sqlite3_stmt *st = conn_stmt(c, STMT_BLOCK_BETWEEN);
	enum step step;
	enum err e;

	bind_i64(st, 1, follower_id);
	bind_i64(st, 2, followee_id);
	step = stmt_step(st);
	e = step == STEP_FAILED ? conn_err(c) : step == STEP_ROW ? ERR_DENIED : ERR_OK;
	stmt_reset(st);
	return e;
}

/* Doubles the room where it is used up. */
static enum err make_room(struct arena *a, struct unseen_list *list, size_t *room)
{
	struct unseen *items;

	if (list->count < *room)
		return ERR_OK;
	items = arena_array(a, *room * 2, sizeof(struct unseen));
	if (!items)
		return ERR_TOO_LARGE;
	for (size_t i = 0; i < list->count; i++)
		items[i] = list->items[i];
	*room *= 2;
	list->items = items;
	return ERR_OK;
}

static enum err unseen_list(struct store *store, int64_t viewer_id, struct arena *a,
			    struct unseen_list *out)
{
	struct sqlite *s = sqlite_of(store);
	struct conn *c = readers_take(&s->readers);
	sqlite3_stmt *st = conn_stmt(c, STMT_UNSEEN_LIST);
	size_t room = 16;
	struct unseen_list list = {.items = arena_array(a, room, sizeof(struct unseen))};
	enum err e = list.items ? ERR_OK : ERR_TOO_LARGE;
	enum step step = STEP_DONE;

	bind_i64(st, 1, viewer_id);
	while (e == ERR_OK && (step = stmt_step(st)) == STEP_ROW) {
		e = make_room(a, &list, &room);
		if (e == ERR_OK)
			list.items[list.count++] = (struct unseen){column_i64(st, 0),
								   (int)column_i64(st, 1)};
	}
	e = stmt_end(c, st, step, e);
	readers_put(&s->readers, c);
	if (e == ERR_OK)
		*out = list;
	return e;
}

static enum err block_list(struct store *store, int64_t user_id, int64_t before_id, size_t limit,
			   struct arena *a, struct user_list *out)
{
	return user_side_list(sqlite_of(store), STMT_BLOCK_LIST, user_id, before_id, limit, a, out);
}

static enum err mute_list(struct store *store, int64_t user_id, int64_t before_id, size_t limit,
			  struct arena *a, struct user_list *out)
{
	return user_side_list(sqlite_of(store), STMT_MUTE_LIST, user_id, before_id, limit, a, out);
}

static enum err suggestions(struct store *store, int64_t user_id, size_t limit, struct arena *a,
			    struct user_list *out)
{
	return user_side_list(sqlite_of(store), STMT_SUGGESTIONS, user_id, 0, limit, a, out);
}

/* A probe each, on one connection: that is cheaper here than one statement for a list. */
static enum err follow_marks(struct store *store, int64_t follower_id, const int64_t *ids,
			     size_t count, bool *out)
{
	struct sqlite *s = sqlite_of(store);
	struct conn *c = readers_take(&s->readers);
	sqlite3_stmt *st = conn_stmt(c, STMT_FOLLOW_EXISTS);
	enum err e = ERR_OK;

	for (size_t i = 0; e == ERR_OK && i < count; i++) {
		enum step step;

		bind_i64(st, 1, follower_id);
		bind_i64(st, 2, ids[i]);
		step = stmt_step(st);
		out[i] = step == STEP_ROW;
		e = step == STEP_FAILED ? conn_err(c) : ERR_OK;
		stmt_reset(st);
	}
	readers_put(&s->readers, c);
	return e;
}

/* ---- how they present themselves ------------------------------------------------------------ */

static enum err profile_job(struct writer *w, void *arg)
{
	const struct profile_new *profile = arg;
	struct conn *c = writer_conn(w);
	sqlite3_stmt *st = conn_stmt(c, STMT_DISPLAY_SET);
	enum err e;

	bind_i64(st, 1, profile->user_id);
	bind_str(st, 2, profile->display);
	e = conn_run(c, st);
	if (e == ERR_OK && conn_changes(c) == 0)
		return ERR_NOT_FOUND;
	if (e != ERR_OK)
		return e;
	st = conn_stmt(c, STMT_PROFILE_PUT);
	bind_i64(st, 1, profile->user_id);
	bind_str(st, 2, profile->bio);
	bind_str(st, 3, profile->link);
	e = conn_run(c, st);
	if (e != ERR_OK)
		return write_failed(e);
	writer_note_renamed(w);
	return ERR_OK;
}

static enum err profile_set(struct store *store, const struct profile_new *profile)
{
	struct profile_new copy = *profile;

	return writer_run(sqlite_of(store)->writer, profile_job, &copy);
}

static enum err profile_get(struct store *store, int64_t user_id, struct arena *a,
			    struct profile *out)
{
	struct sqlite *s = sqlite_of(store);
	struct conn *c = readers_take(&s->readers);
	sqlite3_stmt *st = conn_stmt(c, STMT_PROFILE_GET);
	struct profile profile = {STR(""), STR("")};
	enum err e = ERR_OK;

	bind_i64(st, 1, user_id);
	switch (stmt_step(st)) {
	case STEP_ROW:
		profile = (struct profile){column_str(st, 0, a), column_str(st, 1, a)};
		if (!profile.bio.ptr || !profile.link.ptr)
			e = ERR_TOO_LARGE;
		break;
	case STEP_DONE:
		break;
	case STEP_FAILED:
		e = conn_err(c);
		break;
	}
	stmt_reset(st);
	readers_put(&s->readers, c);
	if (e == ERR_OK)
		*out = profile;
	return e;
}

const struct people_ops sqlite_people_ops = {
	.block_set = block_set,
	.mute_set = mute_set,
	.unseen_list = unseen_list,
	.block_list = block_list,
	.mute_list = mute_list,
	.suggestions = suggestions,
	.follow_marks = follow_marks,
	.profile_set = profile_set,
	.profile_get = profile_get,
};
