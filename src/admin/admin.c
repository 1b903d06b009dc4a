/*
 * All texts here are constants and numbers: what an operator's tools read must hold nothing that
 * a user wrote and nothing that is secret.
 */
#include "admin/admin.h"

#include "metrics/metrics.h"

static void add_headers(struct http_response *res, const char *type)
{
	http_response_header(res, "Content-Type", str_from_c(type));
	http_response_header(res, "Cache-Control", STR("no-store"));
	http_response_header(res, "X-Content-Type-Options", STR("nosniff"));
}

static void reply_text(struct http_response *res, int status, const char *text)
{
	http_response_reset(res, status);
	add_headers(res, "text/plain; charset=utf-8");
	buf_add_c(&res->body, text);
	buf_add_char(&res->body, '\n');
}

void admin_error(struct http_response *res, int status)
{
	reply_text(res, status, http_reason(status));
}

void admin_index(struct admin *admin, struct http_request *req, struct http_response *res)
{
	(void)admin;
	(void)req;
	reply_text(res, 200,
		   "Kinglet\n\n"
		   "/livez    is the process alive?\n"
		   "/readyz   can it serve? (503 if not; each check with its reason)\n"
		   "/metrics  for Prometheus");
}

void admin_livez(struct admin *admin, struct http_request *req, struct http_response *res)
{
	(void)admin;
	(void)req;
	reply_text(res, 200, "ok");
}

static enum err check_store(void *service)
{
	return store_check(((struct service *)service)->store);
}

static void add_check(struct buf *out, const char *name, bool ok, const char *reason)
{
	buf_printf(out, "{\"name\": \"%s\", \"ok\": %s, \"reason\": \"%s\"}", name,
		   ok ? "true" : "false", reason);
}

void admin_readyz(struct admin *admin, struct http_request *req, struct http_response *res)
{
	bool draining = atomic_load(&admin->draining);
	/* Whoever balances the load must know of the end at once, however long the store takes. */
	enum err e = draining ? ERR_OK : probe_ask(&admin->store, check_store, admin->service);
	bool store_ok = e == ERR_OK || e == ERR_READ_ONLY; /* a frozen one is read on */
	bool ready = store_ok && !draining;

	(void)req;
	res->status = ready ? 200 : 503;
	res->err = e;
	add_headers(res, "application/json");
	buf_printf(&res->body, "{\"ready\": %s, \"checks\": [", ready ? "true" : "false");
	add_check(&res->body, "serving", !draining, draining ? "it is stopping" : "");
	if (!draining) {
		buf_add_c(&res->body, ", ");
		add_check(&res->body, "store", store_ok, e == ERR_OK ? "" : err_text(e));
	}
	buf_add_c(&res->body, "]}\n");
}

void admin_metrics(struct admin *admin, struct http_request *req, struct http_response *res)
{
	enum metrics_format format = metrics_format_of(http_header_find(req, "Accept"));

	(void)admin;
	add_headers(res, metrics_content_type(format));
	http_response_header(res, "Vary", STR("Accept"));
	metrics_render(&res->body, format);
}

void admin_release(struct admin *admin)
{
	probe_release(&admin->store);
}
