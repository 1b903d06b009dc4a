/*
 * board.h: the history of all nodes over a range of time, read from the store and laid on a grid of
 * points, as the dashboard draws it. A point of a node without rows is a gap.
 */
#ifndef KINGLET_ADMIN_BOARD_H
#define KINGLET_ADMIN_BOARD_H

#include "admin/history.h"
#include "store/store.h"

/* Nodes that are shown; further ones are left out. */
#define BOARD_NODES_MAX 32

struct board_node {
	struct str name;
	struct history_row *rows; /* one a point */
	bool *present;		  /* one a point: there are rows of it */
};
struct board {
	int64_t from_s, step_s;
	size_t point_count;
	struct board_node nodes[BOARD_NODES_MAX]; /* by name */
	size_t node_count;
	bool cut; /* there were more nodes */
};

/*
 * The rows of `resolution_s`, the last `point_count` steps up to that of `now_s`; a step is a
 * multiple of the resolution. One index range for each thousand rows.
 */
enum err MUST_CHECK board_load(struct store *s, int64_t resolution_s, int64_t step_s,
			       size_t point_count, int64_t now_s, struct arena *a,
			       struct board *out);
/* All nodes of a point together; false where none has data. */
bool board_sum(const struct board *b, size_t point, struct history_row *out);

struct board_uptime {
	struct str name;  /* empty: of the place, which is up while one node is */
	int64_t last_s;	  /* the beginning of the last ten minutes with a row */
	double day, week; /* percent, NAN where it wasn't seen */
};
struct board_uptimes {
	struct board_uptime items[BOARD_NODES_MAX];
	size_t count;
	struct board_uptime place;
};
/* Of the nodes seen in the last 7 days. */
enum err MUST_CHECK board_uptimes(struct store *s, int64_t now_s, struct arena *a,
				  struct board_uptimes *out);

#endif
