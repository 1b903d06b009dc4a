/* copy.h: a SQLite file as one end of a copy (store/copy_end.h), and the mark on what is one. */
#ifndef KINGLET_STORE_SQLITE_COPY_H
#define KINGLET_STORE_SQLITE_COPY_H

#include "store/copy_end.h"
#include "store/sqlite/conn.h"

/* See store_engine.copy_open. */
enum err MUST_CHECK sqlite_copy_open(struct str url, struct str location, bool target,
				     struct copy_end **out, struct buf *why);
/* Empty where there is none. */
enum err MUST_CHECK sqlite_mark_read(struct conn *c, struct arena *a, struct str *out);
/* What copy_mark_judge() says of the file: refuses an unfinished copy (ERR_DENIED). */
enum err MUST_CHECK sqlite_mark_obey(struct conn *c, bool for_server, struct buf *why);

#endif
