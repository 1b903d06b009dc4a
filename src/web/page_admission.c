/* Who is let in: those who wait for approval, and invitations. */
#include "web/page.h"

#include "service/account.h"
#include "templates/templates.h"
#include "web/view_instance.h"

void page_approvals(struct web *w, struct http_request *req, struct http_response *res)
{
	struct approvals_view v = {.waiting = {NULL, 0, false}};
	enum err e = moderation_waiting(w->service, req->arena, &v.waiting);

	if (e != ERR_OK) {
		page_error_of(w, req, res, e);
		return;
	}
	page_view_init(w, req, res, &v.page, T_STR("Approvals"), (struct str){NULL, 0});
	v.page.description = T_STR("Who wants to join.");
	page_view_count(w, &v.page);
	template_approvals(&res->body, &v);
	page_send(w, req, res);
}

/* Somebody else may have been faster: then there is nothing left to do. */
void page_approval_act(struct web *w, struct http_request *req, struct http_response *res)
{
	struct moderation_act act = {.key = STR(""), .action = MODERATION_APPROVE};
	struct user subject;
	struct form form;
	struct str action;
	enum err e;

	if (!page_form(w, req, res, &form))
		return;
	action = form_find(&form, "action");
	act.text = form_find(&form, "text");
	if (str_eq(action, STR("reject")))
		act.action = MODERATION_REJECT;
	else if (!str_eq(action, STR("approve"))) {
		page_error(w, req, res, 400);
		return;
	}
	e = account_find(w->service, req->arena, form_find(&form, "name"), &subject);
	if (e == ERR_OK)
		e = moderation_act(w->service, &page_viewer(req)->user, &subject, &act);
	if (e != ERR_OK && e != ERR_CONFLICT && e != ERR_NOT_FOUND) {
		page_error_of(w, req, res, e);
		return;
	}
	page_redirect(res, STR("/admin/approvals"));
}

/* ---- invitations ------------------------------------------------------------------------------
 */

static void show_invitations(struct web *w, struct http_request *req, struct http_response *res,
			     struct invitations_view *v)
{
	enum err e = moderation_invitations(w->service, req->arena, &v->invitations);

	if (e != ERR_OK) {
		page_error_of(w, req, res, e);
		return;
	}
	v->by_code = instance_now(w->service)->registration == REGISTRATION_INVITATION;
	page_view_init(w, req, res, &v->page, T_STR("Invitations"), (struct str){NULL, 0});
	v->page.description = T_STR("Who may join, and until when.");
	page_view_count(w, &v->page);
	template_invitations(&res->body, v);
	page_send(w, req, res);
}

void page_invitations(struct web *w, struct http_request *req, struct http_response *res)
{
	struct invitations_view v = {.uses = STR("1"), .days = STR("7")};

	show_invitations(w, req, res, &v);
}

static enum err create(struct web *w, struct http_request *req, struct invitations_view *v)
{
	char code[MODERATION_CODE_BYTES + 1];
	int64_t uses = 0, days = 0;

	if (!str_to_i64(v->uses, &uses) || uses < 1 || uses > MODERATION_USES_MAX)
		v->error = (struct form_error){"uses", T("A number from 1 to 1,000")};
	else if (!str_to_i64(v->days, &days) || days < 1 || days > MODERATION_DAYS_MAX)
		v->error = (struct form_error){"days", T("A number from 1 to 365")};
	if (v->error.text)
		return ERR_INVALID;
	return moderation_invite(w->service, &page_viewer(req)->user, uses, days, code);
}

void page_invitation_act(struct web *w, struct http_request *req, struct http_response *res)
{
	struct invitations_view v = {.error = {"", NULL}};
	struct form form;
	enum err e;

	if (!page_form(w, req, res, &form))
		return;
	v.uses = str_trim(form_find(&form, "uses"));
	v.days = str_trim(form_find(&form, "days"));
	if (form_find(&form, "end").len)
		e = moderation_invite_end(w->service, &page_viewer(req)->user,
					  form_find(&form, "end"));
	else
		e = create(w, req, &v);
	if (e == ERR_INVALID && v.error.text)
		show_invitations(w, req, res, &v);
	else if (e != ERR_OK && e != ERR_NOT_FOUND)
		page_error_of(w, req, res, e);
	else
		page_redirect(res, STR("/admin/invitations"));
}
