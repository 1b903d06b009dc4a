/*
 * pg_copy.c: one end of a copy in PostgreSQL: a connection of its own, which waits as long as it
 * takes. A batch of rows goes over as an array for each column, and so in one round trip.
 */
#include "store/postgres/pg_copy.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/clock.h"
#include "base/log.h"
#include "store/postgres/pg_copy_sql.h"
#include "store/postgres/pg_migrate.h"

#define CONNECT_US (10 * INT64_C(1000000))
/* How long a copy that was killed, or a command that has ended, may still be seen by the server. */
#define ALONE_US (5 * INT64_C(1000000))

/* https://www.postgresql.org/docs/15/catalog-pg-type.html: fixed for ever. */
enum { OID_BOOL = 16, OID_BYTEA = 17, OID_BIGINT = 20, OID_TEXT = 25 };

struct pg_copy {
	struct copy_end end; /* first */
	struct pg_conn c;
	char *description;
};

static struct pg_copy *copy_of(struct copy_end *end)
{
	return (struct pg_copy *)(void *)end;
}

/* ---- values ---------------------------------------------------------------------------------- */

static unsigned char *put_u32(unsigned char *at, uint32_t value)
{
	uint32_t big = htobe32(value);

	memcpy(at, &big, sizeof(big));
	return at + sizeof(big);
}

static unsigned char *put_cell(unsigned char *at, char kind, const struct copy_cell *cell)
{
	uint64_t big = htobe64((uint64_t)cell->number);

	if (kind == 't' || kind == 'x') {
		at = put_u32(at, (uint32_t)cell->text.len);
		if (cell->text.len)
			memcpy(at, cell->text.ptr, cell->text.len);
		return at + cell->text.len;
	}
	if (kind == 'b') {
		at = put_u32(at, 1);
		*at = cell->number != 0;
		return at + 1;
	}
	at = put_u32(at, sizeof(big));
	memcpy(at, &big, sizeof(big));
	return at + sizeof(big);
}

/* One column of the rows as an array: array_recv() in PostgreSQL's binary form. */
static enum err arg_column(struct pg_args *args, const struct copy_rows *rows, size_t column,
			   char kind, struct arena *a)
{
	const uint32_t oid = kind == 't'   ? OID_TEXT
			     : kind == 'x' ? OID_BYTEA
			     : kind == 'b' ? OID_BOOL
					   : OID_BIGINT;
	size_t size = 20;
	unsigned char *out, *at;

	for (size_t i = 0; i < rows->count; i++)
		size += 12 + rows->items[i].cells[column].text.len;
	out = at = arena_alloc(a, size);
	if (!out)
		return ERR_TOO_LARGE;
	at = put_u32(at, 1);
	at = put_u32(at, 0);
	at = put_u32(at, oid);
	at = put_u32(at, (uint32_t)rows->count);
	at = put_u32(at, 1);
	for (size_t i = 0; i < rows->count; i++)
		at = put_cell(at, kind, &rows->items[i].cells[column]);
	pg_arg_bytes(args, out, (size_t)(at - out));
	return ERR_OK;
}

static void arg_key(struct pg_args *args, enum copy_table table, const struct copy_row *row)
{
	const struct copy_table_row *t = &copy_tables[table];

	for (size_t i = 0; i < t->keys; i++) {
		if (t->kinds[i] == 'x' || t->kinds[i] == 't')
			pg_arg_str(args, row->cells[i].text);
		else
			pg_arg_i64(args, row->cells[i].number);
	}
}

static enum err cell_read(const PGresult *r, int row, int column, char kind, struct arena *a,
			  struct copy_cell *out)
{
	if (kind == 'b')
		out->number = pg_bool(r, row, column);
	else if (kind == 'i')
		out->number = pg_i64(r, row, column);
	else
		out->text = pg_str(r, row, column, a);
	return (kind == 't' || kind == 'x') && !out->text.ptr ? ERR_TOO_LARGE : ERR_OK;
}

/* ---- running --------------------------------------------------------------------------------- */

static enum err run(struct pg_copy *s, const char *sql, const struct pg_args *args, PGresult **out)
{
	static const int binary[PG_ARGS_MAX] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
	static const struct pg_args none = {.count = 0};
	ExecStatusType status;
	enum err e = ERR_OK;
	PGresult *r;

	if (!args)
		args = &none;
	r = PQexecParams(s->c.pg, sql, args->count, NULL, args->values, args->lengths, binary, 1);
	status = PQresultStatus(r);
	if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
		const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
		/* Details would repeat values, and values are people's. */
		const char *message = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);

		e = state ? pg_err_from_sqlstate(state) : ERR_IO;
		if (s->end.why->len == 0)
			buf_printf(s->end.why, "the PostgreSQL database %s: %s", s->description,
				   message ? message : "the connection was lost");
	}
	if (e == ERR_OK && out)
		*out = r;
	else
		PQclear(r);
	return e;
}

static enum err number(struct pg_copy *s, const char *sql, int64_t *out)
{
	PGresult *r = NULL;
	enum err e = run(s, sql, NULL, &r);

	if (e == ERR_OK && PQntuples(r) > 0)
		*out = pg_i64(r, 0, 0);
	PQclear(r);
	return e;
}

/* ---- the operations -------------------------------------------------------------------------- */

static enum err copy_look(struct copy_end *end, struct arena *a, struct copy_look *out)
{
	struct pg_copy *s = copy_of(end);
	struct copy_look look = {.mark = STR("")};
	int64_t filled = 1;
	const struct {
		const char *sql;
		int64_t *out;
	} questions[] = {
		{"SELECT applied_ms FROM schema_migration WHERE number = 1", &look.born_ms},
		{"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM id_last",
		 &look.last_id},
		{"SELECT coalesce(frozen_since(), 0)", &look.frozen},
		{"SELECT txid_snapshot_xmax(txid_current_snapshot())", &look.version},
		{"SELECT sum(2 * users + posts + follows + sessions)::bigint FROM total",
		 &look.expected},
		{"SELECT (EXISTS (SELECT 1 FROM \"user\") OR EXISTS (SELECT 1 FROM post) OR "
		 "EXISTS (SELECT 1 FROM session) OR EXISTS (SELECT 1 FROM origin_set))"
		 "::int::bigint",
		 &filled},
	};
	PGresult *r = NULL;
	enum err e = ERR_OK;

	for (size_t i = 0; e == ERR_OK && i < sizeof(questions) / sizeof(questions[0]); i++)
		e = number(s, questions[i].sql, questions[i].out);
	if (e == ERR_OK)
		e = run(s, "SELECT value FROM note WHERE name = 'copy'", NULL, &r);
	if (e == ERR_OK && PQntuples(r) > 0)
		look.mark = pg_str(r, 0, 0, a);
	PQclear(r);
	look.empty = !filled;
	if (e == ERR_OK)
		*out = look;
	return e;
}

static enum err copy_read(struct copy_end *end, enum copy_table table,
			  const struct copy_range *range, size_t limit, struct arena *a,
			  struct copy_rows *out)
{
	struct pg_copy *s = copy_of(end);
	const char *kinds = copy_tables[table].kinds;
	struct pg_args args = {.count = 0};
	struct copy_rows rows = {.items = NULL};
	PGresult *r = NULL;
	enum err e;

	arg_key(&args, table, &range->after);
	arg_key(&args, table, &range->upto);
	pg_arg_i64(&args, (int64_t)limit);
	e = run(s, pg_copy_sql[table].read, &args, &r);
	if (e != ERR_OK)
		return e;
	rows.count = (size_t)PQntuples(r);
	rows.items = arena_array(a, rows.count, sizeof(struct copy_row));
	if (!rows.items)
		e = ERR_TOO_LARGE;
	for (size_t i = 0; e == ERR_OK && i < rows.count; i++) {
		for (int k = 0; e == ERR_OK && kinds[k]; k++)
			e = cell_read(r, (int)i, k, kinds[k], a, &rows.items[i].cells[k]);
	}
	PQclear(r);
	if (e == ERR_OK)
		*out = rows;
	return e;
}

static enum err remove_rows(struct pg_copy *s, enum copy_table table, const struct copy_rows *gone,
			    struct arena *a)
{
	const struct copy_table_row *t = &copy_tables[table];
	struct pg_args args = {.count = 0};
	enum err e = ERR_OK;

	for (size_t i = 0; e == ERR_OK && i < t->keys; i++)
		e = arg_column(&args, gone, i, t->kinds[i], a);
	for (size_t i = 0; e == ERR_OK && i < PG_COPY_STEPS_MAX && pg_copy_sql[table].gone[i]; i++)
		e = run(s, pg_copy_sql[table].gone[i], &args, NULL);
	return e;
}

/* Whoever has one of these names under another id is not in the source any more. */
static enum err remove_namesakes(struct pg_copy *s, const struct copy_rows *users, struct arena *a)
{
	struct pg_args args = {.count = 0};
	struct copy_rows gone = {.items = NULL};
	PGresult *r = NULL;
	enum err e = arg_column(&args, users, 0, 'i', a);

	if (e == ERR_OK)
		e = arg_column(&args, users, 2, 't', a);
	if (e == ERR_OK)
		e = run(s,
			"SELECT u.id FROM unnest($1::bigint[], $2::text[]) AS n (id, name_key) "
			"JOIN \"user\" u ON u.name_key = n.name_key WHERE u.id <> n.id",
			&args, &r);
	if (e != ERR_OK)
		return e;
	gone.count = (size_t)PQntuples(r);
	gone.items = arena_array(a, gone.count, sizeof(struct copy_row));
	for (size_t i = 0; gone.items && i < gone.count; i++)
		gone.items[i].cells[0].number = pg_i64(r, (int)i, 0);
	PQclear(r);
	if (!gone.items)
		return ERR_TOO_LARGE;
	return gone.count ? remove_rows(s, COPY_USER, &gone, a) : ERR_OK;
}

static enum err put_rows(struct pg_copy *s, enum copy_table table, const struct copy_rows *put,
			 struct arena *a)
{
	const char *kinds = copy_tables[table].kinds;
	struct pg_args args = {.count = 0};
	enum err e = table == COPY_USER ? remove_namesakes(s, put, a) : ERR_OK;

	for (size_t i = 0; e == ERR_OK && kinds[i]; i++)
		e = arg_column(&args, put, i, kinds[i], a);
	return e == ERR_OK ? run(s, pg_copy_sql[table].put, &args, NULL) : e;
}

static enum err commit(struct pg_copy *s, enum err e)
{
	if (e == ERR_OK)
		e = run(s, "COMMIT", NULL, NULL);
	if (e != ERR_OK && PQtransactionStatus(s->c.pg) == PQTRANS_INERROR)
		(void)!run(s, "ROLLBACK", NULL, NULL);
	return e;
}

static enum err copy_apply(struct copy_end *end, enum copy_table table, const struct copy_rows *put,
			   const struct copy_rows *gone, struct arena *a)
{
	struct pg_copy *s = copy_of(end);
	enum err e = run(s, "BEGIN", NULL, NULL);

	if (e == ERR_OK)
		e = run(s, "SET LOCAL synchronous_commit = off", NULL, NULL);
	if (e == ERR_OK && gone->count)
		e = remove_rows(s, table, gone, a);
	if (e == ERR_OK && put->count)
		e = put_rows(s, table, put, a);
	return commit(s, e);
}

/* Without statistics the planner would read whole tables; a new table has none. */
static enum err analyze(struct pg_copy *s)
{
	int64_t never = 0;
	enum err e = number(s,
			    "SELECT (reltuples < 0)::int::bigint FROM pg_class "
			    "WHERE oid = 'post'::regclass",
			    &never);

	return e == ERR_OK && never
		       ? run(s, "ANALYZE \"user\", user_count, follow, post, session", NULL, NULL)
		       : e;
}

static enum err copy_mark(struct copy_end *end, struct str mark, int64_t last_id)
{
	struct pg_copy *s = copy_of(end);
	struct pg_args note = {.count = 0}, ids = {.count = 0};
	enum err e = last_id > 0 ? analyze(s) : ERR_OK;

	if (e == ERR_OK)
		e = run(s, "BEGIN", NULL, NULL);
	if (e != ERR_OK)
		return e;
	pg_arg_str(&note, mark);
	pg_arg_i64(&ids, last_id);
	e = run(s,
		"INSERT INTO note (name, value) VALUES ('copy', $1::text) "
		"ON CONFLICT (name) DO UPDATE SET value = excluded.value",
		&note, NULL);
	if (e == ERR_OK)
		e = run(s,
			"SELECT setval('id_last', $1::bigint) FROM id_last "
			"WHERE last_value < $1::bigint",
			&ids, NULL);
	if (e == ERR_OK)
		e = run(s,
			"SELECT setval(pg_get_serial_sequence('origin_set', 'id'), max(id)) "
			"FROM origin_set HAVING count(*) > 0",
			NULL, NULL);
	return commit(s, e);
}

/* ---- opening and closing --------------------------------------------------------------------- */

static void copy_close(struct copy_end *end)
{
	struct pg_copy *s = copy_of(end);

	if (s->c.pg)
		pg_conn_close(&s->c);
	free(s->description);
	free(s);
}

/* Of the copies and the servers, as far as one can see them. */
static enum err is_alone(struct pg_copy *s, bool *out)
{
	int64_t locked = 0, others = 0;
	enum err e = number(s, "SELECT pg_try_advisory_lock(1263421260, 3)::int::bigint", &locked);

	if (e == ERR_OK)
		e = number(s,
			   "SELECT count(*) FROM pg_stat_activity WHERE datname = "
			   "current_database() AND usename = current_user "
			   "AND backend_type = 'client backend' AND pid <> pg_backend_pid()",
			   &others);
	*out = locked && others == 0;
	return e;
}

static enum err become_target(struct pg_copy *s)
{
	const struct timespec pause = {.tv_nsec = 100000000};
	int64_t until_us = clock_mono_us() + ALONE_US;
	bool alone = false;
	enum err e;

	while ((e = is_alone(s, &alone)) == ERR_OK && !alone && clock_mono_us() < until_us)
		nanosleep(&pause, NULL);
	if (e != ERR_OK || alone)
		return e;
	buf_printf(s->end.why,
		   "others are connected to the target %s under the same name: end the servers and "
		   "copies that use it",
		   s->description);
	return ERR_DENIED;
}

/* Where it is, without name and password. */
static void describe(struct pg_copy *s)
{
	const char *host = PQhost(s->c.pg), *port = PQport(s->c.pg), *db = PQdb(s->c.pg);

	if (asprintf(&s->description, "postgres://%s:%s/%s", host ? host : "", port ? port : "",
		     db ? db : "") < 0)
		die("no memory for a copy");
	s->end.description = str_from_c(s->description);
}

static enum err open_end(struct pg_copy *s, const char *url, bool target)
{
	/* A table that is being filled has no statistics: go by the key, whatever one would guess.
	 */
	static const char *const settings[] = {
		"SET statement_timeout = 0",   "SET lock_timeout = 0",
		"SET enable_seqscan = off",    "SET enable_sort = off",
		"SET enable_bitmapscan = off",
	};
	struct buf reason = BUF_INIT(4096);
	enum err e = pg_conn_open(&s->c, url, false, clock_mono_us() + CONNECT_US, &reason);

	if (e == ERR_OK)
		e = pg_migrate_run(&s->c, postgres_migrations, postgres_migration_count, target,
				   &reason);
	if (e != ERR_OK)
		buf_printf(s->end.why, "the PostgreSQL database can't be used: %s",
			   reason.len ? buf_c(&reason) : err_text(e));
	buf_release(&reason);
	if (e != ERR_OK)
		return e;
	describe(s);
	/* From here on it may wait: who copies sees what it does, and can end it. */
	if (PQsetnonblocking(s->c.pg, 0) != 0)
		return ERR_INTERNAL;
	for (size_t i = 0; e == ERR_OK && i < sizeof(settings) / sizeof(settings[0]); i++)
		e = run(s, settings[i], NULL, NULL);
	return e == ERR_OK && target ? become_target(s) : e;
}

enum err pg_copy_open(struct str url, struct str location, bool target, struct copy_end **out,
		      struct buf *why)
{
	static const struct copy_end_ops ops = {.close = copy_close,
						.look = copy_look,
						.read = copy_read,
						.apply = copy_apply,
						.mark = copy_mark};
	struct pg_copy *s = calloc(1, sizeof(*s));
	struct buf text = BUF_INIT(16384);
	enum err e;

	(void)location;
	if (!s)
		die("no memory for a copy");
	*s = (struct pg_copy){.end = {.ops = &ops, .why = why}, .c = {.broken = true}};
	buf_add(&text, url);
	e = open_end(s, buf_c(&text), target);
	explicit_bzero(text.ptr, text.len);
	buf_release(&text);
	if (e != ERR_OK)
		copy_close(&s->end);
	else
		*out = &s->end;
	return e;
}

enum err pg_mark_obey(struct pg_conn *c, bool for_server, int64_t deadline_us, struct buf *why)
{
	PGresult *r = NULL;
	enum err e = pg_conn_exec(c, "SELECT value FROM note WHERE name = 'copy'", deadline_us, &r,
				  why);

	if (e != ERR_OK)
		return e;
	if (PQntuples(r) > 0) {
		switch (copy_mark_judge(str_from_c(PQgetvalue(r, 0, 0)), for_server, why)) {
		case COPY_MARK_NONE:
			break;
		case COPY_MARK_REFUSE:
			e = ERR_DENIED;
			break;
		case COPY_MARK_REMOVE:
			e = pg_conn_exec(c, "DELETE FROM note WHERE name = 'copy'", deadline_us,
					 NULL, why);
			break;
		}
	}
	PQclear(r);
	return e;
}
