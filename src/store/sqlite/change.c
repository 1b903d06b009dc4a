#include "store/sqlite/change.h"

void values_bind(sqlite3_stmt *st, const struct value *values)
{
	int count = sqlite3_bind_parameter_count(st);

	for (int i = 0; i < count && i < CHANGE_VALUES_MAX; i++) {
		const struct value *v = &values[i];

		if (v->bytes)
			bind_bytes(st, i + 1, v->ptr, v->len);
		else if (v->ptr)
			bind_str(st, i + 1, str_from(v->ptr, v->len));
		else
			bind_i64(st, i + 1, v->number);
	}
}

static enum err change_job(struct writer *w, void *arg)
{
	const struct change *change = arg;
	struct conn *c = writer_conn(w);
	sqlite3_stmt *st = conn_stmt(c, change->which);
	enum err e;

	values_bind(st, change->values);
	e = conn_run(c, st);
	return e == ERR_OK && conn_changes(c) == 0 ? change->unchanged : e;
}

enum err change_run(struct store *store, struct change change)
{
	return writer_run(sqlite_of(store)->writer, change_job, &change);
}

enum err value_find(struct conn *c, enum statement which, const struct value *values, int64_t *out)
{
	sqlite3_stmt *st = conn_stmt(c, which);
	enum err e;

	values_bind(st, values);
	e = stmt_row(c, st);
	if (e == ERR_OK)
		*out = column_i64(st, 0);
	stmt_reset(st);
	return e;
}

enum err value_read(struct store *store, enum statement which, const struct value *values,
		    int64_t *out)
{
	struct sqlite *s = sqlite_of(store);
	struct conn *c = readers_take(&s->readers);
	enum err e = value_find(c, which, values, out);

	readers_put(&s->readers, c);
	return e;
}
