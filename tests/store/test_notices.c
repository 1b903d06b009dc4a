/* What people are told of: store/notice.h, and the operations that cause it. */
#include "store/notice.h"

#include "fixture.h"

#include <stdio.h>

static int64_t unread(int64_t user_id)
{
	int64_t out = -1;

	CHECK_OK(store_notice_unread(t.s, user_id, &out));
	return out;
}

static struct notice_list list_before(int64_t user_id, int64_t before_id, size_t limit)
{
	struct notice_query query = {user_id, NOTICE_ALL, before_id};
	struct notice_list list = {0};

	CHECK_OK(store_notice_list(t.s, &query, limit, t.a, &list));
	return list;
}

static struct notice_list list_of(int64_t user_id)
{
	return list_before(user_id, 0, STORE_LIST_MAX);
}

static void read_all(int64_t user_id)
{
	struct notice_list list = list_of(user_id);

	CHECK_OK(store_notice_read(t.s, user_id, list.items[0].id));
}

static int64_t add_numbered(int number)
{
	char name[16];

	snprintf(name, sizeof(name), "p%d", number);
	return add_user(name);
}

/* ---- follows -------------------------------------------------------------------------------- */

static void who_is_followed_is_told_once_and_nobody_else_is(void **state)
{
	int64_t anna = add_user("anna"), berta = add_user("berta");
	struct notice_list list;

	(void)state;
	for (int i = 0; i < 3; i++)
		add_follow(anna, berta);
	list = list_of(berta);
	CHECK_I64(list.count, 1);
	CHECK_I64(list.more, false);
	CHECK_I64(list.items[0].kind, NOTICE_FOLLOW);
	CHECK_I64(list.items[0].actor_id, anna);
	CHECK_STR(list.items[0].actor_name, "anna");
	CHECK_I64(list.items[0].post_id, 0);
	CHECK_STR(list.items[0].post_text, "");
	CHECK_I64(list.items[0].unread, true);
	assert_true(list.items[0].created_ms > 0);
	CHECK_I64(unread(berta), 1);
	CHECK_I64(unread(anna), 0);
	CHECK_I64(list_of(anna).count, 0);
}

static void nobody_is_told_of_what_they_do_themselves(void **state)
{
	int64_t anna = add_user("anna");

	(void)state;
	add_follow(anna, anna);
	CHECK_I64(list_of(anna).count, 0);
	CHECK_I64(unread(anna), 0);
}

static void a_refused_follow_tells_nobody(void **state)
{
	int64_t anna = add_user("anna");

	(void)state;
	CHECK_ERR(store_follow_create(t.s, anna + 1, anna), ERR_NOT_FOUND);
	CHECK_I64(list_of(anna).count, 0);
}

static void an_undone_follow_takes_its_unread_notice_away(void **state)
{
	int64_t anna = add_user("anna"), berta = add_user("berta"), carl = add_user("carl");

	(void)state;
	add_follow(anna, berta);
	add_follow(carl, berta);
	CHECK_OK(store_follow_delete(t.s, anna, berta));
	CHECK_I64(unread(berta), 1);
	CHECK_I64(list_of(berta).items[0].actor_id, carl);
	/* Done again it is told again, since it was never read. */
	add_follow(anna, berta);
	CHECK_I64(unread(berta), 2);
}

static void what_was_read_stays_and_is_not_told_again(void **state)
{
	int64_t anna = add_user("anna"), berta = add_user("berta");

	(void)state;
	add_follow(anna, berta);
	read_all(berta);
	CHECK_OK(store_follow_delete(t.s, anna, berta));
	CHECK_I64(list_of(berta).count, 1);
	add_follow(anna, berta);
	CHECK_I64(list_of(berta).count, 1);
	CHECK_I64(unread(berta), 0);
}

/* ---- posts ---------------------------------------------------------------------------------- */

static int64_t write_post(const struct post_new *p)
{
	struct post post = {0};

	CHECK_OK(store_post_create(t.s, p, &post));
	return post.id;
}

static void who_is_mentioned_is_told_with_the_post(void **state)
{
	int64_t anna = add_user("anna"), berta = add_user("berta"), carl = add_user("carl");
	const int64_t ids[] = {anna, berta, carl, carl + 1000};
	struct post_new p = {
		.author_id = anna, .text = STR("Hello"), .mention_ids = ids, .mention_count = 4};
	int64_t id = write_post(&p);

	(void)state;
	CHECK_I64(list_of(anna).count, 0);
	CHECK_I64(list_of(carl).count, 1);
	CHECK_I64(list_of(berta).count, 1);
	CHECK_I64(list_of(berta).items[0].kind, NOTICE_MENTION);
	CHECK_I64(list_of(berta).items[0].actor_id, anna);
	CHECK_I64(list_of(berta).items[0].post_id, id);
	CHECK_STR(list_of(berta).items[0].post_text, "Hello");
}

static void who_is_answered_hears_of_it_once(void **state)
{
	int64_t anna = add_user("anna"), berta = add_user("berta"), carl = add_user("carl");
	const int64_t ids[] = {berta, carl};
	struct post_new p = {.author_id = anna,
			     .text = STR("No"),
			     .reply_to = add_post(berta, "Really?"),
			     .mention_ids = ids,
			     .mention_count = 2};
	int64_t id = write_post(&p);

	(void)state;
	CHECK_I64(list_of(berta).count, 1);
	CHECK_I64(list_of(berta).items[0].kind, NOTICE_REPLY);
	CHECK_I64(list_of(berta).items[0].post_id, id);
	CHECK_I64(list_of(carl).items[0].kind, NOTICE_MENTION);
	p.author_id = berta;
	p.mention_count = 0;
	write_post(&p);
	CHECK_I64(list_of(berta).count, 1); /* answers herself */
}

static void an_attempt_made_twice_tells_once(void **state)
{
	int64_t anna = add_user("anna"), berta = add_user("berta");
	struct post_new p = {.author_id = anna,
			     .text = STR("Hi"),
			     .key = STR("a"),
			     .mention_ids = &berta,
			     .mention_count = 1};

	(void)state;
	write_post(&p);
	write_post(&p);
	CHECK_I64(list_of(berta).count, 1);
}

static void who_is_liked_is_told_until_it_is_taken_back(void **state)
{
	int64_t anna = add_user("anna"), berta = add_user("berta");
	int64_t post = add_post(berta, "Nice weather");

	(void)state;
	for (int i = 0; i < 2; i++)
		CHECK_OK(store_like_set(t.s, anna, post, true));
	CHECK_OK(store_like_set(t.s, berta, post, true));
	CHECK_I64(list_of(berta).count, 1);
	CHECK_I64(list_of(berta).items[0].kind, NOTICE_LIKE);
	CHECK_I64(list_of(berta).items[0].post_id, post);
	CHECK_STR(list_of(berta).items[0].post_text, "Nice weather");
	CHECK_OK(store_like_set(t.s, anna, post, false));
	CHECK_I64(list_of(berta).count, 0);
	CHECK_OK(store_like_set(t.s, anna, post, true));
	read_all(berta);
	CHECK_OK(store_like_set(t.s, anna, post, false));
	CHECK_OK(store_like_set(t.s, anna, post, true));
	CHECK_I64(unread(berta), 0);
	CHECK_I64(list_of(berta).count, 1);
}

static void a_post_that_goes_takes_its_notices_along(void **state)
{
	int64_t anna = add_user("anna"), berta = add_user("berta"), carl = add_user("carl");
	struct post_new p = {
		.author_id = anna, .text = STR("Hello"), .mention_ids = &berta, .mention_count = 1};
	int64_t post = write_post(&p);

	(void)state;
	CHECK_OK(store_like_set(t.s, carl, post, true));
	CHECK_I64(unread(anna), 1);
	set_flagged(post, true);
	CHECK_I64(list_of(berta).count, 0);
	CHECK_I64(unread(berta), 0);
	set_flagged(post, false);
	CHECK_I64(unread(berta), 1);
	CHECK_OK(store_post_delete(t.s, post));
	CHECK_I64(list_of(berta).count, 0);
	CHECK_I64(list_of(anna).count, 0);
	/* And so do the posts of somebody who is deleted. */
	write_post(&p);
	CHECK_I64(list_of(berta).count, 1);
	CHECK_OK(store_user_delete(t.s, anna));
	CHECK_I64(list_of(berta).count, 0);
}

/* ---- reading -------------------------------------------------------------------------------- */

static void notices_are_listed_newest_first_by_cursor(void **state)
{
	enum { COUNT = 5 };
	int64_t berta = add_user("berta"), ids[COUNT], before_id = 0;

	(void)state;
	for (int i = 0; i < COUNT; i++) {
		ids[i] = add_numbered(i);
		add_follow(ids[i], berta);
	}
	for (int left = COUNT; left > 0; left -= 2) {
		struct notice_list list = list_before(berta, before_id, 2);

		CHECK_I64(list.count, left > 2 ? 2 : left);
		CHECK_I64(list.more, left > 2);
		for (size_t i = 0; i < list.count; i++)
			CHECK_I64(list.items[i].actor_id, ids[left - 1 - (int)i]);
		before_id = list.items[list.count - 1].id;
	}
	CHECK_I64(list_before(berta, before_id, 2).count, 0);
	CHECK_I64(list_before(berta, 0, 0).count, 0);
}

static void reading_goes_up_to_what_was_shown_and_never_back(void **state)
{
	int64_t berta = add_user("berta");
	struct notice_list list;

	(void)state;
	for (int i = 0; i < 3; i++)
		add_follow(add_numbered(i), berta);
	list = list_of(berta);
	CHECK_OK(store_notice_read(t.s, berta, list.items[1].id));
	CHECK_I64(unread(berta), 1);
	CHECK_I64(list_of(berta).items[0].unread, true);
	CHECK_I64(list_of(berta).items[1].unread, false);
	CHECK_OK(store_notice_read(t.s, berta, list.items[2].id));
	CHECK_I64(unread(berta), 1);
	CHECK_OK(store_notice_read(t.s, berta, list.items[0].id));
	CHECK_I64(unread(berta), 0);
	CHECK_OK(store_notice_read(t.s, berta + 1000, 1));
	CHECK_I64(unread(berta + 1000), 0);
}

static void only_the_kinds_that_are_asked_for_are_listed(void **state)
{
	int64_t anna = add_user("anna"), berta = add_user("berta");
	struct notice_query query = {berta, NOTICE_BIT(NOTICE_MENTION), 0};
	struct notice_list list;

	(void)state;
	add_follow(anna, berta);
	CHECK_OK(store_notice_list(t.s, &query, 10, t.a, &list));
	CHECK_I64(list.count, 0);
	query.kinds = NOTICE_BIT(NOTICE_FOLLOW);
	CHECK_OK(store_notice_list(t.s, &query, 10, t.a, &list));
	CHECK_I64(list.count, 1);
}

static void the_unread_are_counted_to_a_bound(void **state)
{
	int64_t berta = add_user("berta");

	(void)state;
	for (int i = 0; i < NOTICE_UNREAD_MAX + 2; i++)
		add_follow(add_numbered(i), berta);
	CHECK_I64(unread(berta), NOTICE_UNREAD_MAX);
	CHECK_I64(list_of(berta).count, NOTICE_UNREAD_MAX + 2);
}

static void the_newest_are_kept(void **state)
{
	enum { MORE = 5 };
	struct store_bulk *bulk;
	int64_t berta = add_user("berta"), *ids;
	struct notice_list list;

	(void)state;
	ids = arena_array(t.a, NOTICE_KEEP + MORE, sizeof(*ids));
	CHECK_OK(store_bulk_begin(t.s, &bulk));
	for (int i = 0; i < NOTICE_KEEP + MORE; i++) {
		char name[16];
		struct user_new u;

		snprintf(name, sizeof(name), "p%d", i);
		u = user_named(name);
		CHECK_OK(store_bulk_user(bulk, &u, &ids[i]));
	}
	CHECK_OK(store_bulk_commit(bulk));
	for (int i = 0; i < NOTICE_KEEP + MORE; i++)
		add_follow(ids[i], berta);
	list = list_before(berta, 0, 1);
	CHECK_OK(store_notice_read(t.s, berta, list.items[0].id));
	list = list_of(berta);
	CHECK_I64(list.count, NOTICE_KEEP);
	CHECK_I64(list.more, false);
	CHECK_I64(list.items[0].actor_id, ids[NOTICE_KEEP + MORE - 1]);
	CHECK_I64(list.items[NOTICE_KEEP - 1].actor_id, ids[MORE]);
}

/* ---- choosing ------------------------------------------------------------------------------- */

static int64_t chosen(int64_t user_id)
{
	int64_t mask = -1;

	CHECK_OK(store_notice_chosen(t.s, user_id, &mask));
	return mask;
}

static void what_is_off_is_not_told(void **state)
{
	int64_t anna = add_user("anna"), berta = add_user("berta"), carl = add_user("carl");

	(void)state;
	CHECK_I64(chosen(berta), 0);
	CHECK_OK(store_notice_choose(t.s, berta, NOTICE_BIT(NOTICE_FOLLOW)));
	CHECK_I64(chosen(berta), NOTICE_BIT(NOTICE_FOLLOW));
	add_follow(anna, berta);
	CHECK_I64(list_of(berta).count, 0);
	CHECK_OK(store_notice_choose(t.s, berta, NOTICE_BIT(NOTICE_LIKE)));
	add_follow(carl, berta);
	CHECK_I64(list_of(berta).count, 1);
	CHECK_OK(store_notice_choose(t.s, carl + 1000, 1));
	CHECK_I64(chosen(carl + 1000), 0);
}

static void one_may_hear_only_of_whom_one_follows(void **state)
{
	int64_t anna = add_user("anna"), berta = add_user("berta"), carl = add_user("carl");

	(void)state;
	CHECK_OK(store_notice_choose(t.s, berta, NOTICE_ONLY_FOLLOWED));
	add_follow(berta, carl);
	add_follow(anna, berta);
	add_follow(carl, berta);
	CHECK_I64(list_of(berta).count, 1);
	CHECK_I64(list_of(berta).items[0].actor_id, carl);
}

/* ---- what goes ------------------------------------------------------------------------------ */

static void a_deleted_person_leaves_no_notice(void **state)
{
	int64_t anna = add_user("anna"), berta = add_user("berta"), carl = add_user("carl");

	(void)state;
	add_follow(anna, berta);
	add_follow(carl, berta);
	add_follow(berta, carl);
	CHECK_OK(store_notice_choose(t.s, carl, NOTICE_ONLY_FOLLOWED));
	read_all(carl);
	CHECK_OK(store_user_delete(t.s, carl));
	CHECK_I64(list_of(berta).count, 1);
	CHECK_I64(list_of(berta).items[0].actor_id, anna);
	CHECK_I64(list_of(carl).count, 0);
	CHECK_I64(chosen(carl), 0);
}

static void notices_and_choices_are_there_after_a_restart(void **state)
{
	int64_t anna = add_user("anna"), berta = add_user("berta"), carl = add_user("carl");

	(void)state;
	add_follow(anna, berta);
	read_all(berta);
	add_follow(carl, berta);
	CHECK_OK(store_notice_choose(t.s, berta, NOTICE_BIT(NOTICE_LIKE)));
	fixture_reopen();
	CHECK_I64(list_of(berta).count, 2);
	CHECK_I64(unread(berta), 1);
	CHECK_I64(chosen(berta), NOTICE_BIT(NOTICE_LIKE));
}

static const struct CMUnitTest tests[] = {
	STORE_TEST(who_is_followed_is_told_once_and_nobody_else_is),
	STORE_TEST(nobody_is_told_of_what_they_do_themselves),
	STORE_TEST(a_refused_follow_tells_nobody),
	STORE_TEST(an_undone_follow_takes_its_unread_notice_away),
	STORE_TEST(what_was_read_stays_and_is_not_told_again),
	STORE_TEST(who_is_mentioned_is_told_with_the_post),
	STORE_TEST(who_is_answered_hears_of_it_once),
	STORE_TEST(an_attempt_made_twice_tells_once),
	STORE_TEST(who_is_liked_is_told_until_it_is_taken_back),
	STORE_TEST(a_post_that_goes_takes_its_notices_along),
	STORE_TEST(notices_are_listed_newest_first_by_cursor),
	STORE_TEST(reading_goes_up_to_what_was_shown_and_never_back),
	STORE_TEST(only_the_kinds_that_are_asked_for_are_listed),
	STORE_TEST(the_unread_are_counted_to_a_bound),
	STORE_TEST(the_newest_are_kept),
	STORE_TEST(what_is_off_is_not_told),
	STORE_TEST(one_may_hear_only_of_whom_one_follows),
	STORE_TEST(a_deleted_person_leaves_no_notice),
	STORE_TEST(notices_and_choices_are_there_after_a_restart),
};

STORE_TESTS_MAIN(tests)
