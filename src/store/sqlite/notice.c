/* notice.c: what people are told of, in the SQLite engine. No page that is kept shows it. */
#include "store/notice.h"

#include "store/sqlite/sqlite.h"
#include "store/sqlite/write.h"

/* Looking for the thousandth costs more than the rest of a notice: one write in so many does it. */
#define TRIM_EVERY 32

/* ---- reading -------------------------------------------------------------------------------- */

static enum err row_notice(sqlite3_stmt *st, struct arena *a, struct notice *out)
{
	*out = (struct notice){
		.id = column_i64(st, 0),
		.kind = (enum notice_kind)column_i64(st, 1),
		.actor_id = column_i64(st, 2),
		.actor_name = column_str(st, 3, a),
		.actor_avatar = column_i64(st, 8),
		.post_id = column_i64(st, 4),
		.post_text = column_str(st, 5, a),
		.created_ms = column_i64(st, 6),
		.unread = column_i64(st, 7) != 0,
		.actor_display = column_str(st, 9, a),
	};
	return out->actor_name.ptr && out->actor_display.ptr && out->post_text.ptr ? ERR_OK
										   : ERR_TOO_LARGE;
}

static enum err notice_list(struct store *store, const struct notice_query *query, size_t limit,
			    struct arena *a, struct notice_list *out)
{
	struct sqlite *s = sqlite_of(store);
	struct notice_list list = {.items = arena_array(a, limit, sizeof(struct notice))};
	struct conn *c = readers_take(&s->readers);
	sqlite3_stmt *st = conn_stmt(c, STMT_NOTICE_LIST);
	enum err e = list.items ? ERR_OK : ERR_TOO_LARGE;
	enum step step = STEP_DONE;

	bind_i64(st, 1, query->user_id);
	bind_i64(st, 2, query->before_id ? query->before_id : INT64_MAX);
	bind_i64(st, 3, query->kinds);
	bind_i64(st, 4, (int64_t)limit + 1);
	while (e == ERR_OK && (step = stmt_step(st)) == STEP_ROW) {
		list.more = list.count == limit;
		if (list.more)
			break;
		e = row_notice(st, a, &list.items[list.count++]);
	}
	e = stmt_end(c, st, step, e);
	readers_put(&s->readers, c);
	if (e == ERR_OK)
		*out = list;
	return e;
}

/* The sum of the rows' one number: a 1 for each that is unread, or the one row that was chosen. */
static enum err sum_of(struct store *store, enum statement which, int64_t user_id, int64_t *out)
{
	struct sqlite *s = sqlite_of(store);
	struct conn *c = readers_take(&s->readers);
	sqlite3_stmt *st = conn_stmt(c, which);
	int64_t sum = 0;
	enum step step;
	enum err e;

	bind_i64(st, 1, user_id);
	if (which == STMT_NOTICE_UNREAD)
		bind_i64(st, 2, NOTICE_UNREAD_MAX);
	while ((step = stmt_step(st)) == STEP_ROW)
		sum += column_i64(st, 0);
	e = stmt_end(c, st, step, ERR_OK);
	readers_put(&s->readers, c);
	if (e == ERR_OK)
		*out = sum;
	return e;
}

static enum err notice_unread(struct store *store, int64_t user_id, int64_t *out)
{
	return sum_of(store, STMT_NOTICE_UNREAD, user_id, out);
}

static enum err notice_chosen(struct store *store, int64_t user_id, int64_t *out)
{
	return sum_of(store, STMT_NOTICE_CHOSEN, user_id, out);
}

/* ---- for the jobs of others ------------------------------------------------------------------ */

static enum err trim(struct writer *w, int64_t user_id)
{
	sqlite3_stmt *st = conn_stmt(writer_conn(w), STMT_NOTICE_TRIM);

	bind_i64(st, 1, user_id);
	bind_i64(st, 2, NOTICE_KEEP);
	return conn_run(writer_conn(w), st);
}

/* All but the id, which only one of the two statements has. */
static sqlite3_stmt *bound(struct writer *w, enum statement which, const struct write_notice *n)
{
	sqlite3_stmt *st = conn_stmt(writer_conn(w), which);

	bind_i64(st, 1, n->user_id);
	bind_i64(st, 3, n->kind);
	bind_i64(st, 4, n->actor_id);
	bind_i64(st, 5, n->post_id);
	return st;
}

enum err write_notice(struct writer *w, const struct write_notice *n)
{
	struct conn *c = writer_conn(w);
	sqlite3_stmt *st;
	enum err e;

	if (n->user_id == n->actor_id)
		return ERR_OK;
	st = bound(w, STMT_NOTICE_PUT, n);
	bind_i64(st, 2, writer_next_id(w, n->created_ms));
	bind_i64(st, 6, n->created_ms);
	e = conn_run(c, st);
	if (e != ERR_OK)
		return write_failed(e);
	if (conn_changes(c) == 0)
		return ERR_OK;
	if (n->created_ms % TRIM_EVERY == 0)
		e = trim(w, n->user_id);
	writer_note_told(w, n->user_id);
	return e == ERR_OK ? ERR_OK : write_failed(e);
}

enum err write_notice_undo(struct writer *w, const struct write_notice *n)
{
	enum err e = conn_run(writer_conn(w), bound(w, STMT_NOTICE_TAKE, n));

	return e == ERR_OK ? ERR_OK : write_failed(e);
}

enum err write_notice_post_gone(struct writer *w, int64_t post_id)
{
	sqlite3_stmt *st = conn_stmt(writer_conn(w), STMT_NOTICE_TAKE_POST);
	enum err e;

	bind_i64(st, 1, post_id);
	e = conn_run(writer_conn(w), st);
	return e == ERR_OK ? ERR_OK : write_failed(e);
}

/* ---- writing -------------------------------------------------------------------------------- */

struct put {
	enum statement which;
	int64_t user_id, value;
};

static enum err put_job(struct writer *w, void *arg)
{
	const struct put *put = arg;
	sqlite3_stmt *st = conn_stmt(writer_conn(w), put->which);
	enum err e;

	bind_i64(st, 1, put->user_id);
	bind_i64(st, 2, put->value);
	e = conn_run(writer_conn(w), st);
	if (e == ERR_OK && put->which == STMT_NOTICE_READ)
		e = trim(w, put->user_id);
	return e == ERR_OK ? ERR_OK : write_failed(e);
}

static enum err notice_read(struct store *store, int64_t user_id, int64_t upto_id)
{
	struct put put = {STMT_NOTICE_READ, user_id, upto_id};

	return writer_run(sqlite_of(store)->writer, put_job, &put);
}

static enum err notice_choose(struct store *store, int64_t user_id, int64_t mask)
{
	struct put put = {STMT_NOTICE_CHOOSE, user_id, mask};

	return writer_run(sqlite_of(store)->writer, put_job, &put);
}

const struct notice_ops sqlite_notice_ops = {
	.list = notice_list,
	.unread = notice_unread,
	.read = notice_read,
	.chosen = notice_chosen,
	.choose = notice_choose,
};
