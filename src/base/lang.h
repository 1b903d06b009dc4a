/*
 * base/lang.h: the language in which this thread speaks to a person, and texts in it.
 *
 * English is the text itself: it stands in the templates (tools/templates.py makes a message of
 *each text of a page) and in C within T(). lang/TAG.po holds the other languages; what they lack is
 *shown in English. Logs, commands and the simulator's API stay English: no language is set there.
 * docs/languages.md says how to add one.
 *
 *	v.page.title = T_STR("Settings");
 *	text = arena_printf(a, T("Messages by %.*s."), STR_ARG(name));
 *	text = arena_printf(a, T_PLURAL("%d follower", "%d followers", n), (int)n);
 *	static const char *const steps[] = {T_LATER("Name"), T_LATER("Picture")}; then
 *lang_text(steps[i])
 *
 * The arguments of T… must be string literals: tools/languages.py reads them from the source. The
 *last text of each row of FLASH_TABLE and PROBLEM_TABLE is a message as it is.
 */
#ifndef KINGLET_BASE_LANG_H
#define KINGLET_BASE_LANG_H

#include <stdbool.h>
#include <stdint.h>
#include "base/str.h"

/*
 * X(constant, tag of BCP 47, what the language calls itself, between thousands, before decimals,
 *   after the day of a date, before the time of day, within it)
 * LANG_QPS shows each message in brackets ⟦…⟧, for tests that look for text outside of messages. It
 * is given to those who ask for exactly that, and offered to nobody.
 */
#define LANG_TABLE(X)                                           \
	X(LANG_EN, "en", "English", ",", ".", " ", ", ", ":")   \
	X(LANG_DA, "da", "Dansk", ".", ",", ". ", " kl. ", ".") \
	X(LANG_QPS, "qps", "⟦qps⟧", ",", ".", " ", ", ", ":")

enum lang {
#define LANG_X(constant, ...) constant,
	LANG_TABLE(LANG_X)
#undef LANG_X
		LANG_COUNT
};

/* Those that people can choose. */
#define LANG_OFFERED_COUNT LANG_QPS

/* What a language is called and how it writes numbers and dates: "1,234.5", "12 Mar 2024, 14:05".
 */
struct lang_facts {
	const char *tag, *name, *thousands, *decimal, *after_day, *before_clock, *clock;
};
extern const struct lang_facts lang_facts[LANG_COUNT];
/* Those that people can choose, as templates go through lists. */
extern const struct lang_list {
	const struct lang_facts *items;
	size_t count;
} lang_offered;

/* This thread's, by lang_set(); read by lang_current(). */
extern _Thread_local enum lang lang_of_thread;

static inline enum lang lang_current(void)
{
	return lang_of_thread;
}

/* From now on this thread speaks it. Set per request; LANG_EN afterwards. */
static inline void lang_set(enum lang lang)
{
	lang_of_thread = lang;
}

/* The language of that tag, compared without regard to case. False: there is none. */
bool lang_find(struct str tag, enum lang *out);

/* The English text in this thread's language; itself where the catalogue lacks it. Static. */
const char *lang_text(const char *english) __attribute__((format_arg(1), returns_nonnull, nonnull));
/* The form of the message that the language uses for that many. */
const char *lang_plural(const char *one, const char *other, int64_t count)
	__attribute__((format_arg(1), format_arg(2), returns_nonnull, nonnull));
/* Which form of a message (0 is "one" in English) `lang` uses for that many. */
unsigned lang_form(enum lang lang, int64_t count);

#define T(literal)		    lang_text("" literal)
#define T_STR(literal)		    str_from_c(lang_text("" literal))
#define T_PLURAL(one, other, count) lang_plural("" one, "" other, (count))
/* Marks a message of a static table, which is looked up by lang_text() when it is shown. */
#define T_LATER(literal) "" literal

/* ---- what tools/languages.py makes of lang/TAG.po ---------------------------------------------
 */

#define LANG_FORMS_MAX 4

/* A message and its forms in each language; NULL where a catalogue lacks it. Ordered by `english`.
 */
struct lang_row {
	const char *english;
	const char *forms[LANG_COUNT][LANG_FORMS_MAX];
};
extern const struct lang_row lang_rows[];
extern const size_t lang_row_count;
/* By the Plural-Forms of the catalogue. */
unsigned lang_plural_rule(enum lang lang, unsigned long n);

#endif
