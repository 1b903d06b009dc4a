/* pg_copy.h: a PostgreSQL database as one end of a copy (store/copy_end.h), and the mark on it. */
#ifndef KINGLET_STORE_POSTGRES_PG_COPY_H
#define KINGLET_STORE_POSTGRES_PG_COPY_H

#include "store/copy_end.h"
#include "store/postgres/pg_conn.h"

/* See store_engine.copy_open. */
enum err MUST_CHECK pg_copy_open(struct str url, struct str location, bool target,
				 struct copy_end **out, struct buf *why);
/* What copy_mark_judge() says of the database: refuses an unfinished copy (ERR_DENIED). */
enum err MUST_CHECK pg_mark_obey(struct pg_conn *c, bool for_server, int64_t deadline_us,
				 struct buf *why);

#endif
