/*
 * migrate.h: brings a file to the schema that this program knows, by the migrations of db/sqlite/
 * (store/migration.h). One that isn't online runs in one transaction with its record, so that a
 * file is either at a number or not.
 */
#ifndef KINGLET_STORE_SQLITE_MIGRATE_H
#define KINGLET_STORE_SQLITE_MIGRATE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "store/migration.h"

struct conn;

/*
 * `c` is open, nothing is prepared. Refuses, with a sentence in `*why` and the file unchanged:
 * what is not a SQLite database or another program's (ERR_DENIED), a newer schema that took away
 * what this program uses (ERR_DENIED), a migration that was edited after it ran (ERR_DENIED), one
 * that waits behind an online one (ERR_DENIED); and ERR_IO, ERR_FULL, ERR_BUSY. Two processes may
 * do it at the same time.
 */
enum err MUST_CHECK migrate_run(struct conn *c, const char *path, struct buf *why);
/* `kinglet migrate` and its --status, on a file that exists. `w` may be NULL. */
enum err MUST_CHECK sqlite_migrate(struct str location, enum migration_mode mode,
				   const struct migration_watch *w, struct buf *why);
/* For tests: the same with another list. */
enum err MUST_CHECK migrate_run_mode(struct conn *c, const char *path, const struct migration *list,
				     int count, enum migration_mode mode,
				     const struct migration_watch *w, struct buf *why);
enum err MUST_CHECK migrate_run_list(struct conn *c, const char *path, const struct migration *list,
				     int count, struct buf *why);

#endif
