/* model/id.h: ids that order by time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "model/id.h"

#define YEAR_6429_MS 140737488355327 /* 2^47 - 1 */

static void an_id_tells_its_millisecond(void **state)
{
	static const int64_t times[] = {0, 1, 1700000000000, YEAR_6429_MS};

	(void)state;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		int64_t first = id_first_of_ms(times[i]);

		if (id_to_ms(first) != times[i] || id_to_ms(first + 65535) != times[i])
			fail_msg("%lld: got %lld and %lld", (long long)times[i],
				 (long long)id_to_ms(first), (long long)id_to_ms(first + 65535));
		assert_true(first >= 0);
	}
	assert_int_equal(id_to_ms(id_first_of_ms(7) + 65536), 8);
}

static void ids_rise_within_a_millisecond_and_when_the_clock_steps_back(void **state)
{
	int64_t id = id_next(0, 1000);

	(void)state;
	assert_int_equal(id, id_first_of_ms(1000));
	assert_int_equal(id_next(id, 1000), id + 1);
	assert_int_equal(id_next(id + 1, 999), id + 2);
	assert_int_equal(id_next(id + 1, 0), id + 2);
	assert_int_equal(id_next(id + 1, 1001), id_first_of_ms(1001));
}

static void a_crowded_millisecond_runs_on_into_the_next(void **state)
{
	int64_t last = id_first_of_ms(1001) - 1;

	(void)state;
	assert_int_equal(id_next(last, 1000), id_first_of_ms(1001));
	/* And the next one does not give the same again. */
	assert_int_equal(id_next(id_first_of_ms(1001), 1001), id_first_of_ms(1001) + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_id_tells_its_millisecond),
		cmocka_unit_test(ids_rise_within_a_millisecond_and_when_the_clock_steps_back),
		cmocka_unit_test(a_crowded_millisecond_runs_on_into_the_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
