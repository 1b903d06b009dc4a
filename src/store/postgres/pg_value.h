/*
 * pg_value.h: values to and from PostgreSQL in its binary form: integers big-endian, texts and
 * bytes as they are
 * (https://www.postgresql.org/docs/15/protocol-overview.html#PROTOCOL-FORMAT-CODES). No escaping,
 * no parsing of decimals.
 */
#ifndef KINGLET_STORE_POSTGRES_PG_VALUE_H
#define KINGLET_STORE_POSTGRES_PG_VALUE_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "model/post.h"
#include "model/session.h"
#include "model/user.h"

#define PG_ARGS_MAX 16

/* The parameters of one execution, $1 first. Texts are borrowed; numbers lie inside: don't copy it.
 */
struct pg_args {
	int count;
	const char *values[PG_ARGS_MAX];
	int lengths[PG_ARGS_MAX];
	unsigned char numbers[PG_ARGS_MAX][8];
};

void pg_arg_i64(struct pg_args *args, int64_t value);
void pg_arg_bool(struct pg_args *args, bool value);
void pg_arg_str(struct pg_args *args, struct str text);
void pg_arg_bytes(struct pg_args *args, const void *data, size_t len);
/* An array of bigint, built in the arena. ERR_TOO_LARGE. */
enum err MUST_CHECK pg_arg_ids(struct pg_args *args, const int64_t *ids, size_t count,
			       struct arena *a);

/* NULL reads as 0, false, or the empty text. */
int64_t pg_i64(const PGresult *r, int row, int column);
bool pg_bool(const PGresult *r, int row, int column);
/* A copy; .ptr is NULL where the arena is full. */
struct str pg_str(const PGresult *r, int row, int column, struct arena *a);
/* An array of bigint; NULL reads as an empty one. `*ids` is in the arena. ERR_TOO_LARGE. */
enum err MUST_CHECK pg_ids(const PGresult *r, int row, int column, struct arena *a, int64_t **ids,
			   size_t *count);

/* A row from column `first` on, as pg_statement.c orders the columns. ERR_TOO_LARGE, ERR_INTERNAL.
 */
enum err MUST_CHECK pg_row_user(const PGresult *r, int row, int first, struct arena *a,
				struct user *out);
enum err MUST_CHECK pg_row_post(const PGresult *r, int row, int first, struct arena *a,
				struct post *out);
enum err MUST_CHECK pg_row_session(const PGresult *r, int row, int first, struct arena *a,
				   struct session *out);

#endif
