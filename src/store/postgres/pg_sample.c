/*
 * pg_sample.c: the history behind the dashboard in the PostgreSQL engine. It touches no row of
 * `total`, so kept pages stay (pg_version.h). Each node writes rows of its own.
 */
#include "store/postgres/pg.h"

static enum err row_sample(const PGresult *r, int row, struct arena *a, struct sample *out)
{
	*out = (struct sample){
		.resolution_s = pg_i64(r, row, 0),
		.at_s = pg_i64(r, row, 1),
		.node = pg_str(r, row, 2, a),
		.data = pg_str(r, row, 3, a),
	};
	return out->node.ptr && out->data.ptr ? ERR_OK : ERR_TOO_LARGE;
}

enum err pg_sample_list(struct store *store, const struct sample *after, int64_t until_s,
			size_t limit, struct arena *a, struct sample_list *out)
{
	struct sample_list list = {0};
	struct pg_args args = {0};
	PGresult *r = NULL;
	enum err e;

	pg_arg_i64(&args, after->resolution_s);
	pg_arg_i64(&args, after->at_s);
	pg_arg_str(&args, after->node);
	pg_arg_i64(&args, until_s);
	pg_arg_i64(&args, (int64_t)limit + 1);
	e = pg_run(pg_of(store), PG_SAMPLE_LIST, &args, &r);
	if (e == ERR_OK) {
		list.items = arena_array(a, (size_t)PQntuples(r), sizeof(struct sample));
		e = list.items ? ERR_OK : ERR_TOO_LARGE;
	}
	for (int i = 0; e == ERR_OK && i < PQntuples(r) && !list.more; i++) {
		list.more = list.count == limit;
		if (!list.more)
			e = row_sample(r, i, a, &list.items[list.count++]);
	}
	PQclear(r);
	if (e == ERR_OK)
		*out = list;
	return e;
}

enum err pg_recent_summary(struct store *store, int64_t from_id, size_t limit, struct arena *a,
			   struct post_summary *out)
{
	struct post_summary sum = {0};
	struct pg_args args = {0};
	PGresult *r = NULL;
	enum err e;

	pg_arg_i64(&args, from_id);
	pg_arg_i64(&args, (int64_t)limit);
	e = pg_run(pg_of(store), PG_RECENT_SUMMARY, &args, &r);
	if (e == ERR_OK) {
		sum.authors = arena_array(a, (size_t)PQntuples(r), sizeof(struct author_posts));
		e = sum.authors ? ERR_OK : ERR_TOO_LARGE;
	}
	for (int i = 0; e == ERR_OK && i < PQntuples(r); i++) {
		struct author_posts *author = &sum.authors[sum.author_count++];

		sum.scanned = pg_i64(r, i, 0);
		sum.flagged = pg_i64(r, i, 1);
		author->author_id = pg_i64(r, i, 2);
		author->name = pg_str(r, i, 3, a);
		author->posts = pg_i64(r, i, 4);
		if (!author->name.ptr)
			e = ERR_TOO_LARGE;
	}
	PQclear(r);
	if (e == ERR_OK)
		*out = sum;
	return e;
}

enum err pg_recent_flagged(struct store *store, size_t limit, struct arena *a,
			   struct post_list *out)
{
	struct post_list list = {0};
	struct pg_args args = {0};
	PGresult *r = NULL;
	enum err e;

	pg_arg_i64(&args, (int64_t)limit);
	e = pg_run(pg_of(store), PG_RECENT_FLAGGED, &args, &r);
	if (e == ERR_OK) {
		list.items = arena_array(a, (size_t)PQntuples(r), sizeof(struct post));
		e = list.items ? ERR_OK : ERR_TOO_LARGE;
	}
	for (int i = 0; e == ERR_OK && i < PQntuples(r); i++)
		e = pg_row_post(r, i, 0, a, &list.items[list.count++]);
	PQclear(r);
	if (e == ERR_OK)
		*out = list;
	return e;
}

static enum err put_one(struct pg_conn *c, const struct sample *sample, int64_t deadline_us)
{
	struct pg_args args = {0};

	pg_arg_i64(&args, sample->resolution_s);
	pg_arg_i64(&args, sample->at_s);
	pg_arg_str(&args, sample->node);
	pg_arg_str(&args, sample->data);
	return pg_conn_run(c, PG_SAMPLE_PUT, &args, deadline_us, NULL);
}

enum err pg_sample_put(struct store *store, const struct sample *samples, size_t count)
{
	struct pg *s = pg_of(store);
	int64_t deadline_us = pg_deadline_us(s);
	struct pg_conn *c = NULL;
	enum err e = pg_take_to_write(s, deadline_us, &c);

	if (e != ERR_OK)
		return e;
	e = pg_conn_run(c, PG_BEGIN, NULL, deadline_us, NULL);
	for (size_t i = 0; e == ERR_OK && i < count; i++)
		e = put_one(c, &samples[i], deadline_us);
	e = pg_end(c, e, deadline_us);
	if (e == ERR_IO)
		c->broken = true;
	pg_pool_put(&s->pool, c);
	if (e == ERR_OK)
		atomic_fetch_add(&s->writes, 1);
	return e;
}

enum err pg_sample_trim(struct store *store, int64_t resolution_s, int64_t before_s)
{
	struct pg_args args = {0};

	pg_arg_i64(&args, resolution_s);
	pg_arg_i64(&args, before_s);
	return pg_run(pg_of(store), PG_SAMPLE_TRIM, &args, NULL);
}
