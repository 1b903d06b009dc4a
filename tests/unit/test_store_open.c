/* Opening a store: what is refused, with which sentence, and what a refusal leaves as it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/log.h"
#include "store/sqlite/conn.h"
#include "store/sqlite/migrate.h"
#include "store/store.h"

static char folder[256], path[300];

static int make_folder(void **state)
{
	const char *base = getenv("TMPDIR");

	(void)state;
	snprintf(folder, sizeof(folder), "%s/kinglet-open-XXXXXX", base ? base : "/tmp");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/test.db", folder);
	return 0;
}

static int remove_folder(void **state)
{
	static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
	char name[320];

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
		unlink(name);
	}
	rmdir(folder);
	return 0;
}

static void sql(const char *text)
{
	sqlite3 *db;

	conn_setup();
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", text, sqlite3_errmsg(db));
	sqlite3_close(db);
}

static void file_write(const char *data, size_t len)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	fclose(f);
}

static void file_read(struct buf *out)
{
	FILE *f = fopen(path, "r");
	int c;

	assert_non_null(f);
	while ((c = fgetc(f)) != EOF)
		buf_add_char(out, (char)c);
	fclose(f);
}

/* Opens `url` and wants `wanted` and, where it is refused, a sentence with `part` in it. */
static void check_open(const char *url, bool must_exist, enum err wanted, const char *part)
{
	struct store_config config = {.url = str_from_c(url), .must_exist = must_exist};
	struct buf why = BUF_INIT(4096);
	struct store *s = NULL;
	enum err got = store_open(&config, &s, &why);

	if (got != wanted)
		fail_msg("%s: got %s (%s), wanted %s", url, err_label(got), buf_c(&why),
			 err_label(wanted));
	if (wanted != ERR_OK && !strstr(buf_c(&why), part))
		fail_msg("%s: got \"%s\", wanted something with \"%s\"", url, buf_c(&why), part);
	if (wanted != ERR_OK)
		assert_null(s);
	store_close(s);
	buf_release(&why);
}

static void check_open_path(bool must_exist, enum err wanted, const char *part)
{
	char url[320];

	snprintf(url, sizeof(url), "sqlite:%s", path);
	check_open(url, must_exist, wanted, part);
}

static void a_fresh_file_is_made_for_its_owner_alone_and_opens_again(void **state)
{
	struct stat st;

	(void)state;
	check_open_path(false, ERR_OK, "");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	check_open_path(true, ERR_OK, "");
}

static void an_unknown_kind_of_database_is_refused_without_repeating_its_password(void **state)
{
	static const char *const urls[] = {"", "sqlite", "sqlite:", "mysql://u:secret@h/db", ":x"};

	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++)
		check_open(urls[i], false, ERR_INVALID, "sqlite:FILE");
	check_open(urls[3], false, ERR_INVALID, "\"mysql\"");
}

static void a_missing_file_is_not_made_where_it_must_exist(void **state)
{
	(void)state;
	check_open_path(true, ERR_NOT_FOUND, path);
	assert_int_equal(access(path, F_OK), -1);
}

static void a_missing_folder_is_named(void **state)
{
	char url[400];

	(void)state;
	snprintf(url, sizeof(url), "sqlite:%s/missing/test.db", folder);
	check_open(url, false, ERR_IO, "missing");
}

static void a_folder_is_no_database(void **state)
{
	char url[300];

	(void)state;
	snprintf(url, sizeof(url), "sqlite:%s", folder);
	check_open(url, false, ERR_IO, "is a folder");
}

static void a_file_that_is_no_database_is_refused_and_left_alone(void **state)
{
	struct buf before = BUF_INIT(65536), after = BUF_INIT(65536);

	(void)state;
	for (int i = 0; i < 400; i++)
		buf_add_c(&before, "this is a text and not a database\n");
	file_write(before.ptr, before.len);
	check_open_path(false, ERR_DENIED, "not a SQLite database");
	file_read(&after);
	assert_true(str_eq(buf_str(&before), buf_str(&after)));
	buf_release(&before);
	buf_release(&after);
}

static void another_programs_database_is_refused_and_left_alone(void **state)
{
	struct buf before = BUF_INIT(1 << 20), after = BUF_INIT(1 << 20);

	(void)state;
	sql("CREATE TABLE user (user_id INTEGER PRIMARY KEY, username STRING)");
	file_read(&before);
	check_open_path(false, ERR_DENIED, "kinglet import");
	file_read(&after);
	assert_true(str_eq(buf_str(&before), buf_str(&after)));
	buf_release(&before);
	buf_release(&after);
}

static void add_record(int number, const char *kind, int since)
{
	char text[200];

	snprintf(text, sizeof(text),
		 "INSERT INTO schema_migration VALUES (%d, 'things_to_come', 'x', 0, '%s', %d)",
		 number, kind, since);
	sql(text);
}

static void a_newer_schema_that_only_added_is_fine(void **state)
{
	(void)state;
	check_open_path(false, ERR_OK, "");
	add_record(9000, "expand", 0);
	add_record(9001, "online", 0);
	check_open_path(true, ERR_OK, "");
}

static void a_newer_schema_that_took_away_what_is_used_is_refused(void **state)
{
	(void)state;
	check_open_path(false, ERR_OK, "");
	add_record(9000, "expand", 0);
	add_record(9001, "contract", 9000);
	check_open_path(false, ERR_DENIED, "schema 9001 (things_to_come)");
	check_open_path(true, ERR_DENIED, "changed by a newer Kinglet");
}

static void a_newer_schema_that_took_away_what_is_not_used_is_fine(void **state)
{
	(void)state;
	check_open_path(false, ERR_OK, "");
	add_record(9001, "contract", 1);
	check_open_path(true, ERR_OK, "");
}

static void a_newer_schema_of_an_unknown_kind_is_refused(void **state)
{
	(void)state;
	check_open_path(false, ERR_OK, "");
	add_record(9000, "other", 1);
	check_open_path(true, ERR_DENIED, "newer Kinglet");
}

/* The record had four columns before there were kinds. */
static void a_file_whose_record_has_no_kinds_yet_is_opened(void **state)
{
	(void)state;
	check_open_path(false, ERR_OK, "");
	sql("ALTER TABLE schema_migration DROP COLUMN kind");
	sql("ALTER TABLE schema_migration DROP COLUMN since");
	check_open_path(true, ERR_OK, "");
}

static void a_migration_that_was_edited_after_it_ran_is_refused(void **state)
{
	(void)state;
	check_open_path(false, ERR_OK, "");
	sql("UPDATE schema_migration SET digest = 'other' WHERE number = 1");
	check_open_path(false, ERR_DENIED, "edited after it ran");
}

static void a_damaged_file_is_refused(void **state)
{
	struct buf data = BUF_INIT(1 << 20);

	(void)state;
	check_open_path(false, ERR_OK, "");
	file_read(&data);
	memset(data.ptr + 100, 0xff, data.len - 100);
	file_write(data.ptr, data.len);
	check_open_path(false, ERR_IO, "damaged");
	buf_release(&data);
}

/* As somebody who may not: root may everything, so a child becomes nobody first. */
static void a_file_that_may_not_be_written_is_refused(void **state)
{
	pid_t child;
	int status;

	(void)state;
	check_open_path(false, ERR_OK, "");
	assert_int_equal(chmod(folder, 0755), 0);
	assert_int_equal(chmod(path, 0444), 0);
	child = fork();
	if (child == 0) {
		struct store_config config = {.must_exist = true};
		struct buf why = BUF_INIT(4096), url = BUF_INIT(4096);
		struct store *s;
		enum err e;

		if (geteuid() == 0 && setuid(65534) != 0)
			_exit(2);
		buf_printf(&url, "sqlite:%s", path);
		config.url = buf_str(&url);
		e = store_open(&config, &s, &why);
		_exit(e == ERR_IO && strstr(buf_c(&why), "can't be written") ? 0 : 1);
	}
	waitpid(child, &status, 0);
	assert_int_equal(status, 0);
	chmod(path, 0600);
}

/* ---- migrations -------------------------------------------------------------------------------
 */

static int64_t count_of(struct conn *c, const char *query)
{
	sqlite3_stmt *st;
	int64_t count;

	assert_int_equal(sqlite3_prepare_v2(c->db, query, -1, &st, NULL), SQLITE_OK);
	assert_int_equal(stmt_step(st), STEP_ROW);
	count = column_i64(st, 0);
	sqlite3_finalize(st);
	return count;
}

static void migrations_run_in_order_once_each_and_wholly_or_not_at_all(void **state)
{
	static const struct migration list[] = {
		{1, "one", "d1", "CREATE TABLE a (x); INSERT INTO a VALUES (1);"},
		{2, "two", "d2", "INSERT INTO a VALUES (2); CREATE TABLE b (x);"},
		{3, "three", "d3", "INSERT INTO a VALUES (3); INSERT INTO nowhere VALUES (1);"},
	};
	struct buf why = BUF_INIT(4096);
	struct conn c;

	(void)state;
	assert_int_equal(conn_open(&c, path, true, &why), ERR_OK);
	assert_int_equal(migrate_run_list(&c, path, list, 1, &why), ERR_OK);
	assert_int_equal(count_of(&c, "SELECT count(*) FROM a"), 1);
	assert_int_not_equal(migrate_run_list(&c, path, list, 3, &why), ERR_OK);
	assert_non_null(strstr(buf_c(&why), "schema 3 (three)"));
	assert_non_null(strstr(buf_c(&why), "nowhere"));
	/* The second stands, the third left nothing. */
	assert_int_equal(count_of(&c, "SELECT count(*) FROM a"), 2);
	assert_int_equal(count_of(&c, "SELECT max(number) FROM schema_migration"), 2);
	buf_clear(&why);
	assert_int_equal(migrate_run_list(&c, path, list, 2, &why), ERR_OK);
	assert_int_equal(count_of(&c, "SELECT count(*) FROM a"), 2);
	/* A program that knows the first alone: the second only added. */
	assert_int_equal(migrate_run_list(&c, path, list, 1, &why), ERR_OK);
	conn_close(&c);
	buf_release(&why);
}

/* Posts 1 to 3,000, and people where wanted; a migration that goes through the posts; one after. */
static const struct migration_step steps[] = {
	{"post", NULL, "UPDATE post SET y = y + 1 WHERE id > :after AND id <= :upto"},
	{"post", "post_by_y", "(y)"},
};
static const struct migration online_list[] = {
	{1, "one", "d1",
	 "CREATE TABLE user (x); CREATE TABLE post (id INTEGER PRIMARY KEY, y DEFAULT 0);"
	 "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) "
	 "INSERT INTO post (id) SELECT i FROM n"},
	{2, "two", "d2", "", MIGRATION_ONLINE, 0, steps, 2},
	{3, "three", "d3", "CREATE TABLE b (x)"},
};

static void online_migrations_run_at_start_where_nobody_has_an_account(void **state)
{
	struct buf why = BUF_INIT(4096);
	struct conn c;

	(void)state;
	assert_int_equal(conn_open(&c, path, true, &why), ERR_OK);
	assert_int_equal(migrate_run_list(&c, path, online_list, 3, &why), ERR_OK);
	assert_int_equal(count_of(&c, "SELECT count(*) FROM post WHERE y = 1"), 3000);
	assert_int_equal(count_of(&c, "SELECT count(*) FROM sqlite_schema WHERE name = "
				      "'post_by_y'"),
			 1);
	assert_int_equal(count_of(&c, "SELECT max(number) FROM schema_migration"), 3);
	conn_close(&c);
	buf_release(&why);
}

static void a_start_goes_without_an_online_migration_that_nothing_waits_for(void **state)
{
	struct buf why = BUF_INIT(4096);
	struct conn c;

	(void)state;
	assert_int_equal(conn_open(&c, path, true, &why), ERR_OK);
	assert_int_equal(migrate_run_list(&c, path, online_list, 1, &why), ERR_OK);
	assert_int_equal(conn_exec(&c, "INSERT INTO user VALUES (1)"), ERR_OK);
	assert_int_equal(migrate_run_list(&c, path, online_list, 2, &why), ERR_OK);
	assert_int_equal(count_of(&c, "SELECT max(number) FROM schema_migration"), 1);
	assert_int_equal(migrate_run_list(&c, path, online_list, 3, &why), ERR_DENIED);
	assert_non_null(strstr(buf_c(&why), "migration 2 (two) first"));
	assert_int_equal(count_of(&c, "SELECT max(number) FROM schema_migration"), 1);
	assert_int_equal(migrate_run_mode(&c, path, online_list, 3, MIGRATION_ALL, NULL, &why),
			 ERR_OK);
	assert_int_equal(count_of(&c, "SELECT max(number) FROM schema_migration"), 3);
	conn_close(&c);
	buf_release(&why);
}

static void an_online_migration_goes_on_where_it_was_broken_off(void **state)
{
	struct buf why = BUF_INIT(4096);
	struct conn c;

	(void)state;
	assert_int_equal(conn_open(&c, path, true, &why), ERR_OK);
	assert_int_equal(migrate_run_list(&c, path, online_list, 1, &why), ERR_OK);
	assert_int_equal(conn_exec(&c, "INSERT INTO user VALUES (1);"
				       "CREATE TRIGGER t BEFORE UPDATE ON post WHEN new.id = 2500 "
				       "BEGIN SELECT RAISE(ABORT, 'broken off'); END"),
			 ERR_OK);
	assert_int_not_equal(migrate_run_mode(&c, path, online_list, 3, MIGRATION_ALL, NULL, &why),
			     ERR_OK);
	assert_non_null(strstr(buf_c(&why), "migration 2 (two)"));
	assert_non_null(strstr(buf_c(&why), "broken off"));
	assert_true(count_of(&c, "SELECT count(*) FROM post WHERE y = 1") >= 1000);
	assert_int_equal(count_of(&c, "SELECT max(number) FROM schema_migration"), 1);
	assert_int_equal(conn_exec(&c, "DROP TRIGGER t"), ERR_OK);
	assert_int_equal(migrate_run_mode(&c, path, online_list, 3, MIGRATION_ALL, NULL, &why),
			 ERR_OK);
	/* Each row once: nothing was done again, nothing left out. */
	assert_int_equal(count_of(&c, "SELECT count(*) FROM post WHERE y = 1"), 3000);
	assert_int_equal(count_of(&c, "SELECT count(*) FROM schema_progress"), 0);
	conn_close(&c);
	buf_release(&why);
}

static void embedded_migrations_are_numbered_from_one(void **state)
{
	(void)state;
	assert_true(sqlite_migration_count >= 1);
	for (int i = 0; i < sqlite_migration_count; i++) {
		assert_int_equal(sqlite_migrations[i].number, i + 1);
		assert_int_equal(strlen(sqlite_migrations[i].digest), 64);
	}
}

#define OPEN_TEST(function) cmocka_unit_test_setup_teardown(function, make_folder, remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		OPEN_TEST(a_fresh_file_is_made_for_its_owner_alone_and_opens_again),
		OPEN_TEST(an_unknown_kind_of_database_is_refused_without_repeating_its_password),
		OPEN_TEST(a_missing_file_is_not_made_where_it_must_exist),
		OPEN_TEST(a_missing_folder_is_named),
		OPEN_TEST(a_folder_is_no_database),
		OPEN_TEST(a_file_that_is_no_database_is_refused_and_left_alone),
		OPEN_TEST(another_programs_database_is_refused_and_left_alone),
		OPEN_TEST(a_newer_schema_that_only_added_is_fine),
		OPEN_TEST(a_newer_schema_that_took_away_what_is_used_is_refused),
		OPEN_TEST(a_newer_schema_that_took_away_what_is_not_used_is_fine),
		OPEN_TEST(a_newer_schema_of_an_unknown_kind_is_refused),
		OPEN_TEST(a_file_whose_record_has_no_kinds_yet_is_opened),
		OPEN_TEST(a_migration_that_was_edited_after_it_ran_is_refused),
		OPEN_TEST(a_damaged_file_is_refused),
		OPEN_TEST(a_file_that_may_not_be_written_is_refused),
		OPEN_TEST(migrations_run_in_order_once_each_and_wholly_or_not_at_all),
		OPEN_TEST(online_migrations_run_at_start_where_nobody_has_an_account),
		OPEN_TEST(a_start_goes_without_an_online_migration_that_nothing_waits_for),
		OPEN_TEST(an_online_migration_goes_on_where_it_was_broken_off),
		OPEN_TEST(embedded_migrations_are_numbered_from_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
