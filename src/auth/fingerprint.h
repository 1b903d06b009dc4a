/*
 * fingerprint.h: a short text that stands for several longer ones: equal where all parts are equal,
 * and found for no others by anybody (BLAKE2b, 128 bits).
 */
#ifndef KINGLET_AUTH_FINGERPRINT_H
#define KINGLET_AUTH_FINGERPRINT_H

#include <stddef.h>
#include "base/str.h"

#define FINGERPRINT_TEXT_BYTES 32

/* Lower-case hex, terminated. Where one part ends and the next begins counts. */
void fingerprint(const struct str *parts, size_t part_count, char text[FINGERPRINT_TEXT_BYTES + 1]);

#endif
