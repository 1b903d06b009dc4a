/*
 * What makes a place of it that a phone can install: its manifest (W3C, Web Application Manifest),
 * the worker that shows a page when it can't be reached, and the way in for what other programs
 * share.
 */
#include "web/page.h"

#include "base/json.h"
#include "http/asset.h"
#include "templates/templates.h"

/* The paper of kinglet.css, and its olive. */
#define BACKGROUND "#f6f4ec"
#define THEME	   "#f6f4ec"

static void add_icon(struct buf *out, const char *name, const char *rest)
{
	buf_printf(out, "{\"src\": \"%.*s\", %s}", STR_ARG(asset_url(name)), rest);
}

void page_manifest(struct web *w, struct http_request *req, struct http_response *res)
{
	struct str description = instance_now(w->service)->text[INSTANCE_DESCRIPTION];
	struct buf *out = &res->body;

	(void)req;
	http_response_header(res, "Content-Type", STR("application/manifest+json"));
	http_response_header(res, "Vary", STR("Accept-Language, Cookie"));
	http_response_header(res, "Cache-Control", STR("public, max-age=3600"));
	http_response_header(res, "X-Content-Type-Options", STR("nosniff"));
	buf_add_c(out, "{\"name\": ");
	json_string(out, instance_now(w->service)->text[INSTANCE_NAME]);
	buf_add_c(out, ", \"short_name\": ");
	json_string(out, instance_now(w->service)->text[INSTANCE_NAME]);
	buf_add_c(out, ", \"description\": ");
	json_string(out, description.len ? description : T_STR("Short messages, newest first."));
	buf_printf(out, ", \"lang\": \"%s\"", lang_facts[lang_current()].tag);
	buf_add_c(out, ", \"id\": \"/\", "
		       "\"start_url\": \"/\", \"scope\": \"/\", \"display\": \"standalone\", "
		       "\"background_color\": \"" BACKGROUND "\", \"theme_color\": \"" THEME "\",\n"
		       "\"icons\": [");
	add_icon(out, "kinglet.svg", "\"sizes\": \"any\", \"type\": \"image/svg+xml\"");
	buf_add_c(out, ", ");
	add_icon(out, "kinglet-192.png", "\"sizes\": \"192x192\", \"type\": \"image/png\"");
	buf_add_c(out, ", ");
	add_icon(out, "kinglet-512.png", "\"sizes\": \"512x512\", \"type\": \"image/png\"");
	buf_add_c(out, ", ");
	add_icon(out, "kinglet-512.png",
		 "\"sizes\": \"512x512\", \"type\": \"image/png\", \"purpose\": \"maskable\"");
	buf_add_c(out,
		  "],\n\"share_target\": {\"action\": \"/share\", \"method\": \"GET\", "
		  "\"enctype\": \"application/x-www-form-urlencoded\", "
		  "\"params\": {\"title\": \"title\", \"text\": \"text\", \"url\": \"url\"}}}\n");
}

/* At the root, since a worker sees nothing but what lies below its own path; asked for anew each
 * time. */
void page_worker(struct web *w, struct http_request *req, struct http_response *res)
{
	(void)w;
	asset_serve(asset_find(STR("sw.js")), false, req, res);
	http_response_header(res, "X-Content-Type-Options", STR("nosniff"));
}

void page_offline(struct web *w, struct http_request *req, struct http_response *res)
{
	struct page_view page;

	page_view_init_shared(w, &page, T_STR("Not reached"), (struct str){NULL, 0});
	page.announcement = STR(""); /* it is kept for another day */
	template_offline(&res->body, &page);
	page_send(w, req, res);
}

static void add_line(struct buf *out, struct str line)
{
	line = str_trim(line);
	if (!line.len)
		return;
	if (out->len)
		buf_add_char(out, '\n');
	buf_add(out, line);
}

/*
 * Nothing is posted: what is shared stands in the form, to be read before it is sent. Programs put
 * the address into whichever field they like, so one that is there already isn't added again.
 */
void page_share(struct web *w, struct http_request *req, struct http_response *res)
{
	struct compose_view compose = {.shown = true};
	struct buf text = BUF_INIT(SERVICE_POST_MAX_BYTES);
	struct str url;
	struct form query;

	if (form_parse(req->arena, req->query, &query) != ERR_OK) {
		page_error(w, req, res, 400);
		return;
	}
	add_line(&text, form_find(&query, "title"));
	add_line(&text, form_find(&query, "text"));
	url = str_trim(form_find(&query, "url"));
	if (url.len && !(text.len && memmem(text.ptr, text.len, url.ptr, url.len)))
		add_line(&text, url);
	compose.text = arena_str(req->arena, buf_str(&text));
	buf_release(&text);
	req->query = (struct str){NULL, 0}; /* it has no cursor */
	page_home_with(w, req, res, &compose);
}
