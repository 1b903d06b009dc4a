/*
 * service/moderation.h: what moderators and administrators may do, and to whom. Each action goes
 * through moderation_act(), which asks whether it is allowed; the store does it and logs it.
 */
#ifndef KINGLET_SERVICE_MODERATION_H
#define KINGLET_SERVICE_MODERATION_H

#include "service/service.h"
#include "store/moderation.h"

/* Of a reason, a note, a warning, a report. */
#define MODERATION_TEXT_MAX_BYTES 2000

/*
 * `actor` NULL is the operator's command line, who may do everything. `subject` is who it is done
 * to (act->user_id), NULL where it is nobody. Actor, subject and time of `act` are filled in.
 * ERR_DENIED: a moderator acts on a member of staff, or does what only administrators may; the last
 * administrator would be gone. ERR_TOO_LARGE: the text. Else as store_moderation_act().
 */
enum err MUST_CHECK moderation_act(struct service *s, const struct user *actor,
				   const struct user *subject, struct moderation_act *act);
/*
 * FLAG, UNFLAG or DELETE_POST of several posts, with a line in the log each. ERR_NOT_FOUND:
 * `*missing` isn't there, and nothing was done. Flags are set all or none; of deletions those
 * before one that fails otherwise are done.
 */
enum err MUST_CHECK moderation_posts(struct service *s, struct arena *a, const struct user *actor,
				     enum moderation_action action, const int64_t *ids,
				     size_t count, int64_t *missing);
/* ERR_INVALID: the text is too long, or no category. ERR_CONFLICT: there is an open one. */
enum err MUST_CHECK moderation_report(struct service *s, const struct user *reporter,
				      int64_t user_id, int64_t post_id, int64_t category,
				      struct str text);
/* For the pages: what store/moderation.h says. `name` is folded here; one of the filters counts. */
enum err MUST_CHECK moderation_people(struct service *s, struct arena *a, struct str name,
				      enum user_role role, enum user_state state,
				      struct user_list *out);
enum err MUST_CHECK moderation_reports(struct service *s, struct arena *a,
				       const struct report_filter *filter, size_t limit,
				       struct report_list *out);
enum err MUST_CHECK moderation_report_get(struct service *s, struct arena *a, int64_t id,
					  struct report *out);
enum err MUST_CHECK moderation_notes(struct service *s, struct arena *a, int64_t user_id,
				     struct person_note_list *out);
enum err MUST_CHECK moderation_audit(struct service *s, struct arena *a,
				     const struct audit_filter *filter, size_t limit,
				     struct audit_list *out);
enum err MUST_CHECK moderation_warnings_read(struct service *s, int64_t user_id);
enum err MUST_CHECK moderation_counts(struct service *s, struct moderation_counts *out);

/* Who waits for approval, and since when and why. */
struct waiting {
	struct user user;
	struct user_standing standing;
};
struct waiting_list {
	struct waiting *items;
	size_t count;
	bool more;
};
#define MODERATION_WAITING_MAX 30
/* Oldest first; a query for each. */
enum err MUST_CHECK moderation_waiting(struct service *s, struct arena *a,
				       struct waiting_list *out);

/* Invitations: codes of 128 random bits. */
#define MODERATION_CODE_BYTES 22
#define MODERATION_USES_MAX   1000
#define MODERATION_DAYS_MAX   365
/* ERR_INVALID: uses or days are out of bounds. `code` is terminated. */
enum err MUST_CHECK moderation_invite(struct service *s, const struct user *actor, int64_t uses,
				      int64_t days, char code[MODERATION_CODE_BYTES + 1]);
/* ERR_NOT_FOUND. */
enum err MUST_CHECK moderation_invite_end(struct service *s, const struct user *actor,
					  struct str code);
enum err MUST_CHECK moderation_invitations(struct service *s, struct arena *a,
					   struct invitation_list *out);
/* "Spam", … the words of a form. */
const char *moderation_category_text(enum report_category category);
/* Of the table, for programs. */
const char *moderation_action_name(enum moderation_action action);
/* The same, and what the log says of it, in words of the thread's language. */
const char *moderation_action_text(enum moderation_action action);
struct str moderation_detail_text(const struct audit_entry *entry);

#endif
