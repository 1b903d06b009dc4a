/* The numbers behind the dashboard: adding up, percentiles, uptime; and what the recorder keeps. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>
#include <sqlite3.h>

#include "admin/recorder.h"

static void set(struct history_row *row, enum history_field field, size_t i, int64_t value)
{
	history_at(row, field)[i] = value;
}

static void counters_add_up_and_gauges_keep_mean_and_greatest(void **state)
{
	struct history_row sum = {0}, a = {0}, b = {0};

	(void)state;
	set(&a, HISTORY_SAMPLES, 0, 1);
	set(&a, HISTORY_FIRST_S, 0, 500);
	set(&a, HISTORY_RSS_SUM, 0, 100);
	set(&a, HISTORY_RSS_MAX, 0, 100);
	set(&a, HISTORY_FRONTEND, 3, 2);
	set(&a, HISTORY_USERS, 0, 10);
	b = a;
	set(&b, HISTORY_FIRST_S, 0, 560);
	set(&b, HISTORY_RSS_SUM, 0, 300);
	set(&b, HISTORY_RSS_MAX, 0, 300);
	set(&b, HISTORY_USERS, 0, 9);
	history_merge(&sum, &a);
	history_merge(&sum, &b);
	assert_int_equal(history_get(&sum, HISTORY_FIRST_S), 500);
	assert_int_equal(history_array(&sum, HISTORY_FRONTEND)[3], 4);
	assert_int_equal(history_requests(&sum, HISTORY_FRONTEND), 4);
	assert_int_equal(history_get(&sum, HISTORY_RSS_MAX), 300);
	assert_int_equal(history_get(&sum, HISTORY_USERS), 9);
	assert_float_equal(history_mean(&sum, HISTORY_RSS_SUM), 200, 1e-9);
	assert_true(isnan(history_mean(&(struct history_row){0}, HISTORY_RSS_SUM)));
}

static void rows_of_nodes_join_without_doubling_time_or_people(void **state)
{
	struct history_row a = {0}, b = {0};

	(void)state;
	set(&a, HISTORY_WALL_MS, 0, 60000);
	set(&a, HISTORY_USERS, 0, 10);
	set(&a, HISTORY_BACKEND, 0, 600);
	b = a;
	set(&b, HISTORY_WALL_MS, 0, 30000);
	history_join(&a, &b);
	assert_int_equal(history_get(&a, HISTORY_WALL_MS), 60000);
	assert_int_equal(history_get(&a, HISTORY_USERS), 10);
	assert_float_equal(history_rate(&a, history_requests(&a, HISTORY_BACKEND)), 20, 1e-9);
}

static void a_counter_that_began_anew_counts_from_nothing(void **state)
{
	struct history_row before = {0}, now = {0}, row;

	(void)state;
	set(&before, HISTORY_COMMITS, 0, 100);
	set(&before, HISTORY_WRITES, 0, 100);
	set(&before, HISTORY_USERS, 0, 5);
	set(&now, HISTORY_COMMITS, 0, 130);
	set(&now, HISTORY_WRITES, 0, 7);
	set(&now, HISTORY_USERS, 0, 6);
	row = history_since(&before, &now);
	assert_int_equal(history_get(&row, HISTORY_COMMITS), 30);
	assert_int_equal(history_get(&row, HISTORY_WRITES), 7);
	assert_int_equal(history_get(&row, HISTORY_USERS), 6);
}

static void percentiles_are_read_off_the_buckets(void **state)
{
	int64_t buckets[HISTORY_BUCKET_COUNT] = {0};

	(void)state;
	assert_true(isnan(history_percentile_ms(buckets, .5)));
	buckets[3] = 100; /* 0.5 to 1 ms */
	assert_float_equal(history_percentile_ms(buckets, .5), .75, 1e-9);
	assert_float_equal(history_percentile_ms(buckets, 1), 1, 1e-9);
	buckets[9] = 100; /* 50 to 100 ms */
	assert_float_equal(history_percentile_ms(buckets, .5), 1, 1e-9);
	assert_float_equal(history_percentile_ms(buckets, .75), 75, 1e-9);
	buckets[HISTORY_BOUND_COUNT] = 1000; /* over 10 s: no more is known */
	assert_float_equal(history_percentile_ms(buckets, .99), 10000, 1e-9);
}

static void percentiles_of_a_sum_are_those_of_all_requests(void **state)
{
	struct history_row quick = {0}, slow = {0}, sum = {0};

	(void)state;
	set(&quick, HISTORY_FRONTEND_LATENCY, 0, 990);
	set(&slow, HISTORY_FRONTEND_LATENCY, 12, 10); /* 0.5 to 1 s */
	history_merge(&sum, &quick);
	history_merge(&sum, &slow);
	assert_true(history_percentile_ms(history_array(&sum, HISTORY_FRONTEND_LATENCY), .98) < 1);
	assert_true(history_percentile_ms(history_array(&sum, HISTORY_FRONTEND_LATENCY), .995) >
		    500);
}

static void uptime_is_of_the_minutes_since_it_was_first_seen(void **state)
{
	static const struct {
		int64_t minutes, first_s, from_s, until_s;
		double wanted;
	} cases[] = {
		{60, 0, 3600, 7200, 100},    {30, 0, 3600, 7200, 50},	{0, 0, 3600, 7200, 0},
		{10, 6600, 3600, 7200, 100}, {5, 6600, 3600, 7200, 50}, {11, 6659, 3600, 7200, 100},
		{61, 0, 3600, 7259, 100},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		double got = history_uptime(cases[i].minutes, cases[i].first_s, cases[i].from_s,
					    cases[i].until_s);

		if (fabs(got - cases[i].wanted) > 1e-9)
			fail_msg("case %zu: got %g, wanted %g", i, got, cases[i].wanted);
	}
	assert_true(isnan(history_uptime(0, 7300, 3600, 7200)));
	assert_true(isnan(history_uptime(1, 7190, 3600, 7199)));
}

static void a_row_is_read_as_it_was_written(void **state)
{
	struct history_row row = {0}, back;
	struct buf json = BUF_INIT(4096);

	(void)state;
	history_write(&json, &row);
	assert_string_equal(buf_c(&json), "{}");
	for (size_t i = 0; i < sizeof(row.numbers) / sizeof(row.numbers[0]); i++)
		row.numbers[i] = INT64_MAX - (int64_t)i;
	buf_clear(&json);
	history_write(&json, &row);
	assert_true(buf_ok(&json));
	assert_true(history_read(buf_str(&json), &back));
	assert_memory_equal(&row, &back, sizeof(row));
	buf_release(&json);
}

static void rows_of_other_versions_are_read_as_far_as_they_are_known(void **state)
{
	struct history_row row;

	(void)state;
	assert_true(history_read(STR("{ \"users\" : 5, \"of_later\": [1, 2], \"x\": -3, "
				     "\"frontend\": [1, 2, 3, 4, 5, 6], \"posts\": 7 }"),
				 &row));
	assert_int_equal(history_get(&row, HISTORY_USERS), 5);
	assert_int_equal(history_get(&row, HISTORY_POSTS), 7);
	assert_int_equal(history_requests(&row, HISTORY_FRONTEND), 10);
	assert_int_equal(history_array(&row, HISTORY_BACKEND)[0], 0);
}

static void what_is_no_row_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"[]",
		"{",
		"{\"users\"}",
		"{\"users\":}",
		"{\"a\":1,",
		"{\"a\":[1}",
		"{\"a\":\"text\"}",
		"{\"a\":[]}",
		"{a:1}",
	};
	struct history_row row;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (history_read(str_from_c(bad[i]), &row))
			fail_msg("%s was read", bad[i]);
	}
}

/* ---- the recorder, on a store -------------------------------------------------------------- */

static char path[] = "/tmp/kinglet-history-XXXXXX";
static struct store *store;

static void open_store(void)
{
	struct buf url = BUF_INIT(256), why = BUF_INIT(1024);

	buf_printf(&url, "sqlite:%s", path);
	if (store_open(&(struct store_config){.url = buf_str(&url)}, &store, &why) != ERR_OK)
		fail_msg("%s", buf_c(&why));
	buf_release(&url);
	buf_release(&why);
}

static int fresh_store(void **state)
{
	int fd;

	(void)state;
	memcpy(path + sizeof(path) - 7, "XXXXXX", 6);
	fd = mkstemp(path);
	if (fd < 0)
		return -1;
	close(fd);
	open_store();
	return 0;
}

static int drop_store(void **state)
{
	(void)state;
	store_close(store);
	unlink(path);
	return 0;
}

static struct history_row only_row(int64_t resolution_s, size_t wanted)
{
	struct arena *a = arena_new(1 << 20);
	struct sample after = {.resolution_s = resolution_s};
	struct sample_list list = {0};
	struct history_row row = {0};

	assert_int_equal(store_sample_list(store, &after, INT64_MAX, 100, a, &list), ERR_OK);
	assert_int_equal(list.count, wanted);
	if (wanted)
		assert_true(history_read(list.items[wanted - 1].data, &row));
	arena_free(a);
	return row;
}

static void add(struct recorder *r, int64_t at_s)
{
	struct history_row row = {0};

	set(&row, HISTORY_SAMPLES, 0, 1);
	set(&row, HISTORY_COMMITS, 0, 3);
	assert_int_equal(recorder_add(r, at_s, &row), ERR_OK);
}

static void every_level_holds_the_sum_of_its_minutes_across_restarts(void **state)
{
	const int64_t midnight_s = 1795564800;
	struct history_row row;

	(void)state;
	for (int64_t hour = 0; hour < 2; hour++) {
		for (int64_t minute = 0; minute < 60; minute += 7) {
			/* Each time another process, and another connection to the file. */
			struct recorder *r = recorder_new(store, STR("a:1"));

			add(r, midnight_s + hour * 3600 + minute * 60 + 59);
			add(r, midnight_s + hour * 3600 + minute * 60 + 59);
			recorder_free(r);
			store_close(store);
			open_store();
		}
	}
	row = only_row(86400, 1);
	assert_int_equal(history_get(&row, HISTORY_MINUTES), 18);
	assert_int_equal(history_get(&row, HISTORY_SAMPLES), 36);
	assert_int_equal(history_get(&row, HISTORY_COMMITS), 108);
	assert_int_equal(history_get(&row, HISTORY_FIRST_S), midnight_s + 59);
	row = only_row(3600, 2);
	assert_int_equal(history_get(&row, HISTORY_COMMITS), 54);
	row = only_row(600, 12);
	assert_int_equal(history_get(&row, HISTORY_MINUTES), 1);
	row = only_row(60, 18);
	assert_int_equal(history_get(&row, HISTORY_COMMITS), 6);
}

static void what_is_too_old_is_removed_by_level(void **state)
{
	struct recorder *r = recorder_new(store, STR("a:1"));

	(void)state;
	add(r, 86400);
	add(r, 86400 + 2 * 86400 + 600);
	only_row(60, 1);
	only_row(600, 2);
	add(r, 86400 * 13);
	only_row(600, 1);
	only_row(3600, 3);
	only_row(86400, 3);
	recorder_free(r);
}

static void freeze(bool frozen)
{
	struct buf url = BUF_INIT(256), why = BUF_INIT(1024);

	buf_printf(&url, "sqlite:%s", path);
	assert_int_equal(store_set_frozen(buf_str(&url), frozen, &why), ERR_OK);
	buf_release(&url);
	buf_release(&why);
}

static void nodes_keep_apart_and_a_frozen_store_makes_a_gap(void **state)
{
	struct recorder *a = recorder_new(store, STR("a:1")), *b = recorder_new(store, STR("b:1"));
	struct history_row row = {0};

	(void)state;
	add(a, 60);
	add(b, 60);
	add(b, 120);
	row = only_row(3600, 2);
	assert_int_equal(history_get(&row, HISTORY_MINUTES), 2);
	freeze(true);
	assert_int_equal(recorder_add(b, 180, &row), ERR_READ_ONLY);
	freeze(false);
	add(b, 240);
	row = only_row(3600, 2);
	assert_int_equal(history_get(&row, HISTORY_MINUTES), 3);
	recorder_free(a);
	recorder_free(b);
}

/* Else whoever called would count the same again with the next sample. */
static void a_sample_is_in_although_old_rows_cannot_be_removed(void **state)
{
	struct recorder *r = recorder_new(store, STR("a:1"));
	struct history_row row;
	sqlite3 *db;

	(void)state;
	add(r, 86400);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db,
				      "CREATE TRIGGER stuck BEFORE DELETE ON sample "
				      "BEGIN SELECT RAISE(ABORT, 'stuck'); END",
				      NULL, NULL, NULL),
			 SQLITE_OK);
	sqlite3_close(db);
	add(r, 86400 * 5);
	only_row(60, 2);
	row = only_row(86400, 2);
	assert_int_equal(history_get(&row, HISTORY_COMMITS), 3);
	recorder_free(r);
}

/* The answer to a write that was done is lost: here somebody else does it. */
static void a_sample_is_known_to_be_in_though_nobody_said_so(void **state)
{
	struct recorder *r = recorder_new(store, STR("a:1")), *other;
	struct history_row row = {0};
	bool kept = true;

	(void)state;
	set(&row, HISTORY_SAMPLES, 0, 1);
	set(&row, HISTORY_COMMITS, 0, 3);
	add(r, 60);
	assert_int_equal(recorder_was_kept(r, &kept), ERR_OK);
	assert_false(kept);
	freeze(true);
	assert_int_equal(recorder_add(r, 119, &row), ERR_READ_ONLY);
	freeze(false);
	assert_int_equal(recorder_was_kept(r, &kept), ERR_OK);
	assert_false(kept);
	other = recorder_new(store, STR("a:1"));
	add(other, 119);
	assert_int_equal(recorder_was_kept(r, &kept), ERR_OK);
	assert_true(kept);
	recorder_free(other);
	recorder_free(r);
}

static void the_next_sample_is_near_though_the_clock_is_set(void **state)
{
	(void)state;
	assert_int_equal(recorder_next_s(0, 599999, 60), 600);
	assert_int_equal(recorder_next_s(0, 600000, 60), 660);
	assert_int_equal(recorder_next_s(600, 599999, 60), 600);
	assert_int_equal(recorder_next_s(600, 600000, 60), 600);
	/* Set back by an hour, and forward by a day. */
	assert_int_equal(recorder_next_s(4200, 590000, 60), 600);
	assert_int_equal(recorder_next_s(600, 86400000, 60), 600);
}

#define STORE_TEST(function) cmocka_unit_test_setup_teardown(function, fresh_store, drop_store)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counters_add_up_and_gauges_keep_mean_and_greatest),
		cmocka_unit_test(rows_of_nodes_join_without_doubling_time_or_people),
		cmocka_unit_test(a_counter_that_began_anew_counts_from_nothing),
		cmocka_unit_test(percentiles_are_read_off_the_buckets),
		cmocka_unit_test(percentiles_of_a_sum_are_those_of_all_requests),
		cmocka_unit_test(uptime_is_of_the_minutes_since_it_was_first_seen),
		cmocka_unit_test(a_row_is_read_as_it_was_written),
		cmocka_unit_test(rows_of_other_versions_are_read_as_far_as_they_are_known),
		cmocka_unit_test(what_is_no_row_is_refused),
		STORE_TEST(every_level_holds_the_sum_of_its_minutes_across_restarts),
		STORE_TEST(what_is_too_old_is_removed_by_level),
		STORE_TEST(nodes_keep_apart_and_a_frozen_store_makes_a_gap),
		STORE_TEST(a_sample_is_in_although_old_rows_cannot_be_removed),
		STORE_TEST(a_sample_is_known_to_be_in_though_nobody_said_so),
		cmocka_unit_test(the_next_sample_is_near_though_the_clock_is_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
