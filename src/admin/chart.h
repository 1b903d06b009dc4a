/*
 * chart.h: a chart of values over time as HTML: a figure with a caption, a legend that says each
 * line's last value, an SVG picture, and a table of everything in it. It needs no script and no
 * style but dashboard.css: colours are classes, so that light, dark and print have theirs.
 *
 * The picture is one image to a screen reader, with a summary as its name; the table has the rest.
 * Whoever points at a moment gets its values as a tooltip.
 */
#ifndef KINGLET_ADMIN_CHART_H
#define KINGLET_ADMIN_CHART_H

#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/str.h"

enum chart_kind {
	CHART_LINES,
	CHART_STACK, /* areas on top of each other */
	CHART_BARS   /* the same as bars, each for its whole step */
};
enum chart_unit {
	CHART_COUNT,	  /* whole numbers: 1,234 */
	CHART_PER_SECOND, /* 12.3/s */
	CHART_PERCENT,	  /* 12.3 % */
	CHART_MS,	  /* 12.3 ms, 1.2 s */
	CHART_MIB,	  /* 12.3 MiB, 1.2 GiB */
};

/* Colours of dashboard.css: neighbours differ in lightness and in dashes, too. */
#define CHART_COLOURS 8

struct chart_series {
	struct str name;
	const double *values; /* as many as the chart has points; NAN: there was no data */
	unsigned colour;      /* from 0; modulo CHART_COLOURS */
};

struct chart {
	const char *id, *title; /* plain text; the id is one in the page */
	const char *note;	/* a sentence on what it shows; NULL: none */
	enum chart_kind kind;
	enum chart_unit unit;
	int64_t from_s, step_s; /* the first point's beginning; the length of each */
	size_t point_count;
	const struct chart_series *series;
	size_t series_count;
	double least_top; /* the axis reaches to here at least */
};
struct chart_list {
	struct chart *items;
	size_t count;
};

void chart_html(struct buf *out, const struct chart *chart);

/* "1,234", "12.3/s", "1.2 GiB"; "no data" for NAN. */
void chart_value(struct buf *out, enum chart_unit unit, double value);
/* "24 Nov 16:05", or "24 Nov" of points that are a day. In UTC, from 1970 on. */
void chart_time(struct buf *out, int64_t at_s, int64_t step_s);
/*
 * The distance of an axis' ticks: 1, 2 or 5 times a power of ten, so that at most five steps reach
 * from 0 to `top`; at least 1 where only whole numbers make sense. `top` above 0.
 */
double chart_tick_step(double top, enum chart_unit unit);
/* The same of time: minutes, hours or days that people count in, at most six in `span_s`. */
int64_t chart_time_step_s(int64_t span_s);

#endif
