#include "service/mailer.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include "auth/throttle.h"
#include "base/clock.h"
#include "base/lang.h"
#include "base/log.h"
#include "base/utf8.h"
#include "mail/message.h"
#include "metrics/metrics.h"
#include "service/account.h"
#include "service/instance.h"
#include "service/mail.h"
#include "store/account.h"

#define ARENA_BYTES	  ((size_t)1 << 20)
#define TEXT_MAX_BYTES	  ((size_t)64 << 10)
#define LOOK_S		  5 /* for what other nodes have put */
#define LEASE_MS	  (5 * 60 * INT64_C(1000))
#define FIRST_PAUSE_MS	  INT64_C(5000) /* then four times as long, each time */
#define PAUSE_MAX_MS	  (60 * 60 * INT64_C(1000))
#define GIVE_UP_MS	  (24 * 60 * 60 * INT64_C(1000))
#define PER_PERSON	  10 /* mails of a kind in an hour: who makes more floods somebody */
#define PER_PERSON_S	  3600
#define THROTTLE_KEYS_MAX 16384

struct mailer {
	struct service *service;
	const struct mailer_config *config;
	struct smtp *smtp;
	struct throttle *throttle;
	struct arena *arena; /* of one mail */
	struct str site;     /* what the place is called while it is written, in the arena */
	atomic_bool stopping;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool woken;
	pthread_t thread;
};

static const char *const kind_names[MAIL_KIND_COUNT] = {
	[MAIL_RESET_ASKED] = "reset_asked",
	[MAIL_CONFIRM] = "confirm",
	[MAIL_EMAIL_CHANGED] = "email_changed",
	[MAIL_PASSWORD_CHANGED] = "password_changed",
	[MAIL_SECOND_FACTOR_OFF] = "second_factor_off",
	[MAIL_NAME_CHANGED] = "name_changed",
	[MAIL_DELETION_BEGUN] = "deletion_begun",
	[MAIL_RESET] = "reset",
};

static const char *kind_name(enum mail_kind kind)
{
	return (unsigned)kind < MAIL_KIND_COUNT && kind_names[kind] ? kind_names[kind] : "unknown";
}

/* ---- texts ---------------------------------------------------------------------------------- */

struct letter {
	struct str subject;
	struct buf text;
};

static void letter_reset(struct mailer *m, const struct user *user, const char *token,
			 struct letter *l)
{
	const struct mailer_config *c = m->config;

	l->subject = T_STR("A new password");
	buf_printf(&l->text,
		   T("Somebody asked for a new password for %.*s on %.*s. If that was you, choose "
		     "one on this page within an hour:"),
		   STR_ARG(user->name), STR_ARG(m->site));
	buf_printf(&l->text, "\n\n%.*s/login/reset?token=%s\n\n", STR_ARG(c->base_url), token);
	buf_add_c(&l->text, T("If it wasn't you, there is nothing to do: the password stays as it "
			      "is."));
}

static void letter_confirm(struct mailer *m, const struct user *user, const char *token,
			   struct letter *l)
{
	const struct mailer_config *c = m->config;

	l->subject = T_STR("Is this address yours?");
	buf_printf(&l->text,
		   T("%.*s on %.*s has given this e-mail address. If that was you, confirm it on "
		     "this page within a day:"),
		   STR_ARG(user->name), STR_ARG(m->site));
	buf_printf(&l->text, "\n\n%.*s/login/email?user=%lld&token=%s\n\n", STR_ARG(c->base_url),
		   (long long)user->id, token);
	buf_add_c(&l->text, T("If it wasn't you, there is nothing to do."));
}

/* What was done, as a sentence; the subject is said by the caller. */
static void add_told(struct buf *out, enum mail_kind kind, struct str name, struct str site)
{
	switch (kind) {
	case MAIL_EMAIL_CHANGED:
		buf_printf(out, T("The e-mail address of %.*s on %.*s was changed to another one."),
			   STR_ARG(name), STR_ARG(site));
		break;
	case MAIL_PASSWORD_CHANGED:
		buf_printf(out, T("The password of %.*s on %.*s was changed."), STR_ARG(name),
			   STR_ARG(site));
		break;
	case MAIL_SECOND_FACTOR_OFF:
		buf_printf(out, T("The code beside the password of %.*s on %.*s was turned off."),
			   STR_ARG(name), STR_ARG(site));
		break;
	case MAIL_NAME_CHANGED:
		buf_printf(out, T("The username is %.*s on %.*s from now on."), STR_ARG(name),
			   STR_ARG(site));
		break;
	default:
		buf_printf(out,
			   T("The account of %.*s on %.*s is hidden, and will be deleted. Whoever "
			     "signs in before can keep it."),
			   STR_ARG(name), STR_ARG(site));
	}
}

static const char *const told_subjects[MAIL_KIND_COUNT] = {
	[MAIL_EMAIL_CHANGED] = T_LATER("Your e-mail address was changed"),
	[MAIL_PASSWORD_CHANGED] = T_LATER("Your password was changed"),
	[MAIL_SECOND_FACTOR_OFF] = T_LATER("Signing in asks for no code any more"),
	[MAIL_NAME_CHANGED] = T_LATER("Your username was changed"),
	[MAIL_DELETION_BEGUN] = T_LATER("Your account will be deleted"),
};

static void letter_told(struct mailer *m, enum mail_kind kind, const struct user *user,
			struct letter *l)
{
	l->subject = str_from_c(lang_text(told_subjects[kind]));
	add_told(&l->text, kind, user->name, m->site);
	buf_add_c(&l->text, "\n\n");
	buf_add_c(&l->text, T("If it wasn't you, somebody else is in your account: choose a new "
			      "password here, or ask an administrator of the place."));
	buf_printf(&l->text, "\n\n%.*s/login/reset", STR_ARG(m->config->base_url));
}

/* ---- one mail ------------------------------------------------------------------------------- */

/* One-time links are made here, by whoever sends them: the queue holds none. */
static enum err write_letter(struct mailer *m, const struct mail *mail, const struct user *user,
			     struct letter *l)
{
	struct ticket ticket = {.user_id = user->id, .kind = TICKET_CONFIRM};
	char token[TOKEN_TEXT_BYTES + 1];
	enum err e = ERR_OK;

	if (mail->kind == MAIL_RESET) {
		e = account_reset_begin(m->service, user->id, token);
		letter_reset(m, user, token, l);
	} else if (mail->kind == MAIL_CONFIRM) {
		mail_confirm_token(user->email, token, ticket.hash);
		ticket.expires_ms = clock_now_ms() + MAIL_CONFIRM_MS;
		e = store_ticket_put(m->service->store, &ticket);
		letter_confirm(m, user, token, l);
	} else {
		letter_told(m, mail->kind, user, l);
	}
	explicit_bzero(token, sizeof(token));
	buf_printf(&l->text, "\n\n-- \n%.*s\n", STR_ARG(m->site));
	return e == ERR_OK && !buf_ok(&l->text) ? ERR_TOO_LARGE : e;
}

static enum err transmit(struct mailer *m, const struct mail *mail, const struct letter *l,
			 struct buf *why)
{
	struct buf wire = BUF_INIT(2 * TEXT_MAX_BYTES);
	const struct mail_message message = {
		.from = m->config->from,
		.from_name = m->site,
		.to = mail->address,
		.subject = l->subject,
		.text = buf_str(&l->text),
		.language = str_from_c(lang_facts[lang_current()].tag),
		.now_ms = clock_now_ms(),
	};
	enum err e = ERR_DENIED;

	if (!mail_message_write(&message, &wire))
		buf_add_c(why, "unusable-address");
	else if (!buf_ok(&wire))
		e = ERR_TOO_LARGE;
	else
		e = smtp_send(m->smtp, message.from, message.to, buf_str(&wire), why);
	if (wire.len)
		explicit_bzero(wire.ptr, wire.len);
	buf_release(&wire);
	return e;
}

/* In the language that the person chose, else in that of whoever caused it. */
static enum err send_letter(struct mailer *m, const struct mail *mail, const struct user *user,
			    struct buf *why)
{
	struct letter l = {.text = BUF_INIT(TEXT_MAX_BYTES)};
	enum lang lang = LANG_EN;
	enum err e;

	m->site = arena_str(m->arena, instance_now(m->service)->text[INSTANCE_NAME]);
	if (!lang_find(user->language, &lang) && !lang_find(mail->language, &lang))
		lang = LANG_EN;
	lang_set(lang);
	e = write_letter(m, mail, user, &l);
	if (e == ERR_OK)
		e = transmit(m, mail, &l, why);
	lang_set(LANG_EN);
	if (l.text.len)
		explicit_bzero(l.text.ptr, l.text.len);
	buf_release(&l.text);
	return e;
}

static bool may_have(struct mailer *m, int64_t user_id, enum mail_kind kind)
{
	struct str key = arena_printf(m->arena, "%d %lld", (int)kind, (long long)user_id);
	int64_t retry_s;

	return throttle_take(m->throttle, key, clock_now_ms(), &retry_s);
}

/* A link to a new password for one of those who may be meant, where the address is known to be
 * theirs. */
static enum err queue_reset(struct mailer *m, const struct mail *asked, int64_t user_id)
{
	struct user user;
	struct mail mail = *asked;
	bool confirmed = false;
	enum err e = store_user_get(m->service->store, user_id, m->arena, &user);

	if (e == ERR_OK)
		e = store_email_is_confirmed(m->service->store, user_id, &confirmed);
	if (e != ERR_OK || !confirmed || user.state == USER_SUSPENDED ||
	    user.state == USER_PENDING || !may_have(m, user_id, MAIL_RESET))
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	mail.user_id = user_id;
	mail.kind = MAIL_RESET;
	mail.address = user.email;
	return store_mail_put(m->service->store, &mail);
}

static enum err resolve_reset(struct mailer *m, const struct mail *asked)
{
	struct str key = utf8_casefold(m->arena, asked->address);
	struct mail_owners owners = {.count = 0};
	struct user user;
	enum err e;

	if (!key.ptr)
		return ERR_OK;
	e = store_email_owners(m->service->store, key, &owners);
	for (size_t i = 0; e == ERR_OK && i < owners.count; i++)
		e = queue_reset(m, asked, owners.ids[i]);
	if (e == ERR_OK)
		e = account_find(m->service, m->arena, asked->address, &user);
	if (e == ERR_OK)
		e = queue_reset(m, asked, user.id);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* ERR_OK also where there is nothing to say any more. */
static enum err deliver(struct mailer *m, const struct mail *mail, struct buf *why)
{
	struct user user;
	enum err e;

	if (mail->kind == MAIL_RESET_ASKED)
		return resolve_reset(m, mail);
	if (mail->kind < MAIL_CONFIRM || mail->kind >= MAIL_KIND_COUNT)
		return ERR_INVALID; /* a newer program's, which has a node of its own to send it */
	e = store_user_get(m->service->store, mail->user_id, m->arena, &user);
	if (e == ERR_NOT_FOUND)
		return ERR_OK;
	if (e != ERR_OK)
		return e;
	/* The address has been changed since: what is for its owner's eyes isn't sent to another.
	 */
	if ((mail->kind == MAIL_RESET || mail->kind == MAIL_CONFIRM) &&
	    !str_eq(mail->address, user.email))
		return ERR_OK;
	if (mail->kind != MAIL_RESET && mail->attempts == 1 && !may_have(m, user.id, mail->kind)) {
		buf_add_c(why, "too-many-of-that-kind");
		return ERR_DENIED;
	}
	e = send_letter(m, mail, &user, why);
	if (e == ERR_OK) {
		metrics_event(EVENT_MAIL_SENT);
		log_info("mail sent", LOG_I64("user.id", user.id),
			 LOG_C("kinglet.mail.kind", kind_name(mail->kind)));
	}
	return e;
}

static int64_t pause_ms(int64_t attempts)
{
	int64_t pause = FIRST_PAUSE_MS;

	while (--attempts > 0 && pause < PAUSE_MAX_MS)
		pause *= 4;
	return pause < PAUSE_MAX_MS ? pause : PAUSE_MAX_MS;
}

static void handle(struct mailer *m, const struct mail *mail)
{
	struct buf why = BUF_INIT(512);
	enum err e = deliver(m, mail, &why);
	int64_t now_ms = clock_now_ms();
	bool given_up = e == ERR_DENIED || now_ms - mail->created_ms > GIVE_UP_MS;
	const struct log_field fields[] = {
		LOG_I64("user.id", mail->user_id),
		LOG_C("kinglet.mail.kind", kind_name(mail->kind)),
		LOG_I64("kinglet.mail.attempts", mail->attempts),
		LOG_C("error.type", err_label(e)),
		LOG_STR("error.message", buf_str(&why)),
	};

	if (e == ERR_OK) {
		e = store_mail_done(m->service->store, mail->id);
	} else if (given_up) {
		metrics_event(EVENT_MAIL_DROPPED);
		log_write(LOG_ERROR, "mail given up", fields, sizeof(fields) / sizeof(fields[0]));
		e = store_mail_done(m->service->store, mail->id);
	} else {
		metrics_event(EVENT_MAIL_FAILED);
		log_write(LOG_WARN, "mail not sent, and will be tried again", fields,
			  sizeof(fields) / sizeof(fields[0]));
		e = store_mail_again(m->service->store, mail->id,
				     now_ms + pause_ms(mail->attempts));
	}
	if (e != ERR_OK)
		log_warn("could not note what became of a mail", LOG_C("error.type", err_label(e)));
	buf_release(&why);
}

/* ---- the thread ----------------------------------------------------------------------------- */

static void rest(struct mailer *m)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += LOOK_S;
	pthread_mutex_lock(&m->lock);
	while (!m->woken && !atomic_load(&m->stopping) &&
	       pthread_cond_timedwait(&m->wake, &m->lock, &until) == 0)
		continue;
	m->woken = false;
	pthread_mutex_unlock(&m->lock);
}

static void *run(void *arg)
{
	struct mailer *m = arg;

	while (!atomic_load(&m->stopping)) {
		int64_t now_ms = clock_now_ms();
		struct mail mail;
		enum err e;

		arena_reset(m->arena);
		e = store_mail_claim(m->service->store, now_ms, now_ms + LEASE_MS, m->arena, &mail);
		if (e == ERR_OK)
			handle(m, &mail);
		else
			rest(m);
	}
	return NULL;
}

void mailer_wake(struct mailer *m)
{
	pthread_mutex_lock(&m->lock);
	m->woken = true;
	pthread_cond_signal(&m->wake);
	pthread_mutex_unlock(&m->lock);
}

static void release(struct mailer *m)
{
	smtp_free(m->smtp);
	throttle_free(m->throttle);
	arena_free(m->arena);
	pthread_mutex_destroy(&m->lock);
	pthread_cond_destroy(&m->wake);
	free(m);
}

enum err mailer_start(struct service *s, const struct mailer_config *config)
{
	struct mailer *m = calloc(1, sizeof(*m));
	pthread_condattr_t attributes;

	if (!m)
		return ERR_BUSY;
	m->service = s;
	m->config = config;
	pthread_mutex_init(&m->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&m->wake, &attributes);
	pthread_condattr_destroy(&attributes);
	m->smtp = smtp_new(&config->smtp, &m->stopping);
	m->throttle = throttle_new(PER_PERSON, PER_PERSON_S, THROTTLE_KEYS_MAX);
	m->arena = arena_new(ARENA_BYTES);
	if (!m->smtp || !m->throttle || !m->arena ||
	    pthread_create(&m->thread, NULL, run, m) != 0) {
		release(m);
		return ERR_BUSY;
	}
	s->mailer = m;
	return ERR_OK;
}

void mailer_stop(struct service *s)
{
	struct mailer *m = s->mailer;

	if (!m)
		return;
	atomic_store(&m->stopping, true);
	mailer_wake(m);
	pthread_join(m->thread, NULL);
	s->mailer = NULL;
	release(m);
}
