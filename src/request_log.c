/*
 * On the hot path: a line is put together in one piece of stack, with no allocation and no format
 * string but for people (docs/logging.md says what it costs).
 */
#include "request_log.h"

#include <arpa/inet.h>
#include "base/log_line.h"

#define V4_KEPT_BYTES 3
#define V6_KEPT_BYTES 6

static struct request_log_config settings = {.all = true, .slow_us = 1000000};

void request_log_setup(const struct request_log_config *config)
{
	settings = *config;
}

/* Zeroes what tells one subscriber from the next. An address that can't be read is left out. */
static struct str truncated(struct str address, char out[INET6_ADDRSTRLEN])
{
	unsigned char bytes[16] = {0};
	char text[INET6_ADDRSTRLEN];
	int family = str_index(address, ':') < 0 ? AF_INET : AF_INET6;
	size_t kept = family == AF_INET ? V4_KEPT_BYTES : V6_KEPT_BYTES;

	if (address.len >= sizeof(text))
		return (struct str){NULL, 0};
	memcpy(text, address.ptr, address.len);
	text[address.len] = '\0';
	if (inet_pton(family, text, bytes) != 1)
		return (struct str){NULL, 0};
	memset(bytes + kept, 0, sizeof(bytes) - kept);
	if (!inet_ntop(family, bytes, out, INET6_ADDRSTRLEN))
		return (struct str){NULL, 0};
	return str_from_c(out);
}

static struct str client_address(const struct http_request *req, char out[INET6_ADDRSTRLEN])
{
	if (!req || !req->peer.len || settings.address == REQUEST_LOG_NONE)
		return (struct str){NULL, 0};
	return settings.address == REQUEST_LOG_FULL ? req->peer : truncated(req->peer, out);
}

/* The path of Location; its query may hold anything. */
static struct str redirect_of(const struct http_response *res)
{
	struct str rest = buf_str(&res->headers), line, name, target;

	if (res->status < 300 || res->status > 399)
		return (struct str){NULL, 0};
	while (str_cut(&rest, '\n', &line)) {
		str_cut(&line, ':', &name);
		if (!str_eq_nocase(name, STR("Location")))
			continue;
		line = str_trim(line);
		str_cut(&line, '?', &target);
		return target;
	}
	return (struct str){NULL, 0};
}

static struct str cause_of(const struct http_response *res)
{
	return res->cause.len ? res->cause : str_from_c(err_text(res->err));
}

/* 501 and 505 answer what a client made up: no reason to wake anybody. */
static bool is_failure(int status)
{
	return status >= 500 && status != 501 && status != 505;
}

static enum log_level level_of(const struct request_log_entry *e)
{
	if (is_failure(e->res->status))
		return LOG_ERROR;
	if (e->duration_us >= settings.slow_us)
		return LOG_WARN;
	return e->service == METRICS_ADMIN && e->res->status < 400 ? LOG_DEBUG : LOG_INFO;
}

static void add(struct log_line *l, const char *name, struct str value)
{
	if (value.len)
		log_line_field(l, &LOG_STR(name, value));
}

static void add_failure(struct log_line *l, const struct request_log_entry *e)
{
	if (e->res->status == HTTP_CLIENT_GONE)
		log_line_field(l, &LOG_C("error.type", "client_gone"));
	else if (e->res->err != ERR_OK)
		log_line_field(l, &LOG_C("error.type", err_label(e->res->err)));
	if (e->res->status >= 500 && (e->res->err != ERR_OK || e->res->cause.len))
		add(l, "error.message", cause_of(e->res));
}

static void write_json(const struct request_log_entry *e, enum log_level level, const char *event)
{
	char address[INET6_ADDRSTRLEN];
	struct log_line l;

	log_line_start(&l, level, event, metrics_service_name(e->service));
	log_line_field(&l, &LOG_C("event.dataset", "kinglet.request"));
	add(&l, "http.request.id", e->res->request_id);
	log_line_field(&l, &LOG_C("http.request.method", e->method));
	log_line_field(&l, &LOG_I64("http.response.status_code", e->res->status));
	log_line_field(&l, &LOG_I64("http.response.bytes", (int64_t)e->sent_bytes));
	if (e->req) {
		log_line_field(&l, &LOG_I64("http.request.bytes", (int64_t)e->req->received_bytes));
		add(&l, "url.path", e->req->path);
	}
	log_line_field(&l, &LOG_C("kinglet.route", e->route ? e->route : "none"));
	add(&l, "kinglet.redirect", redirect_of(e->res));
	add(&l, "user.name", e->user);
	add(&l, "client.address", client_address(e->req, address));
	log_line_field(&l, &LOG_I64("event.duration", e->duration_us * 1000));
	add_failure(&l, e);
	log_put(level, &l);
}

/* GET /public 200 12411 B 0.3 ms user.name=alice … */
static void write_text(const struct request_log_entry *e, enum log_level level, const char *event)
{
	char address[INET6_ADDRSTRLEN];
	struct log_line l;

	log_line_start(&l, level, event, metrics_service_name(e->service));
	log_line_words(&l, " %s", e->method);
	if (e->req)
		log_line_value(&l, e->req->path);
	log_line_words(&l, " %d %zu B %.1f ms", e->res->status, e->sent_bytes,
		       (double)e->duration_us / 1000);
	add(&l, "to", redirect_of(e->res));
	add(&l, "user.name", e->user);
	add(&l, "client.address", client_address(e->req, address));
	add(&l, "http.request.id", e->res->request_id);
	add_failure(&l, e);
	log_put(level, &l);
}

void request_log(const struct request_log_entry *entry)
{
	enum log_level level = level_of(entry);
	bool slow = entry->duration_us >= settings.slow_us;

	if (!log_enabled(level) || (!settings.all && level < LOG_WARN))
		return;
	if (log_form() == LOG_JSON)
		write_json(entry, level, slow ? "slow request" : "request");
	else
		write_text(entry, level, slow ? "slow request" : "request");
}
