/*
 * account.c: registration, signing in and out, passwords, and what an operator does to accounts.
 *
 * Hashing takes milliseconds and 19 MiB, so whoever calls a function here that takes a password
 * runs it in the password lane; what can be refused without hashing is refused first.
 */
#include "service/account.h"

#include "auth/password.h"
#include "base/clock.h"
#include "base/lang.h"
#include "base/utf8.h"
#include "service/instance.h"
#include "service/mail.h"
#include "service/second_factor.h"
#include "store/account.h"

/* Read in one batch; each is then deleted by itself. */
#define DUE_AT_ONCE	     100
#define TOUCH_AFTER_MS	     (60 * 60 * 1000)
#define USER_AGENT_MAX_BYTES 200
/* Longer than any name that can be registered or imported, and folded. */
#define LOOKUP_MAX_BYTES 2048

static const struct {
	const char *field, *text;
} problems[PROBLEM_COUNT] = {
#define PROBLEM_X(name, field, text) [name] = {field, text},
	PROBLEM_TABLE(PROBLEM_X)
#undef PROBLEM_X
};

const char *problem_text(enum problem p)
{
	return (unsigned)p < PROBLEM_COUNT ? lang_text(problems[p].text) : "";
}

const char *problem_field(enum problem p)
{
	return (unsigned)p < PROBLEM_COUNT ? problems[p].field : "";
}

/* ---- registration -------------------------------------------------------------------------- */

static bool email_is_valid(struct str email)
{
	if (email.len > SERVICE_EMAIL_MAX_BYTES || str_index(email, '@') < 0 || !utf8_valid(email))
		return false;
	for (size_t i = 0; i < email.len; i++) {
		if ((unsigned char)email.ptr[i] < 0x20 || email.ptr[i] == 0x7f)
			return false;
	}
	return true;
}

static enum problem check_password(struct str password, struct str password2)
{
	if (password.len == 0)
		return PROBLEM_NO_PASSWORD;
	if (password.len > PASSWORD_MAX_BYTES)
		return PROBLEM_LONG_PASSWORD;
	if (password2.ptr && !str_eq(password, password2))
		return PROBLEM_PASSWORDS_DIFFER;
	return PROBLEM_NONE;
}

static enum problem check_registration(struct arena *a, const struct registration *r,
				       struct str *key)
{
	enum problem p = account_check_name(a, r->name, key);

	if (p == PROBLEM_NONE && !email_is_valid(r->email))
		p = PROBLEM_NO_EMAIL;
	return p == PROBLEM_NONE ? check_password(r->password, r->password2) : p;
}

/* Whether and how somebody may come in by the present mode. */
static enum err check_admission(struct service *s, const struct registration *r,
				enum problem *problem)
{
	struct str reason = str_trim(r->reason);
	enum err e = ERR_OK;

	switch (instance_now(s)->registration) {
	case REGISTRATION_INVITATION:
		e = account_invitation_check(s, r->code);
		if (e == ERR_NOT_FOUND)
			*problem = PROBLEM_NO_INVITATION;
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	case REGISTRATION_APPROVAL:
		if (!reason.len || !utf8_valid(reason) || memchr(reason.ptr, 0, reason.len))
			*problem = PROBLEM_NO_REASON;
		else if (reason.len > ACCOUNT_REASON_MAX_BYTES)
			*problem = PROBLEM_LONG_REASON;
		break;
	case REGISTRATION_CLOSED:
		*problem = PROBLEM_CLOSED;
		break;
	case REGISTRATION_OPEN:
	case REGISTRATION_COUNT:
		break;
	}
	return e;
}

enum err account_invitation_check(struct service *s, struct str code)
{
	if (!code.len || code.len > ACCOUNT_REASON_MAX_BYTES || !utf8_valid(code) ||
	    memchr(code.ptr, 0, code.len))
		return ERR_NOT_FOUND;
	return store_invitation_check(s->store, code, clock_now_ms());
}

/* ERR_NOT_FOUND: the invitation was used up meanwhile. */
static enum err create(struct service *s, const struct registration *r, const struct user_new *u,
		       int64_t *out_id)
{
	enum registration_mode mode = instance_now(s)->registration;

	if (mode == REGISTRATION_INVITATION)
		return store_user_admit(s->store, u, r->code, false, STR(""), out_id);
	if (mode == REGISTRATION_APPROVAL)
		return store_user_admit(s->store, u, STR(""), true, str_trim(r->reason), out_id);
	return mode == REGISTRATION_CLOSED ? ERR_DENIED : store_user_create(s->store, u, out_id);
}

enum err account_register(struct service *s, struct arena *a, const struct registration *r,
			  enum problem *problem, int64_t *out_id)
{
	struct user_new u = {.name = r->name, .email = r->email, .role = USER_PERSON};
	enum problem p = check_registration(a, r, &u.name_key);
	struct user taken;
	enum err e = p == PROBLEM_NONE ? check_admission(s, r, &p) : ERR_OK;

	if (e != ERR_OK || p != PROBLEM_NONE) {
		if (e == ERR_OK)
			*problem = p;
		return e;
	}
	/* Asked before hashing, because a name that is taken is the usual mistake. */
	e = store_user_by_name(s->store, u.name_key, a, &taken);
	if (e == ERR_NOT_FOUND) {
		e = password_hash(a, r->password, &u.pw_hash);
		u.created_ms = clock_now_ms();
		if (e == ERR_OK)
			e = create(s, r, &u, out_id);
		p = e == ERR_NOT_FOUND ? PROBLEM_NO_INVITATION : PROBLEM_NONE;
		e = e == ERR_NOT_FOUND ? ERR_OK : e;
	} else if (e == ERR_OK) {
		p = PROBLEM_NAME_TAKEN;
	}
	if (e == ERR_CONFLICT) {
		p = PROBLEM_NAME_TAKEN;
		e = ERR_OK;
	}
	if (e == ERR_OK)
		*problem = p;
	return e;
}

/* ---- signing in ---------------------------------------------------------------------------- */

enum err account_find(struct service *s, struct arena *a, struct str name, struct user *out)
{
	struct str key;

	if (name.len == 0 || name.len > LOOKUP_MAX_BYTES || memchr(name.ptr, 0, name.len) ||
	    !utf8_valid(name))
		return ERR_NOT_FOUND;
	key = utf8_casefold(a, name);
	if (!key.ptr)
		return ERR_TOO_LARGE;
	return key.len ? store_user_by_name(s->store, key, a, out) : ERR_NOT_FOUND;
}

/*
 * Replaces an old form of the hash. That it can't be done now is no reason to turn somebody away:
 * the next sign-in tries again.
 */
static void rehash(struct service *s, struct arena *a, struct user *user, struct str password)
{
	struct str hash;

	if (password_hash(a, password, &hash) == ERR_OK &&
	    store_user_set_password(s->store, user->id, user->pw_hash, hash) == ERR_OK)
		user->pw_hash = hash;
}

/* What a client says of itself, cut, and as text whatever it sent. */
static struct str clean_user_agent(struct arena *a, struct str sent)
{
	struct str text = arena_str(a, str_sub(sent, 0, USER_AGENT_MAX_BYTES));
	char *p = text.ptr ? arena_alloc(a, text.len) : NULL;

	for (size_t i = 0; p && i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		p[i] = c < 0x20 || c > 0x7e ? '?' : (char)c;
	}
	return str_from(p, p ? text.len : 0);
}

static enum err begin_session(struct service *s, struct arena *a, struct str user_agent,
			      struct sign_in *in)
{
	struct session session = {
		.user_id = in->user.id,
		.created_ms = clock_now_ms(),
		.user_agent = clean_user_agent(a, user_agent),
	};

	token_new(in->token, in->hash);
	memcpy(session.hash, in->hash, sizeof(session.hash));
	session.seen_ms = session.created_ms;
	session.expires_ms = session.created_ms + s->session_max_ms;
	return store_session_create(s->store, &session, s->sessions_per_user);
}

/*
 * A change of password that was made since ours was checked has ended all sessions, but not yet
 * this one. Looked at after the session is there, so that one of both sees the other. Another hash
 * may also be the same password's: somebody who signs in twice at a time has it replaced once.
 */
static enum err session_is_overtaken(struct service *s, struct arena *a, const struct sign_in *in,
				     struct str password, bool *out)
{
	struct user now;
	enum err e = store_user_get(s->store, in->user.id, a, &now);

	if (e != ERR_OK && e != ERR_NOT_FOUND)
		return e;
	*out = e == ERR_NOT_FOUND || (!str_eq(now.pw_hash, in->user.pw_hash) &&
				      password_check(a, password, now.pw_hash) == PASSWORD_WRONG);
	return *out ? store_session_delete(s->store, in->hash) : ERR_OK;
}

enum problem account_state_problem(enum user_state state)
{
	switch (state) {
	case USER_SUSPENDED:
		return PROBLEM_SUSPENDED;
	case USER_PENDING:
		return PROBLEM_PENDING;
	case USER_DELETION_DUE:
		return PROBLEM_DELETION_DUE;
	case USER_ACTIVE:
		break;
	}
	return PROBLEM_NONE;
}

enum err account_standing(struct service *s, struct arena *a, int64_t user_id,
			  struct user_standing *out)
{
	return store_user_state_get(s->store, user_id, a, out);
}

/* Who may sign in with this password, as *problem and *user. */
static enum err check_sign_in(struct service *s, struct arena *a, struct str name,
			      struct str password, enum problem *problem, struct user *user)
{
	enum err e = account_find(s, a, name, user);

	*problem = PROBLEM_NONE;
	if (e == ERR_NOT_FOUND) {
		password_check_nothing(password);
		*problem = PROBLEM_LOGIN_NAME;
		return ERR_OK;
	}
	if (e != ERR_OK)
		return e;
	switch (password_check(a, password, user->pw_hash)) {
	case PASSWORD_WRONG:
		*problem = PROBLEM_LOGIN_PASSWORD;
		break;
	case PASSWORD_RIGHT_REHASH:
		rehash(s, a, user, password);
		break;
	case PASSWORD_RIGHT:
		break;
	}
	if (*problem == PROBLEM_NONE)
		*problem = account_state_problem(user->state);
	return ERR_OK;
}

/* Where the person has an authenticator, a token for the second step instead of a session. */
static enum err begin_second_step(struct service *s, struct sign_in *in)
{
	struct ticket ticket = {.user_id = in->user.id, .kind = TICKET_SECOND_STEP};
	struct totp totp;
	enum err e = store_totp_get(s->store, in->user.id, &totp);

	if (e == ERR_NOT_FOUND || (e == ERR_OK && !totp.confirmed))
		return ERR_OK;
	if (e != ERR_OK)
		return e;
	token_new(in->token, ticket.hash);
	ticket.expires_ms = clock_now_ms() + ACCOUNT_SECOND_STEP_MS;
	in->pending = true;
	return store_ticket_put(s->store, &ticket);
}

enum err account_sign_in(struct service *s, struct arena *a, struct str name, struct str password,
			 struct str user_agent, enum problem *problem, struct sign_in *out)
{
	struct sign_in in = {.token = ""};
	enum problem p;
	bool overtaken = false;
	enum err e = check_sign_in(s, a, name, password, &p, &in.user);

	if (e == ERR_OK && p == PROBLEM_NONE) {
		e = begin_second_step(s, &in);
		if (e == ERR_OK && !in.pending)
			e = begin_session(s, a, user_agent, &in);
		if (e == ERR_NOT_FOUND) {
			p = PROBLEM_LOGIN_NAME;
			e = ERR_OK;
		} else if (e == ERR_OK && !in.pending) {
			e = session_is_overtaken(s, a, &in, password, &overtaken);
			p = overtaken ? PROBLEM_LOGIN_PASSWORD : PROBLEM_NONE;
		}
	}
	if (e != ERR_OK)
		return e;
	*out = in;
	*problem = p;
	return ERR_OK;
}

static enum err ticket_user(struct service *s, struct arena *a, struct str token,
			    enum ticket_kind kind, struct user *out)
{
	unsigned char hash[TICKET_HASH_BYTES];
	int64_t user_id = 0;
	enum err e = ERR_NOT_FOUND;

	if (token_hash(token, hash))
		e = store_ticket_find(s->store, hash, kind, clock_now_ms(), &user_id);
	return e == ERR_OK ? store_user_get(s->store, user_id, a, out) : e;
}

/* Of several that bring the same token one gets ERR_OK. */
static enum err ticket_take(struct service *s, struct str token, enum ticket_kind kind)
{
	unsigned char hash[TICKET_HASH_BYTES];
	int64_t user_id;

	if (!token_hash(token, hash))
		return ERR_NOT_FOUND;
	return store_ticket_take(s->store, hash, kind, clock_now_ms(), &user_id);
}

enum err account_second_step_user(struct service *s, struct arena *a, struct str token,
				  struct user *out)
{
	return ticket_user(s, a, token, TICKET_SECOND_STEP, out);
}

/*
 * A wrong code leaves the token as it is: the next try needs no password. A change of password
 * takes the tokens away (replace_password()), so whoever comes through here typed the one that
 * holds.
 */
enum err account_second_step(struct service *s, struct arena *a, struct str token, struct str code,
			     struct str user_agent, enum problem *problem, struct sign_in *out)
{
	struct sign_in in = {.token = ""};
	enum problem p = PROBLEM_NONE;
	enum err e = account_second_step_user(s, a, token, &in.user);

	if (e != ERR_OK)
		return e;
	p = account_state_problem(in.user.state);
	if (p == PROBLEM_NONE)
		e = second_factor_check(s, a, in.user.id, code, &p);
	if (e == ERR_OK && p == PROBLEM_NONE)
		e = ticket_take(s, token, TICKET_SECOND_STEP);
	if (e == ERR_OK && p == PROBLEM_NONE)
		e = begin_session(s, a, user_agent, &in);
	if (e != ERR_OK)
		return e;
	*out = in;
	*problem = p;
	return ERR_OK;
}

/* ---- sessions ------------------------------------------------------------------------------ */

enum err account_session(struct service *s, struct arena *a, struct str token, struct session *out,
			 struct user *out_user)
{
	unsigned char hash[SESSION_HASH_BYTES];

	if (!token_hash(token, hash))
		return ERR_NOT_FOUND;
	return store_session_find(s->store, hash, clock_now_ms(), a, out, out_user);
}

bool account_session_is_stale(const struct session *session, int64_t now_ms)
{
	return now_ms - session->seen_ms >= TOUCH_AFTER_MS;
}

enum err account_session_touch(struct service *s, const struct session *session)
{
	int64_t now_ms = clock_now_ms();

	return store_session_touch(s->store, session->hash, now_ms, now_ms + s->session_max_ms);
}

enum err account_sign_out(struct service *s, struct str token)
{
	unsigned char hash[SESSION_HASH_BYTES];

	return token_hash(token, hash) ? store_session_delete(s->store, hash) : ERR_OK;
}

enum err account_sign_out_everywhere(struct service *s, int64_t user_id, const unsigned char *keep)
{
	return store_session_delete_all(s->store, user_id, keep);
}

enum err account_sessions(struct service *s, struct arena *a, int64_t user_id,
			  struct session_list *out)
{
	return store_session_list(s->store, user_id, clock_now_ms(), a, out);
}

void account_session_id(const struct session *session, char out[ACCOUNT_SESSION_ID_BYTES + 1])
{
	struct str hash = str_from((const char *)session->hash, sizeof(session->hash));

	fingerprint(&hash, 1, out);
}

enum err account_session_end(struct service *s, struct arena *a, int64_t user_id, struct str id)
{
	char known[ACCOUNT_SESSION_ID_BYTES + 1];
	struct session_list list;
	enum err e = account_sessions(s, a, user_id, &list);

	for (size_t i = 0; e == ERR_OK && i < list.count; i++) {
		account_session_id(&list.items[i], known);
		if (str_eq(id, str_from_c(known)))
			return store_session_delete(s->store, list.items[i].hash);
	}
	return e == ERR_OK ? ERR_NOT_FOUND : e;
}

/* ---- changing ------------------------------------------------------------------------------ */

static enum err replace_password(struct service *s, struct arena *a, int64_t user_id,
				 struct str expected, struct str password,
				 const unsigned char *keep)
{
	struct str hash;
	enum err e = password_hash(a, password, &hash);

	if (e == ERR_OK)
		e = store_user_set_password(s->store, user_id, expected, hash);
	if (e == ERR_OK)
		e = store_ticket_drop(s->store, user_id, TICKET_SECOND_STEP);
	if (e == ERR_OK)
		e = store_ticket_drop(s->store, user_id, TICKET_RESET);
	if (e == ERR_OK)
		e = store_session_delete_all(s->store, user_id, keep);
	return e;
}

enum err account_change_password(struct service *s, struct arena *a, const struct user *user,
				 struct str old_password, struct str password, struct str password2,
				 const unsigned char *keep, enum problem *problem)
{
	enum problem p = check_password(password, password2);
	enum err e = ERR_OK;

	if (p == PROBLEM_NONE && password_check(a, old_password, user->pw_hash) == PASSWORD_WRONG)
		p = PROBLEM_LOGIN_PASSWORD;
	if (p == PROBLEM_NONE)
		e = replace_password(s, a, user->id, user->pw_hash, password, keep);
	if (e == ERR_CONFLICT) { /* somebody else was faster: what was typed is old now */
		p = PROBLEM_LOGIN_PASSWORD;
		e = ERR_OK;
	}
	if (e == ERR_OK && p == PROBLEM_NONE)
		mail_tell(s, user->id, MAIL_PASSWORD_CHANGED, user->email);
	if (e == ERR_OK)
		*problem = p;
	return e;
}

enum err account_change_email(struct service *s, struct arena *a, const struct user *user,
			      struct str password, struct str email, enum problem *problem)
{
	enum problem p = email_is_valid(email) ? PROBLEM_NONE : PROBLEM_NO_EMAIL;
	enum err e = ERR_OK;

	if (p == PROBLEM_NONE && password_check(a, password, user->pw_hash) == PASSWORD_WRONG)
		p = PROBLEM_LOGIN_PASSWORD;
	if (p == PROBLEM_NONE)
		e = store_account_set_email(s->store, user->id, email);
	if (e == ERR_OK && p == PROBLEM_NONE && !str_eq(email, user->email)) {
		mail_tell(s, user->id, MAIL_EMAIL_CHANGED, user->email);
		mail_tell(s, user->id, MAIL_CONFIRM, email);
	}
	if (e == ERR_OK)
		*problem = p;
	return e;
}

enum err account_reset_begin(struct service *s, int64_t user_id, char token[TOKEN_TEXT_BYTES + 1])
{
	struct ticket ticket = {.user_id = user_id, .kind = TICKET_RESET};
	enum err e = store_ticket_drop(s->store, user_id, TICKET_RESET);

	token_new(token, ticket.hash);
	ticket.expires_ms = clock_now_ms() + ACCOUNT_RESET_MS;
	return e == ERR_OK ? store_ticket_put(s->store, &ticket) : e;
}

enum err account_reset_user(struct service *s, struct arena *a, struct str token, struct user *out)
{
	return ticket_user(s, a, token, TICKET_RESET, out);
}

/* The token is taken before the password is set: of two that use it at a time one does. */
enum err account_reset(struct service *s, struct arena *a, struct str token, struct str password,
		       struct str password2, enum problem *problem)
{
	enum problem p = check_password(password, password2);
	struct user user;
	enum err e = account_reset_user(s, a, token, &user);

	if (e == ERR_OK && p == PROBLEM_NONE)
		e = ticket_take(s, token, TICKET_RESET);
	if (e == ERR_OK && p == PROBLEM_NONE)
		e = replace_password(s, a, user.id, (struct str){NULL, 0}, password, NULL);
	if (e == ERR_OK && p == PROBLEM_NONE)
		mail_tell(s, user.id, MAIL_PASSWORD_CHANGED, user.email);
	if (e == ERR_OK)
		*problem = p;
	return e;
}

enum err account_leave(struct service *s, struct arena *a, const struct user *user,
		       struct str password, enum problem *problem)
{
	struct user_standing leaving = {.state = USER_DELETION_DUE, .since_ms = clock_now_ms()};
	enum err e = ERR_OK;

	if (password_check(a, password, user->pw_hash) == PASSWORD_WRONG) {
		*problem = PROBLEM_LOGIN_PASSWORD;
		return ERR_OK;
	}
	leaving.until_ms = leaving.since_ms + s->deletion_ms;
	e = store_user_state_set(s->store, user->id, &leaving);
	if (e != ERR_OK)
		return e;
	mail_tell(s, user->id, MAIL_DELETION_BEGUN, user->email);
	*problem = PROBLEM_NONE;
	return e;
}

enum err account_stay(struct service *s, struct arena *a, struct str name, struct str password,
		      enum problem *problem)
{
	const struct user_standing active = {.state = USER_ACTIVE};
	struct user user;
	enum problem p;
	enum err e = check_sign_in(s, a, name, password, &p, &user);

	if (e == ERR_OK && p == PROBLEM_DELETION_DUE) {
		e = store_user_state_set(s->store, user.id, &active);
		p = PROBLEM_NONE;
	}
	if (e == ERR_OK)
		*problem = p;
	return e;
}

/* ERR_OK also where it isn't due, or they are gone or stay. */
static enum err delete_if_due(struct service *s, struct arena *a, int64_t user_id, int64_t now_ms,
			      size_t *count)
{
	struct user_standing standing;
	enum err e = store_user_state_get(s->store, user_id, a, &standing);

	if (e == ERR_OK && standing.state == USER_DELETION_DUE && standing.until_ms <= now_ms) {
		e = store_user_delete(s->store, user_id);
		*count += e == ERR_OK;
	}
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err account_delete_due(struct service *s, struct arena *a, int64_t now_ms, size_t *out)
{
	struct user_list list = {.more = true};
	int64_t after_id = 0;
	size_t count = 0;
	enum err e = ERR_OK;

	while (e == ERR_OK && list.more) {
		arena_reset(a);
		list = (struct user_list){.items = NULL};
		e = store_user_state_list(s->store, USER_DELETION_DUE, after_id, DUE_AT_ONCE, a,
					  &list);
		for (size_t i = 0; e == ERR_OK && i < list.count; i++) {
			after_id = list.items[i].id;
			e = delete_if_due(s, a, after_id, now_ms, &count);
		}
	}
	if (out)
		*out = count;
	return e;
}

static enum err rename_and_tell(struct service *s, const struct rename *r, const struct user *user)
{
	enum err e = store_account_rename(s->store, r);

	if (e == ERR_OK)
		mail_tell(s, user->id, MAIL_NAME_CHANGED, user->email);
	return e;
}

enum err account_rename(struct service *s, struct arena *a, const struct user *user,
			struct str password, struct str name, enum problem *problem)
{
	struct rename r = {.user_id = user->id, .name = name, .now_ms = clock_now_ms()};
	enum problem p = account_check_name(a, name, &r.name_key);
	enum err e = ERR_OK;

	if (p == PROBLEM_NONE && password_check(a, password, user->pw_hash) == PASSWORD_WRONG)
		p = PROBLEM_LOGIN_PASSWORD;
	r.not_since_ms = r.now_ms - ACCOUNT_RENAME_MS;
	if (p == PROBLEM_NONE && !str_eq(name, user->name))
		e = rename_and_tell(s, &r, user);
	if (e == ERR_CONFLICT || e == ERR_DENIED) {
		p = e == ERR_CONFLICT ? PROBLEM_NAME_TAKEN : PROBLEM_NAME_CHANGED;
		e = ERR_OK;
	}
	if (e == ERR_OK)
		*problem = p;
	return e;
}

enum err account_find_renamed(struct service *s, struct arena *a, struct str name, struct user *out)
{
	struct str key;
	int64_t user_id = 0;
	enum err e;

	if (name.len == 0 || name.len > LOOKUP_MAX_BYTES || memchr(name.ptr, 0, name.len) ||
	    !utf8_valid(name))
		return ERR_NOT_FOUND;
	key = utf8_casefold(a, name);
	if (!key.ptr)
		return ERR_TOO_LARGE;
	e = key.len ? store_account_old_name(s->store, key, &user_id) : ERR_NOT_FOUND;
	return e == ERR_OK ? store_user_get(s->store, user_id, a, out) : e;
}

enum err account_set_password(struct service *s, struct arena *a, int64_t user_id,
			      struct str password, enum problem *problem)
{
	enum problem p = check_password(password, (struct str){NULL, 0});
	enum err e = ERR_OK;

	if (p == PROBLEM_NONE)
		e = replace_password(s, a, user_id, (struct str){NULL, 0}, password, NULL);
	if (e == ERR_OK)
		*problem = p;
	return e;
}

enum err account_set_role(struct service *s, int64_t user_id, enum user_role role)
{
	return store_user_set_role(s->store, user_id, role);
}

enum err account_set_language(struct service *s, int64_t user_id, struct str language)
{
	return store_user_set_language(s->store, user_id, language);
}

enum err account_delete(struct service *s, int64_t user_id)
{
	return store_user_delete(s->store, user_id);
}

enum err account_list(struct service *s, struct arena *a, int64_t after_id, struct user_list *out)
{
	return store_user_list(s->store, after_id, STORE_LIST_MAX, a, out);
}
