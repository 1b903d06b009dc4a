/* server.h: life cycle, and what an operator is told. Framing and time: tests/http. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <malloc.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>
#include "http/gzip.h"
#include "http/server.h"

#define ANSWER_BYTES 4096

static enum http_lane classify(void *user, struct http_request *req)
{
	(void)user;
	return str_eq(req->path, STR("/pool")) ? HTTP_LANE_POOL : HTTP_LANE_INLINE;
}

static void handle(void *user, struct http_request *req, struct http_response *res)
{
	const char *text = user;

	(void)req;
	buf_add_c(&res->body, text);
}

static void refuse(void *user, struct http_request *req, struct http_response *res, int status)
{
	(void)user;
	(void)req;
	(void)res;
	(void)status;
}

static void answered(void *user, const struct http_request *req, const struct http_response *res,
		     size_t sent_bytes, int64_t duration_us)
{
	(void)user;
	(void)req;
	(void)res;
	(void)sent_bytes;
	(void)duration_us;
}

static struct http_listener listener(const char *name, const char *address, char *text)
{
	return (struct http_listener){name, address, text, classify, handle, refuse, answered};
}

static struct http_server_config config_of(const struct http_listener *listeners, size_t count)
{
	return (struct http_server_config){
		.listeners = listeners,
		.listener_count = count,
		.limits = {.header_bytes = 4096,
			   .header_count = 16,
			   .body_bytes = 4096,
			   .response_bytes = 4096,
			   .arena_bytes = 65536,
			   .connections = 16,
			   .pool_queue = 4,
			   .password_queue = 4,
			   .header_ms = 10000,
			   .body_ms = 10000,
			   .idle_ms = 10000,
			   .write_ms = 10000,
			   .drain_ms = 10000},
		.loops = 2,
		.workers = 1,
		.password_workers = 1,
	};
}

/* The whole answer to a request that asks for the connection to be closed. */
static void ask(int family, int port, const char *path, char answer[ANSWER_BYTES])
{
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6,
				  .sin6_port = htons((uint16_t)port),
				  .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	int fd = socket(family, SOCK_STREAM, 0);
	size_t len = 0;
	ssize_t got;

	v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(family == AF_INET ? connect(fd, (struct sockaddr *)&v4, sizeof(v4))
					   : connect(fd, (struct sockaddr *)&v6, sizeof(v6)),
			 0);
	assert_true(dprintf(fd, "GET %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", path) >
		    0);
	while ((got = read(fd, answer + len, ANSWER_BYTES - 1 - len)) > 0)
		len += (size_t)got;
	answer[len] = '\0';
	close(fd);
}

static void want_body(const char *answer, const char *wanted)
{
	const char *body = strstr(answer, "\r\n\r\n");

	if (strncmp(answer, "HTTP/1.1 200 OK\r\n", 17) != 0 || !body ||
	    strcmp(body + 4, wanted) != 0)
		fail_msg("got \"%s\", wanted status 200 and \"%s\"", answer, wanted);
}

static void each_listener_has_its_own_handler(void **state)
{
	char one[] = "one", two[] = "two", answer[ANSWER_BYTES];
	struct http_listener listeners[2] = {listener("one", "127.0.0.1:0", one),
					     listener("two", "127.0.0.1:0", two)};
	struct http_server_config config = config_of(listeners, 2);
	struct buf why = BUF_INIT(512);
	struct http_server_counters counters;
	struct http_server *s;

	(void)state;
	assert_int_equal(http_server_new(&config, &s, &why), ERR_OK);
	assert_int_equal(http_server_start(s), ERR_OK);
	assert_int_not_equal(http_server_port(s, 0), http_server_port(s, 1));
	ask(AF_INET, http_server_port(s, 0), "/", answer);
	want_body(answer, "one");
	ask(AF_INET, http_server_port(s, 1), "/pool", answer);
	want_body(answer, "two");
	http_server_stop(s);
	http_server_counters(s, &counters);
	assert_int_equal(counters.connections_accepted, 2);
	assert_int_equal(counters.connections_open, 0);
	assert_int_equal(counters.connections_idle, 0);
	assert_int_equal(counters.requests_in_flight[0], 0);
	assert_int_equal(counters.requests_in_flight[1], 0);
	http_server_free(s);
	buf_release(&why);
}

static void ipv6_addresses_are_served(void **state)
{
	char text[] = "six", answer[ANSWER_BYTES];
	struct http_listener l = listener("six", "[::1]:0", text);
	struct http_server_config config = config_of(&l, 1);
	struct buf why = BUF_INIT(512);
	struct http_server *s;
	int probe = socket(AF_INET6, SOCK_STREAM, 0);

	(void)state;
	if (probe < 0) /* a kernel without IPv6: then it must say so */
		assert_int_equal(http_server_new(&config, &s, &why), ERR_IO);
	else if (http_server_new(&config, &s, &why) == ERR_OK) {
		assert_int_equal(http_server_start(s), ERR_OK);
		ask(AF_INET6, http_server_port(s, 0), "/", answer);
		want_body(answer, "six");
		http_server_free(s);
	} else {
		assert_non_null(strstr(buf_c(&why), "[::1]:0"));
	}
	if (probe >= 0)
		close(probe);
	buf_release(&why);
}

static void want_refusal(const char *address, enum err wanted, const char *part)
{
	struct http_listener l = listener("web", address, NULL);
	struct http_server_config config = config_of(&l, 1);
	struct buf why = BUF_INIT(512);
	struct http_server *s = NULL;
	enum err got = http_server_new(&config, &s, &why);

	if (got != wanted || s || !strstr(buf_c(&why), part) || !strstr(buf_c(&why), "web"))
		fail_msg("%s: got %s, \"%s\"; wanted %s and \"%s\"", address, err_label(got),
			 buf_c(&why), err_label(wanted), part);
	buf_release(&why);
}

static void an_address_that_makes_no_sense_is_refused_with_a_sentence(void **state)
{
	(void)state;
	want_refusal("8080", ERR_INVALID, "HOST:PORT");
	want_refusal(":8080", ERR_INVALID, "HOST:PORT");
	want_refusal("127.0.0.1:", ERR_INVALID, "HOST:PORT");
	want_refusal("127.0.0.1:65536", ERR_INVALID, "HOST:PORT");
	want_refusal("127.0.0.1:-1", ERR_INVALID, "HOST:PORT");
	want_refusal("127.0.0.1:http", ERR_INVALID, "HOST:PORT");
	want_refusal("::1:80", ERR_INVALID, "HOST:PORT");
	want_refusal("256.0.0.1.:80", ERR_INVALID, "resolve");
	want_refusal("192.0.2.1:0", ERR_IO, "192.0.2.1:0");
}

static void a_port_that_is_taken_is_refused_even_by_one_that_would_share_it(void **state)
{
	struct http_listener l = listener("web", "127.0.0.1:0", NULL);
	struct http_server_config config = config_of(&l, 1);
	struct buf why = BUF_INIT(512);
	struct http_server *s;
	char address[32];

	(void)state;
	assert_int_equal(http_server_new(&config, &s, &why), ERR_OK);
	snprintf(address, sizeof(address), "127.0.0.1:%d", http_server_port(s, 0));
	want_refusal(address, ERR_CONFLICT, "Address already in use");
	http_server_free(s);
	/* And is free again. */
	l.address = address;
	assert_int_equal(http_server_new(&config, &s, &why), ERR_OK);
	http_server_free(s);
	buf_release(&why);
}

static void a_proxy_that_is_no_address_is_refused(void **state)
{
	struct http_listener l = listener("web", "127.0.0.1:0", NULL);
	struct http_server_config config = config_of(&l, 1);
	static const struct str proxies[] = {STR_INIT("127.0.0.1"), STR_INIT("proxy")};
	struct buf why = BUF_INIT(512);
	struct http_server *s = NULL;

	(void)state;
	config.trusted_proxies = proxies;
	config.trusted_proxy_count = 2;
	assert_int_equal(http_server_new(&config, &s, &why), ERR_INVALID);
	assert_null(s);
	assert_non_null(strstr(buf_c(&why), "proxy"));
	buf_release(&why);
}

static void a_server_that_never_started_can_be_freed(void **state)
{
	struct http_listener l = listener("web", "127.0.0.1:0", NULL);
	struct http_server_config config = config_of(&l, 1);
	struct buf why = BUF_INIT(512);
	struct http_server *s;

	(void)state;
	assert_int_equal(http_server_new(&config, &s, &why), ERR_OK);
	http_server_stop(s);
	http_server_free(s);
	http_server_free(NULL);
	buf_release(&why);
}

static void starting_and_stopping_leaves_nothing_behind(void **state)
{
	char text[] = "x", answer[ANSWER_BYTES];
	struct http_listener l = listener("web", "127.0.0.1:0", text);
	struct http_server_config config = config_of(&l, 1);
	struct buf why = BUF_INIT(512);
	int before = dup(0), after;

	(void)state;
	close(before);
	for (int i = 0; i < 20; i++) {
		struct http_server *s;

		assert_int_equal(http_server_new(&config, &s, &why), ERR_OK);
		assert_int_equal(http_server_start(s), ERR_OK);
		if (i % 2)
			ask(AF_INET, http_server_port(s, 0), i % 4 == 1 ? "/" : "/pool", answer);
		http_server_free(s);
	}
	after = dup(0);
	close(after);
	assert_int_equal(after, before);
	buf_release(&why);
}

static void refuse_until_later(void *user, struct http_request *req, struct http_response *res,
			       int status)
{
	(void)user;
	(void)req;
	(void)status;
	http_response_header(res, "Retry-After", STR("7"));
}

static void a_refusal_that_says_when_to_come_back_says_it_once(void **state)
{
	char text[] = "x", answer[ANSWER_BYTES];
	struct http_listener l = listener("web", "127.0.0.1:0", text);
	struct http_server_config config = config_of(&l, 1);
	struct buf why = BUF_INIT(512);
	struct http_server *s;
	const char *first;

	(void)state;
	l.refuse = refuse_until_later;
	config.workers = 0; /* there is nobody to do it */
	assert_int_equal(http_server_new(&config, &s, &why), ERR_OK);
	assert_int_equal(http_server_start(s), ERR_OK);
	ask(AF_INET, http_server_port(s, 0), "/pool", answer);
	first = strstr(answer, "Retry-After: ");
	if (strncmp(answer, "HTTP/1.1 503 ", 13) != 0 || !first ||
	    strncmp(first, "Retry-After: 7\r\n", 16) != 0 || strstr(first + 1, "Retry-After"))
		fail_msg("got \"%s\", wanted status 503 and one Retry-After, of 7", answer);
	http_server_free(s);
	buf_release(&why);
}

/* ---- a client that goes while it is being answered ------------------------------------------ */

/* A handler that waits for the test before it looks at its request. */
struct held {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool begun, released, done;
	char peer[64];
};

static enum http_lane classify_held(void *user, struct http_request *req)
{
	(void)user;
	return str_eq(req->path, STR("/health")) ? HTTP_LANE_OPERATOR : HTTP_LANE_POOL;
}

static void handle_held(void *user, struct http_request *req, struct http_response *res)
{
	struct held *held = user;

	if (str_eq(req->path, STR("/health"))) {
		buf_add_c(&res->body, "well");
		return;
	}
	pthread_mutex_lock(&held->lock);
	held->begun = true;
	pthread_cond_broadcast(&held->changed);
	while (!held->released)
		pthread_cond_wait(&held->changed, &held->lock);
	snprintf(held->peer, sizeof(held->peer), "%.*s", STR_ARG(req->peer));
	held->done = true;
	pthread_cond_broadcast(&held->changed);
	pthread_mutex_unlock(&held->lock);
}

static void wait_for(struct held *held, const bool *what)
{
	pthread_mutex_lock(&held->lock);
	while (!*what)
		pthread_cond_wait(&held->changed, &held->lock);
	pthread_mutex_unlock(&held->lock);
}

/* Sends a request, and resets the connection when its handler has begun. */
static void ask_and_vanish(int port, struct held *held)
{
	const struct linger at_once = {.l_onoff = 1};
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)), 0);
	assert_true(dprintf(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n") > 0);
	wait_for(held, &held->begun);
	close(fd);
}

static void a_handler_knows_its_client_even_when_that_has_gone(void **state)
{
	struct held held = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
	struct http_listener l = {"web",       "127.0.0.1:0", &held,   classify_held,
				  handle_held, refuse,	      answered};
	struct http_server_config config = config_of(&l, 1);
	struct buf why = BUF_INIT(512);
	struct http_server_counters counters;
	struct http_server *s;

	(void)state;
	mallopt(M_PERTURB, 0x55); /* what is freed is overwritten */
	assert_int_equal(http_server_new(&config, &s, &why), ERR_OK);
	assert_int_equal(http_server_start(s), ERR_OK);
	ask_and_vanish(http_server_port(s, 0), &held);
	do
		http_server_counters(s, &counters);
	while (counters.connections_open);
	pthread_mutex_lock(&held.lock);
	held.released = true;
	pthread_cond_broadcast(&held.changed);
	pthread_mutex_unlock(&held.lock);
	wait_for(&held, &held.done);
	assert_string_equal(held.peer, "127.0.0.1");
	http_server_free(s);
	mallopt(M_PERTURB, 0);
	buf_release(&why);
}

static void the_operator_does_not_wait_behind_others(void **state)
{
	struct held held = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
	struct http_listener l = {"web",       "127.0.0.1:0", &held,   classify_held,
				  handle_held, refuse,	      answered};
	struct http_server_config config = config_of(&l, 1);
	struct buf why = BUF_INIT(512);
	char answer[ANSWER_BYTES];
	struct http_server *s;

	(void)state;
	assert_int_equal(http_server_new(&config, &s, &why), ERR_OK);
	assert_int_equal(http_server_start(s), ERR_OK);
	ask_and_vanish(http_server_port(s, 0), &held); /* the only worker is at it */
	ask(AF_INET, http_server_port(s, 0), "/health", answer);
	want_body(answer, "well");
	pthread_mutex_lock(&held.lock);
	held.released = true;
	pthread_cond_broadcast(&held.changed);
	pthread_mutex_unlock(&held.lock);
	http_server_free(s);
	buf_release(&why);
}

static void what_is_compressed_can_be_read_again(void **state)
{
	struct gzip *g = gzip_new(4);
	struct buf plain = BUF_INIT(1 << 20), packed = BUF_INIT(1 << 20), small = BUF_INIT(100);

	(void)state;
	for (int i = 0; i < 2000; i++)
		buf_printf(&plain, "<li>%d</li>\n", i);
	for (int round = 0; round < 3; round++) {
		unsigned char *back = malloc(plain.len);
		z_stream z = {0};

		buf_clear(&packed);
		assert_true(gzip_compress(g, buf_str(&plain), &packed));
		assert_true(packed.len < plain.len / 2);
		assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
		z.next_in = (unsigned char *)packed.ptr;
		z.avail_in = (unsigned)packed.len;
		z.next_out = back;
		z.avail_out = (unsigned)plain.len;
		assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
		assert_int_equal(z.total_out, plain.len);
		assert_memory_equal(back, plain.ptr, plain.len);
		inflateEnd(&z);
		free(back);
	}
	assert_false(gzip_compress(g, buf_str(&plain), &small));
	assert_int_equal(small.len, 0);
	gzip_free(g);
	gzip_free(NULL);
	buf_release(&plain);
	buf_release(&packed);
	buf_release(&small);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_listener_has_its_own_handler),
		cmocka_unit_test(ipv6_addresses_are_served),
		cmocka_unit_test(an_address_that_makes_no_sense_is_refused_with_a_sentence),
		cmocka_unit_test(a_port_that_is_taken_is_refused_even_by_one_that_would_share_it),
		cmocka_unit_test(a_proxy_that_is_no_address_is_refused),
		cmocka_unit_test(a_server_that_never_started_can_be_freed),
		cmocka_unit_test(starting_and_stopping_leaves_nothing_behind),
		cmocka_unit_test(a_refusal_that_says_when_to_come_back_says_it_once),
		cmocka_unit_test(a_handler_knows_its_client_even_when_that_has_gone),
		cmocka_unit_test(the_operator_does_not_wait_behind_others),
		cmocka_unit_test(what_is_compressed_can_be_read_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
