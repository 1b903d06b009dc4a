/* cursor.h: where a page begins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "model/cursor.h"

static void before_or_after_an_id_is_understood_and_anything_else_refused(void **state)
{
	static const struct {
		const char *before, *after;
		bool valid;
		struct cursor wanted;
	} cases[] = {
		{"", "", true, {CURSOR_NEWEST, 0}},
		{"7", "", true, {CURSOR_BEFORE, 7}},
		{"", "7", true, {CURSOR_AFTER, 7}},
		{"9223372036854775807", "", true, {CURSOR_BEFORE, INT64_MAX}},
		{"7", "7", false, {CURSOR_NEWEST, 0}},
		{"0", "", false, {CURSOR_NEWEST, 0}},
		{"", "-1", false, {CURSOR_NEWEST, 0}},
		{"9223372036854775808", "", false, {CURSOR_NEWEST, 0}},
		{"1 ", "", false, {CURSOR_NEWEST, 0}},
		{"abc", "", false, {CURSOR_NEWEST, 0}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cursor got = {CURSOR_NEWEST, 0};
		bool valid = cursor_parse(str_from_c(cases[i].before), str_from_c(cases[i].after),
					  &got);

		if (valid != cases[i].valid || got.side != cases[i].wanted.side ||
		    got.id != cases[i].wanted.id)
			fail_msg(
				"before=%s after=%s: got %d, side %d, id %lld; wanted %d, side %d, "
				"id %lld",
				cases[i].before, cases[i].after, valid, (int)got.side,
				(long long)got.id, cases[i].valid, (int)cases[i].wanted.side,
				(long long)cases[i].wanted.id);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(before_or_after_an_id_is_understood_and_anything_else_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
