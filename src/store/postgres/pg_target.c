#include "store/postgres/pg_target.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/log.h"
#include "store/postgres/pg_conn.h"

#define OPTIONS_MAX	   64
#define HOST_HEAD_START_MS 100

struct host {
	char *name, *address, *port;
};

struct pg_target {
	PQconninfoOption *settings;
	struct host hosts[PG_HOSTS_MAX];
	size_t host_count;
	struct pg_primary own, *primary; /* one that others share, too; else its own */
	_Atomic size_t answered_last;
	/* A pooler stands before the server that takes no session settings at the start. */
	_Atomic bool plain;
};

/* ---- reading the URL ------------------------------------------------------------------------- */

static const char cant_read[] =
	"its address can't be read: it is postgres://NAME:PASSWORD@HOST:PORT/DATABASE, where the "
	"signs / @ : ? # % of a password are written as %2F %40 %3A %3F %23 %25";

/*
 * A password with a bare @ or / would be taken for a host, and be repeated in messages as such. So
 * what stands before the parameters may have one @ at most, and that before the first slash.
 */
static bool is_well_formed(const char *url)
{
	const char *rest = strstr(url, "://");
	size_t authority, all;
	const char *at;

	if (!rest)
		return false;
	rest += 3;
	authority = strcspn(rest, "/?");
	all = strcspn(rest, "?");
	at = memchr(rest, '@', all);
	if (!at)
		return true;
	return at < rest + authority && !memchr(at + 1, '@', all - (size_t)(at + 1 - rest));
}

static const char *setting(const PQconninfoOption *settings, const char *name)
{
	for (const PQconninfoOption *o = settings; o && o->keyword; o++) {
		if (strcmp(o->keyword, name) == 0)
			return o->val && o->val[0] ? o->val : NULL;
	}
	return NULL;
}

/* Puts a value into settings that PQconninfoFree() will free. */
static void set(PQconninfoOption *settings, const char *name, const char *value)
{
	for (PQconninfoOption *o = settings; o->keyword; o++) {
		if (strcmp(o->keyword, name) != 0)
			continue;
		free(o->val);
		o->val = value ? strdup(value) : NULL;
	}
}

/*
 * What libpq makes of the URL, the environment and service files together. It tells that of a
 * connection only, so one is begun that can't go on: a wrong value of `stopper` ends it before
 * anything is sent. NULL where it ended before, for another reason.
 */
static PQconninfoOption *settings_but_for(const char *url, const char *stopper)
{
	const char *const names[] = {"dbname", stopper, NULL};
	const char *const values[] = {url, "-", NULL};
	PGconn *c = PQconnectStartParams(names, values, 1);
	PQconninfoOption *settings = NULL;

	if (c && PQstatus(c) == CONNECTION_BAD && strstr(PQerrorMessage(c), stopper))
		settings = PQconninfo(c);
	PQfinish(c);
	return settings;
}

static PQconninfoOption *settings_read(const char *url)
{
	PQconninfoOption *settings = settings_but_for(url, "gssencmode"), *rest;

	if (!settings)
		return NULL;
	rest = settings_but_for(url, "target_session_attrs");
	set(settings, "gssencmode", setting(rest, "gssencmode"));
	PQconninfoFree(rest);
	set(settings, "service", NULL); /* it is in the rest now */
	return settings;
}

static void set_defaults(PQconninfoOption *settings)
{
	static const char *const defaults[][2] = {
		{"keepalives_idle", "10"},
		{"keepalives_interval", "5"},
		{"keepalives_count", "3"},
		{"tcp_user_timeout", "10000"},
		{"fallback_application_name", "kinglet"},
	};
	const char *kind = setting(settings, "target_session_attrs");

	for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++) {
		const char *value = setting(settings, defaults[i][0]);

		if (!value || strcmp(value, "0") == 0)
			set(settings, defaults[i][0], defaults[i][1]);
	}
	if (!kind || strcmp(kind, "any") == 0)
		set(settings, "target_session_attrs", "read-write");
}

/* The piece of a list with commas; the whole list's only one, or none, for all. */
static char *piece(const char *list, size_t index)
{
	const char *at = list;
	size_t i = 0, len;
	char *copy;

	if (!list)
		return NULL;
	if (!strchr(list, ','))
		index = 0;
	for (; i < index && (at = strchr(at, ',')); i++)
		at++;
	len = at ? strcspn(at, ",") : 0;
	copy = len ? strndup(at, len) : NULL;
	if (len && !copy)
		die("no memory for the database's address");
	return copy;
}

static size_t count_of(const char *list)
{
	size_t count = list ? 1 : 0;

	for (; list && (list = strchr(list, ',')); list++)
		count++;
	return count;
}

static bool is_number(const char *text)
{
	return !text || strspn(text, "0123456789") == strlen(text);
}

static bool take_hosts_apart(struct pg_target *t)
{
	const char *names = setting(t->settings, "host");
	const char *addresses = setting(t->settings, "hostaddr");
	const char *ports = setting(t->settings, "port");
	size_t by_name = count_of(names), by_address = count_of(addresses);

	t->host_count = by_name > by_address ? by_name : by_address;
	if (t->host_count == 0)
		t->host_count = 1; /* libpq's own: a socket */
	if (t->host_count > PG_HOSTS_MAX)
		return false;
	for (size_t i = 0; i < t->host_count; i++) {
		t->hosts[i] = (struct host){piece(names, i), piece(addresses, i), piece(ports, i)};
		if (!is_number(t->hosts[i].port))
			return false;
	}
	return true;
}

enum err pg_target_new(const char *url, struct pg_target **out, struct buf *why)
{
	struct pg_target *t = calloc(1, sizeof(*t));

	if (!t)
		die("no memory for the database's address");
	if (is_well_formed(url))
		t->settings = settings_read(url);
	if (!t->settings || !take_hosts_apart(t)) {
		buf_add_c(why, cant_read);
		pg_target_free(t);
		return ERR_INVALID;
	}
	set_defaults(t->settings);
	t->primary = &t->own;
	*out = t;
	return ERR_OK;
}

void pg_target_free(struct pg_target *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < PG_HOSTS_MAX; i++) {
		free(t->hosts[i].name);
		free(t->hosts[i].address);
		free(t->hosts[i].port);
	}
	for (PQconninfoOption *o = t->settings; o && o->keyword; o++) {
		if (o->val && strcmp(o->keyword, "password") == 0)
			explicit_bzero(o->val, strlen(o->val));
	}
	PQconninfoFree(t->settings);
	free(t);
}

size_t pg_target_hosts(const struct pg_target *t)
{
	return t->host_count;
}

void pg_target_share(struct pg_target *t, struct pg_primary *primary)
{
	t->primary = primary;
}

const struct pg_primary *pg_target_primary(const struct pg_target *t)
{
	return t->host_count > 1 ? t->primary : NULL;
}

void pg_target_saw(struct pg_target *t, size_t host, uint32_t wal_timeline)
{
	const struct host *h = &t->hosts[host];

	if (t->host_count > 1 && pg_primary_saw(t->primary, host, wal_timeline, clock_mono_us()))
		log_warn("database has another primary",
			 LOG_C("server.address", h->name ? h->name : h->address),
			 LOG_I64("db.wal_timeline", wal_timeline));
}

/* ---- one try --------------------------------------------------------------------------------- */

/* One host; PQconnectPoll() drives it. */
struct
try {
	PGconn *pg;
	PostgresPollingStatusType state;
	size_t host;
	enum err e; /* why it ended; ERR_OK while it runs */
};

/*
 * A statement may take the whole time of an operation, and no longer; a node that dies within a
 * transaction holds its locks for a little more. `client_min_messages`: the warning that a commit
 * reached no replica must come through, see pg_conn.c.
 */
static void session_options(const struct pg_target *t, int64_t limit_ms, struct buf *out)
{
	const char *given = setting(t->settings, "options");

	buf_printf(out,
		   "-c statement_timeout=%lld -c lock_timeout=%lld "
		   "-c idle_in_transaction_session_timeout=%lld -c client_min_messages=warning",
		   (long long)limit_ms, (long long)limit_ms, (long long)limit_ms * 4);
	if (given)
		buf_printf(out, " %s", given);
}

/* `any`: a standby will do. */
static void begin(struct pg_target *t, size_t host, bool any, int64_t limit_ms, struct try *out)
{
	const char *names[OPTIONS_MAX + 1], *values[OPTIONS_MAX + 1];
	const struct host *h = &t->hosts[host];
	struct buf options = BUF_INIT(4096);
	size_t count = 0;

	session_options(t, limit_ms, &options);
	for (const PQconninfoOption *o = t->settings; o->keyword && count < OPTIONS_MAX; o++) {
		const char *value = o->val;

		if (strcmp(o->keyword, "host") == 0)
			value = h->name;
		else if (strcmp(o->keyword, "hostaddr") == 0)
			value = h->address;
		else if (strcmp(o->keyword, "port") == 0)
			value = h->port;
		else if (strcmp(o->keyword, "options") == 0)
			value = atomic_load(&t->plain) ? NULL : buf_c(&options);
		else if (any && strcmp(o->keyword, "target_session_attrs") == 0)
			value = "any";
		if (!value || !value[0])
			continue;
		names[count] = o->keyword;
		values[count++] = value;
	}
	names[count] = values[count] = NULL;
	*out = (struct try){.pg = PQconnectStartParams(names, values, 0), .host = host};
	if (!out->pg)
		die("no memory for a connection to the database");
	out->state = PGRES_POLLING_WRITING;
	PQsetErrorVerbosity(out->pg, PQERRORS_VERBOSE); /* with the code, see find_state() */
	buf_release(&options);
}

/* The code in "FATAL:  28P01: password …", the only place where libpq tells it; NULL: none. */
static const char *find_state(const char *message)
{
	for (const char *at = message; (at = strstr(at, ":  ")); at++) {
		const char *state = at + 3;
		size_t i = 0;

		while (i < 5 &&
		       (isdigit((unsigned char)state[i]) || isupper((unsigned char)state[i])))
			i++;
		if (i == 5 && state[5] == ':')
			return state;
	}
	return NULL;
}

static bool is_state(const char *state, const char *wanted)
{
	return state && strncmp(state, wanted, strlen(wanted)) == 0;
}

/* The first line of what libpq says, which holds no password. */
static void say_why(const struct try *t, struct buf *why)
{
	struct str all = str_trim(str_from_c(PQerrorMessage(t->pg))), line;

	if (why->len)
		buf_add_c(why, "; ");
	if (t->e == ERR_TIMEOUT)
		buf_printf(why, "%s port %s doesn't answer", PQhost(t->pg), PQport(t->pg));
	else if (str_cut(&all, '\n', &line))
		buf_add(why, line);
}

static void fail(struct try *t, enum err e, struct buf *why)
{
	const char *state = find_state(PQerrorMessage(t->pg));

	t->e = e;
	if (e == ERR_IO && state)
		t->e = pg_err_from_sqlstate(
			(const char[]){state[0], state[1], state[2], state[3], state[4], '\0'});
	if (t->e != ERR_DENIED && t->e != ERR_TIMEOUT)
		t->e = ERR_IO; /* starting, full, no primary: it may change */
	say_why(t, why);
}

/* ---- all of them -------------------------------------------------------------------------------
 */

struct race {
	size_t hosts[PG_HOSTS_MAX], count; /* in the order in which they are begun */
	bool any;
	int64_t limit_ms;
	struct try tries[PG_HOSTS_MAX];
	size_t begun, running;
	int64_t next_us; /* when the next host is begun */
};

/* Waits for any of them, the next host's beginning, or the deadline. */
static void wait_for_any(const struct race *r, int64_t deadline_us)
{
	int64_t until_us = deadline_us, left_us;
	struct pollfd fds[PG_HOSTS_MAX];
	nfds_t count = 0;

	if (r->begun < r->count && r->next_us < until_us)
		until_us = r->next_us;
	for (size_t i = 0; i < r->begun; i++) {
		const struct try *t = &r->tries[i];

		if (t->e == ERR_OK && PQstatus(t->pg) == CONNECTION_BAD)
			return; /* refused on the spot */
		if (t->e == ERR_OK)
			fds[count++] = (struct pollfd){
				.fd = PQsocket(t->pg),
				.events = t->state == PGRES_POLLING_READING ? POLLIN : POLLOUT,
			};
	}
	left_us = until_us - clock_mono_us();
	(void)poll(fds, count, left_us > 0 ? (int)(left_us / 1000 + 1) : 0);
}

static bool is_ready(const struct try *t)
{
	struct pollfd fd = {.fd = PQsocket(t->pg),
			    .events = t->state == PGRES_POLLING_READING ? POLLIN : POLLOUT};

	return PQstatus(t->pg) == CONNECTION_BAD || poll(&fd, 1, 0) != 0;
}

/* Moves those on that can. The first that is connected, or NULL. */
static struct try *advance(struct race *r, struct buf *why)
{
	for (size_t i = 0; i < r->begun; i++) {
		struct try *t = &r->tries[i];

		if (t->e != ERR_OK || !is_ready(t))
			continue;
		if (PQstatus(t->pg) != CONNECTION_BAD)
			t->state = PQconnectPoll(t->pg);
		if (t->state == PGRES_POLLING_OK)
			return t;
		if (t->state == PGRES_POLLING_FAILED || PQstatus(t->pg) == CONNECTION_BAD) {
			fail(t, ERR_IO, why);
			r->running--;
			r->next_us = 0;
		}
	}
	return NULL;
}

/* Denied where all say so: else it may come good by waiting. */
static enum err verdict(const struct race *r)
{
	enum err e = ERR_DENIED;

	for (size_t i = 0; i < r->begun; i++) {
		if (r->tries[i].e != ERR_DENIED && e != ERR_IO)
			e = r->tries[i].e;
	}
	return e;
}

static bool refused_settings(const struct race *r)
{
	for (size_t i = 0; i < r->begun; i++) {
		if (is_state(find_state(PQerrorMessage(r->tries[i].pg)), "08P01"))
			return true;
	}
	return false;
}

static enum err race(struct pg_target *t, struct race *r, int64_t deadline_us, struct try **out,
		     struct buf *why)
{
	*out = NULL;
	while (!*out && (r->running || r->begun < r->count)) {
		int64_t now_us = clock_mono_us();

		if (now_us >= deadline_us)
			break;
		if (r->begun < r->count && now_us >= r->next_us) {
			begin(t, r->hosts[r->begun], r->any, r->limit_ms, &r->tries[r->begun]);
			r->begun++;
			r->running++;
			r->next_us = now_us + HOST_HEAD_START_MS * 1000;
		}
		wait_for_any(r, deadline_us);
		*out = advance(r, why);
	}
	if (*out)
		return ERR_OK;
	for (size_t i = 0; i < r->begun; i++) {
		if (r->tries[i].e == ERR_OK)
			fail(&r->tries[i], ERR_TIMEOUT, why);
	}
	return r->begun ? verdict(r) : ERR_TIMEOUT;
}

static void end_all_but(struct race *r, const struct try *winner)
{
	for (size_t i = 0; i < r->begun; i++) {
		if (&r->tries[i] != winner)
			PQfinish(r->tries[i].pg);
	}
	r->begun = r->running = 0;
	r->next_us = 0;
}

static enum err connect(struct pg_target *t, struct race *r, int64_t deadline_us, PGconn **out,
			size_t *host, struct buf *why)
{
	struct try *winner = NULL;
	enum err e = race(t, r, deadline_us, &winner, why);

	/* PgBouncer: "unsupported startup parameter: options". */
	if (e != ERR_OK && refused_settings(r) && !atomic_exchange(&t->plain, true)) {
		if (r->limit_ms)
			log_info("database takes no session settings: only its own time limits "
				 "count");
		buf_clear(why);
		end_all_but(r, NULL);
		e = race(t, r, deadline_us, &winner, why);
	}
	if (e == ERR_OK) {
		*out = winner->pg;
		*host = winner->host;
		PQsetErrorVerbosity(*out, PQERRORS_DEFAULT);
	}
	end_all_but(r, winner);
	return e;
}

enum err pg_target_connect(struct pg_target *t, int64_t limit_ms, int64_t deadline_us, PGconn **out,
			   size_t *host, struct buf *why)
{
	const struct pg_primary *p = pg_target_primary(t);
	size_t first = atomic_load(&t->answered_last);
	struct race r = {.limit_ms = limit_ms};
	enum err e;

	if (p && pg_primary_is_left(p, first))
		first = atomic_load(&p->host);
	for (size_t i = 0; i < t->host_count; i++) {
		size_t next = (first + i) % t->host_count;

		if (!p || !pg_primary_is_left(p, next))
			r.hosts[r.count++] = next;
	}
	e = connect(t, &r, deadline_us, out, host, why);
	if (e == ERR_OK)
		atomic_store(&t->answered_last, *host);
	return e;
}

enum err pg_target_connect_host(struct pg_target *t, size_t host, int64_t limit_ms,
				int64_t deadline_us, PGconn **out, struct buf *why)
{
	struct race r = {.hosts = {host}, .count = 1, .any = true, .limit_ms = limit_ms};

	return connect(t, &r, deadline_us, out, &host, why);
}
