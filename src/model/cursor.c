#include "model/cursor.h"

bool cursor_parse(struct str before, struct str after, struct cursor *out)
{
	struct str text = before.len ? before : after;
	int64_t id;

	if (before.len && after.len)
		return false;
	if (text.len == 0) {
		*out = (struct cursor){CURSOR_NEWEST, 0};
		return true;
	}
	if (!str_to_i64(text, &id) || id <= 0)
		return false;
	*out = (struct cursor){before.len ? CURSOR_BEFORE : CURSOR_AFTER, id};
	return true;
}
