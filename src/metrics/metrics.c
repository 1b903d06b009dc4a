/* Sources, names, and the sum of all of them. What is written and how is text.c's. */
#include "metrics/metrics.h"

#include "base/log.h"
#include "metrics/process.h"
#include "metrics/sample.h"
#include "metrics/shard.h"

#define SOURCES_MAX 16

static struct {
	metrics_source *source;
	void *user;
} sources[SOURCES_MAX];
static size_t source_count;

static struct {
	const char *version, *commit;
} built = {"unknown", "unknown"};

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

const char *metrics_service_name(enum metrics_service service)
{
	static const char *const names[] = {
#define METRICS_X(id, value) [METRICS_##id] = (value),
		METRICS_SERVICES(METRICS_X)
#undef METRICS_X
	};

	return names[service];
}

const char *metrics_operation_name(enum metrics_operation operation)
{
	static const char *const names[] = {
#define METRICS_X(id, value) [OPERATION_##id] = (value),
		METRICS_OPERATIONS(METRICS_X)
#undef METRICS_X
	};

	return names[operation];
}

void metrics_identify(const char *version, const char *commit)
{
	built.version = version;
	built.commit = commit;
}

const char *metrics_version(void)
{
	return built.version;
}

bool metrics_look(metrics_visit *visit, void *user)
{
	struct metrics_sink *sink = sample_sink_new();
	struct shard_totals *totals = shard_collect();
	bool ok = sink && totals;

	if (ok) {
		metrics_put(sink, SERIES_BUILD_INFO, 1, built.version, built.commit);
		process_put(sink);
		for (size_t i = 0; i < source_count; i++)
			sources[i].source(sources[i].user, sink);
		shard_put(totals, sink);
		ok = sample_sink_visit(sink, visit, user);
	}
	sample_sink_free(sink);
	shard_totals_free(totals);
	return ok;
}
