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
#include "service/instance.h"
#include "service/mention.h"
#include "service/moderation.h"
#include "service/people.h"

struct str post_problem_text(const struct service *s, struct arena *a, enum post_problem p)
{
	switch (p) {
	case POST_FINE:
		break;
	case POST_EMPTY:
		return T_STR("You have to write something");
	case POST_TOO_LONG:
		return arena_printf(a, T("A post can have at most %zu characters"),
				    instance_post_max_chars(s));
	case POST_BAD_WARNING:
		return arena_printf(a, T("A warning is one line of at most %d characters"),
				    POST_WARNING_MAX_CHARS);
	case POST_TOO_HEAVY:
		return arena_printf(a, T("A post can have at most %zu characters and %d bytes"),
				    instance_post_max_chars(s), SERVICE_POST_MAX_BYTES);
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
	if (trimmed.len > instance_post_max_chars(s) &&
	    utf8_count_graphemes(trimmed) > instance_post_max_chars(s))
		return POST_TOO_LONG;
	if (trimmed.len > SERVICE_POST_MAX_BYTES)
		return POST_TOO_HEAVY;
	*clean = trimmed;
	return POST_FINE;
}

/* An empty one is fine: there is none. */
static bool warning_is_fine(struct service *s, struct arena *a, struct str warning,
			    struct str *clean)
{
	enum post_problem p = post_check(s, a, warning, clean);

	if (p == POST_EMPTY) {
		*clean = (struct str){NULL, 0};
		return true;
	}
	return p == POST_FINE && str_index(*clean, '\n') < 0 &&
	       utf8_count_graphemes(*clean) <= POST_WARNING_MAX_CHARS;
}

enum err post_create(struct service *s, struct arena *a, int64_t author_id,
		     const struct post_draft *draft, enum post_problem *problem, struct post *out)
{
	struct post_new new = {
		.author_id = author_id, .reply_to = draft->reply_to, .key = draft->key};
	int64_t mention_ids[ENTITY_KEYS_MAX];
	struct post created;
	enum post_problem p = post_check(s, a, draft->text, &new.text);
	enum err e;

	if (draft->key.len > POST_KEY_MAX_BYTES || !utf8_valid(draft->key))
		return ERR_INVALID;
	if (p == POST_FINE && !warning_is_fine(s, a, draft->warning, &new.warning))
		p = POST_BAD_WARNING;
	if (p == POST_FINE) {
		new.mention_ids = mention_ids;
		e = mention_list_ids(s, a, new.text, mention_ids, &new.mention_count);
		if (e == ERR_OK)
			e = store_post_create(s->store, &new, &created);
		if (e != ERR_OK)
			return e;
		created.text = new.text;
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

bool post_may_delete(const struct user *by, const struct post *post)
{
	return by->id == post->author_id || by->role == USER_ADMIN;
}

enum err post_delete(struct service *s, struct arena *a, const struct user *by, int64_t id)
{
	struct post found;
	enum err e = store_post_get(s->store, id, a, &found);

	if (e == ERR_OK && !post_may_delete(by, &found))
		/* Whoever may not see a flagged post isn't told that it is there. */
		e = found.flagged ? ERR_NOT_FOUND : ERR_DENIED;
	if (e == ERR_OK && found.author_id != by->id)
		return moderation_posts(s, a, by, MODERATION_DELETE_POST, &id, 1, NULL);
	return e == ERR_OK ? store_post_delete(s->store, id) : e;
}

/* ---- conversations ------------------------------------------------------------------------ */

enum err post_marks(struct service *s, int64_t viewer_id, struct post_list *posts)
{
	return store_post_marks(s->store, viewer_id, posts->items, posts->count);
}

enum err post_like(struct service *s, int64_t user_id, int64_t post_id, bool liked)
{
	return store_like_set(s->store, user_id, post_id, liked);
}

/* Upwards, so the newest comes first; the list is filled from its end. */
static enum err read_above(struct service *s, struct arena *a, int64_t reply_to,
			   const struct unseen_list *unseen, struct thread *out)
{
	struct post *items = arena_array(a, THREAD_ABOVE_MAX, sizeof(*items));
	size_t first = THREAD_ABOVE_MAX;
	enum err e = items ? ERR_OK : ERR_TOO_LARGE;

	while (e == ERR_OK && reply_to && first > 0) {
		e = post_find(s, a, reply_to, &items[first - 1]);
		if (e == ERR_OK && unseen_find(unseen, items[first - 1].author_id) & UNSEEN_BLOCKED)
			e = ERR_NOT_FOUND;
		if (e == ERR_OK)
			reply_to = items[--first].reply_to;
	}
	if (e != ERR_OK && e != ERR_NOT_FOUND)
		return e;
	out->above_gone = e == ERR_NOT_FOUND;
	out->above_more = e == ERR_OK && reply_to != 0;
	out->above = (struct post_list){.items = items + first, .count = THREAD_ABOVE_MAX - first};
	return ERR_OK;
}

/* Reads on until the page is full: as people_sift(), but downwards only. */
static enum err read_below(struct service *s, struct arena *a, int64_t post_id, int64_t after_id,
			   const struct unseen_list *unseen, struct post_list *out)
{
	struct post_list kept = {.items = arena_array(a, POST_PAGE_COUNT, sizeof(struct post))};
	struct post_list page = {.newer = true};
	enum err e = kept.items ? ERR_OK : ERR_TOO_LARGE;

	for (int reads = 0; e == ERR_OK && page.newer && !kept.newer && reads < PEOPLE_READS_MAX;
	     reads++) {
		page = (struct post_list){0};
		e = store_reply_list(s->store, post_id, after_id, POST_PAGE_COUNT, a, &page);
		for (size_t i = 0; e == ERR_OK && i < page.count && !kept.newer; i++) {
			after_id = page.items[i].id;
			if (unseen_find(unseen, page.items[i].author_id))
				continue;
			kept.newer = kept.count == POST_PAGE_COUNT;
			if (!kept.newer)
				kept.items[kept.count++] = page.items[i];
		}
	}
	kept.newer |= page.newer && kept.count;
	if (e == ERR_OK)
		*out = kept;
	return e;
}

enum err post_thread(struct service *s, struct arena *a, const struct user *viewer,
		     const struct post *post, int64_t after_id, struct thread *out)
{
	struct thread thread = {.above_gone = false};
	struct unseen_list unseen;
	enum err e = people_unseen(s, a, viewer, &unseen);

	if (e == ERR_OK && unseen_find(&unseen, post->author_id) & UNSEEN_BLOCKED)
		e = ERR_NOT_FOUND;
	if (e == ERR_OK)
		e = read_above(s, a, post->reply_to, &unseen, &thread);
	if (e == ERR_OK && unseen.count)
		e = read_below(s, a, post->id, after_id, &unseen, &thread.below);
	else if (e == ERR_OK)
		e = store_reply_list(s->store, post->id, after_id, POST_PAGE_COUNT, a,
				     &thread.below);
	if (e == ERR_OK)
		e = post_marks(s, viewer->id, &thread.above);
	if (e == ERR_OK)
		e = post_marks(s, viewer->id, &thread.below);
	if (e == ERR_OK)
		*out = thread;
	return e;
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
