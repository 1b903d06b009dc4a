/* web/page_cache.h: pages that are the same for everybody, kept rendered and always exact. */
#include "page_fixture.h"

#include <pthread.h>
#include <zlib.h>

#include "base/clock.h"

#define NOW_MS ((int64_t)1710252309000)

static void add_header(struct fixture *f, const char *name, const char *value)
{
	f->headers[f->header_count++] = (struct http_header){str_from_c(name), str_from_c(value)};
}

static void a_second_reader_is_served_the_kept_page(void **state)
{
	struct fixture *f = *state;

	register_user(f, "foo");
	f->cookies[0].value[0] = '\0';
	request(f, page_public, "/public", NULL, NULL);
	assert_null(f->res.blob);
	request(f, page_public, "/public", NULL, NULL);
	assert_non_null(f->res.blob);
	expect_text(f, "There's no message so far.");
	expect_header(f, "Content-Security-Policy: ");
	expect_header(f, "ETag: W/\"");
	expect_header(f, "Vary: Accept-Encoding\r\n");
	expect_header(f, "Vary: Accept-Language, Cookie\r\n");
}

static void the_next_reader_after_a_post_sees_it(void **state)
{
	struct fixture *f = *state;
	struct user user;
	enum post_problem problem;
	struct post post;

	register_user(f, "foo");
	memset(f->cookies, 0, sizeof(f->cookies));
	assert_int_equal(account_find(&f->service, f->arena, STR("foo"), &user), ERR_OK);
	for (int i = 0; i < 20; i++) {
		char text[20];

		snprintf(text, sizeof(text), "number %d.", i);
		assert_int_equal(post_create(&f->service, f->arena, user.id,
					     &(struct post_draft){.text = str_from_c(text)},
					     &problem, &post),
				 ERR_OK);
		request(f, page_public, "/public", NULL, NULL);
		expect_text(f, text);
		request(f, page_public, "/public", NULL, NULL);
		expect_text(f, text);
		request(f, page_user, "/foo", "foo", NULL);
		expect_text(f, text);
	}
}

static void a_page_is_kept_for_a_second_at_most(void **state)
{
	struct fixture *f = *state;

	clock_set_fake_ms(NOW_MS);
	request(f, page_public, "/public", NULL, NULL);
	clock_set_fake_ms(NOW_MS + PAGE_CACHE_MAX_AGE_MS - 1);
	request(f, page_public, "/public", NULL, NULL);
	assert_non_null(f->res.blob);
	clock_set_fake_ms(NOW_MS + PAGE_CACHE_MAX_AGE_MS);
	request(f, page_public, "/public", NULL, NULL);
	assert_null(f->res.blob);
	/* A clock that steps back makes no page older than it is. */
	clock_set_fake_ms(NOW_MS - 5000);
	request(f, page_public, "/public", NULL, NULL);
	assert_null(f->res.blob);
	clock_set_fake_ms(0);
}

static void who_is_signed_in_or_has_a_flash_gets_a_page_of_their_own(void **state)
{
	struct fixture *f = *state;
	char own_cookies[sizeof(f->cookies)];

	register_user(f, "foo");
	request(f, page_public, "/public", NULL, NULL);
	assert_null(f->res.blob);
	expect_flash(f, "You were successfully registered and can login now");
	request(f, page_public, "/public", NULL, NULL);
	expect_no_text(f, "flashes");
	sign_in(f, "foo");
	request(f, page_home, "/", NULL, NULL);
	/* A visitor looks in between, so that their page is the one that is kept. */
	memcpy(own_cookies, f->cookies, sizeof(own_cookies));
	memset(f->cookies, 0, sizeof(f->cookies));
	clock_set_fake_ms(NOW_MS);
	request(f, page_public, "/public", NULL, NULL);
	expect_no_text(f, "Sign out");
	memcpy(f->cookies, own_cookies, sizeof(own_cookies));
	request(f, page_public, "/public", NULL, NULL);
	expect_text(f, "Sign out");
	memset(f->cookies, 0, sizeof(f->cookies));
	request(f, page_public, "/public", NULL, NULL);
	assert_non_null(f->res.blob);
	expect_no_text(f, "Sign out");
	clock_set_fake_ms(0);
}

static void the_compressed_form_holds_the_same_page(void **state)
{
	static const char *const refusals[] = {"gzip;q=0", "gzip;q=0.0", "gzip; q=0.00",
					       "GZIP;Q=0"};
	struct fixture *f = *state;
	unsigned char plain[65536];
	z_stream z = {.next_out = plain, .avail_out = sizeof(plain)};
	struct str page;

	clock_set_fake_ms(NOW_MS);
	request(f, page_public, "/public", NULL, NULL);
	for (int round = 0; round < 2; round++) {
		add_header(f, "Accept-Encoding", "br;q=1, gzip");
		request(f, page_public, "/public", NULL, NULL);
		expect_header(f, "Content-Encoding: gzip\r\n");
	}
	page = buf_str(&f->body);
	z.next_in = (unsigned char *)(uintptr_t)page.ptr;
	z.avail_in = (unsigned)page.len;
	assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
	assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
	inflateEnd(&z);
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		add_header(f, "Accept-Encoding", refusals[i]);
		request(f, page_public, "/public", NULL, NULL);
		if (!str_eq(buf_str(&f->body), str_from((char *)plain, z.total_out)))
			fail_msg("Accept-Encoding \"%s\": got something else than the plain page",
				 refusals[i]);
	}
	clock_set_fake_ms(0);
}

static void an_unchanged_page_is_not_sent_again(void **state)
{
	struct fixture *f = *state;
	const char *at;
	char etag[64];

	clock_set_fake_ms(NOW_MS);
	request(f, page_public, "/public", NULL, NULL);
	at = strstr(buf_c(&f->res.headers), "ETag: ");
	assert_non_null(at);
	snprintf(etag, sizeof(etag), "%.*s", (int)strcspn(at + 6, "\r"), at + 6);
	for (int step_ms = 0; step_ms < 3000; step_ms += 700) {
		clock_set_fake_ms(NOW_MS + step_ms);
		add_header(f, "If-None-Match", etag);
		request(f, page_public, "/public", NULL, NULL);
		expect_status(f, 304);
		expect_header(f, etag);
		assert_int_equal(f->body.len, 0);
	}
	register_user(f, "foo");
	sign_in(f, "foo");
	post_text(f, "new");
	memset(f->cookies, 0, sizeof(f->cookies));
	add_header(f, "If-None-Match", etag);
	request(f, page_public, "/public", NULL, NULL);
	expect_status(f, 200);
	expect_text(f, "new");
	clock_set_fake_ms(0);
}

static void what_is_not_there_is_not_kept(void **state)
{
	struct fixture *f = *state;

	request(f, page_user, "/foo", "foo", NULL);
	expect_status(f, 404);
	register_user(f, "foo");
	memset(f->cookies, 0, sizeof(f->cookies));
	request(f, page_user, "/foo", "foo", NULL);
	expect_status(f, 200);
}

/* ---- several loops at once ------------------------------------------------------------------ */

#define READERS	       4
#define ROUNDS	       3000
#define VERSIONS_COUNT 50

/* Keeps and asks for pages whose text names their version; counts those that name another one. */
static void *read_and_keep(void *cache)
{
	static const struct http_header gzip = {STR_INIT("Accept-Encoding"), STR_INIT("gzip")};
	struct http_response res = {.headers = BUF_INIT(4096), .body = BUF_INIT(4096)};
	uintptr_t wrong = 0;

	for (int round = 0; round < ROUNDS; round++) {
		uint64_t version = 1 + (uint64_t)(round * VERSIONS_COUNT / ROUNDS);
		const struct http_request req = {
			.path = STR("/public"), .headers = &gzip, .header_count = round % 8 == 0};
		char text[64];

		snprintf(text, sizeof(text), "version %d.", (int)version);
		http_response_reset(&res, 200);
		if (!page_cache_serve(cache, &req, version, NOW_MS, &res)) {
			buf_add_c(&res.body, text);
			page_cache_keep(cache, &req, version, NOW_MS, &res);
		} else if (!req.header_count) {
			wrong += !str_eq(http_blob_str(res.blob), str_from_c(text));
		}
		http_blob_unref(res.blob);
		res.blob = NULL;
	}
	buf_release(&res.headers);
	buf_release(&res.body);
	return (void *)wrong;
}

static void readers_on_several_threads_only_get_what_they_asked_for(void **state)
{
	struct fixture *f = *state;
	pthread_t threads[READERS];
	void *wrong;

	for (int i = 0; i < READERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, read_and_keep, f->web.cache), 0);
	for (int i = 0; i < READERS; i++) {
		assert_int_equal(pthread_join(threads[i], &wrong), 0);
		assert_null(wrong);
	}
}

#define CACHE_TEST(behaviour_as_a_sentence) \
	cmocka_unit_test_setup_teardown(behaviour_as_a_sentence, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CACHE_TEST(a_second_reader_is_served_the_kept_page),
		CACHE_TEST(the_next_reader_after_a_post_sees_it),
		CACHE_TEST(a_page_is_kept_for_a_second_at_most),
		CACHE_TEST(who_is_signed_in_or_has_a_flash_gets_a_page_of_their_own),
		CACHE_TEST(the_compressed_form_holds_the_same_page),
		CACHE_TEST(an_unchanged_page_is_not_sent_again),
		CACHE_TEST(what_is_not_there_is_not_kept),
		CACHE_TEST(readers_on_several_threads_only_get_what_they_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
