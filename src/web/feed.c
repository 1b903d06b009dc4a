/*
 * Entries of Atom must have a title (RFC 4287, section 4.1.2), which a short message hasn't: it
 * gets its first words. JSON Feed leaves it out, as microblogs are asked to. The text is given as
 * HTML, with its links; to JSON as plain text as well.
 */
#include "web/feed.h"

#include "base/json.h"
#include "base/utf8.h"
#include "web/avatar.h"
#include "web/html.h"
#include "web/text.h"
#include "web/time.h"

#define TITLE_BYTES    80
#define TEXT_MAX_BYTES ((size_t)1 << 20)
#define NO_CHARACTER   "\xef\xbf\xbd"

/* ---- Atom ------------------------------------------------------------------------------------ */

/* What no XML document may hold, escaped or not (XML 1.0, section 2.2). */
static bool is_xml_char(int32_t code)
{
	if (code < 0x20)
		return code == '\t' || code == '\n' || code == '\r';
	return code != 0xfffe && code != 0xffff;
}

static void xml(struct buf *out, struct str rest)
{
	struct str good = rest; /* from here on nothing was wrong so far */

	while (rest.len) {
		struct str before = rest;

		if (is_xml_char(utf8_next(&rest)))
			continue;
		html_str(out, str_from(good.ptr, good.len - before.len));
		buf_add_c(out, NO_CHARACTER);
		good = rest;
	}
	html_str(out, good);
}

/* A reader can't fold a text away, so a warning stands for what it warns of, which is at the link.
 */
static struct str outside_of(const struct post *post)
{
	return post->warning.len ? post->warning : post->text;
}

static void xml_element(struct buf *out, const char *name, struct str text)
{
	buf_printf(out, "<%s>", name);
	xml(out, text);
	buf_printf(out, "</%s>\n", name);
}

static void xml_link(struct buf *out, const char *relation, const char *type, struct str address)
{
	if (!address.len)
		return;
	buf_printf(out, "<link rel=\"%s\" type=\"%s\" href=\"", relation, type);
	xml(out, address);
	buf_add_c(out, "\"/>\n");
}

static void xml_time(struct buf *out, const char *name, int64_t ms)
{
	buf_printf(out, "<%s>", name);
	time_iso(out, ms);
	buf_printf(out, "</%s>\n", name);
}

static void post_address(struct buf *out, const struct feed *feed, const struct post *post)
{
	buf_clear(out);
	buf_add(out, feed->base);
	buf_printf(out, "/post/%lld", (long long)post->id);
}

static void author_address(struct buf *out, const struct feed *feed, const struct post *post)
{
	buf_clear(out);
	buf_add(out, feed->base);
	buf_add_char(out, '/');
	html_url(out, post->author_name);
}

/* As profile_title(). */
static void author_title(struct buf *out, const struct post *post)
{
	if (post->author_display.len)
		buf_printf(out, "%.*s (@%.*s)", STR_ARG(post->author_display),
			   STR_ARG(post->author_name));
	else
		buf_add(out, post->author_name);
}

/* `work` is room for parts. */
static void atom_entry(struct buf *out, const struct feed *feed, const struct post *post,
		       struct buf *work)
{
	buf_add_c(out, "<entry>\n");
	post_address(work, feed, post);
	xml_element(out, "id", buf_str(work));
	xml_link(out, "alternate", "text/html", buf_str(work));
	buf_clear(work);
	text_summary(work, outside_of(post), TITLE_BYTES);
	xml_element(out, "title", buf_str(work));
	xml_time(out, "published", post->created_ms);
	xml_time(out, "updated", post->created_ms);
	buf_add_c(out, "<author>");
	buf_clear(work);
	author_title(work, post);
	xml_element(out, "name", buf_str(work));
	author_address(work, feed, post);
	xml_element(out, "uri", buf_str(work));
	buf_add_c(out, "</author>\n<content type=\"html\">");
	buf_clear(work);
	text_html_at(work, outside_of(post), feed->base);
	xml(out, buf_str(work));
	buf_add_c(out, "</content>\n</entry>\n");
}

/* When the newest post came; where there is none, since ever. */
static int64_t updated_ms(const struct feed *feed)
{
	int64_t newest = 0;

	for (size_t i = 0; i < feed->posts.count; i++) {
		if (feed->posts.items[i].created_ms > newest)
			newest = feed->posts.items[i].created_ms;
	}
	return newest;
}

void feed_atom(struct buf *out, const struct feed *feed)
{
	struct buf work = BUF_INIT(TEXT_MAX_BYTES);

	buf_add_c(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
		       "<feed xmlns=\"http://www.w3.org/2005/Atom\">\n");
	xml_element(out, "id", feed->self);
	xml_element(out, "title", feed->title);
	xml_element(out, "subtitle", feed->description);
	xml_time(out, "updated", updated_ms(feed));
	xml_link(out, "self", "application/atom+xml", feed->self);
	xml_link(out, "alternate", "text/html", feed->home);
	xml_link(out, "next", "application/atom+xml", feed->next);
	xml_element(out, "icon", feed->icon);
	buf_add_c(out, "<generator>Kinglet</generator>\n");
	for (size_t i = 0; i < feed->posts.count; i++)
		atom_entry(out, feed, &feed->posts.items[i], &work);
	buf_add_c(out, "</feed>\n");
	buf_release(&work);
}

/* ---- JSON Feed ------------------------------------------------------------------------------- */

static void json_member(struct buf *out, const char *name, struct str value)
{
	buf_printf(out, "\"%s\": ", name);
	json_string(out, value);
	buf_add_c(out, ", ");
}

static void json_item(struct buf *out, const struct feed *feed, const struct post *post,
		      struct buf *work)
{
	buf_add_char(out, '{');
	post_address(work, feed, post);
	json_member(out, "id", buf_str(work));
	json_member(out, "url", buf_str(work));
	json_member(out, "content_text", outside_of(post));
	buf_clear(work);
	text_html_at(work, outside_of(post), feed->base);
	json_member(out, "content_html", buf_str(work));
	buf_add_c(out, "\"date_published\": \"");
	time_iso(out, post->created_ms);
	buf_add_c(out, "\", \"authors\": [{");
	author_address(work, feed, post);
	json_member(out, "url", buf_str(work));
	buf_clear(work);
	author_title(work, post);
	buf_add_c(out, "\"name\": ");
	json_string(out, buf_str(work));
	if (post->author_avatar) {
		buf_clear(work);
		buf_add(work, feed->base);
		avatar_path(work, post->author_avatar, true);
		buf_add_c(out, ", \"avatar\": ");
		json_string(out, buf_str(work));
	}
	buf_add_c(out, "}]}");
}

void feed_json(struct buf *out, const struct feed *feed)
{
	struct buf work = BUF_INIT(TEXT_MAX_BYTES);

	buf_add_c(out, "{\"version\": \"https://jsonfeed.org/version/1.1\", ");
	json_member(out, "title", feed->title);
	json_member(out, "description", feed->description);
	json_member(out, "home_page_url", feed->home);
	json_member(out, "feed_url", feed->self);
	json_member(out, "icon", feed->icon);
	if (feed->next.len)
		json_member(out, "next_url", feed->next);
	buf_add_c(out, "\"items\": [");
	for (size_t i = 0; i < feed->posts.count; i++) {
		buf_add_c(out, i ? ",\n" : "\n");
		json_item(out, feed, &feed->posts.items[i], &work);
	}
	buf_add_c(out, "\n]}\n");
	buf_release(&work);
}
