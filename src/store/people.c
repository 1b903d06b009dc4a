/* people.c: passes calls on to the engine, see store.c. */
#include "store/people.h"

#include <stdlib.h>
#include "store/timed.h"

static size_t list_limit(size_t limit)
{
	return limit < STORE_LIST_MAX ? limit : STORE_LIST_MAX;
}

enum err store_block_set(struct store *s, int64_t user_id, int64_t other_id, bool blocked)
{
	if (user_id == other_id)
		return ERR_INVALID;
	return TIMED(BLOCK_SET, s, s->engine->people->block_set(s, user_id, other_id, blocked));
}

enum err store_mute_set(struct store *s, int64_t user_id, int64_t other_id, bool muted)
{
	if (user_id == other_id)
		return ERR_INVALID;
	return TIMED(MUTE_SET, s, s->engine->people->mute_set(s, user_id, other_id, muted));
}

static int by_user(const void *a, const void *b)
{
	const struct unseen *x = a, *y = b;

	return (x->user_id > y->user_id) - (x->user_id < y->user_id);
}

/* Sorts, and makes one of several rows about a person. */
static void merge(struct unseen_list *list)
{
	size_t count = 0;

	if (list->count == 0)
		return;
	qsort(list->items, list->count, sizeof(struct unseen), by_user);
	for (size_t i = 1; i < list->count; i++) {
		if (list->items[i].user_id == list->items[count].user_id)
			list->items[count].why |= list->items[i].why;
		else
			list->items[++count] = list->items[i];
	}
	list->count = count + 1;
}

enum err store_unseen_list(struct store *s, int64_t viewer_id, struct arena *a,
			   struct unseen_list *out)
{
	enum err e = TIMED(UNSEEN_LIST, s, s->engine->people->unseen_list(s, viewer_id, a, out));

	if (e == ERR_OK)
		merge(out);
	return e;
}

int unseen_find(const struct unseen_list *list, int64_t user_id)
{
	const struct unseen key = {.user_id = user_id}, *found = NULL;

	if (list->count)
		found = bsearch(&key, list->items, list->count, sizeof(key), by_user);
	return found ? found->why : 0;
}

enum err store_block_list(struct store *s, int64_t user_id, int64_t before_id, size_t limit,
			  struct arena *a, struct user_list *out)
{
	return TIMED(
		BLOCK_LIST, s,
		s->engine->people->block_list(s, user_id, before_id, list_limit(limit), a, out));
}

enum err store_mute_list(struct store *s, int64_t user_id, int64_t before_id, size_t limit,
			 struct arena *a, struct user_list *out)
{
	return TIMED(
		MUTE_LIST, s,
		s->engine->people->mute_list(s, user_id, before_id, list_limit(limit), a, out));
}

enum err store_suggestions(struct store *s, int64_t user_id, size_t limit, struct arena *a,
			   struct user_list *out)
{
	return TIMED(SUGGESTIONS, s,
		     s->engine->people->suggestions(s, user_id, list_limit(limit), a, out));
}

enum err store_follow_marks(struct store *s, int64_t follower_id, const int64_t *ids, size_t count,
			    bool *out)
{
	return TIMED(FOLLOW_MARKS, s,
		     s->engine->people->follow_marks(s, follower_id, ids, count, out));
}

enum err store_profile_set(struct store *s, const struct profile_new *profile)
{
	return TIMED(PROFILE_SET, s, s->engine->people->profile_set(s, profile));
}

enum err store_profile_get(struct store *s, int64_t user_id, struct arena *a, struct profile *out)
{
	return TIMED(PROFILE_GET, s, s->engine->people->profile_get(s, user_id, a, out));
}
