/*
 * The two text formats. They differ in little: OpenMetrics names a counter's family without its
 * _total, has units and infos, and an end. Bounds of histograms are written the same in both, as
 * OpenMetrics wants them, so that a series is the same however it was read.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include "metrics/sample.h"

#define EXACT_MAX 9007199254740992.0 /* up to here a double holds every whole number */

struct writer {
	struct buf *out;
	enum metrics_format format;
	enum metrics_series series; /* whose head was written last */
};

/* ---- which of the two ---------------------------------------------------------------------- */

/* The weight of a media range of Accept in thousandths (RFC 9110 §12.4.2). */
static int quality_of(struct str parameters)
{
	struct str parameter;
	int quality = 0, scale = 1000;

	while (str_cut(&parameters, ';', &parameter)) {
		parameter = str_trim(parameter);
		if (!str_eq_nocase(str_sub(parameter, 0, 2), STR("q=")))
			continue;
		for (size_t i = 2; i < parameter.len && scale; i++) {
			if (parameter.ptr[i] == '.')
				continue;
			if (parameter.ptr[i] < '0' || parameter.ptr[i] > '9')
				return 0;
			quality += (parameter.ptr[i] - '0') * scale;
			scale /= 10;
		}
		return quality;
	}
	return 1000;
}

enum metrics_format metrics_format_of(struct str accept)
{
	int openmetrics = 0, text = 0;
	struct str range, type;

	while (str_cut(&accept, ',', &range)) {
		str_cut(&range, ';', &type);
		type = str_trim(type);
		if (str_eq_nocase(type, STR("application/openmetrics-text"))) {
			int quality = quality_of(range);

			openmetrics = quality > openmetrics ? quality : openmetrics;
		} else if (str_eq_nocase(type, STR("text/plain"))) {
			text = quality_of(range);
		}
	}
	return openmetrics && openmetrics >= text ? METRICS_OPENMETRICS : METRICS_TEXT;
}

const char *metrics_content_type(enum metrics_format format)
{
	return format == METRICS_OPENMETRICS
		       ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
		       : "text/plain; version=0.0.4; charset=utf-8";
}

/* ---- a family ------------------------------------------------------------------------------ */

/* What OpenMetrics takes off a sample's name to have its family's. */
static struct str family_of(const struct sample_row *row, enum metrics_format format)
{
	static const size_t suffix_bytes[] = {
		[TYPE_COUNTER] = sizeof("_total") - 1, [TYPE_INFO] = sizeof("_info") - 1};
	struct str name = str_from_c(row->name);

	if (format == METRICS_OPENMETRICS && (row->type == TYPE_COUNTER || row->type == TYPE_INFO))
		name.len -= suffix_bytes[row->type];
	return name;
}

static void write_head(const struct writer *w, const struct sample_row *row)
{
	static const char *const types[] = {[TYPE_GAUGE] = "gauge",
					    [TYPE_COUNTER] = "counter",
					    [TYPE_HISTOGRAM] = "histogram",
					    [TYPE_INFO] = "info"};
	struct str family = family_of(row, w->format);
	bool open = w->format == METRICS_OPENMETRICS;

	buf_printf(w->out, "# HELP %.*s %s\n# TYPE %.*s %s\n", STR_ARG(family), row->help,
		   STR_ARG(family), row->type == TYPE_INFO && !open ? "gauge" : types[row->type]);
	if (open && row->unit[0])
		buf_printf(w->out, "# UNIT %.*s %s\n", STR_ARG(family), row->unit);
}

/* ---- samples ------------------------------------------------------------------------------- */

static void add_value(struct buf *out, double value)
{
	if (isnan(value))
		buf_add_c(out, "NaN");
	else if (isinf(value))
		buf_add_c(out, value > 0 ? "+Inf" : "-Inf");
	else if (value > -EXACT_MAX && value < EXACT_MAX && value == (double)(int64_t)value)
		buf_add_i64(out, (int64_t)value);
	else
		buf_printf(out, "%.17g", value);
	buf_add_char(out, '\n');
}

/* Inside of quotes: backslash, quote and line feed are escaped. */
static void add_label_value(struct buf *out, const char *value)
{
	for (; *value; value++) {
		if (*value == '\\' || *value == '"')
			buf_add_char(out, '\\');
		if (*value == '\n')
			buf_add_c(out, "\\n");
		else
			buf_add_char(out, *value);
	}
}

/* `name{a="…",b="…",le="…"} `; `bound` may be NULL. */
static void write_name(const struct writer *w, const struct metrics_sample *s, const char *suffix,
		       const char *bound)
{
	const struct sample_row *row = &sample_rows[s->series];
	struct str rest = str_from_c(row->labels), label;
	char before = '{';

	buf_add_c(w->out, row->name);
	buf_add_c(w->out, suffix);
	for (size_t i = 0; sample_next_label(&rest, &label); i++) {
		buf_add_char(w->out, before);
		buf_add(w->out, label);
		buf_add_c(w->out, "=\"");
		add_label_value(w->out, s->labels[i]);
		buf_add_char(w->out, '"');
		before = ',';
	}
	if (bound)
		buf_printf(w->out, "%cle=\"%s\"", before, bound);
	buf_add_c(w->out, bound || before == ',' ? "} " : " ");
}

/* A bound with a point and no exponent, which every reader takes for the same: "0.00025", "1.0". */
static const char *bound_text(const struct metrics_histogram *h, size_t i, char text[32])
{
	int len;

	if (i == h->bound_count)
		return "+Inf";
	len = snprintf(text, 32, "%.6f", (double)h->bounds[i] / h->divisor);
	while (text[len - 1] == '0' && text[len - 2] != '.')
		text[--len] = '\0';
	return text;
}

/* The count is the sum of the buckets as they were read, so that the two always agree. */
static void write_histogram(const struct writer *w, const struct metrics_sample *s)
{
	const struct metrics_histogram *h = s->histogram;
	uint64_t count = 0;
	char bound[32];

	for (size_t i = 0; i <= h->bound_count; i++) {
		count += h->buckets[i];
		write_name(w, s, "_bucket", bound_text(h, i, bound));
		buf_printf(w->out, "%" PRIu64 "\n", count);
	}
	write_name(w, s, "_sum", NULL);
	add_value(w->out, (double)h->sum / h->divisor);
	write_name(w, s, "_count", NULL);
	buf_printf(w->out, "%" PRIu64 "\n", count);
}

static void write_sample(void *user, const struct metrics_sample *s)
{
	struct writer *w = user;

	if (w->series != s->series)
		write_head(w, &sample_rows[s->series]);
	w->series = s->series;
	if (s->histogram) {
		write_histogram(w, s);
		return;
	}
	write_name(w, s, "", NULL);
	add_value(w->out, s->value);
}

void metrics_render(struct buf *out, enum metrics_format format)
{
	struct writer w = {.out = out, .format = format, .series = SERIES_COUNT};

	if (!metrics_look(write_sample, &w))
		out->failed = true;
	if (format == METRICS_OPENMETRICS)
		buf_add_c(out, "# EOF\n");
}
