/* pg_moderation_act.c: what moderators do, each with its row of the audit log, in PostgreSQL. */
#include "store/postgres/pg.h"

#include "base/clock.h"
#include "model/id.h"
#include "store/moderation.h"

/* Runs a statement that answers a row where it changed something; else `otherwise`. */
static enum err run_or(struct pg_conn *c, enum pg_statement which, const struct pg_args *args,
		       enum err otherwise, int64_t deadline_us)
{
	PGresult *r = NULL;
	enum err e = pg_conn_run(c, which, args, deadline_us, &r);

	if (e == ERR_OK && PQntuples(r) == 0)
		e = otherwise;
	PQclear(r);
	return e;
}

static enum err add_audit(struct pg_conn *c, const struct moderation_act *act, int64_t deadline_us)
{
	/* Whoever is gone leaves no id. */
	bool gone = act->action == MODERATION_DELETE_PERSON || act->action == MODERATION_REJECT;
	struct pg_args args = {0};

	pg_arg_i64(&args, id_first_of_ms(act->at_ms));
	pg_arg_i64(&args, act->at_ms);
	pg_arg_i64(&args, act->actor_id);
	pg_arg_i64(&args, act->action);
	pg_arg_i64(&args, gone ? 0 : act->user_id);
	pg_arg_i64(&args, act->post_id);
	pg_arg_i64(&args, act->report_id);
	pg_arg_str(&args, act->detail.ptr ? act->detail : act->key.len ? act->key : act->text);
	return pg_conn_run(c, PG_AUDIT_ADD, &args, deadline_us, NULL);
}

static enum err set_flag(struct pg_conn *c, const struct moderation_act *act, int64_t deadline_us)
{
	struct arena *a = arena_new(4096);
	struct pg_args args = {0};
	PGresult *r = NULL;
	enum err e = a ? pg_arg_ids(&args, &act->post_id, 1, a) : ERR_TOO_LARGE;

	pg_arg_bool(&args, act->action == MODERATION_FLAG);
	if (e == ERR_OK)
		e = pg_conn_run(c, PG_POST_SET_FLAGGED, &args, deadline_us, &r);
	if (e == ERR_OK && PQntuples(r) > 0)
		e = ERR_NOT_FOUND;
	PQclear(r);
	arena_free(a);
	return e;
}

static enum err add_note(struct pg_conn *c, const struct moderation_act *act, int64_t deadline_us)
{
	bool warning = act->action == MODERATION_WARN;
	struct pg_args one = {0}, args = {0}, set = {0};
	PGresult *r = NULL;
	enum err e;

	pg_arg_i64(&one, act->user_id);
	e = run_or(c, PG_USER_LOCK, &one, ERR_NOT_FOUND, deadline_us);
	pg_arg_i64(&args, id_first_of_ms(act->at_ms));
	pg_arg_i64(&args, act->user_id);
	pg_arg_i64(&args, act->actor_id);
	pg_arg_i64(&args, act->at_ms);
	pg_arg_i64(&args, warning);
	pg_arg_str(&args, act->text);
	if (e == ERR_OK)
		e = pg_conn_run(c, PG_NOTE_ADD, &args, deadline_us, &r);
	if (e == ERR_OK && warning) {
		pg_arg_i64(&set, act->user_id);
		pg_arg_i64(&set, pg_i64(r, 0, 0));
		e = pg_conn_run(c, PG_WARNING_SET, &set, deadline_us, NULL);
	}
	PQclear(r);
	return e;
}

static enum err change_report(struct pg_conn *c, const struct moderation_act *act,
			      int64_t deadline_us)
{
	bool claim = act->action == MODERATION_CLAIM;
	struct pg_args one = {0}, args = {0};
	enum err e;

	pg_arg_i64(&one, act->report_id);
	e = run_or(c, PG_REPORT_EXISTS, &one, ERR_NOT_FOUND, deadline_us);
	pg_arg_i64(&args, act->report_id);
	if (!claim)
		pg_arg_i64(&args,
			   act->action == MODERATION_RESOLVE ? REPORT_RESOLVED : REPORT_DISMISSED);
	pg_arg_i64(&args, act->actor_id);
	if (!claim) {
		pg_arg_i64(&args, act->at_ms);
		pg_arg_str(&args, act->text);
	}
	if (e == ERR_OK)
		e = run_or(c, claim ? PG_REPORT_CLAIM : PG_REPORT_CLOSE, &args, ERR_CONFLICT,
			   deadline_us);
	return e;
}

static enum err change_invitation(struct pg_conn *c, const struct moderation_act *act,
				  int64_t deadline_us)
{
	bool adds = act->action == MODERATION_INVITE;
	struct pg_args args = {0};

	pg_arg_str(&args, act->key);
	if (adds) {
		pg_arg_i64(&args, act->actor_id);
		pg_arg_i64(&args, act->at_ms);
		pg_arg_i64(&args, act->expires_ms);
		pg_arg_i64(&args, act->uses);
	}
	return run_or(c, adds ? PG_INVITATION_ADD : PG_INVITATION_END, &args,
		      adds ? ERR_CONFLICT : ERR_NOT_FOUND, deadline_us);
}

static enum err change_setting(struct pg_conn *c, const struct moderation_act *act,
			       int64_t deadline_us)
{
	struct pg_args args = {0};

	pg_arg_str(&args, act->key);
	if (act->text.ptr) {
		pg_arg_str(&args, act->text);
		pg_arg_i64(&args, act->at_ms);
	}
	return pg_conn_run(c, act->text.ptr ? PG_SETTING_PUT : PG_SETTING_DELETE, &args,
			   deadline_us, NULL);
}

/* Would it leave nobody who administers? The other one's row is held, so that not both can go. */
static enum err check_last_admin(struct pg_conn *c, const struct moderation_act *act,
				 int64_t deadline_us)
{
	bool takes = act->action == MODERATION_SUSPEND || act->action == MODERATION_DELETE_PERSON ||
		     (act->action == MODERATION_ROLE && act->role != USER_ADMIN);
	struct pg_args args = {0};

	if (!takes || act->actor_id == 0)
		return ERR_OK;
	pg_arg_i64(&args, act->user_id);
	return run_or(c, PG_OTHER_ADMIN, &args, ERR_DENIED, deadline_us);
}

/* Holds the person. ERR_NOT_FOUND, or ERR_CONFLICT where the action isn't one on their state. */
static enum err lock_person(struct pg_conn *c, const struct moderation_act *act,
			    int64_t deadline_us)
{
	struct pg_args one = {0};
	PGresult *r = NULL;
	enum err e;

	pg_arg_i64(&one, act->user_id);
	e = pg_conn_run(c, PG_USER_LOCK, &one, deadline_us, &r);
	if (e == ERR_OK && PQntuples(r) == 0)
		e = ERR_NOT_FOUND;
	if (e == ERR_OK && !moderation_fits(act->action, (enum user_state)pg_i64(r, 0, 1)))
		e = ERR_CONFLICT;
	PQclear(r);
	return e;
}

static enum err change_person(struct pg_conn *c, const struct moderation_act *act,
			      int64_t deadline_us)
{
	struct user_standing standing = {.since_ms = act->at_ms, .reason = act->text};
	struct pg_args args = {0};
	enum err e;

	if (act->action == MODERATION_DELETE_PERSON)
		return pg_user_remove(c, act->user_id, deadline_us);
	pg_arg_i64(&args, act->user_id);
	pg_arg_i64(&args, act->role);
	if (act->action == MODERATION_ROLE)
		return run_or(c, PG_USER_SET_ROLE, &args, ERR_NOT_FOUND, deadline_us);
	e = lock_person(c, act, deadline_us);
	if (e != ERR_OK)
		return e;
	if (act->action == MODERATION_REJECT)
		return pg_user_remove(c, act->user_id, deadline_us);
	standing.state = act->action == MODERATION_SUSPEND ? USER_SUSPENDED : USER_ACTIVE;
	return pg_state_change(c, act->user_id, &standing, deadline_us);
}

static enum err act_once(struct pg_conn *c, const struct moderation_act *act, int64_t deadline_us)
{
	struct pg_args args = {0};

	switch (act->action) {
	case MODERATION_FLAG:
	case MODERATION_UNFLAG:
		return set_flag(c, act, deadline_us);
	case MODERATION_DELETE_POST:
		pg_arg_i64(&args, act->post_id);
		return run_or(c, PG_POST_DELETE, &args, ERR_NOT_FOUND, deadline_us);
	case MODERATION_WARN:
	case MODERATION_NOTE:
		return add_note(c, act, deadline_us);
	case MODERATION_SUSPEND:
	case MODERATION_UNSUSPEND:
	case MODERATION_APPROVE:
	case MODERATION_REJECT:
	case MODERATION_DELETE_PERSON:
	case MODERATION_ROLE:
		return change_person(c, act, deadline_us);
	case MODERATION_RESET_LINK:
	case MODERATION_PASSWORD:
	case MODERATION_RESET_CODES:
		return lock_person(c, act, deadline_us);
	case MODERATION_CLAIM:
	case MODERATION_RESOLVE:
	case MODERATION_DISMISS:
		return change_report(c, act, deadline_us);
	case MODERATION_SETTING:
		return change_setting(c, act, deadline_us);
	case MODERATION_INVITE:
	case MODERATION_INVITE_END:
		return change_invitation(c, act, deadline_us);
	}
	return ERR_INTERNAL;
}

struct acts {
	const struct moderation_act *items;
	size_t count, failed;
};

static enum err act_in(struct pg_conn *c, void *arg, int64_t deadline_us)
{
	struct acts *acts = arg;
	enum err e = ERR_OK;

	for (size_t i = 0; e == ERR_OK && i < acts->count; i++) {
		acts->failed = i;
		e = check_last_admin(c, &acts->items[i], deadline_us);
		if (e == ERR_OK)
			e = act_once(c, &acts->items[i], deadline_us);
		if (e == ERR_OK)
			e = add_audit(c, &acts->items[i], deadline_us);
	}
	return e;
}

enum err pg_moderation_act(struct store *store, const struct moderation_act *acts, size_t count,
			   size_t *failed)
{
	struct acts all = {acts, count, 0};
	enum err e = pg_transact(pg_of(store), act_in, &all);

	if (e == ERR_NOT_FOUND && failed)
		*failed = all.failed;
	return e;
}

/* ---- reports and warnings, from people ------------------------------------------------------- */

enum err pg_report_create(struct store *store, const struct report *report)
{
	struct pg_args args = {0};
	PGresult *r = NULL;
	enum err e;

	pg_arg_i64(&args, id_first_of_ms(report->at_ms));
	pg_arg_i64(&args, report->at_ms);
	pg_arg_i64(&args, report->reporter_id);
	pg_arg_i64(&args, report->user_id);
	pg_arg_i64(&args, report->post_id);
	pg_arg_i64(&args, report->category);
	pg_arg_str(&args, report->text);
	e = pg_run(pg_of(store), PG_REPORT_ADD, &args, &r);
	if (e == ERR_OK && PQntuples(r) == 0)
		e = ERR_CONFLICT;
	PQclear(r);
	return e;
}

struct acknowledge {
	int64_t user_id, now_ms;
};

static enum err acknowledge_in(struct pg_conn *c, void *arg, int64_t deadline_us)
{
	const struct acknowledge *ack = arg;
	struct pg_args set = {0}, args = {0};
	enum err e;

	pg_arg_i64(&set, ack->user_id);
	pg_arg_i64(&set, 0);
	e = pg_conn_run(c, PG_WARNING_SET, &set, deadline_us, NULL);
	pg_arg_i64(&args, ack->user_id);
	pg_arg_i64(&args, ack->now_ms);
	if (e == ERR_OK)
		e = pg_conn_run(c, PG_WARNING_ACKNOWLEDGE, &args, deadline_us, NULL);
	return e;
}

enum err pg_warning_acknowledge(struct store *store, int64_t user_id, int64_t now_ms)
{
	struct acknowledge ack = {user_id, now_ms};

	return pg_transact(pg_of(store), acknowledge_in, &ack);
}

/* ---- admission --------------------------------------------------------------------------------
 */

struct admit {
	const struct user_new *user;
	struct str code, reason;
	bool pending;
	int64_t id;
};

static enum err create_in(struct pg_conn *c, struct admit *admit, int64_t now_ms,
			  int64_t deadline_us)
{
	const struct user_new *u = admit->user;
	struct pg_args args = {0};
	PGresult *r = NULL;
	enum err e;

	pg_arg_str(&args, u->name);
	pg_arg_str(&args, u->name_key);
	pg_arg_str(&args, u->email);
	pg_arg_str(&args, u->pw_hash);
	pg_arg_i64(&args, u->role);
	pg_arg_i64(&args, u->created_ms);
	pg_arg_i64(&args, id_first_of_ms(now_ms));
	e = pg_conn_run(c, PG_USER_CREATE, &args, deadline_us, &r);
	if (e == ERR_OK && PQntuples(r) == 0)
		e = ERR_CONFLICT;
	if (e == ERR_OK)
		admit->id = pg_i64(r, 0, 0);
	PQclear(r);
	return e;
}

/* A name that is taken undoes the use of the invitation. */
static enum err admit_in(struct pg_conn *c, void *arg, int64_t deadline_us)
{
	struct admit *admit = arg;
	int64_t now_ms = clock_now_ms();
	struct user_standing standing = {
		.state = USER_PENDING, .since_ms = now_ms, .reason = admit->reason};
	struct pg_args args = {0};
	enum err e = ERR_OK;

	pg_arg_str(&args, admit->code);
	pg_arg_i64(&args, now_ms);
	if (admit->code.len)
		e = run_or(c, PG_INVITATION_USE, &args, ERR_NOT_FOUND, deadline_us);
	if (e == ERR_OK)
		e = create_in(c, admit, now_ms, deadline_us);
	if (e == ERR_OK && admit->pending)
		e = pg_state_change(c, admit->id, &standing, deadline_us);
	return e;
}

enum err pg_user_admit(struct store *store, const struct user_new *u, struct str code, bool pending,
		       struct str reason, int64_t *out_id)
{
	struct admit admit = {.user = u, .code = code, .reason = reason, .pending = pending};
	enum err e = pg_transact(pg_of(store), admit_in, &admit);

	if (e == ERR_OK && out_id)
		*out_id = admit.id;
	return e;
}
