/* web/html.h: text into HTML. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "web/html.h"

static void expect(struct buf *out, const char *wanted)
{
	if (!str_eq(buf_str(out), str_from_c(wanted)))
		fail_msg("got %.*s, wanted %s", STR_ARG(buf_str(out)), wanted);
	buf_release(out);
}

static void the_five_special_characters_are_escaped_as_the_contract_says(void **state)
{
	struct buf out = BUF_INIT(1000);

	(void)state;
	html(&out, STR("<a href=\"x\" title='y'>&amp;</a>"));
	expect(&out, "&lt;a href=&#34;x&#34; title=&#39;y&#39;&gt;&amp;amp;&lt;/a&gt;");
}

static void other_bytes_pass_unchanged(void **state)
{
	struct buf out = BUF_INIT(1000);

	(void)state;
	html(&out, STR("grüße, 漢字 \xff\x01 /=`"));
	expect(&out, "grüße, 漢字 \xff\x01 /=`");
}

static void every_type_that_templates_use_is_written(void **state)
{
	struct buf out = BUF_INIT(1000);
	char terminated[] = "<t>";

	(void)state;
	html(&out, terminated);
	html(&out, " ");
	html(&out, -7);
	html(&out, " ");
	html(&out, INT64_MIN);
	html(&out, " ");
	html(&out, (size_t)42);
	html(&out, (const char *)NULL);
	expect(&out, "&lt;t&gt; -7 -9223372036854775808 42");
}

static void a_name_in_a_url_leaves_nothing_to_escape(void **state)
{
	struct buf out = BUF_INIT(1000);

	(void)state;
	html_url(&out, STR("Ann \"O'Hara\" <&/?#>é"));
	expect(&out, "Ann%20%22O%27Hara%22%20%3C%26%2F%3F%23%3E%C3%A9");
}

static void a_full_buffer_fails_and_never_holds_half_an_escape(void **state)
{
	struct buf out = BUF_INIT(6);

	(void)state;
	html(&out, STR("abcd<"));
	assert_false(buf_ok(&out));
	expect(&out, "abcd");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_five_special_characters_are_escaped_as_the_contract_says),
		cmocka_unit_test(other_bytes_pass_unchanged),
		cmocka_unit_test(every_type_that_templates_use_is_written),
		cmocka_unit_test(a_name_in_a_url_leaves_nothing_to_escape),
		cmocka_unit_test(a_full_buffer_fails_and_never_holds_half_an_escape),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
