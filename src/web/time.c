#include "web/time.h"

#include <string.h>

#include "base/lang.h"

/*
 * Dates are computed here rather than by gmtime_r() and strftime(): a page shows thirty of them,
 * and the C library takes locks and looks at locales for each.
 */

#define MINUTE_S ((int64_t)60)
#define HOUR_S	 ((int64_t)3600)
#define DAY_S	 ((int64_t)86400)
#define WEEK_S	 (7 * DAY_S)
#define LAST_S	 ((int64_t)253402300799) /* the end of 9999 */

/* No language's word for a month or a unit is longer; what is, is cut. */
#define WORD_MAX_BYTES ((size_t)24)

static const char *const months[12] = {
	T_LATER("January"),   T_LATER("February"), T_LATER("March"),	T_LATER("April"),
	T_LATER("May"),	      T_LATER("June"),	   T_LATER("July"),	T_LATER("August"),
	T_LATER("September"), T_LATER("October"),  T_LATER("November"), T_LATER("December"),
};
static const char *const short_months[12] = {
	T_LATER("Jan"), T_LATER("Feb"), T_LATER("Mar"), T_LATER("Apr"),
	T_LATER("May"), T_LATER("Jun"), T_LATER("Jul"), T_LATER("Aug"),
	T_LATER("Sep"), T_LATER("Oct"), T_LATER("Nov"), T_LATER("Dec"),
};

/* The words that each post's time is made of, in this thread's language: looked up once per
 * language, not per post. */
struct words {
	enum lang lang;
	const char *now, *minute, *hour, *day, *months[12];
};

static const struct words *words_of_thread(void)
{
	static _Thread_local struct words words;

	if (words.now && words.lang == lang_current())
		return &words;
	words.lang = lang_current();
	words.now = T("now");
	words.minute = T("min");
	words.hour = T("h");
	words.day = T("d");
	for (int i = 0; i < 12; i++)
		words.months[i] = lang_text(short_months[i]);
	return &words;
}

struct moment {
	int year, month /* 0 to 11 */, day, hour, minute, second;
};

static int64_t seconds_of(int64_t ms)
{
	if (ms < 0)
		return 0;
	return ms / 1000 > LAST_S ? LAST_S : ms / 1000;
}

/*
 * The civil date of a count of days: years begin in March, so that the leap day is the last of
 * one, and 400 years are always 146,097 days (Howard Hinnant, "chrono-Compatible Low-Level Date
 * Algorithms", days_from_civil and its inverse).
 */
static struct moment moment_of(int64_t seconds)
{
	int64_t rest = seconds % DAY_S, day = seconds / DAY_S + 719468;
	int64_t era = day / 146097, of_era = day % 146097;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * of_year + 2) / 153; /* 0 is March */

	return (struct moment){
		.year = (int)(year + era * 400 + (month >= 10)),
		.month = (int)((month + 2) % 12),
		.day = (int)(of_year - (153 * month + 2) / 5 + 1),
		.hour = (int)(rest / HOUR_S),
		.minute = (int)(rest % HOUR_S / MINUTE_S),
		.second = (int)(rest % MINUTE_S),
	};
}

static char *put_two(char *at, int value)
{
	*at++ = (char)('0' + value / 10);
	*at++ = (char)('0' + value % 10);
	return at;
}

static char *put_word(char *at, const char *word)
{
	size_t len = strnlen(word, WORD_MAX_BYTES);

	memcpy(at, word, len);
	return at + len;
}

static char *put_four(char *at, int value)
{
	return put_two(put_two(at, value / 100), value % 100);
}

static char *put_clock(char *at, const struct moment *m, const char *between)
{
	at = put_two(at, m->hour);
	at = put_word(at, between);
	at = put_two(at, m->minute);
	at = put_word(at, between);
	return put_two(at, m->second);
}

static char *put_short_date(char *at, const struct moment *m)
{
	if (m->day >= 10)
		at = put_two(at, m->day);
	else
		*at++ = (char)('0' + m->day);
	at = put_word(at, lang_facts[lang_current()].after_day);
	return put_word(at, words_of_thread()->months[m->month]);
}

static char *put_iso(char *at, const struct moment *m)
{
	at = put_four(at, m->year);
	*at++ = '-';
	at = put_two(at, m->month + 1);
	*at++ = '-';
	at = put_two(at, m->day);
	*at++ = 'T';
	at = put_clock(at, m, ":");
	*at++ = 'Z';
	return at;
}

static char *put_exact(char *at, const struct moment *m)
{
	const struct lang_facts *facts = &lang_facts[lang_current()];

	at = put_short_date(at, m);
	*at++ = ' ';
	at = put_four(at, m->year);
	at = put_word(at, facts->before_clock);
	at = put_clock(at, m, facts->clock);
	memcpy(at, " UTC", 4);
	return at + 4;
}

static char *put_count(char *at, int64_t value, const char *unit)
{
	if (value >= 10)
		at = put_two(at, (int)value);
	else
		*at++ = (char)('0' + value);
	*at++ = ' ';
	return put_word(at, unit);
}

static char *put_relative(char *at, const struct moment *m, int64_t seconds, int64_t now)
{
	int64_t age = now - seconds;

	if (age < MINUTE_S)
		return put_word(at, words_of_thread()->now);
	if (age < HOUR_S)
		return put_count(at, age / MINUTE_S, words_of_thread()->minute);
	if (age < DAY_S)
		return put_count(at, age / HOUR_S, words_of_thread()->hour);
	if (age < WEEK_S)
		return put_count(at, age / DAY_S, words_of_thread()->day);
	at = put_short_date(at, m);
	if (m->year == moment_of(now).year)
		return at;
	*at++ = ' ';
	return put_four(at, m->year);
}

void time_iso(struct buf *out, int64_t ms)
{
	struct moment m = moment_of(seconds_of(ms));
	char text[32];

	buf_append(out, text, (size_t)(put_iso(text, &m) - text));
}

void time_exact(struct buf *out, int64_t ms)
{
	struct moment m = moment_of(seconds_of(ms));
	char text[128];

	buf_append(out, text, (size_t)(put_exact(text, &m) - text));
}

void time_month(struct buf *out, int64_t ms)
{
	struct moment m = moment_of(seconds_of(ms));

	buf_add_c(out, lang_text(months[m.month]));
	buf_add_char(out, ' ');
	buf_add_i64(out, m.year);
}

const char *time_short_month(int month)
{
	return lang_text(short_months[month]);
}

void time_date(struct buf *out, int64_t ms)
{
	buf_add_i64(out, moment_of(seconds_of(ms)).day);
	buf_add_c(out, lang_facts[lang_current()].after_day);
	time_month(out, ms);
}

void time_relative(struct buf *out, int64_t ms, int64_t now_ms)
{
	int64_t seconds = seconds_of(ms);
	struct moment m = moment_of(seconds);
	char text[128];

	buf_append(out, text, (size_t)(put_relative(text, &m, seconds, seconds_of(now_ms)) - text));
}

void time_html(struct buf *out, int64_t ms, int64_t now_ms)
{
	static const char open[] = "<time datetime=\"", title[] = "\" title=\"";
	static const char content[] = "\">", close[] = "</time>";
	int64_t seconds = seconds_of(ms);
	struct moment m = moment_of(seconds);
	char text[384], *at = text;

	memcpy(at, open, sizeof(open) - 1);
	at = put_iso(at + sizeof(open) - 1, &m);
	memcpy(at, title, sizeof(title) - 1);
	at = put_exact(at + sizeof(title) - 1, &m);
	memcpy(at, content, sizeof(content) - 1);
	at = put_relative(at + sizeof(content) - 1, &m, seconds, seconds_of(now_ms));
	memcpy(at, close, sizeof(close) - 1);
	buf_append(out, text, (size_t)(at + sizeof(close) - 1 - text));
}
