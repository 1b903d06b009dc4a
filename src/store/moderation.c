/* moderation.c: passes calls on to the engine, see store.c. */
#include "store/moderation.h"

#include "store/timed.h"

static size_t list_limit(size_t limit)
{
	return limit < STORE_LIST_MAX ? limit : STORE_LIST_MAX;
}

enum err store_user_state_set(struct store *s, int64_t user_id,
			      const struct user_standing *standing)
{
	return TIMED(USER_STATE_SET, s, s->engine->moderation->state_set(s, user_id, standing));
}

enum err store_user_state_get(struct store *s, int64_t user_id, struct arena *a,
			      struct user_standing *out)
{
	return TIMED(USER_STATE_GET, s, s->engine->moderation->state_get(s, user_id, a, out));
}

enum err store_user_state_list(struct store *s, enum user_state state, int64_t after_id,
			       size_t limit, struct arena *a, struct user_list *out)
{
	return TIMED(
		USER_STATE_LIST, s,
		s->engine->moderation->state_list(s, state, after_id, list_limit(limit), a, out));
}

enum err store_setting_list(struct store *s, struct arena *a, struct setting_list *out)
{
	return TIMED(SETTING_LIST, s, s->engine->moderation->setting_list(s, a, out));
}

enum err store_setting_put(struct store *s, struct str name, struct str value, int64_t now_ms)
{
	return TIMED(SETTING_PUT, s, s->engine->moderation->setting_put(s, name, value, now_ms));
}

enum err store_moderation_act(struct store *s, const struct moderation_act *act)
{
	return store_moderation_acts(s, act, 1, NULL);
}

enum err store_moderation_acts(struct store *s, const struct moderation_act *acts, size_t count,
			       size_t *failed)
{
	return TIMED(MODERATION_ACT, s, s->engine->moderation->act(s, acts, count, failed));
}

enum err store_moderation_counts(struct store *s, struct moderation_counts *out)
{
	return TIMED(MODERATION_COUNTS, s, s->engine->moderation->counts(s, out));
}

enum err store_audit_list(struct store *s, const struct audit_filter *filter, size_t limit,
			  struct arena *a, struct audit_list *out)
{
	return TIMED(AUDIT_LIST, s,
		     s->engine->moderation->audit_list(s, filter, list_limit(limit), a, out));
}

enum err store_report_create(struct store *s, const struct report *r)
{
	return TIMED(REPORT_CREATE, s, s->engine->moderation->report_create(s, r));
}

enum err store_report_get(struct store *s, int64_t id, struct arena *a, struct report *out)
{
	return TIMED(REPORT_GET, s, s->engine->moderation->report_get(s, id, a, out));
}

enum err store_report_list(struct store *s, const struct report_filter *filter, size_t limit,
			   struct arena *a, struct report_list *out)
{
	return TIMED(REPORT_LIST, s,
		     s->engine->moderation->report_list(s, filter, list_limit(limit), a, out));
}

enum err store_person_note_list(struct store *s, int64_t user_id, struct arena *a,
				struct person_note_list *out)
{
	return TIMED(PERSON_NOTE_LIST, s, s->engine->moderation->note_list(s, user_id, a, out));
}

enum err store_warning_acknowledge(struct store *s, int64_t user_id, int64_t now_ms)
{
	return TIMED(WARNING_ACKNOWLEDGE, s,
		     s->engine->moderation->warning_acknowledge(s, user_id, now_ms));
}

enum err store_invitation_list(struct store *s, struct arena *a, struct invitation_list *out)
{
	return TIMED(INVITATION_LIST, s, s->engine->moderation->invitation_list(s, a, out));
}

enum err store_invitation_check(struct store *s, struct str code, int64_t now_ms)
{
	return TIMED(INVITATION_CHECK, s, s->engine->moderation->invitation_check(s, code, now_ms));
}

enum err store_user_admit(struct store *s, const struct user_new *u, struct str code, bool pending,
			  struct str reason, int64_t *out_id)
{
	return TIMED(USER_ADMIT, s,
		     s->engine->moderation->user_admit(s, u, code, pending, reason, out_id));
}

enum err store_people_list(struct store *s, const struct people_filter *filter, size_t limit,
			   struct arena *a, struct user_list *out)
{
	return TIMED(PEOPLE_LIST, s,
		     s->engine->moderation->people_list(s, filter, list_limit(limit), a, out));
}
