/*
 * digest.h: a 256-bit digest of a stream of values: BLAKE2b (RFC 7693). Values are marked off from
 * each other, so that ("a", "bc") and ("ab", "c") differ. A struct digest may be copied: both go on
 * from there.
 */
#ifndef KINGLET_BASE_DIGEST_H
#define KINGLET_BASE_DIGEST_H

#include <stdint.h>
#include "base/str.h"

#define DIGEST_BYTES 32

struct digest {
	/* libsodium's state, which wants to be aligned so. */
	_Alignas(64) unsigned char state[384];
};

void digest_init(struct digest *d);
void digest_add_i64(struct digest *d, int64_t value);
void digest_add_str(struct digest *d, struct str text);
/*
 * Of the bytes of one text alone, in one call: for whoever has no place of that alignment, as
 * handlers on the stack of a loop. Another one than a struct digest gives.
 */
void digest_of(struct str text, unsigned char out[DIGEST_BYTES]);
/* Ends it: nothing may be added any more. */
void digest_end(struct digest *d, unsigned char out[DIGEST_BYTES]);

#endif
