/* dashboard_parts.c: charts and tiles from a board: what both pages are made of. */
#include "admin/dashboard_pages.h"

#include <math.h>
#include "base/lang.h"

bool dashboard_begin(struct dashboard_view *view, struct arena *a)
{
	view->charts.items = arena_array(a, DASHBOARD_CHARTS_MAX, sizeof(struct chart));
	view->tiles.items = arena_array(a, DASHBOARD_TILES_MAX, sizeof(struct dashboard_tile));
	return view->charts.items && view->tiles.items;
}

void dashboard_add_tile(struct dashboard_view *view, const char *label, struct str value,
			struct str note, bool bad)
{
	if (view->tiles.count < DASHBOARD_TILES_MAX)
		view->tiles.items[view->tiles.count++] = (struct dashboard_tile){label, value, note,
										 bad};
}

struct str dashboard_text(struct arena *a, enum chart_unit unit, double value)
{
	struct buf text = BUF_INIT(64);
	struct str kept;

	chart_value(&text, unit, value);
	kept = isnan(value) ? STR("–") : arena_str(a, buf_str(&text));
	buf_release(&text);
	return kept;
}

/* A chart's series and their values, while they are being filled in. */
struct draft {
	struct chart_series *series;
	double **values;
};

/* False where there is no room. */
static bool draft_chart(struct dashboard_view *view, const struct board *b, struct chart model,
			size_t series_count, struct arena *a, struct draft *out)
{
	*out = (struct draft){
		.series = arena_array(a, series_count, sizeof(struct chart_series)),
		.values = arena_array(a, series_count, sizeof(double *)),
	};
	if (!out->series || !out->values || view->charts.count == DASHBOARD_CHARTS_MAX)
		return false;
	for (size_t i = 0; i < series_count; i++) {
		out->values[i] = arena_array(a, b->point_count, sizeof(double));
		if (!out->values[i])
			return false;
		out->series[i].values = out->values[i];
	}
	model.title = lang_text(model.title);
	model.note = model.note ? lang_text(model.note) : NULL;
	model.from_s = b->from_s;
	model.step_s = b->step_s;
	model.point_count = b->point_count;
	model.series = out->series;
	model.series_count = series_count;
	view->charts.items[view->charts.count++] = model;
	return true;
}

bool dashboard_add_chart(struct dashboard_view *view, const struct board *b, struct chart model,
			 const struct dashboard_line *lines, size_t line_count, struct arena *a)
{
	struct draft draft;

	if (!draft_chart(view, b, model, line_count, a, &draft))
		return false;
	for (size_t i = 0; i < line_count; i++) {
		draft.series[i].name = str_from_c(lang_text(lines[i].name));
		draft.series[i].colour = lines[i].colour;
	}
	for (size_t p = 0; p < b->point_count; p++) {
		struct history_row sum;
		bool any = board_sum(b, p, &sum);

		for (size_t i = 0; i < line_count; i++)
			draft.values[i][p] = any ? lines[i].value(&sum) : NAN;
	}
	return true;
}

bool dashboard_add_node_chart(struct dashboard_view *view, const struct board *b,
			      struct chart model, dashboard_value *value, struct arena *a)
{
	struct draft draft;

	if (!draft_chart(view, b, model, b->node_count, a, &draft))
		return false;
	for (size_t n = 0; n < b->node_count; n++) {
		draft.series[n].name = b->nodes[n].name;
		draft.series[n].colour = (unsigned)n;
		for (size_t p = 0; p < b->point_count; p++)
			draft.values[n][p] = b->nodes[n].present[p] ? value(&b->nodes[n].rows[p])
								    : NAN;
	}
	return true;
}
