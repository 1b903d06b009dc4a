/* process.h: what the kernel knows of this process: time, memory, descriptors, threads. */
#ifndef KINGLET_METRICS_PROCESS_H
#define KINGLET_METRICS_PROCESS_H

#include "metrics/metrics.h"

/* Notes the time as that of the start. Once, before the first thread. */
void process_setup(void);
/* Puts the series; what can't be read (no /proc) is left out. Any thread. */
void process_put(struct metrics_sink *sink);

/* How often somebody calls process_tick(). */
#define PROCESS_TICK_MS 5000
/*
 * Remembers how much processor time was spent by now. The load is that since the fourth
 * last call, or since the start: right at the first look, and never of a moment so short that it
 * says nothing.
 */
void process_tick(void);

#endif
