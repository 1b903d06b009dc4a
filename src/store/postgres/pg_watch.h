/*
 * pg_watch.h: looks at every host of the database, again and again, for a new primary (see
 * pg_primary.h): a thread and a connection for each, so that one that doesn't answer hides none of
 * the others. Without it a node would stay with a server that was left behind for as long as that
 * goes on to answer.
 */
#ifndef KINGLET_STORE_POSTGRES_PG_WATCH_H
#define KINGLET_STORE_POSTGRES_PG_WATCH_H

#include "store/postgres/pg_target.h"

struct pg_watch;

/*
 * Begins, where the target has several hosts; NULL where it has one. Returns when each host was
 * looked at or has had PG_LOOK_TIMEOUT_US for it. `target` must outlive it.
 */
struct pg_watch *pg_watch_new(struct pg_target *target);
/* NULL is fine. */
void pg_watch_free(struct pg_watch *w);

#endif
