/* dashboard_business.c: how the community grows. */
#include "admin/dashboard_pages.h"

#include <inttypes.h>
#include <math.h>
#include "base/clock.h"
#include "model/id.h"

#define AUTHORS_MAX	10
#define FLAGGED_MAX	10
#define HOUR_S		3600
#define DAY_S		86400
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#define NUMBER_OF(name, field)                            \
	static double name(const struct history_row *row) \
	{                                                 \
		return (double)history_get(row, (field)); \
	}
NUMBER_OF(users_of, HISTORY_USERS)
NUMBER_OF(posts_of, HISTORY_POSTS)
NUMBER_OF(follows_of, HISTORY_FOLLOWS)
NUMBER_OF(active_of, HISTORY_ACTIVE)
NUMBER_OF(registered_of, HISTORY_REGISTERED)
NUMBER_OF(posted_of, HISTORY_POSTED)
NUMBER_OF(followed_of, HISTORY_FOLLOWED)

/* What there is, over the chosen range. */
static const struct {
	const char *id, *title, *note;
	struct dashboard_line line;
} totals[] = {
	{"users",
	 T_LATER("People"),
	 T_LATER("Registered in all."),
	 {T_LATER("people"), users_of, 0}},
	{"posts",
	 T_LATER("Posts"),
	 T_LATER("Shown in all, without flagged ones."),
	 {T_LATER("posts"), posts_of, 1}},
	{"follows",
	 T_LATER("Follows"),
	 T_LATER("Pairs of who follows whom."),
	 {T_LATER("follows"), follows_of, 2}},
	{"active",
	 T_LATER("Active people"),
	 T_LATER("Who signed in, looked or posted in the 24 h before."),
	 {T_LATER("active"), active_of, 3}},
};

/* What came, by the hour and by the day. */
static const struct {
	const char *hour_id, *hour_title, *day_id, *day_title;
	struct dashboard_line line;
} growth[] = {
	{"users-hour",
	 T_LATER("New people by hour"),
	 "users-day",
	 T_LATER("New people by day"),
	 {T_LATER("new people"), registered_of, 0}},
	{"posts-hour",
	 T_LATER("New posts by hour"),
	 "posts-day",
	 T_LATER("New posts by day"),
	 {T_LATER("new posts"), posted_of, 1}},
	{"follows-hour",
	 T_LATER("New follows by hour"),
	 "follows-day",
	 T_LATER("New follows by day"),
	 {T_LATER("new follows"), followed_of, 2}},
};

static bool add_growth(struct dashboard_view *view, const struct board *b, bool by_day,
		       struct arena *a)
{
	bool ok = true;

	for (size_t i = 0; ok && i < COUNT_OF(growth); i++) {
		struct chart model = {
			.id = by_day ? growth[i].day_id : growth[i].hour_id,
			.title = by_day ? growth[i].day_title : growth[i].hour_title,
			.note = by_day ? T_LATER("The last 30 days.")
				       : T_LATER("The last 24 hours."),
			.kind = CHART_BARS,
			.unit = CHART_COUNT,
		};

		ok = dashboard_add_chart(view, b, model, &growth[i].line, 1, a);
	}
	return ok;
}

static bool add_totals(struct dashboard_view *view, const struct board *b, struct arena *a)
{
	bool ok = true;

	for (size_t i = 0; ok && i < COUNT_OF(totals); i++) {
		struct chart model = {
			.id = totals[i].id,
			.title = totals[i].title,
			.note = totals[i].note,
			.kind = CHART_LINES,
			.unit = CHART_COUNT,
		};

		ok = dashboard_add_chart(view, b, model, &totals[i].line, 1, a);
	}
	return ok;
}

/* The sum over a board of one of the numbers. */
static int64_t sum_over(const struct board *b, enum history_field field)
{
	int64_t sum = 0;

	for (size_t p = 0; p < b->point_count; p++) {
		struct history_row row;

		if (board_sum(b, p, &row))
			sum += history_get(&row, field);
	}
	return sum;
}

static struct str gained(struct arena *a, int64_t count)
{
	struct str text = dashboard_text(a, CHART_COUNT, (double)count);

	return arena_printf(a, T("+%.*s in 24 h"), STR_ARG(text));
}

/* The last that any node said; NAN where none did. */
static double last_active(const struct board *b)
{
	for (size_t p = b->point_count; p-- > 0;) {
		struct history_row row;

		if (board_sum(b, p, &row))
			return active_of(&row);
	}
	return NAN;
}

static void add_tiles(struct dashboard_view *view, const struct store_totals *now,
		      const struct board *hours, const struct post_summary *recent, struct arena *a)
{
	dashboard_add_tile(view, T("People"), dashboard_text(a, CHART_COUNT, (double)now->users),
			   gained(a, sum_over(hours, HISTORY_REGISTERED)), false);
	dashboard_add_tile(view, T("Posts"), dashboard_text(a, CHART_COUNT, (double)now->posts),
			   gained(a, sum_over(hours, HISTORY_POSTED)), false);
	dashboard_add_tile(view, T("Follows"), dashboard_text(a, CHART_COUNT, (double)now->follows),
			   gained(a, sum_over(hours, HISTORY_FOLLOWED)), false);
	dashboard_add_tile(view, T("Active people"),
			   dashboard_text(a, CHART_COUNT, last_active(hours)),
			   T_STR("in the last 24 h"), false);
	dashboard_add_tile(view, T("Signed in"),
			   dashboard_text(a, CHART_COUNT, (double)now->sessions),
			   T_STR("browsers, at this moment"), false);
	dashboard_add_tile(
		view, T("Flagged"), dashboard_text(a, CHART_COUNT, (double)recent->flagged),
		arena_printf(a, T("of the newest %lld posts"), (long long)recent->scanned), false);
}

enum err dashboard_fill_business(struct service *s, struct dashboard_view *view, struct arena *a)
{
	const struct dashboard_range *range = view->range;
	int64_t now_s = clock_now_ms() / 1000;
	int64_t from_s = now_s - range->step_s * (int64_t)range->point_count;
	struct board *b = arena_array(a, 3, sizeof(*b));
	struct post_summary newest, authors;
	struct store_totals now;
	enum err e = b && dashboard_begin(view, a) ? ERR_OK : ERR_TOO_LARGE;

	if (e == ERR_OK)
		e = board_load(s->store, range->resolution_s, range->step_s, range->point_count,
			       now_s, a, &b[0]);
	if (e == ERR_OK)
		e = board_load(s->store, HOUR_S, HOUR_S, 24, now_s, a, &b[1]);
	if (e == ERR_OK)
		e = board_load(s->store, DAY_S, DAY_S, 30, now_s, a, &b[2]);
	if (e == ERR_OK)
		e = store_totals(s->store, &now);
	if (e == ERR_OK)
		e = store_recent_summary(s->store, 0, 1, a, &newest);
	if (e == ERR_OK)
		e = store_recent_summary(s->store, id_first_of_ms(from_s * 1000), AUTHORS_MAX, a,
					 &authors);
	if (e == ERR_OK)
		e = store_recent_flagged(s->store, FLAGGED_MAX, a, &view->flagged);
	if (e != ERR_OK)
		return e;
	view->authors = (struct dashboard_authors){authors.authors, authors.author_count};
	view->scanned = authors.scanned;
	add_tiles(view, &now, &b[1], &newest, a);
	if (!add_totals(view, &b[0], a) || !add_growth(view, &b[1], false, a) ||
	    !add_growth(view, &b[2], true, a))
		return ERR_TOO_LARGE;
	return ERR_OK;
}
