#include "auth/totp.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>
#include <stdio.h>
#include "base/log.h"

#define SHA1_BYTES 20

/* RFC 4226 section 5.3: four bytes from where the last four bits say, without the sign. */
void totp_code(struct str secret, int64_t step, char out[TOTP_DIGITS + 1])
{
	unsigned char counter[8], mac[SHA1_BYTES];
	unsigned len = 0, at;
	uint32_t number;

	for (int i = 0; i < 8; i++)
		counter[i] = (unsigned char)((uint64_t)step >> (56 - 8 * i));
	if (!HMAC(EVP_sha1(), secret.ptr, (int)secret.len, counter, sizeof(counter), mac, &len) ||
	    len != SHA1_BYTES)
		die("no HMAC-SHA-1");
	at = mac[SHA1_BYTES - 1] & 0xf;
	number = ((uint32_t)(mac[at] & 0x7f) << 24) | ((uint32_t)mac[at + 1] << 16) |
		 ((uint32_t)mac[at + 2] << 8) | mac[at + 3];
	snprintf(out, TOTP_DIGITS + 1, "%06u", number % 1000000);
	sodium_memzero(mac, sizeof(mac));
}

bool totp_check(struct str secret, struct str code, int64_t now_ms, int64_t last_step,
		int64_t *step)
{
	char given[TOTP_DIGITS], wanted[TOTP_DIGITS + 1];
	size_t len = 0;
	bool right = false;

	for (size_t i = 0; i < code.len; i++) {
		if (code.ptr[i] == ' ')
			continue;
		if (len == TOTP_DIGITS)
			return false;
		given[len++] = code.ptr[i];
	}
	if (len != TOTP_DIGITS)
		return false;
	for (int64_t at = now_ms / TOTP_STEP_MS - 1; at <= now_ms / TOTP_STEP_MS + 1; at++) {
		totp_code(secret, at, wanted);
		if (sodium_memcmp(given, wanted, TOTP_DIGITS) == 0 && at > last_step && !right) {
			*step = at;
			right = true;
		}
	}
	return right;
}

void base32_encode(struct buf *out, struct str bytes)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	uint32_t bits = 0;
	unsigned count = 0;

	for (size_t i = 0; i < bytes.len; i++) {
		bits = (bits << 8) | (unsigned char)bytes.ptr[i];
		for (count += 8; count >= 5; count -= 5)
			buf_add_char(out, digits[(bits >> (count - 5)) & 31]);
		bits &= (1u << count) - 1;
	}
	if (count)
		buf_add_char(out, digits[(bits << (5 - count)) & 31]);
}
