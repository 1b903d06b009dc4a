/*
 * service/post.c: what a post may hold, who may remove one, and the timelines.
 *
 * A post is kept as it was written, but for what no reader would see: the kind of line end, and
 * white space around it. Everything that shows nothing is no text; control characters are none
 * either, since they can drive a terminal and can't be put into HTML.
 */
#include "service/post.h"

#include "base/lang.h"
#include "base/utf8.h"

struct str post_problem_text(const struct service *s, struct arena *a, enum post_problem p)
{
	switch (p) {
	case POST_FINE:
		break;
	case POST_EMPTY:
		return T_STR("You have to write something");
	case POST_TOO_LONG:
		return arena_printf(a, T("A post can have at most %zu characters"),
				    s->post_max_chars);
	case POST_TOO_HEAVY:
		return arena_printf(a, T("A post can have at most %zu characters and %d bytes"),
				    s->post_max_chars, SERVICE_POST_MAX_BYTES);
	case POST_NOT_TEXT:
		return T_STR("A post can only hold text");
	}
	return (struct str){NULL, 0};
}

/* White_Space of the Unicode Character Database. */
static bool is_space(int32_t point)
{
	return (point >= '\t' && point <= '\r') || point == ' ' || point == 0x85 || point == 0xa0 ||
	       point == 0x1680 || (point >= 0x2000 && point <= 0x200a) || point == 0x2028 ||
	       point == 0x2029 || point == 0x202f || point == 0x205f || point == 0x3000;
}

/* What is drawn as nothing: joiners, marks of direction, fillers, selectors (UCD's
 * Default_Ignorable_Code_Point, as far as it is found in the wild). */
static bool is_invisible(int32_t point)
{
	return point == 0xad || point == 0x34f || point == 0x61c || point == 0x115f ||
	       point == 0x1160 || (point >= 0x180b && point <= 0x180f) ||
	       (point >= 0x200b && point <= 0x200f) || (point >= 0x202a && point <= 0x202e) ||
	       (point >= 0x2060 && point <= 0x206f) || point == 0x2800 || point == 0x3164 ||
	       (point >= 0xfe00 && point <= 0xfe0f) || point == 0xfeff || point == 0xffa0 ||
	       (point >= 0xe0000 && point <= 0xe0fff);
}

static bool is_control(int32_t point)
{
	return (point < 0x20 && point != '\n' && point != '\t') || (point >= 0x7f && point <= 0x9f);
}

/* A copy with CR LF and lone CR as LF. .ptr is NULL where the arena is full. */
static struct str with_line_feeds(struct arena *a, struct str text)
{
	char *p;
	size_t len = 0;

	if (str_index(text, '\r') < 0)
		return text;
	p = arena_alloc(a, text.len);
	for (size_t i = 0; p && i < text.len; i++) {
		if (text.ptr[i] == '\r' && i + 1 < text.len && text.ptr[i + 1] == '\n')
			continue;
		p[len++] = text.ptr[i] == '\r' ? '\n' : text.ptr[i];
	}
	return str_from(p, len);
}

/*
 * One walk over the code points: without white space at both ends, *visible where there is
 * something to see. False where it holds a control character.
 */
static bool measure(struct str text, struct str *trimmed, bool *visible)
{
	struct str rest = text;
	size_t from = text.len, to = 0;

	*visible = false;
	while (rest.len) {
		size_t at = text.len - rest.len;
		int32_t point = utf8_next(&rest);

		if (is_control(point))
			return false;
		if (is_space(point))
			continue;
		if (from == text.len)
			from = at;
		to = text.len - rest.len;
		*visible |= !is_invisible(point);
	}
	*trimmed = to ? str_sub(text, from, to - from) : (struct str){NULL, 0};
	return true;
}

enum post_problem post_check(const struct service *s, struct arena *a, struct str text,
			     struct str *clean)
{
	struct str trimmed;
	bool visible;

	/* Nothing that could be fine is that long, whatever is trimmed: no need to look at it. */
	if (text.len > 2 * SERVICE_POST_MAX_BYTES)
		return POST_TOO_HEAVY;
	if (!utf8_valid(text))
		return POST_NOT_TEXT;
	text = with_line_feeds(a, text);
	if (!measure(text, &trimmed, &visible))
		return POST_NOT_TEXT;
	if (!visible)
		return POST_EMPTY;
	if (trimmed.len > s->post_max_chars && utf8_count_graphemes(trimmed) > s->post_max_chars)
		return POST_TOO_LONG;
	if (trimmed.len > SERVICE_POST_MAX_BYTES)
		return POST_TOO_HEAVY;
	*clean = trimmed;
	return POST_FINE;
}

enum err post_create(struct service *s, struct arena *a, int64_t author_id, struct str text,
		     enum post_problem *problem, struct post *out)
{
	struct str clean;
	struct post created;
	enum post_problem p = post_check(s, a, text, &clean);
	enum err e;

	if (p == POST_FINE) {
		e = store_post_create(s->store,
				      &(struct post_new){.author_id = author_id, .text = clean},
				      &created);
		if (e != ERR_OK)
			return e;
		created.text = clean;
		if (out)
			*out = created;
	}
	*problem = p;
	return ERR_OK;
}

enum err post_find(struct service *s, struct arena *a, int64_t id, struct post *out)
{
	struct post found;
	enum err e = store_post_get(s->store, id, a, &found);

	if (e == ERR_OK && found.flagged)
		e = ERR_NOT_FOUND;
	if (e == ERR_OK)
		*out = found;
	return e;
}

enum err post_delete(struct service *s, struct arena *a, const struct user *by, int64_t id)
{
	struct post found;
	enum err e = store_post_get(s->store, id, a, &found);

	if (e == ERR_OK && found.author_id != by->id && by->role != USER_ADMIN)
		/* Whoever may not see a flagged post isn't told that it is there. */
		e = found.flagged ? ERR_NOT_FOUND : ERR_DENIED;
	return e == ERR_OK ? store_post_delete(s->store, id) : e;
}

/* ---- timelines ----------------------------------------------------------------------------- */

enum err timeline_public(struct service *s, struct arena *a, struct cursor at, size_t limit,
			 struct post_list *out)
{
	return store_timeline_public(s->store, at, limit, a, out);
}

enum err timeline_user(struct service *s, struct arena *a, int64_t user_id, struct cursor at,
		       size_t limit, struct post_list *out)
{
	return store_timeline_user(s->store, user_id, at, limit, a, out);
}

enum err timeline_home(struct service *s, struct arena *a, int64_t user_id, struct cursor at,
		       size_t limit, struct post_list *out)
{
	return store_timeline_home(s->store, user_id, at, limit, a, out);
}

/* ---- moderation ---------------------------------------------------------------------------- */

enum err post_set_flagged(struct service *s, const int64_t *ids, size_t count, bool flagged,
			  int64_t *missing)
{
	return store_post_set_flagged(s->store, ids, count, flagged, missing);
}

enum err post_list_all(struct service *s, struct arena *a, int64_t after_id, struct post_list *out)
{
	return store_post_list_all(s->store, after_id, STORE_LIST_MAX, a, out);
}
