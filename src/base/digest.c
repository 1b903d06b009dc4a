#include "base/digest.h"

#include <endian.h>
#include <sodium.h>

_Static_assert(sizeof(crypto_generichash_state) <= sizeof(struct digest), "room for the state");

static crypto_generichash_state *state_of(struct digest *d)
{
	return (crypto_generichash_state *)(void *)d->state;
}

void digest_init(struct digest *d)
{
	/* It fails only for lengths out of range. */
	(void)crypto_generichash_init(state_of(d), NULL, 0, DIGEST_BYTES);
}

void digest_add_i64(struct digest *d, int64_t value)
{
	uint64_t big = htobe64((uint64_t)value);

	(void)crypto_generichash_update(state_of(d), (const unsigned char *)&big, sizeof(big));
}

void digest_add_str(struct digest *d, struct str text)
{
	digest_add_i64(d, (int64_t)text.len);
	if (text.len)
		(void)crypto_generichash_update(state_of(d), (const unsigned char *)text.ptr,
						text.len);
}

void digest_end(struct digest *d, unsigned char out[DIGEST_BYTES])
{
	(void)crypto_generichash_final(state_of(d), out, DIGEST_BYTES);
}

void digest_of(struct str text, unsigned char out[DIGEST_BYTES])
{
	crypto_generichash(out, DIGEST_BYTES, (const unsigned char *)text.ptr, text.len, NULL, 0);
}
