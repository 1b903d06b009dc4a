/*
 * change.h: operations that are one statement, which is the usual case: its parameters as values,
 * and what its answer means.
 */
#ifndef KINGLET_STORE_SQLITE_CHANGE_H
#define KINGLET_STORE_SQLITE_CHANGE_H

#include "store/sqlite/sqlite.h"
#include "store/sqlite/writer.h"

#define CHANGE_VALUES_MAX 6

/* A parameter: a number, or where .ptr is set a text or bytes. */
struct value {
	int64_t number;
	const void *ptr;
	size_t len;
	bool bytes;
};
/* A text; an empty one, too. */
static inline struct value value_str(struct str text)
{
	return (struct value){.ptr = text.len ? text.ptr : "", .len = text.len};
}

/* As many as the statement has parameters. */
void values_bind(sqlite3_stmt *st, const struct value *values);

struct change {
	enum statement which;
	enum err unchanged; /* the answer where no row was changed */
	struct value values[CHANGE_VALUES_MAX];
};
/* Writes it, and waits until it is durable. */
enum err MUST_CHECK change_run(struct store *store, struct change change);

/* The number in the first column of the first row. ERR_NOT_FOUND. */
enum err MUST_CHECK value_find(struct conn *c, enum statement which, const struct value *values,
			       int64_t *out);
/* The same on a reader. */
enum err MUST_CHECK value_read(struct store *store, enum statement which,
			       const struct value *values, int64_t *out);

#endif
