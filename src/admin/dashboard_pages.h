/* dashboard_pages.h: what stands on each of the dashboard's pages; called by dashboard.c. */
#ifndef KINGLET_ADMIN_DASHBOARD_PAGES_H
#define KINGLET_ADMIN_DASHBOARD_PAGES_H

#include "admin/dashboard.h"

/* Fill in what is theirs of a view whose range is set; texts and values lie in the arena. */
enum err MUST_CHECK dashboard_fill_business(struct service *s, struct dashboard_view *view,
					    struct arena *a);
enum err MUST_CHECK dashboard_fill_infrastructure(struct service *s, struct dashboard_view *view,
						  struct arena *a);

/* ---- shared by both ------------------------------------------------------------------------- */

/* The value of a row, NAN where it has none. */
typedef double dashboard_value(const struct history_row *row);
struct dashboard_line {
	const char *name;
	dashboard_value *value;
	unsigned colour;
};

/*
 * Adds a chart with a line for each of `lines` over the sum of all nodes. `model` has what isn't
 * derived from the board. False where the arena is full.
 */
bool dashboard_add_chart(struct dashboard_view *view, const struct board *b, struct chart model,
			 const struct dashboard_line *lines, size_t line_count, struct arena *a);
/* The same with a line for each node. */
bool dashboard_add_node_chart(struct dashboard_view *view, const struct board *b,
			      struct chart model, dashboard_value *value, struct arena *a);
struct str dashboard_text(struct arena *a, enum chart_unit unit, double value);
/* Room for charts and tiles. */
#define DASHBOARD_CHARTS_MAX 16
#define DASHBOARD_TILES_MAX  12
bool dashboard_begin(struct dashboard_view *view, struct arena *a);
void dashboard_add_tile(struct dashboard_view *view, const char *label, struct str value,
			struct str note, bool bad);

#endif
