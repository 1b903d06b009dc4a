/* Reports from people, and the pages on which moderators look after them. */
#include "web/page.h"

#include "base/utf8.h"
#include "service/account.h"
#include "service/post.h"
#include "templates/templates.h"
#include "web/view_moderation.h"

#define PAGE_COUNT 30

static int64_t number_of(const struct form *form, const char *field, int64_t otherwise)
{
	int64_t number;

	return str_to_i64(form_find(form, field), &number) ? number : otherwise;
}

static void read_query(const struct http_request *req, struct form *out)
{
	if (form_parse(req->arena, req->query, out) != ERR_OK)
		*out = (struct form){0};
}

void page_view_count(struct web *w, struct page_view *view)
{
	struct moderation_counts counts = {0};

	/* That they can't be counted now is no reason to fail the page. */
	(void)!moderation_counts(w->service, &counts);
	view->open_reports = counts.open_reports;
	view->waiting = counts.waiting;
}

/* ---- reporting ------------------------------------------------------------------------------ */

static void show_report(struct web *w, struct http_request *req, struct http_response *res,
			struct report_view *v)
{
	page_view_init(w, req, res, &v->page, str_from_c(T("Report")), (struct str){NULL, 0});
	v->page.description = T_STR("Tell the moderators of this place.");
	template_report(&res->body, v);
	page_send(w, req, res);
}

/* Whom and what the form is about; a post decides whose it is. */
static enum err find_subject(struct web *w, struct http_request *req, const struct form *form,
			     struct report_view *v)
{
	struct post post;
	enum err e;

	v->post_id = number_of(form, "post", 0);
	if (!v->post_id)
		return account_find(w->service, req->arena, form_find(form, "user"), &v->user);
	e = post_find(w->service, req->arena, v->post_id, &post);
	if (e != ERR_OK)
		return e;
	v->post_text = post.text;
	return account_find(w->service, req->arena, post.author_name, &v->user);
}

void page_report_form(struct web *w, struct http_request *req, struct http_response *res)
{
	struct report_view v = {.post_id = 0};
	struct form query;
	enum err e;

	read_query(req, &query);
	e = find_subject(w, req, &query, &v);
	if (e != ERR_OK)
		page_error_of(w, req, res, e);
	else
		show_report(w, req, res, &v);
}

void page_report(struct web *w, struct http_request *req, struct http_response *res)
{
	const struct viewer *viewer = page_viewer(req);
	struct report_view v = {.post_id = 0};
	struct form form;
	enum err e;

	if (!page_form(w, req, res, &form))
		return;
	e = find_subject(w, req, &form, &v);
	if (e != ERR_OK) {
		page_error_of(w, req, res, e);
		return;
	}
	if (!page_allow(w, req, res, w->posts, viewer->user.name, EVENT_LIMITED_POST))
		return;
	v.text = form_find(&form, "text");
	e = moderation_report(w->service, &viewer->user, v.user.id, v.post_id,
			      number_of(&form, "category", -1), v.text);
	if (e == ERR_INVALID) {
		v.error = v.text.len > MODERATION_TEXT_MAX_BYTES
				  ? (struct form_error){"text", T("That is too long")}
				  : (struct form_error){"category", T("Say what is wrong")};
		show_report(w, req, res, &v);
	} else if (e == ERR_CONFLICT) {
		v.error = (struct form_error){"text", T("You have reported this already")};
		show_report(w, req, res, &v);
	} else if (e != ERR_OK) {
		page_error_of(w, req, res, e);
	} else {
		flash_set(req, res, FLASH_REPORTED, (struct str){NULL, 0});
		page_redirect(res, page_user_path(req->arena, v.user.name));
	}
}

/* ---- the queue --------------------------------------------------------------------------------
 */

void page_reports(struct web *w, struct http_request *req, struct http_response *res)
{
	struct report_filter filter = {.state = REPORT_OPEN};
	struct reports_view v = {.closed = false};
	struct form query;
	enum err e;

	read_query(req, &query);
	v.closed = number_of(&query, "state", 0) == REPORT_RESOLVED;
	filter.state = v.closed ? REPORT_RESOLVED : REPORT_OPEN;
	filter.after_id = number_of(&query, "after", 0);
	e = moderation_reports(w->service, req->arena, &filter, PAGE_COUNT, &v.reports);
	if (e != ERR_OK) {
		page_error_of(w, req, res, e);
		return;
	}
	page_view_init(w, req, res, &v.page,
		       v.closed ? str_from_c(T("Resolved reports")) : str_from_c(T("Reports")),
		       (struct str){NULL, 0});
	v.page.description = T_STR("What people have reported.");
	page_view_count(w, &v.page);
	template_reports(&res->body, &v);
	page_send(w, req, res);
}

static bool action_of(struct str name, enum moderation_action *out)
{
#define MODERATION_X(constant, number, text) \
	if (str_eq(name, STR(text))) {       \
		*out = constant;             \
		return true;                 \
	}
	MODERATION_TABLE(MODERATION_X)
#undef MODERATION_X
	return false;
}

/* What the forms of these pages offer. */
static bool is_on_report(enum moderation_action action)
{
	return action <= MODERATION_DELETE_POST ||
	       (action >= MODERATION_CLAIM && action <= MODERATION_DISMISS);
}

static bool is_on_person(enum moderation_action action)
{
	return (action >= MODERATION_WARN && action <= MODERATION_ROLE) ||
	       action == MODERATION_REJECT || action == MODERATION_RESET_LINK;
}

void page_report_act(struct web *w, struct http_request *req, struct http_response *res)
{
	struct moderation_act act = {.key = STR("")};
	struct report report = {0};
	struct user subject;
	struct form form;
	bool known;
	enum err e = ERR_NOT_FOUND;

	if (!page_form(w, req, res, &form))
		return;
	if (str_to_i64(req->params[0], &act.report_id))
		e = moderation_report_get(w->service, req->arena, act.report_id, &report);
	known = e == ERR_OK && report.user_id &&
		account_find(w->service, req->arena, report.user_name, &subject) == ERR_OK;
	if (e == ERR_OK &&
	    (!action_of(form_find(&form, "action"), &act.action) || !is_on_report(act.action)))
		e = ERR_INVALID;
	if (e == ERR_OK) {
		act.post_id = report.post_id;
		act.text = form_find(&form, "text");
		e = moderation_act(w->service, &page_viewer(req)->user, known ? &subject : NULL,
				   &act);
	}
	if (e != ERR_OK)
		page_error_of(w, req, res, e);
	else
		page_redirect(res, STR("/admin/reports"));
}

/* ---- people -----------------------------------------------------------------------------------
 */

void page_staff_people(struct web *w, struct http_request *req, struct http_response *res)
{
	struct staff_people_view v = {.query = STR("")};
	struct form query;
	int64_t state, role;
	enum err e;

	read_query(req, &query);
	state = number_of(&query, "state", 0);
	role = number_of(&query, "role", 0);
	v.query = form_find(&query, "q");
	e = moderation_people(w->service, req->arena, v.query, (enum user_role)role,
			      (enum user_state)state, &v.people);
	if (e != ERR_OK) {
		page_error_of(w, req, res, e);
		return;
	}
	page_view_init(w, req, res, &v.page, str_from_c(T("People")), (struct str){NULL, 0});
	v.page.description = T_STR("Find somebody, by name, role or state.");
	page_view_count(w, &v.page);
	template_staff_people(&res->body, &v);
	page_send(w, req, res);
}

static void show_person(struct web *w, struct http_request *req, struct http_response *res,
			struct str name, struct form_error error, struct str reset_link)
{
	struct person_view v = {.error = error, .reset_link = reset_link};
	enum err e = account_find(w->service, req->arena, name, &v.user);

	if (e == ERR_OK)
		e = account_standing(w->service, req->arena, v.user.id, &v.standing);
	if (e == ERR_OK)
		e = moderation_notes(w->service, req->arena, v.user.id, &v.notes);
	if (e == ERR_OK)
		e = moderation_reports(w->service, req->arena,
				       &(struct report_filter){.user_id = v.user.id}, PAGE_COUNT,
				       &v.about);
	if (e == ERR_OK)
		e = moderation_reports(w->service, req->arena,
				       &(struct report_filter){.reporter_id = v.user.id},
				       PAGE_COUNT, &v.by);
	if (e != ERR_OK) {
		page_error_of(w, req, res, e);
		return;
	}
	page_view_init(w, req, res, &v.page, v.user.name, (struct str){NULL, 0});
	v.page.description = T_STR("What moderators know of a person, and may do.");
	page_view_count(w, &v.page);
	template_person(&res->body, &v);
	page_send(w, req, res);
}

void page_person(struct web *w, struct http_request *req, struct http_response *res)
{
	struct form query;

	read_query(req, &query);
	show_person(w, req, res, form_find(&query, "name"), (struct form_error){"", ""}, STR(""));
}

/* Logged first: a line about a link that wasn't made does no harm, one that is missing does. The
 * page is the only place where the link is. */
static void make_reset_link(struct web *w, struct http_request *req, struct http_response *res,
			    const struct user *subject)
{
	struct moderation_act act = {
		.action = MODERATION_RESET_LINK, .key = STR(""), .text = STR("")};
	char token[TOKEN_TEXT_BYTES + 1] = "";
	enum err e = moderation_act(w->service, &page_viewer(req)->user, subject, &act);

	if (e == ERR_OK)
		e = account_reset_begin(w->service, subject->id, token);
	if (e != ERR_OK)
		page_error_of(w, req, res, e);
	else
		show_person(w, req, res, subject->name, (struct form_error){"", ""},
			    arena_printf(req->arena, "%.*s/login/reset?token=%s",
					 STR_ARG(page_base(w, req)), token));
	explicit_bzero(token, sizeof(token));
}

void page_person_act(struct web *w, struct http_request *req, struct http_response *res)
{
	struct moderation_act act = {.key = STR("")};
	struct user subject;
	struct form form;
	enum err e;

	if (!page_form(w, req, res, &form))
		return;
	e = account_find(w->service, req->arena, form_find(&form, "name"), &subject);
	if (e == ERR_OK &&
	    (!action_of(form_find(&form, "action"), &act.action) || !is_on_person(act.action)))
		e = ERR_INVALID;
	act.text = form_find(&form, "text");
	act.role = (enum user_role)number_of(&form, "role", USER_PERSON);
	if (e == ERR_OK && (act.action == MODERATION_WARN || act.action == MODERATION_NOTE) &&
	    !str_trim(act.text).len) {
		show_person(w, req, res, subject.name,
			    (struct form_error){"text", T("Write what it is about")}, STR(""));
		return;
	}
	if (e == ERR_OK && act.action == MODERATION_RESET_LINK) {
		make_reset_link(w, req, res, &subject);
		return;
	}
	if (e == ERR_OK)
		e = moderation_act(w->service, &page_viewer(req)->user, &subject, &act);
	if (e != ERR_OK)
		page_error_of(w, req, res, e);
	else
		page_redirect(res,
			      act.action == MODERATION_DELETE_PERSON
				      ? STR("/admin/people")
				      : arena_printf(req->arena, "/admin/person?name=%.*s",
						     STR_ARG(str_sub(page_user_path(req->arena,
										    subject.name),
								     1, SIZE_MAX))));
}

/* ---- the log, and one's own warnings -----------------------------------------------------------
 */

void page_audit(struct web *w, struct http_request *req, struct http_response *res)
{
	struct audit_view v = {.entries = {NULL, 0, false}};
	struct form query;
	enum err e;

	read_query(req, &query);
	e = moderation_audit(w->service, req->arena,
			     &(struct audit_filter){.before_id = number_of(&query, "before", 0)},
			     PAGE_COUNT, &v.entries);
	if (e != ERR_OK) {
		page_error_of(w, req, res, e);
		return;
	}
	page_view_init(w, req, res, &v.page, str_from_c(T("Log")), (struct str){NULL, 0});
	v.page.description = T_STR("What was done, by whom and when.");
	page_view_count(w, &v.page);
	template_audit(&res->body, &v);
	page_send(w, req, res);
}

void page_warnings(struct web *w, struct http_request *req, struct http_response *res)
{
	struct warnings_view v = {.notes = {NULL, 0}};
	enum err e = moderation_notes(w->service, req->arena, page_viewer(req)->user.id, &v.notes);

	if (e != ERR_OK) {
		page_error_of(w, req, res, e);
		return;
	}
	page_view_init(w, req, res, &v.page, str_from_c(T("A moderator’s warning")),
		       (struct str){NULL, 0});
	v.page.description = T_STR("What a moderator asks of you.");
	template_warnings(&res->body, &v);
	page_send(w, req, res);
}

void page_warnings_read(struct web *w, struct http_request *req, struct http_response *res)
{
	enum err e = moderation_warnings_read(w->service, page_viewer(req)->user.id);

	if (e != ERR_OK)
		page_error_of(w, req, res, e);
	else
		page_redirect(res, STR("/"));
}
