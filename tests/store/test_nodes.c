/* Several nodes on one place: what one writes, another's reads and kept pages must show. */
#include "fixture.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/clock.h"

#define DEADLINE_US 20000000

/* A second node: the same place, opened once more. */
static struct store *other;

static int open_both(void **state)
{
	fixture_open(state);
	other = fixture_open_with((struct store_config){0});
	return 0;
}

static int close_both(void **state)
{
	store_close(other);
	return fixture_close(state);
}

#define NODES_TEST(function) cmocka_unit_test_setup_teardown(function, open_both, close_both)

/*
 * The other node's version, once it is another than `before`. A shared database says so at once;
 * an embedded one isn't meant for two writers, and notices within 0.2 s.
 */
static uint64_t grown(uint64_t before, const char *what)
{
	int64_t deadline_us = clock_mono_us() + (store_is_embedded(other) ? DEADLINE_US : 0);
	uint64_t now;

	do {
		now = store_version(other);
	} while (now == before && clock_mono_us() < deadline_us);
	if (now <= before)
		fail_msg("after %s the other node's version is %llu, and was %llu", what,
			 (unsigned long long)now, (unsigned long long)before);
	return now;
}

static void every_write_that_shows_makes_another_nodes_version_grow(void **state)
{
	uint64_t version = store_version(other);
	int64_t anna, berta, post;

	(void)state;
	anna = add_user("anna");
	version = grown(version, "a registration");
	berta = add_user("berta");
	version = grown(version, "another one");
	post = add_post(anna, "x");
	version = grown(version, "a post");
	set_flagged(post, true);
	version = grown(version, "a flag");
	set_flagged(post, false);
	version = grown(version, "its end");
	add_follow(anna, berta);
	version = grown(version, "a follow");
	CHECK_OK(store_follow_delete(t.s, anna, berta));
	version = grown(version, "its end");
	CHECK_OK(store_post_delete(t.s, post));
	version = grown(version, "a deletion");
	CHECK_OK(store_user_delete(t.s, berta));
	grown(version, "the deletion of a person");
}

static void a_bulk_load_makes_another_nodes_version_grow(void **state)
{
	uint64_t version = store_version(other);
	struct user_new u = user_named("anna");
	struct store_bulk *b;

	(void)state;
	CHECK_OK(store_bulk_begin(t.s, &b));
	CHECK_OK(store_bulk_user(b, &u, NULL));
	CHECK_OK(store_bulk_commit(b));
	grown(version, "a bulk load");
}

/* It may grow for other reasons, so most of the time is enough. */
static void latest_leaves_kept_pages_as_they_are(void **state)
{
	int grew = 0;

	(void)state;
	for (int i = 0; i < 100; i++) {
		uint64_t version = store_version(t.s);

		CHECK_OK(store_latest_set(t.s, i));
		grew += store_version(t.s) != version;
	}
	CHECK_I64(grew < 50, true);
}

/* ---- ids --------------------------------------------------------------------------------------
 */

#define WRITERS	   8
#define POSTS_EACH 100

struct writer {
	struct store *node;
	int64_t author_id, ids[POSTS_EACH];
};
/* The highest that was acknowledged so far. */
static _Atomic int64_t acknowledged;

static void *write_posts(void *arg)
{
	struct writer *w = arg;

	for (int i = 0; i < POSTS_EACH; i++) {
		int64_t before = atomic_load(&acknowledged);
		struct post post = {0};

		if (store_post_create(
			    w->node,
			    &(struct post_new){.author_id = w->author_id, .text = STR("x")},
			    &post) != ERR_OK ||
		    post.id <= before) {
			fprintf(stderr, "post %lld after %lld\n", (long long)post.id,
				(long long)before);
			abort();
		}
		w->ids[i] = post.id;
		while (before < post.id &&
		       !atomic_compare_exchange_weak(&acknowledged, &before, post.id))
			;
	}
	return NULL;
}

static int compare_ids(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void posts_of_several_nodes_have_ids_of_their_own_that_rise(void **state)
{
	static struct writer writers[WRITERS];
	static int64_t all[WRITERS * POSTS_EACH];
	pthread_t threads[WRITERS];

	(void)state;
	atomic_store(&acknowledged, 0);
	for (int i = 0; i < WRITERS; i++) {
		char name[16];

		snprintf(name, sizeof(name), "p%d", i);
		writers[i] = (struct writer){.node = i % 2 ? t.s : other,
					     .author_id = add_user(name)};
	}
	for (int i = 0; i < WRITERS; i++)
		pthread_create(&threads[i], NULL, write_posts, &writers[i]);
	for (int i = 0; i < WRITERS; i++) {
		pthread_join(threads[i], NULL);
		memcpy(all + (ptrdiff_t)i * POSTS_EACH, writers[i].ids, sizeof(writers[i].ids));
	}
	qsort(all, WRITERS * POSTS_EACH, sizeof(all[0]), compare_ids);
	for (size_t i = 1; i < WRITERS * POSTS_EACH; i++)
		CHECK_I64(all[i] > all[i - 1], true);
}

/* ---- news -------------------------------------------------------------------------------------
 */

#define HEARD_MAX 4096

/* What a subscriber was told, in order. */
struct ear {
	pthread_mutex_t lock;
	int64_t ids[HEARD_MAX];
	size_t count;
	size_t resyncs;
};
static struct ear ear = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void listen_up(void *user, const struct store_news *news)
{
	struct ear *e = user;

	pthread_mutex_lock(&e->lock);
	for (size_t i = 0; i < news->count && e->count < HEARD_MAX; i++)
		e->ids[e->count++] = news->posts[i].id;
	e->resyncs += news->resync;
	pthread_mutex_unlock(&e->lock);
}

static size_t resyncs(void)
{
	size_t count;

	pthread_mutex_lock(&ear.lock);
	count = ear.resyncs;
	pthread_mutex_unlock(&ear.lock);
	return count;
}

static bool was_told(int64_t id)
{
	bool told = false;

	pthread_mutex_lock(&ear.lock);
	for (size_t i = 0; i < ear.count && !told; i++)
		told = ear.ids[i] == id;
	pthread_mutex_unlock(&ear.lock);
	return told;
}

/* By its id; an embedded store may say of another process only that there was something. */
static bool learns_of(int64_t id, size_t resyncs_before)
{
	int64_t deadline_us = clock_mono_us() + DEADLINE_US;

	while (!was_told(id)) {
		if (store_is_embedded(other) && resyncs() > resyncs_before)
			return true;
		if (clock_mono_us() > deadline_us)
			return false;
	}
	return true;
}

/* A subscriber at the other node, which has begun to hear. */
static struct store_subscription *subscribe(void)
{
	int64_t deadline_us = clock_mono_us() + DEADLINE_US;
	struct store_subscription *subscription;

	ear.count = ear.resyncs = 0;
	subscription = store_subscribe(other, listen_up, &ear);
	while (!store_is_embedded(other) && !resyncs() && clock_mono_us() < deadline_us)
		;
	return subscription;
}

static void a_subscriber_learns_of_posts_of_its_own_node_and_of_others(void **state)
{
	struct store_subscription *subscription = subscribe();
	int64_t anna = add_user("anna");
	struct post post;

	(void)state;
	for (int i = 0; i < 50; i++) {
		size_t before = resyncs();

		CHECK_I64(learns_of(add_post(anna, "x"), before), true);
		CHECK_OK(store_post_create(
			other, &(struct post_new){.author_id = anna, .text = STR("y")}, &post));
		CHECK_I64(learns_of(post.id, HEARD_MAX), true);
	}
	store_unsubscribe(other, subscription);
	CHECK_OK(store_post_create(other, &(struct post_new){.author_id = anna, .text = STR("z")},
				   &post));
	CHECK_I64(was_told(post.id), false);
}

static void a_bulk_load_of_another_node_is_a_resync(void **state)
{
	struct store_subscription *subscription = subscribe();
	int64_t deadline_us = clock_mono_us() + DEADLINE_US;
	struct user_new u = user_named("anna");
	size_t before = resyncs();
	struct store_bulk *b;

	(void)state;
	CHECK_OK(store_bulk_begin(t.s, &b));
	CHECK_OK(store_bulk_user(b, &u, NULL));
	CHECK_OK(store_bulk_commit(b));
	while (resyncs() == before && clock_mono_us() < deadline_us)
		;
	CHECK_I64(resyncs() > before, true);
	store_unsubscribe(other, subscription);
}

static void after_a_lost_connection_comes_a_resync_and_then_news_again(void **state)
{
	struct store_subscription *subscription = subscribe();
	int64_t anna = add_user("anna"), deadline_us = clock_mono_us() + DEADLINE_US;
	size_t before = resyncs();
	struct post post = {0};
	enum err e;

	(void)state;
	if (t.engine->cut) {
		t.engine->cut(buf_str(&t.url));
		while (resyncs() == before && clock_mono_us() < deadline_us)
			;
		CHECK_I64(resyncs() > before, true);
	}
	/* The other connections were lost as well, so the first try may fail. */
	before = resyncs();
	do {
		e = store_post_create(t.s, &(struct post_new){.author_id = anna, .text = STR("x")},
				      &post);
	} while (e != ERR_OK && clock_mono_us() < deadline_us);
	CHECK_OK(e);
	CHECK_I64(learns_of(post.id, before), true);
	store_unsubscribe(other, subscription);
}

static const struct CMUnitTest tests[] = {
	NODES_TEST(every_write_that_shows_makes_another_nodes_version_grow),
	NODES_TEST(a_bulk_load_makes_another_nodes_version_grow),
	NODES_TEST(posts_of_several_nodes_have_ids_of_their_own_that_rise),
	NODES_TEST(a_subscriber_learns_of_posts_of_its_own_node_and_of_others),
	NODES_TEST(a_bulk_load_of_another_node_is_a_resync),
	NODES_TEST(after_a_lost_connection_comes_a_resync_and_then_news_again),
	NODES_TEST(latest_leaves_kept_pages_as_they_are),
};

STORE_TESTS_MAIN(tests)
