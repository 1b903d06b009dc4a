/* POST /register: the web form's rules and texts, as JSON. Hashes a password: the password lane. */
#include "api/body.h"
#include "api/reply.h"
#include "service/account.h"
#include "service/instance.h"

void api_register(struct api *api, struct http_request *req, struct http_response *res)
{
	static const char *const closed[REGISTRATION_COUNT] = {
		[REGISTRATION_INVITATION] = "Signing up is by invitation, on the pages",
		[REGISTRATION_APPROVAL] = "Signing up needs a moderator's approval, on the pages",
		[REGISTRATION_CLOSED] = "Nobody can sign up here at present",
	};
	enum registration_mode mode = instance_now(api->service)->registration;
	struct body_field fields[] = {{"username"}, {"email"}, {"pwd"}};
	enum problem problem = PROBLEM_NONE;
	const char *why = NULL;
	enum err e;

	if (mode != REGISTRATION_OPEN) {
		api_error(res, 403, closed[mode]);
		return;
	}
	if (!body_read(req->arena, req->body, fields, sizeof(fields) / sizeof(fields[0]), &why)) {
		api_error(res, 400, why);
		return;
	}
	/* A field that is missing is an empty one: the rules have words for that. */
	e = account_register(api->service, req->arena,
			     &(struct registration){.name = fields[0].value,
						    .email = fields[1].value,
						    .password = fields[2].value},
			     &problem, NULL);
	if (e != ERR_OK)
		reply_failure(res, e);
	else if (problem != PROBLEM_NONE)
		api_error(res, 400, problem_text(problem));
	else
		reply_done(res);
}
