/*
 * store/mail.h: mail that waits to be sent, and which addresses are known to be their people's. The
 * promises of store.h hold.
 */
#ifndef KINGLET_STORE_MAIL_H
#define KINGLET_STORE_MAIL_H

#include "store/store.h"

/* What a mail is about; the numbers are in the database. */
enum mail_kind {
	MAIL_RESET_ASKED = 1,	/* somebody forgot a password; `address` is what they typed */
	MAIL_CONFIRM = 2,	/* is the address yours? */
	MAIL_EMAIL_CHANGED = 3, /* these tell the person what was done to their account */
	MAIL_PASSWORD_CHANGED = 4,
	MAIL_SECOND_FACTOR_OFF = 5,
	MAIL_NAME_CHANGED = 6,
	MAIL_DELETION_BEGUN = 7,
	MAIL_RESET = 8, /* what an answer to MAIL_RESET_ASKED comes to, for each who is meant */
	MAIL_KIND_COUNT
};

/* Over so many that wait, further ones are refused. */
#define MAIL_QUEUE_MAX 10000
/* People who share a confirmed address. */
#define MAIL_SHARED_MAX 10

struct mail {
	int64_t id;	 /* the store's */
	int64_t user_id; /* 0: unknown yet */
	enum mail_kind kind;
	struct str address, language;
	int64_t created_ms;
	int64_t attempts; /* the store's: how often it was claimed */
};

struct mail_owners {
	int64_t ids[MAIL_SHARED_MAX];
	size_t count;
};

/* An engine's side of these operations; see engine.h. */
struct mail_ops {
	enum err (*put)(struct store *s, const struct mail *mail);
	enum err (*claim)(struct store *s, int64_t now_ms, int64_t until_ms, struct arena *a,
			  struct mail *out);
	enum err (*done)(struct store *s, int64_t id);
	enum err (*again)(struct store *s, int64_t id, int64_t due_ms);
	enum err (*waiting)(struct store *s, int64_t *out);
	enum err (*confirm)(struct store *s, int64_t user_id, struct str email, struct str key);
	enum err (*is_confirmed)(struct store *s, int64_t user_id, bool *out);
	enum err (*owners)(struct store *s, struct str key, struct mail_owners *out);
};

/* Due at once. ERR_BUSY where MAIL_QUEUE_MAX wait, or there is no such person. */
enum err MUST_CHECK store_mail_put(struct store *s, const struct mail *mail);
/*
 * One that is due at `now_ms`. Nobody else gets it before `until_ms`, whichever node asks; who dies
 * with it has it tried again then. ERR_NOT_FOUND.
 */
enum err MUST_CHECK store_mail_claim(struct store *s, int64_t now_ms, int64_t until_ms,
				     struct arena *a, struct mail *out);
/* It goes. ERR_OK also where it is gone. */
enum err MUST_CHECK store_mail_done(struct store *s, int64_t id);
/* It is due again then. */
enum err MUST_CHECK store_mail_again(struct store *s, int64_t id, int64_t due_ms);
enum err MUST_CHECK store_mail_waiting(struct store *s, int64_t *out);

/* The person has shown that the address is theirs; `key` is it, folded. ERR_NOT_FOUND where they
 * have another one. */
enum err MUST_CHECK store_email_confirm(struct store *s, int64_t user_id, struct str email,
					struct str key);
/* Has the person confirmed the address that they have? */
enum err MUST_CHECK store_email_is_confirmed(struct store *s, int64_t user_id, bool *out);
/* Who has, and has confirmed, an address: the longest-standing MAIL_SHARED_MAX. */
enum err MUST_CHECK store_email_owners(struct store *s, struct str key, struct mail_owners *out);

#endif
