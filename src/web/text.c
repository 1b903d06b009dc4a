#include "web/text.h"

#include "base/entity.h"
#include "web/html.h"

static bool is_continuation(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* The longest part of `s` that has at most `max` bytes and ends between characters. */
static struct str cut(struct str s, size_t max)
{
	if (s.len <= max)
		return s;
	while (max > 0 && is_continuation(s.ptr[max]))
		max--;
	return str_sub(s, 0, max);
}

static void put_link(struct buf *out, struct str link)
{
	struct str shown = link, short_form;

	buf_add(out, STR("<a href=\""));
	html(out, link);
	buf_add(out, STR("\" rel=\"nofollow ugc\">"));
	if (link.len <= TEXT_LINK_MAX_BYTES) {
		html(out, shown);
	} else {
		shown = str_sub(link, entity_scheme_bytes(link), link.len);
		if (str_starts_with(shown, STR("www.")))
			shown = str_sub(shown, 4, shown.len);
		short_form = cut(shown, TEXT_LINK_MAX_BYTES - 10);
		html(out, short_form);
		if (short_form.len < shown.len)
			buf_add(out, STR("…"));
	}
	buf_add(out, STR("</a>"));
}

/* Without entities and marks: escaped, line breaks kept. */
static void put_lines(struct buf *out, struct str s)
{
	struct str line;

	while (str_index(s, '\n') >= 0) {
		str_cut(&s, '\n', &line);
		html(out, line);
		buf_add(out, STR("<br>"));
	}
	html(out, s);
}

/* A text on its way, and the marks in it that are still ahead. */
struct walk {
	struct str text;
	const struct search_mark *marks;
	size_t mark_count;
};

static void pass_marks(struct walk *w, size_t until)
{
	while (w->mark_count && w->marks->offset < until) {
		w->marks++;
		w->mark_count--;
	}
}

/* What lies between two entities. */
static void put_plain(struct buf *out, struct walk *w, size_t from, size_t until)
{
	while (w->mark_count && w->marks->offset + w->marks->length <= until) {
		const struct search_mark *mark = w->marks;

		put_lines(out, str_sub(w->text, from, mark->offset - from));
		buf_add(out, STR("<mark>"));
		put_lines(out, str_sub(w->text, mark->offset, mark->length));
		buf_add(out, STR("</mark>"));
		from = mark->offset + mark->length;
		pass_marks(w, from);
	}
	put_lines(out, str_sub(w->text, from, until - from));
}

/* A name that is a link to `base`, `path` and itself. */
static void put_name(struct buf *out, const char *attribute, struct str base, const char *path,
		     struct str shown, struct str name)
{
	buf_printf(out, "<a %s href=\"", attribute);
	html(out, base);
	buf_add_c(out, path);
	html_url(out, name);
	buf_add(out, STR("\">"));
	html(out, shown);
	buf_add(out, STR("</a>"));
}

static void put_entity(struct buf *out, struct str text, const struct entity *e, struct str base)
{
	struct str shown = str_sub(text, e->offset, e->length), name = entity_name(text, e);

	switch (e->kind) {
	case ENTITY_LINK:
		put_link(out, shown);
		break;
	case ENTITY_MENTION:
		put_name(out, "class=\"mention\"", base, "/@", shown, name);
		break;
	case ENTITY_TAG:
		put_name(out, "rel=\"tag\"", base, "/tag/", shown, name);
		break;
	}
}

static void put_text(struct buf *out, struct walk *w, struct str base)
{
	struct entity e = {.length = 0};
	size_t start = 0;

	while (entity_next(w->text, start, &e)) {
		size_t end = e.offset + e.length;
		bool marked;

		put_plain(out, w, start, e.offset);
		marked = w->mark_count && w->marks->offset < end;
		if (marked)
			buf_add(out, STR("<mark>"));
		put_entity(out, w->text, &e, base);
		if (marked)
			buf_add(out, STR("</mark>"));
		pass_marks(w, end);
		start = end;
	}
	put_plain(out, w, start, w->text.len);
}

void text_html_at(struct buf *out, struct str s, struct str base)
{
	put_text(out, &(struct walk){.text = s}, base);
}

void text_html(struct buf *out, struct str s)
{
	text_html_at(out, s, STR(""));
}

void text_html_found(struct buf *out, struct str s, const struct search_marks *marks)
{
	put_text(out, &(struct walk){s, marks->items, marks->count}, STR(""));
}

void text_summary(struct buf *out, struct str s, size_t max_bytes)
{
	struct str part = cut(str_trim(s), max_bytes);
	bool space = false, cut_off = part.len < str_trim(s).len;

	part = str_trim(part);
	for (size_t i = 0; i < part.len; i++) {
		bool is_space = (unsigned char)part.ptr[i] <= ' ';

		if (!is_space && space)
			buf_add_char(out, ' ');
		if (!is_space)
			buf_add_char(out, part.ptr[i]);
		space = is_space;
	}
	if (cut_off)
		buf_add(out, STR("…"));
}
