#include "web/text.h"

#include "web/html.h"

/* ---- where a link ends --------------------------------------------------------------------- */

static bool is_continuation(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

static bool is_alphanumeric(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/*
 * Characters of more than one byte that separate or quote in scripts that leave no space after a
 * link; they are never part of one that people paste.
 */
static const struct str wide_ends[] = {
	STR_INIT("\u00a0"), STR_INIT("\u00ab"), STR_INIT("\u00bb"), STR_INIT("\u2018"),
	STR_INIT("\u2019"), STR_INIT("\u201c"), STR_INIT("\u201d"), STR_INIT("\u201e"),
	STR_INIT("\u2026"), STR_INIT("\u3000"), STR_INIT("\u3001"), STR_INIT("\u3002"),
	STR_INIT("\u300c"), STR_INIT("\u300d"), STR_INIT("\uff01"), STR_INIT("\uff08"),
	STR_INIT("\uff09"), STR_INIT("\uff0c"), STR_INIT("\uff1a"), STR_INIT("\uff1b"),
	STR_INIT("\uff1f"), STR_INIT("\u2028"), STR_INIT("\u2029"), STR_INIT("\u200b"),
};

static bool ends_link(struct str rest)
{
	unsigned char c = (unsigned char)rest.ptr[0];

	if (c <= ' ' || c == 0x7f || c == '<' || c == '>' || c == '"' || c == '`')
		return true;
	if (c < 0x80)
		return false;
	for (size_t i = 0; i < sizeof(wide_ends) / sizeof(wide_ends[0]); i++)
		if (str_starts_with(rest, wide_ends[i]))
			return true;
	return false;
}

/*
 * Without what ends the sentence rather than the address. A closing bracket belongs to the link
 * only where the link opened it: "(see http://x/a_(b))". Counted once, so that a text of nothing
 * but brackets costs no more than any other.
 */
static size_t trimmed_bytes(struct str link, size_t scheme)
{
	static const char opening[] = "([{", closing[] = ")]}";
	int open[3] = {0, 0, 0};

	for (size_t i = scheme; i < link.len; i++)
		for (int kind = 0; kind < 3; kind++)
			open[kind] += (link.ptr[i] == opening[kind]) -
				      (link.ptr[i] == closing[kind]);
	while (link.len > scheme) {
		char last = link.ptr[link.len - 1];
		const char *bracket = strchr(closing, last);

		if (bracket ? open[bracket - closing]++ >= 0 : !strchr(".,:;!?'*_~", last))
			break;
		link.len--;
	}
	return link.len;
}

/* Bytes of the scheme and "://", or 0. */
static size_t scheme_bytes(struct str s)
{
	if (s.len >= 8 && str_eq_nocase(str_sub(s, 0, 8), STR("https://")))
		return 8;
	return s.len >= 7 && str_eq_nocase(str_sub(s, 0, 7), STR("http://")) ? 7 : 0;
}

/* Bytes of the link that `s` begins with, or 0. */
static size_t link_bytes(struct str s)
{
	size_t scheme = scheme_bytes(s), len = scheme;

	if (!scheme || s.len == scheme)
		return 0;
	if ((unsigned char)s.ptr[scheme] < 0x80 && !is_alphanumeric(s.ptr[scheme]) &&
	    s.ptr[scheme] != '[')
		return 0;
	while (len < s.len && !ends_link(str_sub(s, len, s.len)))
		len++;
	len = trimmed_bytes(str_sub(s, 0, len), scheme);
	return len > scheme ? len : 0;
}

/* ---- writing ------------------------------------------------------------------------------- */

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
		shown = str_sub(link, scheme_bytes(link), link.len);
		if (str_starts_with(shown, STR("www.")))
			shown = str_sub(shown, 4, shown.len);
		short_form = cut(shown, TEXT_LINK_MAX_BYTES - 10);
		html(out, short_form);
		if (short_form.len < shown.len)
			buf_add(out, STR("…"));
	}
	buf_add(out, STR("</a>"));
}

/* The cheap half of scheme_bytes(): an h is common, "ht" is not. */
static bool may_begin_link(struct str s, size_t at)
{
	return (s.ptr[at] | 0x20) == 'h' && at + 1 < s.len && (s.ptr[at + 1] | 0x20) == 't';
}

/* The next place at or after `from` that is not plain text: a line feed, or what may begin a link.
 */
static size_t next_mark(struct str s, size_t from)
{
	while (from < s.len && s.ptr[from] != '\n' && !may_begin_link(s, from))
		from++;
	return from;
}

void text_html(struct buf *out, struct str s)
{
	size_t start = 0, at = next_mark(s, 0);

	while (at < s.len) {
		bool line_feed = s.ptr[at] == '\n';
		/* "xhttp://" is no link: one begins where a word does. */
		bool inside_word = at > 0 && is_alphanumeric(s.ptr[at - 1]);
		size_t len = line_feed || inside_word ? 0 : link_bytes(str_sub(s, at, s.len));

		if (line_feed || len) {
			html(out, str_sub(s, start, at - start));
			if (line_feed)
				buf_add(out, STR("<br>"));
			else
				put_link(out, str_sub(s, at, len));
			start = at + (line_feed ? 1 : len);
		}
		at = next_mark(s, at + (len ? len : 1));
	}
	html(out, str_sub(s, start, s.len));
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
