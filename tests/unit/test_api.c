/* The API's handlers over a real store: what they answer to a request that has been routed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "api/answer_cache.h"
#include "api/api.h"
#include "auth/password.h"
#include "base/encode.h"
#include "service/account.h"
#include "service/post.h"

#define ARENA_BYTES	   ((size_t)4 << 20)
#define RESPONSE_MAX_BYTES ((size_t)8 << 20)
#define BATCHES_COUNT	   250 /* more posts than one read of the handler takes */

static struct service service = {
	.post_max_chars = 500, .session_max_ms = 1000, .sessions_per_user = 2};
static struct api api = {.service = &service,
			 .authorization_name = STR_INIT("simulator"),
			 .authorization_password = STR_INIT("super_safe!")};
static struct arena *arena;
static struct http_response res;
static char dir[] = "/tmp/kinglet-test-XXXXXX";

/* What was answered; valid until the next call. */
static const char *call(api_handler *handler, const char *user, const char *query, const char *body)
{
	struct http_request req = {
		.query = str_from_c(query),
		.body = str_from_c(body),
		.arena = arena,
		.params = {str_from_c(user)},
	};

	arena_reset(arena);
	http_response_reset(&res, 200);
	handler(&api, &req, &res);
	assert_true(buf_ok(&res.headers));
	assert_true(buf_ok(&res.body));
	if (res.blob)
		buf_add(&res.body, http_blob_str(res.blob));
	return buf_c(&res.body);
}

static void expect(api_handler *handler, const char *user, const char *query, const char *body,
		   int status, const char *words)
{
	const char *got = call(handler, user, query, body);

	if (res.status != status || !strstr(got, words))
		fail_msg("%s ?%s %s: got %d %.300s, wanted %d with %s", user, query, body,
			 res.status, got, status, words);
}

static int posts_in(const char *json)
{
	int count = 0;

	for (; (json = strstr(json, "{\"content\": ")); json++)
		count++;
	return count;
}

static void expect_posts(api_handler *handler, const char *user, const char *query, int wanted)
{
	int got = posts_in(call(handler, user, query, ""));

	if (res.status != 200 || got != wanted)
		fail_msg("%s ?%s: got %d with %d posts, wanted 200 with %d", user, query,
			 res.status, got, wanted);
}

static void a_registration_is_answered_in_the_words_of_the_form(void **state)
{
	static const char *const cases[][2] = {
		{"{}", "You have to enter a username"},
		{"{\"username\": \"\", \"email\": \"a@b\", \"pwd\": \"x\"}",
		 "You have to enter a username"},
		{"{\"username\": \"Ada\", \"pwd\": \"x\"}",
		 "You have to enter a valid email address"},
		{"{\"username\": \"Ada\", \"email\": \"nowhere\", \"pwd\": \"x\"}",
		 "You have to enter a valid email address"},
		{"{\"username\": \"Ada\", \"email\": \"a@b\"}", "You have to enter a password"},
		{"{\"username\": \"Ada\", \"email\": \"a@b\", \"password\": \"x\"}",
		 "You have to enter a password"},
		{"{\"username\": \"anna A\", \"email\": \"a@b\", \"pwd\": \"x\"}",
		 "The username is already taken"},
		{"{\"username\": 7, \"email\": \"a@b\", \"pwd\": \"x\"}",
		 "\\\"username\\\" must be a text"},
		{"username=Ada", "not valid JSON"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect(api_register, "", "", cases[i][0], 400, cases[i][1]);
	expect(api_register, "", "",
	       "{\"username\": \"007\", \"email\": \"a@b\", \"pwd\": \"0123\", \"extra\": 1}", 204,
	       "");
	assert_int_equal(res.body.len, 0);
	expect(api_user_messages, "007", "", "", 200, "[]\n");
	expect(api_user_messages, "7", "", "", 404, "no such user");
}

static void the_user_is_looked_for_before_the_body_is_read(void **state)
{
	(void)state;
	expect(api_post_message, "Nobody", "", "not json", 404, "There is no such user");
	expect(api_change_follow, "Nobody", "", "not json", 404, "There is no such user");
	expect(api_follows, "Nobody", "", "", 404, "There is no such user");
	expect(api_user_messages, "Nobody", "", "", 404, "There is no such user");
	expect(api_post_message, "Anna A", "", "not json", 400, "not valid JSON");
	expect(api_change_follow, "Anna A", "", "not json", 400, "not valid JSON");
}

static void a_post_without_text_or_with_too_much_is_refused_with_words(void **state)
{
	static char body[1000];

	(void)state;
	expect(api_post_message, "Anna A", "", "{}", 400, "must have \\\"content\\\"");
	expect(api_post_message, "Anna A", "", "{\"content\": null}", 400, "must have");
	expect(api_post_message, "Anna A", "", "{\"content\": 7}", 400, "must be a text");
	expect(api_post_message, "Anna A", "", "{\"content\": \" \"}", 400, "error_msg");
	snprintf(body, sizeof(body), "{\"content\": \"%0*d\"}", 501, 0);
	expect(api_post_message, "Anna A", "", body, 400, "500");
	expect_posts(api_user_messages, "Anna A", "", 0);
}

static void posts_come_newest_first_with_the_contracts_fields(void **state)
{
	char wanted[200];
	const char *got;
	struct post_list list;

	(void)state;
	expect(api_post_message, "Bo B", "", "{\"content\": \"0123\"}", 204, "");
	expect(api_post_message, "Bo B", "", "{\"content\": \"\\\"two\\\"\"}", 204, "");
	assert_int_equal(
		timeline_public(&service, arena, (struct cursor){CURSOR_NEWEST, 0}, 1, &list),
		ERR_OK);
	snprintf(wanted, sizeof(wanted),
		 "[{\"content\": \"\\\"two\\\"\", \"pub_date\": %lld, \"user\": \"Bo B\"}",
		 (long long)(list.items[0].created_ms / 1000));
	got = call(api_messages, "", "no=1", "");
	if (strncmp(got, wanted, strlen(wanted)) != 0)
		fail_msg("got %s, wanted %s", got, wanted);
	got = call(api_user_messages, "Bo B", "", "");
	assert_int_equal(posts_in(got), 2);
	assert_true(strstr(got, "two") < strstr(got, "0123"));
}

static void a_flagged_post_is_in_no_list(void **state)
{
	struct post_list list;

	(void)state;
	expect(api_post_message, "Bo B", "", "{\"content\": \"improper\"}", 204, "");
	assert_non_null(strstr(call(api_messages, "", "", ""), "improper"));
	assert_int_equal(
		timeline_public(&service, arena, (struct cursor){CURSOR_NEWEST, 0}, 1, &list),
		ERR_OK);
	assert_int_equal(post_set_flagged(&service, &list.items[0].id, 1, true, NULL), ERR_OK);
	assert_null(strstr(call(api_messages, "", "", ""), "improper"));
	assert_null(strstr(call(api_user_messages, "Bo B", "", ""), "improper"));
}

static void no_counts_the_rows_and_what_is_no_number_means_100(void **state)
{
	static const struct {
		const char *query;
		int count;
	} cases[] = {
		{"", 100},
		{"no=0", 0},
		{"no=1", 1},
		{"no=%31", 1},
		{"no=+3", 3},
		{"no=%2B3", 3},
		{"no=100", 100},
		{"no=101", 101},
		{"no=abc", 100},
		{"no=", 100},
		{"no", 100},
		{"no=1.5", 100},
		{"no=1&no=2", 1},
		{"NO=1", 100},
		{"xno=1", 100},
		{"no=%zz", 100},
		{"no=-1", BATCHES_COUNT},
		{"no=1000", BATCHES_COUNT},
		{"no=99999", BATCHES_COUNT},
		{"x=%zz&&no=5", 5},
	};
	static char body[64];

	(void)state;
	for (int i = 0; i < BATCHES_COUNT; i++) {
		snprintf(body, sizeof(body), "{\"content\": \"post %d\"}", i);
		expect(api_post_message, "Writer W", "", body, 204, "");
	}
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect_posts(api_user_messages, "Writer W", cases[i].query, cases[i].count);
	expect(api_messages, "", "no=0", "", 200, "[]\n");
}

static void a_list_read_in_batches_lacks_and_repeats_nothing(void **state)
{
	const char *got = call(api_user_messages, "Writer W", "no=1000", "");

	(void)state;
	for (int i = BATCHES_COUNT - 1; i >= 0; i--) {
		char wanted[32];
		const char *at;

		snprintf(wanted, sizeof(wanted), "\"post %d\"", i);
		at = strstr(got, wanted);
		if (!at)
			fail_msg("%s is not where it was wanted", wanted);
		got = at + 1;
	}
}

/* An import keeps texts that are longer than any that can be written here. */
static void a_list_of_the_longest_imported_posts_is_answered(void **state)
{
	static char text[65536];
	struct store_bulk *bulk;
	struct user user;

	(void)state;
	memset(text, 'x', sizeof(text));
	expect(api_register, "", "", "{\"username\": \"Long\", \"email\": \"a@b\", \"pwd\": \"x\"}",
	       204, "");
	assert_int_equal(account_find(&service, arena, STR("Long"), &user), ERR_OK);
	assert_int_equal(store_bulk_begin(service.store, &bulk), ERR_OK);
	for (int i = 0; i < 100; i++)
		assert_int_equal(store_bulk_post(bulk, user.id, str_from(text, sizeof(text)), 1000,
						 false, NULL),
				 ERR_OK);
	assert_int_equal(store_bulk_commit(bulk), ERR_OK);
	assert_true(posts_in(call(api_user_messages, "Long", "", "")) > 0);
	assert_int_equal(res.status, 200);
}

static void a_list_larger_than_an_answer_ends_early_and_stays_json(void **state)
{
	const char *got;

	(void)state;
	for (size_t max = 256; max < 800; max += 17) {
		buf_release(&res.body);
		buf_init(&res.body, max);
		got = call(api_user_messages, "Writer W", "", "");
		assert_int_equal(res.status, 200);
		if (got[0] != '[' || !strstr(got, "]\n") || strstr(got, ", ]") ||
		    (posts_in(got) > 0 && !strstr(got, "}]\n")))
			fail_msg("at most %zu bytes: got %s", max, got);
	}
	buf_release(&res.body);
	buf_init(&res.body, RESPONSE_MAX_BYTES);
}

static void the_kept_answer_shows_a_post_as_soon_as_it_is_acknowledged(void **state)
{
	static char body[64], wanted[64];

	(void)state;
	api.cache = answer_cache_new();
	assert_non_null(api.cache);
	for (int i = 0; i < 5; i++) {
		snprintf(body, sizeof(body), "{\"content\": \"fresh %d\"}", i);
		snprintf(wanted, sizeof(wanted), "[{\"content\": \"fresh %d\"", i);
		expect(api_post_message, "Bo B", "", body, 204, "");
		expect(api_messages, "", "no=100", "", 200, wanted);
		expect(api_messages, "", "", "", 200, wanted);
		assert_non_null(res.blob);
		expect(api_messages, "", "no=99", "", 200, wanted);
		assert_null(res.blob);
	}
	answer_cache_free(api.cache);
	api.cache = NULL;
}

static void following_answers_204_whatever_there_was_before(void **state)
{
	(void)state;
	expect(api_follows, "Anna A", "", "", 200, "{\"follows\": []}");
	expect(api_change_follow, "Anna A", "", "{\"unfollow\": \"Bo B\"}", 204, "");
	expect(api_change_follow, "Anna A", "", "{\"follow\": \"Bo B\"}", 204, "");
	expect(api_change_follow, "Anna A", "", "{\"follow\": \"bo b\"}", 204, "");
	expect(api_change_follow, "Anna A", "", "{\"follow\": \"Anna A\"}", 204, "");
	expect(api_follows, "Anna A", "", "", 200, "\"Bo B\"");
	expect(api_change_follow, "Anna A", "", "{\"unfollow\": \"Anna A\"}", 204, "");
	expect(api_follows, "Anna A", "", "", 200, "{\"follows\": [\"Bo B\"]}");
	expect(api_follows, "Anna A", "no=0", "", 200, "{\"follows\": []}");
	expect(api_change_follow, "Anna A", "", "{\"unfollow\": \"Bo B\"}", 204, "");
	expect(api_follows, "Anna A", "", "", 200, "{\"follows\": []}");
}

static void a_follow_needs_one_existing_name(void **state)
{
	(void)state;
	expect(api_change_follow, "Anna A", "", "{\"follow\": \"Nobody\"}", 404, "no such user");
	expect(api_change_follow, "Anna A", "", "{\"unfollow\": \"Nobody\"}", 404, "no such user");
	expect(api_change_follow, "Anna A", "", "{}", 400, "either");
	expect(api_change_follow, "Anna A", "", "{\"follow\": 7}", 400, "must be a text");
	expect(api_change_follow, "Anna A", "", "{\"follow\": \"Bo B\", \"unfollow\": \"Bo B\"}",
	       400, "either");
}

static void record(const char *query)
{
	struct http_request req = {.query = str_from_c(query), .arena = arena};

	api_record_latest(&api, &req);
}

static void latest_is_the_last_integer_sent(void **state)
{
	static const struct {
		const char *query, *latest;
	} cases[] = {
		{"", "-1"},
		{"latest=5", "5"},
		{"latest=-1", "5"},
		{"latest=abc", "5"},
		{"latest=", "5"},
		{"latest=1.5", "5"},
		{"no=1&latest=7", "7"},
		{"latest=3", "3"},
		{"latest=0", "0"},
		{"latest=-2", "-2"},
		{"latest=+9", "9"},
		{"latest=%31%30", "10"},
		{"x=%&latest=11", "11"},
		{"latest=1e3", "11"},
		{"latest=0x1f", "11"},
		{"latest=99999999999999999999", "11"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char wanted[64];

		record(cases[i].query);
		snprintf(wanted, sizeof(wanted), "{\"latest\": %s}", cases[i].latest);
		expect(api_latest, "", cases[i].query, "", 200, wanted);
	}
}

static bool authorized_with(const char *scheme, const char *credentials)
{
	struct buf value = BUF_INIT(1000);
	struct http_header header = {.name = STR("Authorization")};
	struct http_request req = {.headers = &header, .header_count = 1, .arena = arena};
	bool authorized;

	buf_add_c(&value, scheme);
	base64_encode(&value, credentials, strlen(credentials));
	header.value = buf_str(&value);
	authorized = api_authorized(&api, &req);
	buf_release(&value);
	return authorized;
}

static void only_the_configured_name_and_password_are_let_in(void **state)
{
	struct http_request none = {.arena = arena};

	(void)state;
	assert_true(authorized_with("Basic ", "simulator:super_safe!"));
	assert_false(authorized_with("Basic ", "simulator:super_safe"));
	assert_false(authorized_with("Basic ", "simulator:super_safe!!"));
	assert_false(authorized_with("Basic ", "simulato:super_safe!"));
	assert_false(authorized_with("Basic ", "Simulator:super_safe!"));
	assert_false(authorized_with("Basic ", ":"));
	assert_false(authorized_with("Basic ", ""));
	assert_false(authorized_with("Bearer ", "simulator:super_safe!"));
	assert_false(api_authorized(&api, &none));
}

static void an_error_says_its_status_and_words_and_forgets_what_was_rendered(void **state)
{
	(void)state;
	http_response_reset(&res, 200);
	buf_add_c(&res.body, "half an answer");
	api_error(&res, 405, NULL);
	assert_int_equal(res.status, 405);
	assert_string_equal(buf_c(&res.body),
			    "{\"status\": 405, \"error_msg\": \"Method Not Allowed\"}\n");
}

static void add_user(const char *name)
{
	char body[200];

	snprintf(body, sizeof(body),
		 "{\"username\": \"%s\", \"email\": \"a@example.com\", \"pwd\": \"secret\"}", name);
	expect(api_register, "", "", body, 204, "");
}

static int setup(void **state)
{
	struct buf why = BUF_INIT(1000);
	char url[100];

	(void)state;
	buf_init(&res.headers, 4096);
	buf_init(&res.body, RESPONSE_MAX_BYTES);
	arena = arena_new(ARENA_BYTES);
	if (!arena || !mkdtemp(dir) || password_setup() != ERR_OK)
		return -1;
	snprintf(url, sizeof(url), "sqlite:%s/test.db", dir);
	if (store_open(&(struct store_config){.url = str_from_c(url)}, &service.store, &why) !=
	    ERR_OK) {
		print_error("%s\n", buf_c(&why));
		return -1;
	}
	add_user("Anna A");
	add_user("Bo B");
	add_user("Writer W");
	return 0;
}

static int teardown(void **state)
{
	static const char *const names[] = {"test.db", "test.db-wal", "test.db-shm"};
	char path[100];

	(void)state;
	http_response_reset(&res, 200);
	buf_release(&res.headers);
	buf_release(&res.body);
	arena_free(arena);
	store_close(service.store);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_registration_is_answered_in_the_words_of_the_form),
		cmocka_unit_test(the_user_is_looked_for_before_the_body_is_read),
		cmocka_unit_test(a_post_without_text_or_with_too_much_is_refused_with_words),
		cmocka_unit_test(posts_come_newest_first_with_the_contracts_fields),
		cmocka_unit_test(a_flagged_post_is_in_no_list),
		cmocka_unit_test(no_counts_the_rows_and_what_is_no_number_means_100),
		cmocka_unit_test(a_list_read_in_batches_lacks_and_repeats_nothing),
		cmocka_unit_test(a_list_of_the_longest_imported_posts_is_answered),
		cmocka_unit_test(a_list_larger_than_an_answer_ends_early_and_stays_json),
		cmocka_unit_test(the_kept_answer_shows_a_post_as_soon_as_it_is_acknowledged),
		cmocka_unit_test(following_answers_204_whatever_there_was_before),
		cmocka_unit_test(a_follow_needs_one_existing_name),
		cmocka_unit_test(latest_is_the_last_integer_sent),
		cmocka_unit_test(only_the_configured_name_and_password_are_let_in),
		cmocka_unit_test(an_error_says_its_status_and_words_and_forgets_what_was_rendered),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
