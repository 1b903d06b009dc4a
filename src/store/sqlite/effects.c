/* effects.c: the memory follows the file. */
#include "store/sqlite/effects.h"

#include "store/news.h"
#include "store/sqlite/sqlite.h"

struct store_totals effects_totals(struct store_totals a, struct store_totals b)
{
	return (struct store_totals){
		.users = a.users + b.users,
		.posts = a.posts + b.posts,
		.follows = a.follows + b.follows,
		.sessions = a.sessions + b.sessions,
	};
}

/* Not by assignment: the lists are long, and only their beginnings are ever used. */
void effects_clear(struct effects *effects)
{
	effects->totals = (struct store_totals){0};
	effects->visible = effects->hides = effects->everything = false;
	effects->home_count = effects->told_count = 0;
}

void effects_note_home(struct effects *effects, struct home_change change)
{
	effects->visible = true;
	effects->hides |= change.event == HOME_HIDDEN || change.event == HOME_PERSON_GONE;
	if (effects->home_count == EFFECTS_HOME_MAX)
		effects->everything = true;
	else
		effects->home[effects->home_count++] = change;
}

void effects_note_told(struct effects *effects, int64_t user_id)
{
	if (effects->told_count < EFFECTS_TOLD_MAX)
		effects->told[effects->told_count++] = user_id;
}

static void tell_news(const struct effects *effects, struct news *news)
{
	struct store_news_post posts[EFFECTS_HOME_MAX + EFFECTS_TOLD_MAX];
	size_t count = 0;

	for (size_t i = 0; i < effects->home_count; i++) {
		if (effects->home[i].event == HOME_POSTED)
			posts[count++] = (struct store_news_post){effects->home[i].id,
								  effects->home[i].author_id};
	}
	for (size_t i = 0; i < effects->told_count; i++)
		posts[count++] = (struct store_news_post){.author_id = effects->told[i]};
	if (effects->everything || effects->told_count == EFFECTS_TOLD_MAX)
		news_tell_resync(news);
	else
		news_tell_posts(news, posts, count);
}

/*
 * The order is what the promises of store.h stand on. The COMMIT makes the group durable and then
 * visible to readers that begin. Then the memory beside the file follows, the version last; only
 * then are the callers woken. So whoever knows of a write (because it was acknowledged) finds it in
 * the file, in the totals, in the timelines, and finds the version higher than any under which a
 * page without it was kept.
 */
void effects_apply(struct effects *effects, struct sqlite *s)
{
	pthread_mutex_lock(&s->state_lock);
	s->totals = effects_totals(s->totals, effects->totals);
	pthread_mutex_unlock(&s->state_lock);
	if (effects->everything)
		home_forget(s->home);
	else if (effects->home_count)
		home_apply(s->home, effects->home, effects->home_count);
	if (effects->visible)
		atomic_fetch_add(&s->version, 1);
	tell_news(effects, &s->store.news);
	effects_clear(effects);
}
