/*
 * feed.h: a list of posts as programs that subscribe read it: Atom (RFC 4287, with the links of
 * RFC 5005) and JSON Feed 1.1 (jsonfeed.org/version/1.1).
 */
#ifndef KINGLET_WEB_FEED_H
#define KINGLET_WEB_FEED_H

#include "base/buf.h"
#include "model/post.h"

/* All addresses are absolute and percent-encoded. */
struct feed {
	struct str title, description; /* plain text */
	struct str base;	       /* "https://example.org" */
	struct str home;	       /* the page that shows the same posts */
	struct str self;	       /* this document */
	struct str next;	       /* the one with older posts; empty: there is none */
	struct str icon;	       /* a picture */
	struct post_list posts;
};

/* A post's address is its id in the feed: it stays the same as long as the host does. */
void feed_atom(struct buf *out, const struct feed *feed);
void feed_json(struct buf *out, const struct feed *feed);

#endif
