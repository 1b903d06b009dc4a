/* password.h: hashes of our own and of classic databases. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "auth/password.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static struct arena *arena;

static int setup(void **state)
{
	(void)state;
	arena = arena_new(1 << 20);
	return arena && password_setup() == ERR_OK ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static void expect(struct str password, const char *stored, enum password_result wanted)
{
	enum password_result got = password_check(arena, password, str_from_c(stored));

	if (got != wanted)
		fail_msg("\"%.*s\" against \"%s\": got %d, wanted %d", STR_ARG(password), stored,
			 (int)got, (int)wanted);
}

static void a_hash_of_ours_is_argon2id_and_fits_its_password_alone(void **state)
{
	struct str hash, again;

	(void)state;
	assert_int_equal(password_hash(arena, STR("secret"), &hash), ERR_OK);
	assert_int_equal(password_hash(arena, STR("secret"), &again), ERR_OK);
	assert_true(str_starts_with(hash, STR("$argon2id$v=19$m=19456,t=2,p=1$")));
	assert_false(str_eq(hash, again));
	expect(STR("secret"), hash.ptr, PASSWORD_RIGHT);
	expect(STR("Secret"), hash.ptr, PASSWORD_WRONG);
	expect(STR("secret "), hash.ptr, PASSWORD_WRONG);
	expect(STR(""), hash.ptr, PASSWORD_WRONG);
	assert_true(password_form_known(hash));
}

static void a_password_may_be_any_1_to_1024_bytes(void **state)
{
	static char longest[PASSWORD_MAX_BYTES + 1];
	struct str hash = STR("untouched");

	(void)state;
	memset(longest, 0, sizeof(longest));
	longest[PASSWORD_MAX_BYTES - 1] = 1;
	assert_int_equal(password_hash(arena, str_from(longest, PASSWORD_MAX_BYTES + 1), &hash),
			 ERR_INVALID);
	assert_int_equal(password_hash(arena, STR(""), &hash), ERR_INVALID);
	assert_true(str_eq(hash, STR("untouched")));
	assert_int_equal(password_hash(arena, str_from(longest, PASSWORD_MAX_BYTES), &hash),
			 ERR_OK);
	expect(str_from(longest, PASSWORD_MAX_BYTES), hash.ptr, PASSWORD_RIGHT);
	expect(str_from(longest, PASSWORD_MAX_BYTES - 1), hash.ptr, PASSWORD_WRONG);
}

static void a_cheaper_argon2id_hash_is_right_and_asks_for_a_new_one(void **state)
{
	(void)state;
	/* m=8192, t=1: made with libsodium's crypto_pwhash_str_alg() */
	expect(STR("secret"),
	       "$argon2id$v=19$m=8192,t=1,p=1$ooAJ06b5R3"
	       "nF0foSF5QUUw$8snAcGUUxcjQQtypYILQxJ3x5t4553rAh7GYoaDxYbA",
	       PASSWORD_RIGHT_REHASH);
}

/* Made by Werkzeug 3.1 where it still makes them; the salted and bare ones as its 0.x did. */
static const char *const classic_hashes[] = {
	"pbkdf2:sha256:1000$P7IeyaKD$"
	"7bfc660d5fc64ecdb7764d78714c288c165e8e00805bd0b28a374dd9368b2d05",
	"pbkdf2:sha1:1000$iSzbH5pG$c0bff8d41efc6b5c41a821edd786c614700bc5de",
	"pbkdf2:sha512:1000$Ksbxv2Xb$f88442ad10516ac2530bf80c1819893b2c70bcaee30f1a64c0019f83dfaf"
	"3e56eefb86b331aae1b1688e1e2c42a5181a14abe0bb35c09ffb7ca9ac01e4d97fa9",
	"pbkdf2:sha256$NaCl$126b888ecfb2a47151479e09463dcd8c9d783413410d307e7f02962401d5f037",
	"scrypt:1024:8:1$4rhdebAK$ca4b75b4044cf4a19be66e9bdda27da65a94cb15f75946f23417885110aae278"
	"e061e0abb66961773777c7fc9e18b90dc1c52eefabd6783ea1562a4cf1f2e4d6",
	"scrypt:32768:8:1$T06AE0l8$36e06249cf3efa1390bd061c3cfbcbd7038f1327a637cf6132484b1ec8b7005"
	"4db448653fc7ed8db0fcec83e2069d60123f1c18a4cc6122f4b4f4a325637c956",
	"md5$NaCl$c345999ce62d390f7071afd6b38557e4",
	"sha1$NaCl$29324745acdb89f736fdead7647a51e32bfe3912",
	"sha256$NaCl$9e8fd7ce7c059b02696405bc4d09d97e2d0cd74446400750ef2f75974fe2db60",
	"sha512$NaCl$dbeee2b8c2b7d0b207b6d1d1a60ef60b06bdf39252a0ebfc426bc1bd103e743845a80f9ea5b15"
	"d0b1bfa828f88251b184aa8d4702f1d2b199b2ec73c5db488f6",
	"sha1$$34924131c2b3bfe21bd3cd7fe4ab7e3f90a055b9",
};

static void classic_hashes_are_right_and_ask_for_a_new_one(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(classic_hashes); i++) {
		expect(STR("correct horse \xe2\x98\x83"), classic_hashes[i], PASSWORD_RIGHT_REHASH);
		expect(STR("correct horse"), classic_hashes[i], PASSWORD_WRONG);
		expect(STR(""), classic_hashes[i], PASSWORD_WRONG);
		assert_true(password_form_known(str_from_c(classic_hashes[i])));
	}
}

static void unknown_broken_and_unbearably_dear_forms_fit_nothing(void **state)
{
	static const char *const hashes[] = {
		"",
		"secret",
		"plain$$secret",
		"$2b$12$C6UzMDM.H6dfI/f/IKcEeO5s8bTzK7Jmqb9u0P0gQy8T3pQ1B5b1a",
		"md5$NaCl$c345999ce62d390f7071afd6b38557e",
		"md5$NaCl$c345999ce62d390f7071afd6b38557e4ff",
		"md5$NaCl$zz45999ce62d390f7071afd6b38557e4",
		"md5:1$NaCl$c345999ce62d390f7071afd6b38557e4",
		"sha3$NaCl$c345999ce62d390f7071afd6b38557e4",
		"pbkdf2:sha1:0$x$c0bff8d41efc6b5c41a821edd786c614700bc5de",
		"pbkdf2:sha1:-5$x$c0bff8d41efc6b5c41a821edd786c614700bc5de",
		"pbkdf2:sha1:2000000000$x$c0bff8d41efc6b5c41a821edd786c614700bc5de",
		"pbkdf2::1$x$c0bff8d41efc6b5c41a821edd786c614700bc5de",
		"scrypt:1000:8:1$4rhdebAK$ca4b75b4044cf4a19be66e9bdda27da65a94cb15f75946f234178851"
		"10aae278e061e0abb66961773777c7fc9e18b90dc1c52eefabd6783ea1562a4cf1f2e4d6",
		"scrypt:16777216:1024:1$4rhdebAK$ca4b75b4044cf4a19be66e9bdda27da65a94cb15f75946f23"
		"417885110aae278e061e0abb66961773777c7fc9e18b90dc1c52eefabd6783ea1562a4cf1f2e4d6",
		"scrypt:1024:8$4rhdebAK$ca4b75b4044cf4a19be66e9bdda27da65a94cb15f75946f23417885110"
		"aae278e061e0abb66961773777c7fc9e18b90dc1c52eefabd6783ea1562a4cf1f2e4d6",
		"$argon2id$v=19$m=4194304,t=1,p=1$c29tZXNhbHQxMjM0NTY3OA$"
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=8,t=4000000,p=1$c29tZXNhbHQxMjM0NTY3OA$"
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(hashes); i++) {
		if (password_form_known(str_from_c(hashes[i])))
			fail_msg("\"%s\" counts as known", hashes[i]);
		expect(STR("secret"), hashes[i], PASSWORD_WRONG);
		expect(STR(""), hashes[i], PASSWORD_WRONG);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hash_of_ours_is_argon2id_and_fits_its_password_alone),
		cmocka_unit_test(a_password_may_be_any_1_to_1024_bytes),
		cmocka_unit_test(a_cheaper_argon2id_hash_is_right_and_asks_for_a_new_one),
		cmocka_unit_test(classic_hashes_are_right_and_ask_for_a_new_one),
		cmocka_unit_test(unknown_broken_and_unbearably_dear_forms_fit_nothing),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
