/* Charts as HTML: ticks, gaps, words, and that a name never becomes markup. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "admin/chart.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define NOON_S		1795608000 /* 25 Nov 2026, 12:00 UTC */

static struct buf out = BUF_INIT(1 << 20);

static const char *drawn(const struct chart *chart)
{
	buf_clear(&out);
	chart_html(&out, chart);
	assert_true(buf_ok(&out));
	return buf_c(&out);
}

static size_t count_of(const char *text, const char *part)
{
	size_t count = 0;

	for (const char *at = text; (at = strstr(at, part)); at += strlen(part))
		count++;
	return count;
}

static void expect_part(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" is not in\n%.*s", part, STR_ARG(str_from_c(text)));
}

static void ticks_are_one_two_or_five_times_a_power_of_ten(void **state)
{
	static const struct {
		double top;
		enum chart_unit unit;
		double wanted;
	} cases[] = {
		{1, CHART_PERCENT, .2},	    {5, CHART_PERCENT, 1},    {5.1, CHART_PERCENT, 2},
		{10, CHART_MS, 2},	    {11, CHART_MS, 5},	      {25, CHART_MS, 5},
		{26, CHART_MS, 10},	    {100, CHART_PERCENT, 20}, {.003, CHART_MS, .001},
		{1, CHART_COUNT, 1},	    {4, CHART_COUNT, 1},      {123456, CHART_COUNT, 50000},
		{.5, CHART_PER_SECOND, .1}, {1e9, CHART_COUNT, 2e8},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		double got = chart_tick_step(cases[i].top, cases[i].unit);

		if (fabs(got - cases[i].wanted) > 1e-12)
			fail_msg("top %g: got %g, wanted %g", cases[i].top, got, cases[i].wanted);
	}
}

static void ticks_of_time_are_what_people_count_in(void **state)
{
	static const int64_t cases[][2] = {
		{3600, 600},
		{86400, 4 * 3600},
		{7 * 86400, 2 * 86400},
		{30 * 86400, 5 * 86400},
		{60, 60},
		{400 * 86400LL, 67 * 86400LL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		int64_t got = chart_time_step_s(cases[i][0]);

		if (got != cases[i][1])
			fail_msg("%lld s: got %lld", (long long)cases[i][0], (long long)got);
	}
}

static void values_have_units_and_three_digits(void **state)
{
	static const struct {
		enum chart_unit unit;
		double value;
		const char *wanted;
	} cases[] = {
		{CHART_COUNT, 0, "0"},
		{CHART_COUNT, 1234567, "1,234,567"},
		{CHART_COUNT, 1.5, "1.50"},
		{CHART_PER_SECOND, 12.34, "12.3/s"},
		{CHART_PERCENT, 99.999, "99.99 %"},
		{CHART_PERCENT, 100, "100 %"},
		{CHART_MS, .123, "0.12 ms"},
		{CHART_MS, 1500, "1.50 s"},
		{CHART_MIB, 512, "512 MiB"},
		{CHART_MIB, 1536, "1.50 GiB"},
		{CHART_COUNT, NAN, "no data"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		buf_clear(&out);
		chart_value(&out, cases[i].unit, cases[i].value);
		assert_string_equal(buf_c(&out), cases[i].wanted);
	}
}

static void a_gap_breaks_the_line_and_a_point_alone_is_a_dot(void **state)
{
	const double values[] = {1, 2, NAN, 3, NAN, 4, 5};
	const struct chart_series series = {STR("a"), values, 0};
	const struct chart chart = {.id = "c",
				    .title = "Load",
				    .unit = CHART_PERCENT,
				    .from_s = NOON_S,
				    .step_s = 60,
				    .point_count = COUNT_OF(values),
				    .series = &series,
				    .series_count = 1};
	const char *html = drawn(&chart);

	(void)state;
	assert_int_equal(count_of(html, "<path class=\"line s0\" d=\"M"),
			 3 + 1); /* and the legend */
	assert_int_equal(count_of(html, "h.01"), 1);
	assert_null(strstr(html, "nan"));
	expect_part(html, "25 Nov 12:02\na: no data</title>");
	expect_part(html, "<th scope=\"row\">25 Nov 12:02</th><td>–</td>");
	expect_part(html,
		    "aria-label=\"Load, 25 Nov 12:00 to 25 Nov 12:07 UTC. a: last 5 %, greatest "
		    "5 %.\"");
}

static void stacks_and_bars_add_up(void **state)
{
	const double low[] = {1, 2}, high[] = {3, NAN};
	const struct chart_series series[] = {{STR("low"), low, 0}, {STR("high"), high, 1}};
	struct chart chart = {.id = "c",
			      .title = "Answers",
			      .kind = CHART_BARS,
			      .from_s = NOON_S - NOON_S % 86400,
			      .step_s = 86400,
			      .point_count = 2,
			      .series = series,
			      .series_count = 2};
	const char *html = drawn(&chart);

	(void)state;
	expect_part(html, ">4</text>"); /* the axis reaches to the sum */
	expect_part(html, "low: in all 3, greatest 2. high: in all 3, greatest 3.");
	expect_part(html, "<th scope=\"row\">25 Nov</th><td>1</td><td>3</td>");
	chart.kind = CHART_STACK;
	html = drawn(&chart);
	expect_part(html, ">4</text>");
	assert_int_equal(count_of(html, "class=\"area f0\""), 1);
	assert_int_equal(count_of(html, "class=\"area f1\""), 1);
}

static void a_chart_without_data_says_so(void **state)
{
	const double values[] = {NAN, NAN};
	const struct chart_series series = {STR("a"), values, 0};
	struct chart chart = {.id = "c",
			      .title = "Load",
			      .step_s = 60,
			      .point_count = 2,
			      .series = &series,
			      .series_count = 1};

	(void)state;
	expect_part(drawn(&chart), "No data yet");
	chart.series_count = 0;
	expect_part(drawn(&chart), "No data yet");
	chart.point_count = 0;
	expect_part(drawn(&chart), "No data yet");
}

static void names_are_escaped_wherever_they_stand(void **state)
{
	const double values[] = {1};
	const struct chart_series series = {STR("<b>\"'&"), values, 0};
	const struct chart chart = {.id = "c",
				    .title = "Load",
				    .step_s = 60,
				    .point_count = 1,
				    .series = &series,
				    .series_count = 1};
	const char *html = drawn(&chart);

	(void)state;
	assert_null(strstr(html, "<b>\""));
	assert_int_equal(count_of(html, "&lt;b&gt;&#34;&#39;&amp;"), 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ticks_are_one_two_or_five_times_a_power_of_ten),
		cmocka_unit_test(ticks_of_time_are_what_people_count_in),
		cmocka_unit_test(values_have_units_and_three_digits),
		cmocka_unit_test(a_gap_breaks_the_line_and_a_point_alone_is_a_dot),
		cmocka_unit_test(stacks_and_bars_add_up),
		cmocka_unit_test(a_chart_without_data_says_so),
		cmocka_unit_test(names_are_escaped_wherever_they_stand),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	buf_release(&out);
	return failed;
}
