/*
 * avatar.h: a picture for each name, made from the name alone: its initials on two soft colours
 * that meet in a curve. Always the same for the same name; no request leaves for a third party.
 *
 * On pages an avatar is a <span> with two classes, coloured by the style sheet: no request and no
 * inline style, and it follows light and dark. For other readers there is /avatar/NAME.svg.
 *
 * Who uploaded a picture (store/avatar.h) has that instead, at /avatar/HASH.webp or, four times as
 * wide, /avatar/HASH-large.webp: an address whose content never changes.
 */
#ifndef KINGLET_WEB_AVATAR_H
#define KINGLET_WEB_AVATAR_H

#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/str.h"

#define AVATAR_HUES   24 /* classes h0 to h23: 15 degrees apart */
#define AVATAR_SHAPES 6	 /* classes s0 to s5 */

#define AVATAR_SMALL_PIXELS 96
#define AVATAR_LARGE_PIXELS 400

/*
 * The <span>, hidden from screen readers because the name stands beside it; `remote` makes it an
 * <img> of /avatar/NAME.svg instead, which then leads elsewhere. `avatar`: see
 * user.avatar; where it isn't 0 it is an <img> of that. `class_name` is trusted; "av big" is the
 * one that a page is about.
 */
void avatar_html(struct buf *out, struct str name, const char *class_name, int64_t avatar,
		 bool remote);
/* "/avatar/HASH.webp". */
void avatar_path(struct buf *out, int64_t avatar, bool large);
/* The hash, where `file` is the last part of such a path; 0: it is none. */
int64_t avatar_path_parse(struct str file, bool *large);
/* A whole SVG document. `name` is valid UTF-8 of any length; only its initials are shown. */
void avatar_svg(struct buf *out, struct str name);
/* The first character of the first and of the last word; words end at space . _ and -. */
void avatar_initials(struct buf *out, struct str name);

#endif
