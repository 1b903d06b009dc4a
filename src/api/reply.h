/* reply.h: what the handlers of this folder share: reading queries, and the forms of answers. */
#ifndef KINGLET_API_REPLY_H
#define KINGLET_API_REPLY_H

#include "api/api.h"

/* The first value of that name in the query, decoded; .ptr is NULL where there is none. */
struct str query_find(const struct http_request *req, const char *name);
/* A decimal with an optional sign and space around it; false where it is none or out of range. */
bool query_integer(struct str text, int64_t *out);
/* How many rows `no` asks for: api.h says what it may be. */
size_t query_count(const struct http_request *req);

/* 200 with what was and will be rendered into res->body. */
void reply_json(struct http_response *res);
/* 204: done, durably. */
void reply_done(struct http_response *res);
/* The answer to a failed operation; where it comes from a look-up, NOT_FOUND is of a user. */
void reply_failure(struct http_response *res, enum err e);

/* reply_needs_user(), and 403 with the reason where that person may not take part. */
bool reply_needs_active_user(struct api *api, struct http_request *req, struct http_response *res,
			     struct user *out);
/* The user that the path names; false where there is none (404) or it could not be looked up. */
bool reply_needs_user(struct api *api, struct http_request *req, struct http_response *res,
		      struct user *out);

#endif
