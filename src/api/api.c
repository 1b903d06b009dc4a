/* What every request goes through, and the two answers that concern no user. */
#include "api/api.h"

#include "api/reply.h"
#include "base/log.h"
#include "http/basic.h"
#include "service/health.h"
#include "service/latest.h"

extern const unsigned char openapi_json[];
extern const size_t openapi_json_bytes;

void api_record_latest(struct api *api, const struct http_request *req)
{
	int64_t latest;
	enum err e;

	if (!query_integer(query_find(req, "latest"), &latest) || latest == -1)
		return;
	e = latest_set(api->service, latest);
	if (e != ERR_OK && e != ERR_READ_ONLY)
		log_warn("latest could not be recorded", LOG_C("error.type", err_label(e)));
}

/* Takes as long whatever `given` is; how long `secret` is may show. */
static bool equals_secret(struct str secret, struct str given)
{
	size_t differences = secret.len ^ given.len;

	for (size_t i = 0; i < secret.len; i++) {
		unsigned char c = i < given.len ? (unsigned char)given.ptr[i] : 0;

		differences |= (size_t)((unsigned char)secret.ptr[i] ^ c);
	}
	return differences == 0;
}

bool api_authorized(const struct api *api, const struct http_request *req)
{
	struct str name, password;
	bool name_right, password_right;

	if (!basic_parse(req, &name, &password))
		return false;
	/* Both are compared in any case, so that time doesn't tell which was wrong. */
	name_right = equals_secret(api->authorization_name, name);
	password_right = equals_secret(api->authorization_password, password);
	return name_right && password_right;
}

void api_latest(struct api *api, struct http_request *req, struct http_response *res)
{
	int64_t latest;
	enum err e = latest_get(api->service, &latest);

	(void)req;
	if (e != ERR_OK) {
		reply_failure(res, e);
		return;
	}
	buf_add_c(&res->body, "{\"latest\": ");
	buf_add_i64(&res->body, latest);
	buf_add_c(&res->body, "}\n");
	reply_json(res);
}

void api_openapi(struct api *api, struct http_request *req, struct http_response *res)
{
	(void)api;
	(void)req;
	buf_append(&res->body, openapi_json, openapi_json_bytes);
	reply_json(res);
}

/* For a balancer that reaches no other listener: it learns nothing but what the status says. */
void api_healthz(struct api *api, struct http_request *req, struct http_response *res)
{
	bool good = health_is_good(api->health);

	(void)req;
	res->status = good ? 200 : 503;
	http_response_header(res, "Content-Type", STR("text/plain; charset=utf-8"));
	http_response_header(res, "Cache-Control", STR("no-store"));
	buf_add_c(&res->body, good ? "ok\n" : "unavailable\n");
}
