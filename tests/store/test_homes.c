/*
 * Home timelines on two nodes: what one acknowledges, a flag, a follow, a deletion, and above all a
 * post that comes to light after one with a higher id, is in the other's next read. On an embedded
 * engine both nodes are the same one.
 */
#include "naive.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/clock.h"
#include "store/home.h"

#define PEOPLE 8
/* People who write late, and nothing else: until it ends their transaction holds their row. */
#define LATE_FIRST PEOPLE
#define LATE_COUNT 2

static struct naive n;
static struct store *nodes[2];

static int open_both(void **state)
{
	fixture_open(state);
	n = (struct naive){0};
	nodes[0] = nodes[1] = t.s;
	home_set_recent_max(64); /* the second one's memory is short */
	if (!store_is_embedded(t.s))
		nodes[1] = fixture_open_with((struct store_config){0});
	home_set_recent_max(0);
	for (int i = 0; i < PEOPLE + LATE_COUNT; i++)
		naive_user(&n);
	return 0;
}

static int close_both(void **state)
{
	t.s = nodes[0];
	if (nodes[1] != nodes[0])
		store_close(nodes[1]);
	return fixture_close(state);
}

/* What follows is done and asked on this node. */
static void use(int node)
{
	t.s = nodes[node];
}

/* ---- one after the other ----------------------------------------------------------------------
 */

struct late {
	void *post; /* NULL: none is open */
	int64_t id;
};

static void late_begin(struct late *late, size_t author)
{
	if (t.engine->post_begin && !late->post)
		late->post = t.engine->post_begin(buf_str(&t.url), n.users[author], &late->id);
}

static void late_end(struct late *late, size_t author, bool commit)
{
	if (!late->post)
		return;
	t.engine->post_end(late->post, commit);
	if (commit)
		naive_post_known(&n, author, late->id);
	late->post = NULL;
}

static void check_both(size_t limit)
{
	for (int node = 0; node < 2; node++) {
		use(node);
		for (size_t i = 0; i < n.user_count; i++)
			naive_check(&n, NAIVE_HOME, i, (struct cursor){0}, limit);
	}
}

static void step(unsigned *seed, struct late *late)
{
	size_t a = (size_t)rand_r(seed) % PEOPLE, b = (size_t)rand_r(seed) % PEOPLE;
	size_t post = n.post_count ? (size_t)rand_r(seed) % n.post_count : 0;
	size_t which = (size_t)rand_r(seed) % LATE_COUNT, writer = LATE_FIRST + which;
	size_t last = n.post_count - 1;
	int what = rand_r(seed) % 100;

	use(rand_r(seed) % 2);
	if (what < 45 || n.post_count == 0)
		naive_post(&n, a);
	else if (what < 60)
		naive_follow(&n, a, b, true);
	else if (what < 68)
		naive_follow(&n, a, b, false);
	else if (what < 72 && !late[which].post)
		naive_follow(&n, a, writer, what != 71);
	else if (what < 85)
		late_begin(&late[which], writer);
	else if (what < 92)
		late_end(&late[which], writer, what != 91);
	else if (n.posts[what % 2 ? last : post].author_id >= n.users[LATE_FIRST])
		return; /* its author's row may be held */
	else if (what < 94)
		naive_post_delete(&n, what % 2 ? last : post);
	else if (what < 97)
		naive_post_flag(&n, what % 2 ? last : post, true);
	else
		naive_post_flag(&n, what % 2 ? last : post, false);
}

static void home_timelines_of_two_nodes_stay_right_through_random_operations(void **state)
{
	struct late late[LATE_COUNT] = {0};
	unsigned seed = 20261123;

	(void)state;
	for (int i = 0; i < 1500; i++) {
		struct cursor at = {rand_r(&seed) % 3, 0};

		step(&seed, late);
		use(rand_r(&seed) % 2);
		if (n.post_count)
			at.id = n.posts[(size_t)rand_r(&seed) % n.post_count].id;
		naive_check(&n, NAIVE_HOME, (size_t)rand_r(&seed) % n.user_count, at,
			    (size_t)rand_r(&seed) % 70);
		if (i % 3 == 0)
			check_both(30);
	}
	for (size_t i = 0; i < LATE_COUNT; i++)
		late_end(&late[i], LATE_FIRST + i, true);
	check_both(30);
}

static void a_post_that_comes_to_light_after_higher_ids_is_in_the_next_read(void **state)
{
	int64_t until_us;
	struct late late = {0};

	(void)state;
	naive_follow(&n, 0, LATE_FIRST, true);
	naive_follow(&n, 0, 1, true);
	naive_post(&n, 1);
	late_begin(&late, LATE_FIRST);
	/* Long enough that all which can be settled is settled, several times. */
	until_us = clock_mono_us() + 300000;
	while (clock_mono_us() < until_us && n.post_count < NAIVE_POSTS_MAX / 2) {
		naive_post(&n, 1);
		check_both(30);
	}
	late_end(&late, LATE_FIRST, true);
	check_both(1000);
	check_both(60);
	check_both(30);
}

static void old_posts_of_a_bulk_load_are_in_the_next_read(void **state)
{
	int64_t id;

	(void)state;
	naive_follow(&n, 0, 1, true);
	for (int i = 0; i < 20; i++) {
		struct store_bulk *b;

		naive_post(&n, 1);
		check_both(30);
		use(i % 2);
		CHECK_OK(store_bulk_begin(t.s, &b));
		CHECK_OK(store_bulk_post(b, n.users[1], STR("old"), 1600000000000 + i, false, &id));
		CHECK_OK(store_bulk_follow(b, n.users[2 + i % 4], n.users[1]));
		CHECK_OK(store_bulk_commit(b));
		naive_post_known(&n, 1, id);
		n.follows[2 + i % 4][1] = true;
		check_both(30);
	}
}

static void more_posts_than_one_answer_brings_leave_no_hole(void **state)
{
	(void)state;
	naive_follow(&n, 0, 1, true);
	naive_follow(&n, 0, 2, true);
	for (int round = 0; round < 2; round++) {
		naive_post(&n, 2);
		check_both(30);
		use(0);
		for (int i = 0; i < 1010; i++)
			naive_post(&n, 3);
		naive_post(&n, 1);
		check_both(30);
		check_both(30);
	}
}

/* ---- at once ----------------------------------------------------------------------------------
 */

#define WRITERS 4
#define READERS 4
#define READS	400

/* cmocka's checks belong to the main thread; others end the program. */
static void must(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "failed: %s\n", what);
		abort();
	}
}

/* What each writer's last post is that stays, and the last that went. */
static _Atomic int64_t shown[WRITERS], gone[WRITERS];
static atomic_bool done;

static void *write_on(void *arg)
{
	int me = *(const int *)arg;
	struct store *mine = nodes[me % 2], *other = nodes[(me + 1) % 2];
	struct post post;

	for (int i = 0; !atomic_load(&done); i++) {
		must(store_post_create(
			     mine, &(struct post_new){.author_id = n.users[me], .text = STR("x")},
			     &post) == ERR_OK,
		     "a post");
		if (i % 5 == 0)
			must(store_post_delete(other, post.id) == ERR_OK, "a deletion");
		else if (i % 5 == 1)
			must(store_post_set_flagged(other, &post.id, 1, true, NULL) == ERR_OK,
			     "a flag");
		atomic_store(i % 5 < 2 ? &gone[me] : &shown[me], post.id);
	}
	return NULL;
}

static bool has(const struct post_list *list, int64_t id)
{
	for (size_t i = 0; i < list->count; i++) {
		if (list->items[i].id == id)
			return true;
	}
	return false;
}

static void check_read(struct store *s, int64_t reader, const bool *follows, struct arena *a)
{
	int64_t must_have[WRITERS], must_not[WRITERS];
	struct post_list list;

	for (int i = 0; i < WRITERS; i++) {
		must_have[i] = atomic_load(&shown[i]);
		must_not[i] = atomic_load(&gone[i]);
	}
	must(store_timeline_home(s, reader, (struct cursor){0}, 30, a, &list) == ERR_OK, "a read");
	for (size_t i = 0; i < list.count; i++) {
		int author = 0;

		while (n.users[author] != list.items[i].author_id)
			must(++author < WRITERS, "an author that is known");
		must(follows[author], "only of those followed");
		must(i == 0 || list.items[i].id < list.items[i - 1].id, "newest first");
	}
	for (int i = 0; i < WRITERS; i++) {
		bool on_page = list.count < 30 || list.items[29].id <= must_have[i];

		if (follows[i] && must_have[i] && on_page)
			must(has(&list, must_have[i]), "what was acknowledged is there");
		must(!has(&list, must_not[i]), "what was hidden is not");
	}
}

static void *read_on(void *arg)
{
	int me = *(const int *)arg;
	struct arena *a = arena_new((size_t)16 << 20);
	int64_t reader = n.users[WRITERS + me];
	bool follows[WRITERS] = {false};
	unsigned seed = (unsigned)me;

	for (int i = 0; i < READS; i++) {
		int at = rand_r(&seed) % WRITERS;

		arena_reset(a);
		if (i % 7 == 0) {
			follows[at] = !follows[at];
			must((follows[at] ? store_follow_create : store_follow_delete)(
				     nodes[i % 2], reader, n.users[at]) == ERR_OK,
			     "a change of follows");
		}
		check_read(nodes[rand_r(&seed) % 2], reader, follows, a);
	}
	arena_free(a);
	return NULL;
}

static void home_timelines_of_two_nodes_are_exact_while_others_write(void **state)
{
	int numbers[WRITERS + READERS];
	pthread_t threads[WRITERS + READERS];

	(void)state;
	atomic_store(&done, false);
	for (int i = 0; i < WRITERS + READERS; i++) {
		if (i < WRITERS) {
			atomic_store(&shown[i], 0);
			atomic_store(&gone[i], 0);
		}
		numbers[i] = i < WRITERS ? i : i - WRITERS;
		pthread_create(&threads[i], NULL, i < WRITERS ? write_on : read_on, &numbers[i]);
	}
	for (int i = WRITERS; i < WRITERS + READERS; i++)
		pthread_join(threads[i], NULL);
	atomic_store(&done, true);
	for (int i = 0; i < WRITERS; i++)
		pthread_join(threads[i], NULL);
}

#define HOMES_TEST(function) cmocka_unit_test_setup_teardown(function, open_both, close_both)

static const struct CMUnitTest tests[] = {
	HOMES_TEST(home_timelines_of_two_nodes_stay_right_through_random_operations),
	HOMES_TEST(a_post_that_comes_to_light_after_higher_ids_is_in_the_next_read),
	HOMES_TEST(old_posts_of_a_bulk_load_are_in_the_next_read),
	HOMES_TEST(more_posts_than_one_answer_brings_leave_no_hole),
	HOMES_TEST(home_timelines_of_two_nodes_are_exact_while_others_write),
};

STORE_TESTS_MAIN(tests)
