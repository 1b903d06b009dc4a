/*
 * Where a page begins, as `before` and `after` of a query say it: an id comes out positive, and as
 * what the digits mean, or the query is refused. The input's first line is `before`, the rest
 * `after`.
 */
#include <stdint.h>
#include <stdlib.h>
#include "model/cursor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* The value of a text of digits, counted in another way than str_to_i64() does; 0 past INT64_MAX.
 */
static int64_t value_of(struct str digits)
{
	unsigned __int128 value = 0;

	for (size_t i = 0; i < digits.len; i++) {
		require(digits.ptr[i] >= '0' && digits.ptr[i] <= '9');
		value = value * 10 + (unsigned)(digits.ptr[i] - '0');
	}
	return value > INT64_MAX ? 0 : (int64_t)value;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str after = str_from((const char *)data, size), before;
	struct cursor cursor = {CURSOR_AFTER, -7};

	str_cut(&after, '\n', &before);
	if (!cursor_parse(before, after, &cursor)) {
		require(cursor.side == CURSOR_AFTER && cursor.id == -7);
		return 0;
	}
	require(!before.len || !after.len);
	if (cursor.side == CURSOR_NEWEST)
		require(!before.len && !after.len && cursor.id == 0);
	else
		require(cursor.id > 0 && cursor.id == value_of(before.len ? before : after) &&
			cursor.side == (before.len ? CURSOR_BEFORE : CURSOR_AFTER));
	return 0;
}
