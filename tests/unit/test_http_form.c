/* form.h: fields of bodies and queries. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/buf.h"
#include "http/form.h"

static int arena_setup(void **state)
{
	*state = arena_new(1 << 16);
	return *state ? 0 : -1;
}

static int arena_teardown(void **state)
{
	arena_free(*state);
	return 0;
}

static void want_field(const struct form *form, const char *name, const char *wanted)
{
	struct str got = form_find(form, name);

	if (!str_eq(got, str_from_c(wanted)) || !got.ptr)
		fail_msg("%s: got \"%.*s\", wanted \"%s\"", name, STR_ARG(got), wanted);
}

static void fields_are_decoded(void **state)
{
	struct form form;

	assert_int_equal(form_parse(*state,
				    STR("username=Ada+Lovelace&text=a%26b%3Dc%0d%0a%C3%A5&empty=&"
					"bare&=noname&password=a=b"),
				    &form),
			 ERR_OK);
	assert_int_equal(form.count, 6);
	want_field(&form, "username", "Ada Lovelace");
	want_field(&form, "text", "a&b=c\r\n\xc3\xa5");
	want_field(&form, "empty", "");
	want_field(&form, "bare", "");
	want_field(&form, "", "noname");
	want_field(&form, "password", "a=b");
	assert_null(form_find(&form, "nothing").ptr);
}

static void the_first_of_two_fields_of_one_name_counts(void **state)
{
	struct form form;

	assert_int_equal(form_parse(*state, STR("a=1&a=2"), &form), ERR_OK);
	want_field(&form, "a", "1");
}

static void an_empty_text_has_no_fields(void **state)
{
	struct form form;

	assert_int_equal(form_parse(*state, STR(""), &form), ERR_OK);
	assert_int_equal(form.count, 0);
	assert_int_equal(form_parse(*state, STR("&&&"), &form), ERR_OK);
	assert_int_equal(form.count, 0);
}

static void bad_escapes_nul_and_broken_utf8_are_refused(void **state)
{
	static const char *const refused[] = {"a=%",	"a=%4",	 "a=%zz",	"%=1",	  "a=%00",
					      "a%00=1", "a=%ff", "a=%ed%a0%80", "a=\xff", "\xc3=1"};
	struct form form;

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		enum err got = form_parse(*state, str_from_c(refused[i]), &form);

		if (got != ERR_INVALID)
			fail_msg("\"%s\": got %s, wanted invalid", refused[i], err_label(got));
	}
}

static void more_fields_than_the_limit_are_refused(void **state)
{
	struct buf text = BUF_INIT(4096);
	struct form form;

	for (int i = 0; i < FORM_FIELDS_MAX; i++)
		buf_add_c(&text, "a=1&");
	assert_int_equal(form_parse(*state, buf_str(&text), &form), ERR_OK);
	assert_int_equal(form.count, FORM_FIELDS_MAX);
	buf_add_c(&text, "b=2");
	assert_int_equal(form_parse(*state, buf_str(&text), &form), ERR_TOO_LARGE);
	buf_release(&text);
}

static void a_full_arena_is_told_from_bad_input(void **state)
{
	struct arena *small = arena_new(16);
	struct form form;

	(void)state;
	assert_int_equal(form_parse(small, STR("text=seventeen+letters+and+more"), &form),
			 ERR_TOO_LARGE);
	arena_free(small);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_decoded),
		cmocka_unit_test(the_first_of_two_fields_of_one_name_counts),
		cmocka_unit_test(an_empty_text_has_no_fields),
		cmocka_unit_test(bad_escapes_nul_and_broken_utf8_are_refused),
		cmocka_unit_test(more_fields_than_the_limit_are_refused),
		cmocka_unit_test(a_full_arena_is_told_from_bad_input),
	};

	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
