/*
 * pg_freeze.c: freezing is done by the database (db/postgres/0002_moving.sql), so that it holds for
 * all nodes, poolers and programs. It wants a lock on each table; where a writer waits for one of
 * them while it holds another, we let go and try again.
 */
#include <time.h>
#include "base/clock.h"
#include "store/postgres/pg.h"
#include "store/postgres/pg_migrate.h"

#define TOTAL_US (15 * INT64_C(1000000))
#define PAUSE_MS 50

static enum err try_once(struct pg_conn *c, bool frozen, struct buf *why)
{
	enum err e = pg_conn_exec(c,
				  frozen ? "BEGIN; SET LOCAL lock_timeout = '200ms'; "
					   "SELECT set_frozen(true); COMMIT"
					 : "BEGIN; SET LOCAL lock_timeout = '200ms'; "
					   "SELECT set_frozen(false); COMMIT",
				  clock_mono_us() + TOTAL_US, NULL, why);

	if (e != ERR_OK && !c->broken) {
		struct buf ignored = BUF_INIT(1024);

		if (pg_conn_exec(c, "ROLLBACK", clock_mono_us() + TOTAL_US, NULL, &ignored) !=
		    ERR_OK)
			c->broken = true;
		buf_release(&ignored);
	}
	return e;
}

enum err pg_set_frozen(const struct store_config *config, struct str location, bool frozen,
		       struct buf *why)
{
	const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};
	struct buf url = BUF_INIT(16384), reason = BUF_INIT(4096);
	struct pg_conn c = {.broken = true};
	int64_t until_us = clock_mono_us() + TOTAL_US;
	enum err e;

	(void)location;
	buf_add(&url, config->url);
	e = pg_conn_open(&c, buf_c(&url), false, until_us, &reason);
	if (e == ERR_OK)
		e = pg_migrate_run(&c, postgres_migrations, postgres_migration_count, false,
				   &reason);
	if (e == ERR_OK) {
		while ((e = try_once(&c, frozen, &reason)) == ERR_BUSY && !c.broken &&
		       clock_mono_us() < until_us) {
			buf_clear(&reason);
			nanosleep(&pause, NULL);
		}
	}
	if (e != ERR_OK)
		buf_printf(why, "the PostgreSQL database can't be %s: %s",
			   frozen ? "frozen" : "thawed", reason.len ? buf_c(&reason) : err_text(e));
	if (c.pg)
		pg_conn_close(&c);
	explicit_bzero(url.ptr, url.len);
	buf_release(&url);
	buf_release(&reason);
	return e;
}
