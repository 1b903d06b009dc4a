/*
 * text.h: what people write, as HTML: escaped, links made clickable, line breaks kept.
 *
 * What is a link, a mention or a tag is said by base/entity.h. A link gets rel="nofollow ugc"; a
 * long one is shown shortened, where it leads stays whole. A tag leads to /tag/NAME, a mention to
 * /@NAME as it was written: whose page that is, if anybody's, is found when somebody follows it.
 */
#ifndef KINGLET_WEB_TEXT_H
#define KINGLET_WEB_TEXT_H

#include "base/buf.h"
#include "base/str.h"
#include "service/search.h"

/* Links longer than this are shown without their scheme and cut. */
#define TEXT_LINK_MAX_BYTES 48

/* `s` is valid UTF-8; bytes that aren't pass unchanged. */
void text_html(struct buf *out, struct str s);
/* The same with absolute addresses, `base` being "https://example.org": for feeds. */
void text_html_at(struct buf *out, struct str s, struct str base);
/* The same with what was looked for in <mark>. Links in which some of it lies are marked whole. */
void text_html_found(struct buf *out, struct str s, const struct search_marks *marks);
/*
 * One line of plain text for titles and descriptions: white space becomes single spaces, cut at a
 * character near `max_bytes` with "…". Appends it unescaped.
 */
void text_summary(struct buf *out, struct str s, size_t max_bytes);

#endif
