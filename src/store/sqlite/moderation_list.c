/* moderation_list.c: reports, the audit log, notes and invitations, read, in the SQLite engine. */
#include "store/sqlite/sqlite.h"

#include "store/moderation.h"

/* Rows of the lists that have no cursor. */
#define ROWS_MAX 100
/* Above every character: what begins with a text lies below the text and this. */
#define LAST_CHARACTER "\xf4\x8f\xbf\xbf"

/* ---- rows ------------------------------------------------------------------------------------ */

static enum err row_report(sqlite3_stmt *st, struct arena *a, void *out)
{
	struct report *item = out;

	*item = (struct report){
		.id = column_i64(st, 0),
		.at_ms = column_i64(st, 1),
		.reporter_id = column_i64(st, 2),
		.user_id = column_i64(st, 3),
		.post_id = column_i64(st, 4),
		.category = (enum report_category)column_i64(st, 5),
		.text = column_str(st, 6, a),
		.state = (enum report_state)column_i64(st, 7),
		.claimed_by = column_i64(st, 8),
		.closed_by = column_i64(st, 9),
		.closed_ms = column_i64(st, 10),
		.note = column_str(st, 11, a),
		.reporter_name = column_str(st, 12, a),
		.user_name = column_str(st, 13, a),
		.claimed_name = column_str(st, 14, a),
		.post_text = column_str(st, 15, a),
		.post_flagged = column_i64(st, 16) != 0,
	};
	return item->text.ptr && item->note.ptr && item->reporter_name.ptr && item->user_name.ptr &&
			       item->claimed_name.ptr && item->post_text.ptr
		       ? ERR_OK
		       : ERR_TOO_LARGE;
}

static enum err row_audit(sqlite3_stmt *st, struct arena *a, void *out)
{
	struct audit_entry *item = out;

	*item = (struct audit_entry){
		.id = column_i64(st, 0),
		.at_ms = column_i64(st, 1),
		.actor_id = column_i64(st, 2),
		.action = (enum moderation_action)column_i64(st, 3),
		.user_id = column_i64(st, 4),
		.post_id = column_i64(st, 5),
		.report_id = column_i64(st, 6),
		.detail = column_str(st, 7, a),
		.actor_name = column_str(st, 8, a),
		.user_name = column_str(st, 9, a),
	};
	return item->detail.ptr && item->actor_name.ptr && item->user_name.ptr ? ERR_OK
									       : ERR_TOO_LARGE;
}

static enum err row_note(sqlite3_stmt *st, struct arena *a, void *out)
{
	struct person_note *item = out;

	*item = (struct person_note){
		.id = column_i64(st, 0),
		.user_id = column_i64(st, 1),
		.author_id = column_i64(st, 2),
		.at_ms = column_i64(st, 3),
		.warning = column_i64(st, 4) != 0,
		.acknowledged_ms = column_i64(st, 5),
		.text = column_str(st, 6, a),
		.author_name = column_str(st, 7, a),
	};
	return item->text.ptr && item->author_name.ptr ? ERR_OK : ERR_TOO_LARGE;
}

static enum err row_invitation(sqlite3_stmt *st, struct arena *a, void *out)
{
	struct invitation *item = out;

	*item = (struct invitation){
		.code = column_str(st, 0, a),
		.created_by = column_i64(st, 1),
		.at_ms = column_i64(st, 2),
		.expires_ms = column_i64(st, 3),
		.uses_max = column_i64(st, 4),
		.uses = column_i64(st, 5),
		.created_name = column_str(st, 6, a),
	};
	return item->code.ptr && item->created_name.ptr ? ERR_OK : ERR_TOO_LARGE;
}

static enum err row_person(sqlite3_stmt *st, struct arena *a, void *out)
{
	return row_user(st, a, out);
}

typedef enum err row_fn(sqlite3_stmt *st, struct arena *a, void *out);

/* Up to `limit` rows of `size` bytes each, of a bound statement of a reader that is given back. */
static enum err rows(struct store *store, struct conn *c, sqlite3_stmt *st, row_fn *read,
		     size_t size, size_t limit, struct arena *a, void **items, size_t *count,
		     bool *more)
{
	char *room = arena_array(a, limit, size);
	enum err e = room ? ERR_OK : ERR_TOO_LARGE;
	enum step step = STEP_DONE;
	size_t n = 0;

	*more = false;
	while (e == ERR_OK && !*more && (step = stmt_step(st)) == STEP_ROW) {
		*more = n == limit;
		if (!*more)
			e = read(st, a, room + size * n++);
	}
	e = stmt_end(c, st, step, e);
	readers_put(&sqlite_of(store)->readers, c);
	*items = room;
	*count = n;
	return e;
}

/* ---- lists ------------------------------------------------------------------------------------
 */

enum err sqlite_report_get(struct store *store, int64_t id, struct arena *a, struct report *out)
{
	struct conn *c = readers_take(&sqlite_of(store)->readers);
	sqlite3_stmt *st = conn_stmt(c, STMT_REPORT_GET);
	void *items;
	size_t count;
	bool more;
	enum err e;

	bind_i64(st, 1, id);
	e = rows(store, c, st, row_report, sizeof(struct report), 1, a, &items, &count, &more);
	if (e == ERR_OK && count == 0)
		e = ERR_NOT_FOUND;
	if (e == ERR_OK)
		*out = *(const struct report *)items;
	return e;
}

enum err sqlite_report_list(struct store *store, const struct report_filter *filter, size_t limit,
			    struct arena *a, struct report_list *out)
{
	int64_t by = filter->user_id	   ? filter->user_id
		     : filter->reporter_id ? filter->reporter_id
					   : (int64_t)filter->state;
	enum statement which = filter->user_id	     ? STMT_REPORT_BY_USER
			       : filter->reporter_id ? STMT_REPORT_BY_REPORTER
						     : STMT_REPORT_BY_STATE;
	struct conn *c = readers_take(&sqlite_of(store)->readers);
	sqlite3_stmt *st = conn_stmt(c, which);
	void *items;
	size_t count;
	bool more;
	enum err e;

	bind_i64(st, 1, by);
	bind_i64(st, 2, filter->after_id);
	bind_i64(st, 3, (int64_t)limit + 1);
	e = rows(store, c, st, row_report, sizeof(struct report), limit, a, &items, &count, &more);
	if (e == ERR_OK)
		*out = (struct report_list){items, count, more};
	return e;
}

enum err sqlite_audit_list(struct store *store, const struct audit_filter *filter, size_t limit,
			   struct arena *a, struct audit_list *out)
{
	int64_t by = filter->actor_id ? filter->actor_id : filter->user_id;
	enum statement which = filter->actor_id	 ? STMT_AUDIT_BY_ACTOR
			       : filter->user_id ? STMT_AUDIT_BY_USER
						 : STMT_AUDIT_ALL;
	struct conn *c = readers_take(&sqlite_of(store)->readers);
	sqlite3_stmt *st = conn_stmt(c, which);
	void *items;
	size_t count;
	bool more;
	enum err e;

	bind_i64(st, 1, filter->before_id ? filter->before_id : INT64_MAX);
	bind_i64(st, 2, (int64_t)limit + 1);
	if (by)
		bind_i64(st, 3, by);
	e = rows(store, c, st, row_audit, sizeof(struct audit_entry), limit, a, &items, &count,
		 &more);
	if (e == ERR_OK)
		*out = (struct audit_list){items, count, more};
	return e;
}

enum err sqlite_note_list(struct store *store, int64_t user_id, struct arena *a,
			  struct person_note_list *out)
{
	struct conn *c = readers_take(&sqlite_of(store)->readers);
	sqlite3_stmt *st = conn_stmt(c, STMT_NOTE_LIST);
	void *items;
	size_t count;
	bool more;
	enum err e;

	bind_i64(st, 1, user_id);
	e = rows(store, c, st, row_note, sizeof(struct person_note), ROWS_MAX, a, &items, &count,
		 &more);
	if (e == ERR_OK)
		*out = (struct person_note_list){items, count};
	return e;
}

enum err sqlite_invitation_list(struct store *store, struct arena *a, struct invitation_list *out)
{
	struct conn *c = readers_take(&sqlite_of(store)->readers);
	sqlite3_stmt *st = conn_stmt(c, STMT_INVITATION_LIST);
	void *items;
	size_t count;
	bool more;
	enum err e;

	e = rows(store, c, st, row_invitation, sizeof(struct invitation), ROWS_MAX, a, &items,
		 &count, &more);
	if (e == ERR_OK)
		*out = (struct invitation_list){items, count};
	return e;
}

/* By role, up to `limit`. */
static enum err people_by_role(struct store *store, enum user_role role, size_t limit,
			       struct arena *a, struct user_list *out)
{
	struct conn *c = readers_take(&sqlite_of(store)->readers);
	sqlite3_stmt *st = conn_stmt(c, STMT_PEOPLE_BY_ROLE);
	void *items;
	size_t count;
	bool more;
	enum err e;

	bind_i64(st, 1, role);
	bind_i64(st, 2, (int64_t)limit + 1);
	e = rows(store, c, st, row_person, sizeof(struct user), limit, a, &items, &count, &more);
	if (e == ERR_OK)
		*out = (struct user_list){items, count, more};
	return e;
}

static enum err people_by_name(struct store *store, const struct people_filter *filter,
			       size_t limit, struct arena *a, struct user_list *out)
{
	struct str end = arena_printf(a, "%.*s" LAST_CHARACTER, STR_ARG(filter->prefix));
	struct conn *c = readers_take(&sqlite_of(store)->readers);
	sqlite3_stmt *st = conn_stmt(c, STMT_PEOPLE_BY_NAME);
	void *items;
	size_t count;
	bool more;
	enum err e;

	bind_str(st, 1, filter->prefix);
	bind_str(st, 2, end);
	bind_str(st, 3, filter->after);
	bind_i64(st, 4, (int64_t)limit + 1);
	e = rows(store, c, st, row_person, sizeof(struct user), limit, a, &items, &count, &more);
	if (e == ERR_OK)
		*out = (struct user_list){items, count, more};
	return e;
}

enum err sqlite_people_list(struct store *store, const struct people_filter *filter, size_t limit,
			    struct arena *a, struct user_list *out)
{
	return filter->role != USER_PERSON ? people_by_role(store, filter->role, limit, a, out)
					   : people_by_name(store, filter, limit, a, out);
}

enum err sqlite_invitation_check(struct store *store, struct str code, int64_t now_ms)
{
	struct conn *c = readers_take(&sqlite_of(store)->readers);
	sqlite3_stmt *st = conn_stmt(c, STMT_INVITATION_CHECK);
	enum step step;
	enum err e;

	bind_str(st, 1, code);
	bind_i64(st, 2, now_ms);
	step = stmt_step(st);
	e = stmt_end(c, st, step, step == STEP_DONE ? ERR_NOT_FOUND : ERR_OK);
	readers_put(&sqlite_of(store)->readers, c);
	return e;
}
