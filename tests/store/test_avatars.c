/* Pictures that people uploaded. */
#include "fixture.h"
#include "store/avatar.h"
#include "store/moderation.h"

static const struct str small = STR_INIT("RIFF\0small\xff"),
			large = STR_INIT("RIFF\0the large one");

static void set_avatar(int64_t user_id, int64_t hash)
{
	CHECK_OK(store_avatar_set(t.s, &(struct avatar_new){.user_id = user_id,
							    .hash = hash,
							    .small = small,
							    .large = large,
							    .now_ms = 5}));
}

static enum err find(int64_t hash)
{
	struct str bytes;

	return store_avatar_get(t.s, hash, false, t.a, &bytes);
}

static int64_t on_home_of(int64_t user_id)
{
	struct post_list list;

	/* Read twice, so that what is kept in memory is asked, too. */
	CHECK_OK(store_timeline_home(t.s, user_id, (struct cursor){0}, 30, t.a, &list));
	CHECK_OK(store_timeline_home(t.s, user_id, (struct cursor){0}, 30, t.a, &list));
	return list.items[0].author_avatar;
}

static void a_picture_is_kept_in_two_sizes(void **state)
{
	int64_t anna = add_user("anna");
	struct str bytes;

	(void)state;
	CHECK_ERR(find(77), ERR_NOT_FOUND);
	set_avatar(anna, 77);
	CHECK_OK(store_avatar_get(t.s, 77, false, t.a, &bytes));
	assert_true(str_eq(bytes, small));
	CHECK_OK(store_avatar_get(t.s, 77, true, t.a, &bytes));
	assert_true(str_eq(bytes, large));
	CHECK_ERR(find(78), ERR_NOT_FOUND);
	fixture_reopen();
	CHECK_OK(find(77));
	CHECK_I64(get_user(anna).avatar, 77);
}

static void a_new_picture_is_on_posts_at_once(void **state)
{
	int64_t anna = add_user("anna"), ben = add_user("ben"), id = add_post(anna, "before");
	struct post_list list;
	struct post post;

	(void)state;
	add_follow(ben, anna);
	CHECK_I64(on_home_of(ben), 0);
	for (int64_t hash = 0x7ffffffffffffff0; hash < 0x7ffffffffffffff2; hash++) {
		set_avatar(anna, hash);
		CHECK_I64(on_home_of(ben), hash);
		CHECK_OK(store_timeline_public(t.s, (struct cursor){0}, 30, t.a, &list));
		CHECK_I64(list.items[0].author_avatar, hash);
		CHECK_OK(store_post_get(t.s, id, t.a, &post));
		CHECK_I64(post.author_avatar, hash);
		CHECK_I64(get_user(anna).avatar, hash);
	}
	CHECK_ERR(find(0x7ffffffffffffff0), ERR_NOT_FOUND);
	CHECK_OK(store_avatar_delete(t.s, anna));
	CHECK_I64(on_home_of(ben), 0);
	CHECK_I64(get_user(anna).avatar, 0);
	CHECK_ERR(find(0x7ffffffffffffff1), ERR_NOT_FOUND);
}

static void a_picture_of_two_stays_until_both_have_another(void **state)
{
	int64_t anna = add_user("anna"), ben = add_user("ben");

	(void)state;
	set_avatar(anna, 7);
	set_avatar(ben, 7);
	CHECK_OK(store_avatar_delete(t.s, anna));
	CHECK_OK(find(7));
	CHECK_OK(store_user_delete(t.s, ben));
	CHECK_ERR(find(7), ERR_NOT_FOUND);
}

static void who_is_out_of_sight_has_no_picture(void **state)
{
	static const enum user_state hidden[] = {USER_SUSPENDED, USER_DELETION_DUE};
	int64_t anna = add_user("anna");

	(void)state;
	set_avatar(anna, 7);
	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++) {
		struct user_standing standing = {
			.state = hidden[i], .since_ms = 1, .reason = STR("")};

		CHECK_OK(store_user_state_set(t.s, anna, &standing));
		CHECK_ERR(find(7), ERR_NOT_FOUND);
		standing.state = USER_ACTIVE;
		CHECK_OK(store_user_state_set(t.s, anna, &standing));
		CHECK_OK(find(7));
	}
}

static void the_unknown_have_none(void **state)
{
	struct avatar_new avatar = {.user_id = 99, .hash = 7, .small = small, .large = large};

	(void)state;
	CHECK_ERR(store_avatar_set(t.s, &avatar), ERR_NOT_FOUND);
	CHECK_ERR(find(7), ERR_NOT_FOUND);
	CHECK_ERR(store_avatar_delete(t.s, 99), ERR_NOT_FOUND);
	avatar.user_id = add_user("anna");
	CHECK_OK(store_avatar_delete(t.s, avatar.user_id));
	avatar.hash = 0;
	CHECK_ERR(store_avatar_set(t.s, &avatar), ERR_INVALID);
}

static const struct CMUnitTest tests[] = {
	STORE_TEST(a_picture_is_kept_in_two_sizes),
	STORE_TEST(a_new_picture_is_on_posts_at_once),
	STORE_TEST(a_picture_of_two_stays_until_both_have_another),
	STORE_TEST(who_is_out_of_sight_has_no_picture),
	STORE_TEST(the_unknown_have_none),
};

STORE_TESTS_MAIN(tests)
