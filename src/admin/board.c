#include "admin/board.h"

#include <stdlib.h>
#include <string.h>

#define DAY_S		  86400
#define BATCH		  1000
#define BATCH_ARENA_BYTES ((size_t)8 * 1024 * 1024)
/* After a minute's end until its row is there. */
#define LATE_S 15

/* ---- reading -------------------------------------------------------------------------------- */

/* The node's place, which is made where there is room; NULL where there is none. */
static struct board_node *node_of(struct board *b, struct str name, struct arena *a)
{
	struct board_node *node = b->nodes;

	while (node < b->nodes + b->node_count && !str_eq(node->name, name))
		node++;
	if (node < b->nodes + b->node_count)
		return node;
	if (b->node_count == BOARD_NODES_MAX) {
		b->cut = true;
		return NULL;
	}
	*node = (struct board_node){
		.name = arena_str(a, name),
		.rows = arena_array(a, b->point_count, sizeof(struct history_row)),
		.present = arena_array(a, b->point_count, sizeof(bool)),
	};
	if (!node->name.ptr || !node->rows || !node->present)
		return NULL;
	b->node_count++;
	return node;
}

/* Rows that can't be read are left out: a gap says as much. */
static void lay(struct board *b, const struct sample *sample, struct arena *a)
{
	int64_t point = (sample->at_s - b->from_s) / b->step_s;
	struct history_row row;
	struct board_node *node;

	if (point < 0 || point >= (int64_t)b->point_count || !history_read(sample->data, &row))
		return;
	node = node_of(b, sample->node, a);
	if (!node)
		return;
	history_merge(&node->rows[point], &row);
	node->present[point] = true;
}

static int compare_nodes(const void *left, const void *right)
{
	return str_compare(((const struct board_node *)left)->name,
			   ((const struct board_node *)right)->name);
}

enum err board_load(struct store *s, int64_t resolution_s, int64_t step_s, size_t point_count,
		    int64_t now_s, struct arena *a, struct board *out)
{
	struct arena *batch = arena_new(BATCH_ARENA_BYTES);
	struct sample after = {.resolution_s = resolution_s};
	struct sample_list list = {.more = true};
	char last[SAMPLE_NODE_MAX_BYTES + 1];
	enum err e = batch ? ERR_OK : ERR_TOO_LARGE;

	*out = (struct board){
		.from_s = now_s - now_s % step_s - ((int64_t)point_count - 1) * step_s,
		.step_s = step_s,
		.point_count = point_count,
	};
	after.at_s = out->from_s;
	while (e == ERR_OK && list.more) {
		e = store_sample_list(s, &after, INT64_MAX, BATCH, batch, &list);
		for (size_t i = 0; e == ERR_OK && i < list.count; i++)
			lay(out, &list.items[i], a);
		if (e == ERR_OK && list.more) {
			/* Its name lies in the arena of the batch, which is emptied now. */
			struct str name = str_sub(list.items[list.count - 1].node, 0, sizeof(last));

			memcpy(last, name.ptr, name.len);
			after.at_s = list.items[list.count - 1].at_s;
			after.node = str_from(last, name.len);
			arena_reset(batch);
		}
	}
	arena_free(batch);
	qsort(out->nodes, out->node_count, sizeof(out->nodes[0]), compare_nodes);
	return e;
}

bool board_sum(const struct board *b, size_t point, struct history_row *out)
{
	bool any = false;

	*out = (struct history_row){0};
	for (size_t n = 0; n < b->node_count; n++) {
		if (!b->nodes[n].present[point])
			continue;
		if (any)
			history_join(out, &b->nodes[n].rows[point]);
		else
			*out = b->nodes[n].rows[point];
		any = true;
	}
	return any;
}

/* ---- uptime --------------------------------------------------------------------------------- */

/* The minutes of [from_s, …) and what was seen first, whenever that was. */
static int64_t minutes_from(const struct board *b, const struct board_node *node, int64_t from_s)
{
	int64_t minutes = 0;

	for (size_t i = 0; i < b->point_count; i++) {
		if (b->from_s + (int64_t)i * b->step_s >= from_s)
			minutes += history_get(&node->rows[i], HISTORY_MINUTES);
	}
	return minutes;
}

/* Of the place: in each ten minutes those of the node that has the most. */
static void lay_place(const struct board *b, struct board_node *place)
{
	for (size_t n = 0; n < b->node_count; n++) {
		for (size_t i = 0; i < b->point_count; i++) {
			int64_t *most = history_at(&place->rows[i], HISTORY_MINUTES);
			int64_t minutes = history_get(&b->nodes[n].rows[i], HISTORY_MINUTES);

			*most = minutes > *most ? minutes : *most;
			place->present[i] |= b->nodes[n].present[i];
		}
	}
}

static struct board_uptime uptime_of(const struct board *b, const struct board_node *node,
				     int64_t first_s, int64_t until_s)
{
	/* By whole tens of minutes, since rows are. */
	int64_t week_s = b->from_s, day_s = until_s - until_s % b->step_s - DAY_S + b->step_s;
	struct board_uptime uptime = {
		.name = node->name,
		.day = history_uptime(minutes_from(b, node, day_s), first_s, day_s, until_s),
		.week = history_uptime(minutes_from(b, node, week_s), first_s, week_s, until_s),
	};

	for (size_t i = 0; i < b->point_count; i++) {
		if (node->present[i])
			uptime.last_s = b->from_s + (int64_t)i * b->step_s;
	}
	return uptime;
}

/* When the node was seen first, as its days' rows say. */
static int64_t first_of(const struct board *days, struct str name)
{
	int64_t first_s = INT64_MAX;

	for (size_t n = 0; n < days->node_count; n++) {
		if (name.len && !str_eq(days->nodes[n].name, name))
			continue;
		for (size_t i = 0; i < days->point_count; i++) {
			int64_t seen_s = history_get(&days->nodes[n].rows[i], HISTORY_FIRST_S);

			if (days->nodes[n].present[i] && seen_s < first_s)
				first_s = seen_s;
		}
	}
	return first_s;
}

enum err board_uptimes(struct store *s, int64_t now_s, struct arena *a, struct board_uptimes *out)
{
	struct board *tens = arena_alloc(a, sizeof(*tens)), *days = arena_alloc(a, sizeof(*days));
	int64_t until_s = (now_s - LATE_S) / 60 * 60;
	struct board_node place;
	enum err e = tens && days ? ERR_OK : ERR_TOO_LARGE;

	*out = (struct board_uptimes){0};
	if (e == ERR_OK)
		e = board_load(s, 600, 600, 7 * DAY_S / 600, now_s, a, tens);
	if (e == ERR_OK)
		e = board_load(s, DAY_S, DAY_S, 9, now_s, a, days);
	if (e != ERR_OK)
		return e;
	place.name = (struct str){NULL, 0};
	place.rows = arena_array(a, tens->point_count, sizeof(struct history_row));
	place.present = arena_array(a, tens->point_count, sizeof(bool));
	if (!place.rows || !place.present)
		return ERR_TOO_LARGE;
	for (size_t n = 0; n < tens->node_count; n++)
		out->items[out->count++] = uptime_of(tens, &tens->nodes[n],
						     first_of(days, tens->nodes[n].name), until_s);
	lay_place(tens, &place);
	out->place = uptime_of(tens, &place, first_of(days, place.name), until_s);
	return ERR_OK;
}
