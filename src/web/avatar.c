#include "web/avatar.h"

#include "base/encode.h"
#include "base/utf8.h"
#include "web/html.h"

struct look {
	unsigned hue, shape;
};

/* FNV-1a (Fowler, Noll, Vo), its upper half folded in: spreads short names well enough. */
static struct look look_of(struct str name)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < name.len; i++)
		hash = (hash ^ (unsigned char)name.ptr[i]) * 16777619u;
	hash ^= hash >> 15;
	return (struct look){hash % AVATAR_HUES, hash / AVATAR_HUES % AVATAR_SHAPES};
}

static bool separates_words(char c)
{
	return c == ' ' || c == '.' || c == '_' || c == '-';
}

static struct str first_character(struct str s)
{
	/* Two ASCII bytes in a row never form one cluster (but CR LF, which no name holds). */
	if (s.len && (unsigned char)s.ptr[0] < 0x80 &&
	    (s.len == 1 || (unsigned char)s.ptr[1] < 0x80))
		return str_sub(s, 0, 1);
	return str_sub(s, 0, utf8_graphemes_bytes(s, 1));
}

void avatar_initials(struct buf *out, struct str name)
{
	struct str last = {NULL, 0};
	size_t start = 0;

	while (start < name.len && separates_words(name.ptr[start]))
		start++;
	name = str_sub(name, start, name.len);
	html(out, first_character(name));
	for (size_t i = 1; i < name.len; i++)
		if (separates_words(name.ptr[i - 1]) && !separates_words(name.ptr[i]))
			last = str_sub(name, i, name.len);
	html(out, first_character(last));
}

#define LARGE	   "-large"
#define SUFFIX	   ".webp"
#define HASH_BYTES ((size_t)8) /* twice as many digits in the path */

void avatar_path(struct buf *out, int64_t avatar, bool large)
{
	buf_printf(out, "/avatar/%016llx%s" SUFFIX, (unsigned long long)avatar, large ? LARGE : "");
}

int64_t avatar_path_parse(struct str file, bool *large)
{
	unsigned char bytes[HASH_BYTES];
	int64_t avatar = 0;
	struct str rest = str_sub(file, 2 * HASH_BYTES, file.len);

	*large = str_eq(rest, STR(LARGE SUFFIX));
	if (!*large && !str_eq(rest, STR(SUFFIX)))
		return 0;
	if (!hex_decode(str_sub(file, 0, 2 * HASH_BYTES), bytes, HASH_BYTES) || bytes[0] > 0x7f)
		return 0;
	for (size_t i = 0; i < HASH_BYTES; i++)
		avatar = avatar << 8 | bytes[i];
	return avatar;
}

/*
 * Its size stands in the attributes, so that nothing moves when it comes. What a page is about is
 * fetched at once, and sharper for screens that show it so; those in lists when they are near.
 */
static void uploaded(struct buf *out, const char *class_name, int64_t avatar)
{
	bool big = strcmp(class_name, "av") != 0;

	buf_add(out, STR("<img class=\""));
	buf_add_c(out, class_name);
	buf_add(out, STR("\" src=\""));
	avatar_path(out, avatar, false);
	if (big) {
		buf_add(out, STR("\" srcset=\""));
		avatar_path(out, avatar, true);
		buf_add(out, STR(" 2x"));
	}
	buf_add(out, STR("\" alt=\"\" width=\"96\" height=\"96\""));
	if (!big)
		buf_add(out, STR(" loading=\"lazy\""));
	buf_add(out, STR(" decoding=\"async\">"));
}

void avatar_html(struct buf *out, struct str name, const char *class_name, int64_t avatar,
		 bool remote)
{
	struct look look = look_of(name);

	if (avatar) {
		uploaded(out, class_name, avatar);
		return;
	}
	if (remote) {
		buf_add(out, STR("<img class=\""));
		buf_add_c(out, class_name);
		buf_add(out, STR("\" src=\"/avatar/"));
		html_url(out, name);
		buf_add(out, STR(".svg\" alt=\"\" loading=\"lazy\">"));
		return;
	}
	buf_add(out, STR("<span class=\""));
	buf_add_c(out, class_name);
	buf_add(out, STR(" h"));
	buf_add_i64(out, look.hue);
	buf_add(out, STR(" s"));
	buf_add_i64(out, look.shape);
	buf_add(out, STR("\" aria-hidden=\"true\">"));
	avatar_initials(out, name);
	buf_add(out, STR("</span>"));
}

/* Where the second colour's disc lies, for each shape; the style sheet has the same six. */
static const struct {
	int x, y;
} discs[AVATAR_SHAPES] = {{80, 12}, {14, 8}, {10, 84}, {86, 84}, {48, 100}, {48, -6}};

void avatar_svg(struct buf *out, struct str name)
{
	struct look look = look_of(name);
	unsigned hue = look.hue * (360 / AVATAR_HUES), second = (hue + 40) % 360;

	buf_printf(out,
		   "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 96 96\">"
		   "<path fill=\"hsl(%u,55%%,82%%)\" d=\"M0 0h96v96H0z\"/>"
		   "<circle cx=\"%d\" cy=\"%d\" r=\"52\" fill=\"hsl(%u,62%%,74%%)\"/>"
		   "<text x=\"48\" y=\"50\" text-anchor=\"middle\" dominant-baseline=\"central\" "
		   "font-family=\"system-ui,sans-serif\" font-weight=\"600\" font-size=\"38\" "
		   "fill=\"hsl(%u,60%%,18%%)\">",
		   hue, discs[look.shape].x, discs[look.shape].y, second, hue);
	avatar_initials(out, name);
	buf_add(out, STR("</text></svg>"));
}
