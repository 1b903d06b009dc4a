/* Blocks, mutes and profiles. */
#include "fixture.h"

#include <stdio.h>
#include "store/moderation.h"
#include "store/notice.h"
#include "store/people.h"

static struct unseen_list unseen_of(int64_t viewer_id)
{
	struct unseen_list list = {0};

	CHECK_OK(store_unseen_list(t.s, viewer_id, t.a, &list));
	return list;
}

static void who_blocks_nobody_is_not_selective(void **state)
{
	int64_t anna = add_user("anna"), ben = add_user("ben"), cleo = add_user("cleo");

	(void)state;
	CHECK_OK(store_block_set(t.s, anna, ben, true));
	assert_true(get_user(anna).selective);
	assert_true(get_user(ben).selective);
	assert_false(get_user(cleo).selective);
	CHECK_I64(unseen_of(cleo).count, 0);
}

static void a_block_hides_both_from_each_other_until_it_is_taken_back(void **state)
{
	int64_t anna = add_user("anna"), ben = add_user("ben");
	struct unseen_list list;

	(void)state;
	CHECK_OK(store_block_set(t.s, anna, ben, true));
	CHECK_OK(store_block_set(t.s, anna, ben, true));
	list = unseen_of(anna);
	CHECK_I64(unseen_find(&list, ben), UNSEEN_BLOCKS);
	CHECK_I64(unseen_find(&list, anna), 0);
	list = unseen_of(ben);
	CHECK_I64(unseen_find(&list, anna), UNSEEN_BLOCKED_BY);
	CHECK_OK(store_block_set(t.s, anna, ben, false));
	CHECK_OK(store_block_set(t.s, anna, ben, false));
	CHECK_I64(unseen_of(anna).count, 0);
	CHECK_I64(unseen_of(ben).count, 0);
}

static void reasons_about_one_person_are_one_row(void **state)
{
	int64_t anna = add_user("anna"), others[40];
	struct unseen_list list;

	(void)state;
	for (int i = 0; i < 40; i++) {
		char name[16];

		snprintf(name, sizeof(name), "other%d", i);
		others[i] = add_user(name);
		CHECK_OK(store_mute_set(t.s, anna, others[i], true));
	}
	CHECK_OK(store_block_set(t.s, others[7], anna, true));
	CHECK_OK(store_block_set(t.s, anna, others[7], true));
	list = unseen_of(anna);
	CHECK_I64(list.count, 40);
	CHECK_I64(unseen_find(&list, others[7]), UNSEEN_ANY);
	CHECK_I64(unseen_find(&list, others[39]), UNSEEN_MUTES);
}

static void a_block_ends_follows_both_ways_and_bars_new_ones(void **state)
{
	int64_t anna = add_user("anna"), ben = add_user("ben"), cleo = add_user("cleo");
	struct post_list list;

	(void)state;
	add_follow(anna, ben);
	add_follow(ben, anna);
	add_follow(cleo, ben);
	add_post(ben, "from ben");
	CHECK_OK(store_timeline_home(t.s, anna, (struct cursor){0}, 30, t.a, &list));
	CHECK_I64(list.count, 1);
	CHECK_OK(store_block_set(t.s, anna, ben, true));
	CHECK_OK(store_timeline_home(t.s, anna, (struct cursor){0}, 30, t.a, &list));
	CHECK_I64(list.count, 0);
	CHECK_I64(get_user(anna).follower_count, 0);
	CHECK_I64(get_user(anna).following_count, 0);
	CHECK_I64(get_user(ben).follower_count, 1);
	CHECK_I64(get_user(ben).following_count, 0);
	CHECK_I64(get_totals().follows, 1);
	CHECK_ERR(store_follow_create(t.s, ben, anna), ERR_DENIED);
	CHECK_ERR(store_follow_create(t.s, anna, ben), ERR_DENIED);
	CHECK_I64(get_totals().follows, 1);
	CHECK_OK(store_block_set(t.s, anna, ben, false));
	CHECK_OK(store_follow_create(t.s, ben, anna));
}

static void a_mute_leaves_follows_and_the_other_side(void **state)
{
	int64_t anna = add_user("anna"), ben = add_user("ben");
	struct unseen_list list;

	(void)state;
	add_follow(anna, ben);
	CHECK_OK(store_mute_set(t.s, anna, ben, true));
	list = unseen_of(anna);
	CHECK_I64(unseen_find(&list, ben), UNSEEN_MUTES);
	CHECK_I64(unseen_of(ben).count, 0);
	assert_false(get_user(ben).selective);
	CHECK_I64(get_user(anna).following_count, 1);
	CHECK_OK(store_mute_set(t.s, anna, ben, false));
	CHECK_I64(unseen_of(anna).count, 0);
}

static void oneself_and_the_unknown_are_refused(void **state)
{
	int64_t anna = add_user("anna");

	(void)state;
	CHECK_ERR(store_block_set(t.s, anna, anna, true), ERR_INVALID);
	CHECK_ERR(store_mute_set(t.s, anna, anna, true), ERR_INVALID);
	CHECK_ERR(store_block_set(t.s, anna, 99, true), ERR_NOT_FOUND);
	CHECK_ERR(store_block_set(t.s, 99, anna, true), ERR_NOT_FOUND);
	CHECK_ERR(store_mute_set(t.s, anna, 99, true), ERR_NOT_FOUND);
	CHECK_OK(store_mute_set(t.s, anna, 99, false));
}

static void the_lists_come_in_pages(void **state)
{
	int64_t anna = add_user("anna"), ben = add_user("ben"), cleo = add_user("cleo");
	struct user_list list;

	(void)state;
	CHECK_OK(store_block_set(t.s, anna, ben, true));
	CHECK_OK(store_block_set(t.s, anna, cleo, true));
	CHECK_OK(store_mute_set(t.s, anna, ben, true));
	CHECK_OK(store_block_list(t.s, anna, 0, 1, t.a, &list));
	CHECK_I64(list.count, 1);
	assert_true(list.more);
	CHECK_STR(list.items[0].name, "cleo");
	CHECK_OK(store_block_list(t.s, anna, cleo, 1, t.a, &list));
	CHECK_STR(list.items[0].name, "ben");
	assert_false(list.more);
	CHECK_OK(store_mute_list(t.s, anna, 0, 10, t.a, &list));
	CHECK_I64(list.count, 1);
	CHECK_STR(list.items[0].name, "ben");
}

static void a_display_name_is_on_posts_at_once(void **state)
{
	int64_t anna = add_user("anna"), id = add_post(anna, "before");
	struct post_list list;
	struct profile profile;
	struct post post;

	(void)state;
	/* Read twice, so that what is kept in memory is asked, too. */
	CHECK_OK(store_timeline_home(t.s, anna, (struct cursor){0}, 30, t.a, &list));
	CHECK_OK(store_timeline_home(t.s, anna, (struct cursor){0}, 30, t.a, &list));
	CHECK_STR(list.items[0].author_display, "");
	CHECK_OK(store_profile_set(t.s, &(struct profile_new){.user_id = anna,
							      .display = STR("Anna Å"),
							      .bio = STR("I am"),
							      .link = STR("https://a.example")}));
	CHECK_OK(store_timeline_home(t.s, anna, (struct cursor){0}, 30, t.a, &list));
	CHECK_STR(list.items[0].author_display, "Anna Å");
	CHECK_OK(store_timeline_home(t.s, anna, (struct cursor){0}, 30, t.a, &list));
	CHECK_STR(list.items[0].author_display, "Anna Å");
	CHECK_OK(store_post_get(t.s, id, t.a, &post));
	CHECK_STR(post.author_display, "Anna Å");
	CHECK_STR(get_user(anna).display, "Anna Å");
	CHECK_OK(store_profile_get(t.s, anna, t.a, &profile));
	CHECK_STR(profile.bio, "I am");
	CHECK_STR(profile.link, "https://a.example");
}

static void a_profile_is_replaced_and_unknown_people_have_none(void **state)
{
	struct profile_new p = {.user_id = add_user("anna"),
				.display = STR(""),
				.bio = STR("one"),
				.link = STR("")};
	struct profile profile;

	(void)state;
	CHECK_OK(store_profile_get(t.s, p.user_id, t.a, &profile));
	CHECK_STR(profile.bio, "");
	CHECK_OK(store_profile_set(t.s, &p));
	p.bio = STR("two");
	CHECK_OK(store_profile_set(t.s, &p));
	CHECK_OK(store_profile_get(t.s, p.user_id, t.a, &profile));
	CHECK_STR(profile.bio, "two");
	p.user_id = 99;
	CHECK_ERR(store_profile_set(t.s, &p), ERR_NOT_FOUND);
}

static int64_t unread_of(int64_t user_id)
{
	int64_t count = -1;

	CHECK_OK(store_notice_unread(t.s, user_id, &count));
	return count;
}

/* An answer that also names somebody. */
static enum err answer(int64_t author_id, int64_t to, int64_t named)
{
	return store_post_create(t.s,
				 &(struct post_new){.author_id = author_id,
						    .text = STR("an answer"),
						    .reply_to = to,
						    .mention_ids = &named,
						    .mention_count = named != 0},
				 NULL);
}

static void who_is_blocked_can_not_answer_either_way(void **state)
{
	int64_t anna = add_user("anna"), ben = add_user("ben"), cleo = add_user("cleo");
	int64_t by_anna = add_post(anna, "by anna"), by_ben = add_post(ben, "by ben");

	(void)state;
	CHECK_OK(answer(ben, by_anna, 0));
	CHECK_OK(store_block_set(t.s, anna, ben, true));
	CHECK_ERR(answer(ben, by_anna, 0), ERR_NOT_FOUND);
	CHECK_ERR(answer(anna, by_ben, 0), ERR_NOT_FOUND);
	CHECK_OK(answer(cleo, by_anna, 0));
	CHECK_OK(answer(ben, by_ben, 0));
	CHECK_OK(store_mute_set(t.s, cleo, anna, true));
	CHECK_OK(answer(anna, add_post(cleo, "by cleo"), 0));
	CHECK_OK(store_block_set(t.s, anna, ben, false));
	CHECK_OK(answer(ben, by_anna, 0));
}

static void nobody_hears_of_whom_they_do_not_see(void **state)
{
	int64_t anna = add_user("anna"), ben = add_user("ben"), cleo = add_user("cleo");
	struct notice_query all = {.user_id = anna, .kinds = NOTICE_ALL};
	struct notice_list list;

	(void)state;
	CHECK_OK(answer(ben, 0, anna));
	CHECK_OK(answer(cleo, 0, anna));
	CHECK_I64(unread_of(anna), 2);
	CHECK_OK(store_mute_set(t.s, anna, ben, true));
	CHECK_I64(unread_of(anna), 1);
	CHECK_OK(store_block_set(t.s, cleo, anna, true));
	CHECK_I64(unread_of(anna), 0);
	CHECK_OK(answer(cleo, 0, anna));
	CHECK_I64(unread_of(anna), 0);
	CHECK_OK(store_notice_list(t.s, &all, 10, t.a, &list));
	CHECK_I64(list.count, 0);
	CHECK_OK(store_block_set(t.s, cleo, anna, false));
	CHECK_OK(store_notice_list(t.s, &all, 10, t.a, &list));
	CHECK_I64(list.count, 2);
	CHECK_I64(list.items[0].actor_id, cleo);
}

/* Names of the suggestions, with a space behind each. */
static const char *suggested_to(int64_t user_id)
{
	static char names[256];
	struct user_list list;
	size_t used = 0;

	CHECK_OK(store_suggestions(t.s, user_id, 8, t.a, &list));
	names[0] = 0;
	for (size_t i = 0; i < list.count; i++)
		used += (size_t)snprintf(names + used, sizeof(names) - used, "%.*s ",
					 (int)list.items[i].name.len, list.items[i].name.ptr);
	return names;
}

static void suggestions_are_near_first_and_then_popular(void **state)
{
	int64_t me = add_user("me"), friend = add_user("friend"), near = add_user("near");
	int64_t star = add_user("star"), quiet = add_user("quiet"), foe = add_user("foe");
	int64_t loud = add_user("loud"), away = add_user("away");

	(void)state;
	assert_string_equal(suggested_to(me), "");
	add_post(star, "by a star");
	add_post(foe, "by a foe");
	add_post(loud, "loud");
	add_post(away, "away");
	add_post(me, "mine");
	add_follow(quiet, star);
	CHECK_OK(store_block_set(t.s, foe, me, true));
	CHECK_OK(store_mute_set(t.s, me, loud, true));
	CHECK_OK(store_user_state_set(t.s, away, &(struct user_standing){.state = USER_SUSPENDED}));
	assert_string_equal(suggested_to(me), "star ");
	add_follow(me, friend);
	add_follow(friend, near);
	add_follow(friend, me);
	add_post(friend, "by a friend");
	assert_string_equal(suggested_to(me), "near star ");
	add_follow(me, star);
	assert_string_equal(suggested_to(me), "near ");
	assert_string_equal(suggested_to(99), "star me friend foe loud ");
}

static void suggestions_come_from_the_newest_posts_whoever_is_new(void **state)
{
	int64_t me = add_user("me"), old = add_user("old"), gone = add_user("gone");
	int64_t busy = add_user("busy");

	(void)state;
	add_post(gone, "long ago");
	for (int i = 0; i < 499; i++)
		add_post(busy, "again");
	add_post(old, "just now");
	assert_string_equal(suggested_to(me), "old busy ");
}

static void follows_are_marked_in_the_order_asked(void **state)
{
	int64_t me = add_user("me"), one = add_user("one"), two = add_user("two");
	const int64_t ids[] = {two, 99, one, two, me};
	bool out[5] = {false};

	(void)state;
	add_follow(me, two);
	add_follow(one, me);
	CHECK_OK(store_follow_marks(t.s, me, ids, 5, out));
	assert_true(out[0] && out[3]);
	assert_false(out[1] || out[2] || out[4]);
	CHECK_OK(store_follow_marks(t.s, 99, ids, 5, out));
	assert_false(out[0]);
	CHECK_OK(store_follow_marks(t.s, me, ids, 0, out));
}

static void all_of_it_goes_with_the_person(void **state)
{
	int64_t anna = add_user("anna"), ben = add_user("ben");
	struct profile profile;

	(void)state;
	CHECK_OK(store_block_set(t.s, anna, ben, true));
	CHECK_OK(store_block_set(t.s, ben, anna, true));
	CHECK_OK(store_mute_set(t.s, ben, anna, true));
	CHECK_OK(store_profile_set(t.s, &(struct profile_new){.user_id = anna,
							      .display = STR("A"),
							      .bio = STR("b"),
							      .link = STR("")}));
	CHECK_OK(store_user_delete(t.s, anna));
	CHECK_I64(unseen_of(ben).count, 0);
	CHECK_OK(store_profile_get(t.s, anna, t.a, &profile));
	CHECK_STR(profile.bio, "");
}

static const struct CMUnitTest tests[] = {
	STORE_TEST(who_blocks_nobody_is_not_selective),
	STORE_TEST(a_block_hides_both_from_each_other_until_it_is_taken_back),
	STORE_TEST(reasons_about_one_person_are_one_row),
	STORE_TEST(a_block_ends_follows_both_ways_and_bars_new_ones),
	STORE_TEST(a_mute_leaves_follows_and_the_other_side),
	STORE_TEST(oneself_and_the_unknown_are_refused),
	STORE_TEST(the_lists_come_in_pages),
	STORE_TEST(a_display_name_is_on_posts_at_once),
	STORE_TEST(a_profile_is_replaced_and_unknown_people_have_none),
	STORE_TEST(who_is_blocked_can_not_answer_either_way),
	STORE_TEST(nobody_hears_of_whom_they_do_not_see),
	STORE_TEST(suggestions_are_near_first_and_then_popular),
	STORE_TEST(suggestions_come_from_the_newest_posts_whoever_is_new),
	STORE_TEST(follows_are_marked_in_the_order_asked),
	STORE_TEST(all_of_it_goes_with_the_person),
};

STORE_TESTS_MAIN(tests)
