#include "auth/fingerprint.h"

#include <sodium.h>
#include "base/encode.h"

void fingerprint(const struct str *parts, size_t part_count, char text[FINGERPRINT_TEXT_BYTES + 1])
{
	unsigned char hash[FINGERPRINT_TEXT_BYTES / 2];
	crypto_generichash_state state;

	crypto_generichash_init(&state, NULL, 0, sizeof(hash));
	for (size_t i = 0; i < part_count; i++) {
		uint64_t len = parts[i].len;

		/* The length first, so that "ab","c" and "a","bc" differ. */
		crypto_generichash_update(&state, (const unsigned char *)&len, sizeof(len));
		if (len)
			crypto_generichash_update(&state, (const unsigned char *)parts[i].ptr, len);
	}
	crypto_generichash_final(&state, hash, sizeof(hash));
	hex_encode(hash, sizeof(hash), text);
}
