/* guard.h and routes.h: which requests a browser sent from elsewhere, and names that routes need.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "guard.h"
#include "service/account.h"

static void requests_from_other_sites_are_told_apart(void **state)
{
	static const struct {
		const char *site, *origin, *referer;
		bool cross;
	} cases[] = {
		{NULL, NULL, NULL, false},
		{"same-origin", NULL, NULL, false},
		{"none", NULL, NULL, false},
		{"same-site", NULL, NULL, true},
		{"cross-site", NULL, NULL, true},
		{"cross-site", "http://k.example", NULL, true},
		{NULL, "http://k.example", NULL, false},
		{NULL, "http://K.EXAMPLE", NULL, false},
		{NULL, "http://k.example:81", NULL, true},
		{NULL, "http://evil.example", NULL, true},
		{NULL, "http://k.example.evil.example", NULL, true},
		{NULL, "null", NULL, true},
		{NULL, "", NULL, true},
		{NULL, NULL, "http://k.example/public?x=1", false},
		{NULL, NULL, "https://k.example/", false},
		{NULL, NULL, "http://evil.example/http://k.example/", true},
		{NULL, NULL, "http:/k.example", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct http_header headers[4] = {{STR("Host"), STR("k.example")}};
		struct http_request req = {.headers = headers, .header_count = 1};

		if (cases[i].site)
			headers[req.header_count++] = (struct http_header){
				STR("sec-fetch-site"), str_from_c(cases[i].site)};
		if (cases[i].origin)
			headers[req.header_count++] = (struct http_header){
				STR("Origin"), str_from_c(cases[i].origin)};
		if (cases[i].referer)
			headers[req.header_count++] = (struct http_header){
				STR("Referer"), str_from_c(cases[i].referer)};
		if (guard_is_cross_site(&req) != cases[i].cross)
			fail_msg("case %zu: got %d, wanted %d", i, !cases[i].cross, cases[i].cross);
	}
}

static bool is_reserved(struct str segment)
{
	for (size_t i = 0; i < account_reserved_count; i++) {
		if (str_eq(segment, str_from_c(account_reserved_names[i])))
			return true;
	}
	return false;
}

static void first_segment_of_each_route_is_a_reserved_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < web_route_count; i++) {
		struct str rest = str_from_c(web_routes[i].route.pattern + 1), segment;

		if (!str_cut(&rest, '/', &segment) || segment.ptr[0] == ':')
			continue;
		if (!is_reserved(segment))
			fail_msg("/%.*s is a route, and its name could be registered",
				 STR_ARG(segment));
	}
}

static void each_post_route_of_the_pages_is_guarded_against_other_sites(void **state)
{
	(void)state;
	for (size_t i = 0; i < web_route_count; i++) {
		if (web_routes[i].route.methods & HTTP_BIT(HTTP_POST) &&
		    !(web_routes[i].flags & ROUTE_CHANGES))
			fail_msg("%s takes POST without ROUTE_CHANGES",
				 web_routes[i].route.pattern);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_from_other_sites_are_told_apart),
		cmocka_unit_test(first_segment_of_each_route_is_a_reserved_name),
		cmocka_unit_test(each_post_route_of_the_pages_is_guarded_against_other_sites),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
