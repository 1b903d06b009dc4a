/* utf8.h: validity, characters as a person counts them, case folding of names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/utf8.h"

static void well_formed_text_is_valid(void **state)
{
	static const struct str valid[] = {
		STR_INIT(""),
		STR_INIT("plain ASCII that is longer than a word"),
		STR_INIT("a\0b"),
		STR_INIT("Bl\xc3\xa5"
			 "b\xc3\xa6r"),
		STR_INIT("\xed\x9f\xbf\xee\x80\x80"),
		STR_INIT("\xf0\x9f\x98\x80 and then more text"),
		STR_INIT("\xf4\x8f\xbf\xbf"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(valid) / sizeof(valid[0]); i++) {
		if (!utf8_valid(valid[i]))
			fail_msg("case %zu was refused", i);
	}
}

static void overlong_surrogate_cut_and_too_large_sequences_are_not_valid(void **state)
{
	static const struct str refused[] = {
		STR_INIT("\x80"),
		STR_INIT("a\xff"),
		STR_INIT("\xc0\x80"),
		STR_INIT("\xc1\xbf"),
		STR_INIT("\xe0\x80\x80"),
		STR_INIT("\xed\xa0\x80"),
		STR_INIT("\xf0\x80\x80\x80"),
		STR_INIT("\xf4\x90\x80\x80"),
		STR_INIT("\xf5\x80\x80\x80"),
		STR_INIT("\xc3"),
		STR_INIT("\xe2\x82"),
		STR_INIT("\xf0\x9f\x98"),
		STR_INIT("twelve bytes\xc3("),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (utf8_valid(refused[i]))
			fail_msg("case %zu was taken", i);
	}
}

#define FAMILY "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7"
#define FLAG   "\xf0\x9f\x87\xa9\xf0\x9f\x87\xb0"

static void characters_are_counted_as_a_person_does(void **state)
{
	static const struct {
		const char *text;
		size_t count;
	} cases[] = {
		{"", 0},	{"abc", 3},	     {"e\xcc\x81", 1}, {"\xc3\xa9", 1}, {FAMILY, 1},
		{FLAG FLAG, 2}, {"a" FAMILY "b", 3}, {"\r\n", 1},      {"\n\n", 2},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t got = utf8_count_graphemes(str_from_c(cases[i].text));

		if (got != cases[i].count)
			fail_msg("case %zu: got %zu, wanted %zu", i, got, cases[i].count);
	}
}

static void the_first_characters_are_cut_between_clusters(void **state)
{
	struct str text = STR("a" FAMILY "e\xcc\x81z");

	(void)state;
	assert_int_equal(utf8_graphemes_bytes(text, 0), 0);
	assert_int_equal(utf8_graphemes_bytes(text, 1), 1);
	assert_int_equal(utf8_graphemes_bytes(text, 2), 1 + strlen(FAMILY));
	assert_int_equal(utf8_graphemes_bytes(text, 3), 1 + strlen(FAMILY) + 3);
	assert_int_equal(utf8_graphemes_bytes(text, 99), text.len);
}

static void names_that_differ_in_case_or_form_have_one_key(void **state)
{
	static const struct {
		const char *a, *b;
	} same[] = {
		{"Ada", "aDA"},
		{"STRASSE", "stra\xc3\x9f"
			    "e"},
		{"\xc3\x85se", "A\xcc\x8ase"},
		{"\xef\xbc\xa1\xef\xbc\xa2", "ab"},
		{"\xce\xa3\xce\xaf\xcf\x82", "\xcf\x83\xce\xaf\xcf\x83"},
		{"a\xc2\xad"
		 "b",
		 "ab"},
	};
	struct arena *a = arena_new(1 << 16);

	(void)state;
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		struct str left = utf8_casefold(a, str_from_c(same[i].a));
		struct str right = utf8_casefold(a, str_from_c(same[i].b));

		assert_non_null(left.ptr);
		if (!str_eq(left, right))
			fail_msg("case %zu: \"%.*s\" and \"%.*s\"", i, STR_ARG(left),
				 STR_ARG(right));
	}
	assert_false(str_eq(utf8_casefold(a, STR("ada")), utf8_casefold(a, STR("adam"))));
	arena_free(a);
}

static void folding_of_invalid_text_or_without_memory_gives_null(void **state)
{
	struct arena *a = arena_new(16);

	(void)state;
	assert_null(utf8_casefold(a, STR("\xff")).ptr);
	assert_null(utf8_casefold(a, STR("a name longer than the arena")).ptr);
	arena_free(a);
}

static void code_points_are_taken_one_by_one(void **state)
{
	struct str rest = STR("a\xc3\xa5\xff\xf0\x9f\x98\x80");

	(void)state;
	assert_int_equal(utf8_next(&rest), 'a');
	assert_int_equal(utf8_next(&rest), 0xe5);
	assert_int_equal(utf8_next(&rest), -1);
	assert_int_equal(rest.len, 4);
	assert_int_equal(utf8_next(&rest), 0x1f600);
	assert_int_equal(utf8_next(&rest), -1);
	assert_int_equal(rest.len, 0);
}

static void letters_marks_and_digits_of_any_script_make_words(void **state)
{
	(void)state;
	assert_true(utf8_is_word('a'));
	assert_true(utf8_is_word('7'));
	assert_true(utf8_is_word(0xe5));
	assert_true(utf8_is_word(0x4e2d));
	assert_true(utf8_is_word(0x0301));
	assert_true(utf8_is_word(0x0663));
	assert_false(utf8_is_word(' '));
	assert_false(utf8_is_word('_'));
	assert_false(utf8_is_word(0x1f600));
	assert_false(utf8_is_word(0x00bd));
	assert_false(utf8_is_word(-1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(well_formed_text_is_valid),
		cmocka_unit_test(overlong_surrogate_cut_and_too_large_sequences_are_not_valid),
		cmocka_unit_test(characters_are_counted_as_a_person_does),
		cmocka_unit_test(the_first_characters_are_cut_between_clusters),
		cmocka_unit_test(names_that_differ_in_case_or_form_have_one_key),
		cmocka_unit_test(folding_of_invalid_text_or_without_memory_gives_null),
		cmocka_unit_test(code_points_are_taken_one_by_one),
		cmocka_unit_test(letters_marks_and_digits_of_any_script_make_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
