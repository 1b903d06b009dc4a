#include "auth/token.h"

#include <sodium.h>
#include "base/rand.h"

#define TOKEN_BYTES 32
#define VARIANT	    sodium_base64_VARIANT_URLSAFE_NO_PADDING

/* A fast hash will do: 256 random bits can't be guessed, however quickly one tries. */
static void hash_bytes(const unsigned char bytes[TOKEN_BYTES],
		       unsigned char hash[SESSION_HASH_BYTES])
{
	crypto_generichash(hash, SESSION_HASH_BYTES, bytes, TOKEN_BYTES, NULL, 0);
}

void token_new(char text[TOKEN_TEXT_BYTES + 1], unsigned char hash[SESSION_HASH_BYTES])
{
	unsigned char bytes[TOKEN_BYTES];

	rand_bytes(bytes, sizeof(bytes));
	sodium_bin2base64(text, TOKEN_TEXT_BYTES + 1, bytes, sizeof(bytes), VARIANT);
	hash_bytes(bytes, hash);
	sodium_memzero(bytes, sizeof(bytes));
}

bool token_hash(struct str text, unsigned char hash[SESSION_HASH_BYTES])
{
	unsigned char bytes[TOKEN_BYTES];
	size_t len = 0;

	if (text.len != TOKEN_TEXT_BYTES ||
	    sodium_base642bin(bytes, sizeof(bytes), text.ptr, text.len, NULL, &len, NULL,
			      VARIANT) != 0 ||
	    len != sizeof(bytes))
		return false;
	hash_bytes(bytes, hash);
	return true;
}
