/* asset.h: static files, against a table of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "http/asset.h"

const struct asset asset_table[] = {
	{"app.js", "app.11111111.js", "text/javascript; charset=utf-8", "\"1111\"",
	 STR_INIT("plain script"), STR_INIT("gzipped"), STR_INIT("br")},
	{"icon.png", "icon.22222222.png", "image/png", "\"2222\"", STR_INIT("picture"),
	 STR_INIT(""), STR_INIT("")},
	{"style.css", "style.33333333.css", "text/css; charset=utf-8", "\"3333\"",
	 STR_INIT("plain style"), STR_INIT("gz style"), STR_INIT("")},
};
const size_t asset_count = 3;

struct served {
	int status;
	struct str body;
	char headers[512];
};

static struct served serve(const char *name, bool by_fingerprint, const char *accept_encoding,
			   const char *if_none_match)
{
	struct http_header headers[2] = {
		{STR("Accept-Encoding"), str_from_c(accept_encoding)},
		{STR("If-None-Match"), str_from_c(if_none_match)},
	};
	struct http_request req = {.headers = headers, .header_count = 2};
	struct http_response res = {.status = 200, .headers = BUF_INIT(1024)};
	struct served out = {0};

	asset_serve(asset_find(str_from_c(name)), by_fingerprint, &req, &res);
	out.status = res.status;
	out.body = res.blob ? http_blob_str(res.blob) : STR("");
	snprintf(out.headers, sizeof(out.headers), "%s", buf_c(&res.headers));
	http_response_reset(&res, 0);
	buf_release(&res.headers);
	return out;
}

static void want_header(const struct served *got, const char *line, bool wanted)
{
	if ((strstr(got->headers, line) != NULL) != wanted)
		fail_msg("wanted %s \"%s\" in:\n%s", wanted ? "the line" : "no", line,
			 got->headers);
}

static void a_file_is_found_by_both_its_names(void **state)
{
	(void)state;
	assert_ptr_equal(asset_find(STR("style.css")), &asset_table[2]);
	assert_ptr_equal(asset_find(STR("style.33333333.css")), &asset_table[2]);
	assert_ptr_equal(asset_find(STR("app.js")), &asset_table[0]);
	assert_null(asset_find(STR("style.44444444.css")));
	assert_null(asset_find(STR("")));
}

static void templates_get_the_fingerprinted_address(void **state)
{
	(void)state;
	assert_true(str_eq(asset_url("icon.png"), STR("/static/icon.22222222.png")));
}

static void the_smallest_encoding_that_the_client_takes_is_sent(void **state)
{
	struct served br = serve("app.js", true, "gzip, br", "");
	struct served gzip = serve("app.js", true, "gzip, br;q=0", "");
	struct served plain = serve("app.js", true, "identity", "");
	struct served picture = serve("icon.png", true, "gzip, br", "");

	(void)state;
	assert_true(str_eq(br.body, STR("br")));
	want_header(&br, "Content-Encoding: br\r\n", true);
	want_header(&br, "Vary: Accept-Encoding\r\n", true);
	assert_true(str_eq(gzip.body, STR("gzipped")));
	want_header(&gzip, "Content-Encoding: gzip\r\n", true);
	assert_true(str_eq(plain.body, STR("plain script")));
	want_header(&plain, "Content-Encoding", false);
	want_header(&plain, "Vary: Accept-Encoding\r\n", true);
	assert_true(str_eq(picture.body, STR("picture")));
	want_header(&picture, "Vary", false);
	want_header(&picture, "Content-Type: image/png\r\n", true);
}

static void only_fingerprinted_names_may_be_kept_for_ever(void **state)
{
	struct served fingerprinted = serve("app.11111111.js", true, "", "");
	struct served plain = serve("app.js", false, "", "");

	(void)state;
	want_header(&fingerprinted, "Cache-Control: public, max-age=31536000, immutable\r\n", true);
	want_header(&plain, "Cache-Control: no-cache\r\n", true);
}

static void a_client_that_has_it_gets_304_for_that_encoding_only(void **state)
{
	struct served same = serve("style.css", false, "", "\"3333\"");
	struct served other = serve("style.css", false, "gzip", "\"3333\"");
	struct served gzip = serve("style.css", false, "gzip", "W/\"3333-gz\"");

	(void)state;
	assert_int_equal(same.status, 304);
	assert_int_equal(same.body.len, 0);
	want_header(&same, "ETag: \"3333\"\r\n", true);
	assert_int_equal(other.status, 200);
	assert_int_equal(gzip.status, 304);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_found_by_both_its_names),
		cmocka_unit_test(templates_get_the_fingerprinted_address),
		cmocka_unit_test(the_smallest_encoding_that_the_client_takes_is_sent),
		cmocka_unit_test(only_fingerprinted_names_may_be_kept_for_ever),
		cmocka_unit_test(a_client_that_has_it_gets_304_for_that_encoding_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
