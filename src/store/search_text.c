#include "store/search_text.h"

#include "base/buf.h"
#include "base/word.h"

enum { TEXT_MAX_BYTES = 256 * 1024 };

enum err search_document_of(struct arena *a, int64_t author_id, struct str text,
			    struct search_document *out)
{
	struct word_list words;
	struct str *tokens;
	size_t count = 0;

	if (!word_list(a, text, SEARCH_WORDS_MAX, &words) ||
	    !entity_list_keys(a, text, ENTITY_TAG, &out->tags))
		return ERR_TOO_LARGE;
	tokens = arena_array(a, words.count + out->tags.count + 1, sizeof(*tokens));
	if (!tokens)
		return ERR_TOO_LARGE;
	for (size_t i = 0; i < words.count; i++)
		tokens[count++] = words.items[i].key;
	for (size_t i = 0; i < out->tags.count; i++)
		tokens[count++] = arena_printf(a, "#%.*s", STR_ARG(out->tags.items[i]));
	tokens[count++] = arena_printf(a, "@%lld", (long long)author_id);
	for (size_t i = 0; i < count; i++)
		if (!tokens[i].ptr)
			return ERR_TOO_LARGE;
	out->tokens = tokens;
	out->count = count;
	return ERR_OK;
}

/* A copy of the buffer in the arena, and the buffer's end. */
static struct str finish(struct arena *a, struct buf *b)
{
	struct str copy = buf_ok(b) ? arena_str(a, buf_str(b)) : (struct str){NULL, 0};

	buf_release(b);
	return copy;
}

static struct str join(struct arena *a, const struct str *items, size_t count)
{
	struct buf out = BUF_INIT(TEXT_MAX_BYTES);

	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_add_char(&out, ' ');
		buf_add(&out, items[i]);
	}
	return finish(a, &out);
}

struct str search_document_words(struct arena *a, const struct search_document *d)
{
	return join(a, d->tokens, d->count);
}

struct str search_document_tags(struct arena *a, const struct search_document *d)
{
	return join(a, d->tags.items, d->tags.count);
}

struct str search_document_vector(struct arena *a, const struct search_document *d)
{
	struct buf out = BUF_INIT(TEXT_MAX_BYTES);

	for (size_t i = 0; i < d->count; i++)
		buf_printf(&out, "'%.*s':%zu ", STR_ARG(d->tokens[i]), i + 1);
	return finish(a, &out);
}

/* ---- what matches ---------------------------------------------------------------------------- */

static bool has_phrase(const struct search_document *d, const struct search_term *term)
{
	/* Behind the words there are tokens that no word is equal to. */
	for (size_t at = 0; at + term->word_count <= d->count; at++) {
		size_t n = 0;

		while (n < term->word_count && str_eq(d->tokens[at + n], term->words[n]))
			n++;
		if (n == term->word_count)
			return true;
	}
	return false;
}

static bool has_tag(const struct search_document *d, struct str key)
{
	for (size_t i = 0; i < d->tags.count; i++)
		if (str_eq(d->tags.items[i], key))
			return true;
	return false;
}

bool search_match_document(const struct search_match *match, const struct search_document *d,
			   int64_t author_id)
{
	for (size_t i = 0; i < match->count; i++) {
		const struct search_term *term = &match->terms[i];
		bool has = term->word_count ? has_phrase(d, term)
			   : term->tag.len  ? has_tag(d, term->tag)
					    : term->author_id == author_id;

		if (has == term->excluded)
			return false;
	}
	return true;
}

/* How an engine writes a query. */
struct language {
	const char *open, *between,
		*close; /* around a term, between words that follow each other */
	const char *and, *not ;
};

static void add_term(struct buf *out, const struct language *l, const struct search_term *term)
{
	buf_add_c(out, l->open);
	for (size_t i = 0; i < term->word_count; i++) {
		if (i > 0)
			buf_add_c(out, l->between);
		buf_add(out, term->words[i]);
	}
	if (!term->word_count && term->tag.len)
		buf_printf(out, "#%.*s", STR_ARG(term->tag));
	else if (!term->word_count)
		buf_printf(out, "@%lld", (long long)term->author_id);
	buf_add_c(out, l->close);
}

/* What must be there first: a query can't begin with what must not. */
static struct str write_match(struct arena *a, const struct language *l,
			      const struct search_match *match)
{
	struct buf out = BUF_INIT(TEXT_MAX_BYTES);

	for (int excluded = 0; excluded < 2; excluded++) {
		for (size_t i = 0; i < match->count; i++) {
			if (match->terms[i].excluded != excluded)
				continue;
			if (excluded && !out.len)
				break;
			if (out.len)
				buf_add_c(&out, excluded ? l->not : l->and);
			add_term(&out, l, &match->terms[i]);
		}
	}
	if (!out.len)
		out.failed = true;
	return finish(a, &out);
}

struct str search_match_fts5(struct arena *a, const struct search_match *match)
{
	static const struct language fts5 = {"\"", " ", "\"", " AND ", " NOT "};

	return write_match(a, &fts5, match);
}

struct str search_match_tsquery(struct arena *a, const struct search_match *match)
{
	static const struct language tsquery = {"('", "' <-> '", "')", " & ", " & !"};

	return write_match(a, &tsquery, match);
}
