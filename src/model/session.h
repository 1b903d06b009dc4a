/* session.h: a sign-in that lasts. The cookie holds a random token; the store only its hash. */
#ifndef KINGLET_MODEL_SESSION_H
#define KINGLET_MODEL_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/str.h"

#define SESSION_HASH_BYTES 32

struct session {
	unsigned char hash[SESSION_HASH_BYTES]; /* SHA-256 or BLAKE2b of the token */
	int64_t user_id;
	int64_t created_ms, seen_ms, expires_ms;
	struct str user_agent; /* as sent, cut to 200 bytes; for the list of one's sessions */
};

struct session_list {
	struct session *items;
	size_t count;
};

#endif
