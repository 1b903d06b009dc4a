/* encode.h: hex, base64, base64url and percent-encoding, there and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/encode.h"

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

static void want_str(struct str got, struct str wanted)
{
	if (!str_eq(got, wanted))
		fail_msg("got \"%.*s\", wanted \"%.*s\"", STR_ARG(got), STR_ARG(wanted));
}

static void hex_is_written_in_lower_case_and_read_in_either(void **state)
{
	char text[9];
	unsigned char bytes[4];

	(void)state;
	hex_encode("\x00\x7f\xab\xff", 4, text);
	want_str(str_from_c(text), STR("007fabff"));
	assert_true(hex_decode(STR("007FABff"), bytes, 4));
	assert_memory_equal(bytes, "\x00\x7f\xab\xff", 4);
}

static void hex_of_another_length_or_with_other_characters_is_refused(void **state)
{
	static const char *const refused[] = {"",	  "00",	      "0000000", "000000000",
					      "0000000g", "00 00 00", "0x000000"};
	unsigned char bytes[4];

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (hex_decode(str_from_c(refused[i]), bytes, 4))
			fail_msg("\"%s\" was read", refused[i]);
	}
	assert_true(hex_decode(STR(""), bytes, 0));
}

/* The vectors of RFC 4648 §10. */
static void base64_agrees_with_the_vectors_of_rfc_4648(void **state)
{
	static const struct {
		const char *plain, *base64, *base64url;
	} cases[] = {
		{"", "", ""},
		{"f", "Zg==", "Zg"},
		{"fo", "Zm8=", "Zm8"},
		{"foo", "Zm9v", "Zm9v"},
		{"foob", "Zm9vYg==", "Zm9vYg"},
		{"fooba", "Zm9vYmE=", "Zm9vYmE"},
		{"foobar", "Zm9vYmFy", "Zm9vYmFy"},
		{"\xfb\xff\xbf", "+/+/", "-_-_"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct str plain = str_from_c(cases[i].plain), back;
		struct buf out = BUF_INIT(64);

		base64_encode(&out, plain.ptr, plain.len);
		want_str(buf_str(&out), str_from_c(cases[i].base64));
		assert_true(base64_decode(*state, buf_str(&out), &back));
		want_str(back, plain);
		buf_clear(&out);
		base64url_encode(&out, plain.ptr, plain.len);
		want_str(buf_str(&out), str_from_c(cases[i].base64url));
		assert_true(base64url_decode(*state, buf_str(&out), &back));
		want_str(back, plain);
		buf_release(&out);
	}
}

static void base64_that_is_not_exact_is_refused(void **state)
{
	static const char *const refused[] = {"Zg",    "Zg=",	 "Zg===", "Zh==",     "Z",
					      "Zm9v ", "Zm\n9v", "-_-_",  "Zg==Zg==", "===="};
	struct str out;

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (base64_decode(*state, str_from_c(refused[i]), &out))
			fail_msg("\"%s\" was read", refused[i]);
	}
	assert_false(base64url_decode(*state, STR("Zg=="), &out));
	assert_false(base64url_decode(*state, STR("+/+/"), &out));
}

static void percent_sequences_are_decoded_and_plus_only_in_forms(void **state)
{
	struct str out;

	assert_true(percent_decode(*state, STR("a%20b+c%C3%a5%2B"), false, &out));
	want_str(out, STR("a b+c\xc3\xa5+"));
	assert_true(percent_decode(*state, STR("a%20b+c%C3%a5%2B"), true, &out));
	want_str(out, STR("a b c\xc3\xa5+"));
	assert_true(percent_decode(*state, STR("a%00b"), false, &out));
	want_str(out, STR("a\0b"));
}

static void text_without_sequences_is_borrowed(void **state)
{
	struct str text = STR("plain+text"), out;

	assert_true(percent_decode(*state, text, false, &out));
	assert_ptr_equal(out.ptr, text.ptr);
	assert_int_equal(out.len, text.len);
}

static void broken_percent_sequences_are_refused(void **state)
{
	static const char *const refused[] = {"%", "%4", "a%", "a%g0", "%0g", "%%41", "%-1", "% 1"};
	struct str out;

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (percent_decode(*state, str_from_c(refused[i]), true, &out))
			fail_msg("\"%s\" was read", refused[i]);
	}
}

static void all_but_unreserved_characters_are_percent_encoded(void **state)
{
	struct buf out = BUF_INIT(256);

	(void)state;
	percent_encode(&out, STR("aZ09-._~ /?&=+%\xc3\xa5\0"));
	want_str(buf_str(&out), STR("aZ09-._~%20%2F%3F%26%3D%2B%25%C3%A5%00"));
	buf_release(&out);
}

static void a_full_buffer_has_failed_and_is_not_overrun(void **state)
{
	struct buf out = BUF_INIT(4);

	(void)state;
	base64_encode(&out, "foobar", 6);
	assert_false(buf_ok(&out));
	assert_int_equal(out.len, 0);
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hex_is_written_in_lower_case_and_read_in_either),
		cmocka_unit_test(hex_of_another_length_or_with_other_characters_is_refused),
		cmocka_unit_test(base64_agrees_with_the_vectors_of_rfc_4648),
		cmocka_unit_test(base64_that_is_not_exact_is_refused),
		cmocka_unit_test(percent_sequences_are_decoded_and_plus_only_in_forms),
		cmocka_unit_test(text_without_sequences_is_borrowed),
		cmocka_unit_test(broken_percent_sequences_are_refused),
		cmocka_unit_test(all_but_unreserved_characters_are_percent_encoded),
		cmocka_unit_test(a_full_buffer_has_failed_and_is_not_overrun),
	};

	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
