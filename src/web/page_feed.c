/*
 * The timelines that everybody may read, for programs that subscribe. They ask again and again, so
 * each answer has a validator and most are 304.
 */
#include "web/page.h"

#include <stdio.h>
#include "base/digest.h"
#include "base/encode.h"
#include "service/account.h"
#include "service/post.h"
#include "service/profile.h"
#include "service/search.h"
#include "http/asset.h"
#include "web/feed.h"

#define ETAG_HASH_BYTES 16 /* of the digest: enough to tell two feeds apart */

/* "/public/feed.atom" and the like: which of the two it is. */
static bool is_json(const struct http_request *req)
{
	return str_ends_with(req->path, STR(".json"));
}

/* And 304 without a body, where that is what the asker has. */
static void add_validator(const struct http_request *req, struct http_response *res)
{
	char hex[2 * ETAG_HASH_BYTES + 1], tag[sizeof(hex) + 2];
	unsigned char hash[DIGEST_BYTES];

	digest_of(buf_str(&res->body), hash);
	hex_encode(hash, ETAG_HASH_BYTES, hex);
	snprintf(tag, sizeof(tag), "\"%s\"", hex);
	http_response_header(res, "ETag", str_from_c(tag));
	if (http_etag_matches(req, str_from_c(tag))) {
		res->status = 304;
		buf_clear(&res->body);
	}
}

/* `home` is the path of the page with the same posts, percent-encoded. */
static void send_feed(struct web *w, struct http_request *req, struct http_response *res,
		      struct feed *feed, struct str home)
{
	const char *kind = is_json(req) ? "json" : "atom";
	struct arena *a = req->arena;
	struct str base = page_base(w, req);

	if (!base.len) {
		page_error(w, req, res, 400);
		return;
	}
	feed->base = base;
	feed->home = arena_printf(a, "%.*s%.*s", STR_ARG(base), STR_ARG(home));
	feed->self = arena_printf(a, "%.*s/feed.%s", STR_ARG(feed->home), kind);
	if (!feed->icon.len)
		feed->icon = asset_url("kinglet.png");
	feed->icon = arena_printf(a, "%.*s%.*s", STR_ARG(base), STR_ARG(feed->icon));
	if (feed->posts.older)
		feed->next = arena_printf(a, "%.*s?before=%lld", STR_ARG(feed->self),
					  (long long)feed->posts.items[feed->posts.count - 1].id);
	if (is_json(req))
		feed_json(&res->body, feed);
	else
		feed_atom(&res->body, feed);
	if (!buf_ok(&res->body)) {
		page_error_of(w, req, res, ERR_INTERNAL);
		return;
	}
	http_response_header(res, "Content-Type",
			     is_json(req) ? STR("application/feed+json; charset=utf-8")
					  : STR("application/atom+xml; charset=utf-8"));
	http_response_header(res, "Cache-Control", STR("public, no-cache"));
	http_response_header(res, "X-Content-Type-Options", STR("nosniff"));
	/* The text in it was made by people: opened as a page, it may do nothing. */
	http_response_header(res, "Content-Security-Policy", STR("default-src 'none'; sandbox"));
	/* For programs that run in a browser: there is nothing in it that isn't public. */
	http_response_header(res, "Access-Control-Allow-Origin", STR("*"));
	add_validator(req, res);
}

void page_public_feed(struct web *w, struct http_request *req, struct http_response *res)
{
	struct feed feed = {.description = STR("What everybody writes, newest first.")};
	struct cursor at;
	enum err e;

	if (!page_cursor(w, req, res, &at))
		return;
	e = timeline_public(w->service, req->arena, at, POST_PAGE_COUNT, &feed.posts);
	if (e != ERR_OK) {
		page_error_of(w, req, res, e);
		return;
	}
	if (instance_now(w->service)->text[INSTANCE_DESCRIPTION].len)
		feed.description = instance_now(w->service)->text[INSTANCE_DESCRIPTION];
	feed.title = instance_now(w->service)->text[INSTANCE_NAME];
	send_feed(w, req, res, &feed, STR("/public"));
}

void page_user_feed(struct web *w, struct http_request *req, struct http_response *res)
{
	struct feed feed = {.base = {NULL, 0}};
	struct buf path = BUF_INIT(64);
	struct cursor at;
	struct user user;
	struct str title;
	enum err e;

	if (!page_cursor(w, req, res, &at))
		return;
	e = account_find(w->service, req->arena, req->params[0], &user);
	if (e == ERR_OK)
		e = timeline_user(w->service, req->arena, user.id, at, POST_PAGE_COUNT,
				  &feed.posts);
	if (e == ERR_NOT_FOUND && page_redirect_renamed(w, req, res, req->params[0],
							is_json(req) ? "/feed.json" : "/feed.atom"))
		return;
	if (e != ERR_OK) {
		page_error_of(w, req, res, e);
		return;
	}
	title = profile_title(req->arena, user.name, user.display);
	feed.title = arena_printf(req->arena, "%.*s on %.*s", STR_ARG(title),
				  STR_ARG(instance_now(w->service)->text[INSTANCE_NAME]));
	feed.description = arena_printf(req->arena, "Messages by %.*s.", STR_ARG(title));
	if (user.avatar) {
		avatar_path(&path, user.avatar, true);
		feed.icon = arena_str(req->arena, buf_str(&path));
		buf_release(&path);
	}
	send_feed(w, req, res, &feed, page_user_path(req->arena, user.name));
}

void page_tag_feed(struct web *w, struct http_request *req, struct http_response *res)
{
	struct feed feed = {.base = {NULL, 0}};
	struct cursor at;
	struct str key;
	enum err e;

	if (!page_cursor(w, req, res, &at))
		return;
	e = search_tag(w->service, req->arena, &(const struct user){.id = 0}, req->params[0], at,
		       POST_PAGE_COUNT, &key, &feed.posts);
	if (e != ERR_OK) {
		page_error_of(w, req, res, e);
		return;
	}
	feed.title = arena_printf(req->arena, "#%.*s · %.*s", STR_ARG(key),
				  STR_ARG(instance_now(w->service)->text[INSTANCE_NAME]));
	feed.description = arena_printf(req->arena, "Messages with the tag #%.*s on %.*s.",
					STR_ARG(key),
					STR_ARG(instance_now(w->service)->text[INSTANCE_NAME]));
	send_feed(w, req, res, &feed, page_tag_path(req->arena, key));
}
