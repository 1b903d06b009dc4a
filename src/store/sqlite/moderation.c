/*
 * moderation.c: who may take part, and settings, in the SQLite engine.
 *
 * The posts of a person who is out of sight are flagged in the transaction that takes them out of
 * it. So no list asks for anybody's state, and memory follows as for any flag.
 */
#include "store/sqlite/sqlite.h"

#include "store/moderation.h"
#include "store/sqlite/write.h"

/* ---- reading -------------------------------------------------------------------------------- */

static enum err state_get(struct store *store, int64_t user_id, struct arena *a,
			  struct user_standing *out)
{
	struct sqlite *s = sqlite_of(store);
	struct conn *c = readers_take(&s->readers);
	sqlite3_stmt *st = conn_stmt(c, STMT_STANDING_GET);
	struct user_standing row = {.state = USER_ACTIVE};
	enum step step;
	enum err e;

	bind_i64(st, 1, user_id);
	step = stmt_step(st);
	e = step == STEP_ROW ? ERR_OK : step == STEP_DONE ? ERR_NOT_FOUND : conn_err(c);
	if (e == ERR_OK) {
		row.state = (enum user_state)column_i64(st, 0);
		row.since_ms = column_i64(st, 1);
		row.until_ms = column_i64(st, 2);
		row.reason = column_str(st, 3, a);
		e = row.reason.ptr ? ERR_OK : ERR_TOO_LARGE;
	}
	stmt_reset(st);
	readers_put(&s->readers, c);
	if (e == ERR_OK)
		*out = row;
	return e;
}

static enum err state_list(struct store *store, enum user_state state, int64_t after_id,
			   size_t limit, struct arena *a, struct user_list *out)
{
	struct sqlite *s = sqlite_of(store);
	struct user_list list = {.items = arena_array(a, limit, sizeof(struct user))};
	struct conn *c = readers_take(&s->readers);
	sqlite3_stmt *st = conn_stmt(c, STMT_STANDING_LIST);
	enum err e = list.items ? ERR_OK : ERR_TOO_LARGE;
	enum step step = STEP_DONE;

	bind_i64(st, 1, state);
	bind_i64(st, 2, after_id);
	bind_i64(st, 3, (int64_t)limit + 1);
	while (e == ERR_OK && !list.more && (step = stmt_step(st)) == STEP_ROW) {
		list.more = list.count == limit;
		if (!list.more)
			e = row_user(st, a, &list.items[list.count++]);
	}
	e = stmt_end(c, st, step, e);
	readers_put(&s->readers, c);
	if (e == ERR_OK)
		*out = list;
	return e;
}

/* More than there are names of settings. */
#define SETTINGS_MAX 100

static enum err setting_list(struct store *store, struct arena *a, struct setting_list *out)
{
	struct sqlite *s = sqlite_of(store);
	struct setting_list list = {.items = arena_array(a, SETTINGS_MAX, sizeof(struct setting))};
	struct conn *c = readers_take(&s->readers);
	sqlite3_stmt *st = conn_stmt(c, STMT_SETTING_LIST);
	enum err e = list.items ? ERR_OK : ERR_TOO_LARGE;
	enum step step = STEP_DONE;

	while (e == ERR_OK && list.count < SETTINGS_MAX && (step = stmt_step(st)) == STEP_ROW) {
		struct setting *item = &list.items[list.count++];

		*item = (struct setting){column_str(st, 0, a), column_str(st, 1, a)};
		e = item->name.ptr && item->value.ptr ? ERR_OK : ERR_TOO_LARGE;
	}
	e = stmt_end(c, st, step, e);
	readers_put(&s->readers, c);
	if (e == ERR_OK)
		*out = list;
	return e;
}

static enum err moderation_counts(struct store *store, struct moderation_counts *out)
{
	struct sqlite *s = sqlite_of(store);
	struct conn *c = readers_take(&s->readers);
	sqlite3_stmt *st = conn_stmt(c, STMT_MODERATION_COUNTS);
	enum err e = stmt_step(st) == STEP_ROW ? ERR_OK : conn_err(c);

	if (e == ERR_OK)
		*out = (struct moderation_counts){column_i64(st, 0), column_i64(st, 1)};
	stmt_reset(st);
	readers_put(&s->readers, c);
	return e;
}

/* ---- whether somebody may take part --------------------------------------------------------- */

enum err user_state_find(struct writer *w, int64_t user_id, enum user_state *out)
{
	struct conn *c = writer_conn(w);
	sqlite3_stmt *st = conn_stmt(c, STMT_USER_STATE);
	enum step step;
	enum err e;

	bind_i64(st, 1, user_id);
	step = stmt_step(st);
	e = step == STEP_ROW ? ERR_OK : step == STEP_DONE ? ERR_NOT_FOUND : conn_err(c);
	if (e == ERR_OK)
		*out = (enum user_state)column_i64(st, 0);
	stmt_reset(st);
	return e;
}

enum err user_is_active(struct writer *w, int64_t user_id)
{
	enum user_state state = USER_ACTIVE;
	enum err e = user_state_find(w, user_id, &state);

	return e == ERR_OK && state != USER_ACTIVE ? ERR_NOT_FOUND : e;
}

enum err write_flag_kept(struct writer *w, int64_t post_id, int64_t author_id, bool flagged)
{
	struct conn *c = writer_conn(w);
	sqlite3_stmt *st = conn_stmt(c, flagged ? STMT_FLAG_KEEP : STMT_FLAG_DROP);

	bind_i64(st, 1, post_id);
	if (flagged)
		bind_i64(st, 2, author_id);
	return conn_run(c, st);
}

static enum err run_of(struct conn *c, enum statement which, int64_t user_id)
{
	sqlite3_stmt *st = conn_stmt(c, which);

	bind_i64(st, 1, user_id);
	if (which == STMT_SESSION_DELETE_BY_USER)
		bind_bytes(st, 2, NULL, 0);
	return conn_run(c, st);
}

/* Takes all posts of a person out of sight, or brings them back but for those flagged on purpose.
 */
static enum err show_posts(struct writer *w, int64_t user_id, bool shown)
{
	struct conn *c = writer_conn(w);
	int64_t count = 0;
	enum err e = shown ? ERR_OK : run_of(c, STMT_FLAG_KEEP_BY_AUTHOR, user_id);

	if (e == ERR_OK)
		e = run_of(c, shown ? STMT_POST_SHOW_BY_AUTHOR : STMT_POST_HIDE_BY_AUTHOR, user_id);
	if (e == ERR_OK) {
		count = shown ? conn_changes(c) : -conn_changes(c);
		e = write_count(w, STMT_COUNT_POSTS, user_id, count);
	}
	if (e == ERR_OK && shown)
		e = run_of(c, STMT_FLAG_DROP_BY_AUTHOR, user_id);
	if (e != ERR_OK)
		return e;
	writer_note_totals(w, (struct store_totals){.posts = count});
	if (shown)
		writer_note_everything(w);
	else
		writer_note_home(w, HOME_PERSON_GONE, 0, user_id);
	return ERR_OK;
}

static enum err put_standing(struct writer *w, int64_t user_id,
			     const struct user_standing *standing)
{
	struct conn *c = writer_conn(w);
	sqlite3_stmt *st = conn_stmt(c, STMT_USER_STATE_SET);
	enum err e;

	bind_i64(st, 1, user_id);
	bind_i64(st, 2, standing->state);
	e = conn_run(c, st);
	if (e == ERR_OK && standing->state == USER_ACTIVE)
		return run_of(c, STMT_STANDING_DELETE, user_id);
	if (e != ERR_OK)
		return e;
	st = conn_stmt(c, STMT_STANDING_PUT);
	bind_i64(st, 1, user_id);
	bind_i64(st, 2, standing->state);
	bind_i64(st, 3, standing->since_ms);
	bind_i64(st, 4, standing->until_ms);
	bind_str(st, 5, standing->reason);
	e = conn_run(c, st);
	if (e == ERR_OK)
		e = run_of(c, STMT_SESSION_DELETE_BY_USER, user_id);
	if (e == ERR_OK)
		writer_note_totals(w, (struct store_totals){.sessions = -conn_changes(c)});
	return e;
}

enum err write_user_state(struct writer *w, int64_t user_id, const struct user_standing *standing)
{
	enum user_state before = USER_ACTIVE;
	bool hides = user_state_hides(standing->state);
	enum err e = user_state_find(w, user_id, &before);

	if (e != ERR_OK)
		return e;
	e = put_standing(w, user_id, standing);
	if (e == ERR_OK && user_state_hides(before) != hides)
		e = show_posts(w, user_id, !hides);
	if (e != ERR_OK)
		return write_failed(e);
	writer_note_visible(w);
	return ERR_OK;
}

struct set_state {
	int64_t user_id;
	const struct user_standing *standing;
};

static enum err set_state_job(struct writer *w, void *arg)
{
	const struct set_state *set = arg;

	return write_user_state(w, set->user_id, set->standing);
}

static enum err state_set(struct store *store, int64_t user_id,
			  const struct user_standing *standing)
{
	struct set_state set = {user_id, standing};

	return writer_run(sqlite_of(store)->writer, set_state_job, &set);
}

/* ---- settings ------------------------------------------------------------------------------- */

enum err write_setting(struct writer *w, struct str name, struct str value, int64_t now_ms)
{
	struct conn *c = writer_conn(w);
	sqlite3_stmt *st = conn_stmt(c, value.ptr ? STMT_SETTING_PUT : STMT_SETTING_DELETE);
	enum err e;

	bind_str(st, 1, name);
	if (value.ptr) {
		bind_str(st, 2, value);
		bind_i64(st, 3, now_ms);
	}
	e = conn_run(c, st);
	if (e == ERR_OK)
		writer_note_visible(w);
	return e;
}

struct put_setting {
	struct str name, value;
	int64_t now_ms;
};

static enum err put_setting_job(struct writer *w, void *arg)
{
	const struct put_setting *put = arg;

	return write_setting(w, put->name, put->value, put->now_ms);
}

static enum err setting_put(struct store *store, struct str name, struct str value, int64_t now_ms)
{
	struct put_setting put = {name, value, now_ms};

	return writer_run(sqlite_of(store)->writer, put_setting_job, &put);
}

const struct moderation_ops sqlite_moderation = {
	.state_set = state_set,
	.state_get = state_get,
	.state_list = state_list,
	.setting_list = setting_list,
	.setting_put = setting_put,
	.act = sqlite_moderation_act,
	.counts = moderation_counts,
	.audit_list = sqlite_audit_list,
	.report_create = sqlite_report_create,
	.report_get = sqlite_report_get,
	.report_list = sqlite_report_list,
	.note_list = sqlite_note_list,
	.warning_acknowledge = sqlite_warning_acknowledge,
	.invitation_list = sqlite_invitation_list,
	.invitation_check = sqlite_invitation_check,
	.user_admit = sqlite_user_admit,
	.people_list = sqlite_people_list,
};
