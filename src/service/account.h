/*
 * account.h: names, registration, signing in and out. What a form answers is an enum problem, whose
 * text is the contract's; other failures are enum err.
 */
#ifndef KINGLET_SERVICE_ACCOUNT_H
#define KINGLET_SERVICE_ACCOUNT_H

#include "auth/fingerprint.h"
#include "auth/token.h"
#include "service/service.h"
#include "store/moderation.h"

/* X(constant, form field it belongs to, text) */
#define PROBLEM_TABLE(X)                                                                       \
	X(PROBLEM_NONE, "", "")                                                                \
	X(PROBLEM_LOGIN_NAME, "username", "Invalid username")                                  \
	X(PROBLEM_LOGIN_PASSWORD, "password", "Invalid password")                              \
	X(PROBLEM_NO_NAME, "username", "You have to enter a username")                         \
	X(PROBLEM_BAD_NAME, "username",                                                        \
	  "A username has 1 to 50 letters, digits, spaces and . _ - and begins and ends with " \
	  "none of the spaces")                                                                \
	X(PROBLEM_RESERVED_NAME, "username", "That username is reserved")                      \
	X(PROBLEM_NO_EMAIL, "email", "You have to enter a valid email address")                \
	X(PROBLEM_NO_PASSWORD, "password", "You have to enter a password")                     \
	X(PROBLEM_LONG_PASSWORD, "password", "A password can have at most 1,024 bytes")        \
	X(PROBLEM_PASSWORDS_DIFFER, "password2", "The two passwords do not match")             \
	X(PROBLEM_CLOSED, "username", "Nobody can sign up here at present")                    \
	X(PROBLEM_NO_INVITATION, "code", "That code is wrong, too old or used up")             \
	X(PROBLEM_NO_REASON, "reason", "Say in a few words why you want to be here")           \
	X(PROBLEM_LONG_REASON, "reason", "That is too long")                                   \
	X(PROBLEM_SUSPENDED, "username", "This account is suspended")                          \
	X(PROBLEM_PENDING, "username", "This account waits for a moderator's approval")        \
	X(PROBLEM_DELETION_DUE, "username", "This account is about to be deleted")             \
	X(PROBLEM_NO_CODE, "code", "You have to enter a code")                                 \
	X(PROBLEM_BAD_CODE, "code", "That code is wrong, too old or used already")             \
	X(PROBLEM_NAME_CHANGED, "username", "A username can be changed once in 7 days")        \
	X(PROBLEM_NAME_TAKEN, "username", "The username is already taken")

enum problem {
#define PROBLEM_X(name, field, text) name,
	PROBLEM_TABLE(PROBLEM_X)
#undef PROBLEM_X
		PROBLEM_COUNT
};
const char *problem_text(enum problem p);
const char *problem_field(enum problem p);

/*
 * First path segments that pages have, ordered: no one may be called so (compared by casefold).
 * One list, checked against the table of routes by a test.
 */
extern const char *const account_reserved_names[];
extern const size_t account_reserved_count;

/*
 * PROBLEM_NONE, NO_NAME, BAD_NAME or RESERVED_NAME. `*key` gets the unique key, in the arena.
 *
 * A name has 1 to 50 characters (grapheme clusters): letters, digits and combining marks of any
 * script, the signs . _ - and single spaces inside, and at least one letter or digit. So "." and
 * "..", which are paths, are none, nor is anything with characters that one can't see. It is kept
 * as it was typed; the key alone is normalised and folded.
 */
enum problem account_check_name(struct arena *a, struct str name, struct str *key);

struct registration {
	struct str name, email, password;
	struct str password2; /* must equal password where .ptr is not NULL */
	struct str code;      /* of an invitation, where one is asked for */
	struct str reason;    /* for moderators, where they decide */
};
#define ACCOUNT_REASON_MAX_BYTES 2000
/* ERR_NOT_FOUND: nobody can come in by it now. */
enum err MUST_CHECK account_invitation_check(struct service *s, struct str code);

/* By the present registration_mode: checks in the contract's order, hashes, creates. ERR_OK with
 * *problem says whether it was done.
 */
enum err MUST_CHECK account_register(struct service *s, struct arena *a,
				     const struct registration *r, enum problem *problem,
				     int64_t *out_id);

struct sign_in {
	struct user user;
	char token[TOKEN_TEXT_BYTES + 1];
	unsigned char hash[SESSION_HASH_BYTES];
	bool pending; /* no session yet: the token is for account_second_step() */
};
/*
 * Checks the password (re-hashing an old form) and begins a session. Who may not take part learns
 * so only with the right password: *out then has the user and nothing else, for the reason.
 */
enum err MUST_CHECK account_sign_in(struct service *s, struct arena *a, struct str name,
				    struct str password, struct str user_agent,
				    enum problem *problem, struct sign_in *out);

/* PROBLEM_NONE for who may take part. */
enum problem account_state_problem(enum user_state state);
/* Since when somebody is in their state, and why. ERR_NOT_FOUND. */
enum err MUST_CHECK account_standing(struct service *s, struct arena *a, int64_t user_id,
				     struct user_standing *out);

/* How long a code may be waited for. */
#define ACCOUNT_SECOND_STEP_MS (5 * 60 * 1000)
/* Whose second step is due with this token. ERR_NOT_FOUND: nobody's, or not any more. */
enum err MUST_CHECK account_second_step_user(struct service *s, struct arena *a, struct str token,
					     struct user *out);
/*
 * The second step of a sign-in: with a right code the session begins. PROBLEM_NO_CODE, BAD_CODE, or
 * why the account can't be used. ERR_NOT_FOUND as above.
 */
enum err MUST_CHECK account_second_step(struct service *s, struct arena *a, struct str token,
					struct str code, struct str user_agent,
					enum problem *problem, struct sign_in *out);

/* How long a link that sets a new password is good for. */
#define ACCOUNT_RESET_MS (60 * 60 * 1000)
/* A new one; those made before are of no use any more. `token` gets what the link holds. */
enum err MUST_CHECK account_reset_begin(struct service *s, int64_t user_id,
					char token[TOKEN_TEXT_BYTES + 1]);
/* Whose password this token may set. ERR_NOT_FOUND. Reads only. */
enum err MUST_CHECK account_reset_user(struct service *s, struct arena *a, struct str token,
				       struct user *out);
/* Sets it, once, and ends all sessions. ERR_NOT_FOUND: the token is used, too old or made up. */
enum err MUST_CHECK account_reset(struct service *s, struct arena *a, struct str token,
				  struct str password, struct str password2, enum problem *problem);

/*
 * Asks for the password (password lane); then nothing of the person is shown, all sessions end, and
 * account_delete_due() deletes them when deletion_ms have passed.
 */
enum err MUST_CHECK account_leave(struct service *s, struct arena *a, const struct user *user,
				  struct str password, enum problem *problem);
/*
 * Whoever is about to be deleted stays after all: *problem is PROBLEM_NONE. Else as
 * account_sign_in(), of which it is the first step. Password lane.
 */
enum err MUST_CHECK account_stay(struct service *s, struct arena *a, struct str name,
				 struct str password, enum problem *problem);
/*
 * Deletes whose time is over. Every node may call it at any time: of several that delete a person
 * one does, and the others find nobody. `out` (may be NULL) gets how many went.
 */
enum err MUST_CHECK account_delete_due(struct service *s, struct arena *a, int64_t now_ms,
				       size_t *out);

/* A name is changed that often at most. */
#define ACCOUNT_RENAME_MS (7 * INT64_C(86400000))
/*
 * By the rules of account_check_name(); asks for the password. PROBLEM_NAME_TAKEN where somebody
 * else has or had it, PROBLEM_NAME_CHANGED. Runs in the password lane.
 */
enum err MUST_CHECK account_rename(struct service *s, struct arena *a, const struct user *user,
				   struct str password, struct str name, enum problem *problem);
/* Who was called so before. ERR_NOT_FOUND. */
enum err MUST_CHECK account_find_renamed(struct service *s, struct arena *a, struct str name,
					 struct user *out);

/* Who is signed in with this token; ERR_NOT_FOUND: nobody. Reads only. */
enum err MUST_CHECK account_session(struct service *s, struct arena *a, struct str token,
				    struct session *out, struct user *out_user);
/* Should account_session_touch() be called for it? (not seen for an hour) */
bool account_session_is_stale(const struct session *session, int64_t now_ms);
/* Writes; prolongs it. */
enum err MUST_CHECK account_session_touch(struct service *s, const struct session *session);
enum err MUST_CHECK account_sign_out(struct service *s, struct str token);
/* Ends all sessions of a person but `keep` (may be NULL). */
enum err MUST_CHECK account_sign_out_everywhere(struct service *s, int64_t user_id,
						const unsigned char *keep);
enum err MUST_CHECK account_sessions(struct service *s, struct arena *a, int64_t user_id,
				     struct session_list *out);
/*
 * A name for a session that its own person may see and post: a digest of the hash, from which
 * neither the hash nor the token can be had. Terminated hexadecimal.
 */
#define ACCOUNT_SESSION_ID_BYTES FINGERPRINT_TEXT_BYTES
void account_session_id(const struct session *session, char out[ACCOUNT_SESSION_ID_BYTES + 1]);
/* Ends the session of that person with that id; ERR_NOT_FOUND where they have none such. */
enum err MUST_CHECK account_session_end(struct service *s, struct arena *a, int64_t user_id,
					struct str id);
/*
 * Checks the password and the form of the address. PROBLEM_LOGIN_PASSWORD, PROBLEM_NO_EMAIL. Runs
 * in the password lane.
 */
enum err MUST_CHECK account_change_email(struct service *s, struct arena *a,
					 const struct user *user, struct str password,
					 struct str email, enum problem *problem);
/* Checks the old password, sets the new one, ends all other sessions. */
enum err MUST_CHECK account_change_password(struct service *s, struct arena *a,
					    const struct user *user, struct str old_password,
					    struct str password, struct str password2,
					    const unsigned char *keep, enum problem *problem);

/* ERR_NOT_FOUND. By any spelling that folds to the same key. */
enum err MUST_CHECK account_find(struct service *s, struct arena *a, struct str name,
				 struct user *out);

/* For the operator's commands: no old password is asked; sessions end. */
enum err MUST_CHECK account_set_password(struct service *s, struct arena *a, int64_t user_id,
					 struct str password, enum problem *problem);
enum err MUST_CHECK account_set_role(struct service *s, int64_t user_id, enum user_role role);
/* Of which language the person's pages are; empty: what the browser asks for. ERR_NOT_FOUND. */
enum err MUST_CHECK account_set_language(struct service *s, int64_t user_id, struct str language);
enum err MUST_CHECK account_delete(struct service *s, int64_t user_id);
enum err MUST_CHECK account_list(struct service *s, struct arena *a, int64_t after_id,
				 struct user_list *out);

#endif
