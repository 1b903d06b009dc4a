/*
 * second_factor.h: signing in with a code beside the password: of an authenticator (RFC 6238), or
 * one of ten recovery codes. Who turned it on is asked for a code after the password
 * (account_sign_in()).
 */
#ifndef KINGLET_SERVICE_SECOND_FACTOR_H
#define KINGLET_SERVICE_SECOND_FACTOR_H

#include "service/account.h"
#include "store/account.h"

#define RECOVERY_CODE_COUNT 10
#define RECOVERY_CODE_BYTES 19 /* "ABCD-EFGH-IJKL-MNOP": 80 bits */

struct recovery_code {
	char text[RECOVERY_CODE_BYTES + 1];
};
struct recovery_codes {
	struct recovery_code items[RECOVERY_CODE_COUNT];
	size_t count;
};

struct second_factor {
	bool on;
	struct str secret;  /* base32, while it is being set up; else empty */
	int64_t codes_left; /* recovery codes */
};

enum err MUST_CHECK second_factor_get(struct service *s, struct arena *a, int64_t user_id,
				      struct second_factor *out);
/* Makes a secret that a code then confirms. ERR_CONFLICT where it is on already. */
enum err MUST_CHECK second_factor_begin(struct service *s, int64_t user_id);
/* PROBLEM_NO_CODE, PROBLEM_BAD_CODE. Turns it on; the codes are to be shown, once. */
enum err MUST_CHECK second_factor_confirm(struct service *s, int64_t user_id, struct str code,
					  enum problem *problem, struct recovery_codes *out);
/* New recovery codes in place of those before; asks for a code. */
enum err MUST_CHECK second_factor_renew(struct service *s, struct arena *a, int64_t user_id,
					struct str code, enum problem *problem,
					struct recovery_codes *out);
/* Turns it off: asks for the password (PROBLEM_LOGIN_PASSWORD; password lane) and a code. */
enum err MUST_CHECK second_factor_end(struct service *s, struct arena *a, const struct user *user,
				      struct str password, struct str code, enum problem *problem);
/* For the operator: turns it off, unasked. */
enum err MUST_CHECK second_factor_reset(struct service *s, int64_t user_id);
/*
 * Is it a code of that person's now? What was right is used up: an authenticator's step, a recovery
 * code.
 */
enum err MUST_CHECK second_factor_check(struct service *s, struct arena *a, int64_t user_id,
					struct str code, enum problem *problem);

#endif
