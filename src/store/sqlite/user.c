/* user.c: people in the SQLite engine. */
#include "store/sqlite/sqlite.h"

#include "base/clock.h"
#include "store/sqlite/write.h"

/* ---- reading -------------------------------------------------------------------------------- */

/* The one row of a bound statement, which is reset. */
static enum err user_one(struct conn *c, sqlite3_stmt *st, struct arena *a, struct user *out)
{
	enum err e = ERR_INTERNAL;

	e = stmt_row(c, st);
	if (e == ERR_OK)
		e = row_user(st, a, out);
	stmt_reset(st);
	return e;
}

/* Up to `limit` rows of a statement that was bound to give one more, which tells of further ones.
 */
enum err user_rows(struct conn *c, sqlite3_stmt *st, size_t limit, struct arena *a,
		   struct user_list *out)
{
	struct user_list list = {.items = arena_array(a, limit, sizeof(struct user))};
	enum err e = list.items ? ERR_OK : ERR_TOO_LARGE;
	enum step step = STEP_DONE;

	while (e == ERR_OK && (step = stmt_step(st)) == STEP_ROW) {
		if (list.count == limit) {
			list.more = true;
			break;
		}
		e = row_user(st, a, &list.items[list.count]);
		list.count++;
	}
	e = stmt_end(c, st, step, e);
	if (e == ERR_OK)
		*out = list;
	return e;
}

enum err sqlite_user_get(struct store *store, int64_t id, struct arena *a, struct user *out)
{
	struct sqlite *s = sqlite_of(store);
	struct conn *c = readers_take(&s->readers);
	sqlite3_stmt *st = conn_stmt(c, STMT_USER_BY_ID);
	enum err e;

	bind_i64(st, 1, id);
	e = user_one(c, st, a, out);
	readers_put(&s->readers, c);
	return e;
}

enum err sqlite_user_by_name(struct store *store, struct str name_key, struct arena *a,
			     struct user *out)
{
	struct sqlite *s = sqlite_of(store);
	struct conn *c = readers_take(&s->readers);
	sqlite3_stmt *st = conn_stmt(c, STMT_USER_BY_NAME);
	enum err e;

	bind_str(st, 1, name_key);
	e = user_one(c, st, a, out);
	readers_put(&s->readers, c);
	return e;
}

enum err sqlite_user_list(struct store *store, int64_t after_id, size_t limit, struct arena *a,
			  struct user_list *out)
{
	struct sqlite *s = sqlite_of(store);
	struct conn *c = readers_take(&s->readers);
	sqlite3_stmt *st = conn_stmt(c, STMT_USER_LIST);
	enum err e;

	bind_i64(st, 1, after_id);
	bind_i64(st, 2, (int64_t)limit + 1);
	e = user_rows(c, st, limit, a, out);
	readers_put(&s->readers, c);
	return e;
}

/* One side of the follows of a person; before_id 0 is the beginning. */
enum err user_side_list(struct sqlite *s, enum statement which, int64_t user_id, int64_t before_id,
			size_t limit, struct arena *a, struct user_list *out)
{
	struct conn *c = readers_take(&s->readers);
	sqlite3_stmt *st = conn_stmt(c, which);
	enum err e;

	bind_i64(st, 1, user_id);
	bind_i64(st, 2, before_id ? before_id : INT64_MAX);
	bind_i64(st, 3, (int64_t)limit + 1);
	e = user_rows(c, st, limit, a, out);
	readers_put(&s->readers, c);
	return e;
}

enum err sqlite_following_list(struct store *store, int64_t user_id, int64_t before_id,
			       size_t limit, struct arena *a, struct user_list *out)
{
	return user_side_list(sqlite_of(store), STMT_FOLLOWING_LIST, user_id, before_id, limit, a,
			      out);
}

enum err sqlite_follower_list(struct store *store, int64_t user_id, int64_t before_id, size_t limit,
			      struct arena *a, struct user_list *out)
{
	return user_side_list(sqlite_of(store), STMT_FOLLOWER_LIST, user_id, before_id, limit, a,
			      out);
}

/* ---- writing -------------------------------------------------------------------------------- */

enum err write_user(struct writer *w, int64_t id, const struct user_new *u)
{
	struct conn *c = writer_conn(w);
	sqlite3_stmt *st = conn_stmt(c, STMT_USER_INSERT);
	enum err e;

	bind_i64(st, 1, id);
	bind_str(st, 2, u->name);
	bind_str(st, 3, u->name_key);
	bind_str(st, 4, u->email);
	bind_str(st, 5, u->pw_hash);
	bind_i64(st, 6, u->role);
	bind_i64(st, 7, u->created_ms);
	e = conn_run(c, st);
	if (e == ERR_OK && conn_changes(c) == 0)
		e = ERR_CONFLICT;
	if (e != ERR_OK)
		return e;
	st = conn_stmt(c, STMT_COUNT_INSERT);
	bind_i64(st, 1, id);
	e = conn_run(c, st);
	if (e != ERR_OK)
		return write_failed(e);
	writer_note_totals(w, (struct store_totals){.users = 1});
	writer_note_visible(w);
	return ERR_OK;
}

struct create {
	const struct user_new *user;
	int64_t id;
};

static enum err create_job(struct writer *w, void *arg)
{
	struct create *create = arg;

	create->id = writer_next_id(w, clock_now_ms());
	return write_user(w, create->id, create->user);
}

enum err sqlite_user_create(struct store *store, const struct user_new *u, int64_t *out_id)
{
	struct create create = {.user = u};
	enum err e = writer_run(sqlite_of(store)->writer, create_job, &create);

	if (e == ERR_OK && out_id)
		*out_id = create.id;
	return e;
}

/* On the writer's connection, so that it sees what the group wrote before. */
static enum err user_exists(struct conn *c, int64_t id)
{
	sqlite3_stmt *st = conn_stmt(c, STMT_USER_BY_ID);
	enum step step;
	enum err e;

	bind_i64(st, 1, id);
	step = stmt_step(st);
	e = step == STEP_ROW ? ERR_OK : step == STEP_DONE ? ERR_NOT_FOUND : conn_err(c);
	stmt_reset(st);
	return e;
}

struct set_password {
	int64_t id;
	struct str expected, pw_hash;
};

static enum err set_password_job(struct writer *w, void *arg)
{
	const struct set_password *set = arg;
	struct conn *c = writer_conn(w);
	sqlite3_stmt *st = conn_stmt(c, STMT_USER_SET_PASSWORD);
	enum err e;

	bind_i64(st, 1, set->id);
	bind_str(st, 2, set->pw_hash);
	bind_str(st, 3, set->expected);
	e = conn_run(c, st);
	if (e == ERR_OK && conn_changes(c) == 0) {
		e = user_exists(c, set->id);
		if (e == ERR_OK)
			e = ERR_CONFLICT;
	}
	return e;
}

enum err sqlite_user_set_password(struct store *store, int64_t id, struct str expected,
				  struct str pw_hash)
{
	struct set_password set = {.id = id, .expected = expected, .pw_hash = pw_hash};

	return writer_run(sqlite_of(store)->writer, set_password_job, &set);
}

struct set_role {
	int64_t id;
	enum user_role role;
};

enum err write_user_role(struct writer *w, int64_t id, enum user_role role)
{
	struct conn *c = writer_conn(w);
	sqlite3_stmt *st = conn_stmt(c, STMT_USER_SET_ROLE);
	enum err e;

	bind_i64(st, 1, id);
	bind_i64(st, 2, role);
	e = conn_run(c, st);
	if (e == ERR_OK && conn_changes(c) == 0)
		e = ERR_NOT_FOUND;
	if (e == ERR_OK)
		writer_note_visible(w);
	return e;
}

static enum err set_role_job(struct writer *w, void *arg)
{
	const struct set_role *set = arg;

	return write_user_role(w, set->id, set->role);
}

enum err sqlite_user_set_role(struct store *store, int64_t id, enum user_role role)
{
	struct set_role set = {.id = id, .role = role};

	return writer_run(sqlite_of(store)->writer, set_role_job, &set);
}

struct set_language {
	int64_t id;
	struct str language;
};

/* Only its own person sees it: no page that is kept looks different. */
static enum err set_language_job(struct writer *w, void *arg)
{
	const struct set_language *set = arg;
	struct conn *c = writer_conn(w);
	sqlite3_stmt *st = conn_stmt(c, STMT_USER_SET_LANGUAGE);
	enum err e;

	bind_i64(st, 1, set->id);
	bind_str(st, 2, set->language);
	e = conn_run(c, st);
	return e == ERR_OK && conn_changes(c) == 0 ? ERR_NOT_FOUND : e;
}

enum err sqlite_user_set_language(struct store *store, int64_t id, struct str language)
{
	struct set_language set = {.id = id, .language = language};

	return writer_run(sqlite_of(store)->writer, set_language_job, &set);
}

/* What goes with a person, and what of it is counted. */
enum { FOLLOWS, SESSIONS, POSTS, NOTHING };
static const struct {
	enum statement which;
	int counts;
} delete_steps[] = {
	{STMT_COUNT_LOSE_FOLLOWER, NOTHING},
	{STMT_COUNT_LOSE_FOLLOWEE, NOTHING},
	{STMT_FOLLOW_DELETE_BY_FOLLOWER, FOLLOWS},
	{STMT_FOLLOW_DELETE_BY_FOLLOWEE, FOLLOWS},
	{STMT_SESSION_DELETE_BY_USER, SESSIONS},
	{STMT_NOTICE_TAKE_AUTHOR, NOTHING},
	{STMT_NOTICE_DELETE_BY_USER, NOTHING},
	{STMT_NOTICE_DELETE_BY_ACTOR, NOTHING},
	{STMT_NOTICE_STATE_DELETE, NOTHING},
	{STMT_NOTICE_SETTING_DELETE, NOTHING},
	{STMT_POST_DELETE_BY_AUTHOR, NOTHING},
	{STMT_FLAG_DROP_BY_AUTHOR, NOTHING},
	{STMT_STANDING_DELETE, NOTHING},
	{STMT_REPORT_LOSE_SUBJECT, NOTHING},
	{STMT_REPORT_LOSE_REPORTER, NOTHING},
	{STMT_REPORT_LOSE_CLAIMER, NOTHING},
	{STMT_REPORT_LOSE_CLOSER, NOTHING},
	{STMT_NOTE_LOSE_USER, NOTHING},
	{STMT_NOTE_LOSE_AUTHOR, NOTHING},
	{STMT_INVITATION_LOSE_CREATOR, NOTHING},
	{STMT_AUDIT_LOSE_ACTOR, NOTHING},
	{STMT_AUDIT_LOSE_USER, NOTHING},
	{STMT_COUNT_DELETE, NOTHING},
	{STMT_USER_DELETE, NOTHING},
};

/*
 * In this order because the counters of others are found through the follows. A follow of oneself
 * is in both directions, and goes with the first.
 */
enum err write_user_delete(struct writer *w, int64_t id)
{
	struct conn *c = writer_conn(w);
	struct store_totals gone = {.users = -1};
	sqlite3_stmt *st = conn_stmt(c, STMT_USER_BY_ID);
	enum err e;

	bind_i64(st, 1, id);
	e = stmt_row(c, st);
	if (e == ERR_OK)
		gone.posts = -column_i64(st, 6);
	stmt_reset(st);
	if (e == ERR_OK)
		e = write_index_remove_author(w, id);
	if (e != ERR_OK)
		return e;
	for (size_t i = 0; i < sizeof(delete_steps) / sizeof(delete_steps[0]); i++) {
		st = conn_stmt(c, delete_steps[i].which);
		bind_i64(st, 1, id);
		if (delete_steps[i].which == STMT_SESSION_DELETE_BY_USER)
			bind_bytes(st, 2, NULL, 0);
		e = conn_run(c, st);
		if (e != ERR_OK)
			return write_failed(e);
		if (delete_steps[i].counts == FOLLOWS)
			gone.follows -= conn_changes(c);
		else if (delete_steps[i].counts == SESSIONS)
			gone.sessions -= conn_changes(c);
	}
	writer_note_totals(w, gone);
	writer_note_home(w, HOME_PERSON_GONE, 0, id);
	return ERR_OK;
}

static enum err delete_job(struct writer *w, void *arg)
{
	return write_user_delete(w, *(const int64_t *)arg);
}

enum err sqlite_user_delete(struct store *store, int64_t id)
{
	return writer_run(sqlite_of(store)->writer, delete_job, &id);
}
