/*
 * What an operator's tools read must hold nothing that a user wrote and nothing that is secret: all
 * texts here are constants and numbers, but for the database's own words of why it isn't there.
 */
#include "admin/admin.h"

#include <string.h>
#include "base/json.h"
#include "metrics/metrics.h"

#define REASON_MAX_BYTES 512

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
		   "/metrics  for Prometheus\n"
		   "/admin/   the dashboard, for a browser");
}

void admin_livez(struct admin *admin, struct http_request *req, struct http_response *res)
{
	(void)admin;
	(void)req;
	reply_text(res, 200, "ok");
}

struct check {
	const char *name;
	bool ok, required; /* what is not required is said, and takes no node out */
	const char *reason;
};

static void add_check(struct buf *out, const struct check *check)
{
	buf_printf(out, "%s{\"name\": \"%s\", \"ok\": %s, \"required\": %s, \"reason\": ",
		   strcmp(check->name, "serving") == 0 ? "" : ", ", check->name,
		   check->ok ? "true" : "false", check->required ? "true" : "false");
	json_string(out, str_from_c(check->reason));
	buf_add_char(out, '}');
}

static void add_store(struct buf *out, struct health *h, enum err e)
{
	struct buf reason = BUF_INIT(REASON_MAX_BYTES);
	char words[HEALTH_WORDS_BYTES];

	health_words(h, words);
	if (e != ERR_OK)
		buf_add_c(&reason, err_text(e));
	if (e != ERR_OK && words[0])
		buf_printf(&reason, ": %s", words);
	add_check(out, &(struct check){"store", health_tolerates(e), true, buf_c(&reason)});
	buf_release(&reason);
}

/* What an operator should look after, before it becomes a failure. */
static void add_notes(struct buf *out, struct health *h)
{
	bool disk_ok = !health_disk_is_low(h);
	bool migrated = atomic_load(&h->pending_migrations) == 0;

	add_check(out, &(struct check){"disk", disk_ok, false,
				       disk_ok ? "" : "little space is left for the database"});
	add_check(out, &(struct check){"migrations", migrated, false,
				       migrated ? "" : "some are pending: run kinglet migrate"});
}

void admin_readyz(struct admin *admin, struct http_request *req, struct http_response *res)
{
	struct health *h = admin->health;
	bool draining = atomic_load(&h->draining);
	/* Whoever balances the load must know of the end at once, however long the store takes. */
	enum err e = draining ? ERR_OK : health_ask(h);
	bool store_ok = health_tolerates(e), ready = store_ok && !draining;

	(void)req;
	res->status = ready ? 200 : 503;
	res->err = e;
	add_headers(res, "application/json");
	buf_printf(&res->body, "{\"ready\": %s, \"checks\": [", ready ? "true" : "false");
	add_check(&res->body,
		  &(struct check){"serving", !draining, true, draining ? "it is stopping" : ""});
	if (!draining) {
		add_store(&res->body, h, e);
		add_notes(&res->body, h);
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
