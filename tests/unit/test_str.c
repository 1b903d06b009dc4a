/* str.h: borrowed text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/str.h"

static void decimals_in_int64_range_are_read_and_others_refused(void **state)
{
	static const struct {
		const char *text;
		bool valid;
		int64_t value;
	} cases[] = {
		{"0", true, 0},
		{"-1", true, -1},
		{"9223372036854775807", true, INT64_MAX},
		{"-9223372036854775808", true, INT64_MIN},
		{"9223372036854775808", false, 0},
		{"-9223372036854775809", false, 0},
		{"", false, 0},
		{"-", false, 0},
		{"+1", false, 0},
		{" 1", false, 0},
		{"1x", false, 0},
		{"00000000000000000001", false, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t value = 0;
		bool valid = str_to_i64(str_from_c(cases[i].text), &value);

		if (valid != cases[i].valid || value != cases[i].value)
			fail_msg("\"%s\": got %d and %lld, wanted %d and %lld", cases[i].text,
				 valid, (long long)value, cases[i].valid,
				 (long long)cases[i].value);
	}
}

static void cut_takes_pieces_until_nothing_is_left(void **state)
{
	struct str rest = STR("a,,b"), head;

	(void)state;
	assert_true(str_cut(&rest, ',', &head));
	assert_true(str_eq(head, STR("a")));
	assert_true(str_cut(&rest, ',', &head));
	assert_int_equal(head.len, 0);
	assert_true(str_cut(&rest, ',', &head));
	assert_true(str_eq(head, STR("b")));
	assert_false(str_cut(&rest, ',', &head));
}

static void order_is_by_bytes_then_by_length(void **state)
{
	(void)state;
	assert_true(str_compare(STR("a"), STR("b")) < 0);
	assert_true(str_compare(STR("a"), STR("ab")) < 0);
	assert_int_equal(str_compare(STR("ab"), STR("ab")), 0);
	assert_true(str_compare(STR("\xff"), STR("a")) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decimals_in_int64_range_are_read_and_others_refused),
		cmocka_unit_test(cut_takes_pieces_until_nothing_is_left),
		cmocka_unit_test(order_is_by_bytes_then_by_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
