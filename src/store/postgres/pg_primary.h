/*
 * pg_primary.h: which of several servers is the primary, where more than one takes writes.
 *
 * Whoever promotes a standby begins a new timeline of the write-ahead log, with the next number
 * (https://www.postgresql.org/docs/15/continuous-archiving.html#BACKUP-TIMELINES). So of two
 * servers that both take writes the one with the lower number was left behind: its Patroni has
 * died, or it can't reach the others. Its commits wait for a standby that has gone, and what it
 * shows is old. That number is called wal_timeline, since Kinglet has timelines of its own.
 *
 * What is known is shared by all connections of a store, and only ever rises. From the moment on in
 * which a higher one is known, no connection of a lower one is lent, none is made, and no
 * answer of one counts, whether it was asked before or not. A new primary is used PG_HOLD_US after
 * it was first seen, and no sooner: by then other nodes have seen it too, which look every
 * PG_LOOK_US (pg_watch.h), so that none still reads from the old one what was written anew here.
 *
 * Where the URL names one host nothing is compared: who makes a new database there may.
 */
#ifndef KINGLET_STORE_POSTGRES_PG_PRIMARY_H
#define KINGLET_STORE_POSTGRES_PG_PRIMARY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PG_HOSTS_MAX 16

/* A look at a host, the longest that it waits for an answer, and more than both together. */
#define PG_LOOK_US	   250000
#define PG_LOOK_TIMEOUT_US 500000
#define PG_HOLD_US	   1000000

struct pg_primary {
	_Atomic uint32_t newest;	     /* 0: none was seen */
	_Atomic size_t host;		     /* that it was seen on */
	_Atomic int64_t usable_us;	     /* not before */
	_Atomic uint32_t seen[PG_HOSTS_MAX]; /* of each host, when it last took writes */
};

/* The server of a host takes writes, and has this number. True where it is news, and a primary was
 * known before (it may be the same host, promoted again). Any thread. */
bool pg_primary_saw(struct pg_primary *p, size_t host, uint32_t wal_timeline, int64_t now_us);
/* A connection to a server with this number may be used. 0: it isn't known, which is no hindrance.
 */
bool pg_primary_allows(const struct pg_primary *p, uint32_t wal_timeline, int64_t now_us);
/* The host was left behind when it was last seen: there is no use in asking it to take writes. */
bool pg_primary_is_left(const struct pg_primary *p, size_t host);

#endif
