/*
 * id.h: 64-bit ids that order by time: milliseconds since 1970 in the high 48 bits, and 16 low
 * bits that tell apart what one millisecond brings. Positive for any time until the year 6429.
 */
#ifndef KINGLET_MODEL_ID_H
#define KINGLET_MODEL_ID_H

#include <stdint.h>

#define ID_SEQUENCE_BITS 16

static inline int64_t id_first_of_ms(int64_t ms)
{
	return ms << ID_SEQUENCE_BITS;
}

static inline int64_t id_to_ms(int64_t id)
{
	return id >> ID_SEQUENCE_BITS;
}

/* The next id after `last`, not before `now_ms`: strictly rising even where the clock steps back.
 */
static inline int64_t id_next(int64_t last, int64_t now_ms)
{
	int64_t first = id_first_of_ms(now_ms);

	return first > last ? first : last + 1;
}

#endif
