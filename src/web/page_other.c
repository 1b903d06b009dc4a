/* What is no timeline and no form: avatars, static files, what this place is, robots.txt. */
#include "web/page.h"

#include <sodium.h>

#include "base/encode.h"
#include "base/utf8.h"
#include "http/asset.h"
#include "service/account.h"
#include "service/health.h"
#include "service/picture.h"
#include "templates/templates.h"

void page_about(struct web *w, struct http_request *req, struct http_response *res)
{
	struct page_view page;

	page_view_init(w, req, res, &page, T_STR("About"), STR("/about"));
	page.description = instance_now(w->service)->text[INSTANCE_DESCRIPTION];
	if (!page.description.len)
		page.description = T_STR("What this place is, and what it keeps of you.");
	template_about(&res->body, &page, instance_now(w->service));
	page_send(w, req, res);
}

void page_rules(struct web *w, struct http_request *req, struct http_response *res)
{
	struct page_view page;

	page_view_init(w, req, res, &page, T_STR("Rules"), STR("/about/rules"));
	page.description = T_STR("How people treat each other here.");
	template_rules(&res->body, &page, instance_now(w->service));
	page_send(w, req, res);
}

void page_static(struct web *w, struct http_request *req, struct http_response *res)
{
	struct str name = req->params[0];
	const struct asset *asset = asset_find(name);

	if (!asset) {
		page_error(w, req, res, 404);
		return;
	}
	asset_serve(asset, str_eq(name, str_from_c(asset->fingerprint)), req, res);
	http_response_header(res, "X-Content-Type-Options", STR("nosniff"));
}

void page_favicon(struct web *w, struct http_request *req, struct http_response *res)
{
	req->params[0] = STR("kinglet.ico");
	page_static(w, req, res);
}

void page_robots(struct web *w, struct http_request *req, struct http_response *res)
{
	(void)w;
	(void)req;
	http_response_header(res, "Content-Type", STR("text/plain; charset=utf-8"));
	http_response_header(res, "Cache-Control", STR("public, max-age=86400"));
	buf_add(&res->body, STR("User-agent: *\n"
				"Disallow: /admin\n"
				"Disallow: /search\n"
				"Disallow: /settings\n"
				"Disallow: /logout\n"
				"Disallow: /*/follow$\n"
				"Disallow: /*/unfollow$\n"));
}

/* ---- avatars ------------------------------------------------------------------------------- */

#define AVATAR_NAME_MAX_BYTES 1024

/* Gravatar's address of a person's picture: SHA-256 of the trimmed, lower-case e-mail address. */
static enum err gravatar_url(struct web *w, struct http_request *req, struct str name,
			     struct str *out)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	char hex[2 * sizeof(hash) + 1];
	struct user user;
	struct str email;
	char *lower;
	enum err e = account_find(w->service, req->arena, name, &user);

	if (e != ERR_OK)
		return e;
	email = str_trim(user.email);
	lower = arena_alloc(req->arena, email.len);
	if (!lower)
		return ERR_TOO_LARGE;
	for (size_t i = 0; i < email.len; i++)
		lower[i] = email.ptr[i] >= 'A' && email.ptr[i] <= 'Z' ? (char)(email.ptr[i] | 0x20)
								      : email.ptr[i];
	crypto_hash_sha256(hash, (const unsigned char *)lower, email.len);
	hex_encode(hash, sizeof(hash), hex);
	*out = arena_printf(req->arena, "https://www.gravatar.com/avatar/%s?d=identicon&s=160",
			    hex);
	return ERR_OK;
}

/* An uploaded picture: what lies at its address never changes, until nobody has it any more. */
static void send_uploaded(struct web *w, struct http_request *req, struct http_response *res,
			  int64_t avatar, bool large)
{
	struct str etag = arena_printf(req->arena, "\"%llx%s\"", (unsigned long long)avatar,
				       large ? "l" : "s");
	struct str bytes = {NULL, 0};
	enum err e = picture_get(w->service, req->arena, avatar, large, &bytes);

	if (e != ERR_OK) {
		page_error_of(w, req, res, e);
		return;
	}
	http_response_header(res, "Content-Type", STR("image/webp"));
	http_response_header(res, "Cache-Control", STR("public, max-age=31536000, immutable"));
	http_response_header(res, "ETag", etag);
	http_response_header(res, "Content-Security-Policy", STR("default-src 'none'"));
	http_response_header(res, "X-Content-Type-Options", STR("nosniff"));
	if (http_etag_matches(req, etag))
		res->status = 304;
	else
		buf_add(&res->body, bytes);
}

void page_avatar(struct web *w, struct http_request *req, struct http_response *res)
{
	struct str name = req->params[0], url;
	enum err e = ERR_OK;
	bool large;
	int64_t avatar = avatar_path_parse(name, &large);

	if (avatar) {
		send_uploaded(w, req, res, avatar, large);
		return;
	}
	if (!str_ends_with(name, STR(".svg")) || name.len > AVATAR_NAME_MAX_BYTES) {
		page_error(w, req, res, 404);
		return;
	}
	name.len -= strlen(".svg");
	if (w->config.gravatar) {
		e = gravatar_url(w, req, name, &url);
		if (e != ERR_OK) {
			page_error_of(w, req, res, e);
			return;
		}
		res->status = 302;
		http_response_header(res, "Location", url);
		http_response_header(res, "Cache-Control", STR("public, max-age=86400"));
		return;
	}
	avatar_svg(&res->body, name);
	http_response_header(res, "Content-Type", STR("image/svg+xml"));
	http_response_header(res, "Cache-Control", STR("public, max-age=31536000, immutable"));
	http_response_header(res, "Content-Security-Policy", STR("default-src 'none'"));
	http_response_header(res, "X-Content-Type-Options", STR("nosniff"));
}

/* For a balancer that reaches no other listener: it learns nothing but what the status says. */
void page_healthz(struct web *w, struct http_request *req, struct http_response *res)
{
	bool good = health_is_good(w->health);

	(void)req;
	res->status = good ? 200 : 503;
	http_response_header(res, "Content-Type", STR("text/plain; charset=utf-8"));
	http_response_header(res, "Cache-Control", STR("no-store"));
	buf_add_c(&res->body, good ? "ok\n" : "unavailable\n");
}
