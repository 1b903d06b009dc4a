/*
 * password.h: hashing and checking passwords.
 *
 * New hashes are Argon2id (RFC 9106) by libsodium, 19 MiB and 2 passes: about 9 ms, and that much
 * memory, a call; run it in the password lane only. Classic Werkzeug hashes
 * ("method$salt$hash": pbkdf2:sha256:N, pbkdf2:sha1:N, pbkdf2:sha512:N, scrypt:N:r:p, and the old
 * plain salted "md5$", "sha1$", "sha256$", "sha512$", which are HMACs with the salt as key) are
 * checked by OpenSSL and are to be replaced at that moment.
 */
#ifndef KINGLET_AUTH_PASSWORD_H
#define KINGLET_AUTH_PASSWORD_H

#include <stdbool.h>
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#define PASSWORD_MAX_BYTES 1024

enum password_result { PASSWORD_WRONG, PASSWORD_RIGHT, PASSWORD_RIGHT_REHASH };

/* Once, before the first thread. ERR_INTERNAL where the library can't start. */
enum err MUST_CHECK password_setup(void);
/* Any bytes, 1 to PASSWORD_MAX_BYTES, else ERR_INVALID. ERR_BUSY where memory is short. */
enum err MUST_CHECK password_hash(struct arena *a, struct str password, struct str *out);
/* REHASH: right, and the stored form is older than what password_hash() makes. Constant time in
 * the password; an unknown or broken form, or costs beyond sane bounds, is WRONG. */
enum password_result password_check(struct arena *a, struct str password, struct str stored);
/* As dear as a check against a real hash: for names that don't exist, so that time tells nothing.
 */
void password_check_nothing(struct str password);
/* Is `stored` in a form that password_check() understands? For imports. */
bool password_form_known(struct str stored);

#endif
