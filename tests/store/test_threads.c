/* Many threads at once: what a write promises to the reads that begin after it. */
#include "fixture.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/clock.h"

#define THREADS 8

/* cmocka's checks belong to the main thread; others end the program. */
static void must(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "failed: %s\n", what);
		abort();
	}
}
#define MUST_OK(call) must((call) == ERR_OK, #call)

static void run_threads(void *(*run)(void *), void *args, size_t arg_size, int count)
{
	pthread_t threads[THREADS * 2];

	for (int i = 0; i < count; i++)
		pthread_create(&threads[i], NULL, run, (char *)args + (size_t)i * arg_size);
	for (int i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
}

/* ---- names ----------------------------------------------------------------------------------- */

struct registrar {
	int won[50];
};

static void *register_names(void *arg)
{
	struct registrar *r = arg;

	for (int i = 0; i < 50; i++) {
		char name[16];
		struct user_new u;
		enum err e;

		snprintf(name, sizeof(name), "name%d", i);
		u = user_named(name);
		e = store_user_create(t.s, &u, NULL);
		must(e == ERR_OK || e == ERR_CONFLICT, "a name is given or taken");
		r->won[i] = e == ERR_OK;
	}
	return NULL;
}

static void a_name_that_many_want_at_once_is_given_to_one(void **state)
{
	static struct registrar registrars[THREADS];

	(void)state;
	memset(registrars, 0, sizeof(registrars));
	run_threads(register_names, registrars, sizeof(registrars[0]), THREADS);
	for (int i = 0; i < 50; i++) {
		int winners = 0;

		for (int k = 0; k < THREADS; k++)
			winners += registrars[k].won[i];
		CHECK_I64(winners, 1);
	}
	CHECK_I64(get_totals().users, 50);
}

/* ---- a write is seen by the next read ---------------------------------------------------------
 */

struct person {
	int64_t id, other;
	unsigned seed;
};

static bool has_post(struct post_list list, int64_t id)
{
	for (size_t i = 0; i < list.count; i++) {
		if (list.items[i].id == id)
			return true;
	}
	return false;
}

static void *write_then_read(void *arg)
{
	struct person *p = arg;
	struct arena *a = arena_new((size_t)16 * 1024 * 1024);
	struct cursor newest = {0};

	for (int i = 0; i < 300; i++) {
		struct post_list list;
		struct post post;
		uint64_t version = store_version(t.s), now;
		bool follows;

		arena_reset(a);
		MUST_OK(store_post_create(
			t.s, &(struct post_new){.author_id = p->id, .text = STR("mine")}, &post));
		now = store_version(t.s); /* 0: a busy database didn't say in time */
		must(version == 0 || now == 0 || now > version, "the version has grown");
		MUST_OK(store_timeline_home(t.s, p->id, newest, 30, a, &list));
		must(has_post(list, post.id), "my post is on my home timeline");
		MUST_OK(store_timeline_user(t.s, p->id, newest, 1, a, &list));
		must(list.count == 1 && list.items[0].id == post.id, "my post is on my page");
		MUST_OK(store_timeline_public(t.s, newest, 1000, a, &list));
		must(has_post(list, post.id), "my post is public");
		if (i % 3 == 0) {
			MUST_OK(store_post_delete(t.s, post.id));
			MUST_OK(store_timeline_home(t.s, p->id, newest, 30, a, &list));
			must(!has_post(list, post.id), "my deleted post is gone");
		}
		if (i % 4 == 0) {
			MUST_OK(store_follow_create(t.s, p->id, p->other));
			MUST_OK(store_timeline_home(t.s, p->id, newest, 999, a, &list));
			MUST_OK(store_follow_delete(t.s, p->id, p->other));
			MUST_OK(store_follow_exists(t.s, p->id, p->other, &follows));
			must(!follows, "the follow is gone");
			MUST_OK(store_timeline_home(t.s, p->id, newest, 30, a, &list));
			for (size_t k = 0; k < list.count; k++)
				must(list.items[k].author_id == p->id, "only mine are left");
		}
	}
	arena_free(a);
	return NULL;
}

static void each_thread_reads_what_it_wrote(void **state)
{
	struct person people[THREADS] = {0};

	(void)state;
	for (int i = 0; i < THREADS; i++) {
		char name[16];

		snprintf(name, sizeof(name), "p%d", i);
		people[i].id = add_user(name);
	}
	for (int i = 0; i < THREADS; i++)
		people[i].other = people[(i + 1) % THREADS].id;
	run_threads(write_then_read, people, sizeof(people[0]), THREADS);
	CHECK_I64(get_totals().posts, THREADS * 200);
	CHECK_I64(get_totals().follows, 0);
}

/* ---- home timelines while everything changes --------------------------------------------------
 */

/*
 * Some write; each reader has a person nobody else changes, follows and unfollows for them, and
 * compares the home timeline with what it must and may contain: everything that was acknowledged
 * before the read, nothing of those not followed, in order, none twice.
 */
#define AUTHORS 6

struct acknowledged {
	pthread_mutex_t lock;
	int64_t ids[AUTHORS]; /* the last of each that was acknowledged */
};
static struct acknowledged acknowledged = {.lock = PTHREAD_MUTEX_INITIALIZER};
static int64_t author_ids[AUTHORS];
static atomic_bool done;

static void *write_always(void *arg)
{
	int at = (int)(*(const int64_t *)arg);
	struct post post;

	while (!atomic_load(&done)) {
		MUST_OK(store_post_create(
			t.s, &(struct post_new){.author_id = author_ids[at], .text = STR("x")},
			&post));
		pthread_mutex_lock(&acknowledged.lock);
		acknowledged.ids[at] = post.id;
		pthread_mutex_unlock(&acknowledged.lock);
	}
	return NULL;
}

static void check_home(const struct person *p, const bool *follows, struct arena *a)
{
	struct acknowledged before;
	struct post_list list;

	pthread_mutex_lock(&acknowledged.lock);
	before = acknowledged;
	pthread_mutex_unlock(&acknowledged.lock);
	MUST_OK(store_timeline_home(t.s, p->id, (struct cursor){0}, 30, a, &list));
	for (size_t i = 0; i < list.count; i++) {
		int author = 0;

		must(i == 0 || list.items[i].id < list.items[i - 1].id, "newest first");
		while (author_ids[author] != list.items[i].author_id)
			must(++author < AUTHORS, "an author that is known");
		must(follows[author], "only of those followed");
	}
	for (int i = 0; i < AUTHORS; i++) {
		bool on_page = list.count < 30 || list.items[29].id <= before.ids[i];

		if (follows[i] && before.ids[i] && on_page)
			must(has_post(list, before.ids[i]), "what was acknowledged is there");
	}
}

static void *read_always(void *arg)
{
	struct person *p = arg;
	struct arena *a = arena_new((size_t)16 * 1024 * 1024);
	bool follows[AUTHORS] = {false};

	for (int i = 0; i < 1500; i++) {
		int at = rand_r(&p->seed) % AUTHORS;

		arena_reset(a);
		if (i % 5 == 0) {
			follows[at] = !follows[at];
			MUST_OK((follows[at] ? store_follow_create
					     : store_follow_delete)(t.s, p->id, author_ids[at]));
		}
		check_home(p, follows, a);
	}
	arena_free(a);
	return NULL;
}

static void home_timelines_are_exact_while_others_write(void **state)
{
	int64_t indexes[2] = {0, 1};
	struct person readers[4] = {0};
	pthread_t writers[2];

	(void)state;
	atomic_store(&done, false);
	memset(acknowledged.ids, 0, sizeof(acknowledged.ids));
	for (int i = 0; i < AUTHORS; i++) {
		char name[16];

		snprintf(name, sizeof(name), "author%d", i);
		author_ids[i] = add_user(name);
		acknowledged.ids[i] = i < 2 ? 0 : add_post(author_ids[i], "old");
	}
	for (int i = 0; i < 4; i++) {
		char name[16];

		snprintf(name, sizeof(name), "reader%d", i);
		readers[i] = (struct person){.id = add_user(name), .seed = (unsigned)i};
	}
	for (int i = 0; i < 2; i++)
		pthread_create(&writers[i], NULL, write_always, &indexes[i]);
	run_threads(read_always, readers, sizeof(readers[0]), 4);
	atomic_store(&done, true);
	for (int i = 0; i < 2; i++)
		pthread_join(writers[i], NULL);
}

/* ---- the version ------------------------------------------------------------------------------
 */

/* A page kept under a version must hold everything acknowledged while that version still stands. */
static void *keep_pages(void *arg)
{
	struct person *p = arg;
	struct arena *a = arena_new((size_t)16 * 1024 * 1024);
	int64_t kept_newest = 0;
	uint64_t kept_version = 0;

	for (int i = 0; i < 20000; i++) {
		struct post_list list;
		int64_t last;
		uint64_t version;

		pthread_mutex_lock(&acknowledged.lock);
		last = acknowledged.ids[0];
		pthread_mutex_unlock(&acknowledged.lock);
		version = store_version(t.s);
		if (version && version == kept_version) {
			must(kept_newest >= last, "a kept page holds what was acknowledged");
			continue;
		}
		arena_reset(a);
		MUST_OK(store_timeline_user(t.s, p->other, (struct cursor){0}, 1, a, &list));
		kept_newest = list.count ? list.items[0].id : 0;
		kept_version = version;
	}
	arena_free(a);
	return NULL;
}

static void a_page_kept_under_a_version_is_exact_while_it_stands(void **state)
{
	int64_t index = 0;
	struct person readers[4];
	pthread_t writer;

	(void)state;
	atomic_store(&done, false);
	memset(acknowledged.ids, 0, sizeof(acknowledged.ids));
	author_ids[0] = add_user("author");
	for (int i = 0; i < 4; i++)
		readers[i] = (struct person){.other = author_ids[0]};
	pthread_create(&writer, NULL, write_always, &index);
	run_threads(keep_pages, readers, sizeof(readers[0]), 4);
	atomic_store(&done, true);
	pthread_join(writer, NULL);
}

/* ---- too many ---------------------------------------------------------------------------------
 */

static atomic_int busy_count, ok_count;

static void *write_once(void *arg)
{
	enum err e = store_post_create(
		t.s, &(struct post_new){.author_id = *(const int64_t *)arg, .text = STR("x")},
		NULL);

	must(e == ERR_OK || e == ERR_BUSY, "written or refused");
	atomic_fetch_add(e == ERR_OK ? &ok_count : &busy_count, 1);
	return NULL;
}

static void more_writes_than_may_wait_are_refused_at_once(void **state)
{
	int64_t anna = add_user("anna");
	struct store_counters counters;
	pthread_t threads[THREADS];
	struct store_bulk *b;

	(void)state;
	store_close(t.s);
	t.s = fixture_open_with((struct store_config){.write_queue_max = 3});
	atomic_store(&busy_count, 0);
	atomic_store(&ok_count, 0);
	/* While a bulk load is under way every write waits. */
	CHECK_OK(store_bulk_begin(t.s, &b));
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, write_once, &anna);
	do {
		store_counters(t.s, &counters);
		CHECK_I64(counters.write_queue <= 3, true);
	} while (atomic_load(&busy_count) < THREADS - 3);
	CHECK_ERR(store_check(t.s), ERR_BUSY);
	CHECK_OK(store_bulk_commit(b));
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	CHECK_I64(atomic_load(&ok_count), 3);
	CHECK_I64(get_totals().posts, 3);
	CHECK_OK(store_check(t.s));
	CHECK_OK(store_post_create(t.s, &(struct post_new){.author_id = anna, .text = STR("x")},
				   NULL));
}

static const struct CMUnitTest tests[] = {
	STORE_TEST(a_name_that_many_want_at_once_is_given_to_one),
	STORE_TEST(each_thread_reads_what_it_wrote),
	STORE_TEST(home_timelines_are_exact_while_others_write),
	STORE_TEST(a_page_kept_under_a_version_is_exact_while_it_stands),
	STORE_TEST(more_writes_than_may_wait_are_refused_at_once),
};

STORE_TESTS_MAIN(tests)
