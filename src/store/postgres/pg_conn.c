#include "store/postgres/pg_conn.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "base/clock.h"
#include "base/log.h"
#include "store/budget.h"

/* ---- what the server says -------------------------------------------------------------------- */

static bool starts_with(const char *text, const char *head)
{
	return strncmp(text, head, strlen(head)) == 0;
}

enum err pg_err_from_sqlstate(const char *state)
{
	static const struct {
		const char *head;
		enum err e;
	} table[] = {
		{"23503", ERR_NOT_FOUND}, /* foreign key: the other row isn't there */
		{"23505", ERR_CONFLICT},  /* unique */
		{"25006", ERR_IO},	  /* read-only: a server that is no primary any more */
		{"28", ERR_DENIED},	  /* name or password */
		{"3D000", ERR_DENIED},	  /* no such database */
		{"42501", ERR_DENIED},	  /* no privilege */
		{"40", ERR_BUSY},	  /* serialisation, deadlock */
		{"53100", ERR_FULL},	  /* disk full */
		{"53", ERR_BUSY},	  /* too many connections, no memory */
		{"KF001", ERR_READ_ONLY}, /* our own: see refuse_write() in db/postgres */
		{"55P03", ERR_BUSY},	  /* lock not available */
		{"57014", ERR_TIMEOUT},	  /* statement time limit */
		{"57", ERR_IO},		  /* the server is stopping or starting */
		{"58", ERR_IO},		  /* its system failed */
		{"08", ERR_IO},		  /* connection */
	};

	for (size_t i = 0; state && i < sizeof(table) / sizeof(table[0]); i++) {
		if (starts_with(state, table[i].head))
			return table[i].e;
	}
	return ERR_INTERNAL;
}

/* Of a failed result. The message alone: details repeat values, and values are people's. */
static enum err err_from_result(struct pg_conn *c, const PGresult *r)
{
	const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
	const char *message = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
	enum err e = state ? pg_err_from_sqlstate(state) : ERR_IO;

	if (state && strcmp(state, "25006") == 0)
		c->read_only = true;
	if (message && e != ERR_NOT_FOUND && e != ERR_CONFLICT)
		log_cause_set(message);
	if (e == ERR_INTERNAL)
		log_error("database refused a statement", LOG_C("db.sqlstate", state),
			  LOG_C("db.message", message));
	return e;
}

static bool field_is(const PGresult *r, int field, const char *wanted)
{
	const char *value = PQresultErrorField(r, field);

	return value && strcmp(value, wanted) == 0;
}

/*
 * A commit that was told to wait for a replica and gave up waiting is reported as success, with
 * a warning (https://www.postgresql.org/docs/15/warm-standby.html#SYNCHRONOUS-REPLICATION). For
 * us it is none. Its text comes in the server's language and its code is no code of its own, so it
 * is known by the function that gives it. It comes before the end of the answer (ReadyForQuery),
 * for which collect() waits, also where the success was reported before the commit began.
 *
 * An idle connection that the server ends is told so as a notice, too.
 */
static void note_notice(void *user, const PGresult *r)
{
	struct pg_conn *c = user;
	const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
	const char *message = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);

	if (field_is(r, PG_DIAG_SOURCE_FUNCTION, "SyncRepWaitForLSN") ||
	    (message && strstr(message, "synchronous replication")))
		c->unsure = true;
	if (field_is(r, PG_DIAG_SEVERITY_NONLOCALIZED, "FATAL"))
		c->broken = true;
	log_debug("database says", LOG_C("db.sqlstate", state), LOG_C("db.message", message));
}

/* ---- waiting --------------------------------------------------------------------------------- */

/* Until the socket is ready for `events`; ERR_TIMEOUT past the deadline. */
static enum err wait_for(struct pg_conn *c, short events, int64_t deadline_us)
{
	struct pollfd p = {.fd = PQsocket(c->pg), .events = events};

	for (;;) {
		int64_t now_us = clock_mono_us(), left_us = deadline_us - now_us;
		int n;

		if (left_us <= 0) {
			c->silent = true;
			log_cause_set("the database server did not answer in time");
			return ERR_TIMEOUT;
		}
		n = poll(&p, 1, (int)(left_us / 1000 + 1));
		budget_spend(clock_mono_us() - now_us);
		if (n > 0)
			return ERR_OK;
		if (n < 0 && errno != EINTR)
			return ERR_IO;
	}
}

static enum err broken(struct pg_conn *c, enum err e)
{
	c->broken = true;
	return e;
}

static enum err flush(struct pg_conn *c, int64_t deadline_us)
{
	for (;;) {
		int left = PQflush(c->pg);
		enum err e;

		if (left == 0)
			return ERR_OK;
		if (left < 0)
			return broken(c, ERR_IO);
		e = wait_for(c, POLLIN | POLLOUT, deadline_us);
		if (e == ERR_OK && !PQconsumeInput(c->pg))
			e = ERR_IO;
		if (e != ERR_OK)
			return broken(c, e);
	}
}

/* The next result; `*out` is NULL after the last of a command. */
static enum err next_result(struct pg_conn *c, int64_t deadline_us, PGresult **out)
{
	while (PQisBusy(c->pg)) {
		enum err e = wait_for(c, POLLIN, deadline_us);

		if (e == ERR_OK && !PQconsumeInput(c->pg))
			e = ERR_IO;
		if (e != ERR_OK)
			return broken(c, e);
	}
	*out = PQgetResult(c->pg);
	return ERR_OK;
}

/* All results of what was sent; the last of them, or the first that failed, in `*out`. */
static enum err collect(struct pg_conn *c, int64_t deadline_us, PGresult **out)
{
	PGresult *kept = NULL, *r = NULL;
	enum err e = flush(c, deadline_us);

	c->unharmed = false;
	while (e == ERR_OK && (e = next_result(c, deadline_us, &r)) == ERR_OK && r) {
		if (kept && PQresultStatus(kept) == PGRES_FATAL_ERROR) {
			PQclear(r);
			continue;
		}
		/* In the order of the stream: no success came before it. A server that crashes, or
		 * a pooler, says something else. */
		c->unharmed = !kept && field_is(r, PG_DIAG_SQLSTATE, "57P01");
		PQclear(kept);
		kept = r;
	}
	if (PQstatus(c->pg) == CONNECTION_BAD)
		c->broken = true;
	if (e != ERR_OK || !kept) {
		PQclear(kept);
		return e == ERR_OK ? broken(c, ERR_IO) : e;
	}
	*out = kept;
	return ERR_OK;
}

/* ---- running --------------------------------------------------------------------------------- */

#define NAME_BYTES 32

/*
 * By number and text: whoever shares a server connection with another version of Kinglet, through a
 * pooler that hides what it is, gets an error rather than the other's statement.
 */
static void statement_name(enum pg_statement which, char out[NAME_BYTES])
{
	uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */

	for (const char *c = pg_statement_table[which].sql; *c; c++)
		hash = (hash ^ (unsigned char)*c) * UINT64_C(1099511628211);
	snprintf(out, NAME_BYTES, "k%d_%016llx", (int)which, (unsigned long long)hash);
}

static enum err send_statement(struct pg_conn *c, enum pg_statement which,
			       const struct pg_args *args)
{
	static const int binary[PG_ARGS_MAX] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
	static const struct pg_args none;
	char name[NAME_BYTES];
	int ok;

	if (!args)
		args = &none;
	if (c->unprepared && c->pinned && c->parsed == (int)which) {
		/* The statement without a name is the one that was sent last. */
		ok = PQsendQueryPrepared(c->pg, "", args->count, args->values, args->lengths,
					 binary, 1);
	} else if (c->unprepared) {
		c->parsed = (int)which;
		ok = PQsendQueryParams(c->pg, pg_statement_table[which].sql, args->count, NULL,
				       args->values, args->lengths, binary, 1);
	} else {
		statement_name(which, name);
		ok = PQsendQueryPrepared(c->pg, name, args->count, args->values, args->lengths,
					 binary, 1);
	}
	return ok ? ERR_OK : broken(c, ERR_IO);
}

enum err pg_conn_run(struct pg_conn *c, enum pg_statement which, const struct pg_args *args,
		     int64_t deadline_us, PGresult **out)
{
	PGresult *r = NULL;
	enum err e = c->broken ? ERR_IO : send_statement(c, which, args);

	if (e == ERR_OK)
		e = collect(c, deadline_us, &r);
	if (e != ERR_OK)
		return e;
	if (PQresultStatus(r) != PGRES_TUPLES_OK && PQresultStatus(r) != PGRES_COMMAND_OK)
		e = err_from_result(c, r);
	else if (c->unsure)
		e = broken(c, ERR_TIMEOUT);
	else if (!pg_conn_is_current(c))
		e = broken(c, ERR_IO); /* what an old primary says counts for nothing */
	if (e == ERR_OK && out)
		*out = r;
	else
		PQclear(r);
	return e;
}

enum err pg_conn_exec(struct pg_conn *c, const char *sql, int64_t deadline_us, PGresult **out,
		      struct buf *why)
{
	PGresult *r = NULL;
	enum err e = PQsendQuery(c->pg, sql) ? ERR_OK : broken(c, ERR_IO);

	c->parsed = -1;
	if (e == ERR_OK)
		e = collect(c, deadline_us, &r);
	if (e != ERR_OK) {
		buf_add_c(why, err_text(e));
		return e;
	}
	if (PQresultStatus(r) != PGRES_TUPLES_OK && PQresultStatus(r) != PGRES_COMMAND_OK &&
	    PQresultStatus(r) != PGRES_EMPTY_QUERY) {
		const char *message = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);

		e = err_from_result(c, r);
		buf_add_c(why, message ? message : err_text(e));
	} else if (c->unsure) {
		e = broken(c, ERR_TIMEOUT);
		buf_add_c(why, "no replica has confirmed the commit");
	} else if (!pg_conn_is_current(c)) {
		e = broken(c, ERR_IO);
		buf_add_c(why, "another server has become the primary");
	}
	if (e == ERR_OK && out)
		*out = r;
	else
		PQclear(r);
	return e;
}

/* ---- opening and closing --------------------------------------------------------------------- */

/* libpq's words have no password in them, but end in a line break. */
static void say_why(const struct pg_conn *c, struct buf *why)
{
	buf_add(why, str_trim(str_from_c(PQerrorMessage(c->pg))));
}

/* All in one round trip: libpq's pipeline mode, with one answer for each. */
static enum err prepare_all(struct pg_conn *c, int64_t deadline_us, struct buf *why)
{
	enum err e = ERR_OK;
	PGresult *r;

	if (!PQenterPipelineMode(c->pg))
		return broken(c, ERR_INTERNAL);
	for (int i = 0; i < PG_STATEMENT_COUNT; i++) {
		char name[NAME_BYTES];

		statement_name((enum pg_statement)i, name);
		if (!PQsendPrepare(c->pg, name, pg_statement_table[i].sql, 0, NULL))
			return broken(c, ERR_IO);
	}
	if (!PQpipelineSync(c->pg))
		return broken(c, ERR_IO);
	e = flush(c, deadline_us);
	for (bool done = false; e == ERR_OK && !done;) {
		e = next_result(c, deadline_us, &r);
		if (e != ERR_OK || !r)
			continue; /* NULL stands between the answers of two commands */
		if (PQresultStatus(r) == PGRES_FATAL_ERROR) {
			e = err_from_result(c, r);
			say_why(c, why);
		}
		done = PQresultStatus(r) == PGRES_PIPELINE_SYNC;
		PQclear(r);
	}
	if (e == ERR_OK && !PQexitPipelineMode(c->pg))
		e = ERR_INTERNAL;
	return e == ERR_OK ? ERR_OK : broken(c, e);
}

static const char look_sql[] = "SELECT pg_backend_pid(), CASE WHEN pg_is_in_recovery() THEN '' "
			       "ELSE substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END";

/*
 * What the server is. A pooler gives its clients numbers of its own for the server's process, since
 * that changes with each transaction; PgBouncer says so in no other way. The number of a timeline
 * is the beginning of the name of the log's file that is being written, in hexadecimal; there is
 * none on a standby. (That of the last checkpoint may be an older one for minutes.)
 */
static enum err look_at_server(struct pg_conn *c, int64_t deadline_us, struct buf *why)
{
	PGresult *r = NULL;
	int64_t pid = 0;
	enum err e = pg_conn_exec(c, look_sql, deadline_us, &r, why);

	if (e == ERR_OK) {
		c->unprepared = !str_to_i64(str_from_c(PQgetvalue(r, 0, 0)), &pid) ||
				pid != PQbackendPID(c->pg);
		c->wal_timeline = (uint32_t)strtoul(PQgetvalue(r, 0, 1), NULL, 16);
	}
	PQclear(r);
	return e;
}

bool pg_conn_is_current(const struct pg_conn *c)
{
	return !c->primary || pg_primary_allows(c->primary, c->wal_timeline, clock_mono_us());
}

static enum err refuse_old(struct pg_conn *c, struct buf *why)
{
	buf_printf(why, "%s port %s %s", PQhost(c->pg), PQport(c->pg),
		   pg_primary_allows(c->primary, c->wal_timeline, INT64_MAX)
			   ? "has only just become the primary"
			   : "was left behind: another server has become the primary");
	return ERR_IO;
}

static enum err take_over(struct pg_conn *c, PGconn *pg)
{
	*c = (struct pg_conn){.pg = pg, .parsed = -1};
	PQsetNoticeReceiver(c->pg, note_notice, c);
	return PQsetnonblocking(c->pg, 1) == 0 ? ERR_OK : ERR_INTERNAL;
}

static enum err open_to(struct pg_conn *c, struct pg_target *target, int64_t limit_ms,
			bool statements, int64_t deadline_us, struct buf *why)
{
	PGconn *pg = NULL;
	size_t host = 0;
	enum err e = pg_target_connect(target, limit_ms, deadline_us, &pg, &host, why);

	if (e != ERR_OK)
		return e;
	e = take_over(c, pg);
	if (e == ERR_OK)
		e = look_at_server(c, deadline_us, why);
	if (e == ERR_OK) {
		if (c->wal_timeline)
			pg_target_saw(target, host, c->wal_timeline);
		c->primary = pg_target_primary(target);
		if (!pg_conn_is_current(c))
			e = refuse_old(c, why);
	}
	if (e == ERR_OK && statements && !c->unprepared)
		e = prepare_all(c, deadline_us, why);
	if (e != ERR_OK)
		pg_conn_close(c);
	return e;
}

enum err pg_conn_open_to(struct pg_conn *c, struct pg_target *target, int64_t limit_ms,
			 int64_t deadline_us, struct buf *why)
{
	return open_to(c, target, limit_ms, true, deadline_us, why);
}

enum err pg_conn_open_bare(struct pg_conn *c, struct pg_target *target, int64_t deadline_us,
			   struct buf *why)
{
	return open_to(c, target, 0, false, deadline_us, why);
}

/* A host that is no primary, or isn't there, changes nothing. */
static void look_around(struct pg_target *target)
{
	for (size_t i = 0; pg_target_hosts(target) > 1 && i < pg_target_hosts(target); i++) {
		struct pg_conn c = {.broken = true};

		if (pg_conn_look(&c, target, i, clock_mono_us() + PG_LOOK_TIMEOUT_US) == ERR_OK)
			pg_conn_close(&c);
	}
}

enum err pg_conn_open(struct pg_conn *c, const char *url, bool statements, int64_t deadline_us,
		      struct buf *why)
{
	struct pg_target *target = NULL;
	enum err e = pg_target_new(url, &target, why);

	*c = (struct pg_conn){.broken = true};
	if (e == ERR_OK) {
		struct pg_primary seen = {0};
		int64_t begun_us = clock_mono_us();

		pg_target_share(target, &seen);
		look_around(target);
		deadline_us += clock_mono_us() - begun_us;
		atomic_store(&seen.usable_us, 0); /* nobody reads from us */
		e = open_to(c, target, 0, statements, deadline_us, why);
		c->primary = NULL; /* it ends here */
	}
	pg_target_free(target);
	return e;
}

enum err pg_conn_look(struct pg_conn *c, struct pg_target *target, size_t host, int64_t deadline_us)
{
	struct buf why = BUF_INIT(4096);
	PGconn *pg = NULL;
	enum err e = ERR_OK;

	if (!c->pg) {
		e = pg_target_connect_host(target, host, PG_LOOK_TIMEOUT_US / 1000, deadline_us,
					   &pg, &why);
		if (e == ERR_OK)
			e = take_over(c, pg);
	}
	if (e == ERR_OK)
		e = look_at_server(c, deadline_us, &why);
	if (e == ERR_OK && c->wal_timeline)
		pg_target_saw(target, host, c->wal_timeline);
	if (e != ERR_OK && c->pg)
		pg_conn_close(c);
	buf_release(&why);
	return e;
}

void pg_conn_close(struct pg_conn *c)
{
	/* What was given up must not arrive when a broken network heals: the kernel would go on
	 * sending it after the close. */
	const struct linger none = {.l_onoff = 1, .l_linger = 0};

	if (c->broken && c->pg && PQsocket(c->pg) >= 0)
		(void)setsockopt(PQsocket(c->pg), SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	PQfinish(c->pg);
	*c = (struct pg_conn){.broken = true};
}

/*
 * Nobody speaks unasked on an idle connection but to say that it ends, or that a setting changed;
 * over TLS there are tickets, too. So what has come is read, and what is left then is the end of
 * the stream, or nothing.
 */
bool pg_conn_is_alive(struct pg_conn *c)
{
	for (int i = 0; i < 4 && !c->broken; i++) {
		char byte;
		ssize_t n = recv(PQsocket(c->pg), &byte, 1, MSG_PEEK | MSG_DONTWAIT);

		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
			return true;
		if (n <= 0 || !PQconsumeInput(c->pg))
			break;
		(void)PQisBusy(c->pg); /* has libpq look at what came: see note_notice() */
		if (PQstatus(c->pg) == CONNECTION_BAD)
			break;
	}
	c->broken = true;
	return false;
}
