/*
 * freeze.c: a note in the file that every writer looks for inside its transaction (writer.c). It is
 * written in a transaction as well, and SQLite has one at a time: those before it are in the file,
 * those after it see it.
 */
#include "store/sqlite/migrate.h"
#include "store/sqlite/sqlite.h"

static enum err refused(struct conn *c, struct str path, struct buf *why)
{
	enum err e = conn_err(c);

	buf_printf(why, "the database %.*s can't be written: %s", STR_ARG(path),
		   sqlite3_errmsg(c->db));
	return e;
}

enum err sqlite_set_frozen(const struct store_config *config, struct str location, bool frozen,
			   struct buf *why)
{
	struct buf path = BUF_INIT(16384);
	struct conn c = {.db = NULL};
	enum err e;

	buf_add(&path, location);
	e = conn_open(&c, buf_c(&path), !config->must_exist, why);
	if (e == ERR_OK)
		e = migrate_run(&c, buf_c(&path), why);
	if (e == ERR_OK &&
	    conn_exec(&c, frozen ? "INSERT OR IGNORE INTO note VALUES ('frozen', '')"
				 : "DELETE FROM note WHERE name = 'frozen'") != ERR_OK)
		e = refused(&c, location, why);
	conn_close(&c);
	buf_release(&path);
	return e;
}
