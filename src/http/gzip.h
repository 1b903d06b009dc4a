/*
 * gzip.h: compresses answers (RFC 1952, by zlib). A compressor keeps its memory from use to use and
 * belongs to one thread.
 */
#ifndef KINGLET_HTTP_GZIP_H
#define KINGLET_HTTP_GZIP_H

#include <stdbool.h>
#include "base/buf.h"
#include "base/str.h"

struct gzip;

/* `level` 1 to 9. NULL when there is no memory; its tables come with the first use. */
struct gzip *gzip_new(int level);
void gzip_free(struct gzip *g); /* NULL is fine */
/* Appends `plain` compressed; false, and `out` as it was, where it didn't fit. */
bool gzip_compress(struct gzip *g, struct str plain, struct buf *out);

#endif
