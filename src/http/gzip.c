/*
 * gzip.c: pages are 5 to 50 KiB, so a window of 16 KiB and small tables (128 KiB a thread instead
 * of 256) cost next to nothing in size.
 */
#include "http/gzip.h"

#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

#define WINDOW_BITS  (14 + 16) /* 16: with the header and trailer of gzip */
#define MEMORY_LEVEL 7

struct gzip {
	z_stream stream;
	int level;
	bool ready;
};

struct gzip *gzip_new(int level)
{
	struct gzip *g = calloc(1, sizeof(*g));

	if (g)
		g->level = level;
	return g;
}

void gzip_free(struct gzip *g)
{
	if (g && g->ready)
		deflateEnd(&g->stream);
	free(g);
}

static bool make_ready(struct gzip *g)
{
	if (g->ready)
		return deflateReset(&g->stream) == Z_OK;
	g->ready = deflateInit2(&g->stream, g->level, Z_DEFLATED, WINDOW_BITS, MEMORY_LEVEL,
				Z_DEFAULT_STRATEGY) == Z_OK;
	return g->ready;
}

bool gzip_compress(struct gzip *g, struct str plain, struct buf *out)
{
	z_stream *z = &g->stream;
	size_t room;

	if (plain.len > UINT_MAX || !make_ready(g))
		return false;
	room = deflateBound(z, plain.len);
	if (room > UINT_MAX || room > out->max - out->len || !buf_reserve(out, room))
		return false;
	z->next_in = (z_const Bytef *)(uintptr_t)plain.ptr;
	z->avail_in = (uInt)plain.len;
	z->next_out = (Bytef *)out->ptr + out->len;
	z->avail_out = (uInt)room;
	if (deflate(z, Z_FINISH) != Z_STREAM_END)
		return false;
	out->len += room - z->avail_out;
	return true;
}
