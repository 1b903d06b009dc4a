/* pg_copy_sql.h: the SQL of a copy, one row for each table; see pg_copy.c. */
#ifndef KINGLET_STORE_POSTGRES_PG_COPY_SQL_H
#define KINGLET_STORE_POSTGRES_PG_COPY_SQL_H

#include "store/copy.h"

#define PG_COPY_STEPS_MAX 11

struct pg_copy_sql {
	const char *read;		     /* the key after, the key up to, the limit */
	const char *put;		     /* an array for each column */
	const char *gone[PG_COPY_STEPS_MAX]; /* an array for each column of the key */
};
extern const struct pg_copy_sql pg_copy_sql[COPY_TABLE_COUNT];

#endif
