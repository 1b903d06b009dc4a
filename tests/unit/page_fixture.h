/*
 * page_fixture.h: handlers of pages called as the server calls them, on a store of their own, with
 * a client that keeps its cookies.
 */
#ifndef KINGLET_TESTS_PAGE_FIXTURE_H
#define KINGLET_TESTS_PAGE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "auth/password.h"
#include "base/buf.h"
#include "service/account.h"
#include "service/post.h"
#include "web/page_cache.h"
#include "web/web.h"

#define COOKIES_MAX 8

struct fixture {
	char folder[64];
	struct service service;
	struct web web;
	struct arena *arena;
	struct http_response res;
	struct buf body; /* of the last answer, whichever way it came */
	struct {
		char name[40], value[600];
	} cookies[COOKIES_MAX];
	struct http_header headers[12];
	size_t header_count; /* further ones of the next request */
	struct viewer viewer;
	const char *peer; /* where requests come from; NULL: 192.0.2.1 */
};

static inline int fixture_setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct buf why = BUF_INIT(1000);
	char url[96];
	struct store_config config = {.url = {NULL, 0}};

	assert_non_null(f);
	snprintf(f->folder, sizeof(f->folder), "%s", "/tmp/kinglet-test-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	snprintf(url, sizeof(url), "sqlite:%s/db", f->folder);
	config.url = str_from_c(url);
	assert_int_equal(password_setup(), ERR_OK);
	if (store_open(&config, &f->service.store, &why) != ERR_OK)
		fail_msg("%s", buf_c(&why));
	buf_release(&why);
	f->service.post_max_chars = 20;
	f->service.session_max_ms = 86400000;
	f->service.sessions_per_user = 10;
	f->web.service = &f->service;
	f->web.cache = page_cache_new();
	f->arena = arena_new((size_t)4 << 20);
	buf_init(&f->res.headers, 16384);
	buf_init(&f->res.body, (size_t)1 << 20);
	buf_init(&f->body, (size_t)1 << 20);
	*state = f;
	return 0;
}

static inline int fixture_teardown(void **state)
{
	struct fixture *f = *state;
	static const char *const files[] = {"db", "db-wal", "db-shm"};
	char path[96];

	store_close(f->service.store);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", f->folder, files[i]);
		unlink(path);
	}
	rmdir(f->folder);
	page_cache_free(f->web.cache);
	throttle_free(f->web.sign_in_failures);
	throttle_free(f->web.registrations);
	throttle_free(f->web.posts);
	http_blob_unref(f->res.blob);
	buf_release(&f->res.headers);
	buf_release(&f->res.body);
	buf_release(&f->body);
	arena_free(f->arena);
	free(f);
	return 0;
}

/* Takes the cookies that the answer sets; those that it deletes go. */
static inline void keep_cookies(struct fixture *f)
{
	struct str rest = buf_str(&f->res.headers), line, pair, name;

	while (str_cut(&rest, '\n', &line)) {
		size_t at = 0;

		if (!str_starts_with(line, STR("Set-Cookie: ")))
			continue;
		line = str_sub(line, strlen("Set-Cookie: "), line.len);
		str_cut(&line, ';', &pair);
		str_cut(&pair, '=', &name);
		while (f->cookies[at].name[0] && !str_eq(str_from_c(f->cookies[at].name), name))
			at++;
		assert_true(at < COOKIES_MAX - 1);
		snprintf(f->cookies[at].name, sizeof(f->cookies[at].name), "%.*s", STR_ARG(name));
		snprintf(f->cookies[at].value, sizeof(f->cookies[at].value), "%.*s", STR_ARG(pair));
	}
}

static inline struct str cookie_header(struct fixture *f)
{
	struct buf line = BUF_INIT(8192);
	struct str kept;

	for (size_t i = 0; i < COOKIES_MAX; i++)
		if (f->cookies[i].value[0])
			buf_printf(&line, "%s%s=%s", line.len ? "; " : "", f->cookies[i].name,
				   f->cookies[i].value);
	kept = arena_str(f->arena, buf_str(&line));
	buf_release(&line);
	return kept;
}

static inline void load_viewer(struct fixture *f)
{
	f->viewer = (struct viewer){.signed_in = false};
	for (size_t i = 0; i < COOKIES_MAX; i++)
		if (strcmp(f->cookies[i].name, WEB_SESSION_COOKIE) == 0 && f->cookies[i].value[0])
			f->viewer.signed_in = account_session(&f->service, f->arena,
							      str_from_c(f->cookies[i].value),
							      &f->viewer.session,
							      &f->viewer.user) == ERR_OK;
}

/* One request; what comes back is in f->res and f->body. */
static inline void request(struct fixture *f, web_handler *handler, const char *target,
			   const char *param, const char *body)
{
	struct http_request req = {
		.method = body ? HTTP_POST : HTTP_GET,
		.target = str_from_c(target),
		.path = str_from_c(target),
		.body = str_from_c(body),
		.peer = str_from_c(f->peer ? f->peer : "192.0.2.1"),
		.arena = f->arena,
		.params = {str_from_c(param)},
	};
	ptrdiff_t query = str_index(req.target, '?');

	if (query >= 0) {
		req.path = str_sub(req.target, 0, (size_t)query);
		req.query = str_sub(req.target, (size_t)query + 1, req.target.len);
	}
	arena_reset(f->arena);
	load_viewer(f);
	f->headers[f->header_count++] = (struct http_header){STR("Host"), STR("kinglet.example")};
	f->headers[f->header_count++] = (struct http_header){STR("Cookie"), cookie_header(f)};
	req.headers = f->headers;
	req.header_count = f->header_count;
	req.context = &f->viewer;
	http_blob_unref(f->res.blob);
	f->res.blob = NULL;
	f->res.err = ERR_OK;
	http_response_reset(&f->res, 200);
	handler(&f->web, &req, &f->res);
	f->header_count = 0;
	buf_clear(&f->body);
	buf_add(&f->body, f->res.blob ? http_blob_str(f->res.blob) : buf_str(&f->res.body));
	keep_cookies(f);
}

static inline bool has(struct str text, const char *part)
{
	return text.ptr && text.len && memmem(text.ptr, text.len, part, strlen(part));
}

#define expect_status(f, wanted)                                                       \
	do {                                                                           \
		if ((f)->res.status != (wanted))                                       \
			fail_msg("got %d, wanted %d: %.*s", (f)->res.status, (wanted), \
				 STR_ARG(buf_str(&(f)->body)));                        \
	} while (0)
#define expect_text(f, part)                                                                    \
	do {                                                                                    \
		if (!has(buf_str(&(f)->body), part))                                            \
			fail_msg("wanted \"%s\" in: %.*s", part, STR_ARG(buf_str(&(f)->body))); \
	} while (0)
#define expect_no_text(f, part)                                                                    \
	do {                                                                                       \
		if (has(buf_str(&(f)->body), part))                                                \
			fail_msg("wanted no \"%s\" in: %.*s", part, STR_ARG(buf_str(&(f)->body))); \
	} while (0)
#define expect_header(f, part)                                         \
	do {                                                           \
		if (!has(buf_str(&(f)->res.headers), part))            \
			fail_msg("wanted \"%s\" in: %.*s", part,       \
				 STR_ARG(buf_str(&(f)->res.headers))); \
	} while (0)
#define expect_redirect(f, to)                            \
	do {                                              \
		expect_status(f, 302);                    \
		expect_header(f, "Location: " to "\r\n"); \
	} while (0)
#define expect_flash(f, text) expect_text(f, "<p class=\"flashes\" role=\"status\">" text "</p>")

static inline void register_user(struct fixture *f, const char *name)
{
	char body[256];

	snprintf(body, sizeof(body), "username=%s&email=a%%40b&password=secret&password2=secret",
		 name);
	request(f, page_register, "/register", NULL, body);
	expect_redirect(f, "/login");
}

static inline void sign_in(struct fixture *f, const char *name)
{
	char body[256];

	snprintf(body, sizeof(body), "username=%s&password=secret", name);
	request(f, page_login, "/login", NULL, body);
	expect_redirect(f, "/");
}

static inline void sign_out(struct fixture *f)
{
	request(f, page_logout, "/logout", NULL, NULL);
	expect_redirect(f, "/public");
}

static inline void post_text(struct fixture *f, const char *text)
{
	char body[512];

	snprintf(body, sizeof(body), "text=%s", text);
	request(f, page_add_message, "/add_message", NULL, body);
	expect_redirect(f, "/");
}

#endif
