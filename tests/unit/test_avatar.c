/* web/avatar.h: a picture for each name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "web/avatar.h"

static void initials_are_of_the_first_and_the_last_word(void **state)
{
	static const struct {
		const char *name, *wanted;
	} cases[] = {
		{"Helge Pfeiffer", "HP"},
		{"bob", "b"},
		{"Anna Maria Lund", "AL"},
		{"user_17", "u1"},
		{"-x-", "x"},
		{"Ærlig Ümit", "ÆÜ"},
		{"e\u0301tienne", "e\u0301"},
		{"", ""},
		{"...", ""},
		{"<b> &c", "&lt;&amp;"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf out = BUF_INIT(1000);

		avatar_initials(&out, str_from_c(cases[i].name));
		if (!str_eq(buf_str(&out), str_from_c(cases[i].wanted)))
			fail_msg("\"%s\": got %.*s, wanted %s", cases[i].name,
				 STR_ARG(buf_str(&out)), cases[i].wanted);
		buf_release(&out);
	}
}

static void the_same_name_always_looks_the_same(void **state)
{
	struct buf out = BUF_INIT(1000);

	(void)state;
	avatar_html(&out, STR("Helge Pfeiffer"), "av", 0, false);
	assert_true(str_eq(buf_str(&out),
			   STR("<span class=\"av h20 s1\" aria-hidden=\"true\">HP</span>")));
	buf_release(&out);
}

static void a_remote_avatar_is_a_picture_at_the_names_address(void **state)
{
	struct buf out = BUF_INIT(1000);

	(void)state;
	avatar_html(&out, STR("A B"), "av", 0, true);
	assert_true(
		str_eq(buf_str(&out), STR("<img class=\"av\" src=\"/avatar/A%20B.svg\" alt=\"\" "
					  "loading=\"lazy\">")));
	buf_release(&out);
}

static void an_uploaded_picture_has_an_address_of_its_own(void **state)
{
	struct buf out = BUF_INIT(1000);

	(void)state;
	avatar_html(&out, STR("A B"), "av", 0x0123456789abcdef, true);
	assert_string_equal(buf_c(&out),
			    "<img class=\"av\" src=\"/avatar/0123456789abcdef.webp\" alt=\"\" "
			    "width=\"96\" height=\"96\" loading=\"lazy\" decoding=\"async\">");
	buf_clear(&out);
	avatar_html(&out, STR("A B"), "av big", 1, false);
	assert_string_equal(buf_c(&out),
			    "<img class=\"av big\" src=\"/avatar/0000000000000001.webp\" "
			    "srcset=\"/avatar/0000000000000001-large.webp 2x\" alt=\"\" "
			    "width=\"96\" height=\"96\" decoding=\"async\">");
	buf_release(&out);
}

static void addresses_are_read_as_they_are_written(void **state)
{
	static const struct {
		const char *file;
		int64_t avatar;
		bool large;
	} cases[] = {
		{"0123456789abcdef.webp", 0x0123456789abcdef, false},
		{"7fffffffffffffff-large.webp", INT64_MAX, true},
		{"8000000000000000.webp", 0, false},
		{"0000000000000000.webp", 0, false},
		{"0123456789abcde.webp", 0, false},
		{"0123456789abcdef0.webp", 0, false},
		{"0123456789abcdeg.webp", 0, false},
		{"0123456789abcdef.svg", 0, false},
		{"0123456789abcdef", 0, false},
		{"", 0, false},
	};
	bool large;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (avatar_path_parse(str_from_c(cases[i].file), &large) != cases[i].avatar ||
		    (cases[i].avatar && large != cases[i].large))
			fail_msg("%s", cases[i].file);
	}
}

static void names_spread_over_the_colours(void **state)
{
	int seen[AVATAR_HUES] = {0};
	enum { NAMES = 2400 };

	(void)state;
	for (int i = 0; i < NAMES; i++) {
		struct buf name = BUF_INIT(100), out = BUF_INIT(1000);
		struct str rest;
		int hue = 0;

		buf_printf(&name, "user %d", i);
		avatar_html(&out, buf_str(&name), "av", 0, false);
		rest = str_sub(buf_str(&out), strlen("<span class=\"av h"), 2);
		for (size_t at = 0; at < rest.len && rest.ptr[at] >= '0' && rest.ptr[at] <= '9';
		     at++)
			hue = hue * 10 + rest.ptr[at] - '0';
		assert_in_range(hue, 0, AVATAR_HUES - 1);
		seen[hue]++;
		buf_release(&name);
		buf_release(&out);
	}
	for (int hue = 0; hue < AVATAR_HUES; hue++)
		if (seen[hue] < NAMES / AVATAR_HUES / 2 || seen[hue] > NAMES / AVATAR_HUES * 2)
			fail_msg("hue %d: %d of %d names", hue, seen[hue], NAMES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(initials_are_of_the_first_and_the_last_word),
		cmocka_unit_test(the_same_name_always_looks_the_same),
		cmocka_unit_test(a_remote_avatar_is_a_picture_at_the_names_address),
		cmocka_unit_test(an_uploaded_picture_has_an_address_of_its_own),
		cmocka_unit_test(addresses_are_read_as_they_are_written),
		cmocka_unit_test(names_spread_over_the_colours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
