/* store/home.h: home timelines in memory, one step after the other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include "store/home.h"
#include "store/sqlite/timeline.h"

#define RING	    8
#define ENTRY_BYTES ((size_t)1 << 20)

static struct home *h;

/* What is in the file: post N was written by person 1 + N % 3. */
static int64_t file_count;

static int64_t author_of(int64_t id)
{
	return 1 + id % 3;
}

static enum err fetch(void *arg, struct recent_post *rows, size_t max, size_t *count)
{
	(void)arg;
	*count = 0;
	for (int64_t id = file_count; id > 0 && *count < max; id--)
		rows[(*count)++] = (struct recent_post){id, author_of(id)};
	return ERR_OK;
}

static void load(int64_t posts)
{
	file_count = posts;
	assert_int_equal(home_load(h, fetch, NULL), ERR_OK);
}

static int make(void **state)
{
	(void)state;
	home_set_recent_max(RING);
	h = home_new(ENTRY_BYTES);
	return 0;
}

static int end(void **state)
{
	(void)state;
	home_free(h);
	home_set_recent_max(0);
	return 0;
}

static void apply(enum home_event event, int64_t id, int64_t author_id)
{
	home_apply(h, &(struct home_change){event, id, author_id}, 1);
}

static void post(int64_t count)
{
	for (int64_t i = 0; i < count; i++) {
		file_count++;
		apply(HOME_POSTED, file_count, author_of(file_count));
	}
}

/* Person 1 sees authors 1 and 2. What the ring doesn't hold is added as a search would. */
static struct home_entry *build_recent(const struct home_build *build, struct best_ids *best)
{
	int64_t ids[] = {1, 2}, from = 0;
	struct authors authors = {ids, 2};
	struct home_entry *entry = home_build_recent(h, build, &authors, best, &from);

	for (int64_t id = from; entry && id > 0 && best->count < best->max; id--) {
		if (authors_contain(&authors, author_of(id)))
			best_add(best, id);
	}
	return entry;
}

static void build(void)
{
	struct home_build b;
	struct best_ids best;
	struct home_entry *entry;

	home_build_begin(h, 1, &b);
	entry = build_recent(&b, &best);
	assert_non_null(entry);
	home_build_end(h, &b, entry, &best, true);
}

static void check_found(bool complete)
{
	struct home_view view;
	int64_t id = file_count;

	assert_true(home_find(h, 1, &view));
	for (size_t i = 0; i < view.count; i++, id--) {
		while (author_of(id) == 3)
			id--;
		if (view.ids[i] != id)
			fail_msg("place %zu: got %lld, wanted %lld", i, (long long)view.ids[i],
				 (long long)id);
	}
	assert_int_equal(view.complete, complete);
	if (complete) {
		while (id > 0 && author_of(id) == 3)
			id--;
		assert_int_equal(id, 0);
	} else {
		assert_int_equal(view.count, HOME_KEEP);
	}
}

static void check_not_found(void)
{
	struct home_view view;

	assert_false(home_find(h, 1, &view));
}

static void an_entry_follows_the_posts_that_come(void **state)
{
	(void)state;
	load(5);
	check_not_found();
	build();
	check_found(true);
	for (int i = 0; i < 30; i++) {
		post(i % RING);
		check_found(file_count * 2 / 3 <= HOME_KEEP - 1);
	}
}

static void an_entry_that_the_ring_has_overrun_is_given_up(void **state)
{
	(void)state;
	load(5);
	build();
	post(RING + 1);
	check_not_found();
	build();
	check_found(true);
	post(RING); /* just not */
	check_found(true);
}

static void a_ring_full_of_their_posts_needs_no_entry_from_before(void **state)
{
	(void)state;
	home_free(h);
	home_set_recent_max((size_t)4 * HOME_KEEP);
	h = home_new(ENTRY_BYTES);
	load(5);
	build();
	post(8 * HOME_KEEP);
	check_found(false);
}

static void a_follow_while_an_entry_is_built_keeps_it_out(void **state)
{
	static const enum home_event events[] = {HOME_FOLLOWS, HOME_PERSON_GONE};
	struct home_build b;
	struct best_ids best;

	(void)state;
	load(5);
	for (size_t i = 0; i < 2; i++) {
		struct home_entry *entry;

		home_build_begin(h, 1, &b);
		entry = build_recent(&b, &best);
		apply(events[i], 0, 1);
		home_build_end(h, &b, entry, &best, true);
		check_not_found();
	}
	home_forget(h);
	load(5);
	/* One that came before is in the snapshot. */
	apply(HOME_FOLLOWS, 0, 1);
	build();
	check_found(true);
	apply(HOME_FOLLOWS, 0, 1);
	check_not_found();
}

static void forgetting_while_an_entry_is_built_makes_it_worthless(void **state)
{
	struct home_build b;
	struct best_ids best;
	struct home_entry *entry;

	(void)state;
	load(5);
	home_build_begin(h, 1, &b);
	entry = build_recent(&b, &best);
	home_forget(h);
	home_build_end(h, &b, entry, &best, true);
	load(5);
	check_not_found();
	home_build_begin(h, 1, &b);
	home_forget(h);
	load(5);
	assert_null(build_recent(&b, &best));
	build();
	check_found(true);
	home_forget(h);
	check_not_found();
}

static void a_ring_that_moved_past_the_snapshot_ends_the_building(void **state)
{
	struct home_build b;
	struct best_ids best;
	struct home_entry *entry;

	(void)state;
	load(RING);
	home_build_begin(h, 1, &b);
	post(RING);
	entry = build_recent(&b, &best);
	assert_non_null(entry);
	home_build_end(h, &b, entry, &best, true);
	home_build_begin(h, 1, &b);
	post(RING + 1); /* the first of them has left already, and is in no snapshot from before */
	assert_null(build_recent(&b, &best));
}

static void a_build_that_failed_leaves_nothing(void **state)
{
	struct home_build b;
	struct best_ids best;
	struct home_entry *entry;

	(void)state;
	load(5);
	home_build_begin(h, 1, &b);
	entry = build_recent(&b, &best);
	home_build_end(h, &b, entry, &best, false);
	check_not_found();
}

static void hidden_posts_and_gone_people_are_left_out_of_the_ring(void **state)
{
	struct home_view view;

	(void)state;
	load(7); /* of authors 2 3 1 2 3 1 2 */
	apply(HOME_HIDDEN, 6, 0);
	apply(HOME_HIDDEN, 100, 0);
	apply(HOME_PERSON_GONE, 0, 2);
	build();
	assert_true(home_find(h, 1, &view));
	assert_int_equal(view.count, 1);
	assert_int_equal(view.ids[0], 3);
}

static void a_post_that_was_loaded_and_then_announced_is_there_once(void **state)
{
	(void)state;
	load(5);
	apply(HOME_POSTED, 5, author_of(5));
	apply(HOME_POSTED, 4, author_of(4));
	build();
	check_found(true);
	post(1);
	check_found(true);
}

static void memory_is_bounded_and_the_least_recently_used_go(void **state)
{
	int64_t ids[] = {1, 2, 3}, hits, misses;
	struct authors authors = {ids, 3};
	size_t remembered = 0, again = 0;
	struct home_view view;

	(void)state;
	load(5);
	for (int64_t user = 1; user <= 10000; user++) {
		struct home_build b;
		struct best_ids best;
		int64_t from;
		struct home_entry *entry;

		home_build_begin(h, user, &b);
		entry = home_build_recent(h, &b, &authors, &best, &from);
		home_build_end(h, &b, entry, &best, true);
		again += home_find(h, 1, &view); /* used all the time: stays */
	}
	for (int64_t user = 1; user <= 10000; user++)
		remembered += home_find(h, user, &view);
	assert_int_equal(again, 10000);
	/* An entry here is 800 to 900 bytes. */
	assert_in_range(remembered, ENTRY_BYTES / 1000, ENTRY_BYTES / 750);
	home_counters(h, &hits, &misses);
	assert_int_equal(hits, 10000 + (int64_t)remembered);
	assert_int_equal(misses, 10000 - (int64_t)remembered);
}

#define HOME_TEST(function) cmocka_unit_test_setup_teardown(function, make, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOME_TEST(an_entry_follows_the_posts_that_come),
		HOME_TEST(an_entry_that_the_ring_has_overrun_is_given_up),
		HOME_TEST(a_ring_full_of_their_posts_needs_no_entry_from_before),
		HOME_TEST(a_follow_while_an_entry_is_built_keeps_it_out),
		HOME_TEST(forgetting_while_an_entry_is_built_makes_it_worthless),
		HOME_TEST(a_ring_that_moved_past_the_snapshot_ends_the_building),
		HOME_TEST(a_build_that_failed_leaves_nothing),
		HOME_TEST(hidden_posts_and_gone_people_are_left_out_of_the_ring),
		HOME_TEST(a_post_that_was_loaded_and_then_announced_is_there_once),
		HOME_TEST(memory_is_bounded_and_the_least_recently_used_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
