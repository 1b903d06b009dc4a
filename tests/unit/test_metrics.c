/* metrics.h: counting requests, and the text that Prometheus reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "metrics/metrics.h"

#define THREAD_COUNT	    4
#define REQUESTS_PER_THREAD 10000

static struct buf text = BUF_INIT(16 << 20);

static const char *rendered(void)
{
	buf_clear(&text);
	metrics_render(&text, METRICS_TEXT);
	assert_true(buf_ok(&text));
	return buf_c(&text);
}

/* The value of the line that begins with `series`; -1 where there is none. */
static double value_of(const char *series)
{
	size_t len = strlen(series);

	for (const char *line = rendered(); line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, series, len) == 0 && line[len] == ' ')
			return strtod(line + len, NULL);
	}
	return -1;
}

static void expect(const char *series, double wanted)
{
	double got = value_of(series);

	if (got != wanted)
		fail_msg("%s: got %g, wanted %g", series, got, wanted);
}

static void answered(enum metrics_service service, const char *route, const char *method,
		     int status, int64_t duration_us, uint64_t sent_bytes)
{
	metrics_request(&(struct metrics_answer){
		.service = service,
		.route = route,
		.method = method,
		.status = status,
		.duration_us = duration_us,
		.received_bytes = 10,
		.sent_bytes = sent_bytes,
	});
}

static size_t count_lines(void)
{
	size_t count = 0;

	for (const char *at = rendered(); (at = strchr(at, '\n')); at++)
		count++;
	return count;
}

static void a_request_is_counted_by_service_route_method_and_status(void **state)
{
	(void)state;
	answered(METRICS_FRONTEND, "/count/:name", "GET", 200, 50, 1000);
	answered(METRICS_FRONTEND, "/count/:name", "GET", 200, 50, 500);
	answered(METRICS_FRONTEND, "/count/:name", "GET", 404, 50, 1);
	answered(METRICS_BACKEND, "/count/:name", "POST", 204, 50, 7);
#define SERIES(name, service, method, rest) \
	name "{service=\"" service "\",route=\"/count/:name\",method=\"" method "\"" rest "}"
	expect(SERIES("kinglet_http_requests_total", "frontend", "GET", ",status=\"200\""), 2);
	expect(SERIES("kinglet_http_requests_total", "frontend", "GET", ",status=\"404\""), 1);
	expect(SERIES("kinglet_http_requests_total", "backend", "POST", ",status=\"204\""), 1);
	expect(SERIES("kinglet_http_response_bytes_total", "frontend", "GET", ""), 1501);
	expect(SERIES("kinglet_http_response_bytes_total", "backend", "POST", ""), 7);
}

#define DURATION(part, rest)                            \
	"kinglet_http_request_duration_seconds_" part   \
	"{service=\"frontend\",route=\"/time\",method=" \
	"\"GET\"" rest "}"

static void durations_fall_into_buckets_whose_bounds_belong_to_them(void **state)
{
	(void)state;
	answered(METRICS_FRONTEND, "/time", "GET", 200, 100, 0);
	answered(METRICS_FRONTEND, "/time", "GET", 200, 101, 0);
	answered(METRICS_FRONTEND, "/time", "GET", 200, 10000000, 0);
	answered(METRICS_FRONTEND, "/time", "GET", 200, 10000001, 0);
	answered(METRICS_FRONTEND, "/time", "GET", 200, -5, 0); /* no clock should, but */
	expect(DURATION("bucket", ",le=\"0.0001\""), 2);
	expect(DURATION("bucket", ",le=\"0.00025\""), 3);
	expect(DURATION("bucket", ",le=\"5.0\""), 3);
	expect(DURATION("bucket", ",le=\"10.0\""), 4);
	expect(DURATION("bucket", ",le=\"+Inf\""), 5);
	expect(DURATION("count", ""), 5);
	expect(DURATION("sum", ""), 20.000202);
}

static void what_no_table_knows_is_counted_under_none_and_other(void **state)
{
	(void)state;
	answered(METRICS_ADMIN, NULL, "BREW", 200, 1, 0);
	answered(METRICS_ADMIN, NULL, "GET", 299, 1, 0);
	answered(METRICS_ADMIN, NULL, "GET", -1, 1, 0);
	answered(METRICS_ADMIN, NULL, "GET", 1000000, 1, 0);
#define NONE(method, status)                                                            \
	"kinglet_http_requests_total{service=\"admin\",route=\"none\",method=\"" method \
	"\",status=\"" status "\"}"
	expect(NONE("OTHER", "200"), 1);
	expect(NONE("GET", "other"), 3);
}

static void random_methods_and_statuses_make_no_new_series(void **state)
{
	size_t before;
	char method[16];

	(void)state;
	answered(METRICS_FRONTEND, NULL, "OTHER", 299, 1, 0);
	before = count_lines();
	for (int i = 0; i < 20000; i++) {
		snprintf(method, sizeof(method), "M%d", i);
		answered(METRICS_FRONTEND, NULL, method, 600 + i, 1, 0);
	}
	assert_int_equal(count_lines(), before);
}

static void *count_many(void *route)
{
	for (int i = 0; i < REQUESTS_PER_THREAD; i++)
		answered(METRICS_BACKEND, route, "GET", 200, 300, 3);
	return NULL;
}

static void run_threads(void *route)
{
	pthread_t threads[THREAD_COUNT];

	for (size_t i = 0; i < THREAD_COUNT; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, count_many, route), 0);
	for (int i = 0; i < 20; i++)
		rendered();
	for (size_t i = 0; i < THREAD_COUNT; i++)
		pthread_join(threads[i], NULL);
}

static void counts_of_all_threads_add_up_also_when_they_have_ended(void **state)
{
	static char same_text[] = "/threads";

	(void)state;
	run_threads((void *)(uintptr_t) "/threads");
	run_threads(same_text);
	expect("kinglet_http_requests_total{service=\"backend\",route=\"/threads\",method=\"GET\","
	       "status=\"200\"}",
	       2.0 * THREAD_COUNT * REQUESTS_PER_THREAD);
}

static void *count_random_routes(void *unused)
{
	static char routes[2 * METRICS_LINES_MAX][16];

	(void)unused;
	for (int i = 0; i < 2 * METRICS_LINES_MAX; i++) {
		snprintf(routes[i], sizeof(routes[i]), "/random/%d", i);
		answered(METRICS_FRONTEND, routes[i], "GET", 200, 1, 0);
	}
	return NULL;
}

static void routes_past_the_limit_are_counted_under_other(void **state)
{
	pthread_t thread;
	double other;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, count_random_routes, NULL), 0);
	pthread_join(thread, NULL);
	other = value_of("kinglet_http_requests_total{service=\"frontend\",route=\"other\",method="
			 "\"OTHER\",status=\"200\"}");
	if (other < METRICS_LINES_MAX)
		fail_msg("got %g under other, wanted at least %d", other, METRICS_LINES_MAX);
}

static void put_answer(void *user, struct metrics_sink *sink)
{
	metrics_put(sink, SERIES_USERS, *(double *)user);
	metrics_put(sink, SERIES_HTTP_SHED, 3, "work\"er\\s\n");
}

static void operations_are_counted_by_name_and_error(void **state)
{
	(void)state;
	assert_null(strstr(rendered(), "operation=\"latest_get\"")); /* never called */
	metrics_operation(OPERATION_LATEST_GET, ERR_OK, 10);
	metrics_operation(OPERATION_LATEST_GET, ERR_OK, 11);
	metrics_operation(OPERATION_LATEST_GET, ERR_IO, 6000000);
	metrics_operation(OPERATION_LATEST_GET, (enum err)1000, 6000000); /* no such error */
#define LATEST(name, rest) "kinglet_store_operation" name "{operation=\"latest_get\"" rest "}"
	expect(LATEST("s_total", ",error=\"none\""), 2);
	expect(LATEST("s_total", ",error=\"io\""), 1);
	expect(LATEST("s_total", ",error=\"internal\""), 1);
	expect(LATEST("_duration_seconds_bucket", ",le=\"0.00001\""), 1);
	expect(LATEST("_duration_seconds_bucket", ",le=\"0.000025\""), 2);
	expect(LATEST("_duration_seconds_bucket", ",le=\"5.0\""), 2);
	expect(LATEST("_duration_seconds_count", ""), 4);
	expect(LATEST("_duration_seconds_sum", ""), 12.000021);
}

static void events_are_there_from_the_start_and_counted(void **state)
{
	(void)state;
	expect("kinglet_sign_ins_total{result=\"limited\"}", 0);
	expect("kinglet_follows_created_total", 0);
	metrics_event(EVENT_SIGN_IN_LIMITED);
	metrics_event(EVENT_FOLLOW_CREATED);
	metrics_event(EVENT_FOLLOW_CREATED);
	expect("kinglet_sign_ins_total{result=\"limited\"}", 1);
	expect("kinglet_follows_created_total", 2);
	expect("kinglet_http_request_bytes_total{service=\"admin\"}", 40);
}

static void format_is(const char *accept, enum metrics_format wanted)
{
	if (metrics_format_of(str_from_c(accept)) != wanted)
		fail_msg("Accept \"%s\": wanted %d", accept, wanted);
}

static void openmetrics_is_for_whom_likes_it_as_much(void **state)
{
	(void)state;
	format_is("", METRICS_TEXT);
	format_is("*/*", METRICS_TEXT);
	format_is("application/openmetrics-text", METRICS_OPENMETRICS);
	format_is("application/openmetrics-text;version=1.0.0,text/plain;q=0.5",
		  METRICS_OPENMETRICS);
	format_is("text/plain;q=0.9, Application/OpenMetrics-Text; Q=0.9", METRICS_OPENMETRICS);
	format_is("text/plain, application/openmetrics-text;q=0.999", METRICS_TEXT);
	format_is("application/openmetrics-text;q=0", METRICS_TEXT);
	format_is("application/openmetrics-text;q=0.000", METRICS_TEXT);
	format_is("application/openmetrics-text;q=x", METRICS_TEXT);
	format_is("application/openmetrics-textual,,;", METRICS_TEXT);
	format_is("application/openmetrics-text;q=0.00000000000000000000000000000000001",
		  METRICS_TEXT);
}

static void see(void *user, const struct metrics_sample *s)
{
	static enum metrics_series before;
	int *count = user;

	if (*count && s->series < before)
		fail_msg("series %d came after %d", s->series, before);
	before = s->series;
	++*count;
}

static void samples_come_in_the_order_of_the_table(void **state)
{
	int count = 0;

	(void)state;
	assert_true(metrics_look(see, &count));
	assert_true(count > 20);
}

static void a_source_is_asked_each_time(void **state)
{
	static double value = 42;

	(void)state;
	metrics_add_source(put_answer, &value);
	expect("kinglet_users", 42);
	assert_non_null(strstr(rendered(), "# HELP kinglet_users People registered.\n"
					   "# TYPE kinglet_users gauge\n"
					   "kinglet_users 42\n"));
	assert_non_null(
		strstr(rendered(), "kinglet_http_shed_total{pool=\"work\\\"er\\\\s\\n\"} 3\n"));
	value = -0.5;
	expect("kinglet_users", -0.5);
	value = 1e300;
	expect("kinglet_users", 1e300);
}

static void the_process_and_the_build_describe_themselves(void **state)
{
	static const char *const positive[] = {
		"kinglet_process_cpu_seconds_total",  "kinglet_process_resident_memory_bytes",
		"kinglet_process_open_fds",	      "kinglet_process_threads",
		"kinglet_process_start_time_seconds", "kinglet_process_cpu_cores",
		"kinglet_process_cpu_percent",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(positive) / sizeof(positive[0]); i++) {
		if (value_of(positive[i]) <= 0)
			fail_msg("%s: got %g, wanted more than 0", positive[i],
				 value_of(positive[i]));
	}
	expect("kinglet_build_info{version=\"1.2.3\",commit=\"0123456789ab\"}", 1);
}

static int setup(void **state)
{
	(void)state;
	metrics_setup();
	metrics_identify("1.2.3", "0123456789ab");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	buf_release(&text);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_counted_by_service_route_method_and_status),
		cmocka_unit_test(durations_fall_into_buckets_whose_bounds_belong_to_them),
		cmocka_unit_test(what_no_table_knows_is_counted_under_none_and_other),
		cmocka_unit_test(random_methods_and_statuses_make_no_new_series),
		cmocka_unit_test(counts_of_all_threads_add_up_also_when_they_have_ended),
		cmocka_unit_test(routes_past_the_limit_are_counted_under_other),
		cmocka_unit_test(operations_are_counted_by_name_and_error),
		cmocka_unit_test(events_are_there_from_the_start_and_counted),
		cmocka_unit_test(openmetrics_is_for_whom_likes_it_as_much),
		cmocka_unit_test(samples_come_in_the_order_of_the_table),
		cmocka_unit_test(a_source_is_asked_each_time),
		cmocka_unit_test(the_process_and_the_build_describe_themselves),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
