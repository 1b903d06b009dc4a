/* `kinglet demo`: the made-up community. */
#include "service_fixture.h"

#include "command/command.h"
#include "service/follow.h"

static char *out_text;
static size_t out_bytes;

static int run_demo(void)
{
	char name[] = "demo", *argv[] = {name};
	struct command command = {.service = fx.service, .in = stdin, .err = stderr};
	int status;

	free(out_text);
	command.out = open_memstream(&out_text, &out_bytes);
	status = command_main(&command, 1, argv);
	fclose(command.out);
	return status;
}

static int teardown(void **state)
{
	free(out_text);
	out_text = NULL;
	return fixture_teardown(state);
}

static int compare_texts(const void *a, const void *b)
{
	return str_compare(((const struct post *)a)->text, ((const struct post *)b)->text);
}

/* All posts, oldest first; .items is malloc'd. */
static struct post_list every_post(void)
{
	struct post_list all = {.items = NULL}, some;
	int64_t after_id = 0;

	do {
		assert_int_equal(post_list_all(&fx.service, fx.arena, after_id, &some), ERR_OK);
		all.items = reallocarray(all.items, all.count + some.count + 1,
					 sizeof(struct post));
		memcpy(all.items + all.count, some.items, some.count * sizeof(struct post));
		all.count += some.count;
		if (all.count)
			after_id = all.items[all.count - 1].id;
	} while (some.count);
	return all;
}

static void a_community_of_some_hundred_people_and_some_thousand_posts_is_there(void **state)
{
	struct store_totals t;

	(void)state;
	assert_int_equal(run_demo(), COMMAND_OK);
	assert_int_equal(store_totals(fx.service.store, &t), ERR_OK);
	if (t.users < 100 || t.posts < 2500 || t.posts > 4000 || t.follows < 1000)
		fail_msg("got %lld people, %lld posts, %lld follows", (long long)t.users,
			 (long long)t.posts, (long long)t.follows);
}

static void its_posts_lie_in_the_last_six_weeks_and_end_now(void **state)
{
	const int64_t now_ms = INT64_C(1700000000000), day_ms = 24 * 3600 * 1000;
	struct post_list all;

	(void)state;
	clock_set_fake_ms(now_ms);
	assert_int_equal(run_demo(), COMMAND_OK);
	all = every_post();
	assert_true(all.items[0].created_ms > now_ms - 44 * day_ms);
	assert_true(all.items[all.count - 1].created_ms < now_ms);
	assert_true(all.items[all.count - 1].created_ms > now_ms - 5 * 60000);
	for (size_t i = 1; i < all.count; i++)
		assert_true(all.items[i - 1].created_ms <= all.items[i].created_ms);
	free(all.items);
}

static void nobody_says_the_same_twice_and_no_slot_is_left_open(void **state)
{
	struct post_list all;

	(void)state;
	assert_int_equal(run_demo(), COMMAND_OK);
	all = every_post();
	qsort(all.items, all.count, sizeof(*all.items), compare_texts);
	for (size_t i = 0; i < all.count; i++) {
		struct str text = all.items[i].text;

		if (str_index(text, '{') >= 0 || str_index(text, '}') >= 0)
			fail_msg("a slot is open: %.*s", STR_ARG(text));
		if (i > 0 && str_eq(text, all.items[i - 1].text))
			fail_msg("twice: %.*s", STR_ARG(text));
	}
	free(all.items);
}

static void nobody_writes_before_they_joined(void **state)
{
	struct post_list all;

	(void)state;
	assert_int_equal(run_demo(), COMMAND_OK);
	all = every_post();
	for (size_t i = 0; i < all.count; i++) {
		struct user author;

		assert_int_equal(
			store_user_get(fx.service.store, all.items[i].author_id, fx.arena, &author),
			ERR_OK);
		if (author.created_ms > all.items[i].created_ms)
			fail_msg("%.*s writes before joining", STR_ARG(author.name));
	}
	free(all.items);
}

static void demo_signs_in_reads_and_is_read_and_nobody_else_can_sign_in(void **state)
{
	struct user_list list;
	enum problem problem;
	struct sign_in in;

	(void)state;
	assert_int_equal(run_demo(), COMMAND_OK);
	assert_int_equal(account_sign_in(&fx.service, fx.arena, STR("demo"), STR("demo"), STR(""),
					 &problem, &in),
			 ERR_OK);
	assert_int_equal(problem, PROBLEM_NONE);
	assert_true(in.user.following_count >= 20);
	assert_true(in.user.follower_count >= 10);
	assert_int_equal(account_list(&fx.service, fx.arena, 0, &list), ERR_OK);
	for (size_t i = 0; i < list.count; i++) {
		if (list.items[i].id != in.user.id && list.items[i].pw_hash.len)
			fail_msg("%.*s has a password", STR_ARG(list.items[i].name));
	}
}

static void some_are_far_better_known_than_others(void **state)
{
	struct user_list list;
	int64_t most = 0, least = INT64_MAX;

	(void)state;
	assert_int_equal(run_demo(), COMMAND_OK);
	assert_int_equal(account_list(&fx.service, fx.arena, 0, &list), ERR_OK);
	for (size_t i = 0; i < list.count; i++) {
		int64_t count = list.items[i].follower_count;

		most = count > most ? count : most;
		least = count < least ? count : least;
	}
	if (most < 50 || least > 12)
		fail_msg("followers: got %lld to %lld", (long long)least, (long long)most);
}

static void a_database_that_has_people_is_left_alone(void **state)
{
	struct store_totals t;

	(void)state;
	fixture_person("Ada");
	assert_int_equal(run_demo(), COMMAND_OK);
	assert_non_null(strstr(out_text, "nothing was added"));
	assert_int_equal(store_totals(fx.service.store, &t), ERR_OK);
	assert_int_equal(t.users, 1);
	assert_int_equal(t.posts, 0);
}

#define T(what_must_be_true) \
	cmocka_unit_test_setup_teardown(what_must_be_true, fixture_setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_community_of_some_hundred_people_and_some_thousand_posts_is_there),
		T(its_posts_lie_in_the_last_six_weeks_and_end_now),
		T(nobody_says_the_same_twice_and_no_slot_is_left_open),
		T(nobody_writes_before_they_joined),
		T(demo_signs_in_reads_and_is_read_and_nobody_else_can_sign_in),
		T(some_are_far_better_known_than_others),
		T(a_database_that_has_people_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
