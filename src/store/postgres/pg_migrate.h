/*
 * pg_migrate.h: brings a database to the schema that this program knows. Each migration runs in one
 * transaction with its record, under a lock, so that of two nodes which start at once one migrates
 * and the other waits and finds it done.
 */
#ifndef KINGLET_STORE_POSTGRES_PG_MIGRATE_H
#define KINGLET_STORE_POSTGRES_PG_MIGRATE_H

#include "store/migration.h"
#include "store/postgres/pg_conn.h"

/*
 * `c` is open, nothing is prepared. Refuses, with a sentence in `*why` and the database unchanged:
 * a newer schema that took away what this program uses (ERR_DENIED), a migration that was edited
 * after it ran (ERR_DENIED), one that waits behind an online one (ERR_DENIED), and what the server
 * refuses. `may_create` false: refuses a database that holds nothing of ours
 * (ERR_NOT_FOUND).
 */
enum err MUST_CHECK pg_migrate_run(struct pg_conn *c, const struct migration *list, int count,
				   bool may_create, struct buf *why);
/* `kinglet migrate` and its --status; not through a pooler that changes servers. `w` may be NULL.
 */
enum err MUST_CHECK pg_migrate(struct str url, enum migration_mode mode,
			       const struct migration_watch *w, struct buf *why);
/* For tests: the same with another list, on an open connection. */
enum err MUST_CHECK pg_migrate_run_mode(struct pg_conn *c, const struct migration *list, int count,
					bool may_create, enum migration_mode mode,
					const struct migration_watch *w, struct buf *why);

#endif
