#include "serve.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include "auth/password.h"
#include "base/clock.h"
#include "base/log.h"
#include "guard.h"
#include "metrics/metrics.h"
#include "web/page_cache.h"

#define HOUSEKEEPING_S	  600
#define THROTTLE_KEYS_MAX 65536
#define PROXIES_MAX	  64

/* Everything that lives as long as the server. */
struct node {
	const struct config *config;
	struct service service;
	struct web web;
	struct api api;
	struct admin admin;
	struct http_listener listeners[3];
	size_t listener_count;
	struct http_server *server;
};

static int complain(const char *what, struct buf *why)
{
	fprintf(stderr, "kinglet: %s%s\n", what, buf_c(why));
	return 1;
}

/* ---- building ------------------------------------------------------------------------------ */

static bool build_service(struct node *n, struct buf *why)
{
	const struct config *c = n->config;
	const struct store_config store = {
		.url = c->db,
		.write_queue_max = (size_t)c->write_queue,
		.cache_bytes = (size_t)c->db_cache_bytes,
		.home_cache_bytes = (size_t)c->home_cache_bytes,
	};

	if (store_open(&store, &n->service.store, why) != ERR_OK)
		return false;
	n->service.post_max_chars = (size_t)c->post_max_chars;
	n->service.session_max_ms = c->session_days * 24 * 3600 * 1000;
	n->service.sessions_per_user = (size_t)c->sessions_per_user;
	return true;
}

static struct throttle *throttle(int64_t burst, int64_t period_s)
{
	struct throttle *t =
		throttle_new((unsigned)burst, (unsigned)period_s, THROTTLE_KEYS_MAX);

	if (!t)
		die("no memory for a throttle");
	return t;
}

static void build_surfaces(struct node *n)
{
	const struct config *c = n->config;

	n->web = (struct web){
		.service = &n->service,
		.config = {.instance_name = c->instance_name,
			   .base_url = c->base_url,
			   .gravatar = c->gravatar},
		.cache = page_cache_new(),
		.sign_in_failures = throttle(c->sign_in_burst, c->sign_in_period_s),
		.registrations = throttle(c->register_burst, c->register_period_s),
		.posts = throttle(c->post_burst, c->post_period_s),
	};
	n->api = (struct api){
		.service = &n->service,
		.authorization_name = c->api_name,
		.authorization_password = c->api_password,
	};
	n->admin = (struct admin){.service = &n->service};
}

static struct http_listener *add_listener(struct node *n, struct str address)
{
	struct http_listener *listener = &n->listeners[n->listener_count];

	if (str_eq(address, STR("off")) || address.len == 0)
		return NULL;
	n->listener_count++;
	listener->address = strndup(address.ptr, address.len);
	if (!listener->address)
		die("no memory for an address");
	return listener;
}

static void build_listeners(struct node *n)
{
	struct http_listener *listener;

	listener = add_listener(n, n->config->web);
	if (listener)
		guard_web(listener, &n->web);
	listener = add_listener(n, n->config->api);
	if (listener)
		guard_api(listener, &n->api);
	listener = add_listener(n, n->config->admin);
	if (listener)
		guard_admin(listener, &n->admin);
}

static struct http_limits limits_of(const struct config *c)
{
	return (struct http_limits){
		.header_bytes = (size_t)c->header_bytes,
		.header_count = (size_t)c->header_count,
		.body_bytes = (size_t)c->body_bytes,
		.response_bytes = (size_t)c->response_bytes,
		.arena_bytes = (size_t)c->request_memory_bytes,
		.connections = (unsigned)c->connections,
		.connections_per_address = (unsigned)c->connections_per_address,
		.requests_per_connection = (unsigned)c->requests_per_connection,
		.pool_queue = (unsigned)c->pool_queue,
		.password_queue = (unsigned)c->password_queue,
		.header_ms = c->header_ms,
		.body_ms = c->body_ms,
		.idle_ms = c->idle_ms,
		.write_ms = c->write_ms,
		.drain_ms = c->drain_ms,
	};
}

static enum err build_server(struct node *n, struct buf *why)
{
	const struct config *c = n->config;
	struct str proxies[PROXIES_MAX], rest = c->trusted_proxies, proxy;
	struct http_server_config server = {
		.listeners = n->listeners,
		.listener_count = n->listener_count,
		.limits = limits_of(c),
		.loops = (unsigned)c->loops,
		.workers = (unsigned)c->workers,
		.password_workers = (unsigned)c->password_workers,
		.trusted_proxies = proxies,
	};

	while (str_cut(&rest, ',', &proxy)) {
		if (server.trusted_proxy_count == PROXIES_MAX) {
			buf_printf(why, "trusted-proxies: at most %d addresses", PROXIES_MAX);
			return ERR_INVALID;
		}
		proxies[server.trusted_proxy_count++] = str_trim(proxy);
	}
	if (n->listener_count == 0) {
		buf_add_c(why, "web, api and admin are all off: there is nothing to serve");
		return ERR_INVALID;
	}
	return http_server_new(&server, &n->server, why);
}

/* ---- metrics of what was built ------------------------------------------------------------- */

static void emit(struct buf *out, const char *name, const char *type, const char *help,
		 int64_t value)
{
	metrics_emit(out, &(struct metrics_sample){name, type, help, (double)value});
}
