/* Posts: reading one, writing, removing. */
#include "web/page.h"

#include "service/post.h"
#include "templates/templates.h"

#define TITLE_BYTES	  60
#define DESCRIPTION_BYTES 200

static struct str summary(struct arena *a, struct str text, size_t max_bytes)
{
	struct buf line = BUF_INIT(1024);
	struct str kept;

	text_summary(&line, text, max_bytes);
	kept = arena_str(a, buf_str(&line));
	buf_release(&line);
	return kept;
}

void page_post(struct web *w, struct http_request *req, struct http_response *res)
{
	const struct viewer *viewer = page_viewer(req);
	struct post_view v = {.may_delete = false};
	struct str title, path;
	int64_t id;
	enum err e = ERR_NOT_FOUND;

	if (str_to_i64(req->params[0], &id))
		e = post_find(w->service, req->arena, id, &v.post);
	if (e != ERR_OK) {
		page_error_of(w, req, res, e);
		return;
	}
	title = arena_printf(req->arena, "%.*s: %.*s", STR_ARG(v.post.author_name),
			     STR_ARG(summary(req->arena, v.post.text, TITLE_BYTES)));
	path = arena_printf(req->arena, "/post/%lld", (long long)id);
	page_view_init(w, req, res, &v.page, title, path);
	v.page.description = summary(req->arena, v.post.text, DESCRIPTION_BYTES);
	v.page.og_type = "article";
	v.may_delete = viewer->signed_in &&
		       (viewer->user.id == v.post.author_id || viewer->user.role == USER_ADMIN);
	template_post(&res->body, &v);
	page_send(w, req, res);
}

/* What was typed comes back with what is wrong with it. */
static void refuse_post(struct web *w, struct http_request *req, struct http_response *res,
			struct str text, enum post_problem problem)
{
	const struct compose_view compose = {
		.shown = true,
		.text = text,
		.error = post_problem_text(w->service, req->arena, problem),
	};

	page_home_with(w, req, res, &compose);
}

void page_add_message(struct web *w, struct http_request *req, struct http_response *res)
{
	const struct viewer *viewer = page_viewer(req);
	enum post_problem problem = POST_FINE;
	struct str text, clean, key;
	struct form form;
	struct post post;
	enum err e;

	if (!viewer->signed_in) {
		page_error(w, req, res, 401);
		return;
	}
	if (!page_form(w, req, res, &form))
		return;
	text = form_find(&form, "text");
	problem = post_check(w->service, req->arena, text, &clean);
	if (problem == POST_EMPTY) {
		page_redirect(res, STR("/"));
		return;
	}
	if (problem != POST_FINE) {
		refuse_post(w, req, res, text, problem);
		return;
	}
	key = arena_printf(req->arena, "%lld", (long long)viewer->user.id);
	if (!page_allow(w, req, res, w->posts, key, EVENT_LIMITED_POST))
		return;
	e = post_create(w->service, req->arena, viewer->user.id, text, &problem, &post);
	if (e != ERR_OK) {
		page_error_of(w, req, res, e);
		return;
	}
	flash_set(req, res, FLASH_RECORDED, (struct str){NULL, 0});
	page_redirect(res, STR("/"));
}

void page_delete_post(struct web *w, struct http_request *req, struct http_response *res)
{
	const struct viewer *viewer = page_viewer(req);
	enum err e = ERR_NOT_FOUND;
	int64_t id;

	if (!viewer->signed_in) {
		page_error(w, req, res, 401);
		return;
	}
	if (str_to_i64(req->params[0], &id))
		e = post_delete(w->service, req->arena, &viewer->user, id);
	if (e != ERR_OK) {
		page_error_of(w, req, res, e);
		return;
	}
	flash_set(req, res, FLASH_DELETED, (struct str){NULL, 0});
	page_redirect(res, STR("/"));
}
