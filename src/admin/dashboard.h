/*
 * dashboard.h: the two pages of the embedded dashboard, Business and Infrastructure, for the
 * operator who runs nothing else. The same pages on both listeners: among the pages for signed-in
 * administrators, on the operator's without a sign-in, since who reaches that may see it all.
 */
#ifndef KINGLET_ADMIN_DASHBOARD_H
#define KINGLET_ADMIN_DASHBOARD_H

#include "admin/admin.h"
#include "admin/board.h"
#include "admin/chart.h"
#include "web/view.h"
#include "web/web.h"

/* ---- what the template shows ---------------------------------------------------------------- */

struct dashboard_tile {
	const char *label;
	struct str value, note;
	bool bad; /* something is wrong, as its note says */
};
struct dashboard_tiles {
	struct dashboard_tile *items;
	size_t count;
};

struct dashboard_node {
	struct str name, last; /* when it was seen last */
	bool up;
	struct str day, week, cpu, memory, requests;
};
struct dashboard_nodes {
	struct dashboard_node *items;
	size_t count;
};

struct dashboard_authors {
	struct author_posts *items;
	size_t count;
};

struct dashboard_range {
	const char *name, *label; /* in the query: "24h"; for people: "24 hours" */
	int64_t resolution_s, step_s;
	size_t point_count;
};
#define DASHBOARD_RANGE_COUNT 4
extern const struct dashboard_range dashboard_ranges[DASHBOARD_RANGE_COUNT];
struct dashboard_ranges {
	const struct dashboard_range *items;
	size_t count;
};

struct dashboard_view {
	struct page_view page;
	bool business;
	const struct dashboard_range *range;
	struct dashboard_ranges ranges;
	struct dashboard_tiles tiles;
	struct chart_list charts;
	/* Infrastructure */
	struct dashboard_nodes nodes;
	bool cut;
	/* Business */
	struct dashboard_authors authors;
	struct post_list flagged;
	int64_t scanned;
};

/* ---- handlers ------------------------------------------------------------------------------- */

/*
 * /admin is an administrator's way in; to others it is the page of whoever goes by that name, as an
 * import may have brought, and else the sign-in or 403. For those two pages guard.c has seen to it
 * that who asks is an administrator.
 */
web_handler dashboard_entry, dashboard_business, dashboard_infrastructure;
/* On the operator's listener; static files for them. */
admin_handler dashboard_admin_entry, dashboard_admin_business, dashboard_admin_infrastructure,
	dashboard_admin_static;

#endif
