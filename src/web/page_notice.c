/*
 * What happened that concerns one, and what one wants to hear of. Looking at the list changes
 * nothing, since browsers also fetch what nobody looks at: a button marks it as read, and the
 * script presses that where the page is in sight.
 */
#include "web/page.h"

#include "http/form.h"
#include "templates/templates.h"
#include "web/html.h"
#include "web/view_notice.h"

const struct notice_choice_list notice_choices = {
	.items =
		(const struct notice_choice[]){
			{NOTICE_MENTION, "mention", T_LATER("mentions me")},
			{NOTICE_REPLY, "reply", T_LATER("answers a post of mine")},
			{NOTICE_LIKE, "like", T_LATER("likes a post of mine")},
			{NOTICE_REPOST, "repost", T_LATER("reposts a post of mine")},
			{NOTICE_FOLLOW, "follow", T_LATER("follows me")},
		},
	.count = 5,
};

/* ---- what the templates call ---------------------------------------------------------------- */

void view_unread(struct buf *out, int64_t count)
{
	if (count >= NOTICE_UNREAD_MAX)
		buf_add(out, STR("99+"));
	else
		buf_add_i64(out, count);
}

static void put_person(struct buf *out, struct str name, struct str display)
{
	if (display.len) {
		view_person(out, name, display);
		return;
	}
	buf_add(out, STR("<a href=\"/"));
	html_url(out, name);
	buf_add(out, STR("\"><bdi>"));
	html(out, name);
	buf_add(out, STR("</bdi></a>"));
}

void view_notice_people(struct buf *out, const struct notice_group *g)
{
	int64_t others = (int64_t)g->people - NOTICE_NAMED_MAX;

	put_person(out, g->names[0], g->displays[0]);
	if (g->people == 1)
		return;
	html(out, others > 0 ? STR(", ") : T_STR(" and "));
	put_person(out, g->names[1], g->displays[1]);
	if (others <= 0)
		return;
	buf_printf(out, T_PLURAL(" and %d other", " and %d others", others), (int)others);
}

const char *view_notice_deed(const struct notice_group *g)
{
	switch (g->kind) {
	case NOTICE_FOLLOW:
		return T("followed you");
	case NOTICE_MENTION:
		return T("mentioned you");
	case NOTICE_REPLY:
		return T("answered you");
	case NOTICE_LIKE:
		return T("liked your post");
	case NOTICE_REPOST:
		return T("reposted your post");
	case NOTICE_WARNING:
		return T("warned you");
	case NOTICE_KIND_END:
		break;
	}
	return "";
}

/* ---- the list ------------------------------------------------------------------------------- */

void page_notices(struct web *w, struct http_request *req, struct http_response *res)
{
	const struct viewer *viewer = page_viewer(req);
	struct notices_view v = {.first = true};
	struct form query = {0};
	struct cursor at;
	enum err e = ERR_OK;

	if (!page_cursor(w, req, res, &at))
		return;
	if (req->query.len)
		e = form_parse(req->arena, req->query, &query);
	if (e == ERR_OK && at.side != CURSOR_AFTER) {
		v.first = at.side == CURSOR_NEWEST;
		v.mentions = str_eq(form_find(&query, "show"), STR("mentions"));
		e = notice_page(w->service, req->arena, viewer->user.id, v.mentions, at.id,
				&v.notices);
	}
	if (e != ERR_OK) {
		page_error_of(w, req, res, e);
		return;
	}
	page_view_init(w, req, res, &v.page, T_STR("Notifications"), (struct str){NULL, 0});
	v.page.place = PLACE_NOTICES;
	v.page.description = T_STR("What happened that concerns you.");
	template_notices(&res->body, &v);
	page_send(w, req, res);
}

/* Up to what was shown, so that what came meanwhile stays new. */
void page_notices_read(struct web *w, struct http_request *req, struct http_response *res)
{
	struct form form;
	struct cursor upto;
	enum err e;

	if (!page_form(w, req, res, &form))
		return;
	if (!cursor_parse(form_find(&form, "upto"), (struct str){NULL, 0}, &upto) || !upto.id) {
		page_error(w, req, res, 400);
		return;
	}
	e = notice_read(w->service, page_viewer(req)->user.id, upto.id);
	if (e != ERR_OK)
		page_error_of(w, req, res, e);
	else
		page_redirect(res, STR("/notifications"));
}

/* ---- the choices ---------------------------------------------------------------------------- */

void page_notice_settings(struct web *w, struct http_request *req, struct http_response *res)
{
	struct notice_settings_view v = {.off = 0};
	enum err e = notice_chosen(w->service, page_viewer(req)->user.id, &v.off);

	if (e != ERR_OK) {
		page_error_of(w, req, res, e);
		return;
	}
	page_view_init(w, req, res, &v.page, T_STR("Notifications"), (struct str){NULL, 0});
	v.page.description = T_STR("What you hear of.");
	template_settings_notices(&res->body, &v);
	page_send(w, req, res);
}

/* A box that isn't ticked isn't sent: what is missing is off. */
void page_change_notices(struct web *w, struct http_request *req, struct http_response *res)
{
	struct form form;
	int64_t off = 0;
	enum err e;

	if (!page_form(w, req, res, &form))
		return;
	for (size_t i = 0; i < notice_choices.count; i++) {
		if (!form_find(&form, notice_choices.items[i].field).len)
			off |= NOTICE_BIT(notice_choices.items[i].kind);
	}
	if (form_find(&form, "followed").len)
		off |= NOTICE_ONLY_FOLLOWED;
	e = notice_choose(w->service, page_viewer(req)->user.id, off);
	if (e != ERR_OK) {
		page_error_of(w, req, res, e);
		return;
	}
	flash_set(req, res, FLASH_NOTICES, (struct str){NULL, 0});
	page_redirect(res, STR("/settings/notifications"));
}
