#include "service/people.h"

#include "base/utf8.h"
#include "service/account.h"
#include "service/follow.h"

static enum err change(struct service *s, struct arena *a, int64_t user_id, struct str name,
		       bool on, struct user *out,
		       enum err (*operation)(struct store *, int64_t, int64_t, bool))
{
	struct user other;
	enum err e = account_find(s, a, name, &other);

	if (e == ERR_OK)
		e = operation(s->store, user_id, other.id, on);
	if (e == ERR_OK)
		*out = other;
	return e;
}

enum err people_block(struct service *s, struct arena *a, int64_t user_id, struct str other,
		      bool blocked, struct user *out)
{
	return change(s, a, user_id, other, blocked, out, store_block_set);
}

enum err people_mute(struct service *s, struct arena *a, int64_t user_id, struct str other,
		     bool muted, struct user *out)
{
	return change(s, a, user_id, other, muted, out, store_mute_set);
}

enum err people_shielded(struct service *s, struct arena *a, int64_t user_id, bool muted,
			 int64_t before_id, size_t limit, struct user_list *out)
{
	return muted ? store_mute_list(s->store, user_id, before_id, limit, a, out)
		     : store_block_list(s->store, user_id, before_id, limit, a, out);
}

/* ---- looking for somebody in a list --------------------------------------------------------- */

/* Does the text, or a word of it, begin with `key`? Both folded. */
static bool begins(struct str text, struct str key)
{
	while (text.len) {
		ptrdiff_t space = str_index(text, ' ');

		if (str_starts_with(text, key))
			return true;
		if (space < 0)
			return false;
		text = str_sub(text, (size_t)space + 1, text.len);
	}
	return false;
}

static bool is_called(struct arena *scratch, const struct user *u, struct str key)
{
	return begins(utf8_casefold(scratch, u->name), key) ||
	       begins(utf8_casefold(scratch, u->display), key);
}

static enum err read_side(struct service *s, struct arena *a, bool followers, int64_t user_id,
			  int64_t before_id, size_t limit, struct user_list *out)
{
	return followers ? follow_followers(s, a, user_id, before_id, limit, out)
			 : follow_following(s, a, user_id, before_id, limit, out);
}

/* Out of memory that is used again for the next of them. */
static enum err keep(struct arena *a, const struct user *u, struct user_list *out)
{
	struct user *kept = &out->items[out->count++];

	*kept = *u;
	kept->name = arena_str(a, u->name);
	kept->display = arena_str(a, u->display);
	kept->email = kept->pw_hash = kept->language = (struct str){NULL, 0};
	return kept->name.ptr && (kept->display.ptr || !u->display.len) ? ERR_OK : ERR_TOO_LARGE;
}

static enum err look(struct service *s, struct arena *a, struct arena *scratch, bool followers,
		     int64_t user_id, struct str key, int64_t *at_id, size_t limit,
		     struct user_list *out)
{
	enum err e = ERR_OK;

	out->more = true;
	for (size_t looked = 0; e == ERR_OK && out->more && looked < PEOPLE_LOOK_MAX;
	     looked += PEOPLE_LOOK_COUNT) {
		struct user_list page = {0};

		arena_reset(scratch);
		e = read_side(s, scratch, followers, user_id, *at_id, PEOPLE_LOOK_COUNT, &page);
		out->more = page.more;
		for (size_t i = 0; e == ERR_OK && i < page.count; i++) {
			if (is_called(scratch, &page.items[i], key)) {
				if (out->count == limit) {
					out->more = true;
					return ERR_OK;
				}
				e = keep(a, &page.items[i], out);
			}
			*at_id = page.items[i].id;
		}
	}
	return e;
}

enum err people_find(struct service *s, struct arena *a, bool followers, int64_t user_id,
		     struct str text, int64_t before_id, size_t limit, struct user_list *out,
		     int64_t *next_id)
{
	struct user_list found = {.items = arena_array(a, limit, sizeof(struct user))};
	struct str key = utf8_casefold(a, text);
	struct arena *scratch;
	int64_t at_id = before_id;
	enum err e;

	if (!text.len) {
		e = read_side(s, a, followers, user_id, before_id, limit, out);
		*next_id = e == ERR_OK && out->count ? out->items[out->count - 1].id : 0;
		return e;
	}
	if (!utf8_valid(text))
		return ERR_INVALID;
	if (!found.items || !key.ptr)
		return ERR_TOO_LARGE;
	scratch = arena_new(PEOPLE_LOOK_BYTES);
	e = scratch ? look(s, a, scratch, followers, user_id, key, &at_id, limit, &found)
		    : ERR_TOO_LARGE;
	arena_free(scratch);
	if (e == ERR_OK) {
		*out = found;
		*next_id = at_id;
	}
	return e;
}

enum err people_unseen(struct service *s, struct arena *a, const struct user *viewer,
		       struct unseen_list *out)
{
	*out = (struct unseen_list){0};
	return viewer->selective ? store_unseen_list(s->store, viewer->id, a, out) : ERR_OK;
}

/* ---- cards --------------------------------------------------------------------------------- */

struct marks {
	int64_t *ids;
	bool *followed;
};

static enum err marks_init(struct arena *a, size_t count, struct marks *out)
{
	*out = (struct marks){arena_array(a, count, sizeof(*out->ids)),
			      arena_array(a, count, sizeof(*out->followed))};
	return out->ids && out->followed ? ERR_OK : ERR_TOO_LARGE;
}

enum err people_mark(struct service *s, struct arena *a, const struct user *viewer,
		     struct user_list *people)
{
	struct unseen_list unseen;
	struct marks marks;
	enum err e;

	if (!viewer->id || !people->count)
		return ERR_OK;
	e = people_unseen(s, a, viewer, &unseen);
	if (e == ERR_OK)
		e = marks_init(a, people->count, &marks);
	for (size_t i = 0; e == ERR_OK && i < people->count; i++)
		marks.ids[i] = people->items[i].id;
	if (e == ERR_OK)
		e = store_follow_marks(s->store, viewer->id, marks.ids, people->count,
				       marks.followed);
	for (size_t i = 0; e == ERR_OK && i < people->count; i++) {
		struct user *u = &people->items[i];
		bool barred = u->id == viewer->id ||
			      (unseen_find(&unseen, u->id) & UNSEEN_BLOCKED) != 0;

		u->tie = barred ? TIE_NONE : marks.followed[i] ? TIE_FOLLOWED : TIE_FOLLOWABLE;
	}
	return e;
}

enum err people_mark_posts(struct service *s, struct arena *a, const struct user *viewer,
			   struct post_list *posts)
{
	struct marks marks;
	enum err e;

	if (!viewer->id || !posts->count)
		return ERR_OK;
	e = marks_init(a, posts->count, &marks);
	for (size_t i = 0; e == ERR_OK && i < posts->count; i++)
		marks.ids[i] = posts->items[i].author_id;
	if (e == ERR_OK)
		e = store_follow_marks(s->store, viewer->id, marks.ids, posts->count,
				       marks.followed);
	for (size_t i = 0; e == ERR_OK && i < posts->count; i++)
		posts->items[i].followable = !marks.followed[i] &&
					     posts->items[i].author_id != viewer->id;
	return e;
}

enum err people_suggestions(struct service *s, struct arena *a, const struct user *viewer,
			    struct user_list *out)
{
	struct user_list list;
	enum err e = store_suggestions(s->store, viewer->id, PEOPLE_SUGGESTED_COUNT, a, &list);

	for (size_t i = 0; e == ERR_OK && i < list.count; i++)
		list.items[i].tie = TIE_FOLLOWABLE;
	if (e == ERR_OK)
		*out = list;
	return e;
}

/* ---- timelines ----------------------------------------------------------------------------- */

static enum err read_home(const struct people_source *from, struct cursor at, size_t limit,
			  struct arena *a, struct post_list *out)
{
	return store_timeline_home(from->store, from->home_of, at, limit, a, out);
}

static enum err read_public(const struct people_source *from, struct cursor at, size_t limit,
			    struct arena *a, struct post_list *out)
{
	return store_timeline_public(from->store, at, limit, a, out);
}

/*
 * Reads on from `at`, away from its post, until there is one post more than wanted, or no further
 * one. `kept` has them in the order in which they were met, `*more` says whether there was one
 * more.
 */
static enum err sift(const struct people_source *from, const struct unseen_list *unseen,
		     struct cursor at, size_t limit, struct arena *a, struct post_list *kept,
		     bool *more, bool *behind)
{
	bool up = at.side == CURSOR_AFTER, further = true;
	enum err e = ERR_OK;

	*more = false;
	for (int reads = 0; e == ERR_OK && further && !*more && reads < PEOPLE_READS_MAX; reads++) {
		struct post_list page = {0};

		e = from->read(from, at, limit, a, &page);
		if (e != ERR_OK)
			break;
		if (reads == 0)
			*behind = up ? page.older : page.newer;
		further = page.count && (up ? page.newer : page.older);
		for (size_t i = 0; i < page.count; i++) {
			const struct post *p = &page.items[up ? page.count - 1 - i : i];

			at = (struct cursor){.id = p->id,
					     .side = up ? CURSOR_AFTER : CURSOR_BEFORE};
			if (unseen_find(unseen, p->author_id))
				continue;
			*more = kept->count == limit;
			if (*more)
				break;
			kept->items[kept->count++] = *p;
		}
	}
	*more = *more || (e == ERR_OK && further && kept->count);
	return e;
}

static enum err timeline(const struct people_source *from, const struct unseen_list *unseen,
			 struct cursor at, size_t limit, struct arena *a, struct post_list *out)
{
	struct post_list kept = {.items = arena_array(a, limit, sizeof(struct post))};
	bool up = at.side == CURSOR_AFTER, more = false, behind = false;
	enum err e = kept.items ? ERR_OK : ERR_TOO_LARGE;

	if (e == ERR_OK)
		e = sift(from, unseen, at, limit, a, &kept, &more, &behind);
	for (size_t i = 0; up && i < kept.count / 2; i++) {
		struct post first = kept.items[i];

		kept.items[i] = kept.items[kept.count - 1 - i];
		kept.items[kept.count - 1 - i] = first;
	}
	kept.older = up ? behind : more;
	kept.newer = up ? more : behind;
	if (e == ERR_OK)
		*out = kept;
	return e;
}

enum err people_sift(struct service *s, struct arena *a, const struct user *viewer,
		     const struct people_source *from, struct cursor at, size_t limit,
		     struct post_list *out)
{
	struct unseen_list unseen;
	enum err e = people_unseen(s, a, viewer, &unseen);

	if (e != ERR_OK)
		return e;
	return unseen.count ? timeline(from, &unseen, at, limit, a, out)
			    : from->read(from, at, limit, a, out);
}

enum err people_timeline_home(struct service *s, struct arena *a, const struct user *viewer,
			      struct cursor at, size_t limit, struct post_list *out)
{
	const struct people_source from = {
		.read = read_home, .store = s->store, .home_of = viewer->id};

	return people_sift(s, a, viewer, &from, at, limit, out);
}

enum err people_timeline_public(struct service *s, struct arena *a, const struct user *viewer,
				struct cursor at, size_t limit, struct post_list *out)
{
	const struct people_source from = {.read = read_public, .store = s->store};

	return people_sift(s, a, viewer, &from, at, limit, out);
}
