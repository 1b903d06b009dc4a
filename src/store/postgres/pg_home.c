/*
 * pg_home.c: pages of home timelines in the PostgreSQL engine. What this node remembers (home.h) is
 * made true again by one statement that asks what has changed since; the rows are a second one. A
 * page that is not remembered is read whole, by one statement in one snapshot. docs/timelines.md
 * has the reasons, the figures and the proof.
 */
#include "store/postgres/pg.h"
#include "store/postgres/pg_timeline.h"

/* What makes all that is remembered worthless where it changes. */
struct era {
	int64_t server, history;
};

/* Columns of PG_HOME_NEWS and, the first three, of PG_HOME_BUILD. */
enum news_column {
	SERVER,
	HISTORY,
	VERSION,
	ORDER,
	XMIN,
	HORIZON_ID,
	HORIZON_XID,
	POST_IDS,
	AUTHOR_IDS,
};
enum build_column { BUILD_AUTHORS = VERSION + 1, BUILD_IDS };

/* As many posts as PG_HOME_NEWS brings at most. */
#define NEWS_MAX 1000

static struct era era_of(const PGresult *r)
{
	return (struct era){pg_i64(r, 0, SERVER), pg_i64(r, 0, HISTORY)};
}

/* The posts of some news, in the arena. */
static enum err news_posts(const PGresult *r, struct arena *a, struct home_news *news)
{
	size_t ids = 0, authors = 0;
	int64_t *id = NULL, *author = NULL;
	struct recent_post *posts;
	enum err e = pg_ids(r, 0, POST_IDS, a, &id, &ids);

	if (e == ERR_OK)
		e = pg_ids(r, 0, AUTHOR_IDS, a, &author, &authors);
	if (e != ERR_OK)
		return e;
	if (ids != authors)
		return ERR_INTERNAL;
	posts = arena_array(a, ids, sizeof(*posts));
	if (!posts)
		return ERR_TOO_LARGE;
	for (size_t i = 0; i < ids; i++)
		posts[i] = (struct recent_post){id[i], author[i]};
	news->posts = posts;
	news->count = ids;
	news->cut = ids == NEWS_MAX;
	return ERR_OK;
}

/* Asks what is new. ERR_NOT_FOUND: there is no such person. */
static enum err learn(struct pg *s, int64_t user_id, struct arena *a, struct home_moment *moment,
		      struct era *era, int64_t *version)
{
	struct home_news news = {0};
	struct pg_args args = {0};
	PGresult *r = NULL;
	enum err e;

	home_moment(s->home, moment);
	news.since_id = moment->settled_id;
	pg_arg_i64(&args, user_id);
	pg_arg_i64(&args, news.since_id);
	pg_arg_bool(&args, moment->wants_horizon);
	e = pg_run(s, PG_HOME_NEWS, &args, &r);
	if (e == ERR_OK && PQntuples(r) == 0)
		e = ERR_NOT_FOUND;
	if (e == ERR_OK)
		e = news_posts(r, a, &news);
	if (e == ERR_OK) {
		*era = era_of(r);
		*version = pg_i64(r, 0, VERSION);
		news.server = era->server;
		news.history = era->history;
		news.order = pg_i64(r, 0, ORDER);
		news.xmin = pg_i64(r, 0, XMIN);
		news.horizon_id = pg_i64(r, 0, HORIZON_ID);
		news.horizon_xid = pg_i64(r, 0, HORIZON_XID);
		home_learn(s->home, &news, moment);
	}
	PQclear(r);
	return e;
}

/* Reads the beginning of a timeline, and remembers it where that is of use. */
static enum err build(struct pg *s, int64_t user_id, const struct home_moment *moment,
		      const struct era *era, struct arena *a, struct home_view *out,
		      int64_t *version)
{
	struct authors authors = {0};
	struct pg_args args = {0};
	PGresult *r = NULL;
	int64_t *ids = NULL;
	enum err e;

	pg_arg_i64(&args, INT64_MAX);
	pg_arg_i64(&args, HOME_KEEP);
	pg_arg_i64(&args, user_id);
	pg_arg_i64(&args, user_id);
	e = pg_run(s, PG_HOME_BUILD, &args, &r);
	if (e == ERR_OK && PQntuples(r) == 0)
		e = ERR_NOT_FOUND;
	if (e == ERR_OK)
		e = pg_ids(r, 0, BUILD_AUTHORS, a, &authors.ids, &authors.count);
	if (e == ERR_OK)
		e = pg_ids(r, 0, BUILD_IDS, a, &ids, &out->count);
	if (e == ERR_OK && out->count > HOME_KEEP)
		e = ERR_INTERNAL;
	if (e == ERR_OK) {
		struct era now = era_of(r);

		memcpy(out->ids, ids, out->count * sizeof(ids[0]));
		out->complete = out->count < HOME_KEEP;
		*version = pg_i64(r, 0, VERSION);
		if (now.server == era->server && now.history == era->history)
			home_keep(s->home, user_id, moment, *version, &authors, out);
	}
	PQclear(r);
	return e;
}

/*
 * A page from a view, with the neighbours on both sides: that they are still there is what `newer`
 * and `older` say. ERR_BUSY: a post is gone, or the person follows others by now.
 */
static enum err page_of_view(struct pg *s, int64_t user_id, const struct home_view *view,
			     int64_t version, struct home_range range, struct arena *a,
			     struct post_list *out)
{
	size_t before = range.first > 0, after = range.end < view->count;
	size_t first = range.first - before, count = range.end + after - first;
	struct post *items = arena_array(a, count, sizeof(*items));
	struct pg_args args = {0};
	PGresult *r = NULL;
	enum err e = items ? ERR_OK : ERR_TOO_LARGE;

	pg_arg_i64(&args, user_id);
	if (e == ERR_OK)
		e = pg_arg_ids(&args, view->ids + first, count, a);
	if (e == ERR_OK && count > 0)
		e = pg_run(s, PG_HOME_ROWS, &args, &r);
	if (e == ERR_OK && count > 0 &&
	    ((size_t)PQntuples(r) != count || pg_i64(r, 0, 0) != version))
		e = ERR_BUSY;
	for (size_t i = 0; e == ERR_OK && i < count; i++)
		e = pg_row_post(r, (int)i, 1, a, &items[i]);
	PQclear(r);
	if (e == ERR_OK)
		*out = (struct post_list){
			.items = items + before,
			.count = range.end - range.first,
			.newer = before > 0,
			.older = after > 0,
		};
	return e;
}

/* ERR_BUSY: it takes the whole statement. */
static enum err page_of_memory(struct pg *s, int64_t user_id, struct cursor at, size_t limit,
			       struct arena *a, struct post_list *out)
{
	struct home_moment moment;
	struct home_view view;
	struct home_range range;
	int64_t version = 0;
	struct era era;
	enum err e = learn(s, user_id, a, &moment, &era, &version);

	if (e == ERR_OK && !home_find_at(s->home, user_id, &moment, version, &view))
		e = build(s, user_id, &moment, &era, a, &view, &version);
	if (e == ERR_NOT_FOUND) { /* nobody's timeline is empty */
		*out = (struct post_list){0};
		return ERR_OK;
	}
	if (e != ERR_OK)
		return e;
	if (!home_range(&view, at, limit, &range))
		return ERR_BUSY;
	e = page_of_view(s, user_id, &view, version, range, a, out);
	if (e == ERR_BUSY)
		home_drop(s->home, user_id);
	return e;
}

enum err pg_timeline_home(struct store *store, int64_t user_id, struct cursor at, size_t limit,
			  struct arena *a, struct post_list *out)
{
	static const struct pg_timeline home = {.down = PG_HOME_DOWN, .up = PG_HOME_UP};
	struct pg_timeline t = home;
	struct pg *s = pg_of(store);
	enum err e = ERR_BUSY;

	t.person_id = user_id;
	if (limit < HOME_KEEP)
		e = page_of_memory(s, user_id, at, limit, a, out);
	return e == ERR_BUSY ? pg_timeline_page(s, &t, at, limit, a, out) : e;
}
