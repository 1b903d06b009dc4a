/*
 * store/account.h: what the store keeps of an account beyond the person and their sessions. The
 * promises of store.h hold.
 */
#ifndef KINGLET_STORE_ACCOUNT_H
#define KINGLET_STORE_ACCOUNT_H

#include "store/store.h"

#define TICKET_HASH_BYTES 32
#define TOTP_SECRET_BYTES 20 /* RFC 4226 section 4, R6: as long as HMAC-SHA-1's output */

/* What a one-time secret is good for; the numbers are in the database. */
enum ticket_kind {
	TICKET_RECOVERY = 1,	/* a code in place of the authenticator's */
	TICKET_RESET = 2,	/* sets a new password */
	TICKET_SECOND_STEP = 3, /* the password was right: a code is due */
	TICKET_CONFIRM = 4	/* came to an address: it is the person's */
};

/* A one-time secret, by its hash; the secret itself is nowhere. */
struct ticket {
	unsigned char hash[TICKET_HASH_BYTES];
	int64_t user_id, expires_ms;
	enum ticket_kind kind;
};

/* What a person's authenticator shares with us. */
struct totp {
	unsigned char secret[TOTP_SECRET_BYTES];
	int64_t last_step; /* of the code that was used last */
	bool confirmed;	   /* sign-ins ask for a code */
};

struct rename {
	int64_t user_id;
	struct str name, name_key;
	int64_t now_ms;
	int64_t not_since_ms; /* ERR_DENIED where the last change was after that */
};

/* An engine's side of these operations; see engine.h. */
struct account_ops {
	enum err (*set_email)(struct store *s, int64_t id, struct str email);
	enum err (*rename)(struct store *s, const struct rename *rename);
	enum err (*old_name)(struct store *s, struct str name_key, int64_t *out);
	enum err (*ticket_put)(struct store *s, const struct ticket *ticket);
	enum err (*ticket_find)(struct store *s, const unsigned char *hash, enum ticket_kind kind,
				int64_t now_ms, int64_t *out);
	enum err (*ticket_take)(struct store *s, const unsigned char *hash, enum ticket_kind kind,
				int64_t now_ms, int64_t *out);
	enum err (*ticket_count)(struct store *s, int64_t user_id, enum ticket_kind kind,
				 int64_t *out);
	enum err (*ticket_drop)(struct store *s, int64_t user_id, enum ticket_kind kind);
	enum err (*ticket_expire)(struct store *s, int64_t now_ms);
	enum err (*totp_get)(struct store *s, int64_t user_id, struct totp *out);
	enum err (*totp_begin)(struct store *s, int64_t user_id, const unsigned char *secret);
	enum err (*totp_use)(struct store *s, int64_t user_id, int64_t step);
	enum err (*totp_delete)(struct store *s, int64_t user_id);
};

/* ERR_NOT_FOUND. */
enum err MUST_CHECK store_account_set_email(struct store *s, int64_t id, struct str email);

/*
 * The new name holds at once on every page; the old one's key stays this person's. ERR_NOT_FOUND;
 * ERR_CONFLICT where somebody else has or had the name; ERR_DENIED, see above.
 */
enum err MUST_CHECK store_account_rename(struct store *s, const struct rename *rename);
/* Whose name it was before. ERR_NOT_FOUND. */
enum err MUST_CHECK store_account_old_name(struct store *s, struct str name_key, int64_t *out);

/* ERR_NOT_FOUND where there is no such person, ERR_CONFLICT where the hash is known. */
enum err MUST_CHECK store_ticket_put(struct store *s, const struct ticket *ticket);
/* Whose it is. ERR_NOT_FOUND for an unknown or expired (at `now_ms`) one, or another kind's. */
enum err MUST_CHECK store_ticket_find(struct store *s, const unsigned char *hash,
				      enum ticket_kind kind, int64_t now_ms, int64_t *out);
/* As find, and it is gone: of several that take it at a time one gets it. */
enum err MUST_CHECK store_ticket_take(struct store *s, const unsigned char *hash,
				      enum ticket_kind kind, int64_t now_ms, int64_t *out);
enum err MUST_CHECK store_ticket_count(struct store *s, int64_t user_id, enum ticket_kind kind,
				       int64_t *out);
/* All of that kind of a person's. */
enum err MUST_CHECK store_ticket_drop(struct store *s, int64_t user_id, enum ticket_kind kind);
/* Those that have expired at `now_ms`. */
enum err MUST_CHECK store_ticket_expire(struct store *s, int64_t now_ms);

/* ERR_NOT_FOUND. */
enum err MUST_CHECK store_totp_get(struct store *s, int64_t user_id, struct totp *out);
/* A secret that is not confirmed yet, in place of one that wasn't either. ERR_CONFLICT where one
 * is. */
enum err MUST_CHECK store_totp_begin(struct store *s, int64_t user_id, const unsigned char *secret);
/*
 * The code of that step was given: the secret is confirmed. ERR_CONFLICT where that step or a later
 * one was used before, or there is no secret.
 */
enum err MUST_CHECK store_totp_use(struct store *s, int64_t user_id, int64_t step);
enum err MUST_CHECK store_totp_delete(struct store *s, int64_t user_id);

#endif
