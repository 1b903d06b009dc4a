#include "web/view.h"

#include "base/entity.h"
#include "web/html.h"

bool view_has_error(struct form_error error, const char *field)
{
	return error.text && error.text[0] && strcmp(error.field, field) == 0;
}

static void put_display(struct buf *out, struct str display)
{
	if (!display.len)
		return;
	buf_add(out, STR("<bdi class=\"display\">"));
	html(out, display);
	buf_add(out, STR("</bdi> "));
}

void view_person(struct buf *out, struct str name, struct str display)
{
	put_display(out, display);
	buf_add(out, STR("<a href=\"/"));
	html_url(out, name);
	buf_add(out, STR("\">"));
	html(out, name);
	buf_add(out, STR("</a>"));
}

void view_link(struct buf *out, struct str link)
{
	size_t scheme = entity_scheme_bytes(link);

	if (!scheme) {
		html(out, link);
		return;
	}
	buf_add(out, STR("<a href=\""));
	html(out, link);
	buf_add(out, STR("\" rel=\"me nofollow noopener\">"));
	html(out, str_sub(link, scheme, link.len));
	buf_add(out, STR("</a>"));
}

void view_names(struct buf *out, struct str name, struct str display)
{
	put_display(out, display);
	buf_add_c(out, display.len ? "<span class=\"handle\">" : "<strong>");
	html(out, name);
	buf_add_c(out, display.len ? "</span>" : "</strong>");
}

void view_count(struct buf *out, int64_t count)
{
	if (count < 0)
		count = 0;
	if (count >= 1000) {
		view_count(out, count / 1000);
		buf_printf(out, "%s%03d", lang_facts[lang_current()].thousands,
			   (int)(count % 1000));
	} else {
		buf_add_i64(out, count);
	}
}

static bool contains(struct str s, const char *part)
{
	return s.len && memmem(s.ptr, s.len, part, strlen(part));
}

struct known {
	const char *mark, *name;
};

/* The name of the first mark that the text has; the order matters, for browsers claim to be each
 * other. NULL for none. */
static const char *first_known(struct str s, const struct known *known, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (contains(s, known[i].mark))
			return known[i].name;
	return NULL;
}

void view_browser(struct buf *out, struct str user_agent)
{
	static const struct known browsers[] = {
		{"Firefox/", "Firefox"},   {"Edg/", "Edge"},	  {"OPR/", "Opera"},
		{"Chromium/", "Chromium"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"},
		{"curl/", "curl"},
	};
	static const struct known systems[] = {
		{"Android", "Android"}, {"iPhone", "iPhone"},  {"iPad", "iPad"},
		{"Windows", "Windows"}, {"Mac OS X", "macOS"}, {"CrOS", "ChromeOS"},
		{"Linux", "Linux"},
	};
	const char *browser = first_known(user_agent, browsers,
					  sizeof(browsers) / sizeof(browsers[0]));
	const char *system = first_known(user_agent, systems, sizeof(systems) / sizeof(systems[0]));
	struct buf summary = BUF_INIT(256);

	if (browser && system) {
		buf_printf(out, T("%s on %s"), browser, system);
	} else if (browser || !user_agent.len) {
		html(out, browser ? browser : T("An unnamed program"));
	} else {
		text_summary(&summary, user_agent, 48);
		html(out, buf_str(&summary));
	}
	buf_release(&summary);
}

void view_post_count(struct buf *out, int64_t count)
{
	if (count < POST_COUNT_MAX)
		view_count(out, count);
	else
		buf_printf(out, "%d+", POST_COUNT_MAX - 1);
}

bool view_is_current(const struct page_view *page, const struct session *session)
{
	return memcmp(page->viewer.session.hash, session->hash, SESSION_HASH_BYTES) == 0;
}
