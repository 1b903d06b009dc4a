/* router.h: which row of a table answers which path. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "http/router.h"

#define GET  HTTP_BIT(HTTP_GET)
#define POST HTTP_BIT(HTTP_POST)

struct row {
	struct route route;
	int number;
};

/* Captures stand before literals on purpose: the order of rows must not matter. */
static const struct row rows[] = {
	{{"/:username", GET}, 0},
	{{"/:username/follow", GET | POST}, 1},
	{{"/", GET}, 2},
	{{"/public", GET}, 3},
	{{"/msgs/:username", GET | POST}, 4},
	{{"/static/*rest", GET}, 5},
	{{"/login", GET}, 6},
	{{"/login", POST}, 7},
	{{"/static/special", GET}, 8},
	{{"/a/:x/b/:y", GET}, 9},
};
static const struct router router = {rows, sizeof(rows) / sizeof(rows[0]), sizeof(rows[0])};

static int route_of(enum http_method method, const char *path, struct http_request *req)
{
	unsigned allowed = 0;

	*req = (struct http_request){.method = method, .path = str_from_c(path)};
	switch (router_match(&router, req, &allowed)) {
	case ROUTER_FOUND:
		return ((const struct row *)req->route)->number;
	case ROUTER_NO_METHOD:
		return -2;
	default:
		return -1;
	}
}

static void each_path_goes_to_its_row(void **state)
{
	static const struct {
		enum http_method method;
		const char *path;
		int row;
	} cases[] = {
		{HTTP_GET, "/", 2},
		{HTTP_GET, "/public", 3},
		{HTTP_GET, "/ada", 0},
		{HTTP_GET, "/Ada Lovelace", 0},
		{HTTP_GET, "/publi", 0},
		{HTTP_GET, "/ada/follow", 1},
		{HTTP_POST, "/ada/follow", 1},
		{HTTP_GET, "/msgs/ada", 4},
		{HTTP_GET, "/msgs/follow", 4},
		{HTTP_GET, "/msgs", 0},
		{HTTP_GET, "/static/a/b.css", 5},
		{HTTP_GET, "/static/special", 8},
		{HTTP_GET, "/login", 6},
		{HTTP_POST, "/login", 7},
		{HTTP_GET, "/a/1/b/2", 9},
	};
	struct http_request req;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int got = route_of(cases[i].method, cases[i].path, &req);

		if (got != cases[i].row)
			fail_msg("%s: got row %d, wanted %d", cases[i].path, got, cases[i].row);
	}
}

static void a_path_that_no_row_has_is_not_found(void **state)
{
	static const char *const paths[] = {"/ada/",	 "//",	     "/ada/nothing",
					    "/msgs/",	 "/static/", "/a/1/b/",
					    "/msgs/a/b", "/public/", ""};
	struct http_request req;

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		int got = route_of(HTTP_GET, paths[i], &req);

		if (got != -1)
			fail_msg("%s: got row %d, wanted none", paths[i], got);
	}
}

static void captures_are_handed_over_in_order(void **state)
{
	struct http_request req;

	(void)state;
	assert_int_equal(route_of(HTTP_GET, "/a/one/b/two", &req), 9);
	assert_true(str_eq(req.params[0], STR("one")));
	assert_true(str_eq(req.params[1], STR("two")));
	assert_int_equal(route_of(HTTP_GET, "/static/a/b.css", &req), 5);
	assert_true(str_eq(req.params[0], STR("a/b.css")));
}

static void head_goes_where_get_goes(void **state)
{
	struct http_request req;

	(void)state;
	assert_int_equal(route_of(HTTP_HEAD, "/public", &req), 3);
}

static void a_method_that_the_path_does_not_have_is_told_apart(void **state)
{
	struct http_request req = {.method = HTTP_DELETE, .path = STR("/login")};
	struct buf allow = BUF_INIT(128);
	unsigned allowed = 0;

	(void)state;
	assert_int_equal(router_match(&router, &req, &allowed), ROUTER_NO_METHOD);
	assert_null(req.route);
	router_allow(allowed, &allow);
	assert_string_equal(buf_c(&allow), "GET, HEAD, POST");
	buf_release(&allow);
}

static void a_capturing_row_does_not_lend_its_methods_to_a_literal_one(void **state)
{
	static const struct row two[] = {{{"/:username", GET | POST}, 0}, {{"/public", GET}, 1}};
	static const struct router r = {two, 2, sizeof(two[0])};
	struct http_request req = {.method = HTTP_POST, .path = STR("/public")};
	unsigned allowed = 0;

	(void)state;
	assert_int_equal(router_match(&r, &req, &allowed), ROUTER_NO_METHOD);
	assert_int_equal(allowed, GET | HTTP_BIT(HTTP_HEAD));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_path_goes_to_its_row),
		cmocka_unit_test(a_path_that_no_row_has_is_not_found),
		cmocka_unit_test(captures_are_handed_over_in_order),
		cmocka_unit_test(head_goes_where_get_goes),
		cmocka_unit_test(a_method_that_the_path_does_not_have_is_told_apart),
		cmocka_unit_test(a_capturing_row_does_not_lend_its_methods_to_a_literal_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
