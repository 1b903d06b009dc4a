/* Whether somebody may take part: states of people, their posts' sight, and settings. */
#include "fixture.h"

#include "store/moderation.h"

static void set_state(int64_t id, enum user_state state, const char *reason)
{
	struct user_standing standing = {
		.state = state, .since_ms = 1000, .until_ms = 2000, .reason = str_from_c(reason)};

	CHECK_OK(store_user_state_set(t.s, id, &standing));
}

static size_t public_count(void)
{
	struct post_list list;

	CHECK_OK(store_timeline_public(t.s, (struct cursor){0}, 50, t.a, &list));
	return list.count;
}

static size_t home_count(int64_t id)
{
	struct post_list list;

	CHECK_OK(store_timeline_home(t.s, id, (struct cursor){0}, 50, t.a, &list));
	return list.count;
}

static size_t user_count(int64_t id)
{
	struct post_list list;

	CHECK_OK(store_timeline_user(t.s, id, (struct cursor){0}, 50, t.a, &list));
	return list.count;
}

static struct session session_of(int64_t user_id, unsigned char byte)
{
	struct session session = {.user_id = user_id, .expires_ms = INT64_MAX - 1};

	memset(session.hash, byte, sizeof(session.hash));
	session.user_agent = STR("");
	return session;
}

static void a_state_is_kept_with_its_reason(void **state)
{
	int64_t anna = add_user("anna");
	struct user_standing got;

	(void)state;
	CHECK_OK(store_user_state_get(t.s, anna, t.a, &got));
	CHECK_I64(got.state, USER_ACTIVE);
	CHECK_STR(got.reason, "");
	set_state(anna, USER_SUSPENDED, "spam");
	fixture_reopen();
	CHECK_OK(store_user_state_get(t.s, anna, t.a, &got));
	CHECK_I64(got.state, USER_SUSPENDED);
	CHECK_I64(got.since_ms, 1000);
	CHECK_I64(got.until_ms, 2000);
	CHECK_STR(got.reason, "spam");
	CHECK_I64(get_user(anna).state, USER_SUSPENDED);
	set_state(anna, USER_ACTIVE, "");
	CHECK_OK(store_user_state_get(t.s, anna, t.a, &got));
	CHECK_I64(got.since_ms, 0);
	CHECK_STR(got.reason, "");
	CHECK_ERR(store_user_state_get(t.s, 12345, t.a, &got), ERR_NOT_FOUND);
	CHECK_ERR(store_user_state_set(t.s, 12345, &got), ERR_NOT_FOUND);
}

static void posts_of_a_suspended_person_are_in_no_timeline_and_come_back(void **state)
{
	int64_t anna = add_user("anna"), berta = add_user("berta");
	uint64_t version;

	(void)state;
	add_follow(berta, anna);
	for (int i = 0; i < 3; i++)
		add_post(anna, "x");
	add_post(berta, "y");
	CHECK_I64(home_count(berta), 4);
	version = store_version(t.s);
	set_state(anna, USER_SUSPENDED, "spam");
	CHECK_I64(store_version(t.s) > version, true);
	CHECK_I64(public_count(), 1);
	CHECK_I64(home_count(berta), 1);
	CHECK_I64(home_count(anna), 0);
	CHECK_I64(user_count(anna), 0);
	CHECK_I64(get_user(anna).post_count, 0);
	CHECK_I64(get_totals().posts, 1);
	set_state(anna, USER_DELETION_DUE, "");
	CHECK_I64(public_count(), 1);
	version = store_version(t.s);
	set_state(anna, USER_ACTIVE, "");
	CHECK_I64(store_version(t.s) > version, true);
	CHECK_I64(public_count(), 4);
	CHECK_I64(home_count(berta), 4);
	CHECK_I64(user_count(anna), 3);
	CHECK_I64(get_user(anna).post_count, 3);
	CHECK_I64(get_totals().posts, 4);
}

static void flags_of_moderators_outlast_a_suspension(void **state)
{
	int64_t anna = add_user("anna"), before = add_post(anna, "1"), during = add_post(anna, "2"),
		freed = add_post(anna, "3");
	struct post_list flagged;

	(void)state;
	set_flagged(before, true);
	set_flagged(freed, true);
	set_state(anna, USER_SUSPENDED, "");
	set_flagged(during, true);
	set_flagged(freed, false);
	CHECK_I64(public_count(), 0);
	CHECK_I64(get_totals().posts, 0);
	CHECK_OK(store_recent_flagged(t.s, 10, t.a, &flagged));
	CHECK_I64(flagged.count, 0);
	set_state(anna, USER_ACTIVE, "");
	CHECK_I64(public_count(), 1);
	CHECK_I64(get_totals().posts, 1);
	CHECK_I64(get_user(anna).post_count, 1);
	set_flagged(before, false);
	set_flagged(during, false);
	CHECK_I64(public_count(), 3);
}

static void who_is_not_active_has_no_sessions_and_writes_nothing(void **state)
{
	static const enum user_state states[] = {USER_SUSPENDED, USER_PENDING, USER_DELETION_DUE};
	int64_t anna = add_user("anna");
	struct session session = session_of(anna, 1), found;
	struct user user;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		CHECK_OK(store_session_create(t.s, &session, 5));
		set_state(anna, states[i], "");
		CHECK_I64(get_totals().sessions, 0);
		CHECK_ERR(store_session_find(t.s, session.hash, 1, t.a, &found, &user),
			  ERR_NOT_FOUND);
		CHECK_ERR(store_session_create(t.s, &session, 5), ERR_NOT_FOUND);
		CHECK_ERR(store_post_create(t.s,
					    &(struct post_new){.author_id = anna, .text = STR("x")},
					    NULL),
			  ERR_NOT_FOUND);
		set_state(anna, USER_ACTIVE, "");
	}
	add_post(anna, "x");
	CHECK_OK(store_session_create(t.s, &session, 5));
	CHECK_OK(store_session_find(t.s, session.hash, 1, t.a, &found, &user));
	CHECK_I64(user.id, anna);
}

static void people_are_listed_by_state(void **state)
{
	int64_t ids[4];
	struct user_list got;

	(void)state;
	ids[0] = add_user("anna");
	ids[1] = add_user("berta");
	ids[2] = add_user("carla");
	ids[3] = add_user("dora");
	set_state(ids[0], USER_PENDING, "");
	set_state(ids[1], USER_SUSPENDED, "");
	set_state(ids[2], USER_PENDING, "");
	set_state(ids[3], USER_PENDING, "");
	CHECK_OK(store_user_state_list(t.s, USER_PENDING, 0, 2, t.a, &got));
	CHECK_I64(got.count, 2);
	CHECK_I64(got.items[0].id, ids[0]);
	CHECK_I64(got.items[1].id, ids[2]);
	CHECK_I64(got.more, true);
	CHECK_OK(store_user_state_list(t.s, USER_PENDING, ids[2], 2, t.a, &got));
	CHECK_I64(got.count, 1);
	CHECK_I64(got.more, false);
}

static void a_suspended_person_can_be_deleted(void **state)
{
	int64_t anna = add_user("anna"), berta = add_user("berta");
	struct user_list got;

	(void)state;
	set_flagged(add_post(anna, "x"), true);
	add_post(anna, "y");
	add_post(berta, "z");
	set_state(anna, USER_SUSPENDED, "");
	CHECK_OK(store_user_delete(t.s, anna));
	CHECK_I64(get_totals().posts, 1);
	CHECK_I64(get_totals().users, 1);
	CHECK_OK(store_user_state_list(t.s, USER_SUSPENDED, 0, 10, t.a, &got));
	CHECK_I64(got.count, 0);
	CHECK_I64(public_count(), 1);
}

static void settings_are_put_replaced_and_taken_back(void **state)
{
	struct setting_list got;
	uint64_t version;

	(void)state;
	CHECK_OK(store_setting_list(t.s, t.a, &got));
	CHECK_I64(got.count, 0);
	version = store_version(t.s);
	CHECK_OK(store_setting_put(t.s, STR("b"), STR("1"), 5));
	CHECK_I64(store_version(t.s) > version, true);
	CHECK_OK(store_setting_put(t.s, STR("a"), STR(""), 5));
	CHECK_OK(store_setting_put(t.s, STR("b"), STR("2"), 6));
	fixture_reopen();
	CHECK_OK(store_setting_list(t.s, t.a, &got));
	CHECK_I64(got.count, 2);
	CHECK_STR(got.items[0].name, "a");
	CHECK_STR(got.items[0].value, "");
	CHECK_STR(got.items[1].value, "2");
	version = store_version(t.s);
	CHECK_OK(store_setting_put(t.s, STR("b"), (struct str){NULL, 0}, 7));
	CHECK_I64(store_version(t.s) > version, true);
	CHECK_OK(store_setting_list(t.s, t.a, &got));
	CHECK_I64(got.count, 1);
}

static const struct CMUnitTest tests[] = {
	STORE_TEST(a_state_is_kept_with_its_reason),
	STORE_TEST(posts_of_a_suspended_person_are_in_no_timeline_and_come_back),
	STORE_TEST(flags_of_moderators_outlast_a_suspension),
	STORE_TEST(who_is_not_active_has_no_sessions_and_writes_nothing),
	STORE_TEST(people_are_listed_by_state),
	STORE_TEST(a_suspended_person_can_be_deleted),
	STORE_TEST(settings_are_put_replaced_and_taken_back),
};

STORE_TESTS_MAIN(tests)
