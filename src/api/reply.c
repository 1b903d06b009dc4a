/*
 * Nothing here fails a request for its query: clients send what they like there, and the contract
 * says that what is no number counts as not sent.
 */
#include "api/reply.h"

#include "base/json.h"
#include "base/encode.h"
#include "service/account.h"
#include "service/post.h"

struct str query_find(const struct http_request *req, const char *name)
{
	struct str rest = req->query, pair, key, value;

	while (str_cut(&rest, '&', &pair)) {
		str_cut(&pair, '=', &key);
		if (!percent_decode(req->arena, key, true, &key) ||
		    !str_eq(key, str_from_c(name)) ||
		    !percent_decode(req->arena, pair, true, &value))
			continue;
		return value.ptr ? value : STR("");
	}
	return str_from(NULL, 0);
}

bool query_integer(struct str text, int64_t *out)
{
	text = str_trim(text);
	if (text.len > 1 && text.ptr[0] == '+' && text.ptr[1] != '-')
		text = str_sub(text, 1, text.len);
	return str_to_i64(text, out);
}

size_t query_count(const struct http_request *req)
{
	int64_t count;

	if (!query_integer(query_find(req, "no"), &count))
		return POST_API_DEFAULT_COUNT;
	return count < 0 || count > POST_API_MAX_COUNT ? POST_API_MAX_COUNT : (size_t)count;
}

static void add_json_headers(struct http_response *res)
{
	http_response_header(res, "Content-Type", STR("application/json"));
	http_response_header(res, "Cache-Control", STR("no-store"));
	http_response_header(res, "X-Content-Type-Options", STR("nosniff"));
}

void reply_json(struct http_response *res)
{
	res->status = 200;
	add_json_headers(res);
}

void reply_done(struct http_response *res)
{
	http_response_reset(res, 204);
}

void api_error(struct http_response *res, int status, const char *message)
{
	http_response_reset(res, status);
	add_json_headers(res);
	buf_add_c(&res->body, "{\"status\": ");
	buf_add_i64(&res->body, status);
	buf_add_c(&res->body, ", \"error_msg\": ");
	json_string(&res->body, str_from_c(message ? message : http_reason(status)));
	buf_add_c(&res->body, "}\n");
}

void reply_failure(struct http_response *res, enum err e)
{
	res->err = e;
	api_error(res, err_status(e), e == ERR_NOT_FOUND ? "There is no such user" : err_text(e));
	if (err_status(e) == 503)
		http_response_header(res, "Retry-After", STR("1"));
}

bool reply_needs_active_user(struct api *api, struct http_request *req, struct http_response *res,
			     struct user *out)
{
	enum problem problem;

	if (!reply_needs_user(api, req, res, out))
		return false;
	problem = account_state_problem(out->state);
	if (problem != PROBLEM_NONE)
		api_error(res, 403, problem_text(problem));
	return problem == PROBLEM_NONE;
}

bool reply_needs_user(struct api *api, struct http_request *req, struct http_response *res,
		      struct user *out)
{
	enum err e = account_find(api->service, req->arena, req->params[0], out);

	if (e != ERR_OK)
		reply_failure(res, e);
	return e == ERR_OK;
}
