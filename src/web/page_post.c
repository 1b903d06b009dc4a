/* Posts: reading one, writing, removing. */
#include "web/page.h"

#include "base/encode.h"
#include "base/rand.h"
#include "service/post.h"
#include "service/profile.h"
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

struct str page_attempt_key(struct arena *a)
{
	unsigned char bytes[12];
	struct buf text = BUF_INIT(64);
	struct str key;

	rand_bytes(bytes, sizeof(bytes));
	base64url_encode(&text, bytes, sizeof(bytes));
	key = arena_str(a, buf_str(&text));
	buf_release(&text);
	return key;
}

/* ---- reading --------------------------------------------------------------------------------- */

/* What titles and descriptions say of it: a warning stands for what it warns of. */
static struct str outside_of(const struct post *post)
{
	return post->warning.len ? post->warning : post->text;
}

static enum err load_post(struct web *w, struct http_request *req, int64_t id, int64_t after_id,
			  struct post_view *v)
{
	const struct user *viewer = &page_viewer(req)->user;
	struct post_list one = {.items = &v->post, .count = 1};
	enum err e = post_find(w->service, req->arena, id, &v->post);

	if (e == ERR_OK)
		e = post_marks(w->service, viewer->id, &one);
	if (e == ERR_OK)
		e = post_thread(w->service, req->arena, viewer, &v->post, after_id, &v->thread);
	return e;
}

static void fill_compose(struct http_request *req, struct post_view *v)
{
	v->compose.shown = page_viewer(req)->signed_in;
	v->compose.reply_to = v->post.id;
	v->compose.reply_to_name = v->post.author_name;
	v->compose.key = page_attempt_key(req->arena);
	v->page.script = v->compose.shown;
}

void page_post_with(struct web *w, struct http_request *req, struct http_response *res, int64_t id,
		    const struct compose_view *compose)
{
	struct post_view v = {.compose = *compose};
	struct str title, path;
	struct cursor at;
	enum err e;

	if (!page_cursor(w, req, res, &at))
		return;
	v.first = at.side != CURSOR_AFTER;
	e = load_post(w, req, id, v.first ? 0 : at.id, &v);
	if (e != ERR_OK) {
		page_error_of(w, req, res, e);
		return;
	}
	title = arena_printf(
		req->arena, "%.*s: %.*s",
		STR_ARG(profile_title(req->arena, v.post.author_name, v.post.author_display)),
		STR_ARG(summary(req->arena, outside_of(&v.post), TITLE_BYTES)));
	path = arena_printf(req->arena, "/post/%lld", (long long)id);
	page_view_init(w, req, res, &v.page, title, path);
	v.page.description = summary(req->arena, outside_of(&v.post), DESCRIPTION_BYTES);
	v.page.og_type = "article";
	fill_compose(req, &v);
	page_reserve(res);
	template_post(&res->body, &v);
	page_send(w, req, res);
}

void page_post(struct web *w, struct http_request *req, struct http_response *res)
{
	int64_t id;

	if (str_to_i64(req->params[0], &id))
		page_post_with(w, req, res, id, &(struct compose_view){.shown = false});
	else
		page_error_of(w, req, res, ERR_NOT_FOUND);
}

/* ---- writing --------------------------------------------------------------------------------- */

/* What was typed comes back with what is wrong with it. */
static void refuse_post(struct web *w, struct http_request *req, struct http_response *res,
			const struct post_draft *draft, enum post_problem problem)
{
	const struct compose_view compose = {
		.shown = true,
		.text = draft->text,
		.warning = draft->warning,
		.error = post_problem_text(w->service, req->arena, problem),
	};

	if (draft->reply_to)
		page_post_with(w, req, res, draft->reply_to, &compose);
	else
		page_home_with(w, req, res, &compose);
}

/* Where the form was: an empty answer goes back to what it answers, and so does a whole one. */
static void redirect_after(struct http_request *req, struct http_response *res,
			   const struct post_draft *draft)
{
	if (draft->reply_to)
		page_redirect(res,
			      arena_printf(req->arena, "/post/%lld", (long long)draft->reply_to));
	else
		page_redirect(res, STR("/"));
}

/* False after answering: a number that is none is no answer to a post, and mustn't become one. */
static bool draft_of_form(struct web *w, struct http_request *req, struct http_response *res,
			  struct post_draft *draft)
{
	struct str reply_to;
	struct form form;

	if (!page_form(w, req, res, &form))
		return false;
	*draft = (struct post_draft){
		.text = form_find(&form, "text"),
		.warning = form_find(&form, "warning"),
		.key = form_find(&form, "key"),
	};
	reply_to = form_find(&form, "reply_to");
	if (!reply_to.len || (str_to_i64(reply_to, &draft->reply_to) && draft->reply_to > 0))
		return true;
	page_error(w, req, res, 400);
	return false;
}

void page_add_message(struct web *w, struct http_request *req, struct http_response *res)
{
	const struct viewer *viewer = page_viewer(req);
	enum post_problem problem = POST_FINE;
	struct post_draft draft;
	struct str clean, key;
	struct post post;
	enum err e;

	if (!viewer->signed_in) {
		page_error(w, req, res, 401);
		return;
	}
	if (!draft_of_form(w, req, res, &draft))
		return;
	problem = post_check(w->service, req->arena, draft.text, &clean);
	if (problem == POST_EMPTY) {
		redirect_after(req, res, &draft);
		return;
	}
	if (problem != POST_FINE) {
		refuse_post(w, req, res, &draft, problem);
		return;
	}
	key = arena_printf(req->arena, "%lld", (long long)viewer->user.id);
	if (!page_allow(w, req, res, w->posts, key, EVENT_LIMITED_POST))
		return;
	e = post_create(w->service, req->arena, viewer->user.id, &draft, &problem, &post);
	if (e != ERR_OK) {
		page_error_of(w, req, res, e);
		return;
	}
	if (problem != POST_FINE) {
		refuse_post(w, req, res, &draft, problem);
		return;
	}
	flash_set(req, res, FLASH_RECORDED, (struct str){NULL, 0});
	redirect_after(req, res, &draft);
}

/*
 * Back to the page whose button it was, at that post, by the Referer, which this site's pages send
 * to this site alone (Referrer-Policy). Only its path is taken, so it leads nowhere else.
 */
static struct str path_before(const struct http_request *req, int64_t id)
{
	struct str from = http_header_find(req, "Referer"), host = http_header_find(req, "Host");
	ptrdiff_t scheme = str_index(from, ':');
	struct str rest = str_sub(from, scheme < 0 ? from.len : (size_t)scheme + 1, from.len);
	ptrdiff_t end;

	if (str_starts_with(rest, STR("//")) && host.len &&
	    str_starts_with(str_sub(rest, 2, rest.len), host)) {
		rest = str_sub(rest, 2 + host.len, rest.len);
		end = str_index(rest, '#');
		rest = end < 0 ? rest : str_sub(rest, 0, (size_t)end);
		if (str_starts_with(rest, STR("/")) && !str_starts_with(rest, STR("//")) &&
		    str_index(rest, '\\') < 0)
			return arena_printf(req->arena, "%.*s#p%lld", STR_ARG(rest), (long long)id);
	}
	return arena_printf(req->arena, "/post/%lld", (long long)id);
}

static void change_like(struct web *w, struct http_request *req, struct http_response *res,
			bool liked)
{
	const struct viewer *viewer = page_viewer(req);
	enum err e = ERR_NOT_FOUND;
	int64_t id = 0;

	if (str_to_i64(req->params[0], &id))
		e = post_like(w->service, viewer->user.id, id, liked);
	if (e != ERR_OK)
		page_error_of(w, req, res, e);
	else
		page_redirect(res, path_before(req, id));
}

void page_like(struct web *w, struct http_request *req, struct http_response *res)
{
	change_like(w, req, res, true);
}

void page_unlike(struct web *w, struct http_request *req, struct http_response *res)
{
	change_like(w, req, res, false);
}

/* Asks, so that a slip in a menu costs nothing; works without scripts. */
void page_delete_post_form(struct web *w, struct http_request *req, struct http_response *res)
{
	const struct viewer *viewer = page_viewer(req);
	struct post_view v = {.first = true};
	enum err e = ERR_NOT_FOUND;
	int64_t id;

	if (!viewer->signed_in) {
		page_error(w, req, res, 401);
		return;
	}
	if (str_to_i64(req->params[0], &id))
		e = post_find(w->service, req->arena, id, &v.post);
	if (e == ERR_OK && !post_may_delete(&viewer->user, &v.post))
		e = ERR_DENIED;
	if (e != ERR_OK) {
		page_error_of(w, req, res, e);
		return;
	}
	page_view_init(w, req, res, &v.page, T_STR("Delete this message?"),
		       arena_printf(req->arena, "/post/%lld/delete", (long long)id));
	v.page.description = summary(req->arena, outside_of(&v.post), DESCRIPTION_BYTES);
	template_delete_post(&res->body, &v);
	page_send(w, req, res);
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
