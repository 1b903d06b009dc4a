#include "service/mail.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/lang.h"
#include "base/log.h"
#include "base/utf8.h"
#include "mail/message.h"
#include "service/mailer.h"
#include "store/account.h"

static enum err put(struct service *s, int64_t user_id, enum mail_kind kind, struct str address)
{
	const struct mail mail = {
		.user_id = user_id,
		.kind = kind,
		.address = address,
		.language = str_from_c(lang_facts[lang_current()].tag),
		.created_ms = clock_now_ms(),
	};
	enum err e = store_mail_put(s->store, &mail);

	if (e == ERR_OK)
		mailer_wake(s->mailer);
	return e;
}

void mail_tell(struct service *s, int64_t user_id, enum mail_kind kind, struct str address)
{
	enum err e;

	if (!mail_is_on(s) || !mail_address_is_good(address))
		return;
	e = put(s, user_id, kind, address);
	if (e != ERR_OK)
		log_warn("could not queue a mail", LOG_I64("user.id", user_id),
			 LOG_I64("kinglet.mail.kind", kind), LOG_C("error.type", err_label(e)));
}

enum err mail_ask_reset(struct service *s, struct str who)
{
	who = str_trim(who);
	if (!mail_is_on(s))
		return ERR_DENIED;
	/* What nobody can be called is asked for all the same: the answer takes as long. */
	if (who.len > MAIL_ASKED_MAX_BYTES || !utf8_valid(who) ||
	    (who.len && memchr(who.ptr, 0, who.len)))
		who = STR("?");
	return put(s, 0, MAIL_RESET_ASKED, who);
}

/* ---- confirming an address ------------------------------------------------------------------ */

/* The address is part of it: a link that went to another one is of no use. */
static bool confirm_hash(struct str email, struct str token, unsigned char out[TICKET_HASH_BYTES])
{
	unsigned char hash[SESSION_HASH_BYTES];
	struct buf both = BUF_INIT(4096);

	if (!token_hash(token, hash))
		return false;
	buf_append(&both, hash, sizeof(hash));
	buf_add(&both, email);
	digest_of(buf_str(&both), out);
	buf_release(&both);
	return true;
}

void mail_confirm_token(struct str email, char token[TOKEN_TEXT_BYTES + 1],
			unsigned char hash[SESSION_HASH_BYTES])
{
	token_new(token, hash);
	confirm_hash(email, str_from_c(token), hash);
}

enum err mail_confirm_user(struct service *s, struct arena *a, int64_t user_id, struct str token,
			   struct user *out)
{
	unsigned char hash[TICKET_HASH_BYTES];
	int64_t owner = 0;
	struct user user;
	enum err e = store_user_get(s->store, user_id, a, &user);

	if (e == ERR_OK && !confirm_hash(user.email, token, hash))
		e = ERR_NOT_FOUND;
	if (e == ERR_OK)
		e = store_ticket_find(s->store, hash, TICKET_CONFIRM, clock_now_ms(), &owner);
	if (e == ERR_OK && owner != user_id)
		e = ERR_NOT_FOUND;
	if (e == ERR_OK)
		*out = user;
	return e;
}

enum err mail_confirm(struct service *s, struct arena *a, int64_t user_id, struct str token)
{
	unsigned char hash[TICKET_HASH_BYTES];
	struct user user;
	struct str key;
	int64_t owner;
	enum err e = mail_confirm_user(s, a, user_id, token, &user);

	if (e != ERR_OK)
		return e;
	key = utf8_casefold(a, user.email);
	if (!key.ptr)
		return ERR_TOO_LARGE;
	if (!confirm_hash(user.email, token, hash))
		return ERR_NOT_FOUND;
	e = store_ticket_take(s->store, hash, TICKET_CONFIRM, clock_now_ms(), &owner);
	return e == ERR_OK ? store_email_confirm(s->store, user_id, user.email, key) : e;
}

enum err mail_is_confirmed(struct service *s, int64_t user_id, bool *out)
{
	return store_email_is_confirmed(s->store, user_id, out);
}
