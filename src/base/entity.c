#include "base/entity.h"

#include "base/utf8.h"

/* ---- where a link ends --------------------------------------------------------------------- */

static bool is_alphanumeric(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/*
 * Characters of more than one byte that separate or quote in scripts that leave no space after a
 * link; they are never part of one that people paste.
 */
static const struct str wide_ends[] = {
	STR_INIT("\u00a0"), STR_INIT("\u00ab"), STR_INIT("\u00bb"), STR_INIT("\u2018"),
	STR_INIT("\u2019"), STR_INIT("\u201c"), STR_INIT("\u201d"), STR_INIT("\u201e"),
	STR_INIT("\u2026"), STR_INIT("\u3000"), STR_INIT("\u3001"), STR_INIT("\u3002"),
	STR_INIT("\u300c"), STR_INIT("\u300d"), STR_INIT("\uff01"), STR_INIT("\uff08"),
	STR_INIT("\uff09"), STR_INIT("\uff0c"), STR_INIT("\uff1a"), STR_INIT("\uff1b"),
	STR_INIT("\uff1f"), STR_INIT("\u2028"), STR_INIT("\u2029"), STR_INIT("\u200b"),
};

static bool ends_link(struct str rest)
{
	unsigned char c = (unsigned char)rest.ptr[0];

	if (c <= ' ' || c == 0x7f || c == '<' || c == '>' || c == '"' || c == '`')
		return true;
	if (c < 0x80)
		return false;
	for (size_t i = 0; i < sizeof(wide_ends) / sizeof(wide_ends[0]); i++)
		if (str_starts_with(rest, wide_ends[i]))
			return true;
	return false;
}

/*
 * Without what ends the sentence rather than the address. A closing bracket belongs to the link
 * only where the link opened it: "(see http://x/a_(b))". Counted once, so that a text of nothing
 * but brackets costs no more than any other.
 */
static size_t trimmed_bytes(struct str link, size_t scheme)
{
	static const char opening[] = "([{", closing[] = ")]}";
	int open[3] = {0, 0, 0};

	for (size_t i = scheme; i < link.len; i++)
		for (int kind = 0; kind < 3; kind++)
			open[kind] += (link.ptr[i] == opening[kind]) -
				      (link.ptr[i] == closing[kind]);
	while (link.len > scheme) {
		char last = link.ptr[link.len - 1];
		const char *bracket = strchr(closing, last);

		if (bracket ? open[bracket - closing]++ >= 0 : !strchr(".,:;!?'*_~", last))
			break;
		link.len--;
	}
	return link.len;
}

size_t entity_scheme_bytes(struct str link)
{
	if (link.len >= 8 && str_eq_nocase(str_sub(link, 0, 8), STR("https://")))
		return 8;
	return link.len >= 7 && str_eq_nocase(str_sub(link, 0, 7), STR("http://")) ? 7 : 0;
}

/* Bytes of the link that `s` begins with, or 0. */
static size_t link_bytes(struct str s)
{
	size_t scheme = entity_scheme_bytes(s), len = scheme;

	if (!scheme || s.len == scheme)
		return 0;
	if ((unsigned char)s.ptr[scheme] < 0x80 && !is_alphanumeric(s.ptr[scheme]) &&
	    s.ptr[scheme] != '[')
		return 0;
	while (len < s.len && !ends_link(str_sub(s, len, s.len)))
		len++;
	len = trimmed_bytes(str_sub(s, 0, len), scheme);
	return len > scheme ? len : 0;
}

/* ---- names ----------------------------------------------------------------------------------- */

/* The code point that ends before byte `at`; -1 at the beginning, or for what is no UTF-8. */
static int32_t point_before(struct str text, size_t at)
{
	size_t from = at;
	struct str rest;

	while (from > 0 && at - from < 4 && ((unsigned char)text.ptr[--from] & 0xc0) == 0x80)
		;
	rest = str_sub(text, from, at - from);
	return rest.len ? utf8_next(&rest) : -1;
}

/* May a word begin there? Within words and addresses these signs mean something else. */
static bool begins_word(struct str text, size_t at)
{
	int32_t before = point_before(text, at);

	return before < 0 || !(utf8_is_word(before) || before == '_' || before == '@' ||
			       before == '#' || before == '&' || before == '/');
}

static bool is_tag_point(int32_t point)
{
	return point == '_' || (point >= 0 && utf8_is_word(point));
}

/* Bytes of the tag's name that `s` begins with, or 0. */
static size_t tag_bytes(struct str s)
{
	struct str rest = s, after = s;
	size_t count = 0;
	bool other = false; /* than digits and underscores */
	int32_t point;

	while (is_tag_point(point = utf8_next(&after))) {
		other |= point != '_' && !utf8_is_digit(point);
		rest = after;
		if (++count > ENTITY_TAG_MAX_CHARS)
			return 0;
	}
	return other ? s.len - rest.len : 0;
}

/* Bytes of the mentioned name that `s` begins with, or 0. */
static size_t mention_bytes(struct str s)
{
	struct str rest = s, after = s;
	int32_t point;
	size_t len;

	if (!is_tag_point(utf8_next(&after)))
		return 0;
	after = s;
	while (is_tag_point(point = utf8_next(&after)) || point == '.' || point == '-')
		rest = after;
	len = s.len - rest.len;
	if (rest.len && rest.ptr[0] == '@')
		return 0;
	while (len && strchr(".-", s.ptr[len - 1]))
		len--;
	return len <= ENTITY_MENTION_MAX_BYTES ? len : 0;
}

/* ---- scanning -------------------------------------------------------------------------------- */

/* The cheap half of entity_scheme_bytes(): an h is common, "ht" is not. */
static bool may_begin(struct str s, size_t at)
{
	char c = s.ptr[at];

	return c == '@' || c == '#' ||
	       ((c | 0x20) == 'h' && at + 1 < s.len && (s.ptr[at + 1] | 0x20) == 't');
}

/* The entity that begins at `at`, if one does. */
static bool entity_at(struct str text, size_t at, struct entity *out)
{
	struct str rest = str_sub(text, at, text.len), name = str_sub(text, at + 1, text.len);
	struct entity e = {.offset = at};

	if (text.ptr[at] == '@') {
		e.kind = ENTITY_MENTION;
		e.length = begins_word(text, at) ? mention_bytes(name) : 0;
	} else if (text.ptr[at] == '#') {
		e.kind = ENTITY_TAG;
		e.length = begins_word(text, at) ? tag_bytes(name) : 0;
	} else {
		e.kind = ENTITY_LINK;
		/* "xhttp://" is no link: one begins where a word does. */
		e.length = at > 0 && is_alphanumeric(text.ptr[at - 1]) ? 0 : link_bytes(rest);
	}
	if (e.length == 0)
		return false;
	if (e.kind != ENTITY_LINK)
		e.length++;
	*out = e;
	return true;
}

bool entity_next(struct str text, size_t from, struct entity *out)
{
	for (size_t at = from; at < text.len; at++)
		if (may_begin(text, at) && entity_at(text, at, out))
			return true;
	return false;
}

struct str entity_name(struct str text, const struct entity *entity)
{
	size_t sign = entity->kind == ENTITY_LINK ? 0 : 1;

	return str_sub(text, entity->offset + sign, entity->length - sign);
}

/* ---- keys ------------------------------------------------------------------------------------ */

/* Folding may leave signs and spaces of what was one letter: a key has none. */
struct str entity_tag_key(struct arena *a, struct str name)
{
	struct str folded = utf8_casefold(a, name), rest = folded;
	char *key = folded.ptr ? arena_alloc(a, folded.len) : NULL;
	size_t len = 0;

	while (key && rest.len) {
		struct str at = rest;
		bool kept = is_tag_point(utf8_next(&rest));

		at.len -= rest.len;
		if (len + at.len > ENTITY_TAG_KEY_MAX_BYTES)
			break;
		if (kept) {
			memcpy(key + len, at.ptr, at.len);
			len += at.len;
		}
	}
	return str_from(key, len);
}

struct str entity_mention_key(struct arena *a, struct str name)
{
	struct str folded = utf8_casefold(a, name);
	char *key = folded.ptr ? arena_alloc(a, folded.len) : NULL;

	for (size_t i = 0; key && i < folded.len; i++)
		key[i] = (char)(folded.ptr[i] == ' ' ? '_' : folded.ptr[i]);
	return str_from(key, key ? folded.len : 0);
}

static bool has_key(const struct entity_keys *keys, struct str key)
{
	for (size_t i = 0; i < keys->count; i++)
		if (str_eq(keys->items[i], key))
			return true;
	return false;
}

bool entity_list_keys(struct arena *a, struct str text, enum entity_kind kind,
		      struct entity_keys *out)
{
	struct entity e = {.length = 0};

	out->count = 0;
	while (out->count < ENTITY_KEYS_MAX && entity_next(text, e.offset + e.length, &e)) {
		struct str key;

		if (e.kind != kind)
			continue;
		key = kind == ENTITY_TAG ? entity_tag_key(a, entity_name(text, &e))
					 : entity_mention_key(a, entity_name(text, &e));
		if (!key.ptr)
			return false;
		if (key.len && !has_key(out, key))
			out->items[out->count++] = key;
	}
	return true;
}
