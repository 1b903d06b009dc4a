#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/log_line.h"
#include "base/log_queue.h"

#define SAME_MAX_BYTES 2048

static enum log_level lowest_level = LOG_INFO;
static enum log_format line_format = LOG_TEXT;
static bool line_colour;
/* What is the same in all JSON lines of this process, ready to be copied. */
static char same[SAME_MAX_BYTES];
static size_t same_len;

static _Thread_local struct str request_id;
static _Thread_local char cause[LOG_CAUSE_MAX_BYTES + 1];

void log_setup(enum log_level lowest, enum log_format format)
{
	lowest_level = lowest;
	line_format = format;
}

void log_set_colour(bool wanted)
{
	line_colour = wanted;
}

void log_identify(struct str node_name, struct str version)
{
	const struct log_field fields[] = {
		LOG_STR("service.node.name", str_sub(node_name, 0, 255)),
		LOG_STR("service.version", str_sub(version, 0, 255)),
		LOG_I64("process.pid", getpid()),
	};
	struct log_line line = {.format = LOG_JSON};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		log_line_field(&line, &fields[i]);
	same_len = line.len < sizeof(same) ? line.len : 0;
	memcpy(same, line.bytes, same_len);
}

enum log_format log_form(void)
{
	return line_format;
}

bool log_enabled(enum log_level level)
{
	return level >= lowest_level;
}

void log_line_start(struct log_line *l, enum log_level level, const char *event,
		    const char *service)
{
	l->format = line_format;
	l->colour = line_colour;
	log_line_begin(l, level, event, service, str_from(same, same_len));
}

void log_put(enum log_level level, struct log_line *l)
{
	struct str text = log_line_end(l);

	/* One write a line keeps lines whole; a reader that is gone is no reason to stop. */
	if (!log_queue_push(level, text))
		log_queue_count(level, write(STDERR_FILENO, text.ptr, text.len) >= 0);
}

void log_write(enum log_level level, const char *event, const struct log_field *fields,
	       size_t field_count)
{
	struct log_line line;

	log_line_start(&line, level, event, "kinglet");
	if (request_id.len)
		log_line_field(&line, &LOG_STR("http.request.id", request_id));
	for (size_t i = 0; i < field_count; i++)
		log_line_field(&line, &fields[i]);
	log_put(level, &line);
}

enum err log_start(struct str path, size_t queue_bytes, struct buf *why)
{
	return log_queue_start(path, queue_bytes, why);
}

void log_reopen(void)
{
	log_queue_reopen();
}

void log_stop(int64_t wait_ms)
{
	log_queue_stop(wait_ms);
}

void log_counters(struct log_counters *out)
{
	log_queue_counters(out);
}

void log_request_set(struct str id)
{
	request_id = id;
}

void log_cause_set(const char *words)
{
	size_t len = strcspn(words, "\r\n"); /* PostgreSQL's may have several lines */

	if (len > LOG_CAUSE_MAX_BYTES)
		len = LOG_CAUSE_MAX_BYTES;
	memcpy(cause, words, len);
	cause[len] = '\0';
}

struct str log_cause(void)
{
	return str_from_c(cause);
}

void log_cause_clear(void)
{
	cause[0] = '\0';
}

void die(const char *what)
{
	log_queue_spill();
	fprintf(stderr, "kinglet: %s\n", what);
	abort();
}
