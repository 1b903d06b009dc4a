/*
 * html.h: text into HTML. What templates compile to, and what every renderer writes with.
 *
 * html(out, value) escapes; it is short because it is what nearly everybody wants. The one call
 * that doesn't is html_raw_trusted(), long so that a search finds each use of it.
 */
#ifndef KINGLET_WEB_HTML_H
#define KINGLET_WEB_HTML_H

#include "base/buf.h"
#include "base/str.h"

/*
 * Text in element content or in a quoted attribute value: < > & " ' become &lt; &gt; &amp; &#34;
 * &#39;. Any bytes are allowed in and pass unchanged but for these five.
 */
void html_str(struct buf *out, struct str s);
/* A terminated text; NULL is the empty one. */
void html_c(struct buf *out, const char *s);
void html_i64(struct buf *out, int64_t value);

/* html(out, value): a struct str, a terminated text or an integer, escaped. */
#define html(out, value) \
	_Generic((value),                    \
		struct str: html_str,        \
		char *: html_c,              \
		const char *: html_c,        \
		int: html_i64,               \
		unsigned: html_i64,          \
		long: html_i64,              \
		unsigned long: html_i64,     \
		long long: html_i64,         \
		unsigned long long: html_i64)(out, value)

/*
 * A path segment or the value of a query field: everything but RFC 3986's unreserved characters is
 * percent-encoded, so that nothing is left to escape.
 */
void html_url(struct buf *out, struct str s);
/* "/static/style.3f2a9c1b.css" of "style.css"; dies for a name that isn't embedded. */
void html_asset(struct buf *out, const char *name);

/* As it is. Only for HTML that the program itself made from escaped parts. */
static inline void html_raw_trusted(struct buf *out, struct str s)
{
	buf_add(out, s);
}

#endif
