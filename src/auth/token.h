/*
 * token.h: the random bearer tokens of sessions. A client holds the token, the store only its
 * hash, so that who reads the database can't sign in with what it finds.
 */
#ifndef KINGLET_AUTH_TOKEN_H
#define KINGLET_AUTH_TOKEN_H

#include <stdbool.h>
#include "base/str.h"
#include "model/session.h"

#define TOKEN_TEXT_BYTES 43 /* 32 random bytes in base64url */

/* A fresh token, terminated, and its hash (BLAKE2b-256). */
void token_new(char text[TOKEN_TEXT_BYTES + 1], unsigned char hash[SESSION_HASH_BYTES]);
/* The hash of a token that a client sent; false where it hasn't the form of one. */
bool token_hash(struct str text, unsigned char hash[SESSION_HASH_BYTES]);

#endif
