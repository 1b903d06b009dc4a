/* token.h: bearer tokens of sessions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "auth/token.h"

static void a_token_is_43_url_safe_characters_and_hashes_to_what_was_stored(void **state)
{
	char text[TOKEN_TEXT_BYTES + 1], other[TOKEN_TEXT_BYTES + 1];
	unsigned char hash[SESSION_HASH_BYTES], other_hash[SESSION_HASH_BYTES];
	unsigned char again[SESSION_HASH_BYTES];

	(void)state;
	token_new(text, hash);
	token_new(other, other_hash);
	assert_int_equal(strlen(text), TOKEN_TEXT_BYTES);
	assert_int_equal(strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789-_"),
			 TOKEN_TEXT_BYTES);
	assert_true(token_hash(str_from_c(text), again));
	assert_memory_equal(hash, again, sizeof(hash));
	assert_string_not_equal(text, other);
	assert_memory_not_equal(hash, other_hash, sizeof(hash));
}

static void what_has_not_the_form_of_a_token_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA+",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA ",
		/* bits that no encoder leaves behind: one token would have four spellings */
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB",
	};
	unsigned char hash[SESSION_HASH_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (token_hash(str_from_c(texts[i]), hash))
			fail_msg("\"%s\" was taken for a token", texts[i]);
	}
	assert_true(token_hash(STR("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), hash));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_token_is_43_url_safe_characters_and_hashes_to_what_was_stored),
		cmocka_unit_test(what_has_not_the_form_of_a_token_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
