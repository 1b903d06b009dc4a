#include "web/page.h"

#include "service/account.h"
#include "base/clock.h"
#include "base/encode.h"
#include "http/cookie.h"
#include "service/notice.h"

/*
 * Nothing is loaded but style, script and pictures of this site, and scripts ask no other one;
 * nobody may frame a page, and a form goes nowhere else. `data:` is for pictures that the style
 * sheet holds.
 */
#define SECURITY_HEADERS(img_src)                                                              \
	"Content-Security-Policy: default-src 'none'; style-src 'self'; script-src 'self'; "   \
	"img-src 'self' data:" img_src "; connect-src 'self'; manifest-src 'self'; "           \
	"form-action 'self'; frame-ancestors 'none'; base-uri 'none'\r\n"                      \
	"X-Content-Type-Options: nosniff\r\n"                                                  \
	"Referrer-Policy: same-origin\r\n"                                                     \
	"Permissions-Policy: camera=(), geolocation=(), microphone=(), payment=(), usb=()\r\n" \
	"Cross-Origin-Opener-Policy: same-origin\r\n"

#define PAGE_FIRST_BYTES ((size_t)16 * 1024)

static const struct viewer nobody;

const struct viewer *page_viewer(const struct http_request *req)
{
	return req && req->context ? req->context : &nobody;
}

/* A Host header that can stand in a URL: a name or an address, with a port. */
static bool is_plain_host(struct str host)
{
	for (size_t i = 0; i < host.len; i++) {
		char c = host.ptr[i], lower = (char)(c | 0x20);

		if (!(c >= '0' && c <= '9') && !(lower >= 'a' && lower <= 'z') &&
		    !memchr(".-:[]", c, 5))
			return false;
	}
	return host.len > 0 && host.len <= 255;
}

struct str page_base(const struct web *w, const struct http_request *req)
{
	struct str host;

	if (w->config.base_url.len || !req)
		return w->config.base_url;
	host = http_header_find(req, "Host");
	if (!is_plain_host(host))
		return (struct str){NULL, 0};
	return arena_printf(req->arena, "%s://%.*s", req->secure ? "https" : "http", STR_ARG(host));
}

void page_view_init_shared(struct web *w, struct page_view *view, struct str title, struct str path)
{
	const struct instance_values *now = instance_now(w->service);

	*view = (struct page_view){
		.title = title,
		.site = now->text[INSTANCE_NAME],
		.announcement = now->text[INSTANCE_ANNOUNCEMENT],
		.announcement_id = now->announcement_id,
		.contact = now->text[INSTANCE_CONTACT],
		.contact_url = now->contact_url,
		.open = now->registration != REGISTRATION_CLOSED,
		.base = w->config.base_url,
		.path = path,
		.og_type = "website",
		.lang = str_from_c(lang_facts[lang_current()].tag),
		.now_ms = clock_now_ms(),
		.post_max_chars = w->service ? instance_post_max_chars(w->service) : 0,
		.post_max_bytes = SERVICE_POST_MAX_BYTES,
		.gravatar = w->config.gravatar,
	};
}

bool page_announcement_is_dismissed(const struct web *w, const struct http_request *req)
{
	const struct instance_values *now = instance_now(w->service);

	return req && now->text[INSTANCE_ANNOUNCEMENT].len &&
	       str_eq(cookie_find(req, WEB_ANNOUNCEMENT_COOKIE), str_from_c(now->announcement_id));
}

void page_view_init(struct web *w, const struct http_request *req, struct http_response *res,
		    struct page_view *view, struct str title, struct str path)
{
	page_view_init_shared(w, view, title, path);
	view->base = page_base(w, req);
	view->viewer = *page_viewer(req);
	if (page_announcement_is_dismissed(w, req))
		view->announcement = (struct str){NULL, 0};
	/* That they can't be counted now is no reason to fail the page. */
	if (view->viewer.signed_in && w->service)
		(void)!notice_unread(w->service, view->viewer.user.id, &view->unread);
	view->recorded = flash_is(req, FLASH_RECORDED);
	view->flash = flash_take(req, res);
	page_reserve(res);
}

void page_reserve(struct http_response *res)
{
	/* A failure shows in page_send(). */
	if (res->body.max > PAGE_FIRST_BYTES)
		(void)buf_reserve(&res->body, PAGE_FIRST_BYTES);
}

void page_headers(const struct web *w, struct http_response *res)
{
	static const struct str own = STR_INIT(SECURITY_HEADERS("")),
				gravatar = STR_INIT(SECURITY_HEADERS(" https://www.gravatar.com"));

	buf_add(&res->headers, STR("Content-Type: text/html; charset=utf-8\r\n"));
	buf_add(&res->headers, w->config.gravatar ? gravatar : own);
}

/* What a page shows depends on who asks: no shared cache may keep it. */
static void add_private(struct http_response *res)
{
	buf_add(&res->headers, STR("Cache-Control: private, no-cache\r\n"));
	http_response_header(res, "Vary", STR("Accept-Language, Cookie"));
}

void page_send(struct web *w, const struct http_request *req, struct http_response *res)
{
	if (!buf_ok(&res->body)) {
		page_error_of(w, req, res, ERR_INTERNAL);
		return;
	}
	page_headers(w, res);
	add_private(res);
}

void page_redirect(struct http_response *res, struct str location)
{
	res->status = 302;
	http_response_header(res, "Location", location);
	http_response_header(res, "Cache-Control", STR("no-store"));
}

bool page_redirect_renamed(struct web *w, const struct http_request *req, struct http_response *res,
			   struct str name, const char *rest)
{
	struct user user;

	if (account_find_renamed(w->service, req->arena, name, &user) != ERR_OK)
		return false;
	page_redirect(res, arena_printf(req->arena, "%.*s%s%s%.*s",
					STR_ARG(page_user_path(req->arena, user.name)), rest,
					req->query.len ? "?" : "", STR_ARG(req->query)));
	res->status = 301;
	return true;
}

enum err page_present_name(struct web *w, const struct http_request *req, struct str *name)
{
	struct user user;
	enum err e = account_find(w->service, req->arena, *name, &user);

	if (e == ERR_NOT_FOUND)
		e = account_find_renamed(w->service, req->arena, *name, &user);
	if (e == ERR_OK)
		*name = user.name;
	return e;
}

static struct str path_of(struct arena *a, const char *head, struct str name)
{
	struct buf path = BUF_INIT(4096);
	struct str kept;

	buf_add_c(&path, head);
	percent_encode(&path, name);
	kept = arena_str(a, buf_str(&path));
	buf_release(&path);
	return kept;
}

struct str page_user_path(struct arena *a, struct str name)
{
	return path_of(a, "/", name);
}

struct str page_tag_path(struct arena *a, struct str key)
{
	return path_of(a, "/tag/", key);
}

bool page_form(struct web *w, const struct http_request *req, struct http_response *res,
	       struct form *form)
{
	enum err e = form_parse(req->arena, req->body, form);

	if (e != ERR_OK)
		page_error_of(w, req, res, e);
	return e == ERR_OK;
}

bool page_cursor(struct web *w, const struct http_request *req, struct http_response *res,
		 struct cursor *out)
{
	struct form query;

	*out = (struct cursor){.side = CURSOR_NEWEST};
	if (!req->query.len)
		return true;
	if (form_parse(req->arena, req->query, &query) == ERR_OK &&
	    cursor_parse(form_find(&query, "before"), form_find(&query, "after"), out))
		return true;
	page_error(w, req, res, 400);
	return false;
}

void page_too_many(struct web *w, const struct http_request *req, struct http_response *res,
		   int64_t retry_s)
{
	struct buf text = BUF_INIT(64);

	buf_add_i64(&text, retry_s > 0 ? retry_s : 1);
	page_error_of(w, req, res, ERR_RATE_LIMITED);
	http_response_header(res, "Retry-After", buf_str(&text));
	buf_release(&text);
}

bool page_allow(struct web *w, const struct http_request *req, struct http_response *res,
		struct throttle *throttle, struct str key, enum metrics_event limited)
{
	int64_t retry_s = 1;

	if (!throttle || throttle_take(throttle, key, clock_now_ms(), &retry_s))
		return true;
	metrics_event(limited);
	page_too_many(w, req, res, retry_s);
	return false;
}
