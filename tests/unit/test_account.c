/* account.h: names, registration, signing in and out. */
#include "service_fixture.h"

#include <pthread.h>
#include "base/utf8.h"

/* ---- names --------------------------------------------------------------------------------- */

static void expect_name(struct str name, enum problem wanted)
{
	struct str key;
	enum problem got = account_check_name(fx.arena, name, &key);

	if (got != wanted)
		fail_msg("\"%.*s\": got \"%s\", wanted \"%s\"", STR_ARG(name), problem_text(got),
			 problem_text(wanted));
}

static void letters_digits_and_marks_of_any_script_make_a_name(void **state)
{
	static const char *const names[] = {
		"a",
		"Ada Lovelace",
		"Octavio Wagganer",
		"007",
		"x.y_z-1",
		"_ada_",
		"-ada-",
		"J. R. R. Tolkien",
		"Zoë",
		"Zoe\xcc\x88",
		"Нина",
		"山田 太郎",
		"محمد",
		"שרה",
		"सीता",
		"ศักดิ์",
		"தமிழ்",
		"김민준",
		"12345678901234567890123456789012345678901234567890",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++)
		expect_name(str_from_c(names[i]), PROBLEM_NONE);
}

static void what_can_mislead_or_not_be_seen_is_no_name(void **state)
{
	static const struct str names[] = {
		STR_INIT(" ada"),
		STR_INIT("ada "),
		STR_INIT(" "),
		STR_INIT("ada  lovelace"),
		STR_INIT("."),
		STR_INIT(".."),
		STR_INIT("..."),
		STR_INIT("_"),
		STR_INIT("- -"),
		STR_INIT("a/b"),
		STR_INIT("a\\b"),
		STR_INIT("a?b"),
		STR_INIT("a%62"),
		STR_INIT("a@b"),
		STR_INIT("<b>"),
		STR_INIT("a\tb"),
		STR_INIT("a\nb"),
		STR_INIT("a\0b"),
		STR_INIT("a\xff"),
		STR_INIT("a\xc2\xa0"
			 "b"), /* no-break space */
		STR_INIT("a\xe2\x80\xae"
			 "b\xe2\x80\xac"), /* right-to-left override */
		STR_INIT("a\xe2\x80\x8b"
			 "b"),		   /* zero width space */
		STR_INIT("a\xe2\x80\x8d"), /* zero width joiner */
		STR_INIT("\xe3\x85\xa4"),  /* Hangul filler, a letter to Unicode */
		STR_INIT("ada\xe3\x85\xa4"),
		STR_INIT("a\xef\xb8\x8f"), /* variation selector */
		STR_INIT("\xcc\x81"
			 "a"), /* a mark that stands on nothing */
		STR_INIT("a \xcc\x81"
			 "b"),
		STR_INIT("\xcc\x81"),
		STR_INIT("\xf0\x9f\x98\x80"), /* emoji */
		STR_INIT("\xef\xbc\x8e"),     /* full-width full stop */
		/* a heap of marks */
		STR_INIT("a\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81"
			 "\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81"),
		STR_INIT("123456789012345678901234567890123456789012345678901"),
	};

	(void)state;
	expect_name(STR(""), PROBLEM_NO_NAME);
	for (size_t i = 0; i < COUNT_OF(names); i++)
		expect_name(names[i], PROBLEM_BAD_NAME);
}

static void a_name_of_50_characters_may_be_many_bytes(void **state)
{
	struct buf name = BUF_INIT(1000);

	(void)state;
	for (int i = 0; i < 50; i++)
		buf_add_c(&name, "e\xcc\x81");
	expect_name(buf_str(&name), PROBLEM_NONE);
	buf_add_c(&name, "e");
	expect_name(buf_str(&name), PROBLEM_BAD_NAME);
	buf_release(&name);
}

static void names_are_the_same_under_folding_and_normalisation(void **state)
{
	static const char *const same[][2] = {
		{"Ada", "aDA"},
		{"Zo\xc3\xab", "ZOE\xcc\x88"},
		{"Stra\xc3\x9f"
		 "e",
		 "STRASSE"},
		{"\xef\xbc\xa1"
		 "da",
		 "ada"}, /* full-width A */
		{"\xce\xa3\xce\xa3", "\xcf\x83\xcf\x82"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(same); i++) {
		struct str a, b;

		assert_int_equal(account_check_name(fx.arena, str_from_c(same[i][0]), &a),
				 PROBLEM_NONE);
		assert_int_equal(account_check_name(fx.arena, str_from_c(same[i][1]), &b),
				 PROBLEM_NONE);
		if (!str_eq(a, b))
			fail_msg("\"%s\" and \"%s\" have different keys", same[i][0], same[i][1]);
	}
}

static void names_of_pages_are_reserved_in_any_spelling(void **state)
{
	(void)state;
	expect_name(STR("public"), PROBLEM_RESERVED_NAME);
	expect_name(STR("PUBLIC"), PROBLEM_RESERVED_NAME);
	expect_name(STR("\xef\xbd\x8dsgs"), PROBLEM_RESERVED_NAME); /* full-width m */
	expect_name(STR("publican"), PROBLEM_NONE);
	for (size_t i = 0; i < account_reserved_count; i++) {
		struct str name = str_from_c(account_reserved_names[i]);
		struct str key = utf8_casefold(fx.arena, name);

		if (!str_eq(key, name))
			fail_msg("\"%.*s\" is not folded, and would reserve nothing",
				 STR_ARG(name));
		if (i > 0 && strcmp(account_reserved_names[i - 1], account_reserved_names[i]) >= 0)
			fail_msg("\"%.*s\" is out of order", STR_ARG(name));
	}
}

/* ---- registration -------------------------------------------------------------------------- */

static enum problem register_as(struct registration r, int64_t *id)
{
	enum problem problem = PROBLEM_COUNT;

	assert_int_equal(account_register(&fx.service, fx.arena, &r, &problem, id), ERR_OK);
	return problem;
}

static struct registration ada(void)
{
	return (struct registration){
		.name = STR("Ada"),
		.email = STR("ada@example.org"),
		.password = STR("secret"),
		.password2 = STR("secret"),
	};
}

static void problems_of_a_registration_are_told_in_the_contracts_order(void **state)
{
	static char long_password[PASSWORD_MAX_BYTES + 1];
	struct registration r = {.password2 = STR("x")};
	int64_t id = 0;

	(void)state;
	memset(long_password, 'p', sizeof(long_password));
	assert_int_equal(register_as(ada(), &id), PROBLEM_NONE);
	assert_string_equal(problem_text(register_as(r, &id)), "You have to enter a username");
	r.name = STR(" ada");
	assert_int_equal(register_as(r, &id), PROBLEM_BAD_NAME);
	r.name = STR("login");
	assert_int_equal(register_as(r, &id), PROBLEM_RESERVED_NAME);
	r.name = STR("ADA");
	assert_string_equal(problem_text(register_as(r, &id)),
			    "You have to enter a valid email address");
	r.email = STR("ada.example.org");
	assert_int_equal(register_as(r, &id), PROBLEM_NO_EMAIL);
	r.email = STR("a@b\nBcc: everybody");
	assert_int_equal(register_as(r, &id), PROBLEM_NO_EMAIL);
	r.email = STR("@");
	assert_string_equal(problem_text(register_as(r, &id)), "You have to enter a password");
	r.password = str_from(long_password, sizeof(long_password));
	assert_int_equal(register_as(r, &id), PROBLEM_LONG_PASSWORD);
	r.password = STR("y");
	assert_string_equal(problem_text(register_as(r, &id)), "The two passwords do not match");
	r.password2 = STR("y");
	assert_string_equal(problem_text(register_as(r, &id)), "The username is already taken");
	r.name = STR("Ada B.");
	assert_int_equal(register_as(r, &id), PROBLEM_NONE);
}

static void one_password_is_enough_where_no_second_one_is_asked_for(void **state)
{
	struct registration r = ada();
	int64_t id = 0;

	(void)state;
	r.password2 = (struct str){NULL, 0};
	assert_int_equal(register_as(r, &id), PROBLEM_NONE);
}

static void a_registered_person_is_found_by_any_spelling_and_kept_as_typed(void **state)
{
	struct user user;
	int64_t id = 0;

	(void)state;
	assert_int_equal(register_as(ada(), &id), PROBLEM_NONE);
	assert_int_equal(account_find(&fx.service, fx.arena, STR("aDA"), &user), ERR_OK);
	assert_true(user.id == id);
	assert_true(str_eq(user.name, STR("Ada")));
	assert_true(str_eq(user.email, STR("ada@example.org")));
	assert_int_equal(user.role, USER_PERSON);
	assert_int_equal(account_find(&fx.service, fx.arena, STR(""), &user), ERR_NOT_FOUND);
	assert_int_equal(account_find(&fx.service, fx.arena, STR("Ada\0x"), &user), ERR_NOT_FOUND);
	assert_int_equal(account_find(&fx.service, fx.arena, STR("\xff"), &user), ERR_NOT_FOUND);
}

/* ---- signing in ---------------------------------------------------------------------------- */

static enum problem sign_in(const char *name, const char *password, struct sign_in *in)
{
	enum problem problem = PROBLEM_COUNT;

	assert_int_equal(account_sign_in(&fx.service, fx.arena, str_from_c(name),
					 str_from_c(password), STR("Tester\x1b[31m\xff"), &problem,
					 in),
			 ERR_OK);
	return problem;
}

static void expect_session(const char *token, bool wanted)
{
	struct session session;
	struct user user;
	enum err e = account_session(&fx.service, fx.arena, str_from_c(token), &session, &user);

	if (e != (wanted ? ERR_OK : ERR_NOT_FOUND))
		fail_msg("the session: got %s, wanted it %s", err_text(e),
			 wanted ? "to be there" : "gone");
}

static void who_signs_in_is_known_by_the_token_until_signing_out(void **state)
{
	struct session_list list;
	struct sign_in in;
	int64_t id = 0;

	(void)state;
	assert_int_equal(register_as(ada(), &id), PROBLEM_NONE);
	assert_string_equal(problem_text(sign_in("Bob", "secret", &in)), "Invalid username");
	assert_string_equal(problem_text(sign_in("Ada", "Secret", &in)), "Invalid password");
	assert_int_equal(sign_in("ada", "secret", &in), PROBLEM_NONE);
	assert_true(in.user.id == id);
	expect_session(in.token, true);
	assert_int_equal(account_sessions(&fx.service, fx.arena, id, &list), ERR_OK);
	assert_int_equal(list.count, 1);
	assert_true(str_eq(list.items[0].user_agent, STR("Tester?[31m?")));
	assert_int_equal(account_sign_out(&fx.service, str_from_c(in.token)), ERR_OK);
	expect_session(in.token, false);
}

static void a_session_ends_when_it_is_not_used_and_lasts_when_it_is(void **state)
{
	const int64_t day_ms = 24 * 3600 * 1000, start_ms = INT64_C(1700000000000);
	struct session session;
	struct user user;
	struct sign_in in;

	(void)state;
	clock_set_fake_ms(start_ms);
	assert_int_equal(register_as(ada(), NULL), PROBLEM_NONE);
	assert_int_equal(sign_in("Ada", "secret", &in), PROBLEM_NONE);
	clock_set_fake_ms(start_ms + 29 * day_ms);
	assert_int_equal(
		account_session(&fx.service, fx.arena, str_from_c(in.token), &session, &user),
		ERR_OK);
	assert_false(account_session_is_stale(&session, start_ms + 1000));
	assert_true(account_session_is_stale(&session, clock_now_ms()));
	assert_int_equal(account_session_touch(&fx.service, &session), ERR_OK);
	clock_set_fake_ms(start_ms + 58 * day_ms);
	expect_session(in.token, true);
	clock_set_fake_ms(start_ms + 60 * day_ms);
	expect_session(in.token, false);
}

static void an_old_hash_is_replaced_at_sign_in(void **state)
{
	struct user_new u = {
		.name = STR("Old"),
		.name_key = STR("old"),
		.email = STR("o@example.org"),
		.pw_hash = STR("md5$NaCl$c345999ce62d390f7071afd6b38557e4"),
		.created_ms = 1,
	};
	struct sign_in in;
	struct user user;

	(void)state;
	assert_int_equal(store_user_create(fx.service.store, &u, NULL), ERR_OK);
	assert_int_equal(sign_in("Old", "wrong", &in), PROBLEM_LOGIN_PASSWORD);
	assert_int_equal(account_find(&fx.service, fx.arena, STR("Old"), &user), ERR_OK);
	assert_true(str_eq(user.pw_hash, u.pw_hash));
	assert_int_equal(sign_in("Old", "correct horse \xe2\x98\x83", &in), PROBLEM_NONE);
	expect_session(in.token, true);
	assert_int_equal(account_find(&fx.service, fx.arena, STR("Old"), &user), ERR_OK);
	assert_true(str_starts_with(user.pw_hash, STR("$argon2id$")));
	assert_int_equal(sign_in("Old", "correct horse \xe2\x98\x83", &in), PROBLEM_NONE);
}

/* One of several who sign in at once, each with memory of their own. */
struct attempt {
	pthread_t thread;
	pthread_barrier_t *together;
	enum err e;
	enum problem problem;
	struct sign_in in;
};

static void *attempt_run(void *arg)
{
	struct attempt *attempt = arg;
	struct arena *arena = arena_new((size_t)1 << 20);

	pthread_barrier_wait(attempt->together);
	attempt->e = account_sign_in(&fx.service, arena, STR("Old"),
				     STR("correct horse \xe2\x98\x83"), STR("x"), &attempt->problem,
				     &attempt->in);
	arena_free(arena);
	return NULL;
}

static void two_who_sign_in_at_once_while_an_old_hash_is_replaced_both_get_in(void **state)
{
	struct user_new u = {
		.name = STR("Old"),
		.name_key = STR("old"),
		.email = STR("o@example.org"),
		.pw_hash = STR("md5$NaCl$c345999ce62d390f7071afd6b38557e4"),
		.created_ms = 1,
	};
	struct attempt attempts[2];
	pthread_barrier_t together;

	(void)state;
	assert_int_equal(store_user_create(fx.service.store, &u, NULL), ERR_OK);
	pthread_barrier_init(&together, NULL, COUNT_OF(attempts));
	for (size_t i = 0; i < COUNT_OF(attempts); i++) {
		attempts[i] = (struct attempt){.together = &together};
		assert_int_equal(
			pthread_create(&attempts[i].thread, NULL, attempt_run, &attempts[i]), 0);
	}
	for (size_t i = 0; i < COUNT_OF(attempts); i++) {
		pthread_join(attempts[i].thread, NULL);
		assert_int_equal(attempts[i].e, ERR_OK);
		assert_string_equal(problem_text(attempts[i].problem), "");
		expect_session(attempts[i].in.token, true);
	}
	pthread_barrier_destroy(&together);
}

static void nobody_signs_in_where_there_is_no_hash(void **state)
{
	struct sign_in in;

	(void)state;
	fixture_person("Ghost");
	assert_int_equal(sign_in("Ghost", "", &in), PROBLEM_LOGIN_PASSWORD);
	assert_int_equal(sign_in("Ghost", "x", &in), PROBLEM_LOGIN_PASSWORD);
}

static void a_new_password_needs_the_old_one_and_ends_other_sessions(void **state)
{
	struct sign_in here, elsewhere;
	enum problem problem;

	(void)state;
	assert_int_equal(register_as(ada(), NULL), PROBLEM_NONE);
	assert_int_equal(sign_in("Ada", "secret", &here), PROBLEM_NONE);
	assert_int_equal(sign_in("Ada", "secret", &elsewhere), PROBLEM_NONE);
	assert_int_equal(account_change_password(&fx.service, fx.arena, &here.user, STR("wrong"),
						 STR("new"), STR("new"), here.hash, &problem),
			 ERR_OK);
	assert_int_equal(problem, PROBLEM_LOGIN_PASSWORD);
	assert_int_equal(account_change_password(&fx.service, fx.arena, &here.user, STR("secret"),
						 STR("new"), STR("now"), here.hash, &problem),
			 ERR_OK);
	assert_int_equal(problem, PROBLEM_PASSWORDS_DIFFER);
	expect_session(elsewhere.token, true);
	assert_int_equal(account_change_password(&fx.service, fx.arena, &here.user, STR("secret"),
						 STR("new"), STR("new"), here.hash, &problem),
			 ERR_OK);
	assert_int_equal(problem, PROBLEM_NONE);
	expect_session(here.token, true);
	expect_session(elsewhere.token, false);
	assert_int_equal(sign_in("Ada", "secret", &elsewhere), PROBLEM_LOGIN_PASSWORD);
	assert_int_equal(sign_in("Ada", "new", &elsewhere), PROBLEM_NONE);
	/* A form that was opened before the change knows an old hash. */
	assert_int_equal(account_change_password(&fx.service, fx.arena, &here.user, STR("secret"),
						 STR("third"), STR("third"), here.hash, &problem),
			 ERR_OK);
	assert_int_equal(problem, PROBLEM_LOGIN_PASSWORD);
}

static void an_operators_new_password_ends_all_sessions(void **state)
{
	struct sign_in in;
	enum problem problem;
	int64_t id = 0;

	(void)state;
	assert_int_equal(register_as(ada(), &id), PROBLEM_NONE);
	assert_int_equal(sign_in("Ada", "secret", &in), PROBLEM_NONE);
	assert_int_equal(account_set_password(&fx.service, fx.arena, id, STR(""), &problem),
			 ERR_OK);
	assert_int_equal(problem, PROBLEM_NO_PASSWORD);
	assert_int_equal(account_set_password(&fx.service, fx.arena, id, STR("new"), &problem),
			 ERR_OK);
	assert_int_equal(problem, PROBLEM_NONE);
	expect_session(in.token, false);
	assert_int_equal(sign_in("Ada", "new", &in), PROBLEM_NONE);
	assert_int_equal(account_set_password(&fx.service, fx.arena, id + 1, STR("x"), &problem),
			 ERR_NOT_FOUND);
}

static void signing_out_everywhere_keeps_only_the_session_that_asked(void **state)
{
	struct sign_in in[5];
	int64_t id = 0;

	(void)state;
	assert_int_equal(register_as(ada(), &id), PROBLEM_NONE);
	for (size_t i = 0; i < COUNT_OF(in); i++)
		assert_int_equal(sign_in("Ada", "secret", &in[i]), PROBLEM_NONE);
	expect_session(in[0].token, false); /* three a person: the oldest went */
	expect_session(in[1].token, false);
	expect_session(in[2].token, true);
	assert_int_equal(account_sign_out_everywhere(&fx.service, id, in[3].hash), ERR_OK);
	expect_session(in[2].token, false);
	expect_session(in[3].token, true);
	expect_session(in[4].token, false);
}

#define T(what_must_be_true) \
	cmocka_unit_test_setup_teardown(what_must_be_true, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(letters_digits_and_marks_of_any_script_make_a_name),
		T(what_can_mislead_or_not_be_seen_is_no_name),
		T(a_name_of_50_characters_may_be_many_bytes),
		T(names_are_the_same_under_folding_and_normalisation),
		T(names_of_pages_are_reserved_in_any_spelling),
		T(problems_of_a_registration_are_told_in_the_contracts_order),
		T(one_password_is_enough_where_no_second_one_is_asked_for),
		T(a_registered_person_is_found_by_any_spelling_and_kept_as_typed),
		T(who_signs_in_is_known_by_the_token_until_signing_out),
		T(a_session_ends_when_it_is_not_used_and_lasts_when_it_is),
		T(an_old_hash_is_replaced_at_sign_in),
		T(two_who_sign_in_at_once_while_an_old_hash_is_replaced_both_get_in),
		T(nobody_signs_in_where_there_is_no_hash),
		T(a_new_password_needs_the_old_one_and_ends_other_sessions),
		T(an_operators_new_password_ends_all_sessions),
		T(signing_out_everywhere_keeps_only_the_session_that_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
