/* import.h: classic MiniTwit databases. */
#include "service_fixture.h"

#include <sqlite3.h>
#include "service/import.h"

/* The classic program's own schema. */
#define SCHEMA                                                                                     \
	"create table user (user_id integer primary key autoincrement, username string not null, " \
	"email string not null, pw_hash string not null);"                                         \
	"create table follower (who_id integer, whom_id integer);"                                 \
	"create table message (message_id integer primary key autoincrement, author_id integer "   \
	"not null, text string not null, pub_date integer, flagged integer);"

/* The password is "correct horse" and a snowman. */
#define HASH "md5$NaCl$c345999ce62d390f7071afd6b38557e4"

#define ADA_AND_BOB                                                                           \
	"insert into user values (1, 'Ada', 'ada@example.org', '" HASH "'), (2, 'Bob Odd/', " \
	"'bob@example.org', 'pbkdf2:sha1:1000$iSzbH5pG$"                                      \
	"c0bff8d41efc6b5c41a821edd786c614700bc5de');"

static char classic_path[128];

static void sql(const char *text)
{
	sqlite3 *db;
	char *problem = NULL;

	assert_int_equal(sqlite3_open(classic_path, &db), SQLITE_OK);
	if (sqlite3_exec(db, text, NULL, NULL, &problem) != SQLITE_OK)
		fail_msg("%s: %s", text, problem);
	sqlite3_close(db);
}

static int setup(void **state)
{
	int failed = fixture_setup(state);

	snprintf(classic_path, sizeof(classic_path), "%s/classic.db", fx.dir);
	if (!failed)
		sql(SCHEMA);
	return failed;
}

static struct import_report import(void)
{
	struct import_report report = {0};
	struct buf why = BUF_INIT(4096);

	if (import_classic(&fx.service, str_from_c(classic_path), &report, &why) != ERR_OK)
		fail_msg("refused: %s", buf_c(&why));
	buf_release(&why);
	return report;
}

static struct store_totals totals(void)
{
	struct store_totals t;

	assert_int_equal(store_totals(fx.service.store, &t), ERR_OK);
	return t;
}

/* Refused for a reason that has `named` in it, and nothing changed. */
static void expect_refused(const char *named)
{
	struct import_report report;
	struct buf why = BUF_INIT(4096);
	struct store_totals before = totals(), after;
	enum err e = import_classic(&fx.service, str_from_c(classic_path), &report, &why);

	after = totals();
	if (e == ERR_OK || !strstr(buf_c(&why), named))
		fail_msg("got \"%s\", wanted a refusal with \"%s\"",
			 e == ERR_OK ? "imported" : buf_c(&why), named);
	assert_memory_equal(&before, &after, sizeof(before));
	buf_release(&why);
}

static struct user person(const char *name)
{
	struct user user;

	if (account_find(&fx.service, fx.arena, str_from_c(name), &user) != ERR_OK)
		fail_msg("\"%s\" is missing", name);
	return user;
}

static struct post_list all_posts(void)
{
	struct post_list list;

	assert_int_equal(post_list_all(&fx.service, fx.arena, 0, &list), ERR_OK);
	return list;
}

static void people_passwords_posts_order_flags_and_follows_are_kept(void **state)
{
	static const struct {
		const char *text;
		int64_t pub_date_s;
		bool flagged;
	} wanted[] = {
		{"first", 1000, false}, {"earlier id", 1001, false}, {"later id", 1001, false},
		{"hidden", 1002, true}, {"last", 1003, false},
	};
	struct post_list list;
	struct import_report r;
	bool follows = false;

	(void)state;
	sql(ADA_AND_BOB "insert into message values (7, 1, 'last', 1003, 0), (2, 1, 'later id', "
			"1001, null), (1, 2, 'earlier id', 1001, 0), (4, 2, 'first', 1000, 0), "
			"(9, 1, 'hidden', 1002, 1);"
			"insert into follower values (1, 2), (1, 2), (2, 2);");
	r = import();
	assert_int_equal(r.users, 2);
	assert_int_equal(r.posts, 5);
	assert_int_equal(r.follows, 2);
	list = all_posts();
	assert_int_equal(list.count, COUNT_OF(wanted));
	for (size_t i = 0; i < COUNT_OF(wanted); i++) {
		assert_true(str_eq(list.items[i].text, str_from_c(wanted[i].text)));
		assert_true(list.items[i].created_ms == wanted[i].pub_date_s * 1000);
		assert_int_equal(list.items[i].flagged, wanted[i].flagged);
	}
	assert_true(str_eq(person("Ada").email, STR("ada@example.org")));
	assert_true(str_eq(person("ada").pw_hash, STR(HASH)));
	assert_int_equal(store_follow_exists(fx.service.store, person("Ada").id,
					     person("Bob Odd/").id, &follows),
			 ERR_OK);
	assert_true(follows);
	assert_int_equal(totals().posts, 4);
}

static void imported_people_sign_in_and_have_the_order_in_which_they_registered(void **state)
{
	enum problem problem;
	struct sign_in in;

	(void)state;
	sql(ADA_AND_BOB "insert into message values (1, 2, 'bob was here first', 500, 0), "
			"(2, 1, 'ada wrote later', 900, 0);");
	import();
	assert_int_equal(account_sign_in(&fx.service, fx.arena, STR("Ada"),
					 STR("correct horse \xe2\x98\x83"), STR(""), &problem, &in),
			 ERR_OK);
	assert_int_equal(problem, PROBLEM_NONE);
	assert_true(person("Ada").id < person("Bob Odd/").id);
	assert_true(person("Ada").created_ms == 500000);
	assert_true(person("Bob Odd/").created_ms == 500000);
}

static void a_second_run_adds_nothing_and_a_later_one_only_what_is_new(void **state)
{
	struct import_report r;
	struct store_totals once;

	(void)state;
	sql(ADA_AND_BOB "insert into message values (1, 1, 'one', 1000, 0);"
			"insert into message values (2, 99, 'orphan', 1000, 0);"
			"insert into follower values (1, 2);");
	import();
	once = totals();
	r = import();
	assert_int_equal(r.users + r.posts + r.follows + r.deleted_people, 0);
	assert_int_equal(r.users_known, 2);
	assert_int_equal(r.posts_known, 2);
	assert_int_equal(r.follows_known, 1);
	assert_int_equal(totals().users, once.users);
	assert_int_equal(totals().posts, once.posts);
	sql("insert into user values (3, 'Eve', 'e@example.org', '" HASH "');"
	    "insert into message values (3, 3, 'new', 2000, 0), (4, 1, 'new too', 2000, 0);"
	    "insert into follower values (3, 1), (2, 1);");
	r = import();
	assert_int_equal(r.users, 1);
	assert_int_equal(r.posts, 2);
	assert_int_equal(r.follows, 2);
}

static void what_was_removed_here_does_not_come_back(void **state)
{
	struct import_report r;
	struct user ada;

	(void)state;
	sql(ADA_AND_BOB "insert into message values (1, 1, 'one', 1000, 0), (2, 2, 'two', 1, 0);"
			"insert into follower values (1, 2), (2, 1);");
	import();
	ada = person("Ada");
	assert_int_equal(account_delete(&fx.service, person("Bob Odd/").id), ERR_OK);
	assert_int_equal(post_delete(&fx.service, fx.arena, &ada, all_posts().items[0].id), ERR_OK);
	sql("insert into message values (3, 2, 'three', 1000, 0);");
	r = import();
	assert_int_equal(r.users + r.posts + r.follows, 0);
	assert_int_equal(r.left_out, 3);
	assert_int_equal(totals().users, 1);
	assert_int_equal(totals().posts, 0);
	assert_int_equal(totals().follows, 0);
}

static void posts_of_deleted_people_are_kept_but_hidden(void **state)
{
	struct cursor newest = {CURSOR_NEWEST, 0};
	struct import_report r;
	struct post_list list;

	(void)state;
	sql(ADA_AND_BOB "insert into message values (1, 99, 'orphan', 1000, 0), (2, 1, 'one', "
			"1001, 0), (3, 0, 'zero', 1002, 0), (4, 99, 'orphan 2', 1003, 1);"
			"insert into follower values (1, 99), (77, 1);");
	r = import();
	assert_int_equal(r.users, 2);
	assert_int_equal(r.deleted_people, 2);
	assert_int_equal(r.posts, 4);
	assert_int_equal(r.posts_of_deleted, 3);
	assert_int_equal(r.left_out, 2);
	assert_int_equal(all_posts().count, 4);
	assert_int_equal(timeline_public(&fx.service, fx.arena, newest, 30, &list), ERR_OK);
	assert_int_equal(list.count, 1);
	assert_int_equal(person("deleted user 99").pw_hash.len, 0);
}

static void real_oddities_are_kept_as_they_are(void **state)
{
	(void)state;
	sql(ADA_AND_BOB
	    "insert into user values (5, '007', 'bond', '" HASH "'), (6, ' two  spaces ', '', ''), "
	    "(7, 'public', '@', '" HASH "'), (8, 'a name that is rather longer than the fifty "
	    "characters of ours', 'x@y', '" HASH "');"
	    "insert into message values (1, 5, '', 1000, 0), (2, 5, '0123', 1000.75, 0), "
	    "(3, 6, replace(hex(zeroblob(1000)), '0', 'x'), 1000, 0), "
	    "(4, 6, 'bell' || char(7), 1000, 0);");
	assert_int_equal(import().users, 6);
	assert_int_equal(all_posts().count, 4);
	assert_int_equal(all_posts().items[2].text.len, 2000);
	person("7");
	person(" two  spaces ");
	person("PUBLIC");
	person("A name that is rather longer than the fifty characters of ours");
}

static void a_file_with_something_that_cannot_be_kept_is_refused_whole(void **state)
{
	static const struct {
		const char *sql, *named;
	} cases[] = {
		{"insert into user values (5, 'ADA', 'x@y', '" HASH "')", "row 5: the name 'ADA'"},
		{"insert into user values (5, 'Ada', 'x@y', '" HASH "')", "row 5: the name 'Ada'"},
		{"insert into user values (5, '', 'x@y', '" HASH "')", "table user, row 5"},
		{"insert into user values (5, 'Eve', 'x@y', '$2b$12$abc')", "row 5: the password"},
		{"insert into user values (5, cast(x'41ff' as text), 'x@y', '" HASH "')",
		 "table user, row 5"},
		{"insert into user values (5, char(8203), 'x@y', '" HASH "')", "table user, row 5"},
		{"insert into message values (5, 1, cast(x'c328' as text), 1000, 0)",
		 "table message, row 5"},
		{"insert into message values (5, 1, 'a' || char(0) || 'b', 1000, 0)",
		 "table message, row 5"},
		{"insert into message values (5, 1, 'x', 1582246860738, 0)",
		 "table message, row 5: pub_date"},
		{"insert into message values (5, 1, 'x', -5, 0)", "table message, row 5: pub_date"},
		{"insert into message values (5, 1, 'x', 'yesterday', 0)", "row 5"},
		{"insert into message values (5, 1, replace(hex(zeroblob(40000)), '0', 'x'), 1000, "
		 "0)",
		 "table message, row 5"},
	};

	(void)state;
	sql(ADA_AND_BOB);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		sql(cases[i].sql);
		expect_refused(cases[i].named);
		sql("delete from user where user_id = 5; delete from message");
	}
	assert_int_equal(import().users, 2);
}

static void a_name_that_somebody_here_has_is_refused_and_named(void **state)
{
	(void)state;
	fixture_person("BOB");
	sql("insert into user values (1, 'Ada', 'a@b', '" HASH "'), (2, 'bob', 'b@b', '" HASH "')");
	expect_refused("table user, row 2: the name 'bob'");
	sql("update user set username = 'bob the second' where user_id = 2");
	assert_int_equal(import().users, 2);
}

static void another_database_with_the_same_numbers_is_another_source(void **state)
{
	(void)state;
	sql(ADA_AND_BOB "insert into message values (1, 1, 'one', 1000, 0);");
	import();
	sql("update user set username = username || ' 2', pw_hash = replace(pw_hash, 'c3', 'c4')");
	assert_int_equal(import().users, 2);
	assert_int_equal(totals().users, 4);
	assert_int_equal(totals().posts, 2);
}

static void a_person_without_an_email_is_kept(void **state)
{
	(void)state;
	sql("drop table user; create table user (user_id integer primary key, username text, "
	    "email text, pw_hash text); insert into user values (1, 'Ada', null, '" HASH "')");
	assert_int_equal(import().users, 1);
	assert_int_equal(person("Ada").email.len, 0);
}

static void an_empty_database_adds_nothing(void **state)
{
	struct import_report r;

	(void)state;
	r = import();
	assert_int_equal(r.users + r.posts + r.follows, 0);
}

static void a_file_that_is_no_classic_database_is_refused(void **state)
{
	FILE *file;

	(void)state;
	sql("drop table message");
	expect_refused("message");
	file = fopen(classic_path, "w");
	assert_non_null(file);
	fputs("This is not a database, however long it may be: it is only some text.", file);
	fclose(file);
	expect_refused("classic.db");
	unlink(classic_path);
	expect_refused("there is no file");
}

#define T(what_must_be_true) \
	cmocka_unit_test_setup_teardown(what_must_be_true, setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(people_passwords_posts_order_flags_and_follows_are_kept),
		T(imported_people_sign_in_and_have_the_order_in_which_they_registered),
		T(a_second_run_adds_nothing_and_a_later_one_only_what_is_new),
		T(what_was_removed_here_does_not_come_back),
		T(posts_of_deleted_people_are_kept_but_hidden),
		T(real_oddities_are_kept_as_they_are),
		T(a_file_with_something_that_cannot_be_kept_is_refused_whole),
		T(a_name_that_somebody_here_has_is_refused_and_named),
		T(another_database_with_the_same_numbers_is_another_source),
		T(a_person_without_an_email_is_kept),
		T(an_empty_database_adds_nothing),
		T(a_file_that_is_no_classic_database_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
