/*
 * store/sqlite/statement.c: every statement finds its rows through an index and sorts nothing, by
 * SQLite's own word (EXPLAIN QUERY PLAN). So no statement's cost grows with the size of a table.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "store/sqlite/conn.h"
#include "store/sqlite/migrate.h"

static char path[256];
static struct conn c;

static int open_fresh(void **state)
{
	const char *base = getenv("TMPDIR");
	struct buf why = BUF_INIT(4096);
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "%s/kinglet-statements-XXXXXX", base ? base : "/tmp");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	if (conn_open(&c, path, false, &why) != ERR_OK || migrate_run(&c, path, &why) != ERR_OK)
		fail_msg("%s", buf_c(&why));
	return 0;
}

static int close_fresh(void **state)
{
	static const char *const suffixes[] = {"", "-wal", "-shm"};
	char name[300];

	(void)state;
	conn_close(&c);
	for (size_t i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
		unlink(name);
	}
	return 0;
}

/* A question to FTS5's index for rows that match (":M"), which SQLite calls a scan. */
static bool is_match(const char *detail)
{
	return strstr(detail, " VIRTUAL TABLE INDEX ") && strstr(detail, ":M");
}

/* All rows of a query within the query, whose own steps stand beside. */
static bool is_subquery(const char *detail)
{
	return strncmp(detail, "SCAN (subquery-", 15) == 0;
}

/* The first step of a plan that looks at all rows, or sorts; NULL where there is none. */
static const char *find_slow_step(const char *sql, struct buf *step)
{
	struct buf explain = BUF_INIT(4096);
	sqlite3_stmt *st;

	buf_printf(&explain, "EXPLAIN QUERY PLAN %s", sql);
	if (sqlite3_prepare_v2(c.db, buf_c(&explain), -1, &st, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(c.db));
	buf_clear(step);
	while (step->len == 0 && stmt_step(st) == STEP_ROW) {
		const char *detail = (const char *)sqlite3_column_text(st, 3);

		if ((strncmp(detail, "SCAN ", 5) == 0 && strcmp(detail, "SCAN state") != 0 &&
		     strcmp(detail, "SCAN CONSTANT ROW") != 0 && !is_match(detail) &&
		     !is_subquery(detail)) ||
		    strstr(detail, "TEMP B-TREE") || strstr(detail, "AUTOMATIC"))
			buf_add_c(step, detail);
	}
	sqlite3_finalize(st);
	buf_release(&explain);
	return step->len ? buf_c(step) : NULL;
}

/* Those that look at a bounded number of rows (STORE_RECENT_POSTS, MAIL_QUEUE_MAX, the candidates
 * of a suggestion), which they may sort or count. */
static bool is_bounded(size_t statement)
{
	return statement == STMT_RECENT_SUMMARY || statement == STMT_RECENT_FLAGGED ||
	       statement == STMT_MAIL_PUT || statement == STMT_MAIL_WAITING ||
	       statement == STMT_SUGGESTIONS;
}

/* The set of people, in which each is counted once; a thread of its own asks, once a minute. */
static bool is_set(const char *slow_step)
{
	return strcmp(slow_step, "UNION USING TEMP B-TREE") == 0;
}

static void every_statement_finds_its_rows_by_an_index_and_sorts_nothing(void **state)
{
	struct buf step = BUF_INIT(4096);

	(void)state;
	for (size_t i = 0; i < STMT_COUNT; i++) {
		const char *slow = find_slow_step(statement_table[i].sql, &step);

		if (slow && !is_bounded(i) && !(i == STMT_ACTIVE_USERS && is_set(slow)))
			fail_msg("\"%s\": %s", statement_table[i].sql, slow);
	}
	buf_release(&step);
}

static void this_test_would_notice_a_missing_index(void **state)
{
	struct buf step = BUF_INIT(4096);

	(void)state;
	assert_non_null(find_slow_step("SELECT * FROM post WHERE text = ?1", &step));
	assert_non_null(find_slow_step("SELECT * FROM post ORDER BY created_ms", &step));
	assert_null(find_slow_step("SELECT * FROM post WHERE id = ?1", &step));
	assert_non_null(find_slow_step("SELECT rowid FROM post_index", &step));
	buf_release(&step);
}

static void every_statement_is_in_the_table_and_on_a_connection(void **state)
{
	(void)state;
	for (size_t i = 0; i < STMT_COUNT; i++) {
		assert_non_null(statement_table[i].sql);
		assert_in_range(statement_table[i].on, ON_READER, ON_BOTH);
	}
}

static void a_connection_has_the_settings_that_durability_stands_on(void **state)
{
	static const struct {
		const char *pragma, *wanted;
	} cases[] = {
		{"journal_mode", "wal"}, {"synchronous", "2"},	      {"foreign_keys", "1"},
		{"mmap_size", "0"},	 {"wal_autocheckpoint", "0"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char sql[64];
		sqlite3_stmt *st;

		snprintf(sql, sizeof(sql), "PRAGMA %s", cases[i].pragma);
		assert_int_equal(sqlite3_prepare_v2(c.db, sql, -1, &st, NULL), SQLITE_OK);
		assert_int_equal(stmt_step(st), STEP_ROW);
		assert_string_equal((const char *)sqlite3_column_text(st, 0), cases[i].wanted);
		sqlite3_finalize(st);
	}
}

#define STATEMENT_TEST(function) cmocka_unit_test_setup_teardown(function, open_fresh, close_fresh)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STATEMENT_TEST(every_statement_finds_its_rows_by_an_index_and_sorts_nothing),
		STATEMENT_TEST(this_test_would_notice_a_missing_index),
		STATEMENT_TEST(every_statement_is_in_the_table_and_on_a_connection),
		STATEMENT_TEST(a_connection_has_the_settings_that_durability_stands_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
