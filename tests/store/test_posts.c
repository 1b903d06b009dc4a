/* Posts one by one: store_post_*(). */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include "base/clock.h"

static struct post get_post(int64_t id)
{
	struct post post = {0};

	CHECK_OK(store_post_get(t.s, id, t.a, &post));
	return post;
}

static void a_post_is_found_as_it_was_written(void **state)
{
	static const char *const texts[] = {
		"hello",
		"two\nlines & <tags> \"quoted\"",
		"\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x9a\x80 \xe6\x97\xa5\xe6\x9c\xac",
		"0123",
		" spaces ",
		"",
	};
	int64_t author = add_user("anna");
	int64_t before_ms = clock_now_ms();

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct post made = {0}, found;

		CHECK_OK(store_post_create(
			t.s, &(struct post_new){.author_id = author, .text = str_from_c(texts[i])},
			&made));
		found = get_post(made.id);
		CHECK_STR(found.text, texts[i]);
		CHECK_STR(found.author_name, "anna");
		CHECK_I64(found.id, made.id);
		CHECK_I64(found.author_id, author);
		CHECK_I64(made.author_id, author);
		CHECK_I64(found.created_ms, made.created_ms);
		assert_in_range(found.created_ms, before_ms, clock_now_ms());
		CHECK_I64(found.flagged, false);
		CHECK_I64(made.text.len, 0);
	}
}

static void a_long_text_is_kept_whole(void **state)
{
	size_t len = 16384;
	char *text = malloc(len + 1);
	int64_t id;

	(void)state;
	memset(text, 'a', len);
	text[len] = '\0';
	id = add_post(add_user("anna"), text);
	CHECK_STR(get_post(id).text, text);
	free(text);
}

static void a_post_without_an_author_is_refused_and_changes_nothing(void **state)
{
	int64_t author = add_user("anna");
	struct post out = {.id = 42};

	(void)state;
	CHECK_ERR(store_post_create(
			  t.s, &(struct post_new){.author_id = author + 1, .text = STR("x")}, &out),
		  ERR_NOT_FOUND);
	CHECK_ERR(
		store_post_create(t.s, &(struct post_new){.author_id = 0, .text = STR("x")}, &out),
		ERR_NOT_FOUND);
	CHECK_I64(out.id, 42);
	CHECK_I64(get_totals().posts, 0);
	CHECK_I64(get_user(author).post_count, 0);
}

static void a_deleted_post_is_gone_and_counted_no_more(void **state)
{
	int64_t author = add_user("anna");
	int64_t one = add_post(author, "one"), two = add_post(author, "two");
	struct post post = {.id = 42};

	(void)state;
	CHECK_I64(get_user(author).post_count, 2);
	CHECK_OK(store_post_delete(t.s, one));
	CHECK_ERR(store_post_get(t.s, one, t.a, &post), ERR_NOT_FOUND);
	CHECK_I64(post.id, 42);
	CHECK_ERR(store_post_delete(t.s, one), ERR_NOT_FOUND);
	CHECK_I64(get_user(author).post_count, 1);
	CHECK_I64(get_totals().posts, 1);
	/* A flagged one was not counted, so its end counts nothing either. */
	set_flagged(two, true);
	CHECK_I64(get_user(author).post_count, 0);
	CHECK_OK(store_post_delete(t.s, two));
	CHECK_I64(get_user(author).post_count, 0);
	CHECK_I64(get_totals().posts, 0);
}

static void flags_are_set_on_all_or_none(void **state)
{
	int64_t author = add_user("anna");
	int64_t ids[4] = {add_post(author, "a"), add_post(author, "b"), 12345,
			  add_post(author, "c")};
	int64_t missing = 0;

	(void)state;
	CHECK_ERR(store_post_set_flagged(t.s, ids, 4, true, &missing), ERR_NOT_FOUND);
	CHECK_I64(missing, 12345);
	CHECK_ERR(store_post_set_flagged(t.s, ids, 4, true, NULL), ERR_NOT_FOUND);
	for (int i = 0; i < 4; i++) {
		if (i != 2)
			CHECK_I64(get_post(ids[i]).flagged, false);
	}
	CHECK_I64(get_totals().posts, 3);
	CHECK_OK(store_post_set_flagged(t.s, ids, 2, true, &missing));
	CHECK_I64(get_post(ids[0]).flagged, true);
	CHECK_I64(get_post(ids[1]).flagged, true);
	CHECK_I64(get_post(ids[3]).flagged, false);
	CHECK_I64(get_totals().posts, 1);
	CHECK_I64(get_user(author).post_count, 1);
	CHECK_OK(store_post_set_flagged(t.s, ids, 0, true, NULL));
}

static void a_flag_set_twice_counts_once_and_can_be_taken_back(void **state)
{
	int64_t author = add_user("anna");
	int64_t id = add_post(author, "a");
	int64_t same[3] = {id, id, id};

	(void)state;
	CHECK_OK(store_post_set_flagged(t.s, same, 3, true, NULL));
	set_flagged(id, true);
	CHECK_I64(get_user(author).post_count, 0);
	CHECK_I64(get_totals().posts, 0);
	CHECK_OK(store_post_set_flagged(t.s, same, 3, false, NULL));
	set_flagged(id, false);
	CHECK_I64(get_user(author).post_count, 1);
	CHECK_I64(get_totals().posts, 1);
	fixture_reopen();
	CHECK_I64(get_totals().posts, 1);
}

static void all_posts_are_listed_oldest_first_with_the_flagged_ones(void **state)
{
	int64_t author = add_user("anna"), ids[5], after = 0;
	struct post_list list;
	size_t seen = 0;

	(void)state;
	for (int i = 0; i < 5; i++)
		ids[i] = add_post(author, "x");
	set_flagged(ids[3], true);
	for (;;) {
		CHECK_OK(store_post_list_all(t.s, after, 2, t.a, &list));
		if (list.count == 0)
			break;
		for (size_t i = 0; i < list.count; i++) {
			CHECK_I64(list.items[i].flagged, seen == 3);
			CHECK_I64(list.items[i].id, ids[seen++]);
		}
		after = list.items[list.count - 1].id;
	}
	CHECK_I64(seen, 5);
}

static const struct CMUnitTest tests[] = {
	STORE_TEST(a_post_is_found_as_it_was_written),
	STORE_TEST(a_long_text_is_kept_whole),
	STORE_TEST(a_post_without_an_author_is_refused_and_changes_nothing),
	STORE_TEST(a_deleted_post_is_gone_and_counted_no_more),
	STORE_TEST(flags_are_set_on_all_or_none),
	STORE_TEST(a_flag_set_twice_counts_once_and_can_be_taken_back),
	STORE_TEST(all_posts_are_listed_oldest_first_with_the_flagged_ones),
};

STORE_TESTS_MAIN(tests)
