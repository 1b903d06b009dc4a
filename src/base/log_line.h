/*
 * log_line.h: one line of the log under construction, in memory of its own (on the stack of whoever
 * logs), so that logging allocates nothing and cannot fail.
 *
 * JSON: one object (RFC 8259) with the field names of the Elastic Common Schema, flat. Text: for
 * people at a terminal. In both no value can end the line, reach the terminal, or break the object:
 * control characters are escaped (C0, DEL and C1), and bytes that are no UTF-8 become U+FFFD.
 * A value that is longer than LOG_VALUE_MAX_BYTES is cut; a field for which there is no room is
 * left out; a line is always whole.
 */
#ifndef KINGLET_BASE_LOG_LINE_H
#define KINGLET_BASE_LOG_LINE_H

#include "base/log.h"

#define LOG_LINE_MAX_BYTES  8192
#define LOG_VALUE_MAX_BYTES 1024 /* as it is written */

struct log_line {
	enum log_format format;
	bool colour; /* text only */
	size_t len;
	char bytes[LOG_LINE_MAX_BYTES];
};

/*
 * Time, level and event: a fixed phrase, never built from input. In JSON also what is the same in
 * all lines, `same` (",\"name\":value" pairs), and "service.name".
 */
void log_line_begin(struct log_line *l, enum log_level level, const char *event,
		    const char *service, struct str same);
/* The same in the form that log_setup() chose, with what log_identify() said (log.c). */
void log_line_start(struct log_line *l, enum log_level level, const char *event,
		    const char *service);
void log_line_field(struct log_line *l, const struct log_field *field);
/* Text only: a value by itself, quoted where it is not a plain word; and fixed words. */
void log_line_value(struct log_line *l, struct str value);
void log_line_words(struct log_line *l, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The whole line, with its line feed; borrowed from `l`. */
struct str log_line_end(struct log_line *l);
/* Ends it and sends it where lines go (log.c). */
void log_put(enum log_level level, struct log_line *l);

#endif
