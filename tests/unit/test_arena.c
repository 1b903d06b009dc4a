/* arena.h and buf.h: memory with limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"

static void arena_over_its_limit_answers_null_and_goes_on(void **state)
{
	struct arena *a = arena_new(64 << 10);

	(void)state;
	assert_null(arena_alloc(a, (64 << 10) + 1));
	assert_non_null(arena_alloc(a, 32 << 10));
	assert_null(arena_alloc(a, 60 << 10));
	assert_non_null(arena_alloc(a, 100));
	arena_free(a);
}

static void arena_never_hands_out_more_than_its_limit(void **state)
{
	struct arena *a = arena_new(100000);
	size_t sum = 0;

	(void)state;
	while (arena_alloc(a, 500))
		sum += 500;
	if (sum > 100000 || sum < 80000)
		fail_msg("got %zu bytes, wanted 80000 to 100000", sum);
	arena_free(a);
}

static void arena_memory_is_zeroed_after_reset(void **state)
{
	struct arena *a = arena_new(1 << 20);
	unsigned char *p = arena_alloc(a, 100);

	(void)state;
	for (size_t i = 0; i < 100; i++)
		p[i] = 0xff;
	arena_reset(a);
	p = arena_alloc(a, 100);
	for (size_t i = 0; i < 100; i++)
		assert_int_equal(p[i], 0);
	assert_int_equal(arena_used_bytes(a), 112);
	arena_free(a);
}

static void array_whose_size_overflows_is_refused(void **state)
{
	struct arena *a = arena_new(1 << 20);

	(void)state;
	assert_null(arena_array(a, SIZE_MAX / 2, 3));
	arena_free(a);
}

static void strings_in_the_arena_are_terminated_copies(void **state)
{
	struct arena *a = arena_new(1 << 20);
	char source[] = "wren";
	struct str copy = arena_str(a, str_from(source, 4));
	struct str printed = arena_printf(a, "%s-%d", "kinglet", 7);

	(void)state;
	source[0] = 'x';
	assert_string_equal(copy.ptr, "wren");
	assert_string_equal(printed.ptr, "kinglet-7");
	assert_int_equal(printed.len, 9);
	arena_free(a);
}

static void buf_over_its_maximum_fails_and_keeps_what_it_held(void **state)
{
	struct buf b = BUF_INIT(10);

	(void)state;
	buf_add_c(&b, "0123456789");
	assert_true(buf_ok(&b));
	buf_add_char(&b, 'x');
	assert_false(buf_ok(&b));
	buf_clear(&b);
	assert_true(buf_ok(&b));
	buf_add_c(&b, "abc");
	buf_add_c(&b, "much too long");
	assert_false(buf_ok(&b));
	assert_int_equal(b.len, 3);
	buf_release(&b);
}

static void buf_writes_every_integer(void **state)
{
	struct buf b = BUF_INIT(100);

	(void)state;
	buf_add_i64(&b, INT64_MIN);
	buf_add_char(&b, ' ');
	buf_add_i64(&b, 0);
	buf_add_char(&b, ' ');
	buf_add_i64(&b, INT64_MAX);
	assert_string_equal(buf_c(&b), "-9223372036854775808 0 9223372036854775807");
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arena_over_its_limit_answers_null_and_goes_on),
		cmocka_unit_test(arena_never_hands_out_more_than_its_limit),
		cmocka_unit_test(arena_memory_is_zeroed_after_reset),
		cmocka_unit_test(array_whose_size_overflows_is_refused),
		cmocka_unit_test(strings_in_the_arena_are_terminated_copies),
		cmocka_unit_test(buf_over_its_maximum_fails_and_keeps_what_it_held),
		cmocka_unit_test(buf_writes_every_integer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
