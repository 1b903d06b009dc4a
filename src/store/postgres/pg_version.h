/*
 * pg_version.h: store_version() on a database that other nodes write to as well: the database is
 * asked each time, by one short question that all who wait share.
 *
 * The question is what `total` is made of: each write that a page could show changes a row of it in
 * its own transaction, so equal row versions mean that nothing of the kind was committed in
 * between. Reading 64 rows is spared where the snapshot is still the same, which says that nothing
 * at all was committed. Sessions that are touched and `latest` change the snapshot only.
 */
#ifndef KINGLET_STORE_POSTGRES_PG_VERSION_H
#define KINGLET_STORE_POSTGRES_PG_VERSION_H

#include <stdatomic.h>
#include "store/postgres/pg_flight.h"
#include "store/postgres/pg_pool.h"

#define PG_VERSION_TEXT_MAX 2048

/* Of those that a node may have. */
#define PG_VERSION_CONNECTIONS 1

struct pg_version {
	struct pg_flight flight;
	/* A connection of its own: a question that isn't answered soon harms nobody else's. */
	struct pg_pool pool;
	_Atomic uint64_t value;

	/* What the last answer said; of the flight that is under way. */
	char snapshot[PG_VERSION_TEXT_MAX], rows[PG_VERSION_TEXT_MAX];
	int64_t answered_us;
	int backend_pid; /* of the connection that it came by */
};

void pg_version_init(struct pg_version *v, const char *url, struct pg_primary *primary);
void pg_version_release(struct pg_version *v);
/* 0 where the database doesn't answer, or isn't the one that takes writes. */
uint64_t pg_version_ask(struct pg_version *v);

#endif
