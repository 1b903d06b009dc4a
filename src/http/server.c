/*
 * server.c: life cycle of the server. What can fail for reasons an operator can mend (addresses)
 * fails in http_server_new(), before there is a thread.
 */
#include "http/server_internal.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>
#include "base/log.h"

/* One for metrics, which may take a while, and one for health. */
#define OPERATOR_WORKERS 2

/* A connection is a file; the soft limit is often 1,024. */
static void raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static enum err read_proxies(struct http_server *s, const struct http_server_config *config,
			     struct buf *why)
{
	if (config->trusted_proxy_count == 0)
		return ERR_OK;
	s->proxies = calloc(config->trusted_proxy_count, sizeof(*s->proxies));
	if (!s->proxies)
		return ERR_INTERNAL;
	for (size_t i = 0; i < config->trusted_proxy_count; i++) {
		if (!peer_network_from_text(config->trusted_proxies[i], &s->proxies[i])) {
			buf_printf(why,
				   "trusted proxy: \"%.*s\" is neither an address nor a network "
				   "such as 10.0.0.0/8",
				   STR_ARG(config->trusted_proxies[i]));
			return ERR_INVALID;
		}
		s->proxy_count++;
	}
	return ERR_OK;
}

static bool copy_config(struct http_server *s, const struct http_server_config *config)
{
	size_t fd_count;

	s->limits = config->limits;
	s->loop_count = config->loops ? config->loops : uv_available_parallelism();
	s->worker_counts[HTTP_LANE_POOL] = config->workers;
	s->worker_counts[HTTP_LANE_PASSWORD] = config->password_workers;
	s->worker_counts[HTTP_LANE_OPERATOR] = OPERATOR_WORKERS;
	s->listener_count = config->listener_count;
	if (s->listener_count > HTTP_LISTENERS_MAX)
		die("more listeners than HTTP_LISTENERS_MAX");
	fd_count = s->loop_count * s->listener_count;
	s->listeners = calloc(s->listener_count + 1, sizeof(*s->listeners));
	s->ports = calloc(s->listener_count + 1, sizeof(*s->ports));
	s->fds = malloc((fd_count + 1) * sizeof(*s->fds));
	s->loops = calloc(s->loop_count, sizeof(*s->loops));
	if (!s->listeners || !s->ports || !s->fds || !s->loops)
		return false;
	for (size_t i = 0; i < fd_count; i++)
		s->fds[i] = -1;
	for (size_t i = 0; i < s->listener_count; i++)
		s->listeners[i] = config->listeners[i];
	if (s->limits.connections_per_address) {
		s->peers = peer_table_new(s->limits.connections_per_address);
		return s->peers != NULL;
	}
	return true;
}

enum err http_server_new(const struct http_server_config *config, struct http_server **out,
			 struct buf *why)
{
	struct http_server *s = calloc(1, sizeof(*s));
	enum err err;

	if (!s || !copy_config(s, config)) {
		buf_add_c(why, "no memory for the server");
		err = ERR_INTERNAL;
		goto failed;
	}
	err = read_proxies(s, config, why);
	if (err == ERR_OK)
		err = server_listen(s, why);
	if (err != ERR_OK)
		goto failed;
	/* A client that goes while it is written to is no reason to end. */
	signal(SIGPIPE, SIG_IGN);
	raise_file_limit();
	*out = s;
	return ERR_OK;
failed:
	http_server_free(s);
	return err;
}

int http_server_port(const struct http_server *s, size_t index)
{
	return s->ports[index];
}

static bool start_threads(struct http_server *s)
{
	for (int lane = HTTP_LANE_POOL; lane < HTTP_LANE_COUNT; lane++) {
		unsigned limit = lane == HTTP_LANE_PASSWORD ? s->limits.password_queue
							    : s->limits.pool_queue;

		if (!pool_start(&s->pools[lane], s->worker_counts[lane], limit))
			return false;
	}
	for (unsigned i = 0; i < s->loop_count; i++) {
		s->loops[i].server = s;
		s->loops[i].acceptors = calloc(s->listener_count + 1, sizeof(struct acceptor));
		if (!s->loops[i].acceptors)
			return false;
		for (size_t j = 0; j < s->listener_count; j++) {
			s->loops[i].acceptors[j] = (struct acceptor){
				.loop = &s->loops[i],
				.listener = &s->listeners[j],
				.fd = s->fds[i * s->listener_count + j],
			};
			s->fds[i * s->listener_count + j] = -1;
		}
		if (!io_loop_start(&s->loops[i]))
			return false;
	}
	return true;
}

enum err http_server_start(struct http_server *s)
{
	sigset_t all, before;
	bool ok;

	/* Signals are for the thread that called; ours inherit that they are blocked. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	s->started = true;
	ok = start_threads(s);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!ok) {
		http_server_stop(s);
		return ERR_INTERNAL;
	}
	return ERR_OK;
}

void http_server_retire(struct http_server *s)
{
	atomic_store_explicit(&s->retiring, true, memory_order_relaxed);
}

void http_server_stop(struct http_server *s)
{
	if (!s->started)
		return;
	s->started = false;
	for (unsigned i = 0; i < s->loop_count; i++) {
		if (s->loops[i].running)
			io_loop_stop(&s->loops[i]);
	}
	for (unsigned i = 0; i < s->loop_count; i++) {
		if (s->loops[i].running)
			pthread_join(s->loops[i].thread, NULL);
		s->loops[i].running = false;
	}
	/* Loops end when they have all their exchanges back: nothing is left in the pools. */
	for (int lane = HTTP_LANE_POOL; lane < HTTP_LANE_COUNT; lane++)
		pool_stop(&s->pools[lane]);
}

void http_server_free(struct http_server *s)
{
	if (!s)
		return;
	http_server_stop(s);
	for (size_t i = 0; s->fds && i < s->loop_count * s->listener_count; i++) {
		if (s->fds[i] >= 0)
			close(s->fds[i]);
	}
	for (unsigned i = 0; s->loops && i < s->loop_count; i++)
		free(s->loops[i].acceptors);
	peer_table_free(s->peers);
	free(s->proxies);
	free(s->listeners);
	free(s->ports);
	free(s->fds);
	free(s->loops);
	free(s);
}

static int64_t value_of(_Atomic int64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

static void add_loop(struct http_server_counters *out, struct loop_counters *c)
{
	out->connections_open += value_of(&c->open);
	out->connections_idle += value_of(&c->idle);
	out->connections_accepted += value_of(&c->accepted);
	out->streams_open += value_of(&c->streams);
	out->streams_opened += value_of(&c->streams_opened);
	out->streams_dropped += value_of(&c->streams_dropped);
	for (size_t i = 0; i < HTTP_REFUSAL_COUNT; i++)
		out->connections_refused[i] += value_of(&c->refused[i]);
	for (size_t i = 0; i < HTTP_TIMEOUT_COUNT; i++)
		out->timeouts[i] += value_of(&c->timeouts[i]);
	for (size_t i = 0; i < HTTP_LISTENERS_MAX; i++)
		out->requests_in_flight[i] += value_of(&c->in_flight[i]);
}

void http_server_counters(struct http_server *s, struct http_server_counters *out)
{
	*out = (struct http_server_counters){0};
	for (unsigned i = 0; i < s->loop_count; i++)
		add_loop(out, &s->loops[i].counters);
	for (int lane = HTTP_LANE_POOL; lane < HTTP_LANE_COUNT; lane++)
		pool_counters(&s->pools[lane], &out->pools[lane]);
}
