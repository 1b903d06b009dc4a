/*
 * kill -9 under write load. A child writes with several threads and reports each acknowledged write
 * through a pipe; it is killed at a random moment; then the store is opened and everything that was
 * reported must be there. A report is at most PIPE_BUF bytes, so it arrives whole or not at all.
 */
#include "fixture.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/clock.h"
#include "store/notice.h"

#define ROUNDS	      25
#define THREADS	      4
#define WRITES_MAX    200000
#define PER_ROUND_MIN 20

enum kind { KIND_USER, KIND_POST, KIND_FOLLOW, KIND_LATEST };

/* What was acknowledged: of a user and a post the id; of a follow both ends. */
struct report {
	int64_t kind, id, other;
};

static struct report reports[WRITES_MAX];
static size_t report_count;

/* ---- the child --------------------------------------------------------------------------------
 */

static struct store *child_store;
static int child_pipe, child_round;

static void child_must(bool ok)
{
	if (!ok)
		_exit(3);
}

static void child_report(enum kind kind, int64_t id, int64_t other)
{
	struct report r = {kind, id, other};

	child_must(write(child_pipe, &r, sizeof(r)) == (ssize_t)sizeof(r));
}

static void *child_write(void *arg)
{
	int thread = (int)(*(const int64_t *)arg);
	int64_t last_user = 0;

	for (int i = 0;; i++) {
		char name[64];
		struct user_new u;
		struct post post;
		int64_t id;

		snprintf(name, sizeof(name), "user %d %d %d", child_round, thread, i);
		u = user_named(name);
		child_must(store_user_create(child_store, &u, &id) == ERR_OK);
		child_report(KIND_USER, id, 0);
		for (int k = 0; k < 3; k++) {
			child_must(store_post_create(child_store,
						     &(struct post_new){.author_id = id,
									.text = str_from_c(name)},
						     &post) == ERR_OK);
			child_report(KIND_POST, post.id, id);
		}
		if (last_user) {
			child_must(store_follow_create(child_store, id, last_user) == ERR_OK);
			child_report(KIND_FOLLOW, id, last_user);
		}
		last_user = id;
		if (thread == 0) {
			child_must(store_latest_set(child_store, post.id) == ERR_OK);
			/* Durable with the next write of the same thread. */
			child_must(store_post_create(child_store,
						     &(struct post_new){.author_id = id,
									.text = STR("after")},
						     NULL) == ERR_OK);
			child_report(KIND_LATEST, post.id, 0);
		}
	}
	return NULL;
}

static _Noreturn void child_main(int pipe_fd, int round)
{
	struct store_config config = {.url = buf_str(&t.url)};
	struct buf why = BUF_INIT(4096);
	int64_t numbers[THREADS];
	pthread_t threads[THREADS];

	child_pipe = pipe_fd;
	child_round = round;
	child_must(store_open(&config, &child_store, &why) == ERR_OK);
	for (int i = 0; i < THREADS; i++) {
		numbers[i] = i;
		pthread_create(&threads[i], NULL, child_write, &numbers[i]);
	}
	for (;;)
		pause();
}

/* ---- the parent -------------------------------------------------------------------------------
 */

/* Reads reports until the pipe is closed, and kills the child at a random moment. */
static void watch(pid_t child, int fd, unsigned *seed)
{
	size_t before = report_count;
	int64_t started_us = 0, kill_after_us = 1000 + rand_r(seed) % 60000;
	int64_t deadline_us = clock_mono_us() + 60000000;
	bool killed = false;
	struct report r;

	for (;;) {
		struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

		if (!killed && started_us && clock_mono_us() - started_us > kill_after_us &&
		    report_count - before >= PER_ROUND_MIN) {
			kill(child, SIGKILL);
			killed = true;
		}
		if (clock_mono_us() > deadline_us) {
			kill(child, SIGKILL);
			fail_msg("the child did not write for a minute");
		}
		if (poll(&poll_fd, 1, 1) <= 0)
			continue;
		if (read(fd, &r, sizeof(r)) != (ssize_t)sizeof(r))
			break;
		if (!started_us)
			started_us = clock_mono_us();
		assert_true(report_count < WRITES_MAX);
		reports[report_count++] = r;
	}
	assert_true(killed);
}

/* Who is followed is told of it by the same commit. */
static enum err check_told(int64_t user_id, int64_t actor_id)
{
	const struct notice_query query = {user_id, NOTICE_BIT(NOTICE_FOLLOW), 0};
	struct notice_list list = {0};
	enum err e = store_notice_list(t.s, &query, 1, t.a, &list);

	if (e != ERR_OK)
		return e;
	return list.count == 1 && list.items[0].actor_id == actor_id ? ERR_OK : ERR_NOT_FOUND;
}

static void check_report(const struct report *r)
{
	struct user user;
	struct post post;
	bool follows = false;
	enum err e = ERR_OK;

	switch ((enum kind)r->kind) {
	case KIND_USER:
		e = store_user_get(t.s, r->id, t.a, &user);
		break;
	case KIND_POST:
		e = store_post_get(t.s, r->id, t.a, &post);
		if (e == ERR_OK && post.author_id != r->other)
			e = ERR_CONFLICT;
		break;
	case KIND_FOLLOW:
		e = store_follow_exists(t.s, r->id, r->other, &follows);
		if (e == ERR_OK && !follows)
			e = ERR_NOT_FOUND;
		if (e == ERR_OK)
			e = check_told(r->other, r->id);
		break;
	case KIND_LATEST:
		break;
	}
	if (e != ERR_OK)
		fail_msg("write %zu (kind %d, %lld) was acknowledged and is not there: %s",
			 (size_t)(r - reports), (int)r->kind, (long long)r->id, err_label(e));
}

/* Kept counters against what the rows say. */
static void check_totals(void)
{
	struct store_totals totals = get_totals();
	struct user_list list;
	int64_t after = 0, users = 0, posts = 0, followers = 0, following = 0;

	do {
		arena_reset(t.a);
		CHECK_OK(store_user_list(t.s, after, STORE_LIST_MAX, t.a, &list));
		for (size_t i = 0; i < list.count; i++) {
			users++;
			posts += list.items[i].post_count;
			followers += list.items[i].follower_count;
			following += list.items[i].following_count;
			after = list.items[i].id;
		}
	} while (list.more);
	CHECK_I64(totals.users, users);
	CHECK_I64(totals.posts, posts);
	CHECK_I64(totals.follows, followers);
	CHECK_I64(totals.follows, following);
}

static int64_t newest_latest(size_t from)
{
	int64_t latest = -1;

	for (size_t i = from; i < report_count; i++) {
		if (reports[i].kind == KIND_LATEST)
			latest = reports[i].id;
	}
	return latest;
}

static void what_was_acknowledged_survives_kill_9_at_any_moment(void **state)
{
	unsigned seed = (unsigned)clock_now_ms();

	(void)state;
	print_message("# seed %u\n", seed);
	store_close(t.s);
	t.s = NULL;
	for (int round = 0; round < ROUNDS; round++) {
		size_t before = report_count;
		int64_t latest = 0, wanted;
		int fds[2], status;
		pid_t child;

		assert_int_equal(pipe(fds), 0);
		child = fork();
		if (child == 0) {
			close(fds[0]);
			child_main(fds[1], round);
		}
		close(fds[1]);
		watch(child, fds[0], &seed);
		close(fds[0]);
		waitpid(child, &status, 0);
		CHECK_I64(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, true);

		t.s = fixture_open_with((struct store_config){.must_exist = true});
		t.engine->check(buf_str(&t.url));
		for (size_t i = before; i < report_count; i++) {
			arena_reset(t.a);
			check_report(&reports[i]);
		}
		check_totals();
		wanted = newest_latest(before);
		CHECK_OK(store_latest_get(t.s, &latest));
		if (latest < wanted)
			fail_msg("latest: got %lld, wanted at least %lld", (long long)latest,
				 (long long)wanted);
		store_close(t.s);
		t.s = NULL;
	}
	/* And nothing of an earlier round was lost in a later one. */
	t.s = fixture_open_with((struct store_config){.must_exist = true});
	for (size_t i = 0; i < report_count; i++) {
		arena_reset(t.a);
		check_report(&reports[i]);
	}
	print_message("# %zu acknowledged writes, %d kills\n", report_count, ROUNDS);
}

static const struct CMUnitTest tests[] = {
	STORE_TEST(what_was_acknowledged_survives_kill_9_at_any_moment),
};

STORE_TESTS_MAIN(tests)
