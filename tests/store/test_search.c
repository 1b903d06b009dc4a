/* Posts by their words: store_search_posts(). Each engine must find the same. */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include "base/entity.h"
#include "base/word.h"
#include "model/id.h"
#include "store/search.h"

/*
 * A query as tests write it: words and "phrases" in it, -what must not be there, #tags, @author
 * ids.
 * '_' stands between the words of a phrase.
 */
static struct search_match match_of(const char *query)
{
	struct search_term *terms = arena_array(t.a, SEARCH_TERMS_MAX, sizeof(*terms));
	struct search_match match = {.terms = terms, .until_id = INT64_MAX};
	struct str rest = str_from_c(query), item;

	assert_non_null(terms);
	while (rest.len) {
		struct search_term *term = &terms[match.count++];
		struct word_list words;
		struct str *keys;

		str_cut(&rest, ' ', &item);
		term->excluded = str_starts_with(item, STR("-"));
		item = str_sub(item, term->excluded, item.len);
		if (item.ptr[0] == '#') {
			term->tag = entity_tag_key(t.a, str_sub(item, 1, item.len));
			continue;
		}
		if (item.ptr[0] == '@') {
			assert_true(str_to_i64(str_sub(item, 1, item.len), &term->author_id));
			continue;
		}
		assert_true(word_list(t.a, item, 100, &words));
		keys = arena_array(t.a, words.count, sizeof(*keys));
		for (size_t i = 0; i < words.count; i++)
			keys[i] = words.items[i].key;
		term->words = keys;
		term->word_count = words.count;
	}
	return match;
}

static struct post_list find_at(const char *query, struct cursor at, size_t limit)
{
	struct search_match match = match_of(query);
	struct post_list found = {0};

	CHECK_OK(store_search_posts(t.s, &match, at, limit, t.a, &found));
	return found;
}

/* The letters with which the posts found begin, newest first. */
static const char *found_by(const char *query)
{
	struct post_list found = find_at(query, (struct cursor){0}, 100);
	char *letters = arena_alloc(t.a, found.count + 1);

	for (size_t i = 0; i < found.count; i++)
		letters[i] = found.items[i].text.ptr[0];
	return letters;
}

static void check_finds(const char *query, const char *wanted)
{
	const char *got = found_by(query);

	if (strcmp(got, wanted) != 0)
		fail_msg("\"%s\": got %s, wanted %s", query, got, wanted);
}

static void words_are_found_however_they_are_written(void **state)
{
	int64_t author = add_user("anna");

	(void)state;
	add_post(author, "a The quick brown fox");
	add_post(author, "b CAFÉ cafe\xcc\x81 Straße");
	add_post(author, "c Ærø, Østergård & ÅRHUS");
	add_post(author, "d don't e-mail me: \"quoted\" 'single'");
	add_post(author, "e 東京へ行く ガイド");
	add_post(author, "f ﬁne ①st Ｆｕｌｌ");
	add_post(author, "g हिन्दी مرحبا Ελλάς");
	check_finds("quick", "a");
	check_finds("QUICK fox", "a");
	check_finds("cafe", "b");
	check_finds("Café", "b");
	check_finds("strasse", "b");
	check_finds("ostergard", "");
	check_finds("østergard", "c");
	check_finds("arhus", "c");
	check_finds("don't", "d");
	check_finds("e-mail", "d");
	check_finds("quoted", "d");
	check_finds("東京", "e");
	check_finds("京", "e");
	check_finds("京東", "");
	check_finds("ガイド", "e");
	check_finds("fine", "f");
	check_finds("full", "f");
	check_finds("हिन्दी", "g");
	check_finds("مرحبا", "g");
	check_finds("ΕΛΛΑΣ", "g");
	check_finds("nothing", "");
	check_finds("qui", "");
}

static void terms_phrases_and_exclusions_combine(void **state)
{
	int64_t author = add_user("anna");

	(void)state;
	add_post(author, "a red apple pie");
	add_post(author, "b apple red");
	add_post(author, "c red red red");
	add_post(author, "d pie red apple");
	check_finds("red", "dcba");
	check_finds("red apple", "dba");
	check_finds("red_apple", "da");
	check_finds("red_apple_pie", "a");
	check_finds("red -pie", "cb");
	check_finds("-pie red -red_red", "b");
	check_finds("apple -red_apple", "b");
	check_finds("red_red_red", "c");
	check_finds("red_red_red_red", "");
}

static void tags_and_authors_are_found_alone_and_with_words(void **state)
{
	int64_t anna = add_user("anna"), bo = add_user("bo");
	char query[64];

	(void)state;
	add_post(anna, "a #Cats sleep");
	add_post(bo, "b #cats and #dogs play");
	add_post(bo, "c cats without a sign, #snake_case");
	check_finds("#cats", "ba");
	check_finds("#CATS #dogs", "b");
	check_finds("cats", "cba");
	check_finds("cats -#cats", "c");
	check_finds("#snake_case", "c");
	check_finds("#snake", "");
	check_finds("snake_case", "c");
	snprintf(query, sizeof(query), "@%lld", (long long)bo);
	check_finds(query, "cb");
	snprintf(query, sizeof(query), "#cats -@%lld", (long long)bo);
	check_finds(query, "a");
	/* An id is no word, and no number is an author. */
	snprintf(query, sizeof(query), "%lld", (long long)bo);
	check_finds(query, "");
}

static void what_was_written_in_the_language_of_an_engine_is_text(void **state)
{
	int64_t author = add_user("anna");

	(void)state;
	add_post(author, "a ' \" \\ : * & | ! ( ) <-> AND OR NOT NEAR ^ {words} 'x':1 'y'");
	check_finds("AND", "a");
	check_finds("near", "a");
	check_finds("not", "a");
	check_finds("'x':1", "a");
	check_finds("\"words\"*", "a");
	check_finds("y'|!z", "");
}

static void only_posts_in_sight_are_found(void **state)
{
	int64_t anna = add_user("anna"), bo = add_user("bo");
	int64_t gone = add_post(anna, "a bird"), flagged = add_post(anna, "b bird");

	(void)state;
	add_post(bo, "c bird #wings");
	add_post(anna, "d bird");
	check_finds("bird", "dcba");
	CHECK_OK(store_post_delete(t.s, gone));
	check_finds("bird", "dcb");
	set_flagged(flagged, true);
	check_finds("bird", "dc");
	set_flagged(flagged, false);
	check_finds("bird", "dcb");
	CHECK_OK(store_user_delete(t.s, bo));
	check_finds("bird", "db");
	check_finds("#wings", "");
}

static void a_query_without_what_must_be_there_is_refused(void **state)
{
	struct search_match match = match_of("-a -b");
	struct post_list found;

	(void)state;
	add_post(add_user("anna"), "c");
	CHECK_ERR(store_search_posts(t.s, &match, (struct cursor){0}, 10, t.a, &found),
		  ERR_INVALID);
}

static void results_page_in_both_directions(void **state)
{
	int64_t author = add_user("anna"), ids[9];
	struct post_list page;

	(void)state;
	for (int i = 0; i < 9; i++) {
		ids[i] = add_post(author, i % 2 ? "odd one" : "even one");
		if (i == 4)
			set_flagged(ids[i], true);
	}
	/* even: 0 2 6 8 */
	page = find_at("even", (struct cursor){0}, 2);
	CHECK_I64(page.count, 2);
	CHECK_I64(page.items[0].id, ids[8]);
	CHECK_I64(page.items[1].id, ids[6]);
	CHECK_I64(page.older, true);
	CHECK_I64(page.newer, false);
	page = find_at("even", (struct cursor){CURSOR_BEFORE, ids[6]}, 2);
	CHECK_I64(page.count, 2);
	CHECK_I64(page.items[0].id, ids[2]);
	CHECK_I64(page.older, false);
	CHECK_I64(page.newer, true);
	page = find_at("even", (struct cursor){CURSOR_AFTER, ids[0]}, 2);
	CHECK_I64(page.count, 2);
	CHECK_I64(page.items[0].id, ids[6]);
	CHECK_I64(page.items[1].id, ids[2]);
	CHECK_I64(page.older, true);
	CHECK_I64(page.newer, true);
	page = find_at("even", (struct cursor){CURSOR_BEFORE, ids[0]}, 2);
	CHECK_I64(page.count, 0);
	CHECK_I64(page.newer, true);
}

static void a_time_bounds_what_is_found(void **state)
{
	int64_t author = add_user("anna"), ids[4];
	struct search_match match;
	struct post_list found;

	(void)state;
	for (int i = 0; i < 4; i++)
		ids[i] = add_post(author, "tick");
	match = match_of("tick");
	match.from_id = ids[1];
	match.until_id = ids[2];
	CHECK_OK(store_search_posts(t.s, &match, (struct cursor){0}, 10, t.a, &found));
	CHECK_I64(found.count, 2);
	CHECK_I64(found.items[0].id, ids[2]);
	CHECK_OK(store_search_posts(t.s, &match, (struct cursor){CURSOR_BEFORE, ids[2]}, 10, t.a,
				    &found));
	CHECK_I64(found.count, 1);
	CHECK_I64(found.items[0].id, ids[1]);
	CHECK_I64(found.newer, true);
	CHECK_I64(found.older, false);
	CHECK_OK(store_search_posts(t.s, &match, (struct cursor){CURSOR_BEFORE, ids[1]}, 10, t.a,
				    &found));
	CHECK_I64(found.count, 0);
}

static void loaded_posts_are_found(void **state)
{
	struct store_bulk *bulk;
	int64_t author = add_user("anna"), id;

	(void)state;
	CHECK_OK(store_bulk_begin(t.s, &bulk));
	CHECK_OK(store_bulk_post(bulk, author, STR("a old news #archive"), 1000, false, &id));
	CHECK_OK(store_bulk_post(bulk, author, STR("b older news"), 500, false, &id));
	CHECK_OK(store_bulk_post(bulk, author, STR("c news flagged"), 2000, true, &id));
	CHECK_OK(store_bulk_commit(bulk));
	check_finds("news", "ab");
	check_finds("#archive", "a");
}

static void filling_finds_nothing_to_do_and_changes_nothing(void **state)
{
	int64_t author = add_user("anna");
	bool more = true;

	(void)state;
	for (int i = 0; i < 250; i++)
		add_post(author, "many");
	while (more)
		CHECK_OK(store_search_fill(t.s, &more));
	CHECK_I64(find_at("many", (struct cursor){0}, 1000).count, 250);
}

static void a_long_text_is_found_by_its_first_words(void **state)
{
	struct buf text = BUF_INIT(20000);

	(void)state;
	buf_add_c(&text, "a");
	for (int i = 2; i <= SEARCH_WORDS_MAX + 1; i++)
		buf_printf(&text, " w%d", i);
	add_post(add_user("anna"), buf_c(&text));
	check_finds("w2 w1000", "a");
	check_finds("w1001", "");
	buf_release(&text);
}

static size_t count_people(const char *prefix, int64_t viewer, bool followed, const char *first)
{
	struct user_list found = {0};

	CHECK_OK(store_search_people(t.s, str_from_c(prefix), viewer, followed, 10, t.a, &found));
	if (found.count)
		CHECK_STR(found.items[0].name, first);
	return found.count;
}

static void people_are_found_by_the_beginning_of_their_names(void **state)
{
	int64_t anna = add_user("anna"), ann = add_user("ann"), bo = add_user("bo");

	(void)state;
	add_user("ænn");
	add_follow(bo, anna);
	CHECK_I64(count_people("ann", 0, false, "ann"), 2);
	CHECK_I64(count_people("anna", 0, false, "anna"), 1);
	CHECK_I64(count_people("æ", 0, false, "ænn"), 1);
	CHECK_I64(count_people("c", 0, false, ""), 0);
	CHECK_I64(count_people("ann", bo, true, "anna"), 1);
	CHECK_I64(count_people("ann", ann, true, ""), 0);
}

static const struct CMUnitTest tests[] = {
	STORE_TEST(words_are_found_however_they_are_written),
	STORE_TEST(terms_phrases_and_exclusions_combine),
	STORE_TEST(tags_and_authors_are_found_alone_and_with_words),
	STORE_TEST(what_was_written_in_the_language_of_an_engine_is_text),
	STORE_TEST(only_posts_in_sight_are_found),
	STORE_TEST(a_query_without_what_must_be_there_is_refused),
	STORE_TEST(results_page_in_both_directions),
	STORE_TEST(a_time_bounds_what_is_found),
	STORE_TEST(loaded_posts_are_found),
	STORE_TEST(filling_finds_nothing_to_do_and_changes_nothing),
	STORE_TEST(people_are_found_by_the_beginning_of_their_names),
	STORE_TEST(a_long_text_is_found_by_its_first_words),
};
STORE_TESTS_MAIN(tests)
