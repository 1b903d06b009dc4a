/*
 * profile.c: the rules of a profile. What a text may hold at all is the rule of posts
 * (post_check()), with other limits.
 */
#include "service/profile.h"

#include "base/entity.h"
#include "base/lang.h"
#include "base/utf8.h"
#include "service/post.h"

/* Marks, embeddings, overrides and isolates of direction, separators of lines (UAX #9, 2). */
static bool turns_layout(int32_t point)
{
	return point == 0x61c || point == 0x200e || point == 0x200f || point == 0x2028 ||
	       point == 0x2029 || (point >= 0x202a && point <= 0x202e) ||
	       (point >= 0x2066 && point <= 0x2069) || point == '\n' || point == '\t';
}

static bool is_plain_line(struct str rest)
{
	while (rest.len)
		if (turns_layout(utf8_next(&rest)))
			return false;
	return true;
}

/* POST_EMPTY is fine: there is none. */
static enum post_problem check(struct arena *a, struct str text, size_t max_chars, size_t max_bytes,
			       struct str *clean)
{
	const struct service limits = {.post_max_chars = max_chars};
	enum post_problem p = post_check(&limits, a, text, clean);

	if (p == POST_EMPTY) {
		*clean = STR("");
		return POST_FINE;
	}
	return p == POST_FINE && clean->len > max_bytes ? POST_TOO_LONG : p;
}

static struct str check_display(struct arena *a, struct str text, struct str *clean)
{
	enum post_problem p = check(a, text, PROFILE_DISPLAY_MAX_CHARS, PROFILE_DISPLAY_MAX_BYTES,
				    clean);

	if (p == POST_FINE && is_plain_line(*clean))
		return STR("");
	if (p == POST_TOO_LONG || p == POST_TOO_HEAVY)
		return arena_printf(a, T("A display name has at most %d characters"),
				    PROFILE_DISPLAY_MAX_CHARS);
	return T_STR("A display name is one line of letters and signs that can be seen");
}

static struct str check_bio(struct arena *a, struct str text, struct str *clean)
{
	enum post_problem p = check(a, text, PROFILE_BIO_MAX_CHARS, PROFILE_BIO_MAX_BYTES, clean);

	if (p == POST_FINE)
		return STR("");
	if (p == POST_NOT_TEXT)
		return T_STR("That can only hold text");
	return arena_printf(a, T("Write at most %d characters"), PROFILE_BIO_MAX_CHARS);
}

static bool is_between(char c, char first, char last)
{
	return c >= first && c <= last;
}

/* "example.org", "[::1]:8080": so "https://bank.example@evil" and "https://javascript:x" are none.
 */
static bool is_authority(struct str s)
{
	bool port = false, brackets = s.len && s.ptr[0] == '[';

	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (is_between(c, '0', '9') || (brackets && c == ':'))
			continue;
		if (port || (c == ':' && i == 0))
			return false;
		brackets = brackets && c != ']';
		port = c == ':';
		if (!port && c != '.' && c != '-' && c != '[' && c != ']' &&
		    !is_between(c, 'a', 'z') && !is_between(c, 'A', 'Z') && !(c & 0x80))
			return false;
	}
	return s.len > 0;
}

/* An http(s) address, as posts know one, and nothing else. */
static bool is_link(struct str s)
{
	struct entity e;
	struct str rest;
	size_t end = 0;

	if (s.len > PROFILE_LINK_MAX_BYTES || !entity_next(s, 0, &e) || e.kind != ENTITY_LINK ||
	    e.offset != 0 || e.length != s.len)
		return false;
	rest = str_sub(s, entity_scheme_bytes(s), s.len);
	while (end < rest.len && !memchr("/?#", rest.ptr[end], 3))
		end++;
	return is_authority(str_sub(rest, 0, end));
}

static struct str check_link(struct arena *a, struct str text, struct str *clean)
{
	struct str link = utf8_valid(text) ? str_trim(text) : STR("-");

	if (link.len && !memmem(link.ptr, link.len, "://", 3) && link.len <= PROFILE_LINK_MAX_BYTES)
		link = arena_printf(a, "https://%.*s", STR_ARG(link));
	*clean = link;
	if (!link.len || is_link(link))
		return STR("");
	return arena_printf(a,
			    T("A link begins with http:// or https://, names a place, and has at "
			      "most %d characters"),
			    PROFILE_LINK_MAX_BYTES);
}

enum err profile_save(struct service *s, struct arena *a, int64_t user_id, struct str display,
		      struct str bio, struct str link, struct profile_problems *problems)
{
	struct profile_new new = {.user_id = user_id};
	struct profile_problems found = {
		.display = check_display(a, display, &new.display),
		.bio = check_bio(a, bio, &new.bio),
		.link = check_link(a, link, &new.link),
	};
	enum err e = ERR_OK;

	if (!found.display.len && !found.bio.len && !found.link.len)
		e = store_profile_set(s->store, &new);
	if (e == ERR_OK)
		*problems = found;
	return e;
}

enum err profile_find(struct service *s, struct arena *a, int64_t user_id, struct profile *out)
{
	return store_profile_get(s->store, user_id, a, out);
}

struct str profile_title(struct arena *a, struct str name, struct str display)
{
	if (!display.len)
		return name;
	return arena_printf(a, "%.*s (@%.*s)", STR_ARG(display), STR_ARG(name));
}
