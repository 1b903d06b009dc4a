/*
 * recorder.h: writes down once a minute what this node sees of itself (history.h), by a thread of
 * its own, so that the dashboard has a history and keeps it across restarts.
 *
 * A sample is added to the rows of its minute, ten minutes, hour and day, which are put together:
 * all of them hold it or none. So longer rows are exact at any moment, also after a restart in the
 * middle of one. Nothing else waits for this thread. Where the store doesn't take a sample it is
 * left out: its minute is a gap, what the counters counted meanwhile comes with the next one, and
 * the log says so once.
 */
#ifndef KINGLET_ADMIN_RECORDER_H
#define KINGLET_ADMIN_RECORDER_H

#include "admin/history.h"
#include "store/store.h"

struct recorder;

/* The resolutions, and how long their rows are kept: bounds the table's size for each node. */
struct recorder_level {
	int64_t resolution_s, keep_s;
};
#define RECORDER_LEVEL_COUNT 4
extern const struct recorder_level recorder_levels[RECORDER_LEVEL_COUNT];

/*
 * Samples every `interval_s` (60 at most), at whole multiples of it by the clock. `node` is what
 * this process is called among all; it is copied. The store is borrowed until recorder_stop().
 */
struct recorder *recorder_start(struct store *store, struct str node, int64_t interval_s);
/* One more sample, so that what came after the last one is kept; then the thread ends. NULL is
 * fine. */
void recorder_stop(struct recorder *r);

/* What metrics_look() says at this moment: counters since the start, gauges as they are. False
 * where there was no memory for it. */
bool recorder_look(struct history_row *out);

/*
 * Adds `sample`, of the moment `at_s`, to the node's rows in the store: what the thread does. For
 * tests and for those who fill a history.
 */
enum err MUST_CHECK recorder_add(struct recorder *r, int64_t at_s,
				 const struct history_row *sample);
/* After recorder_add() has failed: whether its sample is kept after all, since only the store's
 * answer was lost. */
enum err MUST_CHECK recorder_was_kept(struct recorder *r, bool *out);
/*
 * When the next sample is due, by the clock: at `planned_s` (0: nothing was planned), or sooner
 * where the clock was set back since. For the thread.
 */
int64_t recorder_next_s(int64_t planned_s, int64_t now_ms, int64_t interval_s);
/* One that recorder_add() can be called on, without a thread. */
struct recorder *recorder_new(struct store *store, struct str node);
void recorder_free(struct recorder *r);

#endif
