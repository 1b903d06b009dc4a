#include "base/word.h"

#include "base/utf8.h"

/* Han, Hiragana, Katakana, Bopomofo: scripts without spaces in which a character says something. */
static bool stands_alone(int32_t point)
{
	return (point >= 0x2e80 && point <= 0x9fff && point != 0x3005) ||
	       (point >= 0xf900 && point <= 0xfaff) || (point >= 0xff66 && point <= 0xff9f) ||
	       (point >= 0x1aff0 && point <= 0x1b16f) || (point >= 0x20000 && point <= 0x3ffff);
}

/* What changes the sound of the syllable before it. */
static bool is_voice_mark(int32_t point)
{
	return point == 0x3099 || point == 0x309a || point == 0xff9e || point == 0xff9f;
}

/* Bytes of the run that `s` begins with: of words that no sign separates; 0 where none begins. */
static size_t run_bytes(struct str s)
{
	struct str rest, after = s;
	int32_t point = utf8_next(&after);
	bool alone = stands_alone(point);

	if (point < 0 || !utf8_is_word(point))
		return 0;
	do {
		rest = after;
		point = utf8_next(&after);
	} while (point >= 0 && utf8_is_word(point) &&
		 (alone ? is_voice_mark(point) : !stands_alone(point)));
	return s.len - rest.len;
}

static struct str cut(struct str key)
{
	size_t len = WORD_MAX_BYTES;

	if (key.len <= WORD_MAX_BYTES)
		return key;
	while (((unsigned char)key.ptr[len] & 0xc0) == 0x80)
		len--;
	return str_sub(key, 0, len);
}

/* Folding may leave signs and spaces within one run: a ligature can be four words. */
static void add_folded(struct str folded, struct word place, size_t max, struct word_list *out)
{
	while (folded.len && out->count < max) {
		struct str rest = folded, after = folded;
		int32_t point;

		while (after.len && (point = utf8_next(&after)) >= 0 && utf8_is_word(point))
			rest = after;
		place.key = cut(str_sub(folded, 0, folded.len - rest.len));
		if (place.key.len)
			out->items[out->count++] = place;
		utf8_next(&rest);
		folded = rest;
	}
}

bool word_list(struct arena *a, struct str text, size_t max, struct word_list *out)
{
	struct str rest = text;

	/* No text has more words than bytes. */
	*out = (struct word_list){.items = arena_array(a, max, sizeof(struct word))};
	if (!out->items)
		return false;
	while (rest.len && out->count < max) {
		struct word place = {.offset = text.len - rest.len, .length = run_bytes(rest)};
		struct str folded;

		if (place.length == 0) {
			utf8_next(&rest);
			continue;
		}
		folded = utf8_fold_search(a, str_sub(rest, 0, place.length));
		if (!folded.ptr)
			return false;
		add_folded(folded, place, max, out);
		rest = str_sub(rest, place.length, rest.len);
	}
	return true;
}
