/* Loading many rows at once: store_bulk_*(). */
#include "fixture.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include "base/clock.h"

static struct store_bulk *begin(void)
{
	struct store_bulk *b = NULL;

	CHECK_OK(store_bulk_begin(t.s, &b));
	return b;
}

static int64_t bulk_user(struct store_bulk *b, const char *name)
{
	struct user_new u = user_named(name);
	int64_t id = 0;

	CHECK_OK(store_bulk_user(b, &u, &id));
	return id;
}

static int64_t bulk_post(struct store_bulk *b, int64_t author, int64_t created_ms, bool flagged)
{
	int64_t id = 0;

	CHECK_OK(store_bulk_post(b, author, STR("loaded"), created_ms, flagged, &id));
	return id;
}

static void what_was_loaded_is_there_after_the_commit_and_not_before(void **state)
{
	int64_t old = add_user("old");
	struct store_bulk *b = begin();
	int64_t anna = bulk_user(b, "anna"), berta = bulk_user(b, "berta");
	int64_t first = bulk_post(b, anna, 1200000000000, false);
	int64_t second = bulk_post(b, anna, 1200000000001, true);
	int64_t third = bulk_post(b, old, 1300000000000, false);
	struct post_list list;
	struct post post;
	struct user user;

	(void)state;
	CHECK_OK(store_bulk_follow(b, berta, anna));
	CHECK_OK(store_bulk_follow(b, berta, anna));
	CHECK_ERR(store_user_get(t.s, anna, t.a, &user), ERR_NOT_FOUND);
	CHECK_OK(store_timeline_public(t.s, (struct cursor){0}, 9, t.a, &list));
	CHECK_I64(list.count, 0);
	CHECK_I64(get_totals().users, 1);
	CHECK_OK(store_bulk_commit(b));
	for (int again = 0; again < 2; again++) {
		CHECK_I64(get_totals().users, 3);
		CHECK_I64(get_totals().posts, 2);
		CHECK_I64(get_totals().follows, 1);
		CHECK_I64(get_user(anna).post_count, 1);
		CHECK_I64(get_user(anna).follower_count, 1);
		CHECK_I64(get_user(berta).following_count, 1);
		CHECK_OK(store_timeline_public(t.s, (struct cursor){0}, 9, t.a, &list));
		CHECK_I64(list.count, 2);
		CHECK_I64(list.items[0].id, third);
		CHECK_I64(list.items[1].id, first);
		CHECK_OK(store_post_get(t.s, second, t.a, &post));
		CHECK_I64(post.flagged, true);
		CHECK_I64(post.created_ms, 1200000000001);
		fixture_reopen();
	}
}

static void what_was_aborted_left_nothing(void **state)
{
	struct store_bulk *b = begin();
	int64_t anna = bulk_user(b, "anna");
	struct user user;

	(void)state;
	bulk_post(b, anna, 1000, false);
	store_bulk_abort(b);
	CHECK_ERR(store_user_get(t.s, anna, t.a, &user), ERR_NOT_FOUND);
	CHECK_I64(get_totals().users, 0);
	CHECK_I64(get_totals().posts, 0);
	anna = add_user("anna");
	add_post(anna, "x");
	CHECK_I64(get_totals().posts, 1);
}

static void ids_tell_the_time_and_rise_in_the_order_of_calls(void **state)
{
	/* More in a millisecond than its ids suffice for: they run on into the next ones. */
	enum { CROWD = 70000 };
	struct store_bulk *b = begin();
	int64_t anna = bulk_user(b, "anna"), last = 0, id;

	(void)state;
	for (int i = 0; i < CROWD; i++) {
		id = bulk_post(b, anna, 1200000000000, false);
		if (id <= last)
			fail_msg("post %d of one millisecond: id %lld after %lld", i, (long long)id,
				 (long long)last);
		last = id;
	}
	CHECK_I64(last >> 16, 1200000000001);
	/* One of the time that the crowd ran into comes after it; an earlier one before it. */
	id = bulk_post(b, anna, 1200000000001, false);
	CHECK_I64(id > last, true);
	id = bulk_post(b, anna, 1199999999999, false);
	CHECK_I64(id >> 16, 1199999999999);
	CHECK_OK(store_bulk_commit(b));
	CHECK_I64(get_user(anna).post_count, CROWD + 2);
	CHECK_I64(add_post(anna, "now") > last, true);
}

static void times_out_of_range_still_give_ids(void **state)
{
	static const int64_t times[] = {INT64_MIN, -1, 0, 1, INT64_MAX, INT64_MAX >> 16};
	struct store_bulk *b = begin();
	int64_t anna = bulk_user(b, "anna"), before_ms;
	struct post post;

	(void)state;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		int64_t id = bulk_post(b, anna, times[i], false);

		if (id <= 0 || id >> 16 > clock_now_ms())
			fail_msg("time %lld: id %lld", (long long)times[i], (long long)id);
	}
	CHECK_OK(store_bulk_commit(b));
	/* None of them has carried the ids to come into the future. */
	before_ms = clock_now_ms();
	CHECK_OK(store_post_create(t.s, &(struct post_new){.author_id = anna, .text = STR("x")},
				   &post));
	CHECK_I64(post.id >> 16 >= before_ms && post.id >> 16 <= clock_now_ms() + 1, true);
}

static void refused_rows_leave_the_rest_of_the_load_alone(void **state)
{
	struct user_new taken = user_named("anna");
	struct store_bulk *b = begin();
	int64_t anna = bulk_user(b, "anna"), out = 42;

	(void)state;
	CHECK_ERR(store_bulk_user(b, &taken, &out), ERR_CONFLICT);
	CHECK_ERR(store_bulk_post(b, anna + 1, STR("x"), 1000, false, &out), ERR_NOT_FOUND);
	CHECK_ERR(store_bulk_follow(b, anna, anna + 1), ERR_NOT_FOUND);
	CHECK_ERR(store_bulk_follow(b, anna + 1, anna), ERR_NOT_FOUND);
	CHECK_I64(out, 42);
	bulk_post(b, anna, 1000, false);
	CHECK_OK(store_bulk_commit(b));
	CHECK_I64(get_totals().users, 1);
	CHECK_I64(get_totals().posts, 1);
	CHECK_I64(get_totals().follows, 0);
}

static void origins_are_remembered_by_kind_source_and_row(void **state)
{
	int64_t out = 42;

	(void)state;
	for (int again = 0; again < 2; again++) {
		struct store_bulk *b = begin();

		if (!again) {
			CHECK_ERR(store_bulk_origin_get(b, STR("user"), STR("a"), 1, &out),
				  ERR_NOT_FOUND);
			CHECK_I64(out, 42);
			CHECK_OK(store_bulk_origin_set(b, STR("user"), STR("a"), 1, 100));
			CHECK_OK(store_bulk_origin_set(b, STR("post"), STR("a"), 1, 200));
			CHECK_OK(store_bulk_origin_set(b, STR("user"), STR("b"), 1, 300));
			CHECK_OK(store_bulk_origin_set(b, STR("user"), STR("a"), 2, 400));
			CHECK_OK(store_bulk_origin_set(b, STR("user"), STR("a"), 2, 500));
		}
		CHECK_OK(store_bulk_origin_get(b, STR("user"), STR("a"), 1, &out));
		CHECK_I64(out, 100);
		CHECK_OK(store_bulk_origin_get(b, STR("post"), STR("a"), 1, &out));
		CHECK_I64(out, 200);
		CHECK_OK(store_bulk_origin_get(b, STR("user"), STR("b"), 1, &out));
		CHECK_I64(out, 300);
		CHECK_OK(store_bulk_origin_get(b, STR("user"), STR("a"), 2, &out));
		CHECK_I64(out, 500);
		CHECK_ERR(store_bulk_origin_get(b, STR("post"), STR("b"), 1, &out), ERR_NOT_FOUND);
		CHECK_OK(store_bulk_commit(b));
		fixture_reopen();
		out = 42;
	}
}

static void *post_one(void *arg)
{
	struct post post;

	CHECK_OK(store_post_create(
		t.s,
		&(struct post_new){.author_id = *(const int64_t *)arg, .text = STR("meanwhile")},
		&post));
	return NULL;
}

static void other_writers_wait_for_the_end_and_readers_do_not(void **state)
{
	int64_t anna = add_user("anna");
	struct store_bulk *b = begin();
	struct post_list list;
	pthread_t thread;
	struct store_counters counters;

	(void)state;
	pthread_create(&thread, NULL, post_one, &anna);
	do {
		store_counters(t.s, &counters);
	} while (counters.write_queue == 0);
	CHECK_OK(store_timeline_public(t.s, (struct cursor){0}, 9, t.a, &list));
	CHECK_I64(list.count, 0);
	bulk_post(b, anna, 1000, false);
	CHECK_OK(store_bulk_commit(b));
	pthread_join(thread, NULL);
	CHECK_OK(store_timeline_public(t.s, (struct cursor){0}, 9, t.a, &list));
	CHECK_I64(list.count, 2);
	CHECK_STR(list.items[0].text, "meanwhile");
}

static const struct CMUnitTest tests[] = {
	STORE_TEST(what_was_loaded_is_there_after_the_commit_and_not_before),
	STORE_TEST(what_was_aborted_left_nothing),
	STORE_TEST(ids_tell_the_time_and_rise_in_the_order_of_calls),
	STORE_TEST(times_out_of_range_still_give_ids),
	STORE_TEST(refused_rows_leave_the_rest_of_the_load_alone),
	STORE_TEST(origins_are_remembered_by_kind_source_and_row),
	STORE_TEST(other_writers_wait_for_the_end_and_readers_do_not),
};

STORE_TESTS_MAIN(tests)
