/*
 * Puts together what the operator's monitoring reads: build, process, sources, requests, in that
 * order. Whatever is written here as a name or a help text is a constant; only label values are
 * escaped.
 */
#include "metrics/metrics.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include "base/log.h"
#include "metrics/process.h"
#include "metrics/shard.h"
#include "metrics/version.h"

#define SOURCES_MAX 16
#define EXACT_MAX   9007199254740992.0 /* up to here a double holds every whole number */

static struct {
	metrics_source *source;
	void *user;
} sources[SOURCES_MAX];
static size_t source_count;

static const char *const service_names[METRICS_SERVICE_COUNT] = {
	[METRICS_WEB] = "web",
	[METRICS_API] = "api",
	[METRICS_ADMIN] = "admin",
};

void metrics_setup(void)
{
	shard_setup();
	process_setup();
}

void metrics_add_source(metrics_source *source, void *user)
{
	if (source_count == SOURCES_MAX)
		die("more sources of metrics than SOURCES_MAX");
	sources[source_count].source = source;
	sources[source_count].user = user;
	source_count++;
}

/* ---- the text format ----------------------------------------------------------------------- */

static void head(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

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

void metrics_emit(struct buf *out, const struct metrics_sample *sample)
{
	head(out, sample->name, sample->type, sample->help);
	buf_add_c(out, sample->name);
	buf_add_char(out, ' ');
	add_value(out, sample->value);
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

/* `name{service="…",route="…",method="…"`, left open for further labels. */
static void open_labels(struct buf *out, const char *name, const struct shard_total *t)
{
	buf_printf(out, "%s{service=\"%s\",route=\"", name, service_names[t->service]);
	add_label_value(out, t->route);
	buf_printf(out, "\",method=\"%s\"", t->method);
}

/* ---- requests ------------------------------------------------------------------------------ */

static void render_statuses(struct buf *out, const struct shard_total *t)
{
	for (size_t i = 0; i < SHARD_STATUS_COUNT; i++) {
		if (!t->statuses[i])
			continue;
		open_labels(out, "kinglet_http_requests_total", t);
		if (i > 0)
			buf_printf(out, ",status=\"%d\"", shard_statuses[i]);
		else
			buf_add_c(out, ",status=\"other\"");
		buf_printf(out, "} %" PRIu64 "\n", t->statuses[i]);
	}
}

/* The count is the sum of the buckets as they were read, so that the two always agree. */
static void render_durations(struct buf *out, const struct shard_total *t)
{
	uint64_t count = 0;

	for (size_t i = 0; i <= SHARD_BOUND_COUNT; i++) {
		count += t->buckets[i];
		open_labels(out, "kinglet_http_request_duration_seconds_bucket", t);
		if (i < SHARD_BOUND_COUNT)
			buf_printf(out, ",le=\"%g\"} %" PRIu64 "\n",
				   (double)shard_bounds_us[i] / 1e6, count);
		else
			buf_printf(out, ",le=\"+Inf\"} %" PRIu64 "\n", count);
	}
	open_labels(out, "kinglet_http_request_duration_seconds_sum", t);
	buf_add_c(out, "} ");
	add_value(out, (double)t->duration_us / 1e6);
	open_labels(out, "kinglet_http_request_duration_seconds_count", t);
	buf_printf(out, "} %" PRIu64 "\n", count);
}

static void render_requests(struct buf *out)
{
	size_t count;
	struct shard_total *totals = shard_collect(&count);

	if (!totals) {
		out->failed = true;
		return;
	}
	head(out, "kinglet_http_requests_total", "counter",
	     "Requests answered, by service, route, method and status.");
	for (size_t i = 0; i < count; i++)
		render_statuses(out, &totals[i]);
	head(out, "kinglet_http_request_duration_seconds", "histogram",
	     "From a request's first byte to its answer's last.");
	for (size_t i = 0; i < count; i++)
		render_durations(out, &totals[i]);
	head(out, "kinglet_http_response_bytes_total", "counter",
	     "Bytes of answers, with their headers.");
	for (size_t i = 0; i < count; i++) {
		open_labels(out, "kinglet_http_response_bytes_total", &totals[i]);
		buf_printf(out, "} %" PRIu64 "\n", totals[i].sent_bytes);
	}
	free(totals);
}

void metrics_render(struct buf *out)
{
	head(out, "kinglet_build_info", "gauge", "1, with the version as a label.");
	buf_add_c(out, "kinglet_build_info{version=\"" KINGLET_VERSION "\"} 1\n");
	process_emit(out);
	for (size_t i = 0; i < source_count; i++)
		sources[i].source(sources[i].user, out);
	render_requests(out);
}
