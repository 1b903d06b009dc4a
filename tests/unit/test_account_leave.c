/* account.h: leaving, with time to think it over, and that nothing is left. */
#include "service_fixture.h"

#include <sqlite3.h>
#include "service/second_factor.h"
#include "store/avatar.h"
#include "store/account.h"

static int64_t registered(const char *name)
{
	const struct registration r = {.name = str_from_c(name),
				       .email = STR("x@example.org"),
				       .password = STR("secret"),
				       .password2 = STR("secret")};
	enum problem problem = PROBLEM_COUNT;
	int64_t id = 0;

	assert_int_equal(account_register(&fx.service, fx.arena, &r, &problem, &id), ERR_OK);
	assert_int_equal(problem, PROBLEM_NONE);
	return id;
}

static struct user leave(const char *name)
{
	enum problem problem = PROBLEM_COUNT;
	struct user user;

	assert_int_equal(account_find(&fx.service, fx.arena, str_from_c(name), &user), ERR_OK);
	assert_int_equal(account_leave(&fx.service, fx.arena, &user, STR("secret"), &problem),
			 ERR_OK);
	assert_int_equal(problem, PROBLEM_NONE);
	return user;
}

static size_t delete_due(int64_t now_ms)
{
	struct arena *a = arena_new((size_t)4 << 20);
	size_t count = 99;

	assert_int_equal(account_delete_due(&fx.service, a, now_ms, &count), ERR_OK);
	arena_free(a);
	return count;
}

static void nobody_is_deleted_before_the_time_and_each_once_after_it(void **state)
{
	struct user user;
	int64_t now_ms = clock_now_ms();

	(void)state;
	fx.service.deletion_ms = 1000000;
	registered("Ada");
	registered("Bob");
	leave("Ada");
	assert_int_equal(delete_due(now_ms), 0);
	assert_int_equal(account_find(&fx.service, fx.arena, STR("Ada"), &user), ERR_OK);
	assert_int_equal(delete_due(now_ms + 2000000), 1);
	assert_int_equal(delete_due(now_ms + 2000000), 0);
	assert_int_equal(account_find(&fx.service, fx.arena, STR("Ada"), &user), ERR_NOT_FOUND);
	assert_int_equal(account_find(&fx.service, fx.arena, STR("Bob"), &user), ERR_OK);
}

static void who_stays_is_not_deleted(void **state)
{
	enum problem problem = PROBLEM_COUNT;
	struct user user;

	(void)state;
	registered("Ada");
	leave("Ada");
	assert_int_equal(account_stay(&fx.service, fx.arena, STR("Ada"), STR("wrong"), &problem),
			 ERR_OK);
	assert_int_equal(problem, PROBLEM_LOGIN_PASSWORD);
	assert_int_equal(account_stay(&fx.service, fx.arena, STR("ada"), STR("secret"), &problem),
			 ERR_OK);
	assert_int_equal(problem, PROBLEM_NONE);
	assert_int_equal(delete_due(clock_now_ms() + 1000), 0);
	assert_int_equal(account_find(&fx.service, fx.arena, STR("Ada"), &user), ERR_OK);
	assert_int_equal(user.state, USER_ACTIVE);
}

/* How many cells of the table hold that text or number, whatever the column. */
static int cells_with(sqlite3 *db, const char *table, struct str text, int64_t number)
{
	char *sql = sqlite3_mprintf("SELECT * FROM \"%w\"", table);
	sqlite3_stmt *st = NULL;
	int found = 0;

	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
	while (sqlite3_step(st) == SQLITE_ROW) {
		for (int i = 0; i < sqlite3_column_count(st); i++) {
			const char *cell;

			if (sqlite3_column_type(st, i) == SQLITE_INTEGER) {
				found += sqlite3_column_int64(st, i) == number;
				continue;
			}
			cell = (const char *)sqlite3_column_blob(st, i);
			found += cell && memmem(cell, (size_t)sqlite3_column_bytes(st, i), text.ptr,
						text.len) != NULL;
		}
	}
	sqlite3_finalize(st);
	sqlite3_free(sql);
	return found;
}

/* Tables are found, not listed: those that come later are looked into as well. */
static int cells_of(int64_t id, const char *text)
{
	sqlite3_stmt *st = NULL;
	sqlite3 *db = NULL;
	int found = 0;

	assert_int_equal(
		sqlite3_open_v2(fx.url + strlen("sqlite:"), &db, SQLITE_OPEN_READONLY, NULL),
		SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db,
					    "SELECT name FROM sqlite_schema WHERE type = 'table' "
					    "AND name <> 'state'", /* whose last_id may be theirs */
					    -1, &st, NULL),
			 SQLITE_OK);
	while (sqlite3_step(st) == SQLITE_ROW)
		found += cells_with(db, (const char *)sqlite3_column_text(st, 0), str_from_c(text),
				    id);
	sqlite3_finalize(st);
	sqlite3_close(db);
	return found;
}

static void nothing_of_a_deleted_person_is_left_in_any_table(void **state)
{
	const unsigned char secret[TOTP_SECRET_BYTES] = {1};
	int64_t id = registered("Zaphodada");
	char token[TOKEN_TEXT_BYTES + 1];
	enum problem problem = PROBLEM_COUNT;
	struct user user;

	(void)state;
	assert_int_equal(account_find(&fx.service, fx.arena, STR("Zaphodada"), &user), ERR_OK);
	assert_int_equal(account_rename(&fx.service, fx.arena, &user, STR("secret"),
					STR("Zaphodbob"), &problem),
			 ERR_OK);
	assert_int_equal(problem, PROBLEM_NONE);
	assert_int_equal(store_account_set_email(fx.service.store, id, STR("zaphod@example.org")),
			 ERR_OK);
	assert_int_equal(account_reset_begin(&fx.service, id, token), ERR_OK);
	assert_int_equal(store_totp_begin(fx.service.store, id, secret), ERR_OK);
	assert_int_equal(store_avatar_set(fx.service.store,
					  &(struct avatar_new){.user_id = id,
							       .hash = 1,
							       .small = STR("zaphod's face"),
							       .large = STR("zaphod's, larger")}),
			 ERR_OK);
	assert_true(cells_of(id, "aphod") > 8);
	leave("Zaphodbob");
	assert_int_equal(delete_due(clock_now_ms() + 1000), 1);
	assert_int_equal(cells_of(id, "aphod"), 0);
}

#define SERVICE_TEST(function) \
	cmocka_unit_test_setup_teardown(function, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SERVICE_TEST(nobody_is_deleted_before_the_time_and_each_once_after_it),
		SERVICE_TEST(who_stays_is_not_deleted),
		SERVICE_TEST(nothing_of_a_deleted_person_is_left_in_any_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
