#include "service/second_factor.h"

#include <ctype.h>
#include "auth/password.h"
#include "auth/totp.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/rand.h"
#include "service/mail.h"

#define RECOVERY_BYTES	10
#define RECOVERY_DIGITS 16
#define RECOVERY_DAYS	36500

static struct str secret_of(const struct totp *totp)
{
	return str_from((const char *)totp->secret, sizeof(totp->secret));
}

enum err second_factor_get(struct service *s, struct arena *a, int64_t user_id,
			   struct second_factor *out)
{
	struct second_factor f = {.on = false};
	struct buf text = BUF_INIT(64);
	struct totp totp = {.confirmed = false};
	enum err e = store_totp_get(s->store, user_id, &totp);

	if (e == ERR_OK && !totp.confirmed) {
		base32_encode(&text, secret_of(&totp));
		f.secret = arena_str(a, buf_str(&text));
		buf_release(&text);
	}
	f.on = e == ERR_OK && totp.confirmed;
	if (e == ERR_NOT_FOUND)
		e = ERR_OK;
	if (e == ERR_OK && f.on)
		e = store_ticket_count(s->store, user_id, TICKET_RECOVERY, &f.codes_left);
	if (e == ERR_OK)
		*out = f;
	return e;
}

enum err second_factor_begin(struct service *s, int64_t user_id)
{
	unsigned char secret[TOTP_SECRET_BYTES];
	enum err e;

	rand_bytes(secret, sizeof(secret));
	e = store_totp_begin(s->store, user_id, secret);
	explicit_bzero(secret, sizeof(secret));
	return e;
}

/* ---- recovery codes ------------------------------------------------------------------------- */

/*
 * 80 random bits can't be guessed, so a fast hash will do. The person is part of it: two people's
 * codes that were the same would be two tickets.
 */
static void recovery_hash(int64_t user_id, struct str digits, unsigned char out[TICKET_HASH_BYTES])
{
	struct buf both = BUF_INIT(256);

	buf_printf(&both, "%lld %.*s", (long long)user_id, STR_ARG(digits));
	digest_of(buf_str(&both), out);
	buf_release(&both);
}

static enum err recovery_code_new(struct service *s, int64_t user_id, char *text)
{
	struct ticket ticket = {.user_id = user_id, .kind = TICKET_RECOVERY};
	struct buf digits = BUF_INIT(64);
	char bytes[RECOVERY_BYTES];

	rand_bytes(bytes, sizeof(bytes));
	base32_encode(&digits, str_from(bytes, sizeof(bytes)));
	recovery_hash(user_id, buf_str(&digits), ticket.hash);
	for (size_t i = 0; i < RECOVERY_DIGITS; i++) {
		if (i && i % 4 == 0)
			*text++ = '-';
		*text++ = digits.ptr[i];
	}
	*text = '\0';
	buf_release(&digits);
	ticket.expires_ms = clock_now_ms() + RECOVERY_DAYS * INT64_C(86400000);
	return store_ticket_put(s->store, &ticket);
}

static enum err recovery_codes_new(struct service *s, int64_t user_id, struct recovery_codes *out)
{
	enum err e = store_ticket_drop(s->store, user_id, TICKET_RECOVERY);

	for (size_t i = 0; e == ERR_OK && i < RECOVERY_CODE_COUNT; i++)
		e = recovery_code_new(s, user_id, out->items[i].text);
	out->count = e == ERR_OK ? RECOVERY_CODE_COUNT : 0;
	return e;
}

/* Letters and digits alone, in capitals, as recovery codes are hashed; false for any other length.
 */
static bool recovery_digits(struct str code, char out[RECOVERY_DIGITS])
{
	size_t len = 0;

	for (size_t i = 0; i < code.len; i++) {
		if (code.ptr[i] == ' ' || code.ptr[i] == '-')
			continue;
		if (len == RECOVERY_DIGITS)
			return false;
		out[len++] = (char)toupper((unsigned char)code.ptr[i]);
	}
	return len == RECOVERY_DIGITS;
}

/* ---- checking ------------------------------------------------------------------------------- */

static enum err check_totp(struct service *s, int64_t user_id, const struct totp *totp,
			   struct str code, enum problem *problem)
{
	int64_t step = 0;
	enum err e;

	*problem = PROBLEM_BAD_CODE;
	if (!totp_check(secret_of(totp), code, clock_now_ms(), totp->last_step, &step))
		return ERR_OK;
	/* Of two that give the same code at a time, on whichever nodes, one gets in. */
	e = store_totp_use(s->store, user_id, step);
	if (e == ERR_OK)
		*problem = PROBLEM_NONE;
	return e == ERR_CONFLICT ? ERR_OK : e;
}

enum err second_factor_check(struct service *s, struct arena *a, int64_t user_id, struct str code,
			     enum problem *problem)
{
	unsigned char hash[TICKET_HASH_BYTES];
	char digits[RECOVERY_DIGITS];
	struct totp totp;
	int64_t owner = 0;
	enum err e;

	(void)a;
	*problem = code.len ? PROBLEM_BAD_CODE : PROBLEM_NO_CODE;
	e = store_totp_get(s->store, user_id, &totp);
	if (e != ERR_OK || !totp.confirmed || !code.len)
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	if (!recovery_digits(code, digits))
		return check_totp(s, user_id, &totp, code, problem);
	recovery_hash(user_id, str_from(digits, sizeof(digits)), hash);
	e = store_ticket_take(s->store, hash, TICKET_RECOVERY, clock_now_ms(), &owner);
	if (e == ERR_OK && owner == user_id)
		*problem = PROBLEM_NONE;
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err second_factor_confirm(struct service *s, int64_t user_id, struct str code,
			       enum problem *problem, struct recovery_codes *out)
{
	struct totp totp;
	enum problem p = code.len ? PROBLEM_BAD_CODE : PROBLEM_NO_CODE;
	enum err e = store_totp_get(s->store, user_id, &totp);

	if (e == ERR_NOT_FOUND || (e == ERR_OK && totp.confirmed))
		return ERR_CONFLICT;
	if (e == ERR_OK && code.len)
		e = check_totp(s, user_id, &totp, code, &p);
	if (e == ERR_OK && p == PROBLEM_NONE)
		e = recovery_codes_new(s, user_id, out);
	if (e == ERR_OK)
		*problem = p;
	return e;
}

enum err second_factor_renew(struct service *s, struct arena *a, int64_t user_id, struct str code,
			     enum problem *problem, struct recovery_codes *out)
{
	enum problem p;
	enum err e = second_factor_check(s, a, user_id, code, &p);

	if (e == ERR_OK && p == PROBLEM_NONE)
		e = recovery_codes_new(s, user_id, out);
	if (e == ERR_OK)
		*problem = p;
	return e;
}

enum err second_factor_end(struct service *s, struct arena *a, const struct user *user,
			   struct str password, struct str code, enum problem *problem)
{
	enum problem p = PROBLEM_LOGIN_PASSWORD;
	enum err e = ERR_OK;

	if (password_check(a, password, user->pw_hash) != PASSWORD_WRONG)
		e = second_factor_check(s, a, user->id, code, &p);
	if (e == ERR_OK && p == PROBLEM_NONE)
		e = second_factor_reset(s, user->id);
	if (e == ERR_OK && p == PROBLEM_NONE)
		mail_tell(s, user->id, MAIL_SECOND_FACTOR_OFF, user->email);
	if (e == ERR_OK)
		*problem = p;
	return e;
}

enum err second_factor_reset(struct service *s, int64_t user_id)
{
	enum err e = store_totp_delete(s->store, user_id);

	return e == ERR_OK ? store_ticket_drop(s->store, user_id, TICKET_RECOVERY) : e;
}
