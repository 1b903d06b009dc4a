/* service/search.h: what a query says, and what is marked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/buf.h"
#include "model/id.h"
#include "service/search.h"

static struct arena *arena;

static int setup(void **state)
{
	(void)state;
	arena = arena_new(1 << 22);
	return arena ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static enum search_problem parse(const char *text, struct search_query *query)
{
	enum search_problem problem;

	assert_int_equal(search_parse(arena, str_from_c(text), query, &problem), ERR_OK);
	return problem;
}

/* The terms as one line: word_word #tag @author, each with '-' where it is excluded. */
static void check_says(const char *text, const char *wanted)
{
	struct buf got = BUF_INIT(10000);
	struct search_query query;

	parse(text, &query);
	for (size_t i = 0; i < query.count; i++) {
		const struct search_term *term = &query.terms[i];

		buf_add_c(&got, i ? " " : "");
		buf_add_c(&got, term->excluded ? "-" : "");
		for (size_t k = 0; k < term->word_count; k++)
			buf_printf(&got, "%s%.*s", k ? "_" : "", STR_ARG(term->words[k]));
		if (term->tag.len)
			buf_printf(&got, "#%.*s", STR_ARG(term->tag));
		if (query.authors[i].len)
			buf_printf(&got, "@%.*s", STR_ARG(query.authors[i]));
	}
	if (!str_eq(buf_str(&got), str_from_c(wanted)))
		fail_msg("%s: got %.*s, wanted %s", text, STR_ARG(buf_str(&got)), wanted);
	buf_release(&got);
}

static void a_query_is_words_phrases_tags_and_authors(void **state)
{
	(void)state;
	check_says("Hello  World", "hello world");
	check_says("\"red apple\" pie", "red_apple pie");
	check_says("“red apple” „pie”", "red_apple pie");
	check_says("\"left open", "left_open");
	check_says("-pie -\"red apple\" x", "-pie -red_apple x");
	check_says("#Cats -#dogs", "#cats -#dogs");
	check_says("from:ada FROM:\"Ada Lovelace\" -from:@bo x", "@ada @Ada Lovelace -@bo x");
	check_says("e-mail don't", "e_mail don_t");
	check_says("東京\u3000大阪", "東_京 大_阪");
	check_says("#1 & - -- ()", "1");
	check_says("from: since:", "from since");
	check_says("' OR 1=1; -- \" NEAR(x y) a* ^b", "or 1_1 near_x_y_a_b");
}

static void dates_bound_a_query_by_whole_days(void **state)
{
	struct search_query q;

	(void)state;
	assert_int_equal(parse("x since:2024-02-29 until:2024-02-29", &q), SEARCH_FINE);
	assert_int_equal(id_to_ms(q.from_id), INT64_C(1709164800000));
	assert_int_equal(id_to_ms(q.until_id), INT64_C(1709251199999));
	assert_int_equal(parse("x since:1970-01-01", &q), SEARCH_FINE);
	assert_int_equal(q.from_id, 0);
	assert_int_equal(parse("x until:2000-12-31", &q), SEARCH_FINE);
	assert_int_equal(id_to_ms(q.until_id), INT64_C(978307199999));
	assert_int_equal(parse("x since:2100-03-01", &q), SEARCH_FINE);
	assert_int_equal(id_to_ms(q.from_id), INT64_C(4107542400000));
}

static void what_is_wrong_with_a_query_is_said(void **state)
{
	static const struct {
		const char *text;
		enum search_problem wanted;
	} cases[] = {
		{"", SEARCH_EMPTY},
		{" !? ", SEARCH_EMPTY},
		{"-a -#b", SEARCH_NOTHING_WANTED},
		{"since:2024-01-01", SEARCH_NOTHING_WANTED},
		{"x since:2023-02-29", SEARCH_BAD_DATE},
		{"x since:2100-02-29", SEARCH_BAD_DATE},
		{"x until:2024-13-01", SEARCH_BAD_DATE},
		{"x until:2024-1-1", SEARCH_BAD_DATE},
		{"x since:1969-12-31", SEARCH_BAD_DATE},
		{"x since:yesterday", SEARCH_BAD_DATE},
		{"from:@", SEARCH_NOBODY},
		{"a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a",
		 SEARCH_TOO_MANY},
		{"from:ada", SEARCH_FINE},
	};
	struct search_query query;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum search_problem got = parse(cases[i].text, &query);

		if (got != cases[i].wanted)
			fail_msg("\"%s\": got %d, wanted %d", cases[i].text, got, cases[i].wanted);
		assert_int_equal(search_problem_text(got).len > 0, got != SEARCH_FINE);
	}
}

static void a_query_longer_than_the_limit_is_refused(void **state)
{
	char text[SEARCH_QUERY_MAX_BYTES + 2];
	struct search_query query;

	(void)state;
	memset(text, 'x', sizeof(text));
	text[SEARCH_QUERY_MAX_BYTES + 1] = '\0';
	assert_int_equal(parse(text, &query), SEARCH_TOO_LONG);
	text[SEARCH_QUERY_MAX_BYTES] = '\0';
	assert_int_equal(parse(text, &query), SEARCH_FINE);
}

/* The text with brackets around what is marked. */
static void check_marks(const char *query_text, const char *text, const char *wanted)
{
	struct str whole = str_from_c(text);
	struct buf got = BUF_INIT(10000);
	struct search_query query;
	struct search_marks marks;
	size_t at = 0;

	parse(query_text, &query);
	assert_int_equal(search_mark(arena, &query, whole, &marks), ERR_OK);
	for (size_t i = 0; i < marks.count; i++) {
		buf_add(&got, str_sub(whole, at, marks.items[i].offset - at));
		buf_printf(&got, "[%.*s]",
			   STR_ARG(str_sub(whole, marks.items[i].offset, marks.items[i].length)));
		at = marks.items[i].offset + marks.items[i].length;
	}
	buf_add(&got, str_sub(whole, at, whole.len));
	if (!str_eq(buf_str(&got), str_from_c(wanted)))
		fail_msg("%s: got %.*s, wanted %s", query_text, STR_ARG(buf_str(&got)), wanted);
	buf_release(&got);
}

static void what_was_looked_for_is_marked_as_it_was_written(void **state)
{
	(void)state;
	check_marks("cafe", "A Café, a café!", "A [Café], a [café]!");
	check_marks("\"red apple\"", "red, red apple, apple", "red, [red] [apple], apple");
	check_marks("red -apple", "red apple", "[red] apple");
	check_marks("#cats", "cats #Cats #dogs", "cats #[Cats] #dogs");
	check_marks("京", "東京都", "東[京]都");
	check_marks("none", "red", "red");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_query_is_words_phrases_tags_and_authors),
		cmocka_unit_test(dates_bound_a_query_by_whole_days),
		cmocka_unit_test(what_is_wrong_with_a_query_is_said),
		cmocka_unit_test(a_query_longer_than_the_limit_is_refused),
		cmocka_unit_test(what_was_looked_for_is_marked_as_it_was_written),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
