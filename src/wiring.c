#include "wiring.h"

#include <stdlib.h>
#include <unistd.h>
#include "base/log.h"

#define NODE_NAME_MAX_BYTES 255
#define HOST_NAME_MAX_BYTES 65

struct store_config wiring_store(const struct config *c)
{
	return (struct store_config){
		.url = c->db,
		.write_queue_max = (size_t)c->write_queue,
		.cache_bytes = (size_t)c->db_cache_bytes,
		.home_cache_bytes = (size_t)c->home_cache_bytes,
		.connections = (unsigned)c->db_connections,
		.timeout_ms = c->db_timeout_ms,
		.slow_ms = c->slow_store_ms,
	};
}

struct service wiring_service(const struct config *c)
{
	return (struct service){
		.post_max_chars = (size_t)c->post_max_chars,
		.session_max_ms = c->session_days * 24 * 3600 * 1000,
		.deletion_ms = c->deletion_days * 24 * 3600 * 1000,
		.sessions_per_user = (size_t)c->sessions_per_user,
	};
}

struct mailer_config wiring_mailer(const struct config *c)
{
	return (struct mailer_config){
		.smtp = {.url = c->smtp_url,
			 .user = c->smtp_user,
			 .password = c->smtp_password,
			 .ca = c->smtp_ca,
			 .tls = c->smtp_tls || str_starts_with(c->smtp_url, STR("smtps:"))},
		.from = c->mail_from,
		.base_url = c->base_url,
	};
}

struct web_config wiring_web(const struct config *c)
{
	return (struct web_config){
		.base_url = c->base_url,
		.gravatar = c->gravatar,
	};
}

enum err wiring_instance(const struct config *c, struct arena *a, struct instance **out,
			 struct buf *why)
{
	struct str configured[INSTANCE_COUNT] = {
		[INSTANCE_NAME] = c->instance_name,
		[INSTANCE_DESCRIPTION] = c->instance_description,
		[INSTANCE_CONTACT] = c->instance_contact,
		[INSTANCE_RULES] = STR(""),
		[INSTANCE_ANNOUNCEMENT] = STR(""),
		[INSTANCE_REGISTRATION] = c->registration,
	};
	const int64_t numbers[INSTANCE_COUNT] = {
		[INSTANCE_POST_MAX_CHARS] = c->post_max_chars,
		[INSTANCE_SIGN_IN_BURST] = c->sign_in_burst,
		[INSTANCE_ADDRESS_BURST] = c->sign_in_address_burst,
		[INSTANCE_REGISTER_BURST] = c->register_burst,
		[INSTANCE_POST_BURST] = c->post_burst,
	};

	for (int i = 0; i < INSTANCE_COUNT; i++) {
		if (instance_facts[i].kind == INSTANCE_NUMBER)
			configured[i] = arena_printf(a, "%lld", (long long)numbers[i]);
		if (!configured[i].ptr)
			return ERR_TOO_LARGE;
	}
	return instance_new(configured, out, why);
}

struct http_limits wiring_limits(const struct config *c)
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
		.beat_ms = c->beat_ms,
		.drain_ms = c->drain_ms,
	};
}

/* The port of HOST:PORT; empty where it is off. */
static struct str port_of(struct str address)
{
	size_t at = address.len;

	if (str_eq(address, STR("off")))
		return (struct str){0};
	while (at > 0 && address.ptr[at - 1] != ':')
		at--;
	return str_sub(address, at, address.len);
}

void wiring_node_name(const struct config *c, struct buf *out)
{
	const struct str listeners[] = {c->web, c->api, c->admin};
	char host[HOST_NAME_MAX_BYTES] = "";
	struct buf name = BUF_INIT(1024);
	bool named;
	struct str port = {0};

	for (size_t i = 0; i < 3 && !port.len; i++)
		port = port_of(listeners[i]);
	named = gethostname(host, sizeof(host) - 1) == 0 && host[0];
	if (c->node_name.len)
		buf_add(&name, str_sub(c->node_name, 0, NODE_NAME_MAX_BYTES));
	else
		buf_printf(&name, "%s:%.*s", named ? host : "localhost", STR_ARG(port));
	for (size_t i = 0; i < name.len && i < NODE_NAME_MAX_BYTES; i++)
		buf_add_char(out, name.ptr[i] > ' ' && name.ptr[i] < 0x7f ? name.ptr[i] : '_');
	buf_release(&name);
}

/* The index of `value` among `names`, or -1. */
static int index_of(struct str value, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (str_eq(value, str_from_c(names[i])))
			return (int)i;
	}
	return -1;
}

/* Colours are for people who look, and for those who want them (https://no-color.org). */
static bool wants_colour(int descriptor)
{
	const char *refused = getenv("NO_COLOR"), *terminal = getenv("TERM");

	return isatty(descriptor) && (!refused || !refused[0]) && terminal &&
	       strcmp(terminal, "dumb") != 0;
}

enum err wiring_log(const struct config *c, int descriptor, struct buf *why)
{
	static const char *const levels[] = {"debug", "info", "warn", "error"};
	static const char *const formats[] = {"text", "json", "auto"};
	int level = index_of(c->log_level, levels, sizeof(levels) / sizeof(levels[0]));
	int format = index_of(c->log_format, formats, sizeof(formats) / sizeof(formats[0]));

	if (level < 0) {
		buf_printf(why, "log-level: '%.*s' is none of debug, info, warn, error",
			   STR_ARG(c->log_level));
		return ERR_INVALID;
	}
	if (format < 0) {
		buf_printf(why, "log-format: '%.*s' is none of auto, text, json",
			   STR_ARG(c->log_format));
		return ERR_INVALID;
	}
	if (format == 2)
		format = !c->log_file.len && isatty(descriptor) ? LOG_TEXT : LOG_JSON;
	log_setup((enum log_level)level, (enum log_format)format);
	log_set_colour(!c->log_file.len && wants_colour(descriptor));
	return ERR_OK;
}

enum err wiring_request_log(const struct config *c, struct request_log_config *out, struct buf *why)
{
	static const char *const addresses[] = {"full", "truncated", "none"};
	int address = index_of(c->log_client_address, addresses, 3);

	if (address < 0) {
		buf_printf(why, "log-client-address: '%.*s' is none of full, truncated, none",
			   STR_ARG(c->log_client_address));
		return ERR_INVALID;
	}
	*out = (struct request_log_config){
		.all = c->log_requests,
		.address = (enum request_log_address)address,
		.slow_us = c->slow_request_ms * 1000,
	};
	return ERR_OK;
}
