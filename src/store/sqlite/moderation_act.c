/* moderation_act.c: what moderators do, each with its row of the audit log, in the SQLite engine.
 */
#include "store/sqlite/sqlite.h"

#include "base/clock.h"
#include "store/sqlite/write.h"

/* Does the statement, whose only parameter is `id`, find anything? */
static enum err finds(struct conn *c, enum statement which, int64_t id, bool *out)
{
	sqlite3_stmt *st = conn_stmt(c, which);
	enum step step;

	bind_i64(st, 1, id);
	step = stmt_step(st);
	*out = step == STEP_ROW;
	return stmt_end(c, st, step, ERR_OK);
}

static enum err write_audit(struct writer *w, const struct moderation_act *act)
{
	struct conn *c = writer_conn(w);
	sqlite3_stmt *st = conn_stmt(c, STMT_AUDIT_ADD);
	/* Whoever is gone leaves no id. */
	bool gone = act->action == MODERATION_DELETE_PERSON || act->action == MODERATION_REJECT;
	struct str detail = act->detail.ptr ? act->detail : act->key.len ? act->key : act->text;

	bind_i64(st, 1, writer_next_id(w, act->at_ms));
	bind_i64(st, 2, act->at_ms);
	bind_i64(st, 3, act->actor_id);
	bind_i64(st, 4, act->action);
	bind_i64(st, 5, gone ? 0 : act->user_id);
	bind_i64(st, 6, act->post_id);
	bind_i64(st, 7, act->report_id);
	bind_str(st, 8, detail);
	return conn_run(c, st);
}

static enum err write_note(struct writer *w, const struct moderation_act *act)
{
	struct conn *c = writer_conn(w);
	bool warning = act->action == MODERATION_WARN;
	int64_t id = writer_next_id(w, act->at_ms);
	sqlite3_stmt *st = conn_stmt(c, STMT_NOTE_ADD);
	enum user_state state;
	enum err e = user_state_find(w, act->user_id, &state);

	if (e != ERR_OK)
		return e;
	bind_i64(st, 1, id);
	bind_i64(st, 2, act->user_id);
	bind_i64(st, 3, act->actor_id);
	bind_i64(st, 4, act->at_ms);
	bind_i64(st, 5, warning);
	bind_str(st, 6, act->text);
	e = conn_run(c, st);
	if (e == ERR_OK && warning) {
		st = conn_stmt(c, STMT_WARNING_SET);
		bind_i64(st, 1, act->user_id);
		bind_i64(st, 2, id);
		e = conn_run(c, st);
	}
	return e;
}

/* A statement on one open report; ERR_CONFLICT where it isn't open any more. */
static enum err write_report(struct writer *w, const struct moderation_act *act)
{
	struct conn *c = writer_conn(w);
	bool claim = act->action == MODERATION_CLAIM, known = false;
	sqlite3_stmt *st = conn_stmt(c, claim ? STMT_REPORT_CLAIM : STMT_REPORT_CLOSE);
	enum err e = finds(c, STMT_REPORT_EXISTS, act->report_id, &known);

	if (e != ERR_OK || !known)
		return e == ERR_OK ? ERR_NOT_FOUND : e;
	bind_i64(st, 1, act->report_id);
	if (claim) {
		bind_i64(st, 2, act->actor_id);
	} else {
		bind_i64(st, 2,
			 act->action == MODERATION_RESOLVE ? REPORT_RESOLVED : REPORT_DISMISSED);
		bind_i64(st, 3, act->actor_id);
		bind_i64(st, 4, act->at_ms);
		bind_str(st, 5, act->text);
	}
	e = conn_run(c, st);
	return e == ERR_OK && conn_changes(c) == 0 ? ERR_CONFLICT : e;
}

static enum err write_invitation(struct writer *w, const struct moderation_act *act)
{
	struct conn *c = writer_conn(w);
	bool adds = act->action == MODERATION_INVITE;
	sqlite3_stmt *st = conn_stmt(c, adds ? STMT_INVITATION_ADD : STMT_INVITATION_END);
	enum err e;

	bind_str(st, 1, act->key);
	if (adds) {
		bind_i64(st, 2, act->actor_id);
		bind_i64(st, 3, act->at_ms);
		bind_i64(st, 4, act->expires_ms);
		bind_i64(st, 5, act->uses);
	}
	e = conn_run(c, st);
	if (e == ERR_OK && conn_changes(c) == 0)
		e = adds ? ERR_CONFLICT : ERR_NOT_FOUND;
	return e;
}

static enum err write_state_of(struct writer *w, const struct moderation_act *act)
{
	struct user_standing standing = {.since_ms = act->at_ms, .reason = act->text};
	enum user_state before = USER_ACTIVE;
	enum err e = user_state_find(w, act->user_id, &before);

	if (e != ERR_OK)
		return e;
	if (!moderation_fits(act->action, before))
		return ERR_CONFLICT;
	if (act->action == MODERATION_REJECT)
		return write_user_delete(w, act->user_id);
	standing.state = act->action == MODERATION_SUSPEND ? USER_SUSPENDED : USER_ACTIVE;
	return write_user_state(w, act->user_id, &standing);
}

static enum err write_nothing_of(struct writer *w, const struct moderation_act *act)
{
	enum user_state state = USER_ACTIVE;

	return user_state_find(w, act->user_id, &state);
}

/* Would it leave nobody who administers? Then only the operator may. */
static enum err check_last_admin(struct writer *w, const struct moderation_act *act)
{
	bool takes = act->action == MODERATION_SUSPEND || act->action == MODERATION_DELETE_PERSON ||
		     (act->action == MODERATION_ROLE && act->role != USER_ADMIN);
	bool another = false;
	enum err e;

	if (!takes || act->actor_id == 0)
		return ERR_OK;
	e = finds(writer_conn(w), STMT_OTHER_ADMIN, act->user_id, &another);
	return e == ERR_OK && !another ? ERR_DENIED : e;
}

static enum err act_once(struct writer *w, const struct moderation_act *act)
{
	switch (act->action) {
	case MODERATION_FLAG:
	case MODERATION_UNFLAG:
		return write_post_flagged(w, act->post_id, act->action == MODERATION_FLAG);
	case MODERATION_DELETE_POST:
		return write_post_delete(w, act->post_id);
	case MODERATION_WARN:
	case MODERATION_NOTE:
		return write_note(w, act);
	case MODERATION_SUSPEND:
	case MODERATION_UNSUSPEND:
	case MODERATION_APPROVE:
	case MODERATION_REJECT:
		return write_state_of(w, act);
	case MODERATION_RESET_LINK:
	case MODERATION_PASSWORD:
	case MODERATION_RESET_CODES:
		return write_nothing_of(w, act);
	case MODERATION_DELETE_PERSON:
		return write_user_delete(w, act->user_id);
	case MODERATION_ROLE:
		return write_user_role(w, act->user_id, act->role);
	case MODERATION_CLAIM:
	case MODERATION_RESOLVE:
	case MODERATION_DISMISS:
		return write_report(w, act);
	case MODERATION_SETTING:
		return write_setting(w, act->key, act->text, act->at_ms);
	case MODERATION_INVITE:
	case MODERATION_INVITE_END:
		return write_invitation(w, act);
	}
	return ERR_INTERNAL;
}

static enum err act_and_log(struct writer *w, const struct moderation_act *act)
{
	enum err e = check_last_admin(w, act);

	if (e == ERR_OK)
		e = act_once(w, act);
	if (e != ERR_OK)
		return e;
	e = write_audit(w, act);
	return e == ERR_OK ? ERR_OK : write_failed(e);
}

struct acts {
	const struct moderation_act *items;
	size_t count, failed;
};

/* Of several, all are looked at before the first is done: see the rule of jobs. */
static enum err check_acts(struct writer *w, struct acts *acts)
{
	enum err e = ERR_OK;

	for (size_t i = 0; e == ERR_OK && acts->count > 1 && i < acts->count; i++) {
		acts->failed = i;
		switch (acts->items[i].action) {
		case MODERATION_FLAG:
		case MODERATION_UNFLAG:
			e = write_post_exists(w, acts->items[i].post_id);
			break;
		case MODERATION_SETTING:
			break;
		default:
			e = ERR_INTERNAL;
		}
	}
	return e;
}

static enum err act_job(struct writer *w, void *arg)
{
	struct acts *acts = arg;
	enum err e = check_acts(w, acts);

	for (size_t i = 0; e == ERR_OK && i < acts->count; i++) {
		acts->failed = i;
		e = act_and_log(w, &acts->items[i]);
		if (e != ERR_OK && i > 0)
			e = write_failed(e);
	}
	return e;
}

enum err sqlite_moderation_act(struct store *store, const struct moderation_act *acts, size_t count,
			       size_t *failed)
{
	struct acts all = {acts, count, 0};
	enum err e = writer_run(sqlite_of(store)->writer, act_job, &all);

	if (e == ERR_NOT_FOUND && failed)
		*failed = all.failed;
	return e;
}

/* ---- reports and warnings, from people ------------------------------------------------------- */

static enum err report_job(struct writer *w, void *arg)
{
	const struct report *r = *(const struct report *const *)arg;
	struct conn *c = writer_conn(w);
	sqlite3_stmt *st = conn_stmt(c, STMT_REPORT_ADD);
	enum err e;

	bind_i64(st, 1, writer_next_id(w, r->at_ms));
	bind_i64(st, 2, r->at_ms);
	bind_i64(st, 3, r->reporter_id);
	bind_i64(st, 4, r->user_id);
	bind_i64(st, 5, r->post_id);
	bind_i64(st, 6, r->category);
	bind_str(st, 7, r->text);
	e = conn_run(c, st);
	return e == ERR_OK && conn_changes(c) == 0 ? ERR_CONFLICT : e;
}

enum err sqlite_report_create(struct store *store, const struct report *r)
{
	return writer_run(sqlite_of(store)->writer, report_job, &r);
}

struct acknowledge {
	int64_t user_id, now_ms;
};

static enum err acknowledge_job(struct writer *w, void *arg)
{
	const struct acknowledge *ack = arg;
	struct conn *c = writer_conn(w);
	sqlite3_stmt *st = conn_stmt(c, STMT_WARNING_ACKNOWLEDGE);
	enum err e;

	bind_i64(st, 1, ack->user_id);
	bind_i64(st, 2, ack->now_ms);
	e = conn_run(c, st);
	if (e != ERR_OK)
		return e;
	st = conn_stmt(c, STMT_WARNING_SET);
	bind_i64(st, 1, ack->user_id);
	bind_i64(st, 2, 0);
	return conn_run(c, st);
}

enum err sqlite_warning_acknowledge(struct store *store, int64_t user_id, int64_t now_ms)
{
	struct acknowledge ack = {user_id, now_ms};

	return writer_run(sqlite_of(store)->writer, acknowledge_job, &ack);
}

/* ---- admission --------------------------------------------------------------------------------
 */

struct admit {
	const struct user_new *user;
	struct str code, reason;
	bool pending;
	int64_t id;
};

/* Of an invitation the use is taken last: a name that is taken costs none. */
static enum err admit_job(struct writer *w, void *arg)
{
	struct admit *admit = arg;
	struct conn *c = writer_conn(w);
	int64_t now_ms = clock_now_ms();
	sqlite3_stmt *st = conn_stmt(c, STMT_INVITATION_LEFT);
	bool left = admit->code.len == 0;
	enum err e = ERR_OK;

	if (!left) {
		enum step step;

		bind_str(st, 1, admit->code);
		bind_i64(st, 2, now_ms);
		step = stmt_step(st);
		left = step == STEP_ROW;
		e = stmt_end(c, st, step, ERR_OK);
	}
	if (e != ERR_OK || !left)
		return e == ERR_OK ? ERR_NOT_FOUND : e;
	admit->id = writer_next_id(w, now_ms);
	e = write_user(w, admit->id, admit->user);
	if (e == ERR_OK && admit->code.len) {
		st = conn_stmt(c, STMT_INVITATION_USE);
		bind_str(st, 1, admit->code);
		bind_i64(st, 2, now_ms);
		e = conn_run(c, st);
		if (e != ERR_OK)
			return write_failed(e);
	}
	if (e == ERR_OK && admit->pending) {
		struct user_standing standing = {
			.state = USER_PENDING, .since_ms = now_ms, .reason = admit->reason};

		e = write_user_state(w, admit->id, &standing);
		if (e != ERR_OK)
			return write_failed(e);
	}
	return e;
}

enum err sqlite_user_admit(struct store *store, const struct user_new *u, struct str code,
			   bool pending, struct str reason, int64_t *out_id)
{
	struct admit admit = {.user = u, .code = code, .reason = reason, .pending = pending};
	enum err e = writer_run(sqlite_of(store)->writer, admit_job, &admit);

	if (e == ERR_OK && out_id)
		*out_id = admit.id;
	return e;
}
