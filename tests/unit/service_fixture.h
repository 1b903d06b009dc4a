/*
 * service_fixture.h: a service over a real SQLite store in a folder of its own, for the tests of
 * what stands on it. Gone with the test.
 */
#ifndef KINGLET_TESTS_SERVICE_FIXTURE_H
#define KINGLET_TESTS_SERVICE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "auth/password.h"
#include "base/clock.h"
#include "service/account.h"
#include "service/post.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

struct fixture {
	char dir[64], url[128];
	struct service service;
	struct arena *arena;
};

static struct fixture fx;

static void fixture_open_store(void)
{
	struct store_config config = {.url = str_from_c(fx.url)};
	struct buf why = BUF_INIT(4096);

	if (store_open(&config, &fx.service.store, &why) != ERR_OK)
		fail_msg("store_open: %s", buf_c(&why));
	buf_release(&why);
}

__attribute__((unused)) static int fixture_setup(void **state)
{
	(void)state;
	snprintf(fx.dir, sizeof(fx.dir), "%s/kinglet-XXXXXX", P_tmpdir);
	if (!mkdtemp(fx.dir) || password_setup() != ERR_OK)
		return -1;
	snprintf(fx.url, sizeof(fx.url), "sqlite:%s/k.db", fx.dir);
	fx.service = (struct service){
		.post_max_chars = 500,
		.session_max_ms = INT64_C(30) * 24 * 3600 * 1000,
		.sessions_per_user = 3,
	};
	fx.arena = arena_new((size_t)64 << 20);
	fixture_open_store();
	return 0;
}

__attribute__((unused)) static int fixture_teardown(void **state)
{
	DIR *dir = opendir(fx.dir);
	struct dirent *entry;

	(void)state;
	clock_set_fake_ms(0);
	store_close(fx.service.store);
	fx.service.store = NULL;
	arena_free(fx.arena);
	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(dir), entry->d_name, 0);
	}
	if (dir)
		closedir(dir);
	return rmdir(fx.dir);
}

/* A person whose password can't be anything: for tests that sign nobody in. */
__attribute__((unused)) static int64_t fixture_person(const char *name)
{
	struct user_new u = {
		.name = str_from_c(name),
		.email = STR("x@example.org"),
		.created_ms = clock_now_ms(),
	};
	int64_t id = 0;

	assert_int_equal(account_check_name(fx.arena, u.name, &u.name_key), PROBLEM_NONE);
	assert_int_equal(store_user_create(fx.service.store, &u, &id), ERR_OK);
	return id;
}

#endif
