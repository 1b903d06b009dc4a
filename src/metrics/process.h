/* process.h: what the kernel knows of this process: time, memory, descriptors, threads. */
#ifndef KINGLET_METRICS_PROCESS_H
#define KINGLET_METRICS_PROCESS_H

#include "base/buf.h"

/* Notes the time as that of the start. Once, before the first thread. */
void process_setup(void);
/* Appends the series; what can't be read (no /proc) is left out. Any thread. */
void process_emit(struct buf *out);

#endif
