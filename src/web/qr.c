#include "web/qr.h"

#include <qrencode.h>
#include "web/html.h"

#define QUIET	       4 /* modules of white around it: ISO/IEC 18004 section 6.3.8 */
#define TEXT_MAX_BYTES 1000

/* One path of squares of one unit; a dark page leaves the ground white. */
void qr_svg(struct buf *out, struct str text, const char *label)
{
	char terminated[TEXT_MAX_BYTES + 1];
	QRcode *code;

	if (text.len > TEXT_MAX_BYTES)
		return;
	memcpy(terminated, text.ptr, text.len);
	terminated[text.len] = '\0';
	code = QRcode_encodeString8bit(terminated, 0, QR_ECLEVEL_M);
	explicit_bzero(terminated, sizeof(terminated));
	if (!code)
		return;
	buf_printf(
		out,
		"<svg class=\"qr\" role=\"img\" width=\"200\" height=\"200\" viewBox=\"0 0 %d %d\" "
		"shape-rendering=\"crispEdges\" aria-label=\"",
		code->width + 2 * QUIET, code->width + 2 * QUIET);
	html(out, label);
	buf_add_c(out, "\"><path fill=\"#fff\" d=\"M0 0h1000v1000H0z\"/><path fill=\"#000\" d=\"");
	for (int y = 0; y < code->width; y++) {
		for (int x = 0; x < code->width; x++) {
			if (code->data[y * code->width + x] & 1)
				buf_printf(out, "M%d %dh1v1h-1z", x + QUIET, y + QUIET);
		}
	}
	buf_add(out, STR("\"/></svg>"));
	QRcode_free(code);
}
