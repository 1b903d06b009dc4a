/* People: store_user_*(). */
#include "fixture.h"

#include <stdio.h>
#include "base/clock.h"

static void a_person_is_found_by_id_and_by_key_as_given(void **state)
{
	struct user_new u = {
		.name = STR("Zo\xc3\xab Quincy"),
		.name_key = STR("zo\xc3\xab quincy"),
		.email = STR("zoe@example.org"),
		.pw_hash = STR("scrypt:32768:8:1$salt$hash"),
		.role = USER_ADMIN,
		.created_ms = 1234567890123,
	};
	struct user by_name;
	int64_t id;

	(void)state;
	CHECK_OK(store_user_create(t.s, &u, &id));
	assert_true(id > 0);
	CHECK_OK(store_user_by_name(t.s, u.name_key, t.a, &by_name));
	for (int i = 0; i < 2; i++) {
		struct user found = i ? by_name : get_user(id);

		CHECK_I64(found.id, id);
		CHECK_STR(found.name, "Zo\xc3\xab Quincy");
		CHECK_STR(found.email, "zoe@example.org");
		CHECK_STR(found.pw_hash, "scrypt:32768:8:1$salt$hash");
		CHECK_I64(found.role, USER_ADMIN);
		CHECK_I64(found.created_ms, 1234567890123);
		CHECK_I64(found.post_count, 0);
		CHECK_I64(found.follower_count, 0);
		CHECK_I64(found.following_count, 0);
	}
}

static void a_key_is_taken_once_and_an_email_address_as_often_as_wanted(void **state)
{
	struct user_new again = user_named("anna");
	int64_t id = add_user("anna"), untouched = 77;

	(void)state;
	again.name = STR("ANNA");
	again.email = STR("other@example.org");
	CHECK_ERR(store_user_create(t.s, &again, &untouched), ERR_CONFLICT);
	CHECK_I64(untouched, 77);
	CHECK_I64(get_totals().users, 1);
	CHECK_STR(get_user(id).name, "anna");
	add_user("berta");
	CHECK_I64(get_totals().users, 2);
}

static void an_unknown_person_is_not_found_and_outputs_stay_untouched(void **state)
{
	struct user u = {.id = 42};
	int64_t id = add_user("anna");

	(void)state;
	CHECK_ERR(store_user_get(t.s, id + 1, t.a, &u), ERR_NOT_FOUND);
	CHECK_ERR(store_user_get(t.s, 0, t.a, &u), ERR_NOT_FOUND);
	CHECK_ERR(store_user_get(t.s, -1, t.a, &u), ERR_NOT_FOUND);
	CHECK_ERR(store_user_by_name(t.s, STR("Anna"), t.a, &u), ERR_NOT_FOUND);
	CHECK_ERR(store_user_by_name(t.s, STR(""), t.a, &u), ERR_NOT_FOUND);
	CHECK_ERR(store_user_set_password(t.s, id + 1, STR(""), STR("x")), ERR_NOT_FOUND);
	CHECK_ERR(store_user_set_role(t.s, id + 1, USER_ADMIN), ERR_NOT_FOUND);
	CHECK_ERR(store_user_delete(t.s, id + 1), ERR_NOT_FOUND);
	CHECK_I64(u.id, 42);
}

static void everybody_is_listed_oldest_first_in_batches(void **state)
{
	int64_t ids[7], after = 0;
	struct user_list list;
	size_t seen = 0;

	(void)state;
	for (int i = 0; i < 7; i++) {
		char name[8];

		snprintf(name, sizeof(name), "p%d", 9 - i);
		ids[i] = add_user(name);
	}
	do {
		CHECK_OK(store_user_list(t.s, after, 3, t.a, &list));
		for (size_t i = 0; i < list.count; i++)
			CHECK_I64(list.items[i].id, ids[seen++]);
		after = list.items[list.count - 1].id;
	} while (list.more);
	CHECK_I64(seen, 7);
	CHECK_OK(store_user_list(t.s, 0, 7, t.a, &list));
	CHECK_I64(list.count, 7);
	CHECK_I64(list.more, false);
	CHECK_OK(store_user_list(t.s, 0, 6, t.a, &list));
	CHECK_I64(list.count, 6);
	CHECK_I64(list.more, true);
	CHECK_OK(store_user_list(t.s, 0, 0, t.a, &list));
	CHECK_I64(list.count, 0);
	CHECK_I64(list.more, true);
	CHECK_OK(store_user_list(t.s, ids[6], 3, t.a, &list));
	CHECK_I64(list.count, 0);
	CHECK_I64(list.more, false);
}

static void lists_are_cut_to_the_limit_of_the_store(void **state)
{
	struct store_bulk *b;
	struct user_list list;
	struct post_list posts;
	int64_t author = add_user("anna");

	(void)state;
	CHECK_OK(store_bulk_begin(t.s, &b));
	for (int i = 0; i < STORE_LIST_MAX + 5; i++) {
		char name[16];
		struct user_new u;
		int64_t id;

		snprintf(name, sizeof(name), "p%d", i);
		u = user_named(name);
		CHECK_OK(store_bulk_user(b, &u, &id));
		CHECK_OK(store_bulk_follow(b, id, author));
		CHECK_OK(store_bulk_follow(b, author, id));
		CHECK_OK(store_bulk_post(b, author, STR("x"), 1000, false, NULL));
	}
	CHECK_OK(store_bulk_commit(b));
	CHECK_OK(store_user_list(t.s, 0, SIZE_MAX, t.a, &list));
	CHECK_I64(list.count, STORE_LIST_MAX);
	CHECK_I64(list.more, true);
	CHECK_OK(store_following_list(t.s, author, 0, SIZE_MAX, t.a, &list));
	CHECK_I64(list.count, STORE_LIST_MAX);
	CHECK_OK(store_follower_list(t.s, author, 0, SIZE_MAX, t.a, &list));
	CHECK_I64(list.count, STORE_LIST_MAX);
	CHECK_OK(store_timeline_public(t.s, (struct cursor){0}, SIZE_MAX, t.a, &posts));
	CHECK_I64(posts.count, STORE_LIST_MAX);
	CHECK_I64(posts.older, true);
	CHECK_OK(store_timeline_user(t.s, author, (struct cursor){0}, SIZE_MAX, t.a, &posts));
	CHECK_I64(posts.count, STORE_LIST_MAX);
	CHECK_OK(store_timeline_home(t.s, author, (struct cursor){0}, SIZE_MAX, t.a, &posts));
	CHECK_I64(posts.count, STORE_LIST_MAX);
	CHECK_OK(store_post_list_all(t.s, 0, SIZE_MAX, t.a, &posts));
	CHECK_I64(posts.count, STORE_LIST_MAX);
}

static void a_password_is_replaced_only_while_it_is_the_expected_one(void **state)
{
	int64_t id = add_user("anna");

	(void)state;
	CHECK_OK(store_user_set_password(t.s, id, STR(""), STR("one")));
	CHECK_STR(get_user(id).pw_hash, "one");
	CHECK_ERR(store_user_set_password(t.s, id, STR("other"), STR("two")), ERR_CONFLICT);
	CHECK_STR(get_user(id).pw_hash, "one");
	CHECK_OK(store_user_set_password(t.s, id, STR("one"), STR("two")));
	CHECK_STR(get_user(id).pw_hash, "two");
	CHECK_ERR(store_user_set_password(t.s, id + 1, STR("two"), STR("x")), ERR_NOT_FOUND);
}

static void a_role_is_given_and_taken(void **state)
{
	int64_t id = add_user("anna");

	(void)state;
	CHECK_OK(store_user_set_role(t.s, id, USER_ADMIN));
	CHECK_I64(get_user(id).role, USER_ADMIN);
	CHECK_OK(store_user_set_role(t.s, id, USER_PERSON));
	CHECK_I64(get_user(id).role, USER_PERSON);
}

static void a_language_is_chosen_and_given_back_to_the_browser(void **state)
{
	int64_t id = add_user("anna"), other = add_user("bent");

	(void)state;
	CHECK_STR(get_user(id).language, "");
	CHECK_OK(store_user_set_language(t.s, id, STR("da")));
	CHECK_STR(get_user(id).language, "da");
	CHECK_STR(get_user(other).language, "");
	CHECK_OK(store_user_set_language(t.s, id, STR("")));
	CHECK_STR(get_user(id).language, "");
	CHECK_ERR(store_user_set_language(t.s, other + 1, STR("da")), ERR_NOT_FOUND);
}

static void add_session(int64_t user_id, unsigned char first_byte)
{
	struct session session = {
		.hash = {first_byte, 1},
		.user_id = user_id,
		.created_ms = first_byte,
		.expires_ms = INT64_MAX,
		.user_agent = STR("test"),
	};

	CHECK_OK(store_session_create(t.s, &session, 10));
}

static void a_deleted_person_leaves_nothing_behind(void **state)
{
	int64_t anna = add_user("anna"), berta = add_user("berta"), carl = add_user("carl");
	int64_t hers = add_post(anna, "hers"), flagged = add_post(anna, "flagged");
	int64_t kept = add_post(berta, "kept");
	struct store_totals totals;
	struct post_list posts;
	struct post post;
	struct session session;
	struct user user;
	struct user_list people;

	(void)state;
	add_post(anna, "more");
	set_flagged(flagged, true);
	add_follow(anna, anna);
	add_follow(anna, berta);
	add_follow(berta, anna);
	add_follow(carl, anna);
	add_follow(carl, berta);
	add_session(anna, 1);
	add_session(anna, 2);
	add_session(berta, 3);
	totals = get_totals();
	CHECK_I64(totals.posts, 3);
	CHECK_I64(totals.follows, 5);
	CHECK_I64(totals.sessions, 3);

	CHECK_OK(store_user_delete(t.s, anna));
	CHECK_ERR(store_user_delete(t.s, anna), ERR_NOT_FOUND);
	CHECK_ERR(store_user_get(t.s, anna, t.a, &user), ERR_NOT_FOUND);
	CHECK_ERR(store_user_by_name(t.s, STR("anna"), t.a, &user), ERR_NOT_FOUND);
	CHECK_ERR(store_post_get(t.s, hers, t.a, &post), ERR_NOT_FOUND);
	CHECK_ERR(store_post_get(t.s, flagged, t.a, &post), ERR_NOT_FOUND);
	CHECK_ERR(store_session_find(t.s, (unsigned char[SESSION_HASH_BYTES]){1, 1}, 0, t.a,
				     &session, &user),
		  ERR_NOT_FOUND);
	CHECK_ERR(store_post_create(t.s, &(struct post_new){.author_id = anna, .text = STR("x")},
				    NULL),
		  ERR_NOT_FOUND);
	for (int again = 0; again < 2; again++) {
		totals = get_totals();
		CHECK_I64(totals.users, 2);
		CHECK_I64(totals.posts, 1);
		CHECK_I64(totals.follows, 1);
		CHECK_I64(totals.sessions, 1);
		CHECK_I64(get_user(berta).follower_count, 1);
		CHECK_I64(get_user(berta).following_count, 0);
		CHECK_I64(get_user(carl).following_count, 1);
		CHECK_OK(store_timeline_home(t.s, carl, (struct cursor){0}, 30, t.a, &posts));
		CHECK_I64(posts.count, 1);
		CHECK_I64(posts.items[0].id, kept);
		CHECK_OK(store_timeline_home(t.s, anna, (struct cursor){0}, 30, t.a, &posts));
		CHECK_I64(posts.count, 0);
		CHECK_OK(store_following_list(t.s, carl, 0, 30, t.a, &people));
		CHECK_I64(people.count, 1);
		fixture_reopen();
	}
	add_user("anna"); /* the name is free again */
}

static void ids_rise_when_the_clock_steps_back_and_after_reopening(void **state)
{
	int64_t last = 0, author;

	(void)state;
	clock_set_fake_ms(2000000000000);
	author = add_user("anna");
	for (int i = 0; i < 3; i++) {
		int64_t id = add_post(author, "x");

		assert_true(id > last && id > author);
		last = id;
	}
	clock_set_fake_ms(1999999000000);
	assert_true(add_post(author, "x") > last);
	CHECK_OK(store_post_delete(t.s, last + 1));
	fixture_reopen();
	if (add_user("berta") <= last + 1)
		fail_msg("an id was given twice or fell");
}

static void an_arena_that_is_full_is_an_error_and_leaves_outputs_untouched(void **state)
{
	struct arena *small = arena_new(256);
	struct user u = {.id = 42};
	struct post_list posts = {.count = 42};
	int64_t id = add_user("anna");
	char text[1000];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	add_post(id, text);
	CHECK_ERR(store_timeline_public(t.s, (struct cursor){0}, 1, small, &posts), ERR_TOO_LARGE);
	CHECK_ERR(store_timeline_home(t.s, id, (struct cursor){0}, 1, small, &posts),
		  ERR_TOO_LARGE);
	CHECK_ERR(store_timeline_user(t.s, id, (struct cursor){0}, 1, small, &posts),
		  ERR_TOO_LARGE);
	CHECK_I64(posts.count, 42);
	CHECK_OK(store_user_set_password(t.s, id, STR(""), str_from_c(text)));
	CHECK_ERR(store_user_get(t.s, id, small, &u), ERR_TOO_LARGE);
	CHECK_I64(u.id, 42);
	arena_free(small);
	/* The connections that failed are of use again. */
	for (int i = 0; i < 50; i++)
		CHECK_OK(store_timeline_home(t.s, id, (struct cursor){0}, 1, t.a, &posts));
}

static const struct CMUnitTest tests[] = {
	STORE_TEST(a_person_is_found_by_id_and_by_key_as_given),
	STORE_TEST(a_key_is_taken_once_and_an_email_address_as_often_as_wanted),
	STORE_TEST(an_unknown_person_is_not_found_and_outputs_stay_untouched),
	STORE_TEST(everybody_is_listed_oldest_first_in_batches),
	STORE_TEST(lists_are_cut_to_the_limit_of_the_store),
	STORE_TEST(a_password_is_replaced_only_while_it_is_the_expected_one),
	STORE_TEST(a_role_is_given_and_taken),
	STORE_TEST(a_language_is_chosen_and_given_back_to_the_browser),
	STORE_TEST(a_deleted_person_leaves_nothing_behind),
	STORE_TEST(ids_rise_when_the_clock_steps_back_and_after_reopening),
	STORE_TEST(an_arena_that_is_full_is_an_error_and_leaves_outputs_untouched),
};

STORE_TESTS_MAIN(tests)
