/* http.h, cookie.h, basic.h: what headers say, and what may be written into them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "http/basic.h"
#include "http/cookie.h"
#include "http/http.h"

#define REQUEST(...)                                                                \
	(&(struct http_request){                                                    \
		.headers = (const struct http_header[]){__VA_ARGS__},               \
		.header_count = sizeof((const struct http_header[]){__VA_ARGS__}) / \
				sizeof(struct http_header),                         \
		.arena = *state,                                                    \
	})
#define HEADER(name, value)                     \
	{                                       \
		STR_INIT(name), STR_INIT(value) \
	}

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

static struct http_response response(void)
{
	return (struct http_response){
		.status = 200, .headers = BUF_INIT(1024), .body = BUF_INIT(1024)};
}

static void headers_are_found_without_regard_to_case(void **state)
{
	struct http_request *req = REQUEST(HEADER("hOsT", "a"), HEADER("Host", "b"));

	assert_true(str_eq(http_header_find(req, "Host"), STR("a")));
	assert_null(http_header_find(req, "Hos").ptr);
}

static void a_header_value_cannot_begin_another_header(void **state)
{
	static const struct str refused[] = {STR_INIT("a\r\nX: y"), STR_INIT("a\nb"),
					     STR_INIT("a\rb"), STR_INIT("a\0b")};

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct http_response res = response();

		http_response_header(&res, "X-A", STR("fine"));
		http_response_header(&res, "Location", refused[i]);
		assert_false(buf_ok(&res.headers));
		assert_true(str_eq(buf_str(&res.headers), STR("X-A: fine\r\n")));
		http_response_reset(&res, 500);
		assert_true(buf_ok(&res.headers));
		buf_release(&res.headers);
	}
}

static void a_reset_response_holds_nothing_of_before(void **state)
{
	struct http_response res = response();

	(void)state;
	http_response_header(&res, "X-A", STR("a"));
	buf_add_c(&res.body, "text");
	res.blob = http_blob_new("shared", 6);
	http_response_reset(&res, 404);
	assert_int_equal(res.status, 404);
	assert_int_equal(res.headers.len, 0);
	assert_int_equal(res.body.len, 0);
	assert_null(res.blob);
	buf_release(&res.headers);
	buf_release(&res.body);
}

static void a_blob_lives_until_its_last_reference_is_gone(void **state)
{
	static const char text[] = "static";
	struct http_blob *copy = http_blob_new("copied", 6), *fixed = http_blob_static(text, 6);

	(void)state;
	assert_ptr_equal(http_blob_ref(copy), copy);
	http_blob_unref(copy);
	assert_true(str_eq(http_blob_str(copy), STR("copied")));
	http_blob_unref(copy);
	assert_ptr_equal(http_blob_str(fixed).ptr, text);
	http_blob_unref(fixed);
	http_blob_unref(NULL);
}

static void accept_encoding_is_read_with_its_weights(void **state)
{
	static const struct {
		struct http_header header;
		int gzip, br;
	} cases[] = {
		{HEADER("Accept-Encoding", "gzip, deflate, br"), 1000, 1000},
		{HEADER("accept-encoding", "GZIP;q=0.5"), 500, 0},
		{HEADER("Accept-Encoding", "gzip;q=0, br;q=0.001"), 0, 1},
		{HEADER("Accept-Encoding", "*"), 1000, 1000},
		{HEADER("Accept-Encoding", "gzip;q=0, *"), 0, 1000},
		{HEADER("Accept-Encoding", "*;q=0, gzip ; q=1.000"), 1000, 0},
		{HEADER("Accept-Encoding", "identity"), 0, 0},
		{HEADER("Accept-Encoding", ""), 0, 0},
		{HEADER("Accept-Encoding", "gzip;q=2"), 0, 0},
		{HEADER("Accept-Encoding", "gzip;q=bad, br;q=0.1234"), 0, 0},
		{HEADER("Accept-Encoding", "gzipped, xbr"), 0, 0},
		{HEADER("Accept", "gzip"), 0, 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct http_request *req = REQUEST(cases[i].header);
		int gzip = http_encoding_quality(req, "gzip");
		int br = http_encoding_quality(req, "br");

		if (gzip != cases[i].gzip || br != cases[i].br)
			fail_msg("\"%.*s\": got gzip %d and br %d, wanted %d and %d",
				 STR_ARG(cases[i].header.value), gzip, br, cases[i].gzip,
				 cases[i].br);
	}
}

static void an_etag_matches_weakly_in_any_if_none_match(void **state)
{
	struct http_request *two = REQUEST(HEADER("If-None-Match", "\"x\", W/\"a\""),
					   HEADER("If-None-Match", "\"b\""));

	assert_true(http_etag_matches(two, STR("\"a\"")));
	assert_true(http_etag_matches(two, STR("W/\"b\"")));
	assert_false(http_etag_matches(two, STR("\"c\"")));
	assert_true(http_etag_matches(REQUEST(HEADER("If-None-Match", "*")), STR("\"c\"")));
	assert_false(http_etag_matches(REQUEST(HEADER("If-Match", "*")), STR("\"c\"")));
}

static void the_first_cookie_of_a_name_is_found_in_any_header(void **state)
{
	struct http_request *req = REQUEST(HEADER("Cookie", "a=1; session=; xb=9;flag"),
					   HEADER("cookie", " b = two words ;b=3; pad=eA=="));

	assert_true(str_eq(cookie_find(req, "a"), STR("1")));
	assert_true(str_eq(cookie_find(req, "b"), STR("two words")));
	assert_true(str_eq(cookie_find(req, "pad"), STR("eA==")));
	assert_non_null(cookie_find(req, "session").ptr);
	assert_int_equal(cookie_find(req, "session").len, 0);
	assert_null(cookie_find(req, "flag").ptr);
	assert_null(cookie_find(req, "A").ptr);
}

static void a_cookie_is_for_the_site_and_out_of_reach_of_scripts(void **state)
{
	struct http_request plain = {0}, tls = {.secure = true};
	struct http_response res = response();

	(void)state;
	cookie_set(&plain, &res, "session", STR("abc"), -1);
	cookie_set(&tls, &res, "session", STR(""), 0);
	assert_string_equal(buf_c(&res.headers),
			    "Set-Cookie: session=abc; Path=/; HttpOnly; SameSite=Lax\r\n"
			    "Set-Cookie: session=; Path=/; HttpOnly; SameSite=Lax; Secure; "
			    "Max-Age=0\r\n");
	buf_release(&res.headers);
}

static void a_cookie_value_that_would_add_attributes_is_refused(void **state)
{
	static const char *const refused[] = {"a;b", "a b", "a\r\nb", "a\"b", "a,b", "\xc3\xa5"};
	struct http_request req = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct http_response res = response();

		cookie_set(&req, &res, "c", str_from_c(refused[i]), -1);
		if (buf_ok(&res.headers) || res.headers.len)
			fail_msg("\"%s\" was set", refused[i]);
		buf_release(&res.headers);
	}
}

/* The first is the example of RFC 7617 §2. */
static void basic_credentials_are_read(void **state)
{
	struct str name, password;

	assert_true(
		basic_parse(REQUEST(HEADER("Authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")),
			    &name, &password));
	assert_true(str_eq(name, STR("Aladdin")));
	assert_true(str_eq(password, STR("open sesame")));
	assert_true(basic_parse(REQUEST(HEADER("authorization", "bASIC   YTpiOmM=")), &name,
				&password));
	assert_true(str_eq(name, STR("a")));
	assert_true(str_eq(password, STR("b:c")));
	assert_true(basic_parse(REQUEST(HEADER("Authorization", "Basic Og==")), &name, &password));
	assert_int_equal(name.len + password.len, 0);
}

static void what_is_not_basic_credentials_is_refused(void **state)
{
	static const struct http_header refused[] = {
		HEADER("Authorization", ""),
		HEADER("Authorization", "Basic"),
		HEADER("Authorization", "Basic "),
		HEADER("Authorization", "Bearer YTpi"),
		HEADER("Authorization", "Basic YTpi!"),
		HEADER("Authorization", "Basic YTp"),
		HEADER("Authorization", "Basic YWI="),
		HEADER("Proxy-Authorization", "Basic YTpi"),
	};
	struct str name, password;

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (basic_parse(REQUEST(refused[i]), &name, &password))
			fail_msg("\"%.*s\" was read", STR_ARG(refused[i].value));
	}
}

static void every_status_in_use_has_its_reason(void **state)
{
	(void)state;
	assert_string_equal(http_reason(200), "OK");
	assert_string_equal(http_reason(431), "Request Header Fields Too Large");
	assert_string_equal(http_reason(299), "Unknown");
	assert_string_equal(http_reason(-1), "Unknown");
	assert_string_equal(http_reason(100000), "Unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_are_found_without_regard_to_case),
		cmocka_unit_test(a_header_value_cannot_begin_another_header),
		cmocka_unit_test(a_reset_response_holds_nothing_of_before),
		cmocka_unit_test(a_blob_lives_until_its_last_reference_is_gone),
		cmocka_unit_test(accept_encoding_is_read_with_its_weights),
		cmocka_unit_test(an_etag_matches_weakly_in_any_if_none_match),
		cmocka_unit_test(the_first_cookie_of_a_name_is_found_in_any_header),
		cmocka_unit_test(a_cookie_is_for_the_site_and_out_of_reach_of_scripts),
		cmocka_unit_test(a_cookie_value_that_would_add_attributes_is_refused),
		cmocka_unit_test(basic_credentials_are_read),
		cmocka_unit_test(what_is_not_basic_credentials_is_refused),
		cmocka_unit_test(every_status_in_use_has_its_reason),
	};

	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
