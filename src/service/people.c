#include "service/people.h"

#include "service/account.h"

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

enum err people_unseen(struct service *s, struct arena *a, const struct user *viewer,
		       struct unseen_list *out)
{
	*out = (struct unseen_list){0};
	return viewer->selective ? store_unseen_list(s->store, viewer->id, a, out) : ERR_OK;
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
