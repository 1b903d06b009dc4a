/*
 * migrate.h: brings a file to the schema that this program knows. Migrations are numbered from 1,
 * embedded from db/sqlite/ at build time, and run in one transaction each, with a record of number,
 * name, digest and time in the table schema_migration. So a file is either at a number or not.
 */
#ifndef KINGLET_STORE_SQLITE_MIGRATE_H
#define KINGLET_STORE_SQLITE_MIGRATE_H

#include "base/buf.h"
#include "base/err.h"
#include "store/migration.h"

struct conn;

/*
 * `c` is open, nothing is prepared. Refuses, with a sentence in `*why` and the file unchanged:
 * what is not a SQLite database or another program's (ERR_DENIED), a newer schema (ERR_DENIED), a
 * migration that was edited after it ran (ERR_DENIED); and ERR_IO, ERR_FULL, ERR_BUSY. Two
 * processes may do it at the same time.
 */
enum err MUST_CHECK migrate_run(struct conn *c, const char *path, struct buf *why);
/* For tests: as migrate_run() with another list. */
enum err MUST_CHECK migrate_run_list(struct conn *c, const char *path, const struct migration *list,
				     int count, struct buf *why);

#endif
