/* service/post.h: what a post may hold, who may remove one, moderation. */
#include "service_fixture.h"

static enum post_problem check(struct str text, struct str *clean)
{
	return post_check(&fx.service, fx.arena, text, clean);
}

static void expect_clean(struct str text, struct str wanted)
{
	struct str clean = STR("");
	enum post_problem p = check(text, &clean);

	if (p != POST_FINE || !str_eq(clean, wanted))
		fail_msg("\"%.*s\": got problem %d and \"%.*s\", wanted \"%.*s\"", STR_ARG(text),
			 (int)p, STR_ARG(clean), STR_ARG(wanted));
}

static void expect_problem(struct str text, enum post_problem wanted)
{
	struct str clean;
	enum post_problem p = check(text, &clean);

	if (p != wanted)
		fail_msg("\"%.*s\": got problem %d, wanted %d", STR_ARG(text), (int)p, (int)wanted);
}

static void a_text_is_kept_but_for_line_ends_and_white_space_around_it(void **state)
{
	(void)state;
	expect_clean(STR("hello"), STR("hello"));
	expect_clean(STR(" \r\n\xe3\x80\x80hello\xc2\xa0\t\n"), STR("hello"));
	expect_clean(STR("a\r\nb\rc\n\nd  e\tf"), STR("a\nb\nc\n\nd  e\tf"));
	expect_clean(STR("\r\r\na\r"), STR("a"));
	expect_clean(STR("<b>\"&amp;"), STR("<b>\"&amp;"));
	expect_clean(STR("0123"), STR("0123"));
	expect_clean(STR("\xd8\xb3\xd9\x84\xd8\xa7\xd9\x85"),
		     STR("\xd8\xb3\xd9\x84\xd8\xa7\xd9\x85"));
	expect_clean(STR("\xe2\x80\x8fx\xe2\x80\x8d"), STR("\xe2\x80\x8fx\xe2\x80\x8d"));
}

static void a_text_that_shows_nothing_is_empty(void **state)
{
	(void)state;
	expect_problem(STR(""), POST_EMPTY);
	expect_problem(STR(" \t\r\n"), POST_EMPTY);
	expect_problem(STR("\xe2\x80\x8b\xe2\x80\x8d \xef\xbb\xbf"), POST_EMPTY);
	expect_problem(STR("\xe3\x85\xa4"), POST_EMPTY);
}

static void control_characters_and_broken_utf8_are_no_text(void **state)
{
	(void)state;
	expect_problem(STR("a\0b"), POST_NOT_TEXT);
	expect_problem(STR("a\x1b[31m"), POST_NOT_TEXT);
	expect_problem(STR("a\x7f"), POST_NOT_TEXT);
	expect_problem(STR("a\xc2\x9b"), POST_NOT_TEXT);
	expect_problem(STR("a\xff"), POST_NOT_TEXT);
	expect_problem(STR("\xed\xa0\x80"), POST_NOT_TEXT);
}

/* `count` times `piece`. */
static struct str repeated(const char *piece, size_t count)
{
	struct buf text = BUF_INIT(1 << 20);
	struct str copy;

	for (size_t i = 0; i < count; i++)
		buf_add_c(&text, piece);
	copy = arena_str(fx.arena, buf_str(&text));
	buf_release(&text);
	return copy;
}

static void post_of_500_characters_is_fine_and_of_501_is_refused(void **state)
{
	static const char *const pieces[] = {
		"a",
		"\xc3\xa9",
		"e\xcc\x81",
		"\xe5\xb1\xb1",
		"\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x9a\x80", /* woman astronaut */
		"\xf0\x9f\x87\xa9\xf0\x9f\x87\xb0",		/* flag of Denmark */
		/* a kiss of two people, each with a colour of skin: no emoji is longer */
		("\xf0\x9f\x91\xa9\xf0\x9f\x8f\xbd\xe2\x80\x8d\xe2\x9d\xa4\xef\xb8\x8f"
		 "\xe2\x80\x8d\xf0\x9f\x92\x8b\xe2\x80\x8d\xf0\x9f\x91\xa8\xf0\x9f\x8f\xbf"),
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(pieces); i++) {
		expect_clean(repeated(pieces[i], 500), repeated(pieces[i], 500));
		expect_problem(repeated(pieces[i], 501), POST_TOO_LONG);
	}
}

static void white_space_around_a_text_does_not_count(void **state)
{
	struct str padded = arena_printf(fx.arena, "\n\n%s  ", repeated("a", 500).ptr);

	(void)state;
	expect_clean(padded, repeated("a", 500));
}

static void few_characters_of_very_many_bytes_are_refused_as_such(void **state)
{
	(void)state;
	expect_problem(arena_printf(fx.arena, "a%s", repeated("\xcc\x81", 10240).ptr),
		       POST_TOO_HEAVY);
	expect_problem(repeated("a", 1 << 19), POST_TOO_HEAVY);
	assert_true(str_eq(post_problem_text(&fx.service, fx.arena, POST_TOO_HEAVY),
			   STR("A post can have at most 500 characters and 20480 bytes")));
}

static void the_limit_is_the_operators_and_is_named(void **state)
{
	(void)state;
	fx.service.post_max_chars = 3;
	expect_clean(STR("abc"), STR("abc"));
	expect_problem(STR("abcd"), POST_TOO_LONG);
	assert_true(str_eq(post_problem_text(&fx.service, fx.arena, POST_TOO_LONG),
			   STR("A post can have at most 3 characters")));
}

/* ---- with the store ------------------------------------------------------------------------ */

static struct post write_post(int64_t author_id, const char *text)
{
	enum post_problem p = POST_EMPTY;
	struct post post = {.id = 0};

	assert_int_equal(post_create(&fx.service, fx.arena, author_id,
				     &(struct post_draft){.text = str_from_c(text)}, &p, &post),
			 ERR_OK);
	assert_int_equal(p, POST_FINE);
	return post;
}

static void a_post_is_stored_clean_and_found(void **state)
{
	int64_t ada = fixture_person("Ada");
	struct post post = write_post(ada, " one\r\ntwo ");
	enum post_problem p = POST_FINE;
	struct post found;

	(void)state;
	assert_true(str_eq(post.text, STR("one\ntwo")));
	assert_int_equal(post_find(&fx.service, fx.arena, post.id, &found), ERR_OK);
	assert_true(str_eq(found.text, STR("one\ntwo")));
	assert_true(str_eq(found.author_name, STR("Ada")));
	assert_int_equal(post_create(&fx.service, fx.arena, ada,
				     &(struct post_draft){.text = STR(" ")}, &p, &found),
			 ERR_OK);
	assert_int_equal(p, POST_EMPTY);
	assert_int_equal(post_create(&fx.service, fx.arena, ada + 1,
				     &(struct post_draft){.text = STR("x")}, &p, &found),
			 ERR_NOT_FOUND);
}

static void only_its_author_and_administrators_remove_a_post(void **state)
{
	struct user ada = {.id = fixture_person("Ada")};
	struct user bob = {.id = fixture_person("Bob")};
	struct user eve = {.id = fixture_person("Eve"), .role = USER_ADMIN};
	struct post one = write_post(ada.id, "one"), two = write_post(ada.id, "two");
	struct post found;

	(void)state;
	assert_int_equal(post_delete(&fx.service, fx.arena, &bob, one.id), ERR_DENIED);
	assert_int_equal(post_find(&fx.service, fx.arena, one.id, &found), ERR_OK);
	assert_int_equal(post_delete(&fx.service, fx.arena, &ada, one.id), ERR_OK);
	assert_int_equal(post_find(&fx.service, fx.arena, one.id, &found), ERR_NOT_FOUND);
	assert_int_equal(post_delete(&fx.service, fx.arena, &ada, one.id), ERR_NOT_FOUND);
	assert_int_equal(post_delete(&fx.service, fx.arena, &eve, two.id), ERR_OK);
}

static void a_flagged_post_is_found_by_nobody_until_it_is_unflagged(void **state)
{
	struct user bob = {.id = fixture_person("Bob")};
	struct post one = write_post(bob.id, "one"), two = write_post(bob.id, "two");
	const int64_t with_unknown[] = {one.id, 77, two.id};
	struct user other = {.id = bob.id + 1};
	struct cursor newest = {CURSOR_NEWEST, 0};
	struct post_list list;
	struct post found;
	int64_t missing = 0;

	(void)state;
	assert_int_equal(post_set_flagged(&fx.service, with_unknown, 3, true, &missing),
			 ERR_NOT_FOUND);
	assert_true(missing == 77);
	assert_int_equal(post_find(&fx.service, fx.arena, one.id, &found), ERR_OK);
	assert_int_equal(post_set_flagged(&fx.service, &one.id, 1, true, &missing), ERR_OK);
	assert_int_equal(post_find(&fx.service, fx.arena, one.id, &found), ERR_NOT_FOUND);
	assert_int_equal(post_delete(&fx.service, fx.arena, &other, one.id), ERR_NOT_FOUND);
	assert_int_equal(timeline_public(&fx.service, fx.arena, newest, 30, &list), ERR_OK);
	assert_int_equal(list.count, 1);
	assert_int_equal(timeline_user(&fx.service, fx.arena, bob.id, newest, 30, &list), ERR_OK);
	assert_int_equal(list.count, 1);
	assert_int_equal(timeline_home(&fx.service, fx.arena, bob.id, newest, 30, &list), ERR_OK);
	assert_int_equal(list.count, 1);
	assert_int_equal(post_list_all(&fx.service, fx.arena, 0, &list), ERR_OK);
	assert_int_equal(list.count, 2);
	assert_int_equal(post_set_flagged(&fx.service, &one.id, 1, false, &missing), ERR_OK);
	assert_int_equal(post_find(&fx.service, fx.arena, one.id, &found), ERR_OK);
}

#define T(what_must_be_true) \
	cmocka_unit_test_setup_teardown(what_must_be_true, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_text_is_kept_but_for_line_ends_and_white_space_around_it),
		T(a_text_that_shows_nothing_is_empty),
		T(control_characters_and_broken_utf8_are_no_text),
		T(post_of_500_characters_is_fine_and_of_501_is_refused),
		T(white_space_around_a_text_does_not_count),
		T(few_characters_of_very_many_bytes_are_refused_as_such),
		T(the_limit_is_the_operators_and_is_named),
		T(a_post_is_stored_clean_and_found),
		T(only_its_author_and_administrators_remove_a_post),
		T(a_flagged_post_is_found_by_nobody_until_it_is_unflagged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
