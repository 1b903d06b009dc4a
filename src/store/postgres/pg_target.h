/*
 * pg_target.h: where the database is: libpq's connection string taken apart into its hosts, and
 * how one of them is reached in time.
 *
 * libpq tries hosts one after the other, and waits for each as long as the network does. Here each
 * host is a try of its own; the next one begins HOST_HEAD_START_MS after the last or as soon as
 * that failed, the one that answered last time goes first, and the first that is up and of the
 * wanted kind wins. So a host that swallows packets costs a tenth of a second once.
 *
 * Every setting of libpq counts, from the URL, the environment and service files. Where none says
 * otherwise: target_session_attrs=read-write, since a replica would show what is old; keepalives
 * and tcp_user_timeout that notice a dead peer in seconds; and a session's time limits.
 */
#ifndef KINGLET_STORE_POSTGRES_PG_TARGET_H
#define KINGLET_STORE_POSTGRES_PG_TARGET_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/err.h"
#include "store/postgres/pg_primary.h"

struct pg_target;

/* ERR_INVALID: the URL can't be read; `*why` repeats nothing of it, since it may hold a password.
 * Ends the process where there is no memory. */
enum err MUST_CHECK pg_target_new(const char *url, struct pg_target **out, struct buf *why);
/* NULL is fine. */
void pg_target_free(struct pg_target *t);

size_t pg_target_hosts(const struct pg_target *t);
/* What is known of the primary, which must outlive the target, is shared with others that have the
 * same URL. To be called before the target is used. */
void pg_target_share(struct pg_target *t, struct pg_primary *primary);
/* NULL where there is one host: then nothing is compared. */
const struct pg_primary *pg_target_primary(const struct pg_target *t);
/* As pg_primary_saw(), and says in the log when there is another primary. */
void pg_target_saw(struct pg_target *t, size_t host, uint32_t wal_timeline);

/*
 * A connection to the first host that answers, until `deadline_us`; never to one that is known to
 * have been left behind. `limit_ms`: the server ends
 * what a session does for longer (0: never). ERR_TIMEOUT, ERR_IO (nobody there, starting, not the
 * primary), ERR_DENIED (name, password, no such database), with a sentence for each host in `*why`.
 * Any thread; it may block in the resolver of host names beyond the deadline.
 */
enum err MUST_CHECK pg_target_connect(struct pg_target *t, int64_t limit_ms, int64_t deadline_us,
				      PGconn **out, size_t *host, struct buf *why);
/* The same to this host, whatever it is, a standby as well. */
enum err MUST_CHECK pg_target_connect_host(struct pg_target *t, size_t host, int64_t limit_ms,
					   int64_t deadline_us, PGconn **out, struct buf *why);

#endif
