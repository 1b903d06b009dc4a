/*
 * service/mail.h: what is told people by mail, and what they prove by it. Nothing here waits for a
 * mail server: mail is put into the store's queue, and mailer.h sends it.
 */
#ifndef KINGLET_SERVICE_MAIL_H
#define KINGLET_SERVICE_MAIL_H

#include "auth/token.h"
#include "service/service.h"
#include "store/mail.h"

/* How long a link that confirms an address is good for. */
#define MAIL_CONFIRM_MS (24 * 60 * 60 * INT64_C(1000))
/* Of what somebody types who forgot their password. */
#define MAIL_ASKED_MAX_BYTES 400

/* Is mail sent at all? */
static inline bool mail_is_on(const struct service *s)
{
	return s->mailer != NULL;
}

/*
 * Tells a person what was done to their account, in this thread's language, or asks them to confirm
 * an address (MAIL_CONFIRM). What was done has been done, so nothing here fails: where it can't be
 * queued that is logged. Does nothing where no mail is sent, or none can be sent to that address.
 */
void mail_tell(struct service *s, int64_t user_id, enum mail_kind kind, struct str address);

/*
 * Somebody asks for a new password, by a name or an address. It costs one write whatever they
 * typed: who is meant is found out later (mailer.c), so neither the answer nor its time tells whom
 * there is. ERR_DENIED where no mail is sent.
 */
enum err MUST_CHECK mail_ask_reset(struct service *s, struct str who);

/* A new link's token for the address that the person has. In *token_hash what the store is to keep.
 */
void mail_confirm_token(struct str email, char token[TOKEN_TEXT_BYTES + 1],
			unsigned char hash[SESSION_HASH_BYTES]);
/* Whose address such a link would confirm. ERR_NOT_FOUND: used, too old, or another address's. */
enum err MUST_CHECK mail_confirm_user(struct service *s, struct arena *a, int64_t user_id,
				      struct str token, struct user *out);
/* Confirms it, once. ERR_NOT_FOUND as above. */
enum err MUST_CHECK mail_confirm(struct service *s, struct arena *a, int64_t user_id,
				 struct str token);
enum err MUST_CHECK mail_is_confirmed(struct service *s, int64_t user_id, bool *out);

#endif
