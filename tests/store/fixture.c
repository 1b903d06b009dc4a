#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include "base/clock.h"

#define ARENA_MAX_BYTES ((size_t)256 * 1024 * 1024)

struct fixture t;

void fixture_main(int argc, char **argv)
{
	t.engine = argc == 2 ? test_engine_find(argv[1]) : NULL;
	if (!t.engine) {
		fprintf(stderr, "usage: %s ENGINE\n", argv[0]);
		exit(1);
	}
}

struct store *fixture_open_with(struct store_config config)
{
	struct buf why = BUF_INIT(4096);
	struct store *s = NULL;

	config.url = buf_str(&t.url);
	if (!config.timeout_ms) /* what is right is asked here, not what is quick */
		config.timeout_ms = 20000;
	if (store_open(&config, &s, &why) != ERR_OK)
		fail_msg("store_open: %s", buf_c(&why));
	buf_release(&why);
	return s;
}

int fixture_open(void **state)
{
	(void)state;
	buf_init(&t.url, 4096);
	t.engine->create(&t.url);
	t.a = arena_new(ARENA_MAX_BYTES);
	t.s = fixture_open_with((struct store_config){0});
	return 0;
}

int fixture_close(void **state)
{
	(void)state;
	clock_set_fake_ms(0);
	store_close(t.s);
	t.s = NULL;
	arena_free(t.a);
	t.engine->destroy(buf_str(&t.url));
	buf_release(&t.url);
	return 0;
}

void fixture_reopen(void)
{
	store_close(t.s);
	t.s = fixture_open_with((struct store_config){0});
}

void fixture_check_err(enum err got, enum err wanted, const char *call, const char *file, int line)
{
	if (got != wanted)
		fail_msg("%s:%d: %s: got \"%s\", wanted \"%s\"", file, line, call, err_label(got),
			 err_label(wanted));
}

void fixture_check_str(struct str got, const char *wanted, const char *what, const char *file,
		       int line)
{
	if (!str_eq(got, str_from_c(wanted)))
		fail_msg("%s:%d: %s: got \"%.*s\", wanted \"%s\"", file, line, what, STR_ARG(got),
			 wanted);
}

void fixture_check_i64(int64_t got, int64_t wanted, const char *what, const char *file, int line)
{
	if (got != wanted)
		fail_msg("%s:%d: %s: got %lld, wanted %lld", file, line, what, (long long)got,
			 (long long)wanted);
}

struct user_new user_named(const char *name)
{
	return (struct user_new){
		.name = str_from_c(name),
		.name_key = str_from_c(name),
		.email = STR("someone@example.org"),
		.pw_hash = STR("hash"),
		.role = USER_PERSON,
		.created_ms = 1700000000000,
	};
}

int64_t add_user(const char *name)
{
	struct user_new u = user_named(name);
	int64_t id = 0;

	CHECK_OK(store_user_create(t.s, &u, &id));
	return id;
}

int64_t add_post(int64_t author_id, const char *text)
{
	struct post post = {0};

	CHECK_OK(store_post_create(
		t.s, &(struct post_new){.author_id = author_id, .text = str_from_c(text)}, &post));
	return post.id;
}

void add_follow(int64_t follower_id, int64_t followee_id)
{
	CHECK_OK(store_follow_create(t.s, follower_id, followee_id));
}

void set_flagged(int64_t post_id, bool flagged)
{
	CHECK_OK(store_post_set_flagged(t.s, &post_id, 1, flagged, NULL));
}

struct user get_user(int64_t id)
{
	struct user u = {0};

	CHECK_OK(store_user_get(t.s, id, t.a, &u));
	return u;
}

struct store_totals get_totals(void)
{
	struct store_totals totals = {0};

	CHECK_OK(store_totals(t.s, &totals));
	return totals;
}
