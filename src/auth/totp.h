/*
 * totp.h: time-based one-time codes (RFC 6238 over RFC 4226): HMAC-SHA-1, six digits, steps of 30
 * s, as every authenticator speaks them. A code of the step before or after is right too, since
 * clocks differ.
 */
#ifndef KINGLET_AUTH_TOTP_H
#define KINGLET_AUTH_TOTP_H

#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/str.h"

#define TOTP_DIGITS  6
#define TOTP_STEP_MS 30000

/* The code of a step, with leading zeros; terminated. */
void totp_code(struct str secret, int64_t step, char out[TOTP_DIGITS + 1]);
/*
 * Is `code` (spaces in it are dropped) one of those around `now_ms`, and of a step above
 * `last_step`? *step is then which. Takes the same time whichever digits are wrong.
 */
bool totp_check(struct str secret, struct str code, int64_t now_ms, int64_t last_step,
		int64_t *step);
/* base32 (RFC 4648 section 6) without padding, appended: how secrets are typed. */
void base32_encode(struct buf *out, struct str bytes);

#endif
