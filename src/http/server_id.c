#include "http/server_id.h"

#include "base/rand.h"

bool request_id_is_good(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      c == '-' || c == '_' || c == '.' || c == ':'))
			return false;
	}
	return text.len > 0 && text.len <= REQUEST_ID_MAX_BYTES;
}

/*
 * A counter that begins anywhere, stirred (splitmix64, https://prng.di.unimi.it/splitmix64.c): each
 * thread's ids differ among themselves, and those of two threads meet about never.
 */
void request_id_make(char out[REQUEST_ID_MAX_BYTES])
{
	static _Thread_local uint64_t counter;
	static _Thread_local bool seeded;
	uint64_t x;

	if (!seeded) {
		rand_bytes(&counter, sizeof(counter));
		seeded = true;
	}
	x = counter += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	x ^= x >> 31;
	for (size_t i = 0; i < REQUEST_ID_MADE_BYTES; i++)
		out[i] = "0123456789abcdef"[x >> (60 - 4 * i) & 15];
}
