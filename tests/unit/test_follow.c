/* follow.h: who follows whom. */
#include "service_fixture.h"

#include "service/follow.h"

static void expect_follows(int64_t follower_id, int64_t followee_id, bool wanted)
{
	bool got = !wanted;

	assert_int_equal(follow_exists(&fx.service, follower_id, followee_id, &got), ERR_OK);
	if (got != wanted)
		fail_msg("follows: got %d, wanted %d", got, wanted);
}

static void a_follow_is_stored_once_and_ends_once(void **state)
{
	int64_t ada = fixture_person("Ada"), bob = fixture_person("Bob");
	struct user_list list;
	struct user other;

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(follow_create(&fx.service, fx.arena, ada, STR("bOB"), &other),
				 ERR_OK);
		assert_true(other.id == bob);
		assert_true(str_eq(other.name, STR("Bob")));
	}
	expect_follows(ada, bob, true);
	expect_follows(bob, ada, false);
	assert_int_equal(follow_following(&fx.service, fx.arena, ada, 0, 50, &list), ERR_OK);
	assert_int_equal(list.count, 1);
	assert_int_equal(follow_followers(&fx.service, fx.arena, bob, 0, 50, &list), ERR_OK);
	assert_int_equal(list.count, 1);
	assert_true(str_eq(list.items[0].name, STR("Ada")));
	for (int i = 0; i < 2; i++)
		assert_int_equal(follow_delete(&fx.service, fx.arena, ada, STR("Bob"), NULL),
				 ERR_OK);
	expect_follows(ada, bob, false);
}

static void following_oneself_is_allowed_and_somebody_unknown_is_not_found(void **state)
{
	int64_t ada = fixture_person("Ada");
	struct user other;

	(void)state;
	assert_int_equal(follow_create(&fx.service, fx.arena, ada, STR("Ada"), &other), ERR_OK);
	assert_int_equal(follow_create(&fx.service, fx.arena, ada, STR("Bob"), &other),
			 ERR_NOT_FOUND);
	assert_int_equal(follow_delete(&fx.service, fx.arena, ada, STR("Bob"), &other),
			 ERR_NOT_FOUND);
}

#define T(what_must_be_true) \
	cmocka_unit_test_setup_teardown(what_must_be_true, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_follow_is_stored_once_and_ends_once),
		T(following_oneself_is_allowed_and_somebody_unknown_is_not_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
