/*
 * pg_conn.h: one connection to PostgreSQL: made, its statements prepared, and used, each within a
 * deadline. Nothing here waits longer than it was told to, whatever the network does.
 *
 * A connection belongs to one thread at a time. One on which anything was left half-way (a deadline
 * passed, the server went away) is `broken`: it can only be closed. A write that failed so may have
 * happened all the same; whoever asked has been answered with an error, never with success.
 */
#ifndef KINGLET_STORE_POSTGRES_PG_CONN_H
#define KINGLET_STORE_POSTGRES_PG_CONN_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/err.h"
#include "store/postgres/pg_statement.h"
#include "store/postgres/pg_target.h"
#include "store/postgres/pg_value.h"

struct pg_conn {
	PGconn *pg;
	bool broken;
	/* It broke because no answer came in time: maybe nobody is there any more. */
	bool silent;
	/* The server said that it ends the connection, before it answered: what was asked for last
	 * has not happened. */
	bool unharmed;
	/* The server takes no writes (any more): it is the wrong one to be connected to. */
	bool read_only;
	/* Through a pooler that changes servers between transactions nothing stays prepared: the
	 * text goes along each time. */
	bool unprepared;
	/* A transaction is open that holds the server's connection through such a pooler, too: the
	 * text that was sent last is still known there, see `parsed`. */
	bool pinned;
	int parsed; /* an enum pg_statement, or -1 */
	/* The server warned that a commit may not have reached its replica. */
	bool unsure;
	/* Where there are several hosts: see pg_primary.h. */
	const struct pg_primary *primary;
	uint32_t wal_timeline; /* of its server; 0: it isn't known */
	uint64_t generation;   /* of the pool, when it was made */
	struct pg_conn *next;
};

/*
 * Connects and prepares every statement, until `deadline_us` on the monotonic clock; the server
 * ends what takes longer than `limit_ms`. The errors of pg_target_connect(), and ERR_INTERNAL (a
 * statement that the server refuses), with a sentence in `*why` that holds no password.
 */
enum err MUST_CHECK pg_conn_open_to(struct pg_conn *c, struct pg_target *target, int64_t limit_ms,
				    int64_t deadline_us, struct buf *why);
/* The same, with nothing prepared and no time limits of the server's. */
enum err MUST_CHECK pg_conn_open_bare(struct pg_conn *c, struct pg_target *target,
				      int64_t deadline_us, struct buf *why);
/* As pg_conn_open_bare(), for work of any length, such as migrations; prepared is what there is
 * where `statements` are wanted. Looks at every host first, for one at a time at most
 * PG_LOOK_TIMEOUT_US. ERR_INVALID for a URL that can't be read. */
enum err MUST_CHECK pg_conn_open(struct pg_conn *c, const char *url, bool statements,
				 int64_t deadline_us, struct buf *why);
/*
 * Asks a host of the target, whatever it is, whether it takes writes, and notes its timeline if so.
 * `*c` is kept for the next look, and closed where that failed; {.broken = true} at first.
 */
enum err MUST_CHECK pg_conn_look(struct pg_conn *c, struct pg_target *target, size_t host,
				 int64_t deadline_us);
void pg_conn_close(struct pg_conn *c);
/* No server is known that has taken over from this connection's. */
bool pg_conn_is_current(const struct pg_conn *c);
/* The server has not closed it meanwhile, as far as one can know without asking. Reads what it said
 * unasked; the connection must be idle. */
bool pg_conn_is_alive(struct pg_conn *c);

/*
 * One statement in one round trip. `*out` (may be NULL) is the result, to be freed by PQclear().
 * The errors of err_from_sqlstate(), and ERR_IO or ERR_TIMEOUT with a broken connection.
 */
enum err MUST_CHECK pg_conn_run(struct pg_conn *c, enum pg_statement which,
				const struct pg_args *args, int64_t deadline_us, PGresult **out);
/* SQL text, one or many statements, without parameters: for migrations. */
enum err MUST_CHECK pg_conn_exec(struct pg_conn *c, const char *sql, int64_t deadline_us,
				 PGresult **out, struct buf *why);

/* What a failed statement means (https://www.postgresql.org/docs/15/errcodes-appendix.html). */
enum err pg_err_from_sqlstate(const char *sqlstate);

#endif
