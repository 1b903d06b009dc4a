/* base/lang.h: texts in this thread's language; http/accept_language.h: which one a client asks
 * for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <pthread.h>
#include <cmocka.h>

#include "base/lang.h"
#include "http/accept_language.h"

static enum lang asked(const char *first, const char *second)
{
	struct http_header headers[] = {
		{STR("Accept-Language"), str_from_c(first)},
		{STR("accept-language"), str_from_c(second)},
	};
	struct http_request req = {.headers = headers, .header_count = second ? 2 : first ? 1 : 0};

	return accept_language(&req);
}

static void the_language_that_is_liked_best_is_taken(void **state)
{
	static const struct {
		const char *header;
		enum lang wanted;
	} cases[] = {
		{"da", LANG_DA},
		{"DA", LANG_DA},
		{" da ", LANG_DA},
		{"en,da", LANG_EN},
		{"da,en", LANG_DA},
		{"en;q=0.5,da;q=0.501", LANG_DA},
		{"en;q=0.5, da ; q=0.5", LANG_EN},
		{"fr,de;q=0.9,da;q=0.1", LANG_DA},
		{"da;q=0", LANG_EN},
		{"da;q=2", LANG_EN},
		{"da;q=", LANG_EN},
		{"da;q=0.1234", LANG_EN},
		{"fr", LANG_EN},
		{"*", LANG_EN},
		{"", LANG_EN},
		{",;,", LANG_EN},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (asked(cases[i].header, NULL) != cases[i].wanted)
			fail_msg("%s: %d", cases[i].header, (int)asked(cases[i].header, NULL));
	assert_int_equal(asked(NULL, NULL), LANG_EN);
	assert_int_equal(asked("fr", "da"), LANG_DA);
}

static void a_range_is_shortened_until_it_is_found(void **state)
{
	(void)state;
	assert_int_equal(asked("da-DK", NULL), LANG_DA);
	assert_int_equal(asked("da-Latn-DK-x-own", NULL), LANG_DA);
	assert_int_equal(asked("x-da", NULL), LANG_EN);
	assert_int_equal(asked("-da", NULL), LANG_EN);
	assert_int_equal(asked("dansk", NULL), LANG_EN);
	assert_int_equal(asked("d", NULL), LANG_EN);
	assert_int_equal(asked("da-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL), LANG_EN);
}

static void a_text_is_in_the_language_of_the_thread(void **state)
{
	(void)state;
	assert_string_equal(T("Password"), "Password");
	lang_set(LANG_DA);
	assert_string_equal(T("Password"), "Adgangskode");
	assert_string_equal(lang_text("not in any catalogue"), "not in any catalogue");
	lang_set(LANG_QPS);
	assert_string_equal(T("Password"), "⟦Password⟧");
	lang_set(LANG_EN);
	assert_string_equal(T("Password"), "Password");
}

static void *language_of_a_new_thread(void *out)
{
	*(enum lang *)out = lang_current();
	return NULL;
}

static void a_thread_speaks_english_until_it_is_told(void **state)
{
	enum lang seen = LANG_COUNT;
	pthread_t thread;

	(void)state;
	lang_set(LANG_DA);
	assert_int_equal(pthread_create(&thread, NULL, language_of_a_new_thread, &seen), 0);
	pthread_join(thread, NULL);
	lang_set(LANG_EN);
	assert_int_equal(seen, LANG_EN);
}

static void a_number_chooses_the_form(void **state)
{
	static const int64_t many[] = {0, 2, 11, 21, 1001, INT64_MAX};

	(void)state;
	assert_int_equal(lang_form(LANG_DA, 1), 0);
	assert_int_equal(lang_form(LANG_EN, 1), 0);
	assert_int_equal(lang_form(LANG_EN, -1), 0);
	for (size_t i = 0; i < sizeof(many) / sizeof(many[0]); i++) {
		assert_int_equal(lang_form(LANG_EN, many[i]), 1);
		assert_int_equal(lang_form(LANG_DA, many[i]), 1);
	}
	/* What no catalogue has falls back to English's own forms. */
	lang_set(LANG_DA);
	assert_string_equal(lang_plural("one thing", "%d things", 1), "one thing");
	assert_string_equal(lang_plural("one thing", "%d things", 2), "%d things");
	lang_set(LANG_EN);
}

static void each_message_is_found_where_the_table_has_it(void **state)
{
	(void)state;
	assert_true(lang_row_count > 100);
	lang_set(LANG_DA);
	for (size_t i = 0; i < lang_row_count; i++) {
		const struct lang_row *row = &lang_rows[i];

		if (i && strcmp(lang_rows[i - 1].english, row->english) >= 0)
			fail_msg("%s isn't in its order", row->english);
		if (row->forms[LANG_DA][0])
			assert_string_equal(lang_text(row->english), row->forms[LANG_DA][0]);
	}
	lang_set(LANG_EN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_language_that_is_liked_best_is_taken),
		cmocka_unit_test(a_range_is_shortened_until_it_is_found),
		cmocka_unit_test(a_text_is_in_the_language_of_the_thread),
		cmocka_unit_test(a_thread_speaks_english_until_it_is_told),
		cmocka_unit_test(a_number_chooses_the_form),
		cmocka_unit_test(each_message_is_found_where_the_table_has_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
