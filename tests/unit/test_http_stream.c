/* stream.h: answers that stay open: order, signs of life, slow readers, ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "http/server.h"
#include "http/stream.h"

#define TEXT_BYTES 65536
#define SENDS	   2000

/* What a test knows of its one stream. */
struct owner {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct http_stream *stream; /* NULL: not open */
	unsigned opened, closed;
};

static void on_closed(void *user)
{
	struct owner *o = user;

	pthread_mutex_lock(&o->lock);
	o->stream = NULL;
	o->closed++;
	pthread_cond_broadcast(&o->changed);
	pthread_mutex_unlock(&o->lock);
}

static enum http_lane classify(void *user, struct http_request *req)
{
	(void)user;
	return str_eq(req->path, STR("/pool")) ? HTTP_LANE_POOL : HTTP_LANE_INLINE;
}

static void handle(void *user, struct http_request *req, struct http_response *res)
{
	struct owner *o = user;

	res->stream = http_stream_new(on_closed, o);
	assert_non_null(res->stream);
	pthread_mutex_lock(&o->lock);
	o->stream = res->stream;
	o->opened++;
	http_stream_send(o->stream, STR("first;"));
	pthread_cond_broadcast(&o->changed);
	pthread_mutex_unlock(&o->lock);
	if (str_eq(req->path, STR("/never")))
		http_response_reset(res, 404);
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

static struct http_server *start(struct owner *o, int64_t beat_ms)
{
	struct http_listener l = {"one", "127.0.0.1:0", o, classify, handle, refuse, answered};
	struct http_server_config config = {
		.listeners = &l,
		.listener_count = 1,
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
			   .beat_ms = beat_ms,
			   .drain_ms = 10000},
		.loops = 2,
		.workers = 1,
		.password_workers = 1,
	};
	struct buf why = BUF_INIT(512);
	struct http_server *s;

	*o = (struct owner){.stream = NULL};
	pthread_mutex_init(&o->lock, NULL);
	pthread_cond_init(&o->changed, NULL);
	assert_int_equal(http_server_new(&config, &s, &why), ERR_OK);
	assert_int_equal(http_server_start(s), ERR_OK);
	return s;
}

static int ask(struct http_server *s, const char *line)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons((uint16_t)http_server_port(s, 0))};
	int fd = socket(AF_INET, SOCK_STREAM, 0), small = 4096;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	assert_true(dprintf(fd, "%s HTTP/1.1\r\nHost: a\r\n\r\n", line) > 0);
	return fd;
}

/* Reads until `part` has come, or the end; `text` has room for TEXT_BYTES. */
static void read_until(int fd, char *text, const char *part)
{
	size_t len = 0;
	ssize_t got = 1;

	text[0] = '\0';
	while (got > 0 && (!part || !strstr(text, part)) && len < TEXT_BYTES - 1) {
		got = read(fd, text + len, TEXT_BYTES - 1 - len);
		len += got > 0 ? (size_t)got : 0;
		text[len] = '\0';
	}
	if (part && !strstr(text, part))
		fail_msg("got \"%s\", wanted \"%s\" in it", text, part);
}

static void wait_closed(struct owner *o, unsigned count)
{
	pthread_mutex_lock(&o->lock);
	while (o->closed < count)
		pthread_cond_wait(&o->changed, &o->lock);
	pthread_mutex_unlock(&o->lock);
}

static void what_is_sent_comes_in_order_after_the_head(void **state)
{
	static char text[TEXT_BYTES];
	struct owner o;
	struct http_server *s = start(&o, 0);
	int fd;

	(void)state;
	fd = ask(s, "GET /pool");
	read_until(fd, text, "first;");
	assert_null(strstr(text, "Content-Length"));
	assert_non_null(strstr(text, "Connection: close\r\n"));
	pthread_mutex_lock(&o.lock);
	for (int i = 0; i < 100; i++)
		http_stream_send(o.stream, i < 99 ? STR("more;") : STR("last;"));
	pthread_mutex_unlock(&o.lock);
	read_until(fd, text, "last;");
	close(fd);
	wait_closed(&o, 1);
	http_server_free(s);
	assert_int_equal(o.closed, 1);
}

static void a_quiet_stream_gives_signs_of_life(void **state)
{
	static char text[TEXT_BYTES];
	struct owner o;
	struct http_server *s = start(&o, 10);
	int fd;

	(void)state;
	fd = ask(s, "GET /");
	read_until(fd, text, "first;:\n\n:\n\n");
	close(fd);
	http_server_free(s);
	assert_int_equal(o.closed, 1);
}

static void a_reader_who_does_not_keep_up_is_dropped(void **state)
{
	static const char line[] = "event: many bytes, again and again and again and again\n\n";
	struct owner o;
	struct http_server *s = start(&o, 0);
	struct http_server_counters counters;
	static char text[TEXT_BYTES];
	bool open = true;
	int fd;

	(void)state;
	fd = ask(s, "GET /");
	read_until(fd, text, "first;");
	while (open) {
		pthread_mutex_lock(&o.lock);
		open = o.stream != NULL;
		for (int i = 0; open && i < SENDS; i++)
			http_stream_send(o.stream, str_from(line, sizeof(line) - 1));
		pthread_mutex_unlock(&o.lock);
	}
	http_server_counters(s, &counters);
	assert_int_equal(counters.streams_dropped, 1);
	assert_int_equal(counters.streams_open, 0);
	assert_int_equal(counters.streams_opened, 1);
	close(fd);
	http_server_free(s);
	assert_int_equal(o.closed, 1);
}

static void an_answer_that_is_replaced_or_has_no_body_ends_its_stream(void **state)
{
	static char text[TEXT_BYTES];
	struct owner o;
	struct http_server *s = start(&o, 0);
	int fd;

	(void)state;
	fd = ask(s, "GET /never");
	read_until(fd, text, "404");
	wait_closed(&o, 1);
	close(fd);
	fd = ask(s, "HEAD /");
	read_until(fd, text, "200 OK");
	wait_closed(&o, 2);
	close(fd);
	http_server_free(s);
	assert_int_equal(o.closed, o.opened);
}

static void stopping_ends_streams_with_a_word(void **state)
{
	static char text[TEXT_BYTES];
	struct owner o;
	struct http_server *s = start(&o, 0);
	int fd;

	(void)state;
	fd = ask(s, "GET /");
	read_until(fd, text, "first;");
	http_server_stop(s);
	read_until(fd, text, NULL);
	assert_non_null(strstr(text, "retry: "));
	close(fd);
	http_server_free(s);
	assert_int_equal(o.closed, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_sent_comes_in_order_after_the_head),
		cmocka_unit_test(a_quiet_stream_gives_signs_of_life),
		cmocka_unit_test(a_reader_who_does_not_keep_up_is_dropped),
		cmocka_unit_test(an_answer_that_is_replaced_or_has_no_body_ends_its_stream),
		cmocka_unit_test(stopping_ends_streams_with_a_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
