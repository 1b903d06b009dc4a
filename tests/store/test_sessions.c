/* Sign-ins and the simulator's counter: store_session_*(), store_latest_*(). */
#include "fixture.h"

#include <stdio.h>
#include "base/clock.h"

static struct session session_of(int64_t user_id, unsigned char number)
{
	return (struct session){
		.hash = {number, 7, [31] = number},
		.user_id = user_id,
		.created_ms = 1000 + number,
		.seen_ms = 2000 + number,
		.expires_ms = 5000,
		.user_agent = STR("Browser/1.0 (\xe2\x9c\x93)"),
	};
}

static void add_session(int64_t user_id, unsigned char number, size_t keep_max)
{
	struct session session = session_of(user_id, number);

	CHECK_OK(store_session_create(t.s, &session, keep_max));
}

static enum err find(unsigned char number, int64_t now_ms, struct session *out, struct user *user)
{
	struct session wanted = session_of(0, number);

	return store_session_find(t.s, wanted.hash, now_ms, t.a, out, user);
}

static void a_session_is_found_with_its_person_until_it_expires(void **state)
{
	int64_t anna = add_user("anna");
	struct session session = {0}, untouched = {.seen_ms = 42};
	struct user user = {0};

	(void)state;
	add_session(anna, 1, 10);
	CHECK_OK(find(1, 4999, &session, &user));
	CHECK_I64(session.user_id, anna);
	CHECK_I64(session.created_ms, 1001);
	CHECK_I64(session.seen_ms, 2001);
	CHECK_I64(session.expires_ms, 5000);
	CHECK_STR(session.user_agent, "Browser/1.0 (\xe2\x9c\x93)");
	assert_memory_equal(session.hash, session_of(anna, 1).hash, SESSION_HASH_BYTES);
	CHECK_I64(user.id, anna);
	CHECK_STR(user.name, "anna");
	CHECK_ERR(find(1, 5000, &untouched, &user), ERR_NOT_FOUND);
	CHECK_ERR(find(2, 0, &untouched, &user), ERR_NOT_FOUND);
	CHECK_I64(untouched.seen_ms, 42);
}

static void a_session_of_nobody_is_refused(void **state)
{
	struct session session = session_of(99, 1);

	(void)state;
	CHECK_ERR(store_session_create(t.s, &session, 10), ERR_NOT_FOUND);
	CHECK_I64(get_totals().sessions, 0);
}

static void the_oldest_sessions_go_when_there_are_too_many(void **state)
{
	int64_t anna = add_user("anna"), berta = add_user("berta");
	struct session_list list;

	(void)state;
	add_session(berta, 100, 3);
	for (unsigned char i = 1; i <= 5; i++)
		add_session(anna, i, 3);
	CHECK_OK(store_session_list(t.s, anna, 0, t.a, &list));
	CHECK_I64(list.count, 3);
	for (size_t i = 0; i < 3; i++)
		CHECK_I64(list.items[i].hash[0], 5 - i);
	CHECK_I64(get_totals().sessions, 4);
	/* One made with an earlier time, as after a step of the clock, stays all the same. */
	add_session(anna, 0, 3);
	CHECK_OK(store_session_list(t.s, anna, 0, t.a, &list));
	CHECK_I64(list.count, 3);
	CHECK_I64(list.items[0].hash[0], 5);
	CHECK_I64(list.items[2].hash[0], 0);
	add_session(anna, 9, 1);
	CHECK_OK(store_session_list(t.s, anna, 0, t.a, &list));
	CHECK_I64(list.count, 1);
	CHECK_I64(list.items[0].hash[0], 9);
	CHECK_OK(store_session_list(t.s, berta, 0, t.a, &list));
	CHECK_I64(list.count, 1);
}

static void a_touch_prolongs_and_is_fine_where_it_is_gone(void **state)
{
	int64_t anna = add_user("anna");
	struct session session;
	struct user user;

	(void)state;
	add_session(anna, 1, 10);
	CHECK_OK(store_session_touch(t.s, session_of(0, 1).hash, 4000, 9000));
	CHECK_OK(find(1, 8999, &session, &user));
	CHECK_I64(session.seen_ms, 4000);
	CHECK_I64(session.expires_ms, 9000);
	CHECK_OK(store_session_touch(t.s, session_of(0, 2).hash, 4000, 9000));
	CHECK_ERR(find(2, 0, &session, &user), ERR_NOT_FOUND);
}

static void sessions_end_one_by_one_and_all_but_one(void **state)
{
	int64_t anna = add_user("anna"), berta = add_user("berta");
	struct session session;
	struct session_list list;
	struct user user;

	(void)state;
	for (unsigned char i = 1; i <= 4; i++)
		add_session(anna, i, 10);
	add_session(berta, 9, 10);
	for (int i = 0; i < 2; i++)
		CHECK_OK(store_session_delete(t.s, session_of(0, 2).hash));
	CHECK_ERR(find(2, 0, &session, &user), ERR_NOT_FOUND);
	CHECK_I64(get_totals().sessions, 4);
	CHECK_OK(store_session_delete_all(t.s, anna, session_of(0, 3).hash));
	CHECK_OK(store_session_list(t.s, anna, 0, t.a, &list));
	CHECK_I64(list.count, 1);
	CHECK_I64(list.items[0].hash[0], 3);
	CHECK_OK(store_session_delete_all(t.s, anna, NULL));
	CHECK_OK(store_session_list(t.s, anna, 0, t.a, &list));
	CHECK_I64(list.count, 0);
	CHECK_OK(find(9, 0, &session, &user));
	CHECK_I64(get_totals().sessions, 1);
}

static void expired_sessions_are_cleared_away(void **state)
{
	int64_t anna = add_user("anna");
	struct session_list list;

	(void)state;
	for (unsigned char i = 1; i <= 3; i++) {
		add_session(anna, i, 10);
		CHECK_OK(store_session_touch(t.s, session_of(0, i).hash, 0, 1000 * i));
	}
	CHECK_OK(store_session_list(t.s, anna, 1000, t.a, &list));
	CHECK_I64(list.count, 2);
	CHECK_OK(store_session_expire(t.s, 999));
	CHECK_I64(get_totals().sessions, 3);
	CHECK_OK(store_session_expire(t.s, 2000));
	CHECK_I64(get_totals().sessions, 1);
	fixture_reopen();
	CHECK_I64(get_totals().sessions, 1);
}

static int64_t get_latest(void)
{
	int64_t latest = 42;

	CHECK_OK(store_latest_get(t.s, &latest));
	return latest;
}

static void the_last_latest_is_read_at_once_and_kept(void **state)
{
	static const int64_t values[] = {5, 100, 7, 0, -5, INT64_MAX};

	(void)state;
	CHECK_I64(get_latest(), -1);
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		CHECK_OK(store_latest_set(t.s, values[i]));
		CHECK_I64(get_latest(), values[i]);
		fixture_reopen();
		CHECK_I64(get_latest(), values[i]);
	}
}

static void latest_alone_is_written_soon_without_another_write(void **state)
{
	struct store_counters before, now;
	int64_t deadline_us = clock_mono_us() + 20000000;

	(void)state;
	store_counters(t.s, &before);
	CHECK_OK(store_latest_set(t.s, 9));
	do {
		store_counters(t.s, &now);
	} while (now.commits == before.commits && clock_mono_us() < deadline_us);
	CHECK_I64(now.commits, before.commits + 1);
}

static void however_many_have_expired_all_are_cleared_away(void **state)
{
	int64_t anna = add_user("anna");

	(void)state;
	for (int i = 0; i < 600; i++) {
		struct session session = session_of(anna, (unsigned char)i);

		session.hash[2] = (unsigned char)(i / 256);
		CHECK_OK(store_session_create(t.s, &session, 1000));
	}
	CHECK_I64(get_totals().sessions, 600);
	CHECK_OK(store_session_expire(t.s, 5000));
	CHECK_I64(get_totals().sessions, 0);
	t.engine->check(buf_str(&t.url));
}

static int64_t active_since(int64_t ms)
{
	int64_t count = -1;

	CHECK_OK(store_active_users(t.s, ms, &count));
	return count;
}

static void whoever_looked_or_wrote_since_then_is_active_and_counted_once(void **state)
{
	int64_t anna = add_user("anna"), bo = add_user("bo"), cy = add_user("cy"), now_ms;
	struct store_bulk *bulk;

	(void)state;
	add_user("dora"); /* does neither */
	CHECK_I64(active_since(0), 0);
	add_session(anna, 1, 10); /* seen at 2001, ends at 5000 */
	add_session(anna, 2, 10); /* 2002 */
	add_session(bo, 3, 10);	  /* 2003 */
	CHECK_I64(active_since(0), 2);
	CHECK_I64(active_since(2002), 2);
	CHECK_I64(active_since(2003), 1);
	CHECK_I64(active_since(2004), 0);
	CHECK_OK(store_bulk_begin(t.s, &bulk));
	CHECK_OK(store_bulk_post(bulk, cy, STR("old"), 3000, true, NULL));
	CHECK_OK(store_bulk_commit(bulk));
	CHECK_I64(active_since(2003), 2);
	CHECK_I64(active_since(3000), 1);
	CHECK_I64(active_since(3001), 0);
	now_ms = clock_now_ms();
	add_post(anna, "new");
	add_post(anna, "newer");
	CHECK_I64(active_since(now_ms - 60000), 1);
	CHECK_I64(active_since(now_ms + 60000), 0);
	CHECK_I64(active_since(0), 3);
}

static void the_database_has_a_size(void **state)
{
	int64_t bytes = 0;

	(void)state;
	CHECK_OK(store_file_bytes(t.s, &bytes));
	if (bytes < 4096)
		fail_msg("got %lld bytes", (long long)bytes);
}

static const struct CMUnitTest tests[] = {
	STORE_TEST(a_session_is_found_with_its_person_until_it_expires),
	STORE_TEST(a_session_of_nobody_is_refused),
	STORE_TEST(the_oldest_sessions_go_when_there_are_too_many),
	STORE_TEST(a_touch_prolongs_and_is_fine_where_it_is_gone),
	STORE_TEST(sessions_end_one_by_one_and_all_but_one),
	STORE_TEST(expired_sessions_are_cleared_away),
	STORE_TEST(however_many_have_expired_all_are_cleared_away),
	STORE_TEST(whoever_looked_or_wrote_since_then_is_active_and_counted_once),
	STORE_TEST(the_database_has_a_size),
	STORE_TEST(the_last_latest_is_read_at_once_and_kept),
	STORE_TEST(latest_alone_is_written_soon_without_another_write),
};

STORE_TESTS_MAIN(tests)
