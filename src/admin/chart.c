/*
 * The picture's own coordinates are WIDTH x HEIGHT; the style scales it to its place. Texts in it
 * are few and short, for the same reason.
 */
#include "admin/chart.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdbool.h>
#include <time.h>
#include "base/lang.h"
#include "web/html.h"
#include "web/time.h"

#define WIDTH  400.0
#define HEIGHT 176.0
#define LEFT   52.0
#define RIGHT  8.0
#define TOP    8.0
#define BOTTOM 22.0
#define TICKS  5
#define HOUR_S 3600
#define DAY_S  (24 * HOUR_S)

/* What the points' places follow from. */
struct plot {
	const struct chart *chart;
	double top; /* the value at the upper edge */
};

/* ---- values and ticks ----------------------------------------------------------------------- */

static void add_whole(struct buf *out, int64_t value)
{
	if (value >= 1000) {
		add_whole(out, value / 1000);
		buf_printf(out, "%s%03d", lang_facts[lang_current()].thousands,
			   (int)(value % 1000));
	} else {
		buf_add_i64(out, value);
	}
}

/* With the language's mark before the decimals. */
static void add_number(struct buf *out, double value, int decimals)
{
	char text[48], *point;

	snprintf(text, sizeof(text), "%.*f", decimals, value);
	point = strchr(text, '.');
	if (point)
		*point = lang_facts[lang_current()].decimal[0];
	buf_add_c(out, text);
}

/* Three digits that matter, no zeros behind. */
static void add_short(struct buf *out, double value)
{
	if (value >= 1000)
		add_whole(out, llround(value));
	else if (value >= 100 || value == floor(value))
		buf_printf(out, "%.0f", value);
	else
		add_number(out, value, value >= 10 ? 1 : value >= 0.1 ? 2 : 3);
}

void chart_value(struct buf *out, enum chart_unit unit, double value)
{
	if (isnan(value)) {
		buf_add_c(out, T("no data"));
		return;
	}
	switch (unit) {
	case CHART_COUNT:
		add_short(out, value);
		break;
	case CHART_PER_SECOND:
		add_short(out, value);
		buf_add_c(out, "/s");
		break;
	case CHART_PERCENT:
		/* Two decimals, and never rounded up: it is the last nines that one asks for. */
		if (value > 99 && value < 100)
			add_number(out, floor(value * 100) / 100, 2);
		else
			add_short(out, value);
		buf_add_c(out, " %");
		break;
	case CHART_MS:
		add_short(out, value >= 1000 ? value / 1000 : value);
		buf_add_c(out, value >= 1000 ? " s" : " ms");
		break;
	case CHART_MIB:
		add_short(out, value >= 1024 ? value / 1024 : value);
		buf_add_c(out, value >= 1024 ? " GiB" : " MiB");
		break;
	}
}

/* As chart_value(), for an axis: "12k". */
static void add_tick(struct buf *out, enum chart_unit unit, double value)
{
	if (unit != CHART_COUNT && unit != CHART_PER_SECOND) {
		chart_value(out, unit, value);
		return;
	}
	if (value >= 1e6)
		buf_printf(out, "%gM", value / 1e6);
	else if (value >= 1e4)
		buf_printf(out, "%gk", value / 1e3);
	else
		buf_printf(out, "%g", value);
	if (unit == CHART_PER_SECOND && value > 0)
		buf_add_c(out, "/s");
}

double chart_tick_step(double top, enum chart_unit unit)
{
	static const double nice[] = {1, 2, 5, 10};
	double power = pow(10, floor(log10(top / TICKS)));
	double step = 10 * power;

	for (size_t i = 0; i < sizeof(nice) / sizeof(nice[0]); i++) {
		/* A hair more, for what should be equal. */
		if (nice[i] * power * TICKS * (1 + 1e-9) >= top) {
			step = nice[i] * power;
			break;
		}
	}
	return unit == CHART_COUNT && step < 1 ? 1 : step;
}

int64_t chart_time_step_s(int64_t span_s)
{
	static const int64_t nice[] = {
		60,	    300,	600,	     900,   1800,      HOUR_S,	  2 * HOUR_S,
		4 * HOUR_S, 6 * HOUR_S, 12 * HOUR_S, DAY_S, 2 * DAY_S, 5 * DAY_S, 10 * DAY_S,
	};

	for (size_t i = 0; i < sizeof(nice) / sizeof(nice[0]); i++) {
		if (nice[i] * 6 >= span_s)
			return nice[i];
	}
	return (span_s / 6 / DAY_S + 1) * DAY_S;
}

/* "24 Nov", "16:05", or both. */
enum date { DATE_DAY = 1, DATE_TIME = 2, DATE_BOTH = 3 };

static void add_date(struct buf *out, int64_t at_s, enum date date)
{
	const struct lang_facts *facts = &lang_facts[lang_current()];
	time_t at = (time_t)at_s;
	struct tm tm;

	if (!gmtime_r(&at, &tm))
		return;
	if (date & DATE_DAY)
		buf_printf(out, "%d%s%s", tm.tm_mday, facts->after_day,
			   time_short_month(tm.tm_mon));
	if (date == DATE_BOTH)
		buf_add_char(out, ' ');
	if (date & DATE_TIME)
		buf_printf(out, "%02d%s%02d", tm.tm_hour, facts->clock, tm.tm_min);
}

void chart_time(struct buf *out, int64_t at_s, int64_t step_s)
{
	add_date(out, at_s, step_s >= DAY_S ? DATE_DAY : DATE_BOTH);
}

/* ---- places --------------------------------------------------------------------------------- */

static double value_at(const struct chart *c, size_t series, size_t point)
{
	return c->series[series].values[point];
}

/* Up to and with that series; NAN where none of them has data. */
static double stacked(const struct chart *c, size_t series, size_t point)
{
	double sum = NAN;

	for (size_t i = 0; i <= series; i++) {
		double value = value_at(c, i, point);

		if (!isnan(value))
			sum = isnan(sum) ? value : sum + value;
	}
	return sum;
}

/* Where the series' mark of that point ends. */
static double height_at(const struct chart *c, size_t series, size_t point)
{
	return c->kind == CHART_LINES ? value_at(c, series, point) : stacked(c, series, point);
}

static double greatest(const struct chart *c)
{
	double max = 0;

	for (size_t s = 0; s < c->series_count; s++) {
		for (size_t p = 0; p < c->point_count; p++)
			max = fmax(max, height_at(c, s, p)); /* which leaves out NAN */
	}
	return max;
}

static double step_width(const struct chart *c)
{
	return (WIDTH - LEFT - RIGHT) / (double)(c->point_count ? c->point_count : 1);
}

/* The middle of a point's step. */
static double x_of(const struct plot *p, size_t point)
{
	return LEFT + ((double)point + .5) * step_width(p->chart);
}

static double y_of(const struct plot *p, double value)
{
	return HEIGHT - BOTTOM - value / p->top * (HEIGHT - TOP - BOTTOM);
}

/* ---- the picture ---------------------------------------------------------------------------- */

static void add_values_axis(struct buf *out, const struct plot *p)
{
	double step = chart_tick_step(p->top, p->chart->unit);

	for (int i = 0; i <= TICKS && i * step <= p->top * (1 + 1e-9); i++) {
		double y = y_of(p, i * step);

		buf_printf(out,
			   "<path class=\"%s\" d=\"M%g %.1fH%g\"/><text class=\"yt\" x=\"%g\" "
			   "y=\"%.1f\">",
			   i == 0 ? "base" : "grid", LEFT, y, WIDTH - RIGHT, LEFT - 5, y + 4);
		add_tick(out, p->chart->unit, i * step);
		buf_add_c(out, "</text>");
	}
}

static void add_time_axis(struct buf *out, const struct plot *p)
{
	const struct chart *c = p->chart;
	int64_t span_s = c->step_s * (int64_t)c->point_count;
	int64_t step_s = chart_time_step_s(span_s);
	bool bars = c->kind == CHART_BARS;

	for (int64_t at = c->from_s + (step_s - c->from_s % step_s) % step_s;
	     at < c->from_s + span_s; at += step_s) {
		double share = (double)(at - c->from_s + (bars ? c->step_s / 2 : 0)) /
			       (double)span_s;
		double x = LEFT + share * (WIDTH - LEFT - RIGHT);

		if (x > WIDTH - RIGHT - 12)
			break;
		buf_printf(out,
			   "<path class=\"tick\" d=\"M%.1f %gv4\"/><text class=\"xt\" x=\"%.1f\" "
			   "y=\"%g\">",
			   x, HEIGHT - BOTTOM, x < LEFT + 14 ? LEFT + 14 : x, HEIGHT - 5);
		add_date(out, at, step_s >= DAY_S ? DATE_DAY : DATE_TIME);
		buf_add_c(out, "</text>");
	}
}

/* The points [first, end) of a series, one after the other and none of them without data. */
static void add_run(struct buf *out, const struct plot *p, size_t s, size_t first, size_t end)
{
	const struct chart *c = p->chart;
	unsigned colour = c->series[s].colour % CHART_COLOURS;

	if (c->kind == CHART_STACK) {
		buf_printf(out, "<path class=\"area f%u\" d=\"", colour);
		for (size_t i = first; i < end; i++)
			buf_printf(out, "%c%.1f %.1f", i == first ? 'M' : 'L', x_of(p, i),
				   y_of(p, stacked(c, s, i)));
		for (size_t i = end; i-- > first;)
			buf_printf(out, "L%.1f %.1f", x_of(p, i),
				   y_of(p, s > 0 && !isnan(stacked(c, s - 1, i))
						   ? stacked(c, s - 1, i)
						   : 0));
		buf_add_c(out, "Z\"/>");
	}
	buf_printf(out, "<path class=\"line s%u\" d=\"", colour);
	for (size_t i = first; i < end; i++)
		buf_printf(out, "%c%.1f %.1f", i == first ? 'M' : 'L', x_of(p, i),
			   y_of(p, height_at(c, s, i)));
	/* A point alone is a dot. */
	buf_add_c(out, end - first == 1 ? "h.01\"/>" : "\"/>");
}

static void add_lines(struct buf *out, const struct plot *p, size_t s)
{
	const struct chart *c = p->chart;
	size_t first = 0;

	for (size_t i = 0; i <= c->point_count; i++) {
		if (i < c->point_count && !isnan(value_at(c, s, i)))
			continue;
		if (i > first)
			add_run(out, p, s, first, i);
		first = i + 1;
	}
}

static void add_bars(struct buf *out, const struct plot *p, size_t s)
{
	const struct chart *c = p->chart;
	double width = step_width(c) * .78;

	buf_printf(out, "<path class=\"bar f%u\" d=\"", c->series[s].colour % CHART_COLOURS);
	for (size_t i = 0; i < c->point_count; i++) {
		double low = s > 0 && !isnan(stacked(c, s - 1, i)) ? stacked(c, s - 1, i) : 0;
		double high = stacked(c, s, i);

		if (!isnan(high) && high > low)
			buf_printf(out, "M%.1f %.1fh%.1fV%.1fh%.1fz", x_of(p, i) - width / 2,
				   y_of(p, low), width, y_of(p, high), -width);
	}
	buf_add_c(out, "\"/>");
}

/* A strip over each point that says what it is, to who points at it. */
static void add_tooltips(struct buf *out, const struct chart *c)
{
	double width = step_width(c);

	for (size_t i = 0; i < c->point_count; i++) {
		buf_printf(out,
			   "<rect class=\"hit\" x=\"%.1f\" y=\"%g\" width=\"%.1f\" "
			   "height=\"%g\"><title>",
			   LEFT + (double)i * width, TOP, width, HEIGHT - TOP - BOTTOM);
		chart_time(out, c->from_s + (int64_t)i * c->step_s, c->step_s);
		for (size_t s = 0; s < c->series_count; s++) {
			buf_add_c(out, "\n");
			html_str(out, c->series[s].name);
			buf_add_c(out, ": ");
			chart_value(out, c->unit, value_at(c, s, i));
		}
		buf_add_c(out, "</title></rect>");
	}
}

/* ---- in words ------------------------------------------------------------------------------- */

/* The last value that there is, NAN where there is none. */
static double last_of(const struct chart *c, size_t s)
{
	for (size_t i = c->point_count; i-- > 0;) {
		if (!isnan(value_at(c, s, i)))
			return value_at(c, s, i);
	}
	return NAN;
}

static double greatest_of(const struct chart *c, size_t s)
{
	double max = NAN;

	for (size_t i = 0; i < c->point_count; i++)
		max = fmax(max, value_at(c, s, i));
	return max;
}

static double sum_of(const struct chart *c, size_t s)
{
	double sum = NAN;

	for (size_t i = 0; i < c->point_count; i++) {
		double value = value_at(c, s, i);

		if (!isnan(value))
			sum = isnan(sum) ? value : sum + value;
	}
	return sum;
}

static void add_summary(struct buf *out, const struct chart *c)
{
	html_c(out, c->title);
	buf_add_c(out, ", ");
	chart_time(out, c->from_s, c->step_s);
	buf_printf(out, " %s ", T("to"));
	chart_time(out, c->from_s + c->step_s * (int64_t)c->point_count, c->step_s);
	buf_add_c(out, " UTC.");
	for (size_t s = 0; s < c->series_count; s++) {
		buf_add_char(out, ' ');
		html_str(out, c->series[s].name);
		buf_printf(out, ": %s ", c->kind == CHART_BARS ? T("in all") : T("last"));
		chart_value(out, c->unit, c->kind == CHART_BARS ? sum_of(c, s) : last_of(c, s));
		buf_printf(out, ", %s ", T("greatest"));
		chart_value(out, c->unit, greatest_of(c, s));
		buf_add_char(out, '.');
	}
}

static void add_legend(struct buf *out, const struct chart *c)
{
	buf_printf(out, "<ul class=\"key\" data-live=\"%s-key\">", c->id);
	for (size_t s = 0; s < c->series_count; s++) {
		buf_printf(out,
			   "<li><svg class=\"swatch\" viewBox=\"0 0 16 8\" aria-hidden=\"true\">");
		buf_printf(out,
			   c->kind == CHART_LINES
				   ? "<path class=\"line s%u\" d=\"M1 4h14\"/></svg> "
				   : "<path class=\"bar f%u\" d=\"M1 0h14v8h-14z\"/></svg> ",
			   c->series[s].colour % CHART_COLOURS);
		html_str(out, c->series[s].name);
		buf_add_c(out, " <b>");
		chart_value(out, c->unit, c->kind == CHART_BARS ? sum_of(c, s) : last_of(c, s));
		buf_add_c(out, "</b></li>");
	}
	buf_add_c(out, "</ul>");
}

static void add_table(struct buf *out, const struct chart *c)
{
	buf_printf(out, "<details><summary>%s<span class=\"spoken\">: ", T("Table"));
	html_c(out, c->title);
	buf_printf(out,
		   "</span></summary><section class=\"scroll\" tabindex=\"0\" aria-label=\"%s: ",
		   T("Data"));
	html_c(out, c->title);
	buf_add_c(out, "\"><table><thead><tr><th scope=\"col\">UTC</th>");
	for (size_t s = 0; s < c->series_count; s++) {
		buf_add_c(out, "<th scope=\"col\">");
		html_str(out, c->series[s].name);
		buf_add_c(out, "</th>");
	}
	buf_printf(out, "</tr></thead><tbody data-live=\"%s-table\">", c->id);
	/* The newest first: that is what one looks for. */
	for (size_t i = c->point_count; i-- > 0;) {
		buf_add_c(out, "<tr><th scope=\"row\">");
		chart_time(out, c->from_s + (int64_t)i * c->step_s, c->step_s);
		buf_add_c(out, "</th>");
		for (size_t s = 0; s < c->series_count; s++) {
			buf_add_c(out, "<td>");
			if (isnan(value_at(c, s, i)))
				buf_add_c(out, "–");
			else
				chart_value(out, c->unit, value_at(c, s, i));
			buf_add_c(out, "</td>");
		}
		buf_add_c(out, "</tr>");
	}
	buf_add_c(out, "</tbody></table></section></details>");
}

static void add_picture(struct buf *out, const struct chart *c)
{
	double max = fmax(greatest(c), c->least_top);
	double step = chart_tick_step(max > 0 ? max : 1, c->unit);
	struct plot plot = {.chart = c, .top = ceil((max > 0 ? max : 1) / step - 1e-9) * step};

	buf_printf(out,
		   "<div data-live=\"%s-picture\"><svg viewBox=\"0 0 %g %g\" role=\"img\" "
		   "aria-label=\"",
		   c->id, WIDTH, HEIGHT);
	add_summary(out, c);
	buf_add_c(out, "\">");
	add_values_axis(out, &plot);
	add_time_axis(out, &plot);
	/* The first last: where nothing is added on top of it, it is what shows. */
	for (size_t s = c->series_count; s-- > 0;) {
		if (c->kind == CHART_BARS)
			add_bars(out, &plot, s);
		else
			add_lines(out, &plot, s);
	}
	if (c->series_count == 0 || (isnan(last_of(c, 0)) && greatest(c) == 0))
		buf_printf(out, "<text class=\"none-yet\" x=\"%g\" y=\"%g\">%s</text>",
			   (LEFT + WIDTH - RIGHT) / 2, HEIGHT / 2, T("No data yet"));
	add_tooltips(out, c);
	buf_add_c(out, "</svg></div>");
}

void chart_html(struct buf *out, const struct chart *c)
{
	buf_printf(out, "<figure class=\"chart\" id=\"%s\"><figcaption><h2>", c->id);
	html_c(out, c->title);
	buf_add_c(out, "</h2>");
	if (c->note) {
		buf_add_c(out, "<p class=\"hint\">");
		html_c(out, c->note);
		buf_add_c(out, "</p>");
	}
	add_legend(out, c);
	buf_add_c(out, "</figcaption>");
	add_picture(out, c);
	add_table(out, c);
	buf_add_c(out, "</figure>");
}
