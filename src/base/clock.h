/*
 * clock.h: the time. Wall time is milliseconds since 1970 UTC and is what gets stored and shown;
 * monotonic time is microseconds since some start and is what gets measured. Safe on any thread.
 */
#ifndef KINGLET_BASE_CLOCK_H
#define KINGLET_BASE_CLOCK_H

#include <stdint.h>

int64_t clock_now_ms(void);
int64_t clock_mono_us(void);
/* For tests: clock_now_ms() answers `ms` from now on, until it is called with 0. */
void clock_set_fake_ms(int64_t ms);

#endif
