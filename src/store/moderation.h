/*
 * moderation.h: who may take part, and what administrators and moderators keep, as typed operations
 * of the store. The promises are those of store.h.
 */
#ifndef KINGLET_STORE_MODERATION_H
#define KINGLET_STORE_MODERATION_H

#include "store/store.h"

/* ---- whether somebody may take part ---------------------------------------------------------- */

struct user_standing {
	enum user_state state;
	int64_t since_ms;
	int64_t until_ms;  /* when a deletion is due; 0: open */
	struct str reason; /* for the person to read */
};

/*
 * ERR_NOT_FOUND. All at once: whoever is not active any more has no sessions and can't begin one or
 * write a post; the posts of a suspended or leaving person are flagged, and shown again afterwards
 * but for those that a moderator had flagged. Takes as long as there are posts of this person.
 */
enum err MUST_CHECK store_user_state_set(struct store *s, int64_t user_id,
					 const struct user_standing *standing);
/* ERR_NOT_FOUND. Of an active person all else is 0 and empty. */
enum err MUST_CHECK store_user_state_get(struct store *s, int64_t user_id, struct arena *a,
					 struct user_standing *out);
/* Those in a state other than active, oldest account first, after `after_id` (0: from the start).
 */
enum err MUST_CHECK store_user_state_list(struct store *s, enum user_state state, int64_t after_id,
					  size_t limit, struct arena *a, struct user_list *out);

/* ---- settings that change while nodes run ---------------------------------------------------- */

struct setting {
	struct str name, value;
};
struct setting_list {
	struct setting *items;
	size_t count;
};
/* All that were set, by name. */
enum err MUST_CHECK store_setting_list(struct store *s, struct arena *a, struct setting_list *out);
/* Sets one; value.ptr NULL takes it back. Kept pages are stale afterwards. */
enum err MUST_CHECK store_setting_put(struct store *s, struct str name, struct str value,
				      int64_t now_ms);

/* ---- actions ----------------------------------------------------------------------------------
 */

/* X(constant, number in the table, name); a name is a message (base/lang.h) where it is shown. */
#define MODERATION_TABLE(X)                                      \
	X(MODERATION_FLAG, 1, T_LATER("flag"))                   \
	X(MODERATION_UNFLAG, 2, T_LATER("unflag"))               \
	X(MODERATION_DELETE_POST, 3, T_LATER("delete-post"))     \
	X(MODERATION_WARN, 4, T_LATER("warn"))                   \
	X(MODERATION_SUSPEND, 5, T_LATER("suspend"))             \
	X(MODERATION_UNSUSPEND, 6, T_LATER("unsuspend"))         \
	X(MODERATION_APPROVE, 7, T_LATER("approve"))             \
	X(MODERATION_DELETE_PERSON, 8, T_LATER("delete-person")) \
	X(MODERATION_NOTE, 9, T_LATER("note"))                   \
	X(MODERATION_ROLE, 10, T_LATER("role"))                  \
	X(MODERATION_CLAIM, 11, T_LATER("claim"))                \
	X(MODERATION_RESOLVE, 12, T_LATER("resolve"))            \
	X(MODERATION_DISMISS, 13, T_LATER("dismiss"))            \
	X(MODERATION_SETTING, 14, T_LATER("setting"))            \
	X(MODERATION_INVITE, 15, T_LATER("invite"))              \
	X(MODERATION_INVITE_END, 16, T_LATER("end-invitation"))  \
	X(MODERATION_REJECT, 17, T_LATER("reject"))              \
	X(MODERATION_RESET_LINK, 18, T_LATER("reset-link"))      \
	X(MODERATION_PASSWORD, 19, T_LATER("set-password"))      \
	X(MODERATION_RESET_CODES, 20, T_LATER("reset-codes"))

enum moderation_action {
#define MODERATION_X(constant, number, name) constant = (number),
	MODERATION_TABLE(MODERATION_X)
#undef MODERATION_X
};

/* Which fields count, beside action, actor and time, says the action. */
struct moderation_act {
	enum moderation_action action;
	int64_t actor_id;    /* 0: the operator's command line */
	int64_t user_id;     /* WARN to ROLE, REJECT to RESET_CODES; of the others for the log */
	int64_t post_id;     /* FLAG, UNFLAG, DELETE_POST */
	int64_t report_id;   /* CLAIM, RESOLVE, DISMISS */
	enum user_role role; /* ROLE */
	struct str key;	     /* SETTING: its name; INVITE, INVITE_END: the code */
	struct str text;     /* SETTING: value, .ptr NULL takes it back; else the reason or note */
	int64_t uses, expires_ms; /* INVITE */
	int64_t at_ms;
	struct str detail; /* for the log; .ptr NULL: the key, or else the text */
};
/* Is the action one on a person who is in that state? For engines. */
static inline bool moderation_fits(enum moderation_action action, enum user_state state)
{
	if (action == MODERATION_APPROVE || action == MODERATION_REJECT)
		return state == USER_PENDING;
	return action != MODERATION_UNSUSPEND || state == USER_SUSPENDED;
}
/*
 * Does it and writes the audit log, both or neither. ERR_NOT_FOUND: there is no such subject.
 * ERR_CONFLICT: the report is closed, the code is taken, the person doesn't wait (APPROVE, REJECT)
 * or isn't suspended (UNSUSPEND). ERR_DENIED: nobody but the operator (actor 0) takes the last
 * active administrator away. RESET_LINK, PASSWORD and RESET_CODES are only logged: what they name
 * is done elsewhere.
 */
enum err MUST_CHECK store_moderation_act(struct store *s, const struct moderation_act *act);
/*
 * Several, all of them or none; each a FLAG, an UNFLAG or a SETTING. ERR_NOT_FOUND: `*failed` (may
 * be NULL) says which one.
 */
enum err MUST_CHECK store_moderation_acts(struct store *s, const struct moderation_act *acts,
					  size_t count, size_t *failed);

/* What waits for somebody to look after it. Counted up to STORE_LIST_MAX each, by index. */
struct moderation_counts {
	int64_t open_reports, waiting;
};
enum err MUST_CHECK store_moderation_counts(struct store *s, struct moderation_counts *out);

struct audit_entry {
	int64_t id, at_ms, actor_id, user_id, post_id, report_id;
	enum moderation_action action;
	struct str detail, actor_name, user_name; /* names empty where there is nobody (any more) */
};
struct audit_list {
	struct audit_entry *items;
	size_t count;
	bool more;
};
struct audit_filter {
	int64_t actor_id, user_id; /* one of them, or none: 0 */
	int64_t before_id;	   /* 0: from the newest */
};
/* Newest first. */
enum err MUST_CHECK store_audit_list(struct store *s, const struct audit_filter *filter,
				     size_t limit, struct arena *a, struct audit_list *out);

/* ---- reports, notes, warnings -----------------------------------------------------------------
 */

enum report_category {
	REPORT_SPAM,
	REPORT_ABUSE,
	REPORT_ILLEGAL,
	REPORT_OTHER,
	REPORT_CATEGORY_COUNT
};
enum report_state { REPORT_OPEN, REPORT_RESOLVED, REPORT_DISMISSED, REPORT_GONE };

struct report {
	int64_t id, at_ms, reporter_id, user_id, post_id, claimed_by, closed_by, closed_ms;
	enum report_category category;
	enum report_state state; /* REPORT_GONE: its subject was deleted */
	struct str text, note;
	/* Empty where there is none (any more). */
	struct str reporter_name, user_name, claimed_name, post_text;
	bool post_flagged;
};
struct report_list {
	struct report *items;
	size_t count;
	bool more;
};
/* `reporter_id`, `user_id`, `post_id`, `category`, `text`, `at_ms` count. ERR_CONFLICT: the same
 * reporter has an open one about it. */
enum err MUST_CHECK store_report_create(struct store *s, const struct report *r);
/* ERR_NOT_FOUND. */
enum err MUST_CHECK store_report_get(struct store *s, int64_t id, struct arena *a,
				     struct report *out);
struct report_filter {
	enum report_state state; /* looked at where both ids are 0 */
	int64_t user_id, reporter_id;
	int64_t after_id;
};
/* Oldest first. */
enum err MUST_CHECK store_report_list(struct store *s, const struct report_filter *filter,
				      size_t limit, struct arena *a, struct report_list *out);

struct person_note {
	int64_t id, user_id, author_id, at_ms, acknowledged_ms;
	bool warning;
	struct str text, author_name;
};
struct person_note_list {
	struct person_note *items;
	size_t count;
};
/* Notes about and warnings of a person, newest first, at most 100. */
enum err MUST_CHECK store_person_note_list(struct store *s, int64_t user_id, struct arena *a,
					   struct person_note_list *out);
/* The person has read their warnings. */
enum err MUST_CHECK store_warning_acknowledge(struct store *s, int64_t user_id, int64_t now_ms);

/* ---- admission ---------------------------------------------------------------------------------
 */

struct invitation {
	struct str code, created_name;
	int64_t created_by, at_ms, expires_ms, uses_max, uses;
};
struct invitation_list {
	struct invitation *items;
	size_t count;
};
/* Newest first, at most 100. */
enum err MUST_CHECK store_invitation_list(struct store *s, struct arena *a,
					  struct invitation_list *out);
/* ERR_NOT_FOUND where there is none, or none that is of use at `now_ms`. */
enum err MUST_CHECK store_invitation_check(struct store *s, struct str code, int64_t now_ms);
/*
 * store_user_create() of somebody who comes by invitation (`code` is not empty: a use is taken;
 * ERR_NOT_FOUND where it has none left) or who waits for approval (with the reason they give).
 */
enum err MUST_CHECK store_user_admit(struct store *s, const struct user_new *u, struct str code,
				     bool pending, struct str reason, int64_t *out_id);

struct people_filter {
	struct str prefix;   /* of the key of the name; empty: all */
	enum user_role role; /* looked at where it isn't USER_PERSON */
	struct str after;    /* key of the name after which to go on */
};
/* By name; or of a role, by id, all of them up to `limit`. */
enum err MUST_CHECK store_people_list(struct store *s, const struct people_filter *filter,
				      size_t limit, struct arena *a, struct user_list *out);

/* ---- what an engine has to bring ------------------------------------------------------------- */

struct moderation_ops {
	enum err (*state_set)(struct store *s, int64_t user_id,
			      const struct user_standing *standing);
	enum err (*state_get)(struct store *s, int64_t user_id, struct arena *a,
			      struct user_standing *out);
	enum err (*state_list)(struct store *s, enum user_state state, int64_t after_id,
			       size_t limit, struct arena *a, struct user_list *out);
	enum err (*setting_list)(struct store *s, struct arena *a, struct setting_list *out);
	enum err (*setting_put)(struct store *s, struct str name, struct str value, int64_t now_ms);
	enum err (*act)(struct store *s, const struct moderation_act *acts, size_t count,
			size_t *failed);
	enum err (*counts)(struct store *s, struct moderation_counts *out);
	enum err (*audit_list)(struct store *s, const struct audit_filter *filter, size_t limit,
			       struct arena *a, struct audit_list *out);
	enum err (*report_create)(struct store *s, const struct report *r);
	enum err (*report_get)(struct store *s, int64_t id, struct arena *a, struct report *out);
	enum err (*report_list)(struct store *s, const struct report_filter *filter, size_t limit,
				struct arena *a, struct report_list *out);
	enum err (*note_list)(struct store *s, int64_t user_id, struct arena *a,
			      struct person_note_list *out);
	enum err (*warning_acknowledge)(struct store *s, int64_t user_id, int64_t now_ms);
	enum err (*invitation_list)(struct store *s, struct arena *a, struct invitation_list *out);
	enum err (*invitation_check)(struct store *s, struct str code, int64_t now_ms);
	enum err (*user_admit)(struct store *s, const struct user_new *u, struct str code,
			       bool pending, struct str reason, int64_t *out_id);
	enum err (*people_list)(struct store *s, const struct people_filter *filter, size_t limit,
				struct arena *a, struct user_list *out);
};

#endif
