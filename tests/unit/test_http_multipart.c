/* multipart.h: what a browser sends with a file, and what nobody should. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/buf.h"
#include "http/multipart.h"

#define TYPE		 "multipart/form-data; boundary=x"
#define PART(head, data) "--x\r\nContent-Disposition: form-data; " head "\r\n\r\n" data "\r\n"
#define END		 "--x--\r\n"

/* One character longer than a boundary may be (RFC 2046, section 5.1.1). */
#define LONG_BOUNDARY "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static void want(struct str got, const char *wanted, const char *what)
{
	if (!str_eq(got, str_from_c(wanted)))
		fail_msg("%s: got \"%.*s\", wanted \"%s\"", what, STR_ARG(got), wanted);
}

static void want_error(const char *type, struct str body, enum err wanted)
{
	struct multipart m;
	enum err got = multipart_parse(str_from_c(type), body, &m);

	if (got != wanted)
		fail_msg("%s\n%.*s: got %s, wanted %s", type, STR_ARG(body), err_text(got),
			 err_text(wanted));
}

static void a_form_of_a_browser_is_read(void **state)
{
	static const char body[] = "------WebKitFormBoundaryAB12\r\n"
				   "Content-Disposition: form-data; name=\"note\"\r\n\r\n"
				   "two\r\nlines\r\n"
				   "------WebKitFormBoundaryAB12\r\n"
				   "Content-Disposition: form-data; name=\"picture\"; "
				   "filename=\"s\xc3\xb8 %22x%22;.png\"\r\n"
				   "Content-Type: image/png\r\n\r\n"
				   "\x89PNG\r\n\x1a\n\0--\r\n--\r\n"
				   "------WebKitFormBoundaryAB12--\r\n";
	struct multipart m;
	const struct multipart_part *part;

	(void)state;
	assert_int_equal(
		multipart_parse(STR("multipart/form-data; boundary=----WebKitFormBoundaryAB12"),
				str_from(body, sizeof(body) - 1), &m),
		ERR_OK);
	assert_int_equal(m.count, 2);
	part = multipart_find(&m, "note");
	assert_non_null(part);
	want(part->data, "two\r\nlines", "the text");
	assert_null(part->file_name.ptr);
	part = multipart_find(&m, "picture");
	assert_non_null(part);
	want(part->file_name, "s\xc3\xb8 %22x%22;.png", "the file's name");
	want(part->type, "image/png", "the file's type");
	assert_true(str_eq(part->data, STR("\x89PNG\r\n\x1a\n\0--\r\n--")));
	assert_null(multipart_find(&m, "nobody"));
}

static void a_file_that_was_not_chosen_is_empty(void **state)
{
	struct multipart m;

	(void)state;
	assert_int_equal(multipart_parse(STR(TYPE), STR(PART("name=f; filename=\"\"", "") END), &m),
			 ERR_OK);
	assert_int_equal(m.count, 1);
	assert_int_equal(m.parts[0].data.len, 0);
	assert_int_equal(m.parts[0].file_name.len, 0);
	assert_non_null(m.parts[0].file_name.ptr);
}

static void types_may_be_written_otherwise(void **state)
{
	static const char *const types[] = {
		"Multipart/Form-Data;boundary=\"x\"",
		"multipart/form-data; charset=utf-8; Boundary=x",
		"multipart/form-data ; boundary=x ",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		want_error(types[i], STR(PART("name=a", "b") END), ERR_OK);
	want_error(TYPE, STR("--x--"), ERR_OK);
	want_error(
		TYPE,
		STR("--x\r\ncontent-disposition:FORM-DATA;name=\"a\"\r\nContent-Transfer-Encoding: "
		    "binary\r\nX-Other: y\r\n\r\nb\r\n--x--"),
		ERR_OK);
}

static void types_that_name_no_boundary_are_refused(void **state)
{
	static const char *const types[] = {
		"",
		"text/plain",
		"application/x-www-form-urlencoded; boundary=x",
		"multipart/form-datax; boundary=x",
		"multipart/form-data",
		"multipart/form-data; boundary",
		"multipart/form-data; boundary=",
		"multipart/form-data; boundary=\"\"",
		"multipart/form-data; boundary=\"x",
		"multipart/form-data; boundary=x; boundary=x",
		"multipart/form-data; boundary=\"x y\"",
		"multipart/form-data; boundary=x\"",
		"multipart/form-data, boundary=x",
		"multipart/form-data; boundary=\xc3\xb8",
		("multipart/form-data; boundary=" LONG_BOUNDARY),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		want_error(types[i], STR(PART("name=a", "b") END), ERR_INVALID);
}

static void bodies_that_no_form_has_are_refused(void **state)
{
	static const struct str bodies[] = {
		STR_INIT(""),
		STR_INIT("--x"),
		STR_INIT("--x-"),
		STR_INIT("--x\r\n"),
		STR_INIT("preamble\r\n" PART("name=a", "b") END),
		STR_INIT("\r\n" PART("name=a", "b") END),
		STR_INIT(PART("name=a", "b")),
		STR_INIT(PART("name=a", "b") "--x-"),
		STR_INIT(PART("name=a", "b") END "epilogue"),
		STR_INIT("--x \r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n" END),
		STR_INIT("--x\nContent-Disposition: form-data; name=a\n\nb\n" END),
		STR_INIT("--x\r\nContent-Disposition: form-data; name=a\r\n" END),
		STR_INIT("--x\r\nContent-Disposition: form-data; name=a\r\n\r\n" END),
		STR_INIT("--x\r\n\r\nb\r\n" END),
		STR_INIT("--x\r\nContent-Type: text/plain\r\n\r\nb\r\n" END),
		STR_INIT("--x\r\nContent-Disposition: attachment; name=a\r\n\r\nb\r\n" END),
		STR_INIT("--x\r\nContent-Disposition: form-data;\r\n name=a\r\n\r\nb\r\n" END),
		STR_INIT("--x\r\nContent-Disposition form-data; name=a\r\n\r\nb\r\n" END),
		STR_INIT(PART("filename=a", "b") END),
		STR_INIT(PART("name=", "b") END),
		STR_INIT(PART("name=\"\"", "b") END),
		STR_INIT(PART("name=\"a", "b") END),
		STR_INIT(PART("name=\"a\" b", "b") END),
		STR_INIT(PART("name=a; name=b", "b") END),
		STR_INIT(PART("name=a; filename=\"a\"; filename=\"b\"", "b") END),
		STR_INIT(PART("name=\"a\0b\"", "b") END),
		STR_INIT(PART("name=\"\xff\"", "b") END),
		STR_INIT(PART("name=\"a\"; filename=\"\xff\"", "b") END),
		STR_INIT(PART("name=a\r\nContent-Disposition: form-data; name=b", "b") END),
		STR_INIT(PART("name=a\r\nContent-Type: a/b\r\nContent-Type: a/b", "b") END),
		STR_INIT(PART("name=a\r\nContent-Transfer-Encoding: base64", "b") END),
		STR_INIT(PART("name=a\rX: y", "b") END),
		STR_INIT(PART("name=a", "b\r\n--xy") END),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		want_error(TYPE, bodies[i], ERR_INVALID);
}

static void parts_and_heads_have_limits(void **state)
{
	struct buf body = BUF_INIT(1 << 20);

	(void)state;
	for (int i = 0; i < MULTIPART_PARTS_MAX; i++)
		buf_add(&body, STR(PART("name=a", "b")));
	buf_add(&body, STR(END));
	want_error(TYPE, buf_str(&body), ERR_OK);
	buf_clear(&body);
	for (int i = 0; i <= MULTIPART_PARTS_MAX; i++)
		buf_add(&body, STR(PART("name=a", "b")));
	buf_add(&body, STR(END));
	want_error(TYPE, buf_str(&body), ERR_TOO_LARGE);
	buf_clear(&body);
	buf_add(&body, STR("--x\r\nContent-Disposition: form-data; name=a\r\nX: "));
	for (int i = 0; i < MULTIPART_HEAD_MAX_BYTES; i++)
		buf_add_char(&body, 'y');
	buf_add(&body, STR("\r\n\r\nb\r\n" END));
	want_error(TYPE, buf_str(&body), ERR_TOO_LARGE);
	buf_release(&body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_form_of_a_browser_is_read),
		cmocka_unit_test(a_file_that_was_not_chosen_is_empty),
		cmocka_unit_test(types_may_be_written_otherwise),
		cmocka_unit_test(types_that_name_no_boundary_are_refused),
		cmocka_unit_test(bodies_that_no_form_has_are_refused),
		cmocka_unit_test(parts_and_heads_have_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
