/* The table of series as people read it. */
#include "metrics/sample.h"

static void add_row(struct buf *out, const struct sample_row *row)
{
	static const char *const types[] = {[TYPE_GAUGE] = "gauge",
					    [TYPE_COUNTER] = "counter",
					    [TYPE_HISTOGRAM] = "histogram",
					    [TYPE_INFO] = "info"};
	struct str rest = str_from_c(row->labels), label;
	const char *before = "";

	buf_printf(out, "| `%s` | %s | ", row->name, types[row->type]);
	while (sample_next_label(&rest, &label)) {
		buf_printf(out, "%s`%.*s`", before, STR_ARG(label));
		before = ", ";
	}
	buf_printf(out, " | %s |\n", row->help);
}

static void add_group(struct buf *out, const char *title)
{
	buf_printf(out, "\n### %s\n\n| Series | Type | Labels | |\n|---|---|---|---|\n", title);
}

static void add_value(struct buf *out, const char *value)
{
	buf_printf(out, " `%s`", value);
}

static void add_event(struct buf *out, bool wanted, const char *value)
{
	if (wanted && value)
		add_value(out, value);
}

static void add_events(struct buf *out, const char *label, enum metrics_series series)
{
	buf_printf(out, "- `%s`:", label);
#define METRICS_X(id, event_series, value) add_event(out, SERIES_##event_series == series, (value));
	METRICS_EVENTS(METRICS_X)
#undef METRICS_X
	buf_add_char(out, '\n');
}

void metrics_describe(struct buf *out)
{
#define GROUP_X(title)				     add_group(out, title);
#define SERIES_X(id, name, type, unit, labels, help) add_row(out, &sample_rows[SERIES_##id]);
	METRICS_SERIES(GROUP_X, SERIES_X)
#undef SERIES_X
#undef GROUP_X
	buf_add_c(out, "\n### Values of labels\n\n- `service`:");
#define METRICS_X(id, value) add_value(out, (value));
	METRICS_SERVICES(METRICS_X)
	buf_add_c(out, "\n- `operation`:");
	METRICS_OPERATIONS(METRICS_X)
#undef METRICS_X
	buf_add_c(out, "\n- `error`: `none`");
#define ERR_X(name, status, label, text) \
	if ((name) != ERR_OK)            \
		add_value(out, (label));
	ERR_TABLE(ERR_X)
#undef ERR_X
	buf_add_char(out, '\n');
	add_events(out, "result", SERIES_SIGN_INS);
	add_events(out, "limit", SERIES_RATE_LIMITED);
}
