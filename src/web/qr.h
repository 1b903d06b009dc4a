/* qr.h: a QR code as an inline SVG, so that no secret leaves in a request for a picture. */
#ifndef KINGLET_WEB_QR_H
#define KINGLET_WEB_QR_H

#include "base/buf.h"
#include "base/str.h"

/* For templates. `label` says for those who don't see it what it is. Nothing where it doesn't fit.
 */
void qr_svg(struct buf *out, struct str text, const char *label);

#endif
