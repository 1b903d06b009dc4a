/* store/classic.h: reading the SQLite file of a classic MiniTwit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sqlite3.h>
#include <unistd.h>
#include "store/classic.h"
#include "store/sqlite/conn.h"

/* The classic program's own schema: "string" is no type of SQLite's, and turns digits to numbers.
 */
#define SCHEMA                                                                                     \
	"CREATE TABLE user (user_id INTEGER PRIMARY KEY AUTOINCREMENT, username STRING NOT NULL, " \
	"email STRING NOT NULL, pw_hash STRING NOT NULL);"                                         \
	"CREATE TABLE follower (who_id INTEGER, whom_id INTEGER);"                                 \
	"CREATE TABLE message (message_id INTEGER PRIMARY KEY AUTOINCREMENT, "                     \
	"author_id INTEGER NOT NULL, text STRING NOT NULL, pub_date INTEGER, flagged INTEGER);"

static char path[256];

static int make_path(void **state)
{
	const char *base = getenv("TMPDIR");
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "%s/kinglet-classic-XXXXXX", base ? base : "/tmp");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	return 0;
}

static int remove_path(void **state)
{
	(void)state;
	unlink(path);
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

static struct classic *open_classic(void)
{
	struct buf why = BUF_INIT(4096);
	struct classic *c = NULL;

	if (classic_open(str_from_c(path), &c, &why) != ERR_OK)
		fail_msg("%s", buf_c(&why));
	buf_release(&why);
	return c;
}

static void check_str(struct str got, const char *wanted)
{
	if (!str_eq(got, str_from_c(wanted)))
		fail_msg("got \"%.*s\", wanted \"%s\"", STR_ARG(got), wanted);
}

static void rows_come_typed_and_in_order_as_often_as_asked(void **state)
{
	struct buf why = BUF_INIT(4096);
	struct classic_message message;
	struct classic_follow follow;
	struct classic_user user;
	struct classic *c;

	(void)state;
	sql(SCHEMA
	    "INSERT INTO user VALUES (2, 'Zo\xc3\xab', 'z@example.org', 'pbkdf2:sha256:1$a$b');"
	    "INSERT INTO user VALUES (1, '007', 'b@example.org', 'md5$a$b');"
	    "INSERT INTO follower VALUES (2, 1), (1, 2), (2, 1);"
	    "INSERT INTO message VALUES (5, 1, 'later', 200, 0), (7, 2, 'same', 100, NULL),"
	    "(6, 2, '0123', 100, 1);");
	c = open_classic();
	for (int again = 0; again < 2; again++) {
		assert_int_equal(classic_next_user(c, &user, &why), CLASSIC_ROW);
		assert_int_equal(user.user_id, 1);
		check_str(user.username, "7"); /* what the classic program made of it */
		assert_int_equal(classic_next_user(c, &user, &why), CLASSIC_ROW);
		assert_int_equal(user.user_id, 2);
		check_str(user.username, "Zo\xc3\xab");
		check_str(user.email, "z@example.org");
		check_str(user.pw_hash, "pbkdf2:sha256:1$a$b");
		assert_int_equal(classic_next_user(c, &user, &why), CLASSIC_DONE);

		for (int i = 0; i < 3; i++) {
			assert_int_equal(classic_next_follow(c, &follow, &why), CLASSIC_ROW);
			assert_int_equal(follow.who_id, i == 1 ? 1 : 2);
			assert_int_equal(follow.whom_id, i == 1 ? 2 : 1);
		}
		assert_int_equal(classic_next_follow(c, &follow, &why), CLASSIC_DONE);

		assert_int_equal(classic_next_message(c, &message, &why), CLASSIC_ROW);
		assert_int_equal(message.message_id, 6);
		assert_int_equal(message.author_id, 2);
		assert_int_equal(message.pub_date_s, 100);
		assert_true(message.flagged);
		check_str(message.text, "123");
		assert_int_equal(classic_next_message(c, &message, &why), CLASSIC_ROW);
		assert_int_equal(message.message_id, 7);
		assert_false(message.flagged);
		assert_int_equal(classic_next_message(c, &message, &why), CLASSIC_ROW);
		assert_int_equal(message.message_id, 5);
		assert_int_equal(classic_next_message(c, &message, &why), CLASSIC_DONE);
	}
	assert_int_equal(why.len, 0);
	classic_close(c);
}

static void a_value_of_the_wrong_kind_names_table_row_and_column(void **state)
{
	static const struct {
		const char *sql, *part;
	} cases[] = {
		{"INSERT INTO user VALUES (3, x'00ff', 'e', 'p');",
		 "table user, row 3: its username is not text"},
		{"INSERT INTO follower VALUES (1, 'somebody');",
		 "table follower, row 1: its whom_id is not a number"},
		{"INSERT INTO follower VALUES (NULL, 1);",
		 "table follower, row 1: its who_id is not a number"},
		{"INSERT INTO message VALUES (9, 1, 'x', 'yesterday', 0);",
		 "table message, row 9: its pub_date is not a number"},
		{"INSERT INTO message VALUES (9, 1, 'x', NULL, 0);",
		 "table message, row 9: its pub_date is not a number"},
		{"INSERT INTO message VALUES (9, 1, 'x', 1e300, 0);",
		 "table message, row 9: its pub_date is out of range"},
		{"INSERT INTO message VALUES (9, 'me', 'x', 1, 0);",
		 "table message, row 9: its author_id is not a number"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf why = BUF_INIT(4096);
		struct classic_message message;
		struct classic_follow follow;
		struct classic_user user;
		struct classic *c;
		int failures = 0;

		sql(SCHEMA);
		sql(cases[i].sql);
		c = open_classic();
		failures += classic_next_user(c, &user, &why) == CLASSIC_FAILED;
		failures += classic_next_follow(c, &follow, &why) == CLASSIC_FAILED;
		failures += classic_next_message(c, &message, &why) == CLASSIC_FAILED;
		if (failures != 1 || !strstr(buf_c(&why), cases[i].part))
			fail_msg("%s: got %d failures, \"%s\"; wanted \"%s\"", cases[i].sql,
				 failures, buf_c(&why), cases[i].part);
		classic_close(c);
		buf_release(&why);
		sql("DROP TABLE user; DROP TABLE follower; DROP TABLE message;");
	}
}

static void check_refused(enum err wanted, const char *part)
{
	struct buf why = BUF_INIT(4096);
	struct classic *c = NULL;
	enum err got = classic_open(str_from_c(path), &c, &why);

	if (got != wanted || !strstr(buf_c(&why), part))
		fail_msg("got %s \"%s\", wanted %s \"%s\"", err_label(got), buf_c(&why),
			 err_label(wanted), part);
	assert_null(c);
	buf_release(&why);
}

static void what_is_no_classic_database_is_refused(void **state)
{
	FILE *f;

	(void)state;
	check_refused(ERR_INVALID, "table user"); /* an empty file is an empty database */
	sql("CREATE TABLE user (user_id INTEGER, username TEXT, email TEXT, pw_hash TEXT)");
	check_refused(ERR_INVALID, "table follower");
	sql("CREATE TABLE follower (who_id INTEGER)");
	check_refused(ERR_INVALID, "whom_id");
	f = fopen(path, "w");
	fputs("Surely this is no database at all, but a text that goes on for a while.", f);
	fclose(f);
	check_refused(ERR_INVALID, "not a SQLite database");
	unlink(path);
	check_refused(ERR_NOT_FOUND, "there is no file");
	assert_int_equal(access(path, F_OK), -1);
}

static void a_damaged_file_is_refused_whole(void **state)
{
	FILE *f;

	(void)state;
	sql(SCHEMA);
	sql("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) "
	    "INSERT INTO message SELECT i, 1, 'some text that fills pages', i, 0 FROM n");
	f = fopen(path, "r+");
	assert_int_equal(fseek(f, 8 * 4096, SEEK_SET), 0);
	for (int i = 0; i < 4096; i++)
		fputc(0xa5, f);
	fclose(f);
	check_refused(ERR_INVALID, "damaged");
}

#define CLASSIC_TEST(function) cmocka_unit_test_setup_teardown(function, make_path, remove_path)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLASSIC_TEST(rows_come_typed_and_in_order_as_often_as_asked),
		CLASSIC_TEST(a_value_of_the_wrong_kind_names_table_row_and_column),
		CLASSIC_TEST(what_is_no_classic_database_is_refused),
		CLASSIC_TEST(a_damaged_file_is_refused_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
