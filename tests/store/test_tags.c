/* Lists of posts by a tag: store_tag_timeline(). */
#include "fixture.h"

#include "store/search.h"

static struct post_list tagged_at(const char *key, struct cursor at, size_t limit)
{
	struct post_list list = {0};

	CHECK_OK(store_tag_timeline(t.s, str_from_c(key), at, limit, t.a, &list));
	return list;
}

static size_t tagged(const char *key)
{
	return tagged_at(key, (struct cursor){0}, 100).count;
}

static void posts_are_listed_by_each_of_their_tags_once(void **state)
{
	int64_t author = add_user("anna");

	(void)state;
	add_post(author, "#Cats #cats #CATS and #Straße");
	add_post(author, "#cats, no #1");
	add_post(author, "cats");
	CHECK_I64(tagged("cats"), 2);
	CHECK_I64(tagged("strasse"), 1);
	CHECK_I64(tagged("1"), 0);
	CHECK_I64(tagged(""), 0);
	CHECK_STR(tagged_at("strasse", (struct cursor){0}, 1).items[0].author_name, "anna");
}

static void only_posts_in_sight_are_listed(void **state)
{
	int64_t anna = add_user("anna"), bo = add_user("bo");
	int64_t first = add_post(anna, "#a 1"), second = add_post(anna, "#a 2");

	(void)state;
	add_post(bo, "#a 3");
	set_flagged(first, true);
	CHECK_I64(tagged("a"), 2);
	CHECK_OK(store_post_delete(t.s, second));
	CHECK_I64(tagged("a"), 1);
	CHECK_OK(store_user_delete(t.s, bo));
	CHECK_I64(tagged("a"), 0);
	set_flagged(first, false);
	CHECK_I64(tagged("a"), 1);
}

static void a_tags_list_pages_in_both_directions(void **state)
{
	int64_t author = add_user("anna"), ids[5];
	struct post_list page;

	(void)state;
	for (int i = 0; i < 5; i++) {
		ids[i] = add_post(author, "#a");
		add_post(author, "#ab");
	}
	page = tagged_at("a", (struct cursor){CURSOR_BEFORE, ids[4]}, 2);
	CHECK_I64(page.count, 2);
	CHECK_I64(page.items[0].id, ids[3]);
	CHECK_I64(page.items[1].id, ids[2]);
	CHECK_I64(page.newer, true);
	CHECK_I64(page.older, true);
	page = tagged_at("a", (struct cursor){CURSOR_AFTER, ids[1]}, 3);
	CHECK_I64(page.count, 3);
	CHECK_I64(page.items[0].id, ids[4]);
	CHECK_I64(page.newer, false);
	CHECK_I64(page.older, true);
	page = tagged_at("a", (struct cursor){CURSOR_BEFORE, ids[0]}, 3);
	CHECK_I64(page.count, 0);
	CHECK_I64(page.older, false);
}

static const struct CMUnitTest tests[] = {
	STORE_TEST(posts_are_listed_by_each_of_their_tags_once),
	STORE_TEST(only_posts_in_sight_are_listed),
	STORE_TEST(a_tags_list_pages_in_both_directions),
};
STORE_TESTS_MAIN(tests)
