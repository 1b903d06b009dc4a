/* config.h: where settings come from, and which one wins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "config.h"

#define ARGS_MAX 8

struct fixture {
	struct arena *arena;
	struct config config;
	struct buf why;
	char *rest[ARGS_MAX];
	int rest_count;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->arena = arena_new(4 << 20);
	buf_init(&f->why, 4096);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	arena_free(f->arena);
	buf_release(&f->why);
	free(f);
	return 0;
}

static enum err load(struct fixture *f, const char *const *args)
{
	char *argv[ARGS_MAX];
	int argc = 0;

	for (; args[argc]; argc++)
		argv[argc] = (char *)(uintptr_t)args[argc];
	return config_load(&f->config, f->arena, argc, argv, f->rest, &f->rest_count, &f->why);
}

#define LOAD(f, ...) load(f, (const char *const[]){__VA_ARGS__, NULL})

static void assert_text(struct str got, const char *wanted)
{
	if (!str_eq(got, str_from_c(wanted)))
		fail_msg("got \"%.*s\", wanted \"%s\"", STR_ARG(got), wanted);
}

static void assert_refused(struct fixture *f, enum err e, const char *because)
{
	assert_int_equal(e, ERR_INVALID);
	if (!strstr(buf_c(&f->why), because))
		fail_msg("got \"%s\", wanted it to name \"%s\"", buf_c(&f->why), because);
}

static void write_file(char path[32], const char *text)
{
	FILE *file;

	snprintf(path, 32, "/tmp/kinglet-config-XXXXXX");
	file = fdopen(mkstemp(path), "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void nothing_said_gives_the_defaults(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(load(f, (const char *const[]){NULL}), ERR_OK);
	assert_text(f->config.web, "127.0.0.1:8080");
	assert_text(f->config.api, "127.0.0.1:5001");
	assert_text(f->config.admin, "127.0.0.1:9464");
	assert_int_equal(f->config.post_max_chars, 500);
	assert_false(f->config.gravatar);
}

static void flag_wins_over_environment_over_file(void **state)
{
	struct fixture *f = *state;
	char path[32];

	write_file(path, "# ours\n\nweb = a:1\napi = \"a:2\"\nadmin=a:3\n");
	setenv("KINGLET_API", "b:2", 1);
	setenv("KINGLET_ADMIN", "b:3", 1);
	assert_int_equal(LOAD(f, "--config", path, "--admin", "c:3"), ERR_OK);
	unsetenv("KINGLET_API");
	unsetenv("KINGLET_ADMIN");
	unlink(path);
	assert_text(f->config.web, "a:1");
	assert_text(f->config.api, "b:2");
	assert_text(f->config.admin, "c:3");
}

static void what_is_no_setting_is_left_in_order(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(LOAD(f, "show", "--db=sqlite:x", "--yes", "--", "--db"), ERR_OK);
	assert_int_equal(f->rest_count, 3);
	assert_string_equal(f->rest[0], "show");
	assert_string_equal(f->rest[1], "--yes");
	assert_string_equal(f->rest[2], "--db");
	assert_text(f->config.db, "sqlite:x");
}

static void switches_are_set_and_unset(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(LOAD(f, "--gravatar"), ERR_OK);
	assert_true(f->config.gravatar);
	assert_int_equal(LOAD(f, "--gravatar=off"), ERR_OK);
	assert_false(f->config.gravatar);
	assert_int_equal(LOAD(f, "--gravatar", "--no-gravatar"), ERR_OK);
	assert_false(f->config.gravatar);
}

static void number_out_of_bounds_is_refused_and_changes_nothing(void **state)
{
	struct fixture *f = *state;

	f->config.post_max_chars = 7;
	assert_refused(f, LOAD(f, "--post-max-chars", "0"), "from 1 to 5000");
	assert_int_equal(f->config.post_max_chars, 7);
}

static void number_with_a_unit_is_refused(void **state)
{
	assert_refused(*state, LOAD(*state, "--body-bytes=64k"), "'64k'");
}

static void flag_without_its_value_is_refused(void **state)
{
	assert_refused(*state, LOAD(*state, "--db"), "--db needs a value");
}

static void unknown_setting_in_a_file_is_refused_with_its_line(void **state)
{
	char path[32];

	write_file(path, "web = a:1\nwbe = a:2\n");
	assert_refused(*state, LOAD(*state, "--config", path), "line 2: there is no setting 'wbe'");
	unlink(path);
}

static void missing_file_is_refused(void **state)
{
	assert_refused(*state, LOAD(*state, "--config", "/nonexistent/kinglet.conf"),
		       "/nonexistent/kinglet.conf");
}

static void address_of_the_place_is_scheme_and_host_or_refused(void **state)
{
	static const char *const wrong[] = {"example.org",	     "https://",
					    "https://example.org/",  "https://example.org/sub",
					    "ftp://example.org",     "https://example.org?x",
					    "https://user@host.org", "https://a b"};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		buf_clear(&f->why);
		assert_refused(f, LOAD(f, "--base-url", wrong[i]), wrong[i]);
	}
	assert_int_equal(LOAD(f, "--base-url", "https://example.org"), ERR_OK);
	assert_int_equal(LOAD(f, "--base-url=http://[::1]:8080"), ERR_OK);
	assert_text(f->config.base_url, "http://[::1]:8080");
	assert_int_equal(LOAD(f, "--base-url", ""), ERR_OK);
}

static void variable_names_the_file_of_a_value(void **state)
{
	struct fixture *f = *state;
	char path[32];

	write_file(path, "postgres://kinglet:PASSWORD@db/kinglet\n");
	setenv("KINGLET_DB_FILE", path, 1);
	assert_int_equal(LOAD(f, "show"), ERR_OK);
	assert_text(f->config.db, "postgres://kinglet:PASSWORD@db/kinglet");
	assert_int_equal(LOAD(f, "--db", "sqlite:x"), ERR_OK);
	assert_text(f->config.db, "sqlite:x");
	setenv("KINGLET_DB", "sqlite:y", 1);
	assert_refused(f, LOAD(f, "show"), "both KINGLET_DB and KINGLET_DB_FILE are set");
	unsetenv("KINGLET_DB");
	unsetenv("KINGLET_DB_FILE");
	unlink(path);
}

/* What it says of a file that holds a secret never has the secret. */
static void file_of_a_value_that_is_no_value_is_refused(void **state)
{
	struct fixture *f = *state;
	char long_text[20000], path[32];
	const char *const texts[][2] = {{"", "is empty"},
					{" \n", "is empty"},
					{"a secret\nand more\n", "more than one line"},
					{long_text, "over 16 KiB"}};

	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		write_file(path, texts[i][0]);
		setenv("KINGLET_API_PASSWORD_FILE", path, 1);
		buf_clear(&f->why);
		assert_refused(f, LOAD(f, "show"), texts[i][1]);
		assert_null(strstr(buf_c(&f->why), "secret"));
		unlink(path);
	}
	setenv("KINGLET_API_PASSWORD_FILE", "/nonexistent/secret", 1);
	buf_clear(&f->why);
	assert_refused(f, LOAD(f, "show"), "KINGLET_API_PASSWORD_FILE");
	unsetenv("KINGLET_API_PASSWORD_FILE");
}

static void help_never_shows_the_default_of_a_secret(void **state)
{
	char text[16384] = {0};
	FILE *out = fmemopen(text, sizeof(text) - 1, "w");

	(void)state;
	assert_non_null(out);
	config_help(out);
	fclose(out);
	assert_non_null(strstr(text, "--api-password"));
	assert_null(strstr(text, "super_safe!"));
}

static void changes_are_told_without_what_is_secret(void **state)
{
	struct fixture *f = *state;
	struct buf changes = BUF_INIT(4096);

	assert_int_equal(LOAD(f, "--"), ERR_OK);
	config_changes(&f->config, &changes);
	assert_int_equal(changes.len, 0);
	assert_int_equal(LOAD(f, "--workers", "8", "--api-password", "open sesame", "--gravatar",
			      "--db", "postgres://kinglet:PASSWORD@db/kinglet"),
			 ERR_OK);
	config_changes(&f->config, &changes);
	assert_string_equal(buf_c(&changes), "db=…, gravatar=on, api-password=…, workers=8");
	buf_release(&changes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nothing_said_gives_the_defaults, setup, teardown),
		cmocka_unit_test_setup_teardown(flag_wins_over_environment_over_file, setup,
						teardown),
		cmocka_unit_test_setup_teardown(what_is_no_setting_is_left_in_order, setup,
						teardown),
		cmocka_unit_test_setup_teardown(switches_are_set_and_unset, setup, teardown),
		cmocka_unit_test_setup_teardown(number_out_of_bounds_is_refused_and_changes_nothing,
						setup, teardown),
		cmocka_unit_test_setup_teardown(number_with_a_unit_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(flag_without_its_value_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(unknown_setting_in_a_file_is_refused_with_its_line,
						setup, teardown),
		cmocka_unit_test_setup_teardown(missing_file_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(address_of_the_place_is_scheme_and_host_or_refused,
						setup, teardown),
		cmocka_unit_test_setup_teardown(variable_names_the_file_of_a_value, setup,
						teardown),
		cmocka_unit_test_setup_teardown(file_of_a_value_that_is_no_value_is_refused, setup,
						teardown),
		cmocka_unit_test(help_never_shows_the_default_of_a_secret),
		cmocka_unit_test_setup_teardown(changes_are_told_without_what_is_secret, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
