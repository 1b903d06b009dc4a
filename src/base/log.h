/*
 * log.h: what the process says about itself, one line an event.
 *
 * A line is a time, a level, an event (a fixed phrase, never built from input) and named fields,
 * with the names of the Elastic Common Schema (https://www.elastic.co/guide/en/ecs/8.11/). Values
 * are escaped, so that no input can forge a line or reach the terminal (log_line.h). Never log a
 * password, cookie, token or post. Safe on any thread; lines are written whole.
 *
 *	log_info("post flagged", LOG_I64("post.id", id), LOG_STR("user.name", name));
 *
 * An operator's command writes its lines to standard error at once. A server calls log_start():
 * from then on no call waits for a disk or a reader (log_queue.h).
 */
#ifndef KINGLET_BASE_LOG_H
#define KINGLET_BASE_LOG_H

#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/err.h"
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
/* Levels in colour, in text; where a person looks at it. */
void log_set_colour(bool wanted);
/* Before the first thread starts: who speaks, for each JSON line. Cut at 255 bytes each. */
void log_identify(struct str node_name, struct str version);
enum log_format log_form(void);
bool log_enabled(enum log_level level);
void log_write(enum log_level level, const char *event, const struct log_field *fields,
	       size_t field_count);

/*
 * From now on lines go to the file `path`, or to standard output where it is empty, by a thread of
 * their own that has `queue_bytes` for what waits. ERR_IO or ERR_INVALID: the file can't be
 * opened; `*why` says so.
 */
enum err MUST_CHECK log_start(struct str path, size_t queue_bytes, struct buf *why);
/*
 * Opens the file again, where there is one: it was renamed. No line is lost, and the new file says
 * that it was opened. Any thread.
 */
void log_reopen(void);
/* Writes what waits, for `wait_ms` at most. Afterwards lines go to standard error. */
void log_stop(int64_t wait_ms);

/* Lines that came to be in their file, by level, and lines that had no room or no disk. */
struct log_counters {
	uint64_t written[LOG_LEVEL_COUNT], dropped;
};
void log_counters(struct log_counters *out);
/* "debug" and so on; static. */
const char *log_level_name(enum log_level level);

/*
 * The request that this thread is about: each line that it logs carries its id. Borrowed until the
 * next call; an empty one: none.
 */
void log_request_set(struct str request_id);

/*
 * Why something failed, in the words of who knows (the database, the system), for the line that is
 * logged at the edge of the request. The thread's own, cut at LOG_CAUSE_MAX_BYTES. It must hold
 * nothing that a user wrote and no secret.
 */
#define LOG_CAUSE_MAX_BYTES 255
void log_cause_set(const char *words);
/* Empty where nobody has said since log_cause_clear(); borrowed until the next set or clear. */
struct str log_cause(void);
void log_cause_clear(void);

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
