/* next_id() of db/postgres: statements that are cancelled in it, on a real server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <libpq-fe.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"
#include "store/store.h"

#define WRITERS	 8
#define IDS_EACH 20000
#define STORM_US 2000000
#define CANCEL_ALL                                                                           \
	"SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity, generate_series(1, 3) " \
	"WHERE datname = current_database() AND pid <> pg_backend_pid()"

static char url[2048];
static atomic_bool over;

static PGconn *connect_to(const char *where)
{
	PGconn *c = PQconnectdb(where);

	if (PQstatus(c) != CONNECTION_OK) {
		fprintf(stderr, "%s\n", PQerrorMessage(c));
		abort();
	}
	return c;
}

/* The number that a statement answers, or -1. */
static int64_t ask(PGconn *c, const char *sql)
{
	PGresult *r = PQexec(c, sql);
	int64_t answer = -1;

	if (PQresultStatus(r) == PGRES_TUPLES_OK && PQntuples(r) == 1)
		answer = strtoll(PQgetvalue(r, 0, 0), NULL, 10);
	PQclear(r);
	return answer;
}

static const char *server(void)
{
	const char *found = getenv("KINGLET_TEST_POSTGRES");

	if (!found) {
		fprintf(stderr, "run the tests through tests/lib/with_postgres.mjs\n");
		abort();
	}
	return found;
}

static int create_database(void **state)
{
	PQconninfoOption *options = PQconninfoParse(server(), NULL);
	PGconn *c = connect_to(server());
	struct store_config config = {0};
	struct buf why = BUF_INIT(4096);
	struct store *s = NULL;
	char sql[128];
	int len = snprintf(url, sizeof(url), "postgres:///ids_%d?", (int)getpid());

	(void)state;
	for (PQconninfoOption *o = options; o && o->keyword; o++) {
		if (o->val && strcmp(o->keyword, "dbname") != 0)
			len += snprintf(url + len, sizeof(url) - (size_t)len, "%s=%s&", o->keyword,
					o->val);
	}
	snprintf(url + len, sizeof(url) - (size_t)len, "client_encoding=UTF8");
	snprintf(sql, sizeof(sql), "CREATE DATABASE ids_%d", (int)getpid());
	PQclear(PQexec(c, sql));
	PQfinish(c);
	PQconninfoFree(options);
	config.url = str_from_c(url);
	if (store_open(&config, &s, &why) != ERR_OK)
		fail_msg("%s", buf_c(&why));
	store_close(s);
	buf_release(&why);
	return 0;
}

static int drop_database(void **state)
{
	PGconn *c = connect_to(server());
	char sql[128];

	(void)state;
	snprintf(sql, sizeof(sql), "DROP DATABASE ids_%d WITH (FORCE)", (int)getpid());
	PQclear(PQexec(c, sql));
	PQfinish(c);
	return 0;
}

struct writer {
	PGconn *c;
	int64_t ids[IDS_EACH];
	size_t count, cancelled;
};
/* The highest that anybody was given. */
static _Atomic int64_t given;

static void note_given(int64_t id)
{
	int64_t before = atomic_load(&given);

	while (before < id && !atomic_compare_exchange_weak(&given, &before, id))
		;
}

/* Half of the ids ask for a time to come, as nodes do whose clocks differ. */
static void *take_ids(void *arg)
{
	struct writer *w = arg;

	while (!atomic_load(&over) && w->count < IDS_EACH) {
		int64_t before = atomic_load(&given), id;
		char sql[64];

		snprintf(sql, sizeof(sql), "SELECT next_id(%lld)",
			 (long long)before + (w->count % 2 ? 50 : -50));
		id = ask(w->c, sql);
		if (id < 0) {
			w->cancelled++;
			continue;
		}
		if (id <= before) {
			fprintf(stderr, "id %lld after %lld\n", (long long)id, (long long)before);
			abort();
		}
		note_given(id);
		w->ids[w->count++] = id;
	}
	return NULL;
}

static int compare_ids(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void check_unique(const struct writer *writers)
{
	static int64_t all[(size_t)WRITERS * IDS_EACH];
	size_t count = 0;

	for (int i = 0; i < WRITERS; i++) {
		memcpy(all + count, writers[i].ids, writers[i].count * sizeof(all[0]));
		count += writers[i].count;
	}
	qsort(all, count, sizeof(all[0]), compare_ids);
	assert_true(count > WRITERS);
	for (size_t i = 1; i < count; i++)
		assert_true(all[i] > all[i - 1]);
}

static void a_storm_of_cancellations_leaves_no_lock_and_no_double_id(void **state)
{
	static struct writer writers[WRITERS];
	int64_t end_us = clock_mono_us() + STORM_US;
	PGconn *c = connect_to(url);
	pthread_t threads[WRITERS];
	size_t cancelled = 0;

	(void)state;
	for (int i = 0; i < WRITERS; i++) {
		writers[i].c = connect_to(url);
		pthread_create(&threads[i], NULL, take_ids, &writers[i]);
	}
	while (clock_mono_us() < end_us)
		(void)ask(c, CANCEL_ALL);
	atomic_store(&over, true);
	for (int i = 0; i < WRITERS; i++) {
		int64_t locks;

		/* One that waits for a lock that nobody gives back waits for ever. */
		while ((locks = ask(c, "SELECT count(*) FROM pg_locks WHERE "
				       "locktype = 'advisory' AND NOT granted")) > 0 &&
		       clock_mono_us() < end_us + 5 * STORM_US)
			;
		if (locks > 0)
			fail_msg("%lld wait for a lock that was never given back",
				 (long long)locks);
		pthread_join(threads[i], NULL);
		cancelled += writers[i].cancelled;
	}
	/* Their connections are still open. */
	assert_int_equal(ask(c, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"), 0);
	assert_true(cancelled > 0);
	check_unique(writers);
	for (int i = 0; i < WRITERS; i++)
		PQfinish(writers[i].c);
	PQfinish(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_storm_of_cancellations_leaves_no_lock_and_no_double_id),
	};

	return cmocka_run_group_tests(tests, create_database, drop_database);
}
