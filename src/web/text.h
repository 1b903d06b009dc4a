/*
 * text.h: what people write, as HTML: escaped, links made clickable, line breaks kept.
 *
 * A link is http:// or https:// and what follows, up to white space, a bracket or quotation mark
 * that can't be part of it, or punctuation that ends the sentence and not the address. It gets
 * rel="nofollow ugc". A long one is shown shortened; where it leads stays whole.
 */
#ifndef KINGLET_WEB_TEXT_H
#define KINGLET_WEB_TEXT_H

#include "base/buf.h"
#include "base/str.h"

/* Links longer than this are shown without their scheme and cut. */
#define TEXT_LINK_MAX_BYTES 48

/* `s` is valid UTF-8; bytes that aren't pass unchanged. */
void text_html(struct buf *out, struct str s);
/*
 * One line of plain text for titles and descriptions: white space becomes single spaces, cut at a
 * character near `max_bytes` with "…". Appends it unescaped.
 */
void text_summary(struct buf *out, struct str s, size_t max_bytes);

#endif
