#include "base/lang.h"

#include <stdlib.h>

_Thread_local enum lang lang_of_thread = LANG_EN;

const struct lang_facts lang_facts[LANG_COUNT] = {
#define LANG_X(constant, ...) [constant] = {__VA_ARGS__},
	LANG_TABLE(LANG_X)
#undef LANG_X
};

const struct lang_list lang_offered = {lang_facts, LANG_OFFERED_COUNT};

bool lang_find(struct str tag, enum lang *out)
{
	for (int i = 0; i < LANG_COUNT; i++) {
		if (str_eq_nocase(tag, str_from_c(lang_facts[i].tag))) {
			*out = (enum lang)i;
			return true;
		}
	}
	return false;
}

static int compare_row(const void *english, const void *row)
{
	return strcmp(english, ((const struct lang_row *)row)->english);
}

/* The row of a message. English needs none, so that its pages cost no search. */
static const struct lang_row *row_of(const char *english)
{
	if (lang_of_thread == LANG_EN || !lang_row_count)
		return NULL;
	return bsearch(english, lang_rows, lang_row_count, sizeof(lang_rows[0]), compare_row);
}

const char *lang_text(const char *english)
{
	const struct lang_row *row = row_of(english);

	return row && row->forms[lang_of_thread][0] ? row->forms[lang_of_thread][0] : english;
}

unsigned lang_form(enum lang lang, int64_t count)
{
	return lang_plural_rule(lang, (unsigned long)(count < 0 ? -count : count));
}

const char *lang_plural(const char *one, const char *other, int64_t count)
{
	const struct lang_row *row = row_of(one);
	unsigned form = lang_form(lang_of_thread, count);

	if (row && form < LANG_FORMS_MAX && row->forms[lang_of_thread][form])
		return row->forms[lang_of_thread][form];
	return count == 1 ? one : other;
}
