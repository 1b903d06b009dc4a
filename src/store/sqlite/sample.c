/* sample.c: the history behind the dashboard in the SQLite engine. No page that is kept shows it.
 */
#include "store/sqlite/sqlite.h"

#include "store/sqlite/write.h"

/* ---- reading -------------------------------------------------------------------------------- */

static enum err row_sample(sqlite3_stmt *st, struct arena *a, struct sample *out)
{
	*out = (struct sample){
		.resolution_s = column_i64(st, 0),
		.at_s = column_i64(st, 1),
		.node = column_str(st, 2, a),
		.data = column_str(st, 3, a),
	};
	return out->node.ptr && out->data.ptr ? ERR_OK : ERR_TOO_LARGE;
}

enum err sqlite_sample_list(struct store *store, const struct sample *after, int64_t until_s,
			    size_t limit, struct arena *a, struct sample_list *out)
{
	struct sqlite *s = sqlite_of(store);
	struct sample_list list = {.items = arena_array(a, limit, sizeof(struct sample))};
	struct conn *c = readers_take(&s->readers);
	sqlite3_stmt *st = conn_stmt(c, STMT_SAMPLE_LIST);
	enum err e = list.items ? ERR_OK : ERR_TOO_LARGE;
	enum step step = STEP_DONE;

	bind_i64(st, 1, after->resolution_s);
	bind_i64(st, 2, after->at_s);
	bind_str(st, 3, after->node);
	bind_i64(st, 4, until_s);
	bind_i64(st, 5, (int64_t)limit + 1);
	while (e == ERR_OK && (step = stmt_step(st)) == STEP_ROW) {
		list.more = list.count == limit;
		if (list.more)
			break;
		e = row_sample(st, a, &list.items[list.count++]);
	}
	e = stmt_end(c, st, step, e);
	readers_put(&s->readers, c);
	if (e == ERR_OK)
		*out = list;
	return e;
}

enum err sqlite_recent_summary(struct store *store, int64_t from_id, size_t limit, struct arena *a,
			       struct post_summary *out)
{
	struct sqlite *s = sqlite_of(store);
	struct post_summary sum = {.authors = arena_array(a, limit, sizeof(struct author_posts))};
	struct conn *c = readers_take(&s->readers);
	sqlite3_stmt *st = conn_stmt(c, STMT_RECENT_SUMMARY);
	enum err e = sum.authors ? ERR_OK : ERR_TOO_LARGE;
	enum step step = STEP_DONE;

	bind_i64(st, 1, from_id);
	bind_i64(st, 2, STORE_RECENT_POSTS);
	bind_i64(st, 3, (int64_t)limit);
	while (e == ERR_OK && (step = stmt_step(st)) == STEP_ROW) {
		struct author_posts *author = &sum.authors[sum.author_count++];

		sum.scanned = column_i64(st, 0);
		sum.flagged = column_i64(st, 1);
		author->author_id = column_i64(st, 2);
		author->name = column_str(st, 3, a);
		author->posts = column_i64(st, 4);
		if (!author->name.ptr)
			e = ERR_TOO_LARGE;
	}
	e = stmt_end(c, st, step, e);
	readers_put(&s->readers, c);
	if (e == ERR_OK)
		*out = sum;
	return e;
}

enum err sqlite_recent_flagged(struct store *store, size_t limit, struct arena *a,
			       struct post_list *out)
{
	struct sqlite *s = sqlite_of(store);
	struct post_list list = {.items = arena_array(a, limit, sizeof(struct post))};
	struct conn *c = readers_take(&s->readers);
	sqlite3_stmt *st = conn_stmt(c, STMT_RECENT_FLAGGED);
	enum err e = list.items ? ERR_OK : ERR_TOO_LARGE;
	enum step step = STEP_DONE;

	bind_i64(st, 1, STORE_RECENT_POSTS);
	bind_i64(st, 2, (int64_t)limit);
	while (e == ERR_OK && (step = stmt_step(st)) == STEP_ROW)
		e = row_post(st, a, &list.items[list.count++]);
	e = stmt_end(c, st, step, e);
	readers_put(&s->readers, c);
	if (e == ERR_OK)
		*out = list;
	return e;
}

/* ---- writing -------------------------------------------------------------------------------- */

struct put {
	const struct sample *samples;
	size_t count;
};

static enum err put_job(struct writer *w, void *arg)
{
	const struct put *put = arg;
	struct conn *c = writer_conn(w);

	for (size_t i = 0; i < put->count; i++) {
		const struct sample *sample = &put->samples[i];
		sqlite3_stmt *st = conn_stmt(c, STMT_SAMPLE_PUT);
		enum err e;

		bind_i64(st, 1, sample->resolution_s);
		bind_i64(st, 2, sample->at_s);
		bind_str(st, 3, sample->node);
		bind_str(st, 4, sample->data);
		e = conn_run(c, st);
		if (e != ERR_OK)
			return write_failed(e);
	}
	return ERR_OK;
}

enum err sqlite_sample_put(struct store *store, const struct sample *samples, size_t count)
{
	struct put put = {.samples = samples, .count = count};

	return writer_run(sqlite_of(store)->writer, put_job, &put);
}

struct trim {
	int64_t resolution_s, before_s;
};

static enum err trim_job(struct writer *w, void *arg)
{
	const struct trim *trim = arg;
	sqlite3_stmt *st = conn_stmt(writer_conn(w), STMT_SAMPLE_TRIM);

	bind_i64(st, 1, trim->resolution_s);
	bind_i64(st, 2, trim->before_s);
	return conn_run(writer_conn(w), st);
}

enum err sqlite_sample_trim(struct store *store, int64_t resolution_s, int64_t before_s)
{
	struct trim trim = {.resolution_s = resolution_s, .before_s = before_s};

	return writer_run(sqlite_of(store)->writer, trim_job, &trim);
}
