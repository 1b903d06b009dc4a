/* pg_moderation_list.c: reports, the audit log, notes and invitations, read, in the PostgreSQL
 * engine. */
#include "store/postgres/pg.h"

#include "store/moderation.h"

/* Rows of the lists that have no cursor. */
#define ROWS_MAX 100
/* Above every character: what begins with a text lies below the text and this. */
#define LAST_CHARACTER "\xf4\x8f\xbf\xbf"

/* ---- rows ------------------------------------------------------------------------------------ */

static enum err row_report(const PGresult *r, int row, struct arena *a, void *out)
{
	struct report *item = out;

	*item = (struct report){
		.id = pg_i64(r, row, 0),
		.at_ms = pg_i64(r, row, 1),
		.reporter_id = pg_i64(r, row, 2),
		.user_id = pg_i64(r, row, 3),
		.post_id = pg_i64(r, row, 4),
		.category = (enum report_category)pg_i64(r, row, 5),
		.text = pg_str(r, row, 6, a),
		.state = (enum report_state)pg_i64(r, row, 7),
		.claimed_by = pg_i64(r, row, 8),
		.closed_by = pg_i64(r, row, 9),
		.closed_ms = pg_i64(r, row, 10),
		.note = pg_str(r, row, 11, a),
		.reporter_name = pg_str(r, row, 12, a),
		.user_name = pg_str(r, row, 13, a),
		.claimed_name = pg_str(r, row, 14, a),
		.post_text = pg_str(r, row, 15, a),
		.post_flagged = pg_i64(r, row, 16) != 0,
	};
	return item->text.ptr && item->note.ptr && item->reporter_name.ptr && item->user_name.ptr &&
			       item->claimed_name.ptr && item->post_text.ptr
		       ? ERR_OK
		       : ERR_TOO_LARGE;
}

static enum err row_audit(const PGresult *r, int row, struct arena *a, void *out)
{
	struct audit_entry *item = out;

	*item = (struct audit_entry){
		.id = pg_i64(r, row, 0),
		.at_ms = pg_i64(r, row, 1),
		.actor_id = pg_i64(r, row, 2),
		.action = (enum moderation_action)pg_i64(r, row, 3),
		.user_id = pg_i64(r, row, 4),
		.post_id = pg_i64(r, row, 5),
		.report_id = pg_i64(r, row, 6),
		.detail = pg_str(r, row, 7, a),
		.actor_name = pg_str(r, row, 8, a),
		.user_name = pg_str(r, row, 9, a),
	};
	return item->detail.ptr && item->actor_name.ptr && item->user_name.ptr ? ERR_OK
									       : ERR_TOO_LARGE;
}

static enum err row_note(const PGresult *r, int row, struct arena *a, void *out)
{
	struct person_note *item = out;

	*item = (struct person_note){
		.id = pg_i64(r, row, 0),
		.user_id = pg_i64(r, row, 1),
		.author_id = pg_i64(r, row, 2),
		.at_ms = pg_i64(r, row, 3),
		.warning = pg_i64(r, row, 4) != 0,
		.acknowledged_ms = pg_i64(r, row, 5),
		.text = pg_str(r, row, 6, a),
		.author_name = pg_str(r, row, 7, a),
	};
	return item->text.ptr && item->author_name.ptr ? ERR_OK : ERR_TOO_LARGE;
}

static enum err row_invitation(const PGresult *r, int row, struct arena *a, void *out)
{
	struct invitation *item = out;

	*item = (struct invitation){
		.code = pg_str(r, row, 0, a),
		.created_by = pg_i64(r, row, 1),
		.at_ms = pg_i64(r, row, 2),
		.expires_ms = pg_i64(r, row, 3),
		.uses_max = pg_i64(r, row, 4),
		.uses = pg_i64(r, row, 5),
		.created_name = pg_str(r, row, 6, a),
	};
	return item->code.ptr && item->created_name.ptr ? ERR_OK : ERR_TOO_LARGE;
}

static enum err row_person(const PGresult *r, int row, struct arena *a, void *out)
{
	return pg_row_user(r, row, 0, a, out);
}

typedef enum err row_fn(const PGresult *r, int row, struct arena *a, void *out);

/* Up to `limit` rows of `size` bytes each. */
static enum err rows(struct store *store, enum pg_statement which, const struct pg_args *args,
		     row_fn *read, size_t size, size_t limit, struct arena *a, void **items,
		     size_t *count, bool *more)
{
	char *room = arena_array(a, limit, size);
	PGresult *r = NULL;
	size_t n = 0;
	enum err e = room ? pg_run(pg_of(store), which, args, &r) : ERR_TOO_LARGE;

	*more = false;
	for (int i = 0; e == ERR_OK && i < PQntuples(r) && !*more; i++) {
		*more = n == limit;
		if (!*more)
			e = read(r, i, a, room + size * n++);
	}
	PQclear(r);
	*items = room;
	*count = n;
	return e;
}

/* ---- lists ------------------------------------------------------------------------------------
 */

enum err pg_report_get(struct store *store, int64_t id, struct arena *a, struct report *out)
{
	struct pg_args args = {0};
	void *items;
	size_t count;
	bool more;
	enum err e;

	pg_arg_i64(&args, id);
	e = rows(store, PG_REPORT_GET, &args, row_report, sizeof(struct report), 1, a, &items,
		 &count, &more);
	if (e == ERR_OK && count == 0)
		e = ERR_NOT_FOUND;
	if (e == ERR_OK)
		*out = *(const struct report *)items;
	return e;
}

enum err pg_report_list(struct store *store, const struct report_filter *filter, size_t limit,
			struct arena *a, struct report_list *out)
{
	int64_t by = filter->user_id	   ? filter->user_id
		     : filter->reporter_id ? filter->reporter_id
					   : (int64_t)filter->state;
	enum pg_statement which = filter->user_id	? PG_REPORT_BY_USER
				  : filter->reporter_id ? PG_REPORT_BY_REPORTER
							: PG_REPORT_BY_STATE;
	struct pg_args args = {0};
	void *items;
	size_t count;
	bool more;
	enum err e;

	pg_arg_i64(&args, by);
	pg_arg_i64(&args, filter->after_id);
	pg_arg_i64(&args, (int64_t)limit + 1);
	e = rows(store, which, &args, row_report, sizeof(struct report), limit, a, &items, &count,
		 &more);
	if (e == ERR_OK)
		*out = (struct report_list){items, count, more};
	return e;
}

enum err pg_audit_list(struct store *store, const struct audit_filter *filter, size_t limit,
		       struct arena *a, struct audit_list *out)
{
	int64_t by = filter->actor_id ? filter->actor_id : filter->user_id;
	enum pg_statement which = filter->actor_id  ? PG_AUDIT_BY_ACTOR
				  : filter->user_id ? PG_AUDIT_BY_USER
						    : PG_AUDIT_ALL;
	struct pg_args args = {0};
	void *items;
	size_t count;
	bool more;
	enum err e;

	pg_arg_i64(&args, filter->before_id ? filter->before_id : INT64_MAX);
	pg_arg_i64(&args, (int64_t)limit + 1);
	if (by)
		pg_arg_i64(&args, by);
	e = rows(store, which, &args, row_audit, sizeof(struct audit_entry), limit, a, &items,
		 &count, &more);
	if (e == ERR_OK)
		*out = (struct audit_list){items, count, more};
	return e;
}

enum err pg_note_list(struct store *store, int64_t user_id, struct arena *a,
		      struct person_note_list *out)
{
	struct pg_args args = {0};
	void *items;
	size_t count;
	bool more;
	enum err e;

	pg_arg_i64(&args, user_id);
	e = rows(store, PG_NOTE_LIST, &args, row_note, sizeof(struct person_note), ROWS_MAX, a,
		 &items, &count, &more);
	if (e == ERR_OK)
		*out = (struct person_note_list){items, count};
	return e;
}

enum err pg_invitation_list(struct store *store, struct arena *a, struct invitation_list *out)
{
	struct pg_args args = {0};
	void *items;
	size_t count;
	bool more;
	enum err e;

	e = rows(store, PG_INVITATION_LIST, &args, row_invitation, sizeof(struct invitation),
		 ROWS_MAX, a, &items, &count, &more);
	if (e == ERR_OK)
		*out = (struct invitation_list){items, count};
	return e;
}

/* By role, up to `limit`. */
static enum err people_by_role(struct store *store, enum user_role role, size_t limit,
			       struct arena *a, struct user_list *out)
{
	struct pg_args args = {0};
	void *items;
	size_t count;
	bool more;
	enum err e;

	pg_arg_i64(&args, role);
	pg_arg_i64(&args, (int64_t)limit + 1);
	e = rows(store, PG_PEOPLE_BY_ROLE, &args, row_person, sizeof(struct user), limit, a, &items,
		 &count, &more);
	if (e == ERR_OK)
		*out = (struct user_list){items, count, more};
	return e;
}

static enum err people_by_name(struct store *store, const struct people_filter *filter,
			       size_t limit, struct arena *a, struct user_list *out)
{
	struct str end = arena_printf(a, "%.*s" LAST_CHARACTER, STR_ARG(filter->prefix));
	struct pg_args args = {0};
	void *items;
	size_t count;
	bool more;
	enum err e;

	pg_arg_str(&args, filter->prefix);
	pg_arg_str(&args, end);
	pg_arg_str(&args, filter->after);
	pg_arg_i64(&args, (int64_t)limit + 1);
	e = rows(store, PG_PEOPLE_BY_NAME, &args, row_person, sizeof(struct user), limit, a, &items,
		 &count, &more);
	if (e == ERR_OK)
		*out = (struct user_list){items, count, more};
	return e;
}

enum err pg_people_list(struct store *store, const struct people_filter *filter, size_t limit,
			struct arena *a, struct user_list *out)
{
	return filter->role != USER_PERSON ? people_by_role(store, filter->role, limit, a, out)
					   : people_by_name(store, filter, limit, a, out);
}

enum err pg_invitation_check(struct store *store, struct str code, int64_t now_ms)
{
	struct pg_args args = {0};
	PGresult *r = NULL;
	enum err e;

	pg_arg_str(&args, code);
	pg_arg_i64(&args, now_ms);
	e = pg_run(pg_of(store), PG_INVITATION_CHECK, &args, &r);
	if (e == ERR_OK && PQntuples(r) == 0)
		e = ERR_NOT_FOUND;
	PQclear(r);
	return e;
}
