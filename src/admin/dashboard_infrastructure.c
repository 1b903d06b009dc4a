/* dashboard_infrastructure.c: how the machines do. */
#include "admin/dashboard_pages.h"

#include <math.h>
#include "base/clock.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
/* A node whose last minute is older than that is down. */
#define DOWN_AFTER_S 150
/* What the tiles call "now". */
#define NOW_MINUTES 5

/* ---- values --------------------------------------------------------------------------------- */

static double memory_mib(const struct history_row *row)
{
	return history_mean(row, HISTORY_RSS_SUM) / 1024;
}

static double status_rate(const struct history_row *row, enum history_field service, size_t status)
{
	return history_rate(row, history_array(row, service)[status]);
}

#define VALUE(name, expression)                           \
	static double name(const struct history_row *row) \
	{                                                 \
		return (expression);                      \
	}
VALUE(frontend_2xx, status_rate(row, HISTORY_FRONTEND, 0))
VALUE(frontend_3xx, status_rate(row, HISTORY_FRONTEND, 1))
VALUE(frontend_4xx, status_rate(row, HISTORY_FRONTEND, 2))
VALUE(frontend_5xx, status_rate(row, HISTORY_FRONTEND, 3))
VALUE(backend_2xx, status_rate(row, HISTORY_BACKEND, 0))
VALUE(backend_3xx, status_rate(row, HISTORY_BACKEND, 1))
VALUE(backend_4xx, status_rate(row, HISTORY_BACKEND, 2))
VALUE(backend_5xx, status_rate(row, HISTORY_BACKEND, 3))
VALUE(frontend_p50, history_percentile_ms(history_array(row, HISTORY_FRONTEND_LATENCY), .50))
VALUE(frontend_p95, history_percentile_ms(history_array(row, HISTORY_FRONTEND_LATENCY), .95))
VALUE(frontend_p99, history_percentile_ms(history_array(row, HISTORY_FRONTEND_LATENCY), .99))
VALUE(backend_p50, history_percentile_ms(history_array(row, HISTORY_BACKEND_LATENCY), .50))
VALUE(backend_p95, history_percentile_ms(history_array(row, HISTORY_BACKEND_LATENCY), .95))
VALUE(backend_p99, history_percentile_ms(history_array(row, HISTORY_BACKEND_LATENCY), .99))
VALUE(failed_frontend, (double)history_array(row, HISTORY_FRONTEND)[3])
VALUE(failed_backend, (double)history_array(row, HISTORY_BACKEND)[3])
VALUE(failed_store, (double)history_get(row, HISTORY_STORE_ERRORS))
VALUE(shed, (double)history_get(row, HISTORY_SHED))
VALUE(timed_out, (double)history_get(row, HISTORY_TIMEOUTS))
VALUE(refused, (double)history_get(row, HISTORY_REFUSED))
VALUE(queue_mean, history_mean(row, HISTORY_QUEUE_SUM))
VALUE(queue_max, (double)history_get(row, HISTORY_QUEUE_MAX))
VALUE(in_flight_max, (double)history_get(row, HISTORY_IN_FLIGHT_MAX))
VALUE(connections_mean, history_mean(row, HISTORY_CONNECTIONS_SUM))
VALUE(connections_max, (double)history_get(row, HISTORY_CONNECTIONS_MAX))
VALUE(commit_rate, history_rate(row, history_get(row, HISTORY_COMMITS)))
VALUE(write_rate, history_rate(row, history_get(row, HISTORY_WRITES)))

/* ---- charts --------------------------------------------------------------------------------- */

static const struct recipe {
	const char *id, *title, *note;
	enum chart_kind kind;
	enum chart_unit unit;
	struct dashboard_line lines[6];
	size_t line_count;
} recipes[] = {
	{"frontend",
	 T_LATER("Frontend responses"),
	 T_LATER("Pages, by status."),
	 CHART_STACK,
	 CHART_PER_SECOND,
	 {{"2xx", frontend_2xx, 0},
	  {"3xx", frontend_3xx, 2},
	  {"4xx", frontend_4xx, 1},
	  {"5xx", frontend_5xx, 3}},
	 4},
	{"backend",
	 T_LATER("Backend responses"),
	 T_LATER("The API, by status."),
	 CHART_STACK,
	 CHART_PER_SECOND,
	 {{"2xx", backend_2xx, 0},
	  {"3xx", backend_3xx, 2},
	  {"4xx", backend_4xx, 1},
	  {"5xx", backend_5xx, 3}},
	 4},
	{"frontend-latency",
	 T_LATER("Frontend latency"),
	 T_LATER("What 50, 95 and 99 of 100 requests took at most."),
	 CHART_LINES,
	 CHART_MS,
	 {{"p50", frontend_p50, 0}, {"p95", frontend_p95, 1}, {"p99", frontend_p99, 3}},
	 3},
	{"backend-latency",
	 T_LATER("Backend latency"),
	 T_LATER("What 50, 95 and 99 of 100 requests took at most."),
	 CHART_LINES,
	 CHART_MS,
	 {{"p50", backend_p50, 0}, {"p95", backend_p95, 1}, {"p99", backend_p99, 3}},
	 3},
	{"errors",
	 T_LATER("Errors"),
	 T_LATER("Nothing here is good news."),
	 CHART_BARS,
	 CHART_COUNT,
	 {{T_LATER("frontend 5xx"), failed_frontend, 3},
	  {T_LATER("backend 5xx"), failed_backend, 1},
	  {T_LATER("store"), failed_store, 4},
	  {T_LATER("shed"), shed, 0},
	  {T_LATER("timed out"), timed_out, 2},
	  {T_LATER("refused"), refused, 5}},
	 6},
	{"queue",
	 T_LATER("Queue"),
	 T_LATER("Requests that wait for a thread, or are being answered."),
	 CHART_LINES,
	 CHART_COUNT,
	 {{T_LATER("waiting, mean"), queue_mean, 0},
	  {T_LATER("waiting, most"), queue_max, 3},
	  {T_LATER("in flight, most"), in_flight_max, 2}},
	 3},
	{"commits",
	 T_LATER("Commits and writes"),
	 T_LATER("Writes that share a commit share its wait for the disk."),
	 CHART_LINES,
	 CHART_PER_SECOND,
	 {{T_LATER("commits"), commit_rate, 0}, {T_LATER("writes"), write_rate, 1}},
	 2},
	{"connections",
	 T_LATER("Connections"),
	 NULL,
	 CHART_LINES,
	 CHART_COUNT,
	 {{T_LATER("mean"), connections_mean, 0}, {T_LATER("most"), connections_max, 1}},
	 2},
};

static bool add_charts(struct dashboard_view *view, const struct board *b, struct arena *a)
{
	const struct chart cpu = {
		.id = "cpu",
		.title = T_LATER("CPU load"),
		.note = T_LATER("Of all cores that the process may use, by node."),
		.unit = CHART_PERCENT,
		.least_top = 5,
	};
	const struct chart memory = {
		.id = "memory",
		.title = T_LATER("Memory"),
		.note = T_LATER("Of the process, in RAM, by node."),
		.unit = CHART_MIB,
	};
	bool ok = dashboard_add_node_chart(view, b, cpu, history_cpu_percent, a) &&
		  dashboard_add_node_chart(view, b, memory, memory_mib, a);

	for (size_t i = 0; ok && i < COUNT_OF(recipes); i++) {
		const struct recipe *r = &recipes[i];
		struct chart model = {.id = r->id,
				      .title = r->title,
				      .note = r->note,
				      .kind = r->kind,
				      .unit = r->unit};

		ok = dashboard_add_chart(view, b, model, r->lines, r->line_count, a);
	}
	return ok;
}

/* ---- now ------------------------------------------------------------------------------------ */

/* The node's minutes of this moment, added up; when the last of them began, 0: there are none. */
static int64_t last_minutes(const struct board *minutes, struct str name, struct history_row *out)
{
	int64_t last_s = 0;

	*out = (struct history_row){0};
	for (size_t n = 0; n < minutes->node_count; n++) {
		const struct board_node *node = &minutes->nodes[n];

		for (size_t i = 0; str_eq(node->name, name) && i < minutes->point_count; i++) {
			if (!node->present[i])
				continue;
			history_merge(out, &node->rows[i]);
			last_s = minutes->from_s + (int64_t)i * minutes->step_s;
		}
	}
	return last_s;
}

static struct str seen(struct arena *a, int64_t at_s)
{
	struct buf text = BUF_INIT(64);
	struct str kept;

	chart_time(&text, at_s, 60);
	buf_add_c(&text, " UTC");
	kept = arena_str(a, buf_str(&text));
	buf_release(&text);
	return kept;
}

static bool add_nodes(struct dashboard_view *view, const struct board *minutes,
		      const struct board_uptimes *uptimes, int64_t now_s, struct arena *a)
{
	view->nodes.items = arena_array(a, BOARD_NODES_MAX, sizeof(struct dashboard_node));
	if (!view->nodes.items)
		return false;
	for (size_t i = 0; i < uptimes->count; i++) {
		const struct board_uptime *uptime = &uptimes->items[i];
		struct history_row row;
		int64_t last_s = last_minutes(minutes, uptime->name, &row);
		int64_t requests = history_requests(&row, HISTORY_FRONTEND) +
				   history_requests(&row, HISTORY_BACKEND);

		view->nodes.items[view->nodes.count++] = (struct dashboard_node){
			.name = uptime->name,
			.up = last_s && now_s - last_s < DOWN_AFTER_S,
			.last = seen(a, last_s ? last_s : uptime->last_s),
			.day = dashboard_text(a, CHART_PERCENT, uptime->day),
			.week = dashboard_text(a, CHART_PERCENT, uptime->week),
			.cpu = dashboard_text(a, CHART_PERCENT, history_cpu_percent(&row)),
			.memory = dashboard_text(a, CHART_MIB, memory_mib(&row)),
			.requests = dashboard_text(a, CHART_PER_SECOND,
						   history_rate(&row, requests)),
		};
	}
	return true;
}

/* Of those that were there in the last 24 h: who left before is no reason to worry. */
static void count_nodes(const struct dashboard_nodes *nodes, const struct board_uptimes *uptimes,
			size_t *up, size_t *all)
{
	*up = *all = 0;
	for (size_t i = 0; i < nodes->count; i++) {
		*up += nodes->items[i].up;
		*all += nodes->items[i].up || uptimes->items[i].day > 0;
	}
}

/* All nodes of the last minutes together. */
static struct history_row sum_now(const struct board *minutes)
{
	struct history_row sum = {0};

	for (size_t p = 0; p < minutes->point_count; p++) {
		struct history_row row;

		if (board_sum(minutes, p, &row))
			history_merge(&sum, &row);
	}
	return sum;
}

static void add_latency_tile(struct dashboard_view *view, const char *label,
			     const struct history_row *now, enum history_field latency,
			     struct arena *a)
{
	const int64_t *buckets = history_array(now, latency);
	struct str median = dashboard_text(a, CHART_MS, history_percentile_ms(buckets, .5));
	double slow = history_percentile_ms(buckets, .99);

	dashboard_add_tile(view, label, dashboard_text(a, CHART_MS, slow),
			   arena_printf(a, T("p99; half in %.*s"), STR_ARG(median)), slow > 300);
}

static void add_tiles(struct dashboard_view *view, const struct board *minutes,
		      const struct board_uptimes *uptimes, struct arena *a)
{
	struct history_row now = sum_now(minutes);
	int64_t frontend = history_requests(&now, HISTORY_FRONTEND);
	int64_t backend = history_requests(&now, HISTORY_BACKEND);
	int64_t failed = history_array(&now, HISTORY_FRONTEND)[3] +
			 history_array(&now, HISTORY_BACKEND)[3];
	double all = (double)(frontend + backend);
	size_t up, nodes;
	struct str front = dashboard_text(a, CHART_PER_SECOND, history_rate(&now, frontend));
	struct str back = dashboard_text(a, CHART_PER_SECOND, history_rate(&now, backend));

	count_nodes(&view->nodes, uptimes, &up, &nodes);
	dashboard_add_tile(view, T("Nodes up"), arena_printf(a, "%zu", up),
			   arena_printf(a, T("of %zu seen in 24 h"), nodes), up < nodes || up == 0);
	dashboard_add_tile(view, T("Uptime, 24 h"),
			   dashboard_text(a, CHART_PERCENT, uptimes->place.day),
			   T_STR("of the minutes, one node at least"), uptimes->place.day < 99.9);
	dashboard_add_tile(view, T("Uptime, 7 days"),
			   dashboard_text(a, CHART_PERCENT, uptimes->place.week),
			   T_STR("of the minutes, one node at least"), uptimes->place.week < 99.9);
	dashboard_add_tile(
		view, T("Requests"),
		dashboard_text(a, CHART_PER_SECOND, history_rate(&now, frontend + backend)),
		arena_printf(a, T("%.*s pages, %.*s API"), STR_ARG(front), STR_ARG(back)), false);
	dashboard_add_tile(
		view, T("Failed"),
		dashboard_text(a, CHART_PERCENT, all > 0 ? 100 * (double)failed / all : NAN),
		T_STR("answered 5xx, last 5 minutes"), failed > 0);
	add_latency_tile(view, T("Pages answer in"), &now, HISTORY_FRONTEND_LATENCY, a);
	add_latency_tile(view, T("API answers in"), &now, HISTORY_BACKEND_LATENCY, a);
}

enum err dashboard_fill_infrastructure(struct service *s, struct dashboard_view *view,
				       struct arena *a)
{
	const struct dashboard_range *range = view->range;
	int64_t now_s = clock_now_ms() / 1000;
	struct board *b = arena_array(a, 2, sizeof(*b));
	struct board_uptimes *uptimes = arena_alloc(a, sizeof(*uptimes));
	enum err e = b && uptimes && dashboard_begin(view, a) ? ERR_OK : ERR_TOO_LARGE;

	if (e == ERR_OK)
		e = board_load(s->store, range->resolution_s, range->step_s, range->point_count,
			       now_s, a, &b[0]);
	if (e == ERR_OK)
		e = board_load(s->store, 60, 60, NOW_MINUTES + 1, now_s, a, &b[1]);
	if (e == ERR_OK)
		e = board_uptimes(s->store, now_s, a, uptimes);
	if (e != ERR_OK)
		return e;
	view->cut = b[0].cut;
	if (!add_nodes(view, &b[1], uptimes, now_s, a))
		return ERR_TOO_LARGE;
	add_tiles(view, &b[1], uptimes, a);
	return add_charts(view, &b[0], a) ? ERR_OK : ERR_TOO_LARGE;
}
