/*
 * log_queue.h: brings lines to where they are kept without ever making who logs wait for it.
 *
 *	any thread ── copy ──▶ filling ┐ swapped   a thread of its own
 *	                                ├─────────▶ write(2), as much as there is
 *	                       writing  ┘
 *
 * A disk or a reader that is slow or gone fills the buffer; what has no room then is dropped and
 * counted, and a line says how many, as soon as lines come through again.
 */
#ifndef KINGLET_BASE_LOG_QUEUE_H
#define KINGLET_BASE_LOG_QUEUE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"

/* See log_start(). */
enum err MUST_CHECK log_queue_start(struct str path, size_t max_bytes, struct buf *why);
/* False where it doesn't run: the line is the caller's to write. Never waits. */
bool log_queue_push(enum log_level level, struct str line);
void log_queue_reopen(void);
void log_queue_stop(int64_t wait_ms);
/* Counts a line that somebody else wrote, or lost. */
void log_queue_count(enum log_level level, bool written);
void log_queue_counters(struct log_counters *out);
/* What waits, written at once, by whoever is about to abort: as much as goes without waiting for a
 * reader, who may have stopped reading. */
void log_queue_spill(void);

#endif
