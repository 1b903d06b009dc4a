/*
 * migration.c: online migrations, for every engine. A batch and how far it came are one
 * transaction, so that a process that is killed loses at most one batch; an index is built outside
 * any transaction and begun anew where it was broken off.
 */
#include "store/migration.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"

#define BATCH_US     (150 * 1000) /* what a batch should take: its rows are locked as long */
#define BATCH_LEAST  200
#define BATCH_MOST   50000
#define BATCH_FIRST  1000
#define SAMPLE_BATCH 2000
#define SAMPLE_INDEX 50000
#define TRIES	     20

const char migration_progress_schema[] = "CREATE TABLE IF NOT EXISTS schema_progress ("
					 "	number    bigint PRIMARY KEY,"
					 "	step      bigint NOT NULL,"
					 "	after_id  bigint NOT NULL,"
					 "	rows_done bigint NOT NULL"
					 ")";

struct online {
	const struct migration_sql *sql;
	const struct migration *m;
	const struct migration_watch *w;
	struct buf *why;
	int64_t step, after_id, rows_done;
	int64_t batch_rows;
	int64_t began_us, began_rows; /* of this run, for the rate */
};

const char *migration_kind_name(enum migration_kind kind)
{
	static const char *const names[] = {"expand", "contract", "online"};

	return names[kind];
}

bool migration_is_tolerated(int count, const char *kind, int64_t since)
{
	if (strcmp(kind, "contract") == 0)
		return since > 0 && since <= count;
	return strcmp(kind, "expand") == 0 || strcmp(kind, "online") == 0;
}

void migration_record_sql(const struct migration *m, struct buf *out)
{
	buf_printf(out,
		   "INSERT INTO schema_migration (number, name, digest, applied_ms, kind, since) "
		   "VALUES (%d, '%s', '%s', %lld, '%s', %d)",
		   m->number, m->name, m->digest, (long long)clock_now_ms(),
		   migration_kind_name(m->kind), m->since);
}

static enum err exec(const struct migration_sql *sql, struct buf *text, struct buf *why)
{
	enum err e = buf_ok(text) ? sql->exec(sql->engine, buf_c(text), why) : ERR_TOO_LARGE;

	buf_release(text);
	return e;
}

static enum err number(const struct migration_sql *sql, struct buf *text, int64_t *out,
		       struct buf *why)
{
	enum err e = buf_ok(text) ? sql->number(sql->engine, buf_c(text), out, why) : ERR_TOO_LARGE;

	buf_release(text);
	return e;
}

/* A failed transaction: ends it; that the connection may be gone shows at the next statement. */
static void roll_back(const struct migration_sql *sql)
{
	struct buf ignored = BUF_INIT(4096);

	(void)!sql->exec(sql->engine, "ROLLBACK", &ignored);
	buf_release(&ignored);
}

static int64_t rows_of(const struct migration_sql *sql, const char *table)
{
	struct buf text = BUF_INIT(4096), ignored = BUF_INIT(4096);
	int64_t rows = -1;

	if (sql->rows_of) {
		buf_printf(&text, "%s'%s')", sql->rows_of, table);
		(void)!number(sql, &text, &rows, &ignored);
	}
	if (rows < 0) {
		text = (struct buf)BUF_INIT(4096);
		buf_printf(&text, "SELECT count(*) FROM %s", table);
		(void)!number(sql, &text, &rows, &ignored);
	}
	buf_release(&ignored);
	return rows;
}

/* ---- batches --------------------------------------------------------------------------------- */

/* The step's statement with the bounds in it. */
static void add_bounded(struct buf *out, const char *sql, int64_t after_id, int64_t upto_id)
{
	struct str rest = str_from_c(sql);

	while (rest.len) {
		if (str_starts_with(rest, STR(":after"))) {
			buf_add_i64(out, after_id);
			rest = str_sub(rest, 6, rest.len);
		} else if (str_starts_with(rest, STR(":upto"))) {
			buf_add_i64(out, upto_id);
			rest = str_sub(rest, 5, rest.len);
		} else {
			buf_add_char(out, rest.ptr[0]);
			rest = str_sub(rest, 1, rest.len);
		}
	}
}

/* The next `limit` rows: how many there are, and the id of the last. */
static enum err next_bounds(const struct migration_sql *sql, const char *table, int64_t after_id,
			    int64_t limit, int64_t *count, int64_t *upto_id, struct buf *why)
{
	static const char *const wanted[] = {"count(*)", "max(id)"};
	int64_t *const out[] = {count, upto_id};
	enum err e = ERR_OK;

	for (int i = 0; i < 2 && e == ERR_OK; i++) {
		struct buf text = BUF_INIT(4096);

		buf_printf(&text,
			   "SELECT %s FROM (SELECT id FROM %s WHERE id > %lld ORDER BY id "
			   "LIMIT %lld) b",
			   wanted[i], table, (long long)after_id, (long long)limit);
		e = number(sql, &text, out[i], why);
	}
	return e;
}

static enum err save(struct online *o, int64_t step, int64_t after_id, int64_t rows_done)
{
	struct buf text = BUF_INIT(4096);

	buf_printf(&text,
		   "INSERT INTO schema_progress (number, step, after_id, rows_done) "
		   "VALUES (%d, %lld, %lld, %lld) ON CONFLICT (number) DO UPDATE SET "
		   "step = excluded.step, after_id = excluded.after_id, "
		   "rows_done = excluded.rows_done",
		   o->m->number, (long long)step, (long long)after_id, (long long)rows_done);
	return exec(o->sql, &text, o->why);
}

/* One transaction: the rows and the progress. */
static enum err run_batch(struct online *o, const struct migration_step *s, int64_t upto_id,
			  int64_t count)
{
	struct buf text = BUF_INIT(1 << 20);
	enum err e = o->sql->exec(o->sql->engine, o->sql->begin, o->why);

	add_bounded(&text, s->sql, o->after_id, upto_id);
	if (e == ERR_OK)
		e = exec(o->sql, &text, o->why);
	else
		buf_release(&text);
	if (e == ERR_OK)
		e = save(o, o->step, upto_id, o->rows_done + count);
	if (e == ERR_OK)
		e = o->sql->exec(o->sql->engine, "COMMIT", o->why);
	if (e != ERR_OK)
		roll_back(o->sql);
	return e;
}

static void adapt(struct online *o, int64_t took_us)
{
	int64_t rows = took_us > 0 ? o->batch_rows * BATCH_US / took_us : BATCH_MOST;

	if (rows > 2 * o->batch_rows)
		rows = 2 * o->batch_rows;
	if (rows < BATCH_LEAST)
		rows = BATCH_LEAST;
	o->batch_rows = rows < BATCH_MOST ? rows : BATCH_MOST;
}

static void report(const struct online *o, int64_t rows)
{
	int64_t done = o->rows_done - o->began_rows, took_us = clock_mono_us() - o->began_us;
	int64_t left = rows > o->rows_done ? rows - o->rows_done : 0;

	if (o->w && o->w->progress)
		o->w->progress(o->w->user, NULL, o->rows_done, rows < 0 ? -1 : left,
			       rows < 0 || done <= 0 ? -1 : left * (took_us / 1000) / done);
}

static enum err run_batches(struct online *o, const struct migration_step *s)
{
	int64_t rows = rows_of(o->sql, s->table), count = 1;
	enum err e = ERR_OK;
	int tries = 0;

	o->batch_rows = BATCH_FIRST;
	o->began_us = clock_mono_us();
	o->began_rows = o->rows_done;
	while (e == ERR_OK && count > 0) {
		int64_t began_us = clock_mono_us(), upto_id = o->after_id;

		buf_clear(o->why);
		e = next_bounds(o->sql, s->table, o->after_id, o->batch_rows, &count, &upto_id,
				o->why);
		if (e == ERR_OK && count > 0)
			e = run_batch(o, s, upto_id, count);
		/* Somebody else's lock, or a deadlock that was resolved at our cost. */
		if (e == ERR_BUSY && ++tries < TRIES) {
			o->batch_rows = BATCH_LEAST;
			usleep((useconds_t)tries * 50000);
			e = ERR_OK;
			count = 1;
			continue;
		}
		if (e != ERR_OK || count == 0)
			break;
		tries = 0;
		o->after_id = upto_id;
		o->rows_done += count;
		report(o, rows);
		began_us = clock_mono_us() - began_us;
		adapt(o, began_us);
		if (o->sql->rest_percent)
			usleep((useconds_t)(began_us * o->sql->rest_percent / 100));
	}
	return e;
}

/* ---- indexes --------------------------------------------------------------------------------- */

/* What a broken-off CREATE INDEX CONCURRENTLY left is no index, and in the way of a new one. */
static enum err drop_invalid(struct online *o, const char *index)
{
	struct buf text = BUF_INIT(4096);
	int64_t invalid = 0;
	enum err e;

	buf_printf(&text,
		   "SELECT count(*) FROM pg_index WHERE indexrelid = to_regclass('%s') "
		   "AND NOT indisvalid",
		   index);
	e = number(o->sql, &text, &invalid, o->why);
	if (e == ERR_OK && invalid) {
		struct buf drop = BUF_INIT(4096);

		buf_printf(&drop, "DROP INDEX CONCURRENTLY IF EXISTS %s", index);
		e = exec(o->sql, &drop, o->why);
	}
	return e;
}

static enum err run_index(struct online *o, const struct migration_step *s)
{
	struct buf text = BUF_INIT(1 << 20);
	enum err e = ERR_OK;

	if (o->w && o->w->progress)
		o->w->progress(o->w->user, s->index, 0, rows_of(o->sql, s->table), -1);
	if (o->sql->concurrent)
		e = drop_invalid(o, s->index);
	buf_printf(&text, "CREATE INDEX %sIF NOT EXISTS %s ON %s %s",
		   o->sql->concurrent ? "CONCURRENTLY " : "", s->index, s->table, s->sql);
	if (e == ERR_OK)
		return exec(o->sql, &text, o->why);
	buf_release(&text);
	return e;
}

/* ---- all of it ------------------------------------------------------------------------------- */

static enum err load(struct online *o)
{
	static const char *const columns[] = {"step", "after_id", "rows_done"};
	int64_t *const out[] = {&o->step, &o->after_id, &o->rows_done};
	enum err e = o->sql->exec(o->sql->engine, migration_progress_schema, o->why);

	for (int i = 0; i < 3 && e == ERR_OK; i++) {
		struct buf text = BUF_INIT(4096);

		buf_printf(&text, "SELECT %s FROM schema_progress WHERE number = %d", columns[i],
			   o->m->number);
		e = number(o->sql, &text, out[i], o->why);
	}
	return e;
}

/* The record and the end of the progress, in one transaction. */
static enum err finish(struct online *o)
{
	struct buf text = BUF_INIT(4096), clear = BUF_INIT(4096);
	enum err e = o->sql->exec(o->sql->engine, o->sql->begin, o->why);

	migration_record_sql(o->m, &text);
	buf_printf(&clear, "DELETE FROM schema_progress WHERE number = %d", o->m->number);
	if (e == ERR_OK)
		e = exec(o->sql, &text, o->why);
	if (e == ERR_OK)
		e = exec(o->sql, &clear, o->why);
	if (e == ERR_OK)
		e = o->sql->exec(o->sql->engine, "COMMIT", o->why);
	if (e != ERR_OK)
		roll_back(o->sql);
	buf_release(&text);
	buf_release(&clear);
	return e;
}

enum err migration_run_online(const struct migration_sql *sql, const struct migration *m,
			      const struct migration_watch *w, struct buf *why)
{
	struct buf reason = BUF_INIT(4096);
	struct online o = {.sql = sql, .m = m, .w = w, .why = &reason};
	enum err e = load(&o);

	while (e == ERR_OK && o.step < m->step_count) {
		const struct migration_step *s = &m->steps[o.step];

		e = s->index ? run_index(&o, s) : run_batches(&o, s);
		if (e != ERR_OK)
			break;
		o.step++;
		o.after_id = 0;
		o.rows_done = 0;
		e = save(&o, o.step, 0, 0);
	}
	if (e == ERR_OK)
		e = finish(&o);
	if (e != ERR_OK)
		buf_printf(why,
			   "migration %d (%s) was broken off in its step %d, and can be taken up "
			   "again: %s",
			   m->number, m->name, (int)o.step + 1, buf_c(&reason));
	buf_release(&reason);
	return e;
}

/* ---- estimates ------------------------------------------------------------------------------- */

/* Microseconds for `*count` rows of the step, undone afterwards; -1: it can't be run yet. */
static int64_t try_batch(const struct migration_sql *sql, const struct migration_step *s,
			 int64_t after_id, int64_t *count)
{
	struct buf text = BUF_INIT(1 << 20), ignored = BUF_INIT(4096);
	int64_t upto_id = after_id, began_us = clock_mono_us();
	enum err e = sql->exec(sql->engine, sql->begin, &ignored);

	if (e == ERR_OK)
		e = next_bounds(sql, s->table, after_id, SAMPLE_BATCH, count, &upto_id, &ignored);
	add_bounded(&text, s->sql, after_id, upto_id);
	if (e == ERR_OK)
		e = exec(sql, &text, &ignored);
	else
		buf_release(&text);
	roll_back(sql);
	buf_release(&ignored);
	return e == ERR_OK ? clock_mono_us() - began_us : -1;
}

/* The same for an index, on a copy of some rows. */
static int64_t try_index(const struct migration_sql *sql, const struct migration_step *s,
			 int64_t *count)
{
	struct buf copy = BUF_INIT(4096), index = BUF_INIT(1 << 20), ignored = BUF_INIT(4096);
	struct buf text = BUF_INIT(4096);
	int64_t began_us = clock_mono_us();
	enum err e = sql->exec(sql->engine, "BEGIN", &ignored);

	buf_printf(&copy, "CREATE TEMP TABLE kinglet_sample AS SELECT * FROM %s LIMIT %d", s->table,
		   SAMPLE_INDEX);
	buf_printf(&index, "CREATE INDEX %skinglet_sample_index ON kinglet_sample %s",
		   sql->concurrent ? "" : "temp.", s->sql);
	if (e == ERR_OK)
		e = exec(sql, &copy, &ignored);
	if (e == ERR_OK)
		e = exec(sql, &index, &ignored);
	began_us = clock_mono_us() - began_us;
	buf_printf(&text, "SELECT count(*) FROM kinglet_sample");
	if (e == ERR_OK)
		e = number(sql, &text, count, &ignored);
	roll_back(sql);
	buf_release(&copy);
	buf_release(&index);
	buf_release(&text);
	buf_release(&ignored);
	return e == ERR_OK ? began_us : -1;
}

void migration_estimate(const struct migration_sql *sql, const struct migration *m, int64_t *rows,
			int64_t *left_ms)
{
	struct buf ignored = BUF_INIT(4096), text = BUF_INIT(4096);
	int64_t at[3] = {0, 0, 0};
	static const char *const columns[] = {"step", "after_id", "rows_done"};

	int64_t has_progress = 0;

	*rows = 0;
	*left_ms = 0;
	(void)!sql->number(sql->engine, sql->has_progress, &has_progress, &ignored);
	for (int i = 0; has_progress && i < 3; i++) {
		buf_clear(&text);
		buf_printf(&text, "SELECT %s FROM schema_progress WHERE number = %d", columns[i],
			   m->number);
		(void)!sql->number(sql->engine, buf_c(&text), &at[i], &ignored);
	}
	for (int i = (int)at[0]; i < m->step_count; i++) {
		const struct migration_step *s = &m->steps[i];
		bool under_way = i == at[0] && !s->index;
		int64_t table_rows = rows_of(sql, s->table), count = 0, took_us;
		int64_t left = table_rows - (under_way ? at[2] : 0);

		took_us = s->index ? try_index(sql, s, &count)
				   : try_batch(sql, s, under_way ? at[1] : 0, &count);
		if (left < 0)
			left = 0;
		if (table_rows < 0 || (took_us < 0 && left > 0))
			*left_ms = -1;
		if (table_rows >= 0)
			*rows += left;
		if (took_us > 0 && count > 0 && *left_ms >= 0)
			*left_ms += took_us * left / count / 1000 *
				    (100 + (s->index ? 0 : sql->rest_percent)) / 100;
	}
	buf_release(&ignored);
	buf_release(&text);
}
