#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/clock.h"
#include "model/id.h"
#include "store/home.h"
#include "store/postgres/pg_statement.h"
#include "store/sqlite/conn.h"
#include "store/sqlite/writer.h"

static void sqlite_create(struct buf *url)
{
	const char *base = getenv("TMPDIR");
	char folder[256];

	snprintf(folder, sizeof(folder), "%s/kinglet-store-XXXXXX", base ? base : "/tmp");
	if (!mkdtemp(folder)) {
		perror(folder);
		exit(1);
	}
	buf_printf(url, "sqlite:%s/test.db", folder);
}

static void sqlite_check(struct str url)
{
	static const char *const checks[] = {"PRAGMA integrity_check", "PRAGMA foreign_key_check"};
	char path[300];
	struct buf why = BUF_INIT(1024);
	struct conn c;

	snprintf(path, sizeof(path), "%.*s", STR_ARG(str_sub(url, sizeof("sqlite:") - 1, url.len)));
	if (conn_open(&c, path, false, &why) != ERR_OK)
		fail_msg("%s", buf_c(&why));
	for (size_t i = 0; i < 2; i++) {
		sqlite3_stmt *st;

		assert_int_equal(sqlite3_prepare_v2(c.db, checks[i], -1, &st, NULL), SQLITE_OK);
		/* The first answers "ok", the second nothing. */
		if (stmt_step(st) != (i ? STEP_DONE : STEP_ROW))
			fail_msg("%s: %s", checks[i], sqlite3_errmsg(c.db));
		if (i == 0)
			assert_string_equal((const char *)sqlite3_column_text(st, 0), "ok");
		sqlite3_finalize(st);
	}
	conn_close(&c);
}

static void sqlite_destroy(struct str url)
{
	static const char *const suffixes[] = {"", "-wal", "-shm"};
	struct str path = str_sub(url, sizeof("sqlite:") - 1, url.len);
	char text[300];
	char *slash;

	for (size_t i = 0; i < 3; i++) {
		snprintf(text, sizeof(text), "%.*s%s", STR_ARG(path), suffixes[i]);
		unlink(text);
	}
	snprintf(text, sizeof(text), "%.*s", STR_ARG(path));
	slash = strrchr(text, '/');
	*slash = '\0';
	rmdir(text);
}

static void sqlite_forgetful_create(struct buf *url)
{
	home_set_recent_max(16);
	writer_set_unindexed_max(3);
	sqlite_create(url);
}

/* ---- PostgreSQL: a database of its own on the server that tests/lib/with_postgres.mjs started
 * ---- */

static void die_of(const char *what, const char *why)
{
	fprintf(stderr, "%s: %s\n", what, why);
	exit(1);
}

static const char *server_url(void)
{
	const char *url = getenv("KINGLET_TEST_POSTGRES");

	if (!url)
		die_of("KINGLET_TEST_POSTGRES names no server",
		       "run the tests through tests/lib/with_postgres.mjs");
	return url;
}

static PGconn *pg_connect(const char *url)
{
	PGconn *c = PQconnectdb(url);

	if (PQstatus(c) != CONNECTION_OK)
		die_of(url, PQerrorMessage(c));
	return c;
}

static void pg_exec(PGconn *c, const char *sql)
{
	PGresult *r = PQexec(c, sql);

	if (PQresultStatus(r) != PGRES_COMMAND_OK && PQresultStatus(r) != PGRES_TUPLES_OK)
		die_of(sql, PQerrorMessage(c));
	PQclear(r);
}

/* A server's URL with another database in it. */
static void pg_url_of(const char *server, const char *name, struct buf *url)
{
	PQconninfoOption *options = PQconninfoParse(server, NULL);

	buf_printf(url, "postgres:///%s?", name);
	for (PQconninfoOption *o = options; o && o->keyword; o++) {
		if (o->val && strcmp(o->keyword, "dbname") != 0)
			buf_printf(url, "%s=%s&", o->keyword, o->val);
	}
	buf_printf(url, "application_name=kinglet-test");
	PQconninfoFree(options);
}

/* The database of a store's URL, past the pooler that may stand between. */
static PGconn *pg_connect_directly(struct str url)
{
	struct buf text = BUF_INIT(1024);
	PQconninfoOption *options;
	PGconn *c = NULL;

	buf_add(&text, url);
	options = PQconninfoParse(buf_c(&text), NULL);
	buf_clear(&text);
	for (PQconninfoOption *o = options; o && o->keyword; o++) {
		if (o->val && strcmp(o->keyword, "dbname") == 0)
			pg_url_of(server_url(), o->val, &text);
	}
	c = pg_connect(buf_c(&text));
	PQconninfoFree(options);
	buf_release(&text);
	return c;
}

static void create_database(const char *server, struct buf *url)
{
	static int count;
	PGconn *c = pg_connect(server_url());
	char name[64], sql[128];

	snprintf(name, sizeof(name), "store_%d_%d", (int)getpid(), count++);
	snprintf(sql, sizeof(sql), "CREATE DATABASE %s", name);
	pg_exec(c, sql);
	/* Who locks others out mustn't be rescued by the server before the test has noticed. */
	snprintf(sql, sizeof(sql), "ALTER DATABASE %s SET deadlock_timeout = '20s'", name);
	pg_exec(c, sql);
	PQfinish(c);
	pg_url_of(server, name, url);
}

static void postgres_create(struct buf *url)
{
	create_database(server_url(), url);
}

/* Through PgBouncer in transaction mode, with fewer connections to the server than a store has. */
static void postgres_pooled_create(struct buf *url)
{
	const char *pooler = getenv("KINGLET_TEST_PGBOUNCER");

	if (!pooler)
		die_of("KINGLET_TEST_PGBOUNCER names no pooler",
		       "run the tests through tests/lib/with_postgres.mjs");
	create_database(pooler, url);
}

/* No row may come. */
static void check_none(PGconn *c, const char *sql, const char *what)
{
	PGresult *r = PQexec(c, sql);

	if (PQresultStatus(r) != PGRES_TUPLES_OK)
		fail_msg("%s", PQerrorMessage(c));
	if (PQntuples(r) != 0)
		fail_msg("%d %s, the first: %s", PQntuples(r), what, PQgetvalue(r, 0, 0));
	PQclear(r);
}

/*
 * The counters that are kept are what one would count. And a foreign key finds its rows by an
 * index, one of all rows: where a row is deleted that it points to, the whole table would be read.
 */
static void postgres_check(struct str url)
{
	static const char counters[] =
		"SELECT user_id FROM user_count c WHERE "
		"posts <> (SELECT count(*) FROM post WHERE author_id = user_id AND NOT flagged) OR "
		"followers <> (SELECT count(*) FROM follow WHERE followee_id = user_id) OR "
		"following <> (SELECT count(*) FROM follow WHERE follower_id = user_id) UNION ALL "
		"SELECT 0 FROM (SELECT sum(users) AS u, sum(posts) AS p, sum(follows) AS f, "
		"sum(sessions) AS s FROM total) t WHERE u <> (SELECT count(*) FROM \"user\") OR "
		"p <> (SELECT count(*) FROM post WHERE NOT flagged) OR "
		"f <> (SELECT count(*) FROM follow) OR s <> (SELECT count(*) FROM session)";
	static const char keys[] =
		"SELECT conname FROM pg_constraint k WHERE contype = 'f' AND NOT EXISTS "
		"(SELECT 1 FROM pg_index WHERE indrelid = conrelid AND indpred IS NULL "
		"AND indkey[0] = conkey[1])";
	PGconn *c = pg_connect_directly(url);

	check_none(c, counters, "counters are wrong");
	check_none(c, keys, "foreign keys have no index");
	PQfinish(c);
}

static void postgres_cut(struct str url)
{
	PGconn *c = pg_connect_directly(url);

	pg_exec(c, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
		   "WHERE datname = current_database() AND pid <> pg_backend_pid()");
	PQfinish(c);
}

/*
 * A connection whose row of `total` is no other's: an open transaction holds it, and would hold up
 * that other one too.
 */
static PGconn *pg_connect_apart(struct str url)
{
	for (;;) {
		PGconn *c = pg_connect_directly(url);
		PGresult *r = PQexec(c, "SELECT 1 FROM pg_stat_activity WHERE pid % 64 = "
					"pg_backend_pid() % 64 AND pid <> pg_backend_pid()");
		bool apart = PQresultStatus(r) == PGRES_TUPLES_OK && PQntuples(r) == 0;

		PQclear(r);
		if (apart)
			return c;
		PQfinish(c);
	}
}

static void *postgres_post_begin(struct str url, int64_t author_id, int64_t *id)
{
	char number[32], ms[32], first[32];
	/* It answers nothing, warns of nothing, has no key, no words to be found by, and mentions
	 * nobody. */
	const char *values[] = {number, "late", ms, first, "0", "", "", "0", "", "", "{}"};
	int64_t now_ms = clock_now_ms();
	PGresult *r;
	PGconn *c;

	snprintf(number, sizeof(number), "%lld", (long long)author_id);
	snprintf(ms, sizeof(ms), "%lld", (long long)now_ms);
	snprintf(first, sizeof(first), "%lld", (long long)id_first_of_ms(now_ms));
	c = pg_connect_apart(url);
	pg_exec(c, "BEGIN");
	r = PQexecParams(c, pg_statement_table[PG_POST_CREATE].sql,
			 (int)(sizeof(values) / sizeof(values[0])), NULL, values, NULL, NULL, 0);
	if (PQresultStatus(r) != PGRES_TUPLES_OK || PQntuples(r) != 1)
		die_of("a post", PQerrorMessage(c));
	*id = strtoll(PQgetvalue(r, 0, 0), NULL, 10);
	PQclear(r);
	return c;
}

static void postgres_post_end(void *post, bool commit)
{
	PGconn *c = post;

	pg_exec(c, commit ? "COMMIT" : "ROLLBACK");
	PQfinish(c);
}

static void postgres_destroy(struct str url)
{
	PGconn *c = pg_connect(server_url());
	char text[1024], sql[1200];
	PQconninfoOption *options;

	snprintf(text, sizeof(text), "%.*s", STR_ARG(url));
	options = PQconninfoParse(text, NULL);
	for (PQconninfoOption *o = options; o && o->keyword; o++) {
		if (o->val && strcmp(o->keyword, "dbname") == 0)
			snprintf(sql, sizeof(sql), "DROP DATABASE %s WITH (FORCE)", o->val);
	}
	pg_exec(c, sql);
	PQconninfoFree(options);
	PQfinish(c);
}

static const struct test_engine engines[] = {
	{.name = "sqlite",
	 .create = sqlite_create,
	 .check = sqlite_check,
	 .destroy = sqlite_destroy},
	/* One that remembers few posts, so that home timelines come from memory and file at once;
	 * and lets few wait for the index of words, so that searches find them there and beside it.
	 */
	{.name = "sqlite-forgetful",
	 .create = sqlite_forgetful_create,
	 .check = sqlite_check,
	 .destroy = sqlite_destroy},
	{.name = "postgres",
	 .create = postgres_create,
	 .check = postgres_check,
	 .cut = postgres_cut,
	 .post_begin = postgres_post_begin,
	 .post_end = postgres_post_end,
	 .destroy = postgres_destroy},
	/* No `cut`: a pooler doesn't pass on that a server has ended a connection before anything
	 * happened, so nobody can know, and a write may fail. */
	{.name = "postgres-pooled",
	 .create = postgres_pooled_create,
	 .check = postgres_check,
	 .post_begin = postgres_post_begin,
	 .post_end = postgres_post_end,
	 .destroy = postgres_destroy},
};

const struct test_engine *test_engine_find(const char *name)
{
	for (size_t i = 0; i < sizeof(engines) / sizeof(engines[0]); i++) {
		if (strcmp(engines[i].name, name) == 0)
			return &engines[i];
	}
	return NULL;
}
