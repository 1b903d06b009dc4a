/* The history behind the dashboard: store_sample_*(), store_recent_*(). */
#include "fixture.h"

#include <stdio.h>
#include "model/id.h"

static struct sample sample_of(const char *node, int64_t resolution_s, int64_t at_s,
			       const char *data)
{
	return (struct sample){.node = str_from_c(node),
			       .resolution_s = resolution_s,
			       .at_s = at_s,
			       .data = str_from_c(data)};
}

static void put(const char *node, int64_t resolution_s, int64_t at_s, const char *data)
{
	struct sample sample = sample_of(node, resolution_s, at_s, data);

	CHECK_OK(store_sample_put(t.s, &sample, 1));
}

static struct sample_list list(struct sample after, int64_t until_s, size_t limit)
{
	struct sample_list out = {0};

	CHECK_OK(store_sample_list(t.s, &after, until_s, limit, t.a, &out));
	return out;
}

static void samples_come_by_time_and_then_by_node(void **state)
{
	struct sample_list got;

	(void)state;
	put("b:1", 60, 120, "{\"n\":1}");
	put("a:1", 60, 180, "{\"n\":2}");
	put("a:1", 60, 120, "{\"n\":3}");
	put("a:1", 600, 120, "{\"n\":4}");
	put("B:1", 60, 120, "{\"n\":5}"); /* by bytes, whatever the database's language */
	got = list(sample_of("", 60, 120, ""), 240, 10);
	CHECK_I64(got.count, 4);
	CHECK_STR(got.items[0].node, "B:1");
	CHECK_STR(got.items[1].node, "a:1");
	CHECK_STR(got.items[2].node, "b:1");
	CHECK_I64(got.items[2].at_s, 120);
	CHECK_I64(got.items[3].at_s, 180);
	CHECK_I64(got.items[3].resolution_s, 60);
	assert_false(got.more);
	CHECK_I64(list(sample_of("", 60, 121, ""), 240, 10).count, 1);
	CHECK_I64(list(sample_of("", 60, 0, ""), 180, 10).count, 3);
	CHECK_I64(list(sample_of("", 3600, 0, ""), 240, 10).count, 0);
}

static void samples_are_read_on_from_the_last_one(void **state)
{
	struct sample after = sample_of("", 60, 0, "");
	struct sample_list got;
	size_t count = 0;

	(void)state;
	for (int64_t at_s = 0; at_s < 600; at_s += 60) {
		put("a:1", 60, at_s, "{}");
		put("b:1", 60, at_s, "{}");
	}
	do {
		got = list(after, 1000, 3);
		count += got.count;
		after = got.items[got.count - 1];
	} while (got.more);
	CHECK_I64(count, 20);
	CHECK_I64(after.at_s, 540);
	CHECK_STR(after.node, "b:1");
}

static void a_sample_put_again_is_replaced_and_all_are_kept(void **state)
{
	struct sample both[] = {sample_of("a:1", 60, 60, "{\"n\":1}"),
				sample_of("a:1", 600, 0, "{\"n\":7}")};
	struct sample many[STORE_SAMPLES_MAX + 1] = {{.node = STR("a:1")}};
	struct sample_list got;

	(void)state;
	put("a:1", 60, 60, "{\"n\":0}");
	CHECK_OK(store_sample_put(t.s, both, 2));
	CHECK_ERR(store_sample_put(t.s, many, STORE_SAMPLES_MAX + 1), ERR_INVALID);
	fixture_reopen();
	got = list(sample_of("", 60, 0, ""), 100, 10);
	CHECK_I64(got.count, 1);
	assert_non_null(memchr(got.items[0].data.ptr, '1', got.items[0].data.len));
	got = list(sample_of("", 600, 0, ""), 100, 10);
	CHECK_I64(got.count, 1);
	assert_non_null(memchr(got.items[0].data.ptr, '7', got.items[0].data.len));
}

static void old_samples_of_one_resolution_are_trimmed(void **state)
{
	(void)state;
	for (int64_t at_s = 0; at_s < 300; at_s += 60)
		put(at_s % 120 ? "a:1" : "gone:1", 60, at_s, "{}");
	put("a:1", 600, 0, "{}");
	CHECK_OK(store_sample_trim(t.s, 60, 180));
	CHECK_I64(list(sample_of("", 60, 0, ""), 1000, 10).count, 2);
	CHECK_I64(list(sample_of("", 600, 0, ""), 1000, 10).count, 1);
}

static void samples_change_no_page(void **state)
{
	uint64_t version;

	(void)state;
	add_post(add_user("anna"), "x");
	version = store_version(t.s);
	assert_true(version > 0);
	put("a:1", 60, 60, "{}");
	CHECK_OK(store_sample_trim(t.s, 60, 1000));
	CHECK_I64(store_version(t.s), version);
	add_post(add_user("berta"), "y");
	assert_true(store_version(t.s) > version);
}

static void samples_outlive_the_people(void **state)
{
	int64_t anna = add_user("anna");

	(void)state;
	put("a:1", 60, 60, "{}");
	CHECK_OK(store_user_delete(t.s, anna));
	CHECK_I64(list(sample_of("", 60, 0, ""), 1000, 10).count, 1);
}

static void a_frozen_database_takes_no_samples(void **state)
{
	struct sample sample = sample_of("a:1", 60, 60, "{}");
	struct buf why = BUF_INIT(1024);

	(void)state;
	CHECK_OK(store_set_frozen(buf_str(&t.url), true, &why));
	CHECK_ERR(store_sample_put(t.s, &sample, 1), ERR_READ_ONLY);
	CHECK_I64(list(sample_of("", 60, 0, ""), 1000, 10).count, 0);
	CHECK_OK(store_set_frozen(buf_str(&t.url), false, &why));
	put("a:1", 60, 60, "{}");
	buf_release(&why);
}

static void the_summary_counts_recent_posts_by_author(void **state)
{
	int64_t anna = add_user("anna"), berta = add_user("berta"), carla = add_user("carla");
	struct post_summary sum = {0};
	int64_t first, hidden;

	(void)state;
	CHECK_OK(store_recent_summary(t.s, 0, 10, t.a, &sum));
	CHECK_I64(sum.scanned, 0);
	CHECK_I64(sum.author_count, 0);
	add_post(carla, "before");
	first = add_post(anna, "1");
	for (int i = 0; i < 3; i++)
		add_post(berta, "2");
	hidden = add_post(anna, "3");
	set_flagged(hidden, true);
	CHECK_OK(store_recent_summary(t.s, first, 10, t.a, &sum));
	CHECK_I64(sum.scanned, 5);
	CHECK_I64(sum.flagged, 1);
	CHECK_I64(sum.author_count, 2);
	CHECK_STR(sum.authors[0].name, "berta");
	CHECK_I64(sum.authors[0].author_id, berta);
	CHECK_I64(sum.authors[0].posts, 3);
	CHECK_I64(sum.authors[1].posts, 1);
	CHECK_OK(store_recent_summary(t.s, first, 1, t.a, &sum));
	CHECK_I64(sum.author_count, 1);
	CHECK_I64(sum.scanned, 5);
}

static void flagged_posts_are_listed_newest_first(void **state)
{
	int64_t anna = add_user("anna"), ids[4];
	struct post_list got = {0};

	(void)state;
	for (size_t i = 0; i < 4; i++)
		ids[i] = add_post(anna, "x");
	set_flagged(ids[0], true);
	set_flagged(ids[2], true);
	set_flagged(ids[3], true);
	CHECK_OK(store_recent_flagged(t.s, 2, t.a, &got));
	CHECK_I64(got.count, 2);
	CHECK_I64(got.items[0].id, ids[3]);
	CHECK_I64(got.items[1].id, ids[2]);
	CHECK_STR(got.items[1].author_name, "anna");
}

static const struct CMUnitTest tests[] = {
	STORE_TEST(samples_come_by_time_and_then_by_node),
	STORE_TEST(samples_are_read_on_from_the_last_one),
	STORE_TEST(a_sample_put_again_is_replaced_and_all_are_kept),
	STORE_TEST(old_samples_of_one_resolution_are_trimmed),
	STORE_TEST(samples_change_no_page),
	STORE_TEST(samples_outlive_the_people),
	STORE_TEST(a_frozen_database_takes_no_samples),
	STORE_TEST(the_summary_counts_recent_posts_by_author),
	STORE_TEST(flagged_posts_are_listed_newest_first),
};

STORE_TESTS_MAIN(tests)
