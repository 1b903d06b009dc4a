/* The pages beyond the contract: paging, single posts, settings, headers, limits, hostile input. */
#include "page_fixture.h"

#include "base/clock.h"

static void timelines_go_by_cursor_and_miss_nothing(void **state)
{
	struct fixture *f = *state;
	char text[32], link[64];
	struct str older;
	const char *at;

	register_user(f, "foo");
	sign_in(f, "foo");
	for (int i = 1; i <= 65; i++) {
		snprintf(text, sizeof(text), "number+%02d.", i);
		post_text(f, text);
	}
	request(f, page_public, "/public", NULL, NULL);
	expect_text(f, "number 65.");
	expect_text(f, "number 36.");
	expect_no_text(f, "number 35.");
	expect_no_text(f, "Newer");
	for (int page = 2; page <= 3; page++) {
		older = buf_str(&f->body);
		at = memmem(older.ptr, older.len, "/public?before=", 15);
		assert_non_null(at);
		snprintf(link, sizeof(link), "%.*s", (int)strcspn(at, "\""), at);
		request(f, page_public, link, NULL, NULL);
		expect_text(f, page == 2 ? "number 35." : "number 05.");
		expect_text(f, page == 2 ? "number 06." : "number 01.");
		expect_text(f, "Newer");
	}
	expect_no_text(f, "Older");
	at = memmem(f->body.ptr, f->body.len, "/public?after=", 14);
	snprintf(link, sizeof(link), "%.*s", (int)strcspn(at, "\""), at);
	request(f, page_public, link, NULL, NULL);
	expect_text(f, "number 35.");
	expect_text(f, "number 06.");
}

static void a_cursor_that_is_none_is_refused(void **state)
{
	struct fixture *f = *state;
	static const char *const targets[] = {"/public?before=x", "/public?before=-1",
					      "/public?before=1&after=2", "/public?before=%zz"};

	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		request(f, page_public, targets[i], NULL, NULL);
		expect_status(f, 400);
	}
	request(f, page_public, "/public?utm=1", NULL, NULL);
	expect_status(f, 200);
}

/* The digits behind "/post/" of the first post on the page. */
static void first_post_id(struct fixture *f, char *id, size_t size)
{
	const char *at = strstr(buf_c(&f->body), "/post/");

	assert_non_null(at);
	snprintf(id, size, "%.*s", (int)strspn(at + 6, "0123456789"), at + 6);
}

static void a_post_has_a_page_with_what_previews_need(void **state)
{
	struct fixture *f = *state;
	char id[32];

	register_user(f, "foo");
	sign_in(f, "foo");
	post_text(f, "a+%22b%22%0Ac");
	sign_out(f);
	request(f, page_public, "/public", NULL, NULL);
	first_post_id(f, id, sizeof(id));
	request(f, page_post, "/post/x", id, NULL);
	expect_status(f, 200);
	expect_text(f, "a &#34;b&#34;<br>c");
	expect_text(f, "<title>foo: a &#34;b&#34; c · Kinglet</title>");
	expect_text(f, "<meta property=\"og:description\" content=\"a &#34;b&#34; c\">");
	expect_text(f, "<meta property=\"og:url\" content=\"http://kinglet.example/post/");
	expect_no_text(f, "Delete");
}

static void a_post_is_deleted_by_its_author_or_an_administrator_only(void **state)
{
	struct fixture *f = *state;
	struct user user;
	char id[32];

	register_user(f, "foo");
	register_user(f, "bar");
	sign_in(f, "foo");
	post_text(f, "first");
	post_text(f, "second");
	request(f, page_public, "/public", NULL, NULL);
	first_post_id(f, id, sizeof(id));
	request(f, page_post, "/post/x", id, NULL);
	expect_text(f, "/delete\">Delete</a>");
	sign_out(f);
	sign_in(f, "bar");
	request(f, page_post, "/post/x", id, NULL);
	expect_no_text(f, "/delete\"");
	request(f, page_delete_post, "/post/x/delete", id, "");
	expect_status(f, 403);
	request(f, page_delete_post_form, "/post/x/delete", id, NULL);
	expect_status(f, 403);
	assert_int_equal(account_find(&f->service, f->arena, STR("bar"), &user), ERR_OK);
	assert_int_equal(account_set_role(&f->service, user.id, USER_ADMIN), ERR_OK);
	request(f, page_delete_post_form, "/post/x/delete", id, NULL);
	expect_text(f, "Delete this message");
	request(f, page_delete_post, "/post/x/delete", id, "");
	expect_redirect(f, "/");
	request(f, page_home, "/", NULL, NULL);
	expect_flash(f, "The message was deleted");
	request(f, page_public, "/public", NULL, NULL);
	expect_no_text(f, "second");
	expect_text(f, "first");
}

static void lists_of_people_are_shown(void **state)
{
	struct fixture *f = *state;

	register_user(f, "foo");
	register_user(f, "Bar+Baz");
	sign_in(f, "foo");
	request(f, page_follow, "/x/follow", "Bar Baz", "");
	expect_redirect(f, "/Bar%20Baz");
	request(f, page_followers, "/x/followers", "bar baz", NULL);
	expect_text(f, "Followers of Bar Baz");
	expect_text(f, "<a href=\"/foo\">");
	request(f, page_following, "/foo/following", "foo", NULL);
	expect_text(f, "<a href=\"/Bar%20Baz\">");
	request(f, page_followers, "/foo/followers", "foo", NULL);
	expect_text(f, "Nobody so far.");
	request(f, page_followers, "/x/followers", "nobody", NULL);
	expect_status(f, 404);
	request(f, page_user, "/foo", "foo", NULL);
	expect_text(f, "<strong>1</strong> following");
	expect_text(f, "<strong>0</strong> followers");
}

static void the_password_is_changed_and_other_sessions_end(void **state)
{
	struct fixture *f = *state;
	struct session_list sessions;
	struct user user;

	register_user(f, "foo");
	sign_in(f, "foo");
	/* A second browser: the first one's cookies are forgotten, not signed out. */
	memset(f->cookies, 0, sizeof(f->cookies));
	sign_in(f, "foo");
	request(f, page_change_password, "/settings/password", NULL,
		"old_password=wrong&password=new&password2=new");
	expect_status(f, 200);
	expect_text(f, "<p class=\"error\" id=\"old_password-error\">Invalid password</p>");
	request(f, page_change_password, "/settings/password", NULL,
		"old_password=secret&password=new&password2=other");
	expect_text(f, "id=\"password2-error\">The two passwords do not match</p>");
	request(f, page_change_password, "/settings/password", NULL,
		"old_password=secret&password=new&password2=new");
	expect_redirect(f, "/settings");
	request(f, page_settings, "/settings", NULL, NULL);
	expect_flash(f, "Your password was changed");
	request(f, page_settings_sessions, "/settings/sessions", NULL, NULL);
	expect_text(f, "this one");
	assert_int_equal(account_find(&f->service, f->arena, STR("foo"), &user), ERR_OK);
	assert_int_equal(account_sessions(&f->service, f->arena, user.id, &sessions), ERR_OK);
	assert_int_equal(sessions.count, 1);
	sign_out(f);
	request(f, page_login, "/login", NULL, "username=foo&password=secret");
	expect_text(f, "Invalid password");
	request(f, page_login, "/login", NULL, "username=foo&password=new");
	expect_redirect(f, "/");
}

static void signing_out_everywhere_ends_this_session_too(void **state)
{
	struct fixture *f = *state;

	register_user(f, "foo");
	sign_in(f, "foo");
	request(f, page_sign_out_everywhere, "/settings/sign-out-everywhere", NULL, "");
	expect_redirect(f, "/public");
	expect_header(f, "Set-Cookie: " WEB_SESSION_COOKIE "=; ");
	request(f, page_home, "/", NULL, NULL);
	expect_redirect(f, "/public");
}

static void failed_sign_ins_are_slowed_down_by_name(void **state)
{
	struct fixture *f = *state;

	f->web.sign_in_failures = throttle_new(2, 60, 100);
	register_user(f, "foo");
	register_user(f, "bar");
	for (int i = 0; i < 2; i++) {
		request(f, page_login, "/login", NULL, "username=foo&password=wrong");
		expect_status(f, 200);
	}
	request(f, page_login, "/login", NULL, "username=FOO&password=secret");
	expect_status(f, 429);
	expect_header(f, "Retry-After: ");
	sign_in(f, "bar");
}

static void another_address_of_the_same_ipv6_network_gives_no_further_attempts(void **state)
{
	struct fixture *f = *state;

	f->web.sign_in_failures = throttle_new(2, 60, 100);
	f->web.registrations = throttle_new(1, 60, 100);
	f->peer = "2001:db8::1";
	register_user(f, "foo");
	f->peer = "2001:db8::2";
	request(f, page_register, "/register", NULL,
		"username=bar&email=a%40b&password=x&password2=x");
	expect_status(f, 429);
	request(f, page_login, "/login", NULL, "username=foo&password=wrong");
	f->peer = "2001:db8::ffff:1:2:3";
	request(f, page_login, "/login", NULL, "username=foo&password=wrong");
	expect_status(f, 200);
	f->peer = "2001:db8::3";
	request(f, page_login, "/login", NULL, "username=foo&password=secret");
	expect_status(f, 429);
	f->peer = "2001:db8:0:1::3";
	sign_in(f, "foo");
}

static void posts_and_registrations_have_their_rates(void **state)
{
	struct fixture *f = *state;

	f->web.registrations = throttle_new(1, 60, 100);
	f->web.posts = throttle_new(2, 60, 100);
	register_user(f, "foo");
	request(f, page_register, "/register", NULL,
		"username=bar&email=a%40b&password=x&password2=x");
	expect_status(f, 429);
	sign_in(f, "foo");
	post_text(f, "1");
	post_text(f, "");
	post_text(f, "2");
	request(f, page_add_message, "/add_message", NULL, "text=3");
	expect_status(f, 429);
	expect_header(f, "Retry-After: ");
}

static void every_page_carries_the_security_headers(void **state)
{
	struct fixture *f = *state;
	static web_handler *const handlers[] = {page_public, page_login_form, page_register_form,
						page_about, page_user};
	static const char *const headers[] = {
		"Content-Type: text/html; charset=utf-8\r\n",
		"Content-Security-Policy: default-src 'none'; style-src 'self'; ",
		"script-src 'self'; ",
		"form-action 'self'; frame-ancestors 'none'; base-uri 'none'\r\n",
		"X-Content-Type-Options: nosniff\r\n",
		"Referrer-Policy: ",
		"Permissions-Policy: ",
		"Cross-Origin-Opener-Policy: same-origin\r\n",
	};

	for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++) {
		request(f, handlers[i], "/x", "nobody", NULL);
		for (size_t k = 0; k < sizeof(headers) / sizeof(headers[0]); k++)
			expect_header(f, headers[k]);
		expect_no_text(f, "<style");
		expect_no_text(f, " style=");
		expect_no_text(f, " onclick");
	}
}

static void a_forged_flash_says_nothing_of_its_own(void **state)
{
	struct fixture *f = *state;
	static const char *const cookies[] = {
		"kinglet_flash=<b>x</b>",    "kinglet_flash=unknown", "kinglet_flash=follow.!!!",
		"kinglet_flash=follow.gICA", "kinglet_flash=.",	      "kinglet_flash=",
	};

	for (size_t i = 0; i < sizeof(cookies) / sizeof(cookies[0]); i++) {
		f->headers[f->header_count++] = (struct http_header){STR("Cookie"),
								     str_from_c(cookies[i])};
		request(f, page_about, "/about", NULL, NULL);
		expect_status(f, 200);
		expect_no_text(f, "class=\"flashes\"");
	}
}

static void a_flash_with_a_hostile_name_is_escaped(void **state)
{
	struct fixture *f = *state;

	/* base64url of <img src=x> */
	f->headers[f->header_count++] = (struct http_header){
		STR("Cookie"), STR("kinglet_flash=follow.PGltZyBzcmM9eD4")};
	request(f, page_about, "/about", NULL, NULL);
	expect_flash(f, "You are now following &#34;&lt;img src=x&gt;&#34;");
}

static void a_broken_form_is_a_bad_request(void **state)
{
	struct fixture *f = *state;

	request(f, page_login, "/login", NULL, "username=%ff&password=x");
	expect_status(f, 400);
	request(f, page_register, "/register", NULL, "username=%zz");
	expect_status(f, 400);
}

static void a_hostile_host_is_not_repeated(void **state)
{
	struct fixture *f = *state;

	f->headers[f->header_count++] = (struct http_header){STR("Host"),
							     STR("evil\"><script>.example")};
	request(f, page_about, "/about", NULL, NULL);
	expect_no_text(f, "evil");
	expect_text(f, "<link rel=\"canonical\" href=\"/about\">");
}

static void errors_need_neither_a_request_nor_a_store(void **state)
{
	struct fixture *f = *state;
	static const int statuses[] = {400, 401, 403, 404, 405, 408, 413, 414,
				       417, 429, 431, 500, 501, 503, 505, 418};

	f->web.service = NULL;
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		char code[8];

		page_error(&f->web, NULL, &f->res, statuses[i]);
		buf_clear(&f->body);
		buf_add(&f->body, buf_str(&f->res.body));
		expect_status(f, statuses[i]);
		snprintf(code, sizeof(code), ">%d<", statuses[i]);
		expect_text(f, code);
		expect_header(f, "Content-Security-Policy: ");
	}
	buf_release(&f->res.body);
	buf_init(&f->res.body, 100);
	page_error(&f->web, NULL, &f->res, 500);
	assert_true(str_eq(buf_str(&f->res.body), STR("500 Something broke here\n")));
	f->web.service = &f->service;
}

static void avatars_are_made_from_any_name(void **state)
{
	struct fixture *f = *state;

	request(f, page_avatar, "/avatar/x", "Ann <Bo>.svg", NULL);
	expect_status(f, 200);
	expect_header(f, "Content-Type: image/svg+xml\r\n");
	expect_header(f, "Cache-Control: public, max-age=31536000");
	expect_text(f, ">A&lt;</text></svg>");
	request(f, page_avatar, "/avatar/x", "Ann", NULL);
	expect_status(f, 404);
	f->web.config.gravatar = true;
	request(f, page_avatar, "/avatar/x", "nobody.svg", NULL);
	expect_status(f, 404);
	register_user(f, "foo");
	request(f, page_avatar, "/avatar/x", "foo.svg", NULL);
	/* SHA-256 of "a@b" */
	expect_redirect(f, "https://www.gravatar.com/avatar/"
			   "7508d8b5018ea640b85269861a101203f0c26900555268e930025dac844b0f35"
			   "?d=identicon&s=160");
	request(f, page_public, "/public", NULL, NULL);
	expect_header(f, "img-src 'self' data: https://www.gravatar.com;");
}

static void static_files_robots_and_favicon_are_served(void **state)
{
	struct fixture *f = *state;

	request(f, page_robots, "/robots.txt", NULL, NULL);
	expect_text(f, "User-agent: *\n");
	request(f, page_favicon, "/favicon.ico", NULL, NULL);
	expect_status(f, 200);
	expect_header(f, "Content-Type: image/x-icon\r\n");
	request(f, page_static, "/static/kinglet.css", "kinglet.css", NULL);
	expect_status(f, 200);
	expect_text(f, "prefers-color-scheme");
	request(f, page_static, "/static/x", "../VERSION", NULL);
	expect_status(f, 404);
}

#define PAGE_TEST(behaviour_as_a_sentence) \
	cmocka_unit_test_setup_teardown(behaviour_as_a_sentence, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PAGE_TEST(timelines_go_by_cursor_and_miss_nothing),
		PAGE_TEST(a_cursor_that_is_none_is_refused),
		PAGE_TEST(a_post_has_a_page_with_what_previews_need),
		PAGE_TEST(a_post_is_deleted_by_its_author_or_an_administrator_only),
		PAGE_TEST(lists_of_people_are_shown),
		PAGE_TEST(the_password_is_changed_and_other_sessions_end),
		PAGE_TEST(signing_out_everywhere_ends_this_session_too),
		PAGE_TEST(failed_sign_ins_are_slowed_down_by_name),
		PAGE_TEST(another_address_of_the_same_ipv6_network_gives_no_further_attempts),
		PAGE_TEST(posts_and_registrations_have_their_rates),
		PAGE_TEST(every_page_carries_the_security_headers),
		PAGE_TEST(a_forged_flash_says_nothing_of_its_own),
		PAGE_TEST(a_flash_with_a_hostile_name_is_escaped),
		PAGE_TEST(a_broken_form_is_a_bad_request),
		PAGE_TEST(a_hostile_host_is_not_repeated),
		PAGE_TEST(errors_need_neither_a_request_nor_a_store),
		PAGE_TEST(avatars_are_made_from_any_name),
		PAGE_TEST(static_files_robots_and_favicon_are_served),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
