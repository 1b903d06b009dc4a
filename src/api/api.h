/*
 * api.h: the simulator's API: JSON over HTTP for programs. Order of checks: record `latest`, then
 * authorization, then the user, then the body. Errors are {"status": N, "error_msg": "…"}.
 *
 * Lists take `no`, the number of rows: POST_API_DEFAULT_COUNT where it is not sent or no number, at
 * most POST_API_MAX_COUNT, which a negative one asks for too (so did the classic application, for
 * which it meant "all"); 0 gives an empty list.
 */
#ifndef KINGLET_API_API_H
#define KINGLET_API_API_H

#include "http/http.h"
#include "service/service.h"

struct answer_cache;
struct health;

struct api {
	struct service *service;
	struct health *health;
	struct str authorization_name, authorization_password;
	struct answer_cache *cache; /* answer_cache.h; NULL: nothing is kept */
};

typedef void api_handler(struct api *api, struct http_request *req, struct http_response *res);

api_handler api_latest, api_register, api_messages, api_user_messages, api_post_message,
	api_follows, api_change_follow, api_openapi, api_healthz;

/* {"status": N, "error_msg": "…"}; `message` NULL: the status's own words. */
void api_error(struct http_response *res, int status, const char *message);
/* Stores ?latest=N where it is an integer other than -1. To be called before anything else. */
void api_record_latest(struct api *api, const struct http_request *req);
/* Does the request carry the configured name and password? Constant time. */
bool api_authorized(const struct api *api, const struct http_request *req);

#endif
