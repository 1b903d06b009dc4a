#include "base/log_line.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include "base/clock.h"
#include "base/utf8.h"

#define ECS_VERSION  "8.11.0"
#define END_BYTES    3 /* of what log_line_end() adds */
#define SECOND_BYTES 19

static const char *const level_names[] = {
	[LOG_DEBUG] = "debug",
	[LOG_INFO] = "info",
	[LOG_WARN] = "warn",
	[LOG_ERROR] = "error",
};

const char *log_level_name(enum log_level level)
{
	return level_names[level];
}

/* ---- bytes --------------------------------------------------------------------------------- */

static bool has_room(const struct log_line *l, size_t more)
{
	return l->len + more + END_BYTES <= sizeof(l->bytes);
}

/* All of it or nothing. */
static bool add(struct log_line *l, const char *text, size_t len)
{
	if (!has_room(l, len))
		return false;
	memcpy(l->bytes + l->len, text, len);
	l->len += len;
	return true;
}

static bool add_c(struct log_line *l, const char *text)
{
	return add(l, text, strlen(text));
}

static bool add_i64(struct log_line *l, int64_t value)
{
	char digits[24], *at = digits + sizeof(digits);
	uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;

	do {
		*--at = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest);
	if (value < 0)
		*--at = '-';
	return add(l, at, (size_t)(digits + sizeof(digits) - at));
}

/* ---- values -------------------------------------------------------------------------------- */

/* What stands for itself. A table, since each byte of each line asks. */
static bool is_plain_byte(unsigned char c)
{
	static const bool plain[256] = {
		[' '] = true,
		['!'] = true,
		['#' ... '['] = true,
		[']' ... '~'] = true,
	};

	return plain[c];
}

static bool add_escaped(struct log_line *l, unsigned code)
{
	char text[8];

	return add(l, text, (size_t)snprintf(text, sizeof(text), "\\u%04x", code));
}

/*
 * What would make a line look like another: C1 controls, which some terminals obey; what breaks a
 * line or joins without being seen; what turns the direction of the text around it (UAX #9, section
 * 2).
 */
static bool misleads(int32_t code)
{
	return code < 0xa0 || code == 0xad || code == 0x61c || (code >= 0x200b && code <= 0x200f) ||
	       (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x2069) ||
	       code == 0xfeff;
}

/* What begins at `*rest` and is no plain byte; takes it off. */
static bool add_special(struct log_line *l, struct str *rest)
{
	unsigned char c = (unsigned char)rest->ptr[0];
	struct str before = *rest;
	int32_t code;

	if (c == '"' || c == '\\') {
		const char pair[2] = {'\\', (char)c};

		*rest = str_from(rest->ptr + 1, rest->len - 1);
		return add(l, pair, sizeof(pair));
	}
	if (c < 0x80) {
		*rest = str_from(rest->ptr + 1, rest->len - 1);
		return add_escaped(l, c);
	}
	code = utf8_next(rest);
	if (code < 0)
		return add_c(l, "\xef\xbf\xbd");
	if (misleads(code))
		return add_escaped(l, (unsigned)code);
	return add(l, before.ptr, before.len - rest->len);
}

static bool add_quoted(struct log_line *l, struct str rest)
{
	size_t begin = l->len;
	bool fits = add(l, "\"", 1);

	while (fits && rest.len && l->len - begin < LOG_VALUE_MAX_BYTES) {
		size_t most = LOG_VALUE_MAX_BYTES - (l->len - begin), plain = 0;

		while (plain < rest.len && plain < most &&
		       is_plain_byte((unsigned char)rest.ptr[plain]))
			plain++;
		fits = add(l, rest.ptr, plain);
		rest = str_from(rest.ptr + plain, rest.len - plain);
		if (fits && rest.len && plain < most)
			fits = add_special(l, &rest);
	}
	if (fits && rest.len)
		fits = add_c(l, "\xe2\x80\xa6");
	return fits && add(l, "\"", 1);
}

/* Needs no quotes, since it can't be taken for anything else. */
static bool is_word(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];
		bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
				    (c >= 'A' && c <= 'Z');

		if (!alphanumeric && !(c && strchr("-_./:@%+,*~", c)))
			return false;
	}
	return s.len > 0 && s.len < LOG_VALUE_MAX_BYTES;
}

static bool add_value(struct log_line *l, struct str value)
{
	if (l->format == LOG_TEXT && is_word(value))
		return add(l, value.ptr, value.len);
	return add_quoted(l, value);
}

/* ---- lines --------------------------------------------------------------------------------- */

/* RFC 3339, to the millisecond. The seconds are formatted once a second and thread. */
static void add_time(struct log_line *l)
{
	static _Thread_local char second[SECOND_BYTES + 1];
	static _Thread_local int64_t second_s = -1;
	int64_t now_ms = clock_now_ms();
	unsigned ms = (unsigned)(now_ms % 1000);
	const char fraction[] = {'.', (char)('0' + ms / 100), (char)('0' + ms / 10 % 10),
				 (char)('0' + ms % 10), 'Z'};

	if (now_ms / 1000 != second_s) {
		time_t seconds = (time_t)(now_ms / 1000);
		struct tm tm;

		gmtime_r(&seconds, &tm);
		strftime(second, sizeof(second), "%Y-%m-%dT%H:%M:%S", &tm);
		second_s = now_ms / 1000;
	}
	add(l, second, SECOND_BYTES);
	add(l, fraction, sizeof(fraction));
}

static void add_level_for_people(struct log_line *l, enum log_level level)
{
	static const char *const colours[] = {
		[LOG_DEBUG] = "\x1b[2m",
		[LOG_INFO] = "\x1b[32m",
		[LOG_WARN] = "\x1b[33m",
		[LOG_ERROR] = "\x1b[31m",
	};

	add(l, " ", 1);
	if (l->colour)
		add_c(l, colours[level]);
	add_c(l, level_names[level]);
	if (l->colour)
		add_c(l, "\x1b[0m");
	add(l, "      ", 6 - strlen(level_names[level]));
}

void log_line_begin(struct log_line *l, enum log_level level, const char *event,
		    const char *service, struct str same)
{
	l->len = 0;
	if (l->format == LOG_TEXT) {
		add_time(l);
		add_level_for_people(l, level);
		add_c(l, event);
		return;
	}
	add_c(l, "{\"@timestamp\":\"");
	add_time(l);
	add_c(l, "\",\"log.level\":\"");
	add_c(l, level_names[level]);
	add_c(l, "\",\"message\":");
	add_quoted(l, str_from_c(event));
	add_c(l, ",\"ecs.version\":\"" ECS_VERSION "\",\"service.name\":");
	add_quoted(l, str_from_c(service));
	add(l, same.ptr, same.len);
}

/* In one piece: a line has some twenty. */
static bool add_name(struct log_line *l, const char *name)
{
	size_t len = strlen(name);
	bool json = l->format == LOG_JSON;
	char *at = l->bytes + l->len;

	if (!has_room(l, len + 4))
		return false;
	if (json)
		*at++ = ',';
	*at++ = json ? '"' : ' ';
	memcpy(at, name, len);
	at += len;
	if (json)
		*at++ = '"';
	*at++ = json ? ':' : '=';
	l->len = (size_t)(at - l->bytes);
	return true;
}

void log_line_field(struct log_line *l, const struct log_field *field)
{
	size_t before = l->len;
	bool fits = add_name(l, field->name);

	if (fits)
		fits = field->is_number ? add_i64(l, field->number) : add_value(l, field->text);
	if (!fits)
		l->len = before;
}

void log_line_value(struct log_line *l, struct str value)
{
	size_t before = l->len;

	if (!add(l, " ", 1) || !add_value(l, value))
		l->len = before;
}

void log_line_words(struct log_line *l, const char *format, ...)
{
	char text[256];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (len > 0 && (size_t)len < sizeof(text))
		add(l, text, (size_t)len);
}

struct str log_line_end(struct log_line *l)
{
	if (l->format == LOG_JSON)
		l->bytes[l->len++] = '}';
	l->bytes[l->len++] = '\n';
	return str_from(l->bytes, l->len);
}
