/*
 * pg_notice.c: what people are told of, in the PostgreSQL engine. Notices are written by the
 * statements of what causes them, through notice_put() of the schema.
 */
#include "store/notice.h"

#include "store/postgres/pg.h"

static enum err row_notice(const PGresult *r, int row, struct arena *a, struct notice *out)
{
	*out = (struct notice){
		.id = pg_i64(r, row, 0),
		.kind = (enum notice_kind)pg_i64(r, row, 1),
		.actor_id = pg_i64(r, row, 2),
		.actor_name = pg_str(r, row, 3, a),
		.actor_avatar = pg_i64(r, row, 8),
		.post_id = pg_i64(r, row, 4),
		.post_text = pg_str(r, row, 5, a),
		.created_ms = pg_i64(r, row, 6),
		.unread = pg_bool(r, row, 7),
		.actor_display = pg_str(r, row, 9, a),
	};
	return out->actor_name.ptr && out->actor_display.ptr && out->post_text.ptr ? ERR_OK
										   : ERR_TOO_LARGE;
}

static enum err notice_list(struct store *store, const struct notice_query *query, size_t limit,
			    struct arena *a, struct notice_list *out)
{
	struct notice_list list = {.items = arena_array(a, limit, sizeof(struct notice))};
	struct pg_args args = {0};
	PGresult *r = NULL;
	enum err e = list.items ? ERR_OK : ERR_TOO_LARGE;

	pg_arg_i64(&args, query->user_id);
	pg_arg_i64(&args, query->before_id ? query->before_id : INT64_MAX);
	pg_arg_i64(&args, query->kinds);
	pg_arg_i64(&args, (int64_t)limit + 1);
	if (e == ERR_OK)
		e = pg_run(pg_of(store), PG_NOTICE_LIST, &args, &r);
	for (int i = 0; e == ERR_OK && i < PQntuples(r) && !list.more; i++) {
		list.more = list.count == limit;
		if (!list.more)
			e = row_notice(r, i, a, &list.items[list.count++]);
	}
	PQclear(r);
	if (e == ERR_OK)
		*out = list;
	return e;
}

/* The number in the one row of a statement that is asked about a person; 0 where there is none. */
static enum err number_of(struct store *store, enum pg_statement which, int64_t user_id,
			  int64_t *out)
{
	struct pg_args args = {0};
	PGresult *r = NULL;
	enum err e;

	pg_arg_i64(&args, user_id);
	e = pg_run(pg_of(store), which, &args, &r);
	if (e == ERR_OK)
		*out = PQntuples(r) ? pg_i64(r, 0, 0) : 0;
	PQclear(r);
	return e;
}

static enum err notice_unread(struct store *store, int64_t user_id, int64_t *out)
{
	return number_of(store, PG_NOTICE_UNREAD, user_id, out);
}

static enum err notice_chosen(struct store *store, int64_t user_id, int64_t *out)
{
	return number_of(store, PG_NOTICE_CHOSEN, user_id, out);
}

static enum err put(struct store *store, enum pg_statement which, int64_t user_id, int64_t value)
{
	struct pg_args args = {0};

	pg_arg_i64(&args, user_id);
	pg_arg_i64(&args, value);
	return pg_run(pg_of(store), which, &args, NULL);
}

static enum err notice_read(struct store *store, int64_t user_id, int64_t upto_id)
{
	enum err e = put(store, PG_NOTICE_READ, user_id, upto_id);
	struct pg_args args = {0};

	/* They are read, whatever comes of this: the next trim does the same. */
	pg_arg_i64(&args, user_id);
	if (e == ERR_OK)
		(void)!pg_run(pg_of(store), PG_NOTICE_TRIM, &args, NULL);
	return e;
}

static enum err notice_choose(struct store *store, int64_t user_id, int64_t mask)
{
	return put(store, PG_NOTICE_CHOOSE, user_id, mask);
}

const struct notice_ops pg_notice_ops = {
	.list = notice_list,
	.unread = notice_unread,
	.read = notice_read,
	.chosen = notice_chosen,
	.choose = notice_choose,
};
