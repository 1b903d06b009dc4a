/* Answers, likes, warnings and keys: store_reply_list(), store_post_marks(), store_like_set(). */
#include "fixture.h"

static int64_t answer(int64_t author_id, int64_t reply_to, const char *text)
{
	struct post post = {0};

	CHECK_OK(store_post_create(t.s,
				   &(struct post_new){.author_id = author_id,
						      .text = str_from_c(text),
						      .reply_to = reply_to},
				   &post));
	return post.id;
}

static struct post marked(int64_t viewer_id, int64_t id)
{
	struct post post = {.id = id};

	CHECK_OK(store_post_marks(t.s, viewer_id, &post, 1));
	return post;
}

static void an_answer_knows_what_it_answers_and_whom(void **state)
{
	int64_t anna = add_user("anna"), bo = add_user("bo");
	int64_t first = add_post(anna, "first"), second = answer(bo, first, "second");
	struct post post = {0};
	struct post_list home = {0};

	(void)state;
	CHECK_OK(store_post_get(t.s, second, t.a, &post));
	CHECK_I64(post.reply_to, first);
	CHECK_STR(post.reply_to_name, "anna");
	/* In a timeline that is kept in memory too, and once what it answers is gone. */
	for (int i = 0; i < 2; i++) {
		CHECK_OK(store_timeline_home(t.s, bo, (struct cursor){0}, 10, t.a, &home));
		CHECK_I64(home.count, 1);
		CHECK_I64(home.items[0].reply_to, first);
		CHECK_STR(home.items[0].reply_to_name, "anna");
	}
	CHECK_OK(store_post_delete(t.s, first));
	CHECK_OK(store_timeline_home(t.s, bo, (struct cursor){0}, 10, t.a, &home));
	CHECK_I64(home.items[0].reply_to, first);
	CHECK_STR(home.items[0].reply_to_name, "");
}

static void answers_come_oldest_first_in_pages_without_the_flagged(void **state)
{
	int64_t anna = add_user("anna"), post = add_post(anna, "post"), ids[5], after = 0;
	struct post_list list = {0};
	size_t seen = 0;

	(void)state;
	add_post(anna, "no answer");
	for (int i = 0; i < 5; i++)
		ids[i] = answer(anna, post, "x");
	answer(anna, ids[0], "an answer's answer");
	set_flagged(ids[3], true);
	CHECK_I64(marked(0, post).reply_count, 4);
	do {
		CHECK_OK(store_reply_list(t.s, post, after, 2, t.a, &list));
		for (size_t i = 0; i < list.count; i++) {
			CHECK_I64(list.items[i].id, ids[seen < 3 ? seen : seen + 1]);
			seen++;
		}
		after = list.items[list.count - 1].id;
	} while (list.newer);
	CHECK_I64(seen, 4);
	CHECK_OK(store_reply_list(t.s, 0, 0, 2, t.a, &list));
	CHECK_I64(list.count, 0); /* what answers nothing is no answer to a post 0 */
}

static void nobody_answers_what_is_gone_or_flagged(void **state)
{
	int64_t anna = add_user("anna"), post = add_post(anna, "post");
	struct post out = {.id = 42};
	const struct post_new gone = {.author_id = anna, .text = STR("x"), .reply_to = post + 1};
	const struct post_new hidden = {.author_id = anna, .text = STR("x"), .reply_to = post};

	(void)state;
	CHECK_ERR(store_post_create(t.s, &gone, &out), ERR_NOT_FOUND);
	set_flagged(post, true);
	CHECK_ERR(store_post_create(t.s, &hidden, &out), ERR_NOT_FOUND);
	CHECK_I64(out.id, 42);
	CHECK_I64(get_totals().posts, 0);
	CHECK_I64(get_user(anna).post_count, 0);
}

static void a_like_counts_once_and_goes_with_person_and_post(void **state)
{
	int64_t anna = add_user("anna"), bo = add_user("bo"), cy = add_user("cy");
	int64_t post = add_post(anna, "post"), other = add_post(anna, "other");

	(void)state;
	CHECK_I64(marked(bo, post).like_count, 0);
	CHECK_OK(store_like_set(t.s, bo, post, true));
	CHECK_OK(store_like_set(t.s, bo, post, true));
	CHECK_OK(store_like_set(t.s, cy, post, true));
	CHECK_I64(marked(bo, post).like_count, 2);
	CHECK_I64(marked(bo, post).liked, true);
	CHECK_I64(marked(anna, post).liked, false);
	CHECK_I64(marked(0, post).liked, false);
	CHECK_I64(marked(bo, other).like_count, 0);
	CHECK_OK(store_like_set(t.s, cy, post, false));
	CHECK_OK(store_like_set(t.s, cy, post, false));
	CHECK_I64(marked(cy, post).like_count, 1);
	CHECK_I64(marked(cy, post).liked, false);
	CHECK_OK(store_user_delete(t.s, bo));
	CHECK_I64(marked(anna, post).like_count, 0);
	CHECK_OK(store_like_set(t.s, cy, post, true));
	CHECK_OK(store_post_delete(t.s, post));
	CHECK_ERR(store_like_set(t.s, cy, post, true), ERR_NOT_FOUND);
	CHECK_OK(store_like_set(t.s, cy, post, false));
	CHECK_OK(store_like_set(t.s, cy, other, true));
	CHECK_OK(store_user_delete(t.s, anna)); /* whose posts others like */
}

static void what_is_flagged_or_of_nobody_cannot_be_liked(void **state)
{
	int64_t anna = add_user("anna"), post = add_post(anna, "post");

	(void)state;
	CHECK_ERR(store_like_set(t.s, anna + 1, post, true), ERR_NOT_FOUND);
	CHECK_ERR(store_like_set(t.s, anna, post + 1, true), ERR_NOT_FOUND);
	set_flagged(post, true);
	CHECK_ERR(store_like_set(t.s, anna, post, true), ERR_NOT_FOUND);
	CHECK_I64(marked(anna, post).like_count, 0);
}

static void marks_are_those_of_each_post_of_a_page(void **state)
{
	int64_t anna = add_user("anna"), bo = add_user("bo");
	int64_t ids[3] = {add_post(anna, "a"), add_post(anna, "b"), add_post(anna, "c")};
	struct post page[3] = {{.id = ids[2]}, {.id = ids[1]}, {.id = ids[0]}};
	uint64_t version = store_version(t.s);

	(void)state;
	CHECK_OK(store_like_set(t.s, bo, ids[0], true));
	if (store_is_embedded(t.s))
		assert_true(store_version(t.s) > version); /* kept pages are old now */
	answer(bo, ids[2], "x");
	CHECK_OK(store_post_marks(t.s, bo, page, 3));
	CHECK_I64(page[0].reply_count, 1);
	CHECK_I64(page[0].like_count, 0);
	CHECK_I64(page[1].reply_count + page[1].like_count, 0);
	CHECK_I64(page[2].like_count, 1);
	CHECK_I64(page[2].liked, true);
	CHECK_I64(page[0].liked, false);
	CHECK_OK(store_post_marks(t.s, bo, NULL, 0));
}

static void a_warning_is_kept_beside_the_text(void **state)
{
	int64_t anna = add_user("anna");
	struct post post = {0};
	struct post_list home = {0};

	(void)state;
	CHECK_OK(store_post_create(t.s,
				   &(struct post_new){.author_id = anna,
						      .text = STR("text"),
						      .warning = STR("spoiler")},
				   &post));
	for (int i = 0; i < 2; i++) {
		CHECK_OK(store_timeline_home(t.s, anna, (struct cursor){0}, 10, t.a, &home));
		CHECK_STR(home.items[0].warning, "spoiler");
		CHECK_STR(home.items[0].text, "text");
	}
	add_post(anna, "plain");
	CHECK_OK(store_timeline_public(t.s, (struct cursor){0}, 10, t.a, &home));
	CHECK_STR(home.items[0].warning, "");
	CHECK_STR(home.items[1].warning, "spoiler");
}

static int64_t attempt(int64_t author_id, const char *key)
{
	struct post post = {0};

	CHECK_OK(store_post_create(t.s,
				   &(struct post_new){.author_id = author_id,
						      .text = STR("x"),
						      .key = str_from_c(key)},
				   &post));
	return post.id;
}

static void a_key_that_was_used_writes_nothing_again(void **state)
{
	int64_t anna = add_user("anna"), bo = add_user("bo");

	(void)state;
	assert_true(attempt(anna, "one") > 0);
	CHECK_I64(attempt(anna, "one"), 0);
	assert_true(attempt(anna, "two") > 0);
	assert_true(attempt(bo, "one") > 0); /* keys are each author's own */
	CHECK_I64(get_user(anna).post_count, 2);
	CHECK_I64(get_totals().posts, 3);
	fixture_reopen();
	CHECK_I64(attempt(anna, "one"), 0);
	CHECK_OK(store_user_delete(t.s, anna));
}

static const struct CMUnitTest tests[] = {
	STORE_TEST(an_answer_knows_what_it_answers_and_whom),
	STORE_TEST(answers_come_oldest_first_in_pages_without_the_flagged),
	STORE_TEST(nobody_answers_what_is_gone_or_flagged),
	STORE_TEST(a_like_counts_once_and_goes_with_person_and_post),
	STORE_TEST(what_is_flagged_or_of_nobody_cannot_be_liked),
	STORE_TEST(marks_are_those_of_each_post_of_a_page),
	STORE_TEST(a_warning_is_kept_beside_the_text),
	STORE_TEST(a_key_that_was_used_writes_nothing_again),
};

STORE_TESTS_MAIN(tests)
