#include "base/log.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/clock.h"

#define LINE_MAX_BYTES 8192

static const struct {
	const char *text, *json;
} level_names[] = {
	[LOG_DEBUG] = {"debug", "debug"},
	[LOG_INFO] = {"info ", "info"},
	[LOG_WARN] = {"warn ", "warn"},
	[LOG_ERROR] = {"error", "error"},
};

static _Atomic uint64_t written[LOG_LEVEL_COUNT], dropped;
static enum log_level lowest_level = LOG_INFO;
static enum log_format line_format = LOG_TEXT;

void log_setup(enum log_level lowest, enum log_format format)
{
	lowest_level = lowest;
	line_format = format;
}

bool log_enabled(enum log_level level)
{
	return level >= lowest_level;
}

/* A JSON string (RFC 8259 §7); bytes over 0x7e pass only in JSON, where DEL and C1 are harmless. */
static void add_quoted(struct buf *out, struct str s)
{
	buf_add_char(out, '"');
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (c == '"' || c == '\\') {
			buf_add_char(out, '\\');
			buf_add_char(out, (char)c);
		} else if (c < 0x20 || c == 0x7f || (line_format == LOG_TEXT && c >= 0x80)) {
			buf_printf(out, "\\u%04x", c);
		} else {
			buf_add_char(out, (char)c);
		}
	}
	buf_add_char(out, '"');
}

static void add_time(struct buf *out)
{
	int64_t now_ms = clock_now_ms();
	time_t seconds = (time_t)(now_ms / 1000);
	struct tm tm;
	char text[32];

	gmtime_r(&seconds, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	buf_printf(out, "%s.%03dZ", text, (int)(now_ms % 1000));
}

void log_write(enum log_level level, const char *event, const struct log_field *fields,
	       size_t field_count)
{
	struct buf line = BUF_INIT(LINE_MAX_BYTES);
	bool json = line_format == LOG_JSON;

	buf_add_c(&line, json ? "{\"@timestamp\":\"" : "");
	add_time(&line);
	if (json)
		buf_printf(&line, "\",\"log.level\":\"%s\",\"message\":", level_names[level].json);
	else
		buf_printf(&line, " %s ", level_names[level].text);
	if (json)
		add_quoted(&line, str_from_c(event));
	else
		buf_add_c(&line, event);
	for (size_t i = 0; i < field_count; i++) {
		buf_printf(&line, json ? ",\"%s\":" : " %s=", fields[i].name);
		if (fields[i].is_number)
			buf_add_i64(&line, fields[i].number);
		else
			add_quoted(&line, fields[i].text);
	}
	buf_add_c(&line, json ? "}\n" : "\n");
	/* One write a line keeps lines whole; a reader that is gone is no reason to stop. */
	if (buf_ok(&line) && write(STDERR_FILENO, line.ptr, line.len) >= 0)
		atomic_fetch_add_explicit(&written[level], 1, memory_order_relaxed);
	else
		atomic_fetch_add_explicit(&dropped, 1, memory_order_relaxed);
	buf_release(&line);
}

void log_counters(struct log_counters *out)
{
	for (size_t i = 0; i < LOG_LEVEL_COUNT; i++)
		out->written[i] = atomic_load_explicit(&written[i], memory_order_relaxed);
	out->dropped = atomic_load_explicit(&dropped, memory_order_relaxed);
}

const char *log_level_name(enum log_level level)
{
	return level_names[level].json;
}

void die(const char *what)
{
	fprintf(stderr, "kinglet: %s\n", what);
	abort();
}
