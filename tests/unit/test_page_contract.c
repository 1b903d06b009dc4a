/* The pages, as clients of the classic application see them: texts, statuses, hooks, order. */
#include "page_fixture.h"

static void a_visitor_is_sent_to_the_public_timeline(void **state)
{
	struct fixture *f = *state;

	request(f, page_home, "/", NULL, NULL);
	expect_redirect(f, "/public");
	request(f, page_public, "/public", NULL, NULL);
	expect_status(f, 200);
	expect_text(f, "There's no message so far.");
}

static void each_page_has_the_frames_hooks(void **state)
{
	struct fixture *f = *state;
	static const char *const hooks[] = {"class=\"page\"", "class=\"navigation\"",
					    "class=\"body\"", "class=\"footer\"",
					    "class=\"messages\""};

	request(f, page_public, "/public", NULL, NULL);
	for (size_t i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++)
		expect_text(f, hooks[i]);
}

static void the_register_page_begins_with_the_five_inputs_in_order(void **state)
{
	struct fixture *f = *state;
	static const char *const wanted[] = {"name=\"username\"", "name=\"email\"",
					     "name=\"password\"", "name=\"password2\"",
					     "type=\"submit\""};
	struct str rest;

	request(f, page_register_form, "/register", NULL, NULL);
	rest = buf_str(&f->body);
	for (size_t i = 0; i < 5; i++) {
		const char *input = memmem(rest.ptr, rest.len, "<input", 6), *end;

		assert_non_null(input);
		end = memchr(input, '>', rest.len - (size_t)(input - rest.ptr));
		if (!has(str_from(input, (size_t)(end - input)), wanted[i]))
			fail_msg("input %zu: got %.*s, wanted %s", i, (int)(end - input), input,
				 wanted[i]);
		rest = str_from(end, rest.len - (size_t)(end - rest.ptr));
	}
	expect_text(f, "<div class=\"actions\"><input type=\"submit\"");
}

static void errors_of_registering_come_back_on_the_form_with_what_was_typed(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *body, *error;
	} cases[] = {
		{"username=&email=a%40b&password=x&password2=x", "You have to enter a username"},
		{"username=n&email=ab&password=x&password2=x",
		 "You have to enter a valid email address"},
		{"username=n&email=a%40b&password=&password2=", "You have to enter a password"},
		{"username=n&email=a%40b&password=x&password2=y", "The two passwords do not match"},
		{"username=n&email=a%40b&password=x", "The two passwords do not match"},
		{"username=taken&email=a%40b&password=x&password2=x",
		 "The username is already taken"},
		{"username=TAKEN&email=a%40b&password=x&password2=x",
		 "The username is already taken"},
	};

	register_user(f, "taken");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char element[200];

		request(f, page_register, "/register", NULL, cases[i].body);
		expect_status(f, 200);
		snprintf(element, sizeof(element), "-error\">%s</p>", cases[i].error);
		expect_text(f, element);
		expect_text(f, "<p class=\"error\" id=\"");
		expect_text(f, "aria-invalid=\"true\"");
		expect_no_text(f, "value=\"x\"");
	}
	expect_text(f, "name=\"username\" type=\"text\" value=\"TAKEN\"");
	expect_text(f, "value=\"a@b\"");
}

static void signing_in_and_out_flashes_the_exact_texts(void **state)
{
	struct fixture *f = *state;

	register_user(f, "foo");
	request(f, page_login_form, "/login", NULL, NULL);
	expect_flash(f, "You were successfully registered and can login now");
	request(f, page_login, "/login", NULL, "username=bar&password=secret");
	expect_status(f, 200);
	expect_text(f, "<p class=\"error\" id=\"username-error\">Invalid username</p>");
	request(f, page_login, "/login", NULL, "username=foo&password=wrong");
	expect_status(f, 200);
	expect_text(f, "<p class=\"error\" id=\"password-error\">Invalid password</p>");
	expect_text(f, "value=\"foo\"");
	expect_no_text(f, "wrong");
	sign_in(f, "foo");
	request(f, page_home, "/", NULL, NULL);
	expect_flash(f, "You were logged in");
	request(f, page_home, "/", NULL, NULL);
	expect_no_text(f, "You were logged in");
	sign_out(f);
	request(f, page_public, "/public", NULL, NULL);
	expect_flash(f, "You were logged out");
	expect_text(f, "href=\"/login\"");
}

static void who_is_signed_in_has_no_use_for_the_forms(void **state)
{
	struct fixture *f = *state;

	register_user(f, "foo");
	sign_in(f, "foo");
	request(f, page_login_form, "/login", NULL, NULL);
	expect_redirect(f, "/");
	request(f, page_login, "/login", NULL, "username=foo&password=secret");
	expect_redirect(f, "/");
	request(f, page_register_form, "/register", NULL, NULL);
	expect_redirect(f, "/");
	request(f, page_register, "/register", NULL, "username=x");
	expect_redirect(f, "/");
}

static void messages_are_recorded_and_escaped(void **state)
{
	struct fixture *f = *state;

	register_user(f, "foo");
	sign_in(f, "foo");
	post_text(f, "test+message+1");
	request(f, page_home, "/", NULL, NULL);
	expect_text(f, "<p class=\"flashes\" role=\"status\" data-recorded>Your message was "
		       "recorded</p>");
	post_text(f, "%3Ctest+%22message%22%3E");
	request(f, page_home, "/", NULL, NULL);
	expect_text(f, "test message 1");
	expect_text(f, "&lt;test &#34;message&#34;&gt;");
	expect_text(f, "class=\"twitbox\"");
}

static void an_empty_message_changes_nothing_and_says_nothing(void **state)
{
	struct fixture *f = *state;

	register_user(f, "foo");
	sign_in(f, "foo");
	request(f, page_home, "/", NULL, NULL);
	post_text(f, "");
	post_text(f, "+%0A+");
	request(f, page_home, "/", NULL, NULL);
	expect_no_text(f, "flashes");
	expect_text(f, "There's no message so far.");
}

static void a_message_that_is_too_long_comes_back_to_be_mended(void **state)
{
	struct fixture *f = *state;

	register_user(f, "foo");
	sign_in(f, "foo");
	request(f, page_add_message, "/add_message", NULL, "text=%3Cone+two+three+four+five");
	expect_status(f, 200);
	expect_text(f, "<p class=\"error\" id=\"text-error\">");
	expect_text(f, ">\n&lt;one two three four five</textarea>");
}

static void visitors_can_not_write_or_follow(void **state)
{
	struct fixture *f = *state;

	register_user(f, "foo");
	request(f, page_add_message, "/add_message", NULL, "text=x");
	expect_status(f, 401);
	request(f, page_follow, "/foo/follow", "foo", NULL);
	expect_status(f, 401);
	request(f, page_unfollow, "/nobody/unfollow", "nobody", NULL);
	expect_status(f, 401);
	request(f, page_delete_post, "/post/1/delete", "1", "");
	expect_status(f, 401);
	request(f, page_settings, "/settings", NULL, NULL);
	expect_status(f, 401);
}

static void timelines_show_what_they_should(void **state)
{
	struct fixture *f = *state;

	register_user(f, "foo");
	register_user(f, "bar");
	sign_in(f, "foo");
	post_text(f, "message+by+foo");
	sign_out(f);
	sign_in(f, "bar");
	post_text(f, "message+by+bar");
	request(f, page_public, "/public", NULL, NULL);
	expect_text(f, "message by foo");
	expect_text(f, "message by bar");
	request(f, page_home, "/", NULL, NULL);
	expect_no_text(f, "message by foo");
	expect_text(f, "message by bar");

	request(f, page_user, "/foo", "foo", NULL);
	expect_text(f, "You are not yet following this user.");
	expect_text(f, "type=\"submit\" class=\"follow\"");
	request(f, page_follow, "/foo/follow", "foo", NULL);
	expect_redirect(f, "/foo");
	request(f, page_user, "/foo", "foo", NULL);
	expect_flash(f, "You are now following &#34;foo&#34;");
	expect_text(f, "You are currently following this user.");
	expect_text(f, "class=\"unfollow plain\"");
	expect_text(f, "message by foo");
	expect_no_text(f, "message by bar");
	request(f, page_home, "/", NULL, NULL);
	expect_text(f, "message by foo");

	request(f, page_unfollow, "/foo/unfollow", "foo", "");
	expect_redirect(f, "/foo");
	request(f, page_user, "/foo", "foo", NULL);
	expect_flash(f, "You are no longer following &#34;foo&#34;");
	request(f, page_home, "/", NULL, NULL);
	expect_no_text(f, "message by foo");
	request(f, page_user, "/bar", "bar", NULL);
	expect_text(f, "This is you!");
}

static void what_is_not_there_is_a_page_of_its_own(void **state)
{
	struct fixture *f = *state;

	request(f, page_user, "/nobody", "nobody", NULL);
	expect_status(f, 404);
	expect_text(f, "There is nothing here");
	request(f, page_post, "/post/1", "1", NULL);
	expect_status(f, 404);
	request(f, page_post, "/post/x", "x", NULL);
	expect_status(f, 404);
	register_user(f, "foo");
	sign_in(f, "foo");
	request(f, page_follow, "/nobody/follow", "nobody", NULL);
	expect_status(f, 404);
}

#define CONTRACT_TEST(behaviour_as_a_sentence) \
	cmocka_unit_test_setup_teardown(behaviour_as_a_sentence, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CONTRACT_TEST(a_visitor_is_sent_to_the_public_timeline),
		CONTRACT_TEST(each_page_has_the_frames_hooks),
		CONTRACT_TEST(the_register_page_begins_with_the_five_inputs_in_order),
		CONTRACT_TEST(errors_of_registering_come_back_on_the_form_with_what_was_typed),
		CONTRACT_TEST(signing_in_and_out_flashes_the_exact_texts),
		CONTRACT_TEST(who_is_signed_in_has_no_use_for_the_forms),
		CONTRACT_TEST(messages_are_recorded_and_escaped),
		CONTRACT_TEST(an_empty_message_changes_nothing_and_says_nothing),
		CONTRACT_TEST(a_message_that_is_too_long_comes_back_to_be_mended),
		CONTRACT_TEST(visitors_can_not_write_or_follow),
		CONTRACT_TEST(timelines_show_what_they_should),
		CONTRACT_TEST(what_is_not_there_is_a_page_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
