#include "service/search.h"

#include "base/entity.h"
#include "base/utf8.h"
#include "base/word.h"
#include "model/id.h"
#include "service/mention.h"
#include "service/people.h"

#define DAY_MS (INT64_C(86400) * 1000)

struct str search_problem_text(enum search_problem problem)
{
	static const char *const texts[] = {
#define SEARCH_X(constant, text) text,
		SEARCH_PROBLEM_TABLE(SEARCH_X)
#undef SEARCH_X
	};

	return problem == SEARCH_FINE ? STR("") : str_from_c(lang_text(texts[problem]));
}

/* ---- reading a query ------------------------------------------------------------------------- */

/* Bytes of the quotation mark that `s` begins with, as keyboards and phones write it; 0: none. */
static size_t quote_bytes(struct str s)
{
	if (str_starts_with(s, STR("\"")))
		return 1;
	if (str_starts_with(s, STR("“")) || str_starts_with(s, STR("”")) ||
	    str_starts_with(s, STR("„")))
		return strlen("“");
	return 0;
}

/* Bytes of the white space that `s` begins with, U+3000 of East Asian keyboards too. */
static size_t space_bytes(struct str s)
{
	if (s.len && (unsigned char)s.ptr[0] <= ' ')
		return 1;
	return str_starts_with(s, STR("\u3000")) ? strlen("\u3000") : 0;
}

/* Takes the next piece off: up to white space, or what stands in quotation marks (an open one: to
 * the end). */
static struct str take_piece(struct str *rest)
{
	size_t quote = quote_bytes(*rest), len = 0;
	struct str piece, body = str_sub(*rest, quote, rest->len);

	while (len < body.len && !(quote ? quote_bytes(str_sub(body, len, body.len))
					 : space_bytes(str_sub(body, len, body.len))))
		len++;
	piece = str_sub(body, 0, len);
	body = str_sub(body, len, body.len);
	*rest = str_sub(body, quote ? quote_bytes(body) : 0, body.len);
	return piece;
}

/* Takes `keyword` off where `rest` begins with it and says something behind it. */
static bool take_keyword(struct str *rest, struct str keyword)
{
	struct str value = str_sub(*rest, keyword.len, rest->len);

	if (!str_eq_nocase(str_sub(*rest, 0, keyword.len), keyword) || !value.len ||
	    space_bytes(value))
		return false;
	*rest = value;
	return true;
}

static bool two_digits(struct str s, size_t at, int *out)
{
	if (at + 2 > s.len || s.ptr[at] < '0' || s.ptr[at] > '9' || s.ptr[at + 1] < '0' ||
	    s.ptr[at + 1] > '9')
		return false;
	*out = (s.ptr[at] - '0') * 10 + s.ptr[at + 1] - '0';
	return true;
}

/* The beginning of a day in UTC, in milliseconds since 1970; false for what is no date. */
static bool parse_day(struct str s, int64_t *out)
{
	static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int century, two, year, month, day;
	int64_t days;

	if (s.len != 10 || s.ptr[4] != '-' || s.ptr[7] != '-' || !two_digits(s, 0, &century) ||
	    !two_digits(s, 2, &two) || !two_digits(s, 5, &month) || !two_digits(s, 8, &day))
		return false;
	year = century * 100 + two;
	if (year < 1970 || month < 1 || month > 12 || day < 1)
		return false;
	if (day > lengths[month - 1] +
			  (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)))
		return false;
	/* Leap days since 1970 before this year, then those of this one. */
	days = (int64_t)(year - 1970) * 365 +
	       ((year - 1) / 4 - (year - 1) / 100 + (year - 1) / 400) -
	       (1969 / 4 - 1969 / 100 + 1969 / 400);
	for (int m = 1; m < month; m++)
		days += lengths[m - 1] +
			(m == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
	*out = (days + day - 1) * DAY_MS;
	return true;
}

static bool is_tag(struct str piece)
{
	struct entity e;

	return entity_next(piece, 0, &e) && e.kind == ENTITY_TAG && e.offset == 0 &&
	       e.length == piece.len;
}

/* Words one after the other, or a tag. What has no word in it is no term. */
static enum err add_text(struct arena *a, struct search_query *q, struct str piece, bool quoted,
			 bool excluded)
{
	struct search_term *term = &q->terms[q->count];
	struct word_list words;
	struct str *keys;

	*term = (struct search_term){.excluded = excluded};
	q->authors[q->count] = STR("");
	if (!quoted && is_tag(piece)) {
		term->tag = entity_tag_key(a, str_sub(piece, 1, piece.len));
		if (!term->tag.ptr)
			return ERR_TOO_LARGE;
		q->count += term->tag.len > 0;
		return ERR_OK;
	}
	if (!word_list(a, piece, SEARCH_QUERY_MAX_BYTES, &words))
		return ERR_TOO_LARGE;
	keys = arena_array(a, words.count, sizeof(*keys));
	if (!keys)
		return ERR_TOO_LARGE;
	for (size_t i = 0; i < words.count; i++)
		keys[i] = words.items[i].key;
	term->words = keys;
	term->word_count = words.count;
	q->count += words.count > 0;
	return ERR_OK;
}

static enum err add_piece(struct arena *a, struct search_query *q, struct str *rest,
			  enum search_problem *problem)
{
	bool excluded = rest->len > 1 && rest->ptr[0] == '-' &&
			!space_bytes(str_sub(*rest, 1, rest->len));
	int64_t day_ms = 0;
	bool quoted;

	*rest = str_sub(*rest, excluded, rest->len);
	if (take_keyword(rest, STR("from:"))) {
		struct str name = take_piece(rest);

		q->terms[q->count] = (struct search_term){.excluded = excluded};
		q->authors[q->count] = str_sub(name, str_starts_with(name, STR("@")), name.len);
		if (q->authors[q->count].len)
			q->count++;
		else
			*problem = SEARCH_NOBODY;
		return ERR_OK;
	}
	if (!excluded && take_keyword(rest, STR("since:"))) {
		if (parse_day(take_piece(rest), &day_ms))
			q->from_id = id_first_of_ms(day_ms);
		else
			*problem = SEARCH_BAD_DATE;
		return ERR_OK;
	}
	if (!excluded && take_keyword(rest, STR("until:"))) {
		if (parse_day(take_piece(rest), &day_ms))
			q->until_id = id_first_of_ms(day_ms + DAY_MS) - 1;
		else
			*problem = SEARCH_BAD_DATE;
		return ERR_OK;
	}
	quoted = quote_bytes(*rest) > 0;
	return add_text(a, q, take_piece(rest), quoted, excluded);
}

static enum search_problem judge(const struct search_query *q)
{
	for (size_t i = 0; i < q->count; i++)
		if (!q->terms[i].excluded)
			return SEARCH_FINE;
	return q->count || q->from_id || q->until_id != INT64_MAX ? SEARCH_NOTHING_WANTED
								  : SEARCH_EMPTY;
}

enum err search_parse(struct arena *a, struct str text, struct search_query *out,
		      enum search_problem *problem)
{
	struct str rest = text;
	enum err e = ERR_OK;

	*out = (struct search_query){.until_id = INT64_MAX};
	*problem = text.len > SEARCH_QUERY_MAX_BYTES ? SEARCH_TOO_LONG : SEARCH_FINE;
	while (e == ERR_OK && *problem == SEARCH_FINE && rest.len) {
		size_t space = space_bytes(rest);

		if (space)
			rest = str_sub(rest, space, rest.len);
		else if (out->count == SEARCH_TERMS_MAX)
			*problem = SEARCH_TOO_MANY;
		else
			e = add_piece(a, out, &rest, problem);
	}
	if (e == ERR_OK && *problem == SEARCH_FINE)
		*problem = judge(out);
	return e;
}

/* ---- finding --------------------------------------------------------------------------------- */

static enum err read_match(const struct people_source *from, struct cursor at, size_t limit,
			   struct arena *a, struct post_list *out)
{
	return store_search_posts(from->store, from->match, at, limit, a, out);
}

static enum err read_tag(const struct people_source *from, struct cursor at, size_t limit,
			 struct arena *a, struct post_list *out)
{
	return store_tag_timeline(from->store, from->tag_key, at, limit, a, out);
}

enum err search_posts(struct service *s, struct arena *a, const struct user *viewer,
		      struct search_query *query, struct cursor at, size_t limit,
		      enum search_problem *problem, struct post_list *out)
{
	struct search_match match = {.terms = query->terms,
				     .count = query->count,
				     .from_id = query->from_id,
				     .until_id = query->until_id};
	const struct people_source from = {.read = read_match, .store = s->store, .match = &match};
	enum err e = ERR_OK;

	*problem = SEARCH_FINE;
	for (size_t i = 0; e == ERR_OK && i < query->count; i++) {
		struct user user;

		if (!query->authors[i].len)
			continue;
		e = mention_find(s, a, query->authors[i], &user);
		if (e == ERR_OK)
			query->terms[i].author_id = user.id;
	}
	if (e == ERR_NOT_FOUND) {
		*problem = SEARCH_NOBODY;
		*out = (struct post_list){0};
		return ERR_OK;
	}
	return e == ERR_OK ? people_sift(s, a, viewer, &from, at, limit, out) : e;
}

enum err search_tag(struct service *s, struct arena *a, const struct user *viewer, struct str name,
		    struct cursor at, size_t limit, struct str *key, struct post_list *out)
{
	struct people_source from = {.read = read_tag, .store = s->store};

	*key = entity_tag_key(a, name);
	if (!key->ptr)
		return utf8_valid(name) ? ERR_TOO_LARGE : ERR_NOT_FOUND;
	from.tag_key = *key;
	return key->len ? people_sift(s, a, viewer, &from, at, limit, out) : ERR_NOT_FOUND;
}

static bool has_person(const struct user_list *list, int64_t id)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].id == id)
			return true;
	return false;
}

/* `room` rows are read, for some may be left out. */
static enum err add_people(struct service *s, struct arena *a, struct str key, int64_t viewer_id,
			   const struct unseen_list *unseen, size_t limit, struct user_list *out)
{
	size_t room = limit + unseen->count < STORE_LIST_MAX ? limit + unseen->count
							     : STORE_LIST_MAX;

	for (int followed = viewer_id != 0; followed >= 0; followed--) {
		struct user_list found = {0};
		enum err e = store_search_people(s->store, key, viewer_id, followed != 0, room, a,
						 &found);

		if (e != ERR_OK)
			return e;
		for (size_t i = 0; i < found.count && out->count < limit; i++)
			if (!has_person(out, found.items[i].id) &&
			    !(unseen_find(unseen, found.items[i].id) & UNSEEN_BLOCKED))
				out->items[out->count++] = found.items[i];
	}
	return ERR_OK;
}

enum err search_people(struct service *s, struct arena *a, struct str text,
		       const struct user *viewer, size_t limit, struct user_list *out)
{
	struct unseen_list unseen;
	struct str name = str_sub(text, str_starts_with(text, STR("@")), text.len);
	struct str key = utf8_casefold(a, str_trim(name));
	enum err e = people_unseen(s, a, viewer, &unseen);

	if (e != ERR_OK)
		return e;
	*out = (struct user_list){.items = arena_array(a, limit, sizeof(struct user))};
	if (!out->items || (!key.ptr && utf8_valid(name)))
		return ERR_TOO_LARGE;
	if (key.len && key.len <= SERVICE_NAME_MAX_BYTES)
		e = add_people(s, a, key, viewer->id, &unseen, limit, out);
	if (e == ERR_OK && key.len && !out->count && str_index(key, '_') >= 0)
		e = add_people(s, a, mention_with_spaces(a, key), viewer->id, &unseen, limit, out);
	return e;
}

/* ---- marking --------------------------------------------------------------------------------- */

/* Do the words of the term stand at word `at`? */
static bool stands_at(const struct search_term *term, const struct word_list *words, size_t at)
{
	if (!term->word_count || at + term->word_count > words->count)
		return false;
	for (size_t i = 0; i < term->word_count; i++)
		if (!str_eq(term->words[i], words->items[at + i].key))
			return false;
	return true;
}

static void mark_words(const struct search_term *term, const struct word_list *words, bool *marked)
{
	for (size_t at = 0; at < words->count; at++)
		for (size_t i = 0; stands_at(term, words, at) && i < term->word_count; i++)
			marked[at + i] = true;
}

static bool mark_tags(struct arena *a, const struct search_term *term, struct str text,
		      const struct word_list *words, bool *marked)
{
	struct entity e = {.length = 0};

	while (term->tag.len && entity_next(text, e.offset + e.length, &e)) {
		struct str key;

		if (e.kind != ENTITY_TAG)
			continue;
		key = entity_tag_key(a, entity_name(text, &e));
		if (!key.ptr)
			return false;
		for (size_t i = 0; str_eq(key, term->tag) && i < words->count; i++)
			marked[i] |= words->items[i].offset > e.offset &&
				     words->items[i].offset < e.offset + e.length;
	}
	return true;
}

enum err search_mark(struct arena *a, const struct search_query *query, struct str text,
		     struct search_marks *out)
{
	struct word_list words;
	bool *marked;

	*out = (struct search_marks){0};
	if (!word_list(a, text, SEARCH_WORDS_MAX, &words))
		return ERR_TOO_LARGE;
	marked = arena_array(a, words.count, sizeof(*marked));
	out->items = arena_array(a, words.count, sizeof(*out->items));
	if (!marked || !out->items)
		return ERR_TOO_LARGE;
	for (size_t i = 0; i < query->count; i++) {
		if (query->terms[i].excluded)
			continue;
		mark_words(&query->terms[i], &words, marked);
		if (!mark_tags(a, &query->terms[i], text, &words, marked))
			return ERR_TOO_LARGE;
	}
	for (size_t i = 0; i < words.count; i++) {
		const struct word *w = &words.items[i];
		const struct search_mark *last = out->count ? &out->items[out->count - 1] : NULL;

		/* What was folded into several words is one place. */
		if (marked[i] && !(last && last->offset == w->offset))
			out->items[out->count++] = (struct search_mark){w->offset, w->length};
	}
	return ERR_OK;
}
