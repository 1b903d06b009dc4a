/*
 * A disk that is full, and another process that writes beside us. The limit on the size of files
 * (RLIMIT_FSIZE) stands for the disk's: writing past it fails with EFBIG.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/clock.h"
#include "store/store.h"

#define DEADLINE_US 20000000

static char folder[256], url[300];
static struct store *s;
static struct arena *a;

static struct store *open_store(void)
{
	struct store_config config = {.url = str_from_c(url)};
	struct buf why = BUF_INIT(4096);
	struct store *opened = NULL;

	if (store_open(&config, &opened, &why) != ERR_OK)
		fail_msg("%s", buf_c(&why));
	buf_release(&why);
	return opened;
}

static int open_fresh(void **state)
{
	const char *base = getenv("TMPDIR");

	(void)state;
	snprintf(folder, sizeof(folder), "%s/kinglet-full-XXXXXX", base ? base : "/tmp");
	assert_non_null(mkdtemp(folder));
	snprintf(url, sizeof(url), "sqlite:%s/test.db", folder);
	signal(SIGXFSZ, SIG_IGN);
	s = open_store();
	a = arena_new(1 << 20);
	return 0;
}

static int close_fresh(void **state)
{
	static const char *const names[] = {"test.db", "test.db-wal", "test.db-shm"};
	char path[300];

	(void)state;
	store_close(s);
	arena_free(a);
	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
	rmdir(folder);
	return 0;
}

static int64_t add_user(struct store *store, const char *name)
{
	struct user_new u = {.name = str_from_c(name), .name_key = str_from_c(name)};
	int64_t id = 0;

	assert_int_equal(store_user_create(store, &u, &id), ERR_OK);
	return id;
}

static void limit_files(rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void check_posts(int64_t user_id, int64_t wanted)
{
	struct store_totals totals;
	struct user user;

	arena_reset(a);
	assert_int_equal(store_totals(s, &totals), ERR_OK);
	assert_int_equal(totals.posts, wanted);
	assert_int_equal(store_user_get(s, user_id, a, &user), ERR_OK);
	assert_int_equal(user.post_count, wanted);
}

static void a_full_disk_refuses_writes_answers_reads_and_heals_by_itself(void **state)
{
	char text[4000];
	struct store_counters counters;
	int64_t anna = add_user(s, "anna"), written = 0, deadline_us;
	struct post_list list;
	enum err e = ERR_OK;

	(void)state;
	memset(text, 'x', sizeof(text));
	store_counters(s, &counters);
	limit_files((rlim_t)counters.wal_bytes + 100000);
	while ((e = store_post_create(
			s,
			&(struct post_new){.author_id = anna, .text = str_from(text, sizeof(text))},
			NULL)) == ERR_OK)
		written++;
	if (e != ERR_FULL)
		fail_msg("got %s, wanted full", err_label(e));
	assert_true(written > 0 && written < 100);
	assert_int_equal(store_check(s), ERR_FULL);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(
			store_post_create(s,
					  &(struct post_new){.author_id = anna,
							     .text = str_from(text, sizeof(text))},
					  NULL),
			ERR_FULL);
		check_posts(anna, written);
		assert_int_equal(store_timeline_home(s, anna, (struct cursor){0}, 30, a, &list),
				 ERR_OK);
	}
	/* Space comes back: the store finds out without anybody's write. */
	limit_files(RLIM_INFINITY);
	deadline_us = clock_mono_us() + DEADLINE_US;
	while ((e = store_check(s)) != ERR_OK && clock_mono_us() < deadline_us)
		;
	assert_int_equal(e, ERR_OK);
	assert_int_equal(store_post_create(s,
					   &(struct post_new){.author_id = anna,
							      .text = str_from(text, sizeof(text))},
					   NULL),
			 ERR_OK);
	check_posts(anna, written + 1);
	store_close(s);
	s = open_store();
	check_posts(anna, written + 1);
}

static void a_bulk_load_that_fills_the_disk_leaves_nothing(void **state)
{
	char text[4000];
	int64_t anna = add_user(s, "anna");
	struct store_bulk *b;
	enum err e = ERR_OK;

	(void)state;
	memset(text, 'x', sizeof(text));
	limit_files(4 << 20);
	assert_int_equal(store_bulk_begin(s, &b), ERR_OK);
	for (int i = 0; i < 40000 && e == ERR_OK; i++)
		e = store_bulk_post(b, anna, str_from(text, sizeof(text)), 1000, false, NULL);
	if (e == ERR_OK)
		e = store_bulk_commit(b);
	else
		assert_int_equal(store_bulk_commit(b), e);
	assert_int_equal(e, ERR_FULL);
	check_posts(anna, 0);
	limit_files(RLIM_INFINITY);
	assert_int_equal(
		store_post_create(s, &(struct post_new){.author_id = anna, .text = STR("x")}, NULL),
		ERR_OK);
	check_posts(anna, 1);
}

/* ---- another process --------------------------------------------------------------------------
 */

/* A command of the operator's beside a server: flags the post whose id it is told. */
static _Noreturn void flag_when_told(int in, int out)
{
	struct store *other;
	int64_t id;
	char done = 0;

	if (read(in, &id, sizeof(id)) != (ssize_t)sizeof(id))
		_exit(1);
	other = open_store();
	done = store_post_set_flagged(other, &id, 1, true, NULL) == ERR_OK;
	add_user(other, "berta");
	store_close(other);
	_exit(write(out, &done, 1) == 1 ? 0 : 1);
}

static void what_another_process_writes_is_noticed(void **state)
{
	int64_t anna, deadline_us;
	int to_child[2], from_child[2];
	struct store_totals totals;
	struct post_list list;
	struct post post, next;
	uint64_t version;
	char done = 0;
	pid_t child;

	(void)state;
	/* SQLite's locks don't survive a fork, so the store is opened after it. */
	store_close(s);
	s = NULL;
	assert_int_equal(pipe(to_child) | pipe(from_child), 0);
	child = fork();
	if (child == 0)
		flag_when_told(to_child[0], from_child[1]);
	s = open_store();
	anna = add_user(s, "anna");
	assert_int_equal(store_post_create(
				 s, &(struct post_new){.author_id = anna, .text = STR("x")}, &post),
			 ERR_OK);
	assert_int_equal(store_timeline_home(s, anna, (struct cursor){0}, 30, a, &list), ERR_OK);
	assert_int_equal(list.count, 1);
	version = store_version(s);
	assert_int_equal(write(to_child[1], &post.id, sizeof(post.id)), sizeof(post.id));
	assert_int_equal(read(from_child[0], &done, 1), 1);
	waitpid(child, NULL, 0);
	assert_int_equal(done, 1);

	deadline_us = clock_mono_us() + DEADLINE_US;
	while (store_version(s) == version && clock_mono_us() < deadline_us)
		;
	assert_int_not_equal(store_version(s), version);
	assert_int_equal(store_timeline_home(s, anna, (struct cursor){0}, 30, a, &list), ERR_OK);
	assert_int_equal(list.count, 0);
	/* And what is kept in memory goes on from there. */
	assert_int_equal(store_post_create(
				 s, &(struct post_new){.author_id = anna, .text = STR("y")}, &next),
			 ERR_OK);
	assert_true(next.id > post.id);
	assert_int_equal(store_totals(s, &totals), ERR_OK);
	assert_int_equal(totals.posts, 1);
	assert_int_equal(totals.users, 2);
	for (int i = 0; i < 2; i++) {
		close(to_child[i]);
		close(from_child[i]);
	}
}

#define FULL_TEST(function) cmocka_unit_test_setup_teardown(function, open_fresh, close_fresh)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FULL_TEST(a_full_disk_refuses_writes_answers_reads_and_heals_by_itself),
		FULL_TEST(a_bulk_load_that_fills_the_disk_leaves_nothing),
		FULL_TEST(what_another_process_writes_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
