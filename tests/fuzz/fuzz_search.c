/*
 * What is typed to search: whatever it is, an engine is asked in words of letters, marks and digits
 * between signs of our own, and marks lie within the text, one behind the other. The input is query
 * and text, a zero byte between.
 */
#include <stdint.h>
#include <stdlib.h>
#include "base/utf8.h"
#include "service/search.h"
#include "store/search_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* Between an opening and a closing sign there are tokens: no quote and no sign of the language. */
static void check_fts5(struct str query)
{
	bool inside = false;

	while (query.len) {
		int32_t point = utf8_next(&query);

		if (point == '"')
			inside = !inside;
		else if (inside)
			require(utf8_is_word(point) || point == ' ' || point == '#' ||
				point == '@' || point == '_');
		else
			require(point == ' ' || (point >= 'A' && point <= 'Z'));
	}
	require(!inside);
}

static void check_tsquery(struct str query)
{
	bool inside = false;

	while (query.len) {
		int32_t point = utf8_next(&query);

		if (point == '\'')
			inside = !inside;
		else if (inside)
			require(utf8_is_word(point) || point == '#' || point == '@' ||
				point == '_');
		else
			require(point == ' ' || point == '(' || point == ')' || point == '&' ||
				point == '!' || point == '<' || point == '-' || point == '>');
	}
	require(!inside);
}

static void check_marks(struct arena *a, const struct search_query *query, struct str text)
{
	struct search_marks marks;
	size_t end = 0;

	require(search_mark(a, query, text, &marks) == ERR_OK);
	for (size_t i = 0; i < marks.count; i++) {
		require(marks.items[i].offset >= end && marks.items[i].length > 0);
		end = marks.items[i].offset + marks.items[i].length;
	}
	require(end <= text.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = str_from((const char *)data, size), typed;
	struct arena *a = arena_new((size_t)64 << 20);
	enum search_problem problem;
	struct search_query query;

	str_cut(&text, '\0', &typed);
	if (a && utf8_valid(typed) && utf8_valid(text)) {
		require(search_parse(a, typed, &query, &problem) == ERR_OK);
		require(query.count <= SEARCH_TERMS_MAX);
		if (problem == SEARCH_FINE) {
			struct search_match match = {query.terms, query.count, 0, INT64_MAX};
			struct str fts5 = search_match_fts5(a, &match);
			struct str tsquery = search_match_tsquery(a, &match);

			require(fts5.ptr && tsquery.ptr);
			check_fts5(fts5);
			check_tsquery(tsquery);
			check_marks(a, &query, text);
		}
	}
	arena_free(a);
	return 0;
}
