/*
 * Everything at once, by several nodes: what a write answers under whatever the others do, and that
 * the counters that are kept are what one would count when it is over. People are few, so that
 * writers meet.
 */
#include "fixture.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/clock.h"

#define NODES	     3
#define THREADS	     9
#define STEPS	     80
#define PEOPLE	     6
#define POSTS	     64
#define SESSIONS_MAX 3
#define NOBODY	     1

static struct store *nodes[NODES];
static int node_count;
/* Who and what there is, or was: some are gone by now. */
static _Atomic int64_t people[PEOPLE], posts[POSTS];
static atomic_int names;

/* An embedded engine is for one node. */
static int open_nodes(void **state)
{
	fixture_open(state);
	nodes[0] = t.s;
	node_count = store_is_embedded(t.s) ? 1 : NODES;
	for (int i = 1; i < node_count; i++)
		nodes[i] = fixture_open_with((struct store_config){0});
	atomic_store(&names, 0);
	for (int i = 0; i < PEOPLE; i++) {
		char name[32];

		snprintf(name, sizeof(name), "first%d", i);
		atomic_store(&people[i], add_user(name));
	}
	for (int i = 0; i < POSTS; i++)
		atomic_store(&posts[i], add_post(atomic_load(&people[i % PEOPLE]), "first"));
	return 0;
}

static int close_nodes(void **state)
{
	for (int i = 1; i < node_count; i++)
		store_close(nodes[i]);
	return fixture_close(state);
}

/* ---- what a thread does ---------------------------------------------------------------------- */

struct sailor {
	struct store *node;
	unsigned seed, steps;
	unsigned odds[10]; /* of each of the deeds below */
	struct arena *a;
};

/* cmocka's checks belong to the main thread; others end the program. */
static void must(enum err e, enum err also, const char *what)
{
	if (e != ERR_OK && e != also) {
		fprintf(stderr, "%s: \"%s\"\n", what, err_label(e));
		abort();
	}
}

static int64_t some_person(struct sailor *s)
{
	return atomic_load(&people[(unsigned)rand_r(&s->seed) % PEOPLE]);
}

static void do_post(struct sailor *s)
{
	struct post post = {0};

	must(store_post_create(s->node,
			       &(struct post_new){.author_id = some_person(s), .text = STR("x")},
			       &post),
	     ERR_NOT_FOUND, "post");
	if (post.id)
		atomic_store(&posts[(unsigned)rand_r(&s->seed) % POSTS], post.id);
}

static void do_unpost(struct sailor *s)
{
	must(store_post_delete(s->node, atomic_load(&posts[(unsigned)rand_r(&s->seed) % POSTS])),
	     ERR_NOT_FOUND, "delete a post");
}

static void do_flag(struct sailor *s)
{
	unsigned count = 1 + (unsigned)rand_r(&s->seed) % 12;
	int64_t ids[12];

	for (unsigned i = 0; i < count; i++)
		ids[i] = atomic_load(&posts[(unsigned)rand_r(&s->seed) % POSTS]);
	must(store_post_set_flagged(s->node, ids, count, rand_r(&s->seed) % 2, NULL), ERR_NOT_FOUND,
	     "flag");
}

static void do_follow(struct sailor *s)
{
	must(store_follow_create(s->node, some_person(s), some_person(s)), ERR_NOT_FOUND, "follow");
}

static void do_unfollow(struct sailor *s)
{
	must(store_follow_delete(s->node, some_person(s), some_person(s)), ERR_OK, "unfollow");
}

static void do_sign_in(struct sailor *s)
{
	int64_t now_ms = 1000000 + rand_r(&s->seed) % 1000;
	struct session session = {.user_id = some_person(s),
				  .created_ms = now_ms,
				  .seen_ms = now_ms,
				  .expires_ms = now_ms + rand_r(&s->seed) % 1000,
				  .user_agent = STR("ua")};
	struct session_list list;

	for (size_t i = 0; i < SESSION_HASH_BYTES; i++)
		session.hash[i] = (unsigned char)rand_r(&s->seed);
	must(store_session_create(s->node, &session, SESSIONS_MAX), ERR_NOT_FOUND, "sign in");
	must(store_session_touch(s->node, session.hash, now_ms, now_ms + 500), ERR_OK, "touch");
	arena_reset(s->a);
	must(store_session_list(s->node, session.user_id, 0, s->a, &list), ERR_OK, "sessions");
}

static void do_sign_out(struct sailor *s)
{
	must(store_session_delete_all(s->node, some_person(s), NULL), ERR_OK, "sign out");
}

static void do_expire(struct sailor *s)
{
	must(store_session_expire(s->node, 1000000 + rand_r(&s->seed) % 2000), ERR_OK, "expire");
}

static void do_renew(struct sailor *s)
{
	unsigned i = (unsigned)rand_r(&s->seed) % PEOPLE;
	struct user_new u;
	char name[32];
	int64_t id = 0;

	id = atomic_exchange(&people[i], NOBODY);
	if (id == NOBODY)
		return;
	must(store_user_delete(s->node, id), ERR_OK, "delete a person");
	snprintf(name, sizeof(name), "again%d", atomic_fetch_add(&names, 1));
	u = user_named(name);
	must(store_user_create(s->node, &u, &id), ERR_OK, "register");
	atomic_store(&people[i], id);
}

/* Whoever is deleted meanwhile is not found, and that alone harms nothing. */
static void do_bulk(struct sailor *s)
{
	struct store_bulk *b;
	int64_t id = 0;
	enum err e = store_bulk_begin(s->node, &b);

	must(e, ERR_BUSY, "begin a load");
	if (e != ERR_OK)
		return;
	for (int i = 0; i < 5; i++) {
		int64_t author = some_person(s);

		must(store_bulk_post(b, author, STR("old"), 1600000000000, rand_r(&s->seed) % 2,
				     &id),
		     ERR_NOT_FOUND, "load a post");
		must(store_bulk_follow(b, author, some_person(s)), ERR_NOT_FOUND, "load a follow");
	}
	if (rand_r(&s->seed) % 4 == 0)
		store_bulk_abort(b);
	else
		must(store_bulk_commit(b), ERR_OK, "end a load");
}

static void (*const deeds[])(struct sailor *) = {
	do_post,    do_unpost,	 do_flag,   do_follow, do_unfollow,
	do_sign_in, do_sign_out, do_expire, do_renew,  do_bulk,
};

static void *sail(void *arg)
{
	struct sailor *s = arg;

	s->a = arena_new((size_t)1024 * 1024);
	for (unsigned i = 0; i < s->steps; i++) {
		unsigned total = 0, pick, which = 0;

		for (size_t k = 0; k < 10; k++)
			total += s->odds[k];
		for (pick = (unsigned)rand_r(&s->seed) % total; pick >= s->odds[which]; which++)
			pick -= s->odds[which];
		deeds[which](s);
	}
	arena_free(s->a);
	return NULL;
}

static void storm(const unsigned odds[10], unsigned steps)
{
	static struct sailor sailors[THREADS];
	pthread_t threads[THREADS];
	unsigned seed = (unsigned)clock_now_ms();

	print_message("# seed %u\n", seed);
	for (unsigned i = 0; i < THREADS; i++) {
		sailors[i] = (struct sailor){.node = nodes[i % (unsigned)node_count],
					     .seed = seed + i * 1000,
					     .steps = steps};
		memcpy(sailors[i].odds, odds, sizeof(sailors[i].odds));
		pthread_create(&threads[i], NULL, sail, &sailors[i]);
	}
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	t.engine->check(buf_str(&t.url));
}

/* ---- tests ----------------------------------------------------------------------------------- */

static void counters_stay_exact_and_nobody_locks_others_out(void **state)
{
	/* post, unpost, flag, follow, unfollow, sign in, sign out, expire, renew, bulk */
	static const unsigned odds[10] = {8, 4, 6, 6, 4, 6, 2, 2, 3, 1};
	struct store_totals totals;

	(void)state;
	storm(odds, STEPS);
	totals = get_totals();
	CHECK_I64(totals.users, PEOPLE);
	/* What is left can be deleted, and then nothing is left. */
	for (int i = 0; i < PEOPLE; i++)
		CHECK_OK(store_user_delete(t.s, atomic_load(&people[i])));
	totals = get_totals();
	CHECK_I64(totals.users, 0);
	CHECK_I64(totals.posts, 0);
	CHECK_I64(totals.follows, 0);
	CHECK_I64(totals.sessions, 0);
}

static void people_are_deleted_while_others_follow_and_flag_them(void **state)
{
	static const unsigned odds[10] = {4, 3, 3, 8, 2, 0, 0, 0, 6, 0};

	(void)state;
	storm(odds, STEPS);
}

static void posts_are_deleted_and_flagged_while_their_authors_write(void **state)
{
	static const unsigned odds[10] = {8, 6, 6, 0, 0, 0, 0, 0, 0, 0};

	(void)state;
	storm(odds, STEPS);
}

static void sessions_at_once_stay_within_the_limit(void **state)
{
	static const unsigned odds[10] = {0, 0, 0, 0, 0, 8, 2, 2, 0, 0};

	(void)state;
	storm(odds, STEPS);
	for (int i = 0; i < PEOPLE; i++) {
		struct session_list list;

		CHECK_OK(store_session_list(t.s, atomic_load(&people[i]), 0, t.a, &list));
		CHECK_I64(list.count <= SESSIONS_MAX, true);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup_teardown(counters_stay_exact_and_nobody_locks_others_out, open_nodes,
					close_nodes),
	cmocka_unit_test_setup_teardown(people_are_deleted_while_others_follow_and_flag_them,
					open_nodes, close_nodes),
	cmocka_unit_test_setup_teardown(posts_are_deleted_and_flagged_while_their_authors_write,
					open_nodes, close_nodes),
	cmocka_unit_test_setup_teardown(sessions_at_once_stay_within_the_limit, open_nodes,
					close_nodes),
};

STORE_TESTS_MAIN(tests)
