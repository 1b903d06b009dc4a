/* Posts by words, and by a tag. */
#include "web/page.h"

#include "base/json.h"
#include "base/lang.h"
#include "base/utf8.h"
#include "service/mention.h"
#include "service/people.h"
#include "service/post.h"
#include "service/search.h"
#include "templates/templates.h"
#include "web/view_search.h"

#define PEOPLE_COUNT   6 /* beside posts */
#define COMPLETE_COUNT 8

/* What was found, with what was looked for marked in it. */
static enum err mark_posts(struct arena *a, const struct search_query *query,
			   const struct post_list *posts, struct found_posts *out)
{
	enum err e = ERR_OK;

	*out = (struct found_posts){.items = arena_array(a, posts->count, sizeof(*out->items)),
				    .older = posts->older,
				    .newer = posts->newer};
	if (!out->items)
		return ERR_TOO_LARGE;
	for (size_t i = 0; e == ERR_OK && i < posts->count; i++) {
		struct found_post *found = &out->items[out->count++];

		found->post = posts->items[i];
		e = search_mark(a, query, found->post.text, &found->marks);
	}
	return e;
}

/* By name, and, where there is room, those whom one follows by the name that they are shown by. */
static enum err find_people(struct web *w, struct arena *a, const struct user *viewer,
			    struct str text, struct user_list *out)
{
	struct user_list shown = {0};
	int64_t next_id;
	enum err e = search_people(w->service, a, text, viewer, PEOPLE_COUNT, out);

	if (e == ERR_OK && viewer->id && text.len && utf8_valid(text) && out->count < PEOPLE_COUNT)
		e = people_find(w->service, a, false, viewer->id, text, 0, PEOPLE_COUNT, &shown,
				&next_id);
	for (size_t i = 0; i < shown.count && out->count < PEOPLE_COUNT; i++) {
		bool known = false;

		for (size_t k = 0; k < out->count; k++)
			known |= out->items[k].id == shown.items[i].id;
		if (!known)
			out->items[out->count++] = shown.items[i];
	}
	return e == ERR_OK ? people_mark(w->service, a, viewer, out) : e;
}

static enum err find_posts(struct web *w, struct arena *a, const struct user *viewer,
			   struct cursor at, struct search_view *v)
{
	enum search_problem problem;
	struct search_query query;
	struct post_list posts = {0};
	enum err e = search_parse(a, v->query, &query, &problem);

	if (e == ERR_OK && problem == SEARCH_FINE)
		e = search_posts(w->service, a, viewer, &query, at, POST_PAGE_COUNT, &problem,
				 &posts);
	if (e == ERR_OK && problem == SEARCH_FINE)
		e = mark_posts(a, &query, &posts, &v->posts);
	if (e == ERR_OK && at.side == CURSOR_NEWEST)
		e = find_people(w, a, viewer, v->query, &v->people);
	if (e == ERR_OK)
		v->error = search_problem_text(problem);
	return e;
}

void page_search(struct web *w, struct http_request *req, struct http_response *res)
{
	struct search_view v = {.query = {NULL, 0}};
	struct form form;
	struct cursor at;
	enum err e;

	if (!page_cursor(w, req, res, &at))
		return;
	e = form_parse(req->arena, req->query, &form);
	if (e == ERR_OK) {
		v.query = str_trim(form_find(&form, "q"));
		v.asked = v.query.len > 0;
		v.first = at.side == CURSOR_NEWEST;
	}
	if (e == ERR_OK && v.asked)
		e = find_posts(w, req->arena, &page_viewer(req)->user, at, &v);
	if (e != ERR_OK) {
		page_error_of(w, req, res, e);
		return;
	}
	page_view_init(w, req, res, &v.page,
		       v.asked ? arena_printf(req->arena, T("Search: %.*s"), STR_ARG(v.query))
			       : T_STR("Search"),
		       (struct str){NULL, 0});
	v.page.place = PLACE_SEARCH;
	v.page.query = v.query;
	template_search(&res->body, &v);
	page_send(w, req, res);
}

/* For a script that completes a mention while it is written: [{"name": …, "mention": …}, …]. */
void page_complete(struct web *w, struct http_request *req, struct http_response *res)
{
	struct user_list people = {0};
	struct form form;
	enum err e = form_parse(req->arena, req->query, &form);

	if (e == ERR_OK)
		e = search_people(w->service, req->arena, form_find(&form, "q"),
				  &page_viewer(req)->user, COMPLETE_COUNT, &people);
	if (e != ERR_OK) {
		page_error_of(w, req, res, e);
		return;
	}
	buf_add_char(&res->body, '[');
	for (size_t i = 0; i < people.count; i++) {
		buf_add_c(&res->body, i ? ", {\"name\": " : "{\"name\": ");
		json_string(&res->body, people.items[i].name);
		buf_add_c(&res->body, ", \"mention\": ");
		json_string(&res->body, mention_of_name(req->arena, people.items[i].name));
		buf_add_char(&res->body, '}');
	}
	buf_add_char(&res->body, ']');
	http_response_header(res, "Content-Type", STR("application/json; charset=utf-8"));
	http_response_header(res, "Cache-Control", STR("private, no-store"));
	http_response_header(res, "X-Content-Type-Options", STR("nosniff"));
}

void page_tag(struct web *w, struct http_request *req, struct http_response *res)
{
	struct timeline_view v = {.posts = {0}};
	struct cursor at;
	struct str key;
	enum err e;

	if (!page_cursor(w, req, res, &at))
		return;
	e = search_tag(w->service, req->arena, &page_viewer(req)->user, req->params[0], at,
		       POST_PAGE_COUNT, &key, &v.posts);
	if (e == ERR_OK)
		e = post_marks(w->service, page_viewer(req)->user.id, &v.posts);
	if (e == ERR_OK)
		e = people_mark_posts(w->service, req->arena, &page_viewer(req)->user, &v.posts);
	if (e != ERR_OK) {
		page_error_of(w, req, res, e);
		return;
	}
	v.path = page_tag_path(req->arena, key);
	v.first = at.side == CURSOR_NEWEST;
	page_view_init(w, req, res, &v.page, arena_printf(req->arena, "#%.*s", STR_ARG(key)),
		       v.path);
	page_reserve(res);
	v.page.description = arena_printf(req->arena, T("Messages with the tag #%.*s on %.*s."),
					  STR_ARG(key), STR_ARG(v.page.site));
	v.page.feed = true;
	template_timeline(&res->body, &v);
	page_send(w, req, res);
}
