#include "serve.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include "admin/recorder.h"
#include "admin/sampler.h"
#include "admin/source.h"
#include "api/answer_cache.h"
#include "auth/password.h"
#include "base/clock.h"
#include "base/log_line.h"
#include "base/notify.h"
#include "base/rand.h"
#include "guard.h"
#include "metrics/metrics.h"
#include "service/account.h"
#include "store/search.h"
#include "service/notice.h"
#include "web/live.h"
#include "store/account.h"
#include "web/page_cache.h"
#include "wiring.h"

#define CLEAR_AWAY_BYTES     ((size_t)4 << 20)
#define CONFIGURED_MAX_BYTES ((size_t)64 << 10)
#define HOUSEKEEPING_S	     600 /* about: scattered, so that many nodes don't do it at once */
#define FILL_PAUSE_MS	     5	 /* between batches of posts that are not yet in the search index */
#define THROTTLE_KEYS_MAX    65536
#define SETTINGS_MAX_BYTES   4096
#define PROXIES_MAX	     64
#define URL_MAX_BYTES	     512
#define LOG_STOP_MS	     1000

/* Everything that lives as long as the server. */
struct node {
	const struct config *config;
	struct service service;
	struct arena *arena; /* of what is configured */
	struct mailer_config mail;
	struct web web;
	struct api api;
	struct admin admin;
	struct health health;
	struct sampler *sampler;
	struct str proxies[PROXIES_MAX];
	struct http_listener listeners[3];
	size_t listener_count;
	struct http_server *server;
	struct recorder *recorder;
};

static struct throttle *throttle(int64_t burst, int64_t period_s)
{
	struct throttle *t = throttle_new((unsigned)burst, (unsigned)period_s, THROTTLE_KEYS_MAX);

	if (!t)
		die("no memory for a throttle");
	return t;
}

static void build_surfaces(struct node *n)
{
	const struct config *c = n->config;

	n->web = (struct web){
		.service = &n->service,
		.health = &n->health,
		.config = wiring_web(c),
		.cache = page_cache_new(),
		.live = live_new(&n->service, (size_t)c->streams, (size_t)c->streams_per_client),
		.sign_in_failures = throttle(c->sign_in_burst, c->sign_in_period_s),
		.sign_in_origins = throttle(c->sign_in_address_burst, c->sign_in_period_s),
		.registrations = throttle(c->register_burst, c->register_period_s),
		.resets = throttle(c->reset_burst, c->reset_period_s),
		.posts = throttle(c->post_burst, c->post_period_s),
	};
	n->api = (struct api){
		.service = &n->service,
		.health = &n->health,
		.authorization_name = c->api_name,
		.authorization_password = c->api_password,
		.cache = answer_cache_new(),
	};
	n->admin = (struct admin){.service = &n->service, .web = &n->web, .health = &n->health};
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

static enum err build_server(struct node *n, struct buf *why)
{
	const struct config *c = n->config;
	struct str rest = c->trusted_proxies, proxy;
	struct http_server_config server = {
		.listeners = n->listeners,
		.listener_count = n->listener_count,
		.limits = wiring_limits(c),
		.loops = (unsigned)c->loops,
		.workers = (unsigned)c->workers,
		.password_workers = (unsigned)c->password_workers,
		.trusted_proxies = n->proxies,
	};

	while (str_cut(&rest, ',', &proxy)) {
		if (server.trusted_proxy_count == PROXIES_MAX) {
			buf_printf(why, "trusted-proxies: at most %d addresses and networks",
				   PROXIES_MAX);
			return ERR_INVALID;
		}
		n->proxies[server.trusted_proxy_count++] = str_trim(proxy);
	}
	if (n->listener_count == 0) {
		buf_add_c(why, "web, api and admin are all off: there is nothing to serve");
		return ERR_INVALID;
	}
	return http_server_new(&server, &n->server, why);
}

/* ---- running ------------------------------------------------------------------------------- */

/* [::1]:0 and 127.0.0.1:0 are said with the port that they got. */
static struct str url_of(const struct node *n, size_t i, char *out, size_t size)
{
	const char *address = n->listeners[i].address, *colon = strrchr(address, ':');
	int len = snprintf(out, size, "http://%.*s:%d", (int)(colon - address), address,
			   http_server_port(n->server, i));

	return str_from(out, len > 0 && (size_t)len < size ? (size_t)len : 0);
}

/* Whoever reads JSON from standard output gets nothing else there. At every level: it is waited
 * for. */
static void announce_as_json(const struct node *n)
{
	char url[URL_MAX_BYTES];

	for (size_t i = 0; i < n->listener_count; i++) {
		const struct log_field fields[] = {
			LOG_C("kinglet.listener", n->listeners[i].name),
			LOG_STR("url.full", url_of(n, i, url, sizeof(url))),
		};

		log_write(LOG_INFO, "listening", fields, 2);
	}
	log_write(LOG_INFO, "ready", NULL, 0);
}

static void announce(const struct node *n)
{
	char url[URL_MAX_BYTES];

	if (log_form() == LOG_JSON && !n->config->log_file.len) {
		announce_as_json(n);
		return;
	}
	for (size_t i = 0; i < n->listener_count; i++)
		printf("kinglet: %s listening on %.*s\n", n->listeners[i].name,
		       STR_ARG(url_of(n, i, url, sizeof(url))));
	printf("kinglet: ready\n");
	fflush(stdout);
	log_info("ready");
}

static void block_signals(sigset_t *ending)
{
	const struct sigaction ignored = {.sa_handler = SIG_IGN};
	sigset_t hangup;

	sigaction(SIGPIPE, &ignored, NULL);
	sigemptyset(ending);
	sigaddset(ending, SIGTERM);
	sigaddset(ending, SIGINT);
	pthread_sigmask(SIG_BLOCK, ending, NULL);
	sigemptyset(&hangup);
	sigaddset(&hangup, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &hangup, NULL);
}

/* A batch of posts that the search doesn't know yet. Are there further ones? After a failure:
 * later. */
static bool fill_index(struct node *n)
{
	bool more = false;
	enum err e = store_search_fill(n->service.store, &more);

	if (e != ERR_OK && e != ERR_READ_ONLY)
		log_warn("could not index older posts", LOG_C("error.type", err_label(e)));
	return e == ERR_OK && more;
}

static struct timespec housekeeping_rest(bool filling)
{
	unsigned char scatter;

	if (filling)
		return (struct timespec){.tv_nsec = FILL_PAUSE_MS * 1000000};
	rand_bytes(&scatter, sizeof(scatter));
	return (struct timespec){.tv_sec = HOUSEKEEPING_S * 3 / 4 +
					   HOUSEKEEPING_S / 2 * scatter / 255};
}

/* What has expired is thrown away, and whose deletion is due goes. */
static void clear_away(struct node *n)
{
	struct arena *a = arena_new(CLEAR_AWAY_BYTES);
	int64_t now_ms = clock_now_ms();
	size_t gone = 0;
	enum err e = store_session_expire(n->service.store, now_ms);

	if (e != ERR_OK)
		log_warn("could not remove expired sessions", LOG_C("error.type", err_label(e)));
	e = store_ticket_expire(n->service.store, now_ms);
	if (e != ERR_OK)
		log_warn("could not remove expired one-time secrets",
			 LOG_C("error.type", err_label(e)));
	e = a ? account_delete_due(&n->service, a, now_ms, &gone) : ERR_BUSY;
	if (e != ERR_OK)
		log_warn("could not delete accounts that are due",
			 LOG_C("error.type", err_label(e)));
	if (gone)
		log_info("deleted accounts that were due",
			 LOG_I64("kinglet.accounts", (int64_t)gone));
	arena_free(a);
}

/*
 * Until a signal asks to end; meanwhile, at the start and now and then, what the search doesn't
 * know is indexed, and what has expired is thrown away. SIGHUP says that the log's file was
 * renamed; where there is none, that the terminal is gone: that ends it, too.
 */
static void wait_for_end(struct node *n, const sigset_t *ending)
{
	sigset_t waited = *ending;
	bool filling = true;

	sigaddset(&waited, SIGHUP);
	for (;;) {
		struct timespec rest = housekeeping_rest(filling);
		int signal_number = sigtimedwait(&waited, NULL, &rest);

		if (signal_number == SIGHUP && n->config->log_file.len) {
			log_reopen();
			continue;
		}
		if (signal_number > 0) {
			log_info("stopping", LOG_C("kinglet.signal", strsignal(signal_number)));
			return;
		}
		if (errno != EAGAIN)
			continue;
		if (filling) {
			filling = fill_index(n);
			continue;
		}
		filling = true;
		clear_away(n);
	}
}

/*
 * The server stops in two steps. Told to, it first says on /readyz that it is not ready, and goes
 * on serving for stop-delay-ms, so that a load balancer has seen it and sends nothing any more when
 * it closes its doors: neither a new connection nor a request on a connection that was idle can
 * then meet a closed socket. A second signal, at any time, ends the process at once.
 */
static void stop(struct node *n, const sigset_t *ending)
{
	const int64_t delay_ms = n->config->stop_delay_ms;
	int64_t until_us = clock_mono_us() + delay_ms * 1000, rest_us;
	sigset_t hangup;

	sigemptyset(&hangup);
	sigaddset(&hangup, SIGHUP);
	pthread_sigmask(SIG_UNBLOCK, ending, NULL);
	notify_supervisor("STOPPING=1");
	atomic_store(&n->health.draining, true);
	http_server_retire(n->server);
	while ((rest_us = until_us - clock_mono_us()) > 0) {
		const struct timespec rest = {rest_us / 1000000, rest_us % 1000000 * 1000};

		if (sigtimedwait(&hangup, NULL, &rest) == SIGHUP && n->config->log_file.len)
			log_reopen();
	}
	http_server_stop(n->server);
	recorder_stop(n->recorder);
	mailer_stop(&n->service);
}

static void start_recorder(struct node *n)
{
	struct buf name = BUF_INIT(SAMPLE_NODE_MAX_BYTES + 1);

	wiring_node_name(n->config, &name);
	n->recorder = recorder_start(n->service.store, str_from_c(buf_c(&name)),
				     n->config->history_interval_s);
	buf_release(&name);
}

static void release(struct node *n)
{
	http_server_free(n->server);
	live_free(n->web.live);
	sampler_free(n->sampler);
	mailer_stop(&n->service);
	health_release(&n->health); /* a look may be under way in the store */
	instance_free(n->service.instance);
	store_close(n->service.store);
	answer_cache_free(n->api.cache);
	page_cache_free(n->web.cache);
	throttle_free(n->web.sign_in_failures);
	throttle_free(n->web.sign_in_origins);
	throttle_free(n->web.registrations);
	throttle_free(n->web.resets);
	throttle_free(n->web.posts);
	for (size_t i = 0; i < n->listener_count; i++)
		free((char *)(uintptr_t)n->listeners[i].address);
	arena_free(n->arena);
	free(n);
}

/* What is known of it when a request for help comes later: the version is in each line. */
static void log_starting(const struct config *c)
{
	struct buf changes = BUF_INIT(SETTINGS_MAX_BYTES);

	config_changes(c, &changes);
	log_info("starting", LOG_STR("kinglet.engine", store_scheme(c->db)),
		 LOG_STR("kinglet.settings", buf_str(&changes)));
	buf_release(&changes);
}

static enum err start_log(const struct config *c, struct buf *why)
{
	struct request_log_config requests;
	struct buf name = BUF_INIT(1024);
	enum err e = wiring_request_log(c, &requests, why);

	if (e != ERR_OK)
		return e;
	request_log_setup(&requests);
	wiring_node_name(c, &name);
	log_identify(buf_str(&name), str_from_c(metrics_version()));
	buf_release(&name);
	e = log_start(c->log_file, (size_t)c->log_queue_bytes, why);
	if (e == ERR_OK)
		log_starting(c);
	return e;
}

/* What administrators set takes the place of what is configured. */
static void on_instance(void *user, const struct instance_values *now)
{
	const struct node *n = user;
	const struct config *c = n->config;

	throttle_set(n->web.sign_in_failures, (unsigned)now->number[INSTANCE_SIGN_IN_BURST],
		     (unsigned)c->sign_in_period_s);
	throttle_set(n->web.sign_in_origins, (unsigned)now->number[INSTANCE_ADDRESS_BURST],
		     (unsigned)c->sign_in_period_s);
	throttle_set(n->web.registrations, (unsigned)now->number[INSTANCE_REGISTER_BURST],
		     (unsigned)c->register_period_s);
	throttle_set(n->web.posts, (unsigned)now->number[INSTANCE_POST_BURST],
		     (unsigned)c->post_period_s);
}

static enum err start_mail(struct node *n)
{
	n->mail = wiring_mailer(n->config);
	return n->config->smtp_url.len ? mailer_start(&n->service, &n->mail) : ERR_OK;
}

static enum err open_store(struct node *n, struct instance *instance, struct buf *why)
{
	struct store_config store = wiring_store(n->config);
	enum err e;

	n->service = wiring_service(n->config);
	n->service.instance = instance;
	store.only_server = true;
	store.start_wait_ms = n->config->db_start_wait_s * 1000;
	e = store_open(&store, &n->service.store, why);
	if (e != ERR_OK)
		return e;
	e = instance_start(instance, n->service.store, on_instance, n);
	if (e != ERR_OK)
		buf_add_c(why, "could not start its threads");
	return e;
}

static enum err build(struct node *n, struct buf *why)
{
	struct instance *instance = NULL;
	enum err e;

	metrics_setup();
	e = start_log(n->config, why);
	if (e != ERR_OK)
		return e;
	build_surfaces(n);
	build_listeners(n);
	if (password_setup() != ERR_OK) {
		buf_add_c(why, "the password library can't start");
		return ERR_INTERNAL;
	}
	e = wiring_instance(n->config, n->arena, &instance, why);
	if (e == ERR_OK)
		e = open_store(n, instance, why);
	if (e != ERR_OK)
		return e;
	n->health.store = n->service.store;
	e = start_mail(n);
	if (e != ERR_OK) {
		buf_add_c(why, "could not start the thread that sends mail");
		return e;
	}
	live_watch_unread(n->web.live, notice_unread);
	e = live_start(n->web.live);
	if (e != ERR_OK) {
		buf_add_c(why, "could not start its threads");
		return e;
	}
	e = build_server(n, why);
	if (e != ERR_OK)
		return e;
	source_setup(n->service.store, n->server, n->listeners, n->listener_count);
	n->sampler = sampler_new(n->service.store, n->config->db, &n->health);
	return ERR_OK;
}

/* To whoever started it, and to those who read the log elsewhere. */
static void tell_failure(const struct config *config, struct str why)
{
	fprintf(stderr, "kinglet: %.*s\n", STR_ARG(why));
	if (log_form() == LOG_JSON || config->log_file.len)
		log_error("could not start", LOG_STR("error.message", why));
}

int serve(const struct config *config)
{
	struct node *n = calloc(1, sizeof(*n));
	struct buf why = BUF_INIT(4096);
	sigset_t ending;
	enum err e;

	if (n)
		n->arena = arena_new(CONFIGURED_MAX_BYTES);
	if (!n || !n->arena)
		die("no memory to start");
	n->config = config;
	block_signals(&ending);
	e = build(n, &why);
	if (e == ERR_OK && http_server_start(n->server) != ERR_OK) {
		buf_add_c(&why, "could not start its threads");
		e = ERR_INTERNAL;
	}
	if (e == ERR_OK) {
		start_recorder(n);
		announce(n);
		notify_supervisor("READY=1");
		wait_for_end(n, &ending);
		stop(n, &ending);
	} else {
		tell_failure(config, buf_str(&why));
	}
	release(n);
	log_info("stopped");
	log_stop(LOG_STOP_MS);
	buf_release(&why);
	return e == ERR_OK ? 0 : 1;
}
