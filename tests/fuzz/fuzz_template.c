/*
 * Any bytes as the texts of a page: nothing that a person wrote may become markup. The input is
 * cut at NULs into a name, a post, a flash and a title; the rendered page must then hold exactly
 * as many tags as the same page with harmless texts, but for the links and line breaks of the post,
 * which are counted apart.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/log.h"
#include "web/view.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* Compiled from templates/timeline.html. */
void template_timeline(struct buf *out, const struct timeline_view *v);

#define PAGE_MAX_BYTES ((size_t)8 << 20)

static size_t count(struct str s, char c)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += s.ptr[i] == c;
	return n;
}

/* Reused from run to run; the pages are as large as the inputs. */
static struct buf page = BUF_INIT(PAGE_MAX_BYTES), text = BUF_INIT(PAGE_MAX_BYTES);

struct texts {
	struct str name, post, flash, title;
};

static void render(const struct texts *t)
{
	struct post post = {.id = 1, .author_name = t->name, .text = t->post};
	const struct timeline_view v = {
		.page = {.title = t->title,
			 .site = t->name,
			 .flash = t->flash,
			 .description = t->title,
			 .viewer = {.signed_in = true, .user = {.name = t->name}}},
		.compose = {.shown = true, .text = t->post, .error = t->flash},
		.posts = {.items = &post, .count = 1},
	};

	buf_clear(&page);
	template_timeline(&page, &v);
}

/* Tags of the page with texts that need no escaping, as empty or full as the given ones. */
static void render_harmless(const struct texts *t)
{
	const struct texts harmless = {
		.name = t->name.len ? STR("x") : STR(""),
		.post = t->post.len ? STR("x") : STR(""),
		.flash = t->flash.len ? STR("x") : STR(""),
		.title = t->title.len ? STR("x") : STR(""),
	};

	render(&harmless);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest = str_from((const char *)data, size);
	struct texts t = {0};
	size_t opening, quotes, links;

	if (size > 65536)
		return 0;
	str_cut(&rest, '\0', &t.name);
	str_cut(&rest, '\0', &t.post);
	str_cut(&rest, '\0', &t.flash);
	t.title = rest;
	buf_clear(&text);
	text_html(&text, t.post);
	links = count(buf_str(&text), '"') / 4;
	render_harmless(&t);
	opening = count(buf_str(&page), '<') + count(buf_str(&text), '<');
	quotes = count(buf_str(&page), '"') + 4 * links;
	render(&t);
	if (!buf_ok(&page) || !buf_ok(&text))
		return 0;
	if (count(buf_str(&text), '<') != 2 * links + count(t.post, '\n'))
		die("a post made a tag of its own");
	if (count(buf_str(&page), '<') != opening || count(buf_str(&page), '"') != quotes)
		die("a text of a page became markup");
	return 0;
}
