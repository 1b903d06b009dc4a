/* rows.h: rows of posts in memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "store/sqlite/rows.h"

struct fixture {
	struct rows *rows;
	struct arena *arena;
};

static int set_up(void **state)
{
	static struct fixture f;

	f = (struct fixture){rows_new(), arena_new((size_t)1 << 20)};
	*state = &f;
	return f.arena ? 0 : -1;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	rows_free(f->rows);
	arena_free(f->arena);
	return 0;
}

static const struct post sample = {.id = 77 << 16,
				   .author_id = 5,
				   .author_name = STR_INIT("Ada Lind"),
				   .text = STR_INIT("Blåbær."),
				   .created_ms = 1234,
				   .warning = STR_INIT("Frugt"),
				   .reply_to = 9,
				   .reply_to_name = STR_INIT("Bo")};

static void a_post_that_was_kept_is_found_as_it_was(void **state)
{
	struct fixture *f = *state;
	struct post got;

	assert_false(rows_find(f->rows, 3, sample.id, f->arena, &got));
	rows_keep(f->rows, 3, &sample);
	assert_true(rows_find(f->rows, 3, sample.id, f->arena, &got));
	assert_int_equal(got.id, sample.id);
	assert_int_equal(got.author_id, sample.author_id);
	assert_int_equal(got.created_ms, sample.created_ms);
	assert_false(got.flagged);
	assert_true(str_eq(got.author_name, sample.author_name));
	assert_true(str_eq(got.text, sample.text));
	assert_true(str_eq(got.warning, sample.warning));
	assert_int_equal(got.reply_to, sample.reply_to);
	assert_true(str_eq(got.reply_to_name, sample.reply_to_name));
	assert_false(rows_find(f->rows, 3, sample.id + 1, f->arena, &got));
}

static void a_row_is_not_found_once_posts_went_out_of_sight(void **state)
{
	struct fixture *f = *state;
	struct post got;

	rows_keep(f->rows, 3, &sample);
	assert_false(rows_find(f->rows, 4, sample.id, f->arena, &got));
	rows_keep(f->rows, 4, &sample);
	assert_true(rows_find(f->rows, 4, sample.id, f->arena, &got));
	assert_false(rows_find(f->rows, 3, sample.id, f->arena, &got));
}

static void flagged_and_overlong_posts_are_not_kept(void **state)
{
	static const char text[600];
	struct fixture *f = *state;
	struct post got, post = sample;

	post.flagged = true;
	rows_keep(f->rows, 3, &post);
	assert_false(rows_find(f->rows, 3, post.id, f->arena, &got));
	post.flagged = false;
	post.text = str_from(text, sizeof(text));
	rows_keep(f->rows, 3, &post);
	assert_false(rows_find(f->rows, 3, post.id, f->arena, &got));
}

static void of_very_many_posts_those_that_are_found_are_right(void **state)
{
	struct fixture *f = *state;
	struct post got, post = sample;
	size_t found = 0;

	for (int64_t i = 1; i <= 20000; i++) {
		post.id = i << 16;
		post.author_id = i;
		rows_keep(f->rows, 3, &post);
	}
	for (int64_t i = 1; i <= 20000; i++) {
		arena_reset(f->arena);
		if (!rows_find(f->rows, 3, i << 16, f->arena, &got))
			continue;
		assert_int_equal(got.author_id, i);
		found++;
	}
	assert_in_range(found, 4000, 8192);
}

static void a_full_arena_finds_nothing(void **state)
{
	struct fixture *f = *state;
	struct arena *small = arena_new(1);
	struct post got;

	rows_keep(f->rows, 3, &sample);
	assert_false(rows_find(f->rows, 3, sample.id, small, &got));
	arena_free(small);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_post_that_was_kept_is_found_as_it_was, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_row_is_not_found_once_posts_went_out_of_sight,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(flagged_and_overlong_posts_are_not_kept, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(of_very_many_posts_those_that_are_found_are_right,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_full_arena_finds_nothing, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
