/*
 * Entities of any text: each lies within it, behind the one before, begins with its sign, and has a
 * name within its limit; keys of what is UTF-8 are found and stay the same when they are folded
 * again.
 */
#include <stdint.h>
#include <stdlib.h>
#include "base/entity.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_keys(struct str text, enum entity_kind kind)
{
	struct arena *a = arena_new(1 << 22);
	struct entity_keys keys;

	require(a && entity_list_keys(a, text, kind, &keys));
	for (size_t i = 0; i < keys.count; i++) {
		require(keys.items[i].len && utf8_valid(keys.items[i]));
		for (size_t k = 0; k < i; k++)
			require(!str_eq(keys.items[i], keys.items[k]));
	}
	arena_free(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = str_from((const char *)data, size);
	struct entity e = {.length = 0};
	size_t end = 0;

	while (entity_next(text, end, &e)) {
		struct str name = entity_name(text, &e);

		require(e.offset >= end && e.length > 1 && e.offset + e.length <= size);
		end = e.offset + e.length;
		if (e.kind == ENTITY_LINK) {
			require(entity_scheme_bytes(name) > 0);
			continue;
		}
		require(text.ptr[e.offset] == (e.kind == ENTITY_TAG ? '#' : '@'));
		require(utf8_valid(name));
		require(name.len <= (e.kind == ENTITY_TAG ? 4 * ENTITY_TAG_MAX_CHARS
							  : ENTITY_MENTION_MAX_BYTES));
	}
	if (utf8_valid(text)) {
		check_keys(text, ENTITY_TAG);
		check_keys(text, ENTITY_MENTION);
	}
	return 0;
}
