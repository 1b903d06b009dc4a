/* command.h: what the operator's commands print, change, and answer. */
#include "service_fixture.h"

#include "command/command.h"

static struct command command;
static char *out_text, *err_text_;
static size_t out_bytes, err_bytes;

/* Runs `kinglet ARGS...` with `input` on its standard input; what it printed is in out_text. */
static int run(const char *input, int argc, const char **args)
{
	char *argv[16], *copies[16]; /* a command may move what is in argv */
	int status;

	free(out_text);
	free(err_text_);
	for (int i = 0; i < argc; i++)
		argv[i] = copies[i] = strdup(args[i]);
	command = (struct command){
		.store = {.url = str_from_c(fx.url)},
		.service = fx.service,
		.in = *input ? fmemopen((void *)(uintptr_t)input, strlen(input), "r")
			     : fopen("/dev/null", "r"),
		.out = open_memstream(&out_text, &out_bytes),
		.err = open_memstream(&err_text_, &err_bytes),
	};
	command.service.store = NULL; /* it opens its own, as another process would */
	status = command_main(&command, argc, argv);
	assert_null(command.service.store);
	fclose(command.in);
	fclose(command.out);
	fclose(command.err);
	for (int i = 0; i < argc; i++)
		free(copies[i]);
	return status;
}

#define RUN(input, ...) \
	run(input, (int)COUNT_OF(((const char *[]){__VA_ARGS__})), (const char *[]){__VA_ARGS__})

static void expect(int status, int wanted, const char *out, const char *err)
{
	if (status != wanted || (out && strcmp(out_text, out) != 0) ||
	    (err && !strstr(err_text_, err)))
		fail_msg("got %d, \"%s\", \"%s\"; wanted %d, \"%s\", \"…%s…\"", status, out_text,
			 err_text_, wanted, out ? out : "(anything)", err ? err : "");
}

static int teardown(void **state)
{
	free(out_text);
	free(err_text_);
	out_text = err_text_ = NULL;
	return fixture_teardown(state);
}

static struct post write_post(int64_t author_id, const char *text)
{
	enum post_problem p;
	struct post post;

	assert_int_equal(post_create(&fx.service, fx.arena, author_id,
				     &(struct post_draft){.text = str_from_c(text)}, &p, &post),
			 ERR_OK);
	assert_int_equal(p, POST_FINE);
	return post;
}

static const char *id_text(int64_t id)
{
	return arena_printf(fx.arena, "%lld", (long long)id).ptr;
}

static bool is_flagged(int64_t id)
{
	struct post post;

	assert_int_equal(store_post_get(fx.service.store, id, fx.arena, &post), ERR_OK);
	return post.flagged;
}

static struct user person(const char *name)
{
	struct user user;

	assert_int_equal(account_find(&fx.service, fx.arena, str_from_c(name), &user), ERR_OK);
	return user;
}

/* ---- posts --------------------------------------------------------------------------------- */

static void posts_are_written_as_csv_with_quotes_where_they_are_needed(void **state)
{
	int64_t ada = fixture_person("Ada Lovelace");
	const char *ids[5];
	struct str wanted;

	(void)state;
	clock_set_fake_ms(INT64_C(1700000000999));
	ids[0] = id_text(write_post(ada, "plain").id);
	ids[1] = id_text(write_post(ada, "a, \"b\"").id);
	ids[2] = id_text(write_post(ada, "one\ntwo").id);
	ids[3] = id_text(write_post(ada, "=1+1").id);
	ids[4] = id_text(write_post(ada, "\xe2\x98\x95").id);
	expect(RUN("", "flag", ids[4]), COMMAND_OK, "", NULL);
	wanted = arena_printf(fx.arena,
			      "id,author,text,pub_date,flagged\r\n"
			      "%s,Ada Lovelace,plain,1700000000,0\r\n"
			      "%s,Ada Lovelace,\"a, \"\"b\"\"\",1700000000,0\r\n"
			      "%s,Ada Lovelace,\"one\ntwo\",1700000000,0\r\n"
			      "%s,Ada Lovelace,=1+1,1700000000,0\r\n"
			      "%s,Ada Lovelace,\xe2\x98\x95,1700000000,1\r\n",
			      ids[0], ids[1], ids[2], ids[3], ids[4]);
	expect(RUN("", "posts"), COMMAND_OK, wanted.ptr, NULL);
}

static void more_posts_than_a_batch_holds_all_come_once(void **state)
{
	struct store_bulk *bulk;
	int64_t ada = fixture_person("Ada"), id;
	size_t lines = 0;

	(void)state;
	assert_int_equal(store_bulk_begin(fx.service.store, &bulk), ERR_OK);
	for (int i = 0; i < 2 * STORE_LIST_MAX + 1; i++)
		assert_int_equal(store_bulk_post(bulk, ada, STR("x"), 1000 + i, false, &id),
				 ERR_OK);
	assert_int_equal(store_bulk_commit(bulk), ERR_OK);
	assert_int_equal(RUN("", "posts"), COMMAND_OK);
	for (const char *at = out_text; (at = strchr(at, '\n')); at++)
		lines++;
	assert_int_equal(lines, 2 * STORE_LIST_MAX + 2);
}

static void an_output_that_cannot_be_written_is_a_failure(void **state)
{
	char name[] = "posts", *argv[] = {name};

	(void)state;
	command = (struct command){
		.store = {.url = str_from_c(fx.url)},
		.in = stdin,
		.out = fopen("/dev/full", "w"),
		.err = fopen("/dev/null", "w"),
	};
	assert_int_equal(command_main(&command, 1, argv), COMMAND_FAILED);
	fclose(command.out);
	fclose(command.err);
}

/* ---- flag, unflag -------------------------------------------------------------------------- */

static void flag_hides_all_of_the_posts_or_none(void **state)
{
	int64_t ada = fixture_person("Ada");
	int64_t one = write_post(ada, "one").id, two = write_post(ada, "two").id;

	(void)state;
	expect(RUN("", "flag", id_text(one), "77", id_text(two)), COMMAND_FAILED, "",
	       "there is no post 77");
	assert_false(is_flagged(one));
	expect(RUN("", "flag", id_text(one), id_text(two)), COMMAND_OK, "", NULL);
	assert_true(is_flagged(one) && is_flagged(two));
	expect(RUN("", "unflag", id_text(two)), COMMAND_OK, "", NULL);
	assert_true(is_flagged(one) && !is_flagged(two));
}

static void flag_wants_ids(void **state)
{
	(void)state;
	expect(RUN("", "flag"), COMMAND_USAGE, "", "usage: kinglet flag ID...");
	expect(RUN("", "flag", "x"), COMMAND_USAGE, "", "'x' is no id");
	expect(RUN("", "flag", "-1"), COMMAND_USAGE, "", "'-1' is no id");
	expect(RUN("", "unflag", "1x"), COMMAND_USAGE, "", "usage: kinglet unflag ID...");
}

/* ---- user ---------------------------------------------------------------------------------- */

static void people_are_listed_and_shown(void **state)
{
	(void)state;
	clock_set_fake_ms(INT64_C(1700000000000));
	fixture_person("Ada");
	fixture_person("Bob");
	assert_int_equal(RUN("", "user", "list"), COMMAND_OK);
	assert_non_null(
		strstr(out_text, "id,name,email,role,created,posts,followers,following\r\n"));
	assert_non_null(
		strstr(out_text, ",Bob,x@example.org,person,2023-11-14T22:13:20Z,0,0,0\r\n"));
	expect(RUN("", "user", "show", "ADA"), COMMAND_OK, NULL, NULL);
	assert_non_null(strstr(out_text, "name       Ada\n"));
	expect(RUN("", "user", "show", "Eve"), COMMAND_FAILED, "", "there is nobody called 'Eve'");
}

static void a_password_comes_from_standard_input_and_never_from_an_argument(void **state)
{
	enum problem problem;
	struct sign_in in;

	(void)state;
	fixture_person("Ada");
	expect(RUN("new secret\nignored\n", "user", "set-password", "Ada"), COMMAND_OK, NULL, NULL);
	assert_int_equal(account_sign_in(&fx.service, fx.arena, STR("Ada"), STR("new secret"),
					 STR(""), &problem, &in),
			 ERR_OK);
	assert_int_equal(problem, PROBLEM_NONE);
	expect(RUN("", "user", "set-password", "Ada"), COMMAND_FAILED, "", "no password");
	expect(RUN("\n", "user", "set-password", "Ada"), COMMAND_FAILED, "",
	       "You have to enter a password");
	expect(RUN("x\n", "user", "set-password", "Ada", "secret"), COMMAND_USAGE, "", "usage");
}

static void people_are_promoted_and_demoted(void **state)
{
	(void)state;
	fixture_person("Ada");
	expect(RUN("", "user", "promote", "Ada"), COMMAND_OK, "", NULL);
	assert_int_equal(person("Ada").role, USER_ADMIN);
	expect(RUN("", "user", "demote", "Ada"), COMMAND_OK, "", NULL);
	assert_int_equal(person("Ada").role, USER_PERSON);
}

static void deleting_asks_first_unless_told_not_to(void **state)
{
	struct user gone;

	(void)state;
	fixture_person("Ada");
	fixture_person("Bob");
	expect(RUN("no\n", "user", "delete", "Ada"), COMMAND_FAILED, "", "Delete Ada");
	expect(RUN("", "user", "delete", "Ada"), COMMAND_FAILED, "", "nothing was deleted");
	assert_true(person("Ada").id != 0);
	expect(RUN("yes\n", "user", "delete", "Ada"), COMMAND_OK, "", NULL);
	expect(RUN("", "user", "delete", "--yes", "Bob"), COMMAND_OK, "", NULL);
	assert_int_equal(account_find(&fx.service, fx.arena, STR("Ada"), &gone), ERR_NOT_FOUND);
	assert_int_equal(account_find(&fx.service, fx.arena, STR("Bob"), &gone), ERR_NOT_FOUND);
}

static void a_person_called_yes_can_be_deleted(void **state)
{
	struct user gone;

	(void)state;
	fixture_person("--yes");
	expect(RUN("", "user", "delete", "--yes", "--yes"), COMMAND_OK, "", NULL);
	assert_int_equal(account_find(&fx.service, fx.arena, STR("--yes"), &gone), ERR_NOT_FOUND);
}

/* ---- all ----------------------------------------------------------------------------------- */

static void what_is_asked_wrongly_is_answered_with_the_usage(void **state)
{
	(void)state;
	expect(RUN("", "nonsense"), COMMAND_USAGE, "", "there is no command 'nonsense'");
	expect(RUN("", "posts", "all"), COMMAND_USAGE, "", "usage: kinglet posts");
	expect(RUN("", "user"), COMMAND_USAGE, "", "usage: kinglet user list");
	expect(RUN("", "user", "sing", "Ada"), COMMAND_USAGE, "", "usage");
	expect(RUN("", "user", "show"), COMMAND_USAGE, "", "usage");
	expect(RUN("", "import"), COMMAND_USAGE, "", "usage: kinglet import FILE");
	expect(RUN("", "demo", "now"), COMMAND_USAGE, "", "usage: kinglet demo");
}

static void commands_that_look_create_no_database(void **state)
{
	char url[sizeof(fx.url)];

	(void)state;
	memcpy(url, fx.url, sizeof(url));
	snprintf(fx.url, sizeof(fx.url), "sqlite:%s/absent.db", fx.dir);
	expect(RUN("", "posts"), COMMAND_FAILED, "", "absent.db");
	expect(RUN("", "flag", "1"), COMMAND_FAILED, "", "absent.db");
	expect(RUN("", "user", "list"), COMMAND_FAILED, "", "absent.db");
	assert_int_equal(access(fx.url + strlen("sqlite:"), F_OK), -1);
	memcpy(fx.url, url, sizeof(url));
}

static void a_store_that_is_open_is_used_and_left_open(void **state)
{
	char name[] = "posts", *argv[] = {name};

	(void)state;
	command = (struct command){
		.service = fx.service,
		.in = stdin,
		.out = fopen("/dev/null", "w"),
		.err = fopen("/dev/null", "w"),
	};
	assert_int_equal(command_main(&command, 1, argv), COMMAND_OK);
	assert_ptr_equal(command.service.store, fx.service.store);
	fclose(command.out);
	fclose(command.err);
}

#define T(what_must_be_true) \
	cmocka_unit_test_setup_teardown(what_must_be_true, fixture_setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(posts_are_written_as_csv_with_quotes_where_they_are_needed),
		T(more_posts_than_a_batch_holds_all_come_once),
		T(an_output_that_cannot_be_written_is_a_failure),
		T(flag_hides_all_of_the_posts_or_none),
		T(flag_wants_ids),
		T(people_are_listed_and_shown),
		T(a_password_comes_from_standard_input_and_never_from_an_argument),
		T(people_are_promoted_and_demoted),
		T(deleting_asks_first_unless_told_not_to),
		T(a_person_called_yes_can_be_deleted),
		T(what_is_asked_wrongly_is_answered_with_the_usage),
		T(commands_that_look_create_no_database),
		T(a_store_that_is_open_is_used_and_left_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
