/* admin.h and probe.h: health that is said quickly, whatever the store does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "admin/admin.h"
#include "base/clock.h"

static struct service service;
static struct http_response res;
static char dir[] = "/tmp/kinglet-test-XXXXXX";

static const char *call(struct admin *admin, admin_handler *handler)
{
	struct http_request req = {0};

	http_response_reset(&res, 200);
	handler(admin, &req, &res);
	assert_true(buf_ok(&res.body));
	return buf_c(&res.body);
}

static void expect(struct admin *admin, admin_handler *handler, int status, const char *wanted)
{
	const char *got = call(admin, handler);

	if (res.status != status || !strstr(got, wanted))
		fail_msg("got %d %s, wanted %d with %s", res.status, got, status, wanted);
}

#define CHECK(name, ok, required, reason)                                  \
	"{\"name\": \"" name "\", \"ok\": " ok ", \"required\": " required \
	", \"reason\": \"" reason "\"}"

static void a_working_process_is_alive_and_ready(void **state)
{
	struct health health = {.store = service.store};
	struct admin admin = {.service = &service, .health = &health};

	(void)state;
	expect(&admin, admin_livez, 200, "ok");
	expect(&admin, admin_readyz, 200,
	       "{\"ready\": true, \"checks\": [" CHECK("serving", "true", "true", "") ", " CHECK(
		       "store", "true", "true", "") ", " CHECK("disk", "true", "false",
							       "") ", " CHECK("migrations", "true",
									      "false", "") "]}\n");
	expect(&admin, admin_index, 200, "/metrics");
	expect(&admin, admin_metrics, 200, "kinglet_build_info");
	health_release(&health);
}

static void while_it_stops_it_is_alive_but_not_ready(void **state)
{
	struct health health = {.store = service.store, .draining = true};
	struct admin admin = {.service = &service, .health = &health};

	(void)state;
	expect(&admin, admin_livez, 200, "ok");
	expect(&admin, admin_readyz, 503,
	       "{\"ready\": false, \"checks\": [" CHECK("serving", "false", "true",
							"it is stopping") "]}\n");
	assert_false(health.probe.started); /* it didn't wait for the store to say so */
	health_release(&health);
}

/* A check that the test holds back. */
struct gate {
	pthread_mutex_t lock;
	pthread_cond_t opened;
	int calls, open_for; /* the first calls that it lets pass */
	enum err result;
};

static enum err pass_gate(void *user)
{
	struct gate *g = user;
	enum err e;
	int call;

	pthread_mutex_lock(&g->lock);
	call = ++g->calls;
	e = g->result;
	while (call > g->open_for)
		pthread_cond_wait(&g->opened, &g->lock);
	pthread_mutex_unlock(&g->lock);
	return e;
}

static void set_gate(struct gate *g, int open_for, enum err result)
{
	pthread_mutex_lock(&g->lock);
	g->open_for = open_for;
	g->result = result;
	pthread_cond_broadcast(&g->opened);
	pthread_mutex_unlock(&g->lock);
}

static int calls_of(struct gate *g)
{
	int calls;

	pthread_mutex_lock(&g->lock);
	calls = g->calls;
	pthread_mutex_unlock(&g->lock);
	return calls;
}

static void a_check_that_hangs_is_a_timeout_and_is_started_once(void **state)
{
	struct gate gate = {.lock = PTHREAD_MUTEX_INITIALIZER, .opened = PTHREAD_COND_INITIALIZER};
	struct probe probe = {0};

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(probe_ask(&probe, pass_gate, &gate), ERR_TIMEOUT);
	assert_int_equal(calls_of(&gate), 1);
	set_gate(&gate, INT_MAX, ERR_OK);
	/* It heals by itself: the hanging check comes back, and then the next one. */
	for (int64_t end = clock_mono_us() + 10000000; clock_mono_us() < end;) {
		if (probe_ask(&probe, pass_gate, &gate) == ERR_OK)
			goto healed;
	}
	fail_msg("still failing after the check came back");
healed:
	probe_release(&probe);
}

static void each_question_gets_a_result_from_after_it_was_asked(void **state)
{
	struct gate gate = {.lock = PTHREAD_MUTEX_INITIALIZER,
			    .opened = PTHREAD_COND_INITIALIZER,
			    .open_for = INT_MAX};
	struct probe probe = {0};

	(void)state;
	assert_int_equal(probe_ask(&probe, pass_gate, &gate), ERR_OK);
	set_gate(&gate, INT_MAX, ERR_FULL);
	assert_int_equal(probe_ask(&probe, pass_gate, &gate), ERR_FULL);
	set_gate(&gate, INT_MAX, ERR_OK);
	assert_int_equal(probe_ask(&probe, pass_gate, &gate), ERR_OK);
	probe_release(&probe);
}

struct asker {
	struct probe *probe;
	struct gate *gate;
	int failures;
};

static void *ask_often(void *user)
{
	struct asker *a = user;

	for (int i = 0; i < 200; i++)
		a->failures += probe_ask(a->probe, pass_gate, a->gate) != ERR_OK;
	return NULL;
}

static void many_may_ask_at_the_same_time(void **state)
{
	struct gate gate = {.lock = PTHREAD_MUTEX_INITIALIZER,
			    .opened = PTHREAD_COND_INITIALIZER,
			    .open_for = INT_MAX};
	struct probe probe = {0};
	struct asker askers[4];
	pthread_t threads[4];

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		askers[i] = (struct asker){&probe, &gate, 0};
		assert_int_equal(pthread_create(&threads[i], NULL, ask_often, &askers[i]), 0);
	}
	for (size_t i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(askers[i].failures, 0);
	}
	probe_release(&probe);
}

static bool is_asked(struct probe *p)
{
	bool asked;

	pthread_mutex_lock(&p->lock);
	asked = p->asked;
	pthread_mutex_unlock(&p->lock);
	return asked;
}

static void *ask_once(void *user)
{
	struct asker *a = user;

	a->failures = probe_ask(a->probe, pass_gate, a->gate) != ERR_OK;
	return NULL;
}

static void a_check_that_runs_already_is_no_answer_to_a_new_question(void **state)
{
	struct gate gate = {.lock = PTHREAD_MUTEX_INITIALIZER, .opened = PTHREAD_COND_INITIALIZER};
	struct probe probe = {0};
	struct asker first = {&probe, &gate, 0}, second = {&probe, &gate, 0};
	pthread_t threads[2];

	(void)state;
	assert_int_equal(pthread_create(&threads[0], NULL, ask_once, &first), 0);
	while (calls_of(&gate) == 0)
		usleep(100);
	set_gate(&gate, 0, ERR_FULL); /* the disk fills up while a check runs */
	assert_int_equal(pthread_create(&threads[1], NULL, ask_once, &second), 0);
	for (int i = 0; i < 1000 && !is_asked(&probe); i++)
		usleep(100);
	set_gate(&gate, 1, ERR_FULL);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	assert_int_equal(second.failures, 1);
	set_gate(&gate, INT_MAX, ERR_OK);
	probe_release(&probe);
}

static void a_probe_that_never_asked_can_be_released(void **state)
{
	struct probe probe = {0};

	(void)state;
	probe_release(&probe);
}

static void an_error_is_the_statuss_own_words(void **state)
{
	(void)state;
	admin_error(&res, 404);
	assert_int_equal(res.status, 404);
	assert_string_equal(buf_c(&res.body), "Not Found\n");
}

static void what_needs_care_is_said_and_takes_no_node_out(void **state)
{
	struct health health = {.store = service.store, .pending_migrations = 1};
	struct admin admin = {.service = &service, .health = &health};

	(void)state;
	expect(&admin, admin_readyz, 200,
	       CHECK("migrations", "false", "false", "some are pending: run kinglet migrate"));
	health_release(&health);
}

static void health_without_asking_is_what_the_last_look_found(void **state)
{
	struct health health = {.store = service.store};

	(void)state;
	assert_true(health_is_good(&health));
	assert_int_equal(health_ask(&health), ERR_OK);
	assert_true(health_is_good(&health));
	assert_true(atomic_load(&health.disk_free_bytes) > 0);
	atomic_store(&health.store_result, ERR_FULL);
	assert_false(health_is_good(&health));
	atomic_store(&health.store_result, ERR_READ_ONLY);
	assert_true(health_is_good(&health));
	atomic_store(&health.looked_us, clock_mono_us() - (HEALTH_STALE_MS + 1) * 1000);
	assert_false(health_is_good(&health));
	assert_int_equal(health_ask(&health), ERR_OK);
	assert_true(health_is_good(&health));
	atomic_store(&health.draining, true);
	assert_false(health_is_good(&health));
	health_release(&health);
}

static void a_disk_is_low_where_little_is_left_and_that_is_known(void **state)
{
	struct health health = {.store = service.store};

	(void)state;
	assert_false(health_disk_is_low(&health)); /* nobody has looked */
	atomic_store(&health.looked_us, 1);
	assert_true(health_disk_is_low(&health));
	atomic_store(&health.disk_free_bytes, HEALTH_DISK_LOW_BYTES - 1);
	assert_true(health_disk_is_low(&health));
	atomic_store(&health.disk_free_bytes, HEALTH_DISK_LOW_BYTES);
	assert_false(health_disk_is_low(&health));
	atomic_store(&health.disk_free_bytes, -1); /* on another machine */
	assert_false(health_disk_is_low(&health));
	health_release(&health);
}

static int setup(void **state)
{
	struct buf why = BUF_INIT(1000);
	char url[100];

	(void)state;
	buf_init(&res.headers, 4096);
	buf_init(&res.body, (size_t)1 << 20);
	if (!mkdtemp(dir))
		return -1;
	snprintf(url, sizeof(url), "sqlite:%s/test.db", dir);
	if (store_open(&(struct store_config){.url = str_from_c(url)}, &service.store, &why) !=
	    ERR_OK) {
		print_error("%s\n", buf_c(&why));
		return -1;
	}
	return 0;
}

static int teardown(void **state)
{
	static const char *const names[] = {"test.db", "test.db-wal", "test.db-shm"};
	char path[100];

	(void)state;
	http_response_reset(&res, 200);
	buf_release(&res.headers);
	buf_release(&res.body);
	store_close(service.store);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_working_process_is_alive_and_ready),
		cmocka_unit_test(while_it_stops_it_is_alive_but_not_ready),
		cmocka_unit_test(a_check_that_hangs_is_a_timeout_and_is_started_once),
		cmocka_unit_test(each_question_gets_a_result_from_after_it_was_asked),
		cmocka_unit_test(many_may_ask_at_the_same_time),
		cmocka_unit_test(a_check_that_runs_already_is_no_answer_to_a_new_question),
		cmocka_unit_test(a_probe_that_never_asked_can_be_released),
		cmocka_unit_test(what_needs_care_is_said_and_takes_no_node_out),
		cmocka_unit_test(a_disk_is_low_where_little_is_left_and_that_is_known),
		cmocka_unit_test(health_without_asking_is_what_the_last_look_found),
		cmocka_unit_test(an_error_is_the_statuss_own_words),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
