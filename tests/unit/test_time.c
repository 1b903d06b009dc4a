/* web/time.h: moments as people read them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <cmocka.h>

#include "web/time.h"

#define NOW_MS ((int64_t)1710252309000) /* 2024-03-12T14:05:09Z */
#define S      ((int64_t)1000)
#define MINUTE (60 * S)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

static void expect(struct buf *out, const char *wanted)
{
	if (!str_eq(buf_str(out), str_from_c(wanted)))
		fail_msg("got %.*s, wanted %s", STR_ARG(buf_str(out)), wanted);
	buf_clear(out);
}

static void ages_are_shown_in_their_largest_unit_and_then_as_dates(void **state)
{
	static const struct {
		int64_t age_ms;
		const char *wanted;
	} cases[] = {
		{-HOUR, "now"},
		{0, "now"},
		{59 * S, "now"},
		{60 * S, "1 min"},
		{59 * MINUTE, "59 min"},
		{60 * MINUTE, "1 h"},
		{23 * HOUR + 59 * MINUTE, "23 h"},
		{24 * HOUR, "1 d"},
		{6 * DAY, "6 d"},
		{7 * DAY, "5 Mar"},
		{72 * DAY, "31 Dec 2023"},
	};
	struct buf out = BUF_INIT(200);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		time_relative(&out, NOW_MS - cases[i].age_ms, NOW_MS);
		expect(&out, cases[i].wanted);
	}
	buf_release(&out);
}

static void forms_of_a_moment(void **state)
{
	struct buf out = BUF_INIT(400);

	(void)state;
	time_iso(&out, NOW_MS);
	expect(&out, "2024-03-12T14:05:09Z");
	time_exact(&out, NOW_MS);
	expect(&out, "12 Mar 2024, 14:05:09 UTC");
	time_date(&out, NOW_MS);
	expect(&out, "12 March 2024");
	time_month(&out, NOW_MS);
	expect(&out, "March 2024");
	time_html(&out, NOW_MS - 3 * MINUTE, NOW_MS);
	expect(&out, "<time datetime=\"2024-03-12T14:02:09Z\" title=\"12 Mar 2024, 14:02:09 UTC\">"
		     "3 min</time>");
	buf_release(&out);
}

static void dates_equal_those_of_the_c_library_over_four_centuries(void **state)
{
	struct buf out = BUF_INIT(200);

	(void)state;
	for (int64_t s = 0; s < 12700000000; s += 86400 * 3 + 12345) {
		char wanted[64];
		struct tm tm;
		time_t t = (time_t)s;

		gmtime_r(&t, &tm);
		strftime(wanted, sizeof(wanted), "%Y-%m-%dT%H:%M:%SZ", &tm);
		time_iso(&out, s * 1000);
		expect(&out, wanted);
	}
	buf_release(&out);
}

static void times_out_of_range_are_shown_as_the_nearest_bound(void **state)
{
	struct buf out = BUF_INIT(200);

	(void)state;
	time_iso(&out, -1);
	expect(&out, "1970-01-01T00:00:00Z");
	time_iso(&out, INT64_MAX);
	expect(&out, "9999-12-31T23:59:59Z");
	time_relative(&out, INT64_MIN, INT64_MAX);
	expect(&out, "1 Jan 1970");
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ages_are_shown_in_their_largest_unit_and_then_as_dates),
		cmocka_unit_test(forms_of_a_moment),
		cmocka_unit_test(dates_equal_those_of_the_c_library_over_four_centuries),
		cmocka_unit_test(times_out_of_range_are_shown_as_the_nearest_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
