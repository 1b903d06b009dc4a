/* Who follows whom: store_follow_*(). */
#include "fixture.h"

#include <stdio.h>

static bool follows(int64_t follower, int64_t followee)
{
	bool out = false;

	CHECK_OK(store_follow_exists(t.s, follower, followee, &out));
	return out;
}

static void a_follow_has_a_direction_and_is_counted_once(void **state)
{
	int64_t anna = add_user("anna"), berta = add_user("berta");

	(void)state;
	for (int i = 0; i < 3; i++)
		add_follow(anna, berta);
	CHECK_I64(follows(anna, berta), true);
	CHECK_I64(follows(berta, anna), false);
	CHECK_I64(get_user(anna).following_count, 1);
	CHECK_I64(get_user(anna).follower_count, 0);
	CHECK_I64(get_user(berta).following_count, 0);
	CHECK_I64(get_user(berta).follower_count, 1);
	CHECK_I64(get_totals().follows, 1);
}

static void an_unfollow_ends_it_and_is_fine_where_there_was_none(void **state)
{
	int64_t anna = add_user("anna"), berta = add_user("berta");

	(void)state;
	CHECK_OK(store_follow_delete(t.s, anna, berta));
	add_follow(anna, berta);
	for (int i = 0; i < 2; i++)
		CHECK_OK(store_follow_delete(t.s, anna, berta));
	CHECK_OK(store_follow_delete(t.s, anna, 99));
	CHECK_I64(follows(anna, berta), false);
	CHECK_I64(get_user(anna).following_count, 0);
	CHECK_I64(get_user(berta).follower_count, 0);
	CHECK_I64(get_totals().follows, 0);
}

static void a_follow_of_or_by_nobody_is_refused_and_changes_nothing(void **state)
{
	int64_t anna = add_user("anna");

	(void)state;
	CHECK_ERR(store_follow_create(t.s, anna, anna + 1), ERR_NOT_FOUND);
	CHECK_ERR(store_follow_create(t.s, anna + 1, anna), ERR_NOT_FOUND);
	CHECK_ERR(store_follow_create(t.s, 0, 0), ERR_NOT_FOUND);
	CHECK_I64(get_user(anna).following_count, 0);
	CHECK_I64(get_user(anna).follower_count, 0);
	CHECK_I64(get_totals().follows, 0);
}

static void one_can_follow_oneself(void **state)
{
	int64_t anna = add_user("anna");

	(void)state;
	add_follow(anna, anna);
	CHECK_I64(follows(anna, anna), true);
	CHECK_I64(get_user(anna).following_count, 1);
	CHECK_I64(get_user(anna).follower_count, 1);
	CHECK_OK(store_follow_delete(t.s, anna, anna));
	CHECK_I64(get_user(anna).following_count, 0);
	CHECK_I64(get_user(anna).follower_count, 0);
}

typedef enum err list_fn(struct store *s, int64_t user_id, int64_t before_id, size_t limit,
			 struct arena *a, struct user_list *out);

static void check_list(list_fn *list_of, int64_t whose, const int64_t *ids, size_t count)
{
	struct user_list list;

	for (size_t limit = 0; limit <= count + 1; limit++) {
		CHECK_OK(list_of(t.s, whose, 0, limit, t.a, &list));
		CHECK_I64(list.count, limit < count ? limit : count);
		CHECK_I64(list.more, limit < count);
		for (size_t i = 0; i < list.count; i++)
			CHECK_I64(list.items[i].id, ids[count - 1 - i]);
	}
	for (size_t at = 0; at < count; at++) {
		CHECK_OK(list_of(t.s, whose, ids[at], count, t.a, &list));
		CHECK_I64(list.count, at);
		CHECK_I64(list.more, false);
		for (size_t i = 0; i < at; i++)
			CHECK_I64(list.items[i].id, ids[at - 1 - i]);
	}
}

static void both_sides_are_listed_newest_person_first(void **state)
{
	int64_t anna = add_user("anna"), ids[6];
	struct user_list list;

	(void)state;
	for (int i = 0; i < 6; i++) {
		char name[8];

		snprintf(name, sizeof(name), "p%d", i);
		ids[i] = add_user(name);
	}
	/* In another order than they are listed in. */
	for (int i = 0; i < 6; i++) {
		add_follow(anna, ids[i * 5 % 6]);
		add_follow(ids[i * 5 % 6], anna);
	}
	check_list(store_following_list, anna, ids, 6);
	check_list(store_follower_list, anna, ids, 6);
	CHECK_OK(store_following_list(t.s, anna, 0, 1, t.a, &list));
	CHECK_STR(list.items[0].name, "p5");
	CHECK_I64(list.items[0].follower_count, 1);
	CHECK_I64(list.items[0].following_count, 1);
	CHECK_OK(store_following_list(t.s, 99, 0, 10, t.a, &list));
	CHECK_I64(list.count, 0);
	CHECK_I64(list.more, false);
}

static const struct CMUnitTest tests[] = {
	STORE_TEST(a_follow_has_a_direction_and_is_counted_once),
	STORE_TEST(an_unfollow_ends_it_and_is_fine_where_there_was_none),
	STORE_TEST(a_follow_of_or_by_nobody_is_refused_and_changes_nothing),
	STORE_TEST(one_can_follow_oneself),
	STORE_TEST(both_sides_are_listed_newest_person_first),
};

STORE_TESTS_MAIN(tests)
