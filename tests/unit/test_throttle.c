/* throttle.h: how often something may be done. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "auth/throttle.h"

#define NOW_MS INT64_C(1700000000000)

static unsigned taken(struct throttle *t, struct str key, int64_t now_ms, unsigned tries)
{
	unsigned count = 0;
	int64_t retry_s;

	for (unsigned i = 0; i < tries; i++)
		count += throttle_take(t, key, now_ms, &retry_s);
	return count;
}

static void a_burst_is_allowed_and_no_more(void **state)
{
	struct throttle *t = throttle_new(10, 600, 100);
	int64_t retry_s = 0;

	(void)state;
	assert_non_null(t);
	assert_int_equal(taken(t, STR("a"), NOW_MS, 50), 10);
	assert_false(throttle_take(t, STR("a"), NOW_MS, &retry_s));
	assert_int_equal(retry_s, 60);
	assert_int_equal(taken(t, STR("b"), NOW_MS, 50), 10);
	throttle_free(t);
}

static void tokens_come_back_evenly_and_never_over_the_burst(void **state)
{
	struct throttle *t = throttle_new(10, 600, 100);
	int64_t retry_s = 0;

	(void)state;
	assert_int_equal(taken(t, STR("a"), NOW_MS, 10), 10);
	assert_int_equal(taken(t, STR("a"), NOW_MS + 59999, 1), 0);
	assert_int_equal(taken(t, STR("a"), NOW_MS + 60000, 5), 1);
	assert_int_equal(taken(t, STR("a"), NOW_MS + 300000, 50), 4);
	assert_int_equal(taken(t, STR("a"), NOW_MS + 100 * 600000, 50), 10);
	assert_false(throttle_take(t, STR("a"), NOW_MS + 100 * 600000 + 59500, &retry_s));
	assert_int_equal(retry_s, 1);
	throttle_free(t);
}

static void looking_takes_nothing(void **state)
{
	struct throttle *t = throttle_new(1, 60, 100);
	int64_t retry_s = 0;

	(void)state;
	for (int i = 0; i < 5; i++)
		assert_true(throttle_peek(t, STR("a"), NOW_MS, &retry_s));
	assert_true(throttle_take(t, STR("a"), NOW_MS, &retry_s));
	assert_false(throttle_peek(t, STR("a"), NOW_MS, &retry_s));
	assert_int_equal(retry_s, 60);
	throttle_free(t);
}

static void without_a_burst_nothing_is_limited(void **state)
{
	struct throttle *t = throttle_new(0, 600, 100);

	(void)state;
	assert_int_equal(taken(t, STR("a"), NOW_MS, 1000), 1000);
	throttle_free(t);
}

static void a_clock_that_steps_back_locks_nobody_out_for_longer_than_the_period(void **state)
{
	struct throttle *t = throttle_new(2, 60, 100);
	int64_t retry_s = 0;

	(void)state;
	assert_int_equal(taken(t, STR("a"), NOW_MS, 2), 2);
	assert_false(throttle_take(t, STR("a"), NOW_MS - 86400000, &retry_s));
	assert_int_equal(retry_s, 30);
	assert_int_equal(taken(t, STR("a"), NOW_MS - 86400000 + 60000, 5), 2);
	throttle_free(t);
}

static void only_the_least_recently_used_keys_are_forgotten(void **state)
{
	struct throttle *t = throttle_new(1, 3600, 100);
	char key[16];
	int64_t retry_s;

	(void)state;
	assert_int_equal(taken(t, STR("first"), NOW_MS, 1), 1);
	for (int i = 0; i < 1000; i++) {
		snprintf(key, sizeof(key), "%d", i);
		assert_int_equal(taken(t, str_from_c(key), NOW_MS, 2), 1);
		assert_int_equal(taken(t, STR("first"), NOW_MS, 1), 0); /* used: stays */
	}
	for (int i = 999; i > 900; i--) {
		snprintf(key, sizeof(key), "%d", i);
		if (throttle_peek(t, str_from_c(key), NOW_MS, &retry_s))
			fail_msg("key %d of the last 99 was forgotten", i);
	}
	assert_true(throttle_peek(t, STR("0"), NOW_MS, &retry_s));
	throttle_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_burst_is_allowed_and_no_more),
		cmocka_unit_test(tokens_come_back_evenly_and_never_over_the_burst),
		cmocka_unit_test(looking_takes_nothing),
		cmocka_unit_test(without_a_burst_nothing_is_limited),
		cmocka_unit_test(
			a_clock_that_steps_back_locks_nobody_out_for_longer_than_the_period),
		cmocka_unit_test(only_the_least_recently_used_keys_are_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
