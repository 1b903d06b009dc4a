/* api/body.h and base/json.h: JSON that comes in, JSON that goes out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include "api/body.h"
#include "base/json.h"

#define ARENA_BYTES ((size_t)1 << 20)

static struct arena *arena;

/* Expects `text` to be refused with a problem that contains `words`. */
static void refuse(struct str text, const char *words)
{
	struct body_field fields[] = {{"a"}, {"b"}};
	const char *problem = "";

	if (body_read(arena, text, fields, 2, &problem))
		fail_msg("%.*s: was accepted, wanted: %s", STR_ARG(text), words);
	if (!strstr(problem, words))
		fail_msg("%.*s: got \"%s\", wanted \"%s\"", STR_ARG(text), problem, words);
}

/* Expects field "a" to be `wanted`. */
static void accept(struct str text, struct str wanted)
{
	struct body_field fields[] = {{"a"}, {"b"}};
	const char *problem = "";

	if (!body_read(arena, text, fields, 2, &problem))
		fail_msg("%.*s: got \"%s\", wanted it accepted", STR_ARG(text), problem);
	if (!str_eq(fields[0].value, wanted) || !fields[0].value.ptr != !wanted.ptr)
		fail_msg("%.*s: got \"%.*s\", wanted \"%.*s\"", STR_ARG(text),
			 STR_ARG(fields[0].value), STR_ARG(wanted));
}

static void text_stays_text(void **state)
{
	(void)state;
	accept(STR("{\"a\": \"007\"}"), STR("007"));
	accept(STR("{\"a\": \"0123\", \"c\": 5}"), STR("0123"));
	accept(STR(" {\"a\" : \"\\u00e9\\n\\\"\"} \r\n"), STR("é\n\""));
	accept(STR("{\"a\": \"\\ud83d\\ude00\"}"), STR("😀"));
	accept(STR("{\"a\": \"\"}"), STR(""));
}

static void a_field_that_is_missing_or_null_has_no_value(void **state)
{
	(void)state;
	accept(STR("{}"), str_from(NULL, 0));
	accept(STR("{\"a\": null}"), str_from(NULL, 0));
	accept(STR("{\"A\": \"x\"}"), str_from(NULL, 0));
}

static void a_field_that_is_no_text_is_refused_by_name(void **state)
{
	(void)state;
	refuse(STR("{\"a\": 7}"), "\"a\" must be a text");
	refuse(STR("{\"b\": true}"), "\"b\" must be a text");
	refuse(STR("{\"a\": [\"x\"]}"), "\"a\" must be a text");
	refuse(STR("{\"a\": {}}"), "\"a\" must be a text");
}

static void what_is_not_json_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		" ",
		"a=1",
		"{",
		"{\"a\": \"x\"",
		"{\"a\": \"x\"} x",
		"{\"a\": 'x'}",
		"{a: \"x\"}",
		"{\"a\": \"x\",}",
		"{\"a\": NaN}",
		"{\"a\": 01}",
		"{\"a\": \"\xff\"}",
		"{\"a\": \"\xed\xa0\x80\"}", /* a surrogate */
		"{\"a\": \"\\ud800\"}",
		"{\"a\": \"\xc0\xaf\"}", /* overlong */
		"{\"a\": \"line\nbreak\"}",
		"{\"a\": \"\\u0000\"}",
		"\xef\xbb\xbf{\"a\": \"x\"}",
		"{\"a\": 1e999}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		refuse(str_from_c(texts[i]), "The body is not valid JSON");
	refuse(STR("{\"a\": \"x\"}\0"), "The body is not valid JSON");
}

static void a_name_that_stands_twice_is_refused(void **state)
{
	(void)state;
	refuse(STR("{\"a\": \"x\", \"a\": \"y\"}"), "The body is not valid JSON");
}

static void what_is_not_an_object_is_refused(void **state)
{
	(void)state;
	refuse(STR("[]"), "must be a JSON object");
	refuse(STR("\"a\""), "must be a JSON object");
	refuse(STR("7"), "must be a JSON object");
	refuse(STR("null"), "must be a JSON object");
}

/* {"b": null, "c": [[[…]]], "a": "x"} with `depth` levels in all. */
static struct str nested(int depth)
{
	static char text[1 << 16];
	size_t len = (size_t)depth - 1;

	memcpy(text, "{\"c\": ", 6);
	memset(text + 6, '[', len);
	memset(text + 6 + len, ']', len);
	memcpy(text + 6 + 2 * len, ", \"a\": \"x\"}", 11);
	return str_from(text, 6 + 2 * len + 11);
}

static void nesting_is_bounded(void **state)
{
	(void)state;
	accept(nested(BODY_DEPTH_MAX), STR("x"));
	refuse(nested(BODY_DEPTH_MAX + 1), "nests too deeply");
	refuse(nested(30000), "nests too deeply");
	accept(STR("{\"a\": \"[[[[[[[[[[[[[[[[[[[[[[[[[[[\"}"), STR("[[[[[[[[[[[[[[[[[[[[[[[[[[["));
	accept(STR("{\"a\": \"\\\"[[[[[[[[[[[[[[[[[[[[\"}"), STR("\"[[[[[[[[[[[[[[[[[[[["));
}

static void text_is_written_escaped(void **state)
{
	static const struct {
		struct str text, json;
	} cases[] = {
		{STR_INIT(""), STR_INIT("\"\"")},
		{STR_INIT("plain é 😀 </script>"), STR_INIT("\"plain é 😀 </script>\"")},
		{STR_INIT("\"\\\b\f\n\r\t"), STR_INIT("\"\\\"\\\\\\b\\f\\n\\r\\t\"")},
		{STR_INIT("a\0b\x1f\x7f"), STR_INIT("\"a\\u0000b\\u001f\x7f\"")},
	};
	struct buf out = BUF_INIT(1000);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_clear(&out);
		json_string(&out, cases[i].text);
		if (!str_eq(buf_str(&out), cases[i].json))
			fail_msg("got %.*s, wanted %.*s", STR_ARG(buf_str(&out)),
				 STR_ARG(cases[i].json));
	}
	buf_release(&out);
}

static void what_is_written_can_be_read_again(void **state)
{
	char text[127 + 12];
	struct buf out = BUF_INIT(4096);

	(void)state;
	for (size_t i = 0; i < 127; i++)
		text[i] = (char)(i + 1);
	memcpy(text + 127, "ä\xe2\x80\xa8\xf0\x9f\x98\x80xyz", 12);
	buf_add_c(&out, "{\"a\": ");
	json_string(&out, str_from(text, sizeof(text)));
	buf_add_char(&out, '}');
	accept(buf_str(&out), str_from(text, sizeof(text)));
	buf_release(&out);
}

static int setup(void **state)
{
	(void)state;
	arena = arena_new(ARENA_BYTES);
	return arena ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_stays_text),
		cmocka_unit_test(a_field_that_is_missing_or_null_has_no_value),
		cmocka_unit_test(a_field_that_is_no_text_is_refused_by_name),
		cmocka_unit_test(what_is_not_json_is_refused),
		cmocka_unit_test(a_name_that_stands_twice_is_refused),
		cmocka_unit_test(what_is_not_an_object_is_refused),
		cmocka_unit_test(nesting_is_bounded),
		cmocka_unit_test(text_is_written_escaped),
		cmocka_unit_test(what_is_written_can_be_read_again),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
