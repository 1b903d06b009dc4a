/* Pages of the three timelines: store_timeline_*(), against the naive model. */
#include "naive.h"

#include <stdlib.h>

static struct naive n;

/* Five people; user 0 follows 1, 2 and itself; 3 follows everybody; 4 is silent and follows none.
 */
static int fill(void **state)
{
	fixture_open(state);
	n = (struct naive){0};
	for (int i = 0; i < 5; i++)
		naive_user(&n);
	naive_follow(&n, 0, 0, true);
	naive_follow(&n, 0, 1, true);
	naive_follow(&n, 0, 2, true);
	for (size_t i = 0; i < 5; i++)
		naive_follow(&n, 3, i, true);
	for (size_t i = 0; i < 24; i++)
		naive_post(&n, i * 7 % 4);
	for (size_t i = 0; i < 24; i += 5)
		naive_post_flag(&n, i, true);
	naive_post_delete(&n, 8);
	naive_post_delete(&n, 23);
	return 0;
}

static void check_everywhere(enum naive_timeline which, size_t user)
{
	for (size_t limit = 0; limit <= 26; limit++) {
		naive_check(&n, which, user, (struct cursor){0}, limit);
		for (size_t i = 0; i < n.post_count; i++) {
			for (int64_t off = -1; off <= 1; off++) {
				struct cursor at = {CURSOR_BEFORE, n.posts[i].id + off};

				naive_check(&n, which, user, at, limit);
				at.side = CURSOR_AFTER;
				naive_check(&n, which, user, at, limit);
			}
		}
	}
}

static void the_public_timeline_pages_in_both_directions(void **state)
{
	(void)state;
	check_everywhere(NAIVE_PUBLIC, 0);
}

static void a_persons_timeline_pages_in_both_directions(void **state)
{
	(void)state;
	for (size_t user = 0; user < 5; user++)
		check_everywhere(NAIVE_USER, user);
}

static void a_home_timeline_pages_in_both_directions(void **state)
{
	(void)state;
	for (size_t user = 0; user < 5; user++)
		check_everywhere(NAIVE_HOME, user);
}

static void cursors_at_the_ends_of_time_are_fine(void **state)
{
	static const int64_t ids[] = {1, INT64_MAX, INT64_MAX - 1, 0, -1, INT64_MIN};

	(void)state;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		for (int which = NAIVE_PUBLIC; which <= NAIVE_HOME; which++) {
			naive_check(&n, which, 3, (struct cursor){CURSOR_BEFORE, ids[i]}, 30);
			naive_check(&n, which, 3, (struct cursor){CURSOR_AFTER, ids[i]}, 30);
		}
	}
}

static void rows_carry_their_authors_and_texts(void **state)
{
	struct post_list list;

	(void)state;
	CHECK_OK(store_timeline_home(t.s, n.users[0], (struct cursor){0}, 30, t.a, &list));
	assert_true(list.count > 0);
	for (size_t i = 0; i < list.count; i++) {
		CHECK_STR(list.items[i].author_name, list.items[i].author_id == n.users[0] ? "user0"
						     : list.items[i].author_id == n.users[1]
							     ? "user1"
							     : "user2");
		CHECK_STR(list.items[i].text, "text");
		CHECK_I64(list.items[i].flagged, false);
		assert_true(list.items[i].created_ms > 0);
	}
}

static void timelines_of_nobody_are_empty(void **state)
{
	static const int64_t ids[] = {0, 1, -1, INT64_MAX};
	struct post_list list;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		CHECK_OK(store_timeline_user(t.s, ids[i], (struct cursor){0}, 30, t.a, &list));
		CHECK_I64(list.count + list.older + list.newer, 0);
		CHECK_OK(store_timeline_home(t.s, ids[i], (struct cursor){0}, 30, t.a, &list));
		CHECK_I64(list.count + list.older + list.newer, 0);
	}
}

/*
 * The property: after each of many random operations every timeline is what the model says, and
 * now and then, at random cursors and after a restart, too.
 */
static void timelines_stay_right_through_random_operations(void **state)
{
	unsigned seed = 20240611;

	fixture_open(state);
	n = (struct naive){0};
	for (int i = 0; i < 12; i++)
		naive_user(&n);
	for (int step = 0; step < 3000; step++) {
		size_t a = (size_t)rand_r(&seed) % n.user_count;
		size_t b = (size_t)rand_r(&seed) % n.user_count;
		size_t post = n.post_count ? (size_t)rand_r(&seed) % n.post_count : 0;
		int what = rand_r(&seed) % 1000;

		if (what < 500 || n.post_count == 0)
			naive_post(&n, a);
		else if (what < 700)
			naive_follow(&n, a, b, true);
		else if (what < 800)
			naive_follow(&n, a, b, false);
		else if (what < 850)
			naive_post_delete(&n, rand_r(&seed) % 2 ? n.post_count - 1 : post);
		else if (what < 920)
			naive_post_flag(&n, rand_r(&seed) % 2 ? n.post_count - 1 : post, true);
		else if (what < 950)
			naive_post_flag(&n, post, false);
		else if (what < 955 && n.user_count < 40)
			naive_user(&n);
		else if (what < 957)
			naive_user_delete(&n, a);
		else if (what < 960)
			fixture_reopen();
		for (int i = 0; i < 3; i++) {
			size_t user = (size_t)rand_r(&seed) % n.user_count;
			size_t limit = (size_t)rand_r(&seed) % 70;
			struct cursor at = {rand_r(&seed) % 3, 0};

			if (n.post_count && at.side != CURSOR_NEWEST)
				at.id = n.posts[(size_t)rand_r(&seed) % n.post_count].id;
			naive_check(&n, rand_r(&seed) % 3, user, at, limit);
		}
		if (step % 4 == 0)
			naive_check_all(&n, 30);
		if (step % 100 == 0)
			naive_check_counts(&n);
	}
	naive_check_counts(&n);
}

#define TIMELINE_TEST(function) cmocka_unit_test_setup_teardown(function, fill, fixture_close)

static const struct CMUnitTest tests[] = {
	TIMELINE_TEST(the_public_timeline_pages_in_both_directions),
	TIMELINE_TEST(a_persons_timeline_pages_in_both_directions),
	TIMELINE_TEST(a_home_timeline_pages_in_both_directions),
	TIMELINE_TEST(cursors_at_the_ends_of_time_are_fine),
	TIMELINE_TEST(rows_carry_their_authors_and_texts),
	TIMELINE_TEST(timelines_of_nobody_are_empty),
	cmocka_unit_test_teardown(timelines_stay_right_through_random_operations, fixture_close),
};

STORE_TESTS_MAIN(tests)
