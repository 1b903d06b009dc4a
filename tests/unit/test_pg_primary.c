/* pg_primary.h: of two servers that take writes the one with the higher timeline counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "store/postgres/pg_primary.h"

#define NOW_US 5000000

static void the_first_that_is_seen_is_used_at_once(void **state)
{
	struct pg_primary p = {0};

	(void)state;
	assert_false(pg_primary_saw(&p, 1, 3, NOW_US));
	assert_true(pg_primary_allows(&p, 3, NOW_US));
	assert_false(pg_primary_is_left(&p, 1));
	assert_false(pg_primary_is_left(&p, 0));
}

static void a_higher_one_ends_the_lower_and_is_used_when_others_must_know(void **state)
{
	struct pg_primary p = {0};

	(void)state;
	assert_false(pg_primary_saw(&p, 0, 3, NOW_US));
	assert_true(pg_primary_saw(&p, 2, 4, NOW_US));
	assert_false(pg_primary_allows(&p, 3, NOW_US));
	assert_false(pg_primary_allows(&p, 3, NOW_US + PG_HOLD_US));
	assert_false(pg_primary_allows(&p, 4, NOW_US + PG_HOLD_US - 1));
	assert_true(pg_primary_allows(&p, 4, NOW_US + PG_HOLD_US));
	assert_true(pg_primary_is_left(&p, 0));
	assert_int_equal(atomic_load(&p.host), 2);
	/* Whoever looks at others must have an answer before. */
	assert_true(PG_LOOK_US + PG_LOOK_TIMEOUT_US < PG_HOLD_US);
}

static void a_lower_one_is_left_whenever_it_is_seen(void **state)
{
	struct pg_primary p = {0};

	(void)state;
	assert_false(pg_primary_saw(&p, 0, 4, NOW_US));
	assert_false(pg_primary_saw(&p, 1, 3, NOW_US));
	assert_true(pg_primary_is_left(&p, 1));
	assert_true(pg_primary_allows(&p, 4, NOW_US));
	assert_true(pg_primary_saw(&p, 1, 5, NOW_US)); /* made a standby, and promoted */
	assert_false(pg_primary_is_left(&p, 1));
	assert_true(pg_primary_is_left(&p, 0));
}

static void equals_are_both_allowed(void **state)
{
	struct pg_primary p = {0};

	(void)state;
	assert_false(pg_primary_saw(&p, 0, 1, NOW_US));
	assert_false(pg_primary_saw(&p, 1, 1, NOW_US));
	assert_false(pg_primary_is_left(&p, 0));
	assert_false(pg_primary_is_left(&p, 1));
	assert_true(pg_primary_allows(&p, 0, NOW_US)); /* unknown */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_that_is_seen_is_used_at_once),
		cmocka_unit_test(a_higher_one_ends_the_lower_and_is_used_when_others_must_know),
		cmocka_unit_test(a_lower_one_is_left_whenever_it_is_seen),
		cmocka_unit_test(equals_are_both_allowed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
