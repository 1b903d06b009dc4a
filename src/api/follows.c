/* /fllws/<username>: whom somebody follows, and changing that. */
#include "api/body.h"
#include "base/json.h"
#include "api/reply.h"
#include "service/follow.h"

void api_follows(struct api *api, struct http_request *req, struct http_response *res)
{
	size_t count = query_count(req);
	struct user_list list = {0};
	struct user user;
	enum err e = ERR_OK;

	if (!reply_needs_user(api, req, res, &user))
		return;
	if (count > 0)
		e = follow_following(api->service, req->arena, user.id, 0, count, &list);
	if (e != ERR_OK) {
		reply_failure(res, e);
		return;
	}
	buf_add_c(&res->body, "{\"follows\": [");
	for (size_t i = 0; i < list.count; i++) {
		if (i > 0)
			buf_add_c(&res->body, ", ");
		json_string(&res->body, list.items[i].name);
	}
	buf_add_c(&res->body, "]}\n");
	reply_json(res);
}

void api_change_follow(struct api *api, struct http_request *req, struct http_response *res)
{
	struct body_field fields[] = {{"follow"}, {"unfollow"}};
	const struct str *follow = &fields[0].value, *unfollow = &fields[1].value;
	const char *why = NULL;
	struct user user;
	enum err e;

	if (!reply_needs_active_user(api, req, res, &user))
		return;
	if (!body_read(req->arena, req->body, fields, sizeof(fields) / sizeof(fields[0]), &why)) {
		api_error(res, 400, why);
		return;
	}
	if (!follow->ptr == !unfollow->ptr) {
		api_error(res, 400, "The body must have either \"follow\" or \"unfollow\"");
		return;
	}
	if (follow->ptr)
		e = follow_create(api->service, req->arena, user.id, *follow, NULL);
	else
		e = follow_delete(api->service, req->arena, user.id, *unfollow, NULL);
	if (e != ERR_OK)
		reply_failure(res, e);
	else
		reply_done(res);
}
