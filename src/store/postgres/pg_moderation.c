/*
 * pg_moderation.c: who may take part, and settings, in the PostgreSQL engine. As on SQLite, the
 * posts of a person who is out of sight are flagged in the transaction that takes them out of it:
 * nobody can add one meanwhile, since who writes a post holds their author's row (FOR KEY SHARE),
 * and reads its state once more where it had to wait.
 */
#include "store/postgres/pg.h"

#include "store/moderation.h"

static enum err state_get(struct store *store, int64_t user_id, struct arena *a,
			  struct user_standing *out)
{
	struct pg_args args = {0};
	PGresult *r = NULL;
	enum err e;

	pg_arg_i64(&args, user_id);
	e = pg_run(pg_of(store), PG_STANDING_GET, &args, &r);
	if (e == ERR_OK && PQntuples(r) == 0)
		e = ERR_NOT_FOUND;
	if (e == ERR_OK) {
		struct str reason = pg_str(r, 0, 3, a);

		e = reason.ptr ? ERR_OK : ERR_TOO_LARGE;
		if (e == ERR_OK)
			*out = (struct user_standing){
				.state = (enum user_state)pg_i64(r, 0, 0),
				.since_ms = pg_i64(r, 0, 1),
				.until_ms = pg_i64(r, 0, 2),
				.reason = reason,
			};
	}
	PQclear(r);
	return e;
}

static enum err state_list(struct store *store, enum user_state state, int64_t after_id,
			   size_t limit, struct arena *a, struct user_list *out)
{
	struct user_list list = {.items = arena_array(a, limit, sizeof(struct user))};
	struct pg_args args = {0};
	PGresult *r = NULL;
	enum err e = list.items ? ERR_OK : ERR_TOO_LARGE;

	pg_arg_i64(&args, state);
	pg_arg_i64(&args, after_id);
	pg_arg_i64(&args, (int64_t)limit + 1);
	if (e == ERR_OK)
		e = pg_run(pg_of(store), PG_STANDING_LIST, &args, &r);
	for (int i = 0; e == ERR_OK && i < PQntuples(r) && !list.more; i++) {
		list.more = list.count == limit;
		if (!list.more)
			e = pg_row_user(r, i, 0, a, &list.items[list.count++]);
	}
	PQclear(r);
	if (e == ERR_OK)
		*out = list;
	return e;
}

static enum err moderation_counts(struct store *store, struct moderation_counts *out)
{
	PGresult *r = NULL;
	enum err e = pg_run(pg_of(store), PG_MODERATION_COUNTS, NULL, &r);

	if (e == ERR_OK)
		*out = (struct moderation_counts){pg_i64(r, 0, 0), pg_i64(r, 0, 1)};
	PQclear(r);
	return e;
}

/* In a transaction of the caller's, on a person who is locked and was in state `before`. */
static enum err put_state(struct pg_conn *c, int64_t user_id, enum user_state before,
			  const struct user_standing *standing, int64_t deadline_us)
{
	bool hides = user_state_hides(standing->state);
	struct pg_args one = {0}, put = {0};
	PGresult *r = NULL;
	enum err e = ERR_OK;

	pg_arg_i64(&one, user_id);
	if (user_state_hides(before) != hides)
		e = pg_conn_run(c, hides ? PG_POSTS_HIDE : PG_POSTS_SHOW, &one, deadline_us, &r);
	pg_arg_i64(&put, user_id);
	pg_arg_i64(&put, standing->state);
	pg_arg_i64(&put, standing->since_ms);
	pg_arg_i64(&put, standing->until_ms);
	pg_arg_str(&put, standing->reason);
	pg_arg_i64(&put, r && e == ERR_OK ? pg_i64(r, 0, 0) : 0);
	PQclear(r);
	if (e == ERR_OK)
		e = pg_conn_run(c, PG_STATE_PUT, &put, deadline_us, NULL);
	return e;
}

enum err pg_state_change(struct pg_conn *c, int64_t user_id, const struct user_standing *standing,
			 int64_t deadline_us)
{
	struct pg_args one = {0};
	PGresult *r = NULL;
	enum err e;

	pg_arg_i64(&one, user_id);
	e = pg_conn_run(c, PG_USER_LOCK, &one, deadline_us, &r);
	if (e == ERR_OK && PQntuples(r) == 0)
		e = ERR_NOT_FOUND;
	if (e == ERR_OK)
		e = put_state(c, user_id, (enum user_state)pg_i64(r, 0, 1), standing, deadline_us);
	PQclear(r);
	return e;
}

struct set_state {
	int64_t user_id;
	const struct user_standing *standing;
};

static enum err set_in(struct pg_conn *c, void *arg, int64_t deadline_us)
{
	const struct set_state *set = arg;

	return pg_state_change(c, set->user_id, set->standing, deadline_us);
}

static enum err state_set(struct store *store, int64_t user_id,
			  const struct user_standing *standing)
{
	struct set_state set = {user_id, standing};

	return pg_transact(pg_of(store), set_in, &set);
}

static enum err setting_list(struct store *store, struct arena *a, struct setting_list *out)
{
	struct setting_list list = {.items = NULL};
	PGresult *r = NULL;
	enum err e = pg_run(pg_of(store), PG_SETTING_LIST, NULL, &r);

	if (e == ERR_OK) {
		list.items = arena_array(a, (size_t)PQntuples(r) + 1, sizeof(struct setting));
		e = list.items ? ERR_OK : ERR_TOO_LARGE;
	}
	for (int i = 0; e == ERR_OK && i < PQntuples(r); i++) {
		struct setting *item = &list.items[list.count++];

		*item = (struct setting){pg_str(r, i, 0, a), pg_str(r, i, 1, a)};
		e = item->name.ptr && item->value.ptr ? ERR_OK : ERR_TOO_LARGE;
	}
	PQclear(r);
	if (e == ERR_OK)
		*out = list;
	return e;
}

static enum err setting_put(struct store *store, struct str name, struct str value, int64_t now_ms)
{
	struct pg_args args = {0};

	pg_arg_str(&args, name);
	if (value.ptr) {
		pg_arg_str(&args, value);
		pg_arg_i64(&args, now_ms);
	}
	return pg_run(pg_of(store), value.ptr ? PG_SETTING_PUT : PG_SETTING_DELETE, &args, NULL);
}

const struct moderation_ops pg_moderation = {
	.state_set = state_set,
	.state_get = state_get,
	.state_list = state_list,
	.setting_list = setting_list,
	.setting_put = setting_put,
	.act = pg_moderation_act,
	.counts = moderation_counts,
	.audit_list = pg_audit_list,
	.report_create = pg_report_create,
	.report_get = pg_report_get,
	.report_list = pg_report_list,
	.note_list = pg_note_list,
	.warning_acknowledge = pg_warning_acknowledge,
	.invitation_list = pg_invitation_list,
	.invitation_check = pg_invitation_check,
	.user_admit = pg_user_admit,
	.people_list = pg_people_list,
};
