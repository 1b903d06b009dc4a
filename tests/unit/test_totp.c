/* totp.h: time-based codes, by the vectors of RFC 6238 (appendix B) and RFC 4648 (section 10). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "auth/totp.h"

#define SECRET STR("12345678901234567890")

static void the_codes_of_the_rfc_are_made(void **state)
{
	static const struct {
		int64_t s;
		const char *last_six; /* the RFC's have eight digits */
	} vectors[] = {
		{59, "287082"},		{1111111109, "081804"}, {1111111111, "050471"},
		{1234567890, "005924"}, {2000000000, "279037"}, {20000000000, "353130"},
	};
	char code[TOTP_DIGITS + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		totp_code(SECRET, vectors[i].s / 30, code);
		assert_string_equal(code, vectors[i].last_six);
	}
}

static void a_code_holds_for_its_step_and_the_ones_beside_it(void **state)
{
	const int64_t step = 1111111109 / 30, now_ms = step * TOTP_STEP_MS;
	int64_t got = 0;

	(void)state;
	assert_true(totp_check(SECRET, STR("081 804"), now_ms, 0, &got));
	assert_int_equal(got, step);
	assert_true(totp_check(SECRET, STR("081804"), now_ms + TOTP_STEP_MS, 0, &got));
	assert_true(totp_check(SECRET, STR("081804"), now_ms - TOTP_STEP_MS, 0, &got));
	assert_int_equal(got, step);
	assert_false(totp_check(SECRET, STR("081804"), now_ms + 2 * TOTP_STEP_MS, 0, &got));
	assert_false(totp_check(SECRET, STR("081804"), now_ms - 2 * TOTP_STEP_MS, 0, &got));
}

static void a_used_step_and_what_is_no_code_are_refused(void **state)
{
	const int64_t step = 1111111109 / 30, now_ms = step * TOTP_STEP_MS;
	int64_t got = 0;

	(void)state;
	assert_false(totp_check(SECRET, STR("081804"), now_ms, step, &got));
	assert_true(totp_check(SECRET, STR("081804"), now_ms, step - 1, &got));
	assert_false(totp_check(SECRET, STR("081805"), now_ms, 0, &got));
	assert_false(totp_check(SECRET, STR(""), now_ms, 0, &got));
	assert_false(totp_check(SECRET, STR("08180"), now_ms, 0, &got));
	assert_false(totp_check(SECRET, STR("0818044"), now_ms, 0, &got));
}

static void base32_is_that_of_the_rfc(void **state)
{
	static const char *const vectors[][2] = {
		{"", ""},
		{"f", "MY"},
		{"fo", "MZXQ"},
		{"foo", "MZXW6"},
		{"foob", "MZXW6YQ"},
		{"fooba", "MZXW6YTB"},
		{"foobar", "MZXW6YTBOI"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		struct buf out = BUF_INIT(64);

		base32_encode(&out, str_from_c(vectors[i][0]));
		assert_true(str_eq(buf_str(&out), str_from_c(vectors[i][1])));
		buf_release(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_codes_of_the_rfc_are_made),
		cmocka_unit_test(a_code_holds_for_its_step_and_the_ones_beside_it),
		cmocka_unit_test(a_used_step_and_what_is_no_code_are_refused),
		cmocka_unit_test(base32_is_that_of_the_rfc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
