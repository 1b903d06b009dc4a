/*
 * name.c: what a person may be called (account_check_name() of account.h).
 *
 * Names are paths ("/Ada Lovelace"), keys, and what others trust to tell people apart. So they are
 * made of what can be seen: letters, digits and marks of any script, few signs, single spaces. The
 * checks go code point by code point, since categories belong to those, and grapheme by grapheme
 * for lengths, since those are what a person counts.
 */
#include "service/account.h"

#include "base/utf8.h"

/* A letter with its marks; more is made to run over the lines above and below. */
#define CLUSTER_MAX_BYTES 24

/* clang-format off */
const char *const account_reserved_names[] = {
	".well-known", "about", "account", "accounts", "add_message", "admin", "api",
	"apple-touch-icon.png", "atom", "avatar", "avatars", "blocks", "bookmarks", "complete", "download",
	"emoji", "events", "explore", "export", "favicon.ico", "favicon.svg", "favourites", "feed", "feeds",
	"fllws", "follow", "followers", "following", "follows", "hashtag", "healthz", "help", "images",
	"import", "inbox", "instance", "invite", "language", "latest", "likes", "lists", "livez", "login",
	"logout", "manifest.json", "manifest.webmanifest", "media", "mentions", "messages",
	"metrics", "msgs", "mutes", "nodeinfo", "notifications", "oauth", "openapi.json", "outbox",
	"post", "posts", "privacy", "profile", "proxy", "public", "readyz", "register", "report",
	"reports", "robots.txt", "rss", "rules", "search", "security.txt", "service-worker.js",
	"session", "sessions", "settings", "share", "sharedinbox", "sign-in", "sign-out",
	"sign-up", "signin", "signout", "signup", "sitemap.xml", "static", "status", "statuses",
	"stream", "streaming", "support", "sw.js", "tag", "tags", "terms", "timeline", "trending",
	"trends", "unfollow", "upload", "uploads", "users", "warnings", "webhook", "webhooks", "welcome",
};
/* clang-format on */
const size_t account_reserved_count = sizeof(account_reserved_names) /
				      sizeof(account_reserved_names[0]);

static bool is_reserved(struct str key)
{
	for (size_t i = 0; i < account_reserved_count; i++) {
		if (str_eq(key, str_from_c(account_reserved_names[i])))
			return true;
	}
	return false;
}

/* Does it join what stands before it (UAX #29, Extend and SpacingMark)? */
static bool is_mark(struct str point)
{
	char text[8] = "a";

	if (point.len == 0 || point.len > 4)
		return false;
	memcpy(text + 1, point.ptr, point.len);
	return utf8_count_graphemes(str_from(text, point.len + 1)) == 1;
}

/* Fillers, selectors and the like: what folding drops, since it shows nothing. */
static bool is_invisible(struct arena *a, struct str point)
{
	return (unsigned char)point.ptr[0] >= 0x80 && utf8_casefold(a, point).len == 0;
}

/* Letters, digits, signs and spaces are where they may be, and one of the first two is there. */
static bool is_well_formed(struct arena *a, struct str name)
{
	struct str rest = name;
	int32_t before = ' ';
	bool has_word = false;

	while (rest.len) {
		struct str at = rest;
		int32_t point = utf8_next(&rest);

		at.len -= rest.len;
		if (point == ' ' && before == ' ')
			return false;
		if (utf8_is_word(point)) {
			bool mark = is_mark(at);

			if ((mark && before == ' ') || is_invisible(a, at))
				return false;
			has_word |= !mark;
		} else if (point != ' ' && point != '.' && point != '_' && point != '-') {
			return false;
		}
		before = point;
	}
	return has_word && before != ' ';
}

static bool has_bearable_length(struct str name)
{
	size_t count = 0;

	while (name.len) {
		size_t bytes = utf8_graphemes_bytes(name, 1);

		if (bytes > CLUSTER_MAX_BYTES || ++count > SERVICE_NAME_MAX_CHARS)
			return false;
		name = str_sub(name, bytes, name.len);
	}
	return true;
}

enum problem account_check_name(struct arena *a, struct str name, struct str *key)
{
	struct str folded;

	if (name.len == 0)
		return PROBLEM_NO_NAME;
	if (name.len > SERVICE_NAME_MAX_BYTES || !utf8_valid(name) || !has_bearable_length(name) ||
	    !is_well_formed(a, name))
		return PROBLEM_BAD_NAME;
	folded = utf8_casefold(a, name);
	if (!folded.ptr || folded.len == 0)
		return PROBLEM_BAD_NAME;
	if (is_reserved(folded))
		return PROBLEM_RESERVED_NAME;
	*key = folded;
	return PROBLEM_NONE;
}
