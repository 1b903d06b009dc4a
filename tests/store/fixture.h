/*
 * fixture.h: a fresh store for each test, and short ways to fill it. There is one at a time: `t`.
 */
#ifndef KINGLET_TESTS_STORE_FIXTURE_H
#define KINGLET_TESTS_STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine.h"
#include "store/store.h"

struct fixture {
	const struct test_engine *engine;
	struct buf url;
	struct store *s;
	struct arena *a; /* emptied between tests only */
};
extern struct fixture t;

/* In main(), before the tests: takes the engine's name from the arguments, else ends. */
void fixture_main(int argc, char **argv);
/* Setup and teardown of a test. */
int fixture_open(void **state);
int fixture_close(void **state);
/* Closes the store and opens what is there again. */
void fixture_reopen(void);
struct store *fixture_open_with(struct store_config config);

#define STORE_TEST(function) cmocka_unit_test_setup_teardown(function, fixture_open, fixture_close)
#define STORE_TESTS_MAIN(tests)                                     \
	int main(int argc, char **argv)                             \
	{                                                           \
		fixture_main(argc, argv);                           \
		return cmocka_run_group_tests((tests), NULL, NULL); \
	}

/* The result of a call, against the one wanted; both are printed. */
#define CHECK_ERR(call, wanted) fixture_check_err((call), (wanted), #call, __FILE__, __LINE__)
#define CHECK_OK(call)		CHECK_ERR(call, ERR_OK)
void fixture_check_err(enum err got, enum err wanted, const char *call, const char *file, int line);
/* Texts that must be the same. */
#define CHECK_STR(got, wanted) fixture_check_str((got), (wanted), #got, __FILE__, __LINE__)
void fixture_check_str(struct str got, const char *wanted, const char *what, const char *file,
		       int line);
#define CHECK_I64(got, wanted) \
	fixture_check_i64((int64_t)(got), (int64_t)(wanted), #got, __FILE__, __LINE__)
void fixture_check_i64(int64_t got, int64_t wanted, const char *what, const char *file, int line);

/* These must succeed. The key of a name is the name. */
int64_t add_user(const char *name);
int64_t add_post(int64_t author_id, const char *text);
void add_follow(int64_t follower_id, int64_t followee_id);
void set_flagged(int64_t post_id, bool flagged);
struct user_new user_named(const char *name);
struct user get_user(int64_t id);
struct store_totals get_totals(void);

#endif
