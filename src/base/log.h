/*
 * log.h: what the process says about itself, one line an event, on standard error.
 *
 * A line is a time, a level, an event (a fixed phrase, never built from input) and named fields.
 * Values are escaped, so that no input can forge a line or reach the terminal. Never log a
 * password, cookie, token or post. Safe on any thread; lines are written whole.
 *
 *	log_info("post flagged", LOG_I64("post.id", id), LOG_STR("user.name", name));
 */
#ifndef KINGLET_BASE_LOG_H
#define KINGLET_BASE_LOG_H

#include <stddef.h>
#include <stdint.h>
#include "base/str.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG_LEVEL_COUNT };
enum log_format { LOG_TEXT, LOG_JSON };

struct log_field {
	const char *name;
	struct str text; /* used where is_number is false */
	int64_t number;
	bool is_number;
};

#define LOG_STR(field_name, value) ((struct log_field){.name = (field_name), .text = (value)})
#define LOG_C(field_name, value)   LOG_STR(field_name, str_from_c(value))
#define LOG_I64(field_name, value) \
	((struct log_field){.name = (field_name), .number = (value), .is_number = true})

/* Before the first thread starts: the lowest level that is written, and the form of a line. */
void log_setup(enum log_level lowest, enum log_format format);
bool log_enabled(enum log_level level);
void log_write(enum log_level level, const char *event, const struct log_field *fields,
	       size_t field_count);

/* Lines since the start: written, by level, and those that were lost: for metrics. */
struct log_counters {
	uint64_t written[LOG_LEVEL_COUNT], dropped;
};
void log_counters(struct log_counters *out);
/* "debug" and so on; static. */
const char *log_level_name(enum log_level level);

#define LOG_AT(level, event, ...)                                                    \
	do {                                                                         \
		if (log_enabled(level)) {                                            \
			const struct log_field log_fields_[] = {{0}, ##__VA_ARGS__}; \
			log_write(level, event, log_fields_ + 1,                     \
				  sizeof(log_fields_) / sizeof(log_fields_[0]) - 1); \
		}                                                                    \
	} while (0)
#define log_debug(event, ...) LOG_AT(LOG_DEBUG, event, ##__VA_ARGS__)
#define log_info(event, ...)  LOG_AT(LOG_INFO, event, ##__VA_ARGS__)
#define log_warn(event, ...)  LOG_AT(LOG_WARN, event, ##__VA_ARGS__)
#define log_error(event, ...) LOG_AT(LOG_ERROR, event, ##__VA_ARGS__)

/* A broken invariant, or a start that can't go on without memory: says what and aborts. */
_Noreturn void die(const char *what);

#endif
