/*
 * echo_server.c: the HTTP server with nothing behind it, for tests of framing, limits and time.
 *
 *	echo_server [NAME=VALUE…]      names: those of struct http_limits, and loops, workers,
 *	                               password_workers, blob_bytes, trust (an address)
 *
 * Prints "port N", serves until its standard input ends or SIGTERM comes, then drains and exits 0.
 *
 *	/blob            blob_bytes shared bytes        /wait     a worker, until /release
 *	/text?N          N bytes of text, rendered      /pool     the echo, from a worker
 *	/counters        what the server counts         /password the echo, from a password worker
 *	/close           ends the connection            /bad      sets a header that can't be
 *	anything else    tells what came: method, path, query, peer, secure, length of body; body
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "http/server.h"

static struct http_server *server;
static struct http_blob *blob;
static pthread_mutex_t gate_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t gate_opened = PTHREAD_COND_INITIALIZER;
static unsigned gate_waiting, gate_pass;
static _Atomic int64_t answered_count;

static struct http_limits limits = {
	.header_bytes = 4096,
	.header_count = 32,
	.body_bytes = 8192,
	.response_bytes = 8 << 20,
	.arena_bytes = 64 << 10,
	.connections = 4096,
	.requests_per_connection = 0,
	.pool_queue = 4,
	.password_queue = 1,
	.header_ms = 10000,
	.body_ms = 10000,
	.idle_ms = 10000,
	.write_ms = 10000,
	.drain_ms = 10000,
};
static int64_t loops = 1, workers = 2, password_workers = 1, blob_bytes = 12 << 10;
static struct str trusted;

static bool is_path(const struct http_request *req, const char *path)
{
	return str_eq(req->path, str_from_c(path));
}

static enum http_lane classify(void *user, struct http_request *req)
{
	(void)user;
	if (is_path(req, "/wait") || is_path(req, "/pool"))
		return HTTP_LANE_POOL;
	return is_path(req, "/password") ? HTTP_LANE_PASSWORD : HTTP_LANE_INLINE;
}

static bool takes_upload(void *user, const struct http_request *req)
{
	(void)user;
	return is_path(req, "/upload") || is_path(req, "/wait");
}

static void echo(const struct http_request *req, struct buf *out)
{
	buf_printf(out, "%.*s\n%.*s\n%.*s\n%.*s\n%s\n%zu\n", STR_ARG(req->method_name),
		   STR_ARG(req->path), STR_ARG(req->query), STR_ARG(req->peer),
		   req->secure ? "secure" : "plain", req->body.len);
	buf_add(out, req->body);
}

static uint64_t wait_count(const struct http_pool_counters *p)
{
	uint64_t count = 0;

	for (size_t i = 0; i <= HTTP_WAIT_BOUND_COUNT; i++)
		count += p->waits[i];
	return count;
}

static void tell_counters(struct buf *out)
{
	struct http_server_counters c;
	unsigned waiting;

	http_server_counters(server, &c);
	pthread_mutex_lock(&gate_lock);
	waiting = gate_waiting;
	pthread_mutex_unlock(&gate_lock);
	buf_printf(out,
		   "{\"open\":%lld,\"idle\":%lld,\"accepted\":%lld,\"in_flight\":%lld,"
		   "\"shed\":%lld,\"pool_queued\":%lld,\"pool_waits\":%llu,\"waiting\":%u,"
		   "\"answered\":%lld,",
		   (long long)c.connections_open, (long long)c.connections_idle,
		   (long long)c.connections_accepted, (long long)c.requests_in_flight[0],
		   (long long)c.pools[HTTP_LANE_POOL].shed,
		   (long long)c.pools[HTTP_LANE_POOL].queued,
		   (unsigned long long)wait_count(&c.pools[HTTP_LANE_POOL]), waiting,
		   (long long)answered_count);
	buf_printf(out,
		   "\"refused\":{\"connections\":%lld,\"per_address\":%lld},"
		   "\"timeouts\":{\"header\":%lld,\"body\":%lld,\"write\":%lld,\"idle\":%lld}}\n",
		   (long long)c.connections_refused[HTTP_REFUSED_CONNECTIONS],
		   (long long)c.connections_refused[HTTP_REFUSED_CONNECTIONS_PER_ADDRESS],
		   (long long)c.timeouts[HTTP_TIMEOUT_HEADER],
		   (long long)c.timeouts[HTTP_TIMEOUT_BODY],
		   (long long)c.timeouts[HTTP_TIMEOUT_WRITE],
		   (long long)c.timeouts[HTTP_TIMEOUT_IDLE]);
}

static void wait_at_gate(void)
{
	pthread_mutex_lock(&gate_lock);
	gate_waiting++;
	while (gate_pass == 0)
		pthread_cond_wait(&gate_opened, &gate_lock);
	gate_pass--;
	gate_waiting--;
	pthread_mutex_unlock(&gate_lock);
}

/* Lets one through, now or when it comes. */
static void open_gate(void)
{
	pthread_mutex_lock(&gate_lock);
	gate_pass++;
	pthread_mutex_unlock(&gate_lock);
	pthread_cond_signal(&gate_opened);
}

static void add_text(struct buf *out, struct str count)
{
	int64_t n = 0;

	if (!str_to_i64(count, &n))
		n = 0;
	for (int64_t i = 0; i < n; i++)
		buf_add_char(out, (char)('a' + i % 23));
}

static void handle(void *user, struct http_request *req, struct http_response *res)
{
	(void)user;
	if (is_path(req, "/blob")) {
		http_response_header(res, "Content-Type", STR("text/html; charset=utf-8"));
		res->blob = http_blob_ref(blob);
		return;
	}
	http_response_header(res, "Content-Type", STR("text/plain; charset=utf-8"));
	if (is_path(req, "/wait"))
		wait_at_gate();
	if (is_path(req, "/release"))
		open_gate();
	if (is_path(req, "/bad"))
		http_response_header(res, "X-Bad", STR("a\r\nb"));
	if (is_path(req, "/empty"))
		res->status = 204;
	res->close = is_path(req, "/close");
	if (is_path(req, "/text")) {
		http_response_header(res, "ETag", STR("\"strong\""));
		add_text(&res->body, req->query);
	} else if (is_path(req, "/counters")) {
		tell_counters(&res->body);
	} else {
		echo(req, &res->body);
	}
}

static void refuse(void *user, struct http_request *req, struct http_response *res, int status)
{
	(void)user;
	(void)req;
	http_response_header(res, "Content-Type", STR("text/plain; charset=utf-8"));
	buf_printf(&res->body, "refused: %d\n", status);
}

static void answered(void *user, const struct http_request *req, const struct http_response *res,
		     size_t sent_bytes, int64_t duration_us)
{
	(void)user;
	(void)req;
	(void)res;
	(void)sent_bytes;
	(void)duration_us;
	answered_count++;
}

static bool set_number(const char *name, size_t name_len, int64_t value)
{
#define LIMIT(field)                                                             \
	if (name_len == strlen(#field) && memcmp(name, #field, name_len) == 0) { \
		limits.field = (__typeof__(limits.field))value;                  \
		return true;                                                     \
	}
#define OWN(variable)                                                                  \
	if (name_len == strlen(#variable) && memcmp(name, #variable, name_len) == 0) { \
		variable = value;                                                      \
		return true;                                                           \
	}
	LIMIT(header_bytes)
	LIMIT(header_count)
	LIMIT(body_bytes)
	LIMIT(upload_bytes)
	LIMIT(uploads)
	LIMIT(response_bytes)
	LIMIT(arena_bytes)
	LIMIT(connections)
	LIMIT(connections_per_address)
	LIMIT(requests_per_connection)
	LIMIT(pool_queue)
	LIMIT(password_queue)
	LIMIT(header_ms)
	LIMIT(body_ms)
	LIMIT(upload_ms)
	LIMIT(idle_ms)
	LIMIT(write_ms)
	LIMIT(drain_ms)
	OWN(loops)
	OWN(workers)
	OWN(password_workers)
	OWN(blob_bytes)
	return false;
}

static void read_arguments(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *equals = strchr(argv[i], '=');
		int64_t value;

		if (equals && strncmp(argv[i], "trust=", 6) == 0) {
			trusted = str_from_c(equals + 1);
			continue;
		}
		if (!equals || !str_to_i64(str_from_c(equals + 1), &value) ||
		    !set_number(argv[i], (size_t)(equals - argv[i]), value)) {
			fprintf(stderr, "echo_server: what is \"%s\"?\n", argv[i]);
			exit(2);
		}
	}
}

static void make_blob(void)
{
	struct buf text = BUF_INIT(1 << 30);

	for (int64_t i = 0; i < blob_bytes; i++)
		buf_add_char(&text, (char)('A' + i % 26));
	blob = http_blob_new(text.ptr, text.len);
	buf_release(&text);
}

static void on_signal(int number)
{
	(void)number;
	close(STDIN_FILENO);
}

int main(int argc, char **argv)
{
	const struct http_listener listener = {
		.name = "echo",
		.address = getenv("ECHO_ADDRESS") ? getenv("ECHO_ADDRESS") : "127.0.0.1:0",
		.classify = classify,
		.handle = handle,
		.refuse = refuse,
		.answered = answered,
		.takes_upload = takes_upload,
	};
	struct http_server_config config = {.listeners = &listener, .listener_count = 1};
	struct sigaction action = {.sa_handler = on_signal};
	struct buf why = BUF_INIT(1024);
	char byte;

	read_arguments(argc, argv);
	config.limits = limits;
	config.loops = (unsigned)loops;
	config.workers = (unsigned)workers;
	config.password_workers = (unsigned)password_workers;
	config.trusted_proxies = &trusted;
	config.trusted_proxy_count = trusted.len > 0;
	make_blob();
	if (http_server_new(&config, &server, &why) != ERR_OK) {
		fprintf(stderr, "echo_server: %s\n", buf_c(&why));
		return 1;
	}
	sigaction(SIGTERM, &action, NULL);
	if (http_server_start(server) != ERR_OK)
		return 1;
	printf("port %d\n", http_server_port(server, 0));
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0) {
	}
	http_server_stop(server);
	http_server_free(server);
	http_blob_unref(blob);
	buf_release(&why);
	printf("stopped\n");
	return 0;
}
