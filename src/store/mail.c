/* mail.c: passes calls on to the engine, see store.c. */
#include "store/mail.h"

#include "store/timed.h"

enum err store_mail_put(struct store *s, const struct mail *mail)
{
	return TIMED(MAIL_PUT, s, s->engine->mail->put(s, mail));
}

enum err store_mail_claim(struct store *s, int64_t now_ms, int64_t until_ms, struct arena *a,
			  struct mail *out)
{
	return TIMED(MAIL_CLAIM, s, s->engine->mail->claim(s, now_ms, until_ms, a, out));
}

enum err store_mail_done(struct store *s, int64_t id)
{
	return TIMED(MAIL_DONE, s, s->engine->mail->done(s, id));
}

enum err store_mail_again(struct store *s, int64_t id, int64_t due_ms)
{
	return TIMED(MAIL_AGAIN, s, s->engine->mail->again(s, id, due_ms));
}

enum err store_mail_waiting(struct store *s, int64_t *out)
{
	return TIMED(MAIL_WAITING, s, s->engine->mail->waiting(s, out));
}

enum err store_email_confirm(struct store *s, int64_t user_id, struct str email, struct str key)
{
	return TIMED(EMAIL_CONFIRM, s, s->engine->mail->confirm(s, user_id, email, key));
}

enum err store_email_is_confirmed(struct store *s, int64_t user_id, bool *out)
{
	return TIMED(EMAIL_IS_CONFIRMED, s, s->engine->mail->is_confirmed(s, user_id, out));
}

enum err store_email_owners(struct store *s, struct str key, struct mail_owners *out)
{
	return TIMED(EMAIL_OWNERS, s, s->engine->mail->owners(s, key, out));
}
