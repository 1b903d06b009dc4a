#include "service/moderation.h"

#include "auth/token.h"
#include "base/clock.h"
#include "base/lang.h"
#include "base/utf8.h"

#define DAY_MS INT64_C(86400000)

static const char *const role_names[] = {
	[USER_PERSON] = T_LATER("person"),
	[USER_ADMIN] = T_LATER("admin"),
	[USER_MODERATOR] = T_LATER("moderator"),
};
#define ROLE_COUNT (sizeof(role_names) / sizeof(role_names[0]))

static bool is_for_administrators(enum moderation_action action)
{
	return action == MODERATION_ROLE || action == MODERATION_SETTING ||
	       action == MODERATION_DELETE_PERSON || action == MODERATION_DELETE_POST ||
	       action == MODERATION_RESET_LINK || action == MODERATION_PASSWORD ||
	       action == MODERATION_RESET_CODES;
}

static bool is_allowed(const struct user *actor, const struct user *subject,
		       enum moderation_action action)
{
	if (!actor || actor->role == USER_ADMIN)
		return true;
	return actor->role == USER_MODERATOR && !is_for_administrators(action) &&
	       !(subject && user_is_staff(subject));
}

enum err moderation_act(struct service *s, const struct user *actor, const struct user *subject,
			struct moderation_act *act)
{
	if (!is_allowed(actor, subject, act->action))
		return ERR_DENIED;
	if (act->text.len > MODERATION_TEXT_MAX_BYTES)
		return ERR_TOO_LARGE;
	if (!utf8_valid(act->text) || (act->text.len && memchr(act->text.ptr, 0, act->text.len)))
		return ERR_INVALID;
	act->actor_id = actor ? actor->id : 0;
	act->user_id = subject ? subject->id : 0;
	act->at_ms = clock_now_ms();
	if (act->action == MODERATION_ROLE && (size_t)act->role < ROLE_COUNT)
		act->detail = str_from_c(role_names[act->role]);
	return store_moderation_act(s->store, act);
}

enum err moderation_posts(struct service *s, struct arena *a, const struct user *actor,
			  enum moderation_action action, const int64_t *ids, size_t count,
			  int64_t *missing)
{
	struct moderation_act *acts = arena_array(a, count, sizeof(*acts));
	enum err e = acts ? ERR_OK : ERR_TOO_LARGE;
	struct post post;
	size_t failed = 0;

	if (actor &&
	    (!user_is_staff(actor) || (is_for_administrators(action) && actor->role != USER_ADMIN)))
		return ERR_DENIED;
	for (size_t i = 0; e == ERR_OK && i < count; i++) {
		e = store_post_get(s->store, ids[i], a, &post);
		failed = i;
		acts[i] = (struct moderation_act){.action = action,
						  .actor_id = actor ? actor->id : 0,
						  .user_id = e == ERR_OK ? post.author_id : 0,
						  .post_id = ids[i],
						  .key = STR(""),
						  .text = STR(""),
						  .at_ms = clock_now_ms()};
	}
	if (e == ERR_OK && action != MODERATION_DELETE_POST)
		e = store_moderation_acts(s->store, acts, count, &failed);
	for (size_t i = 0; e == ERR_OK && action == MODERATION_DELETE_POST && i < count; i++) {
		failed = i;
		e = store_moderation_act(s->store, &acts[i]);
	}
	if (e == ERR_NOT_FOUND && missing)
		*missing = ids[failed];
	return e;
}

enum err moderation_report(struct service *s, const struct user *reporter, int64_t user_id,
			   int64_t post_id, int64_t category, struct str text)
{
	struct report report = {.reporter_id = reporter->id,
				.user_id = user_id,
				.post_id = post_id,
				.text = str_trim(text),
				.at_ms = clock_now_ms()};

	if (category < 0 || category >= REPORT_CATEGORY_COUNT || !utf8_valid(text) ||
	    text.len > MODERATION_TEXT_MAX_BYTES || (text.len && memchr(text.ptr, 0, text.len)))
		return ERR_INVALID;
	report.category = (enum report_category)category;
	return store_report_create(s->store, &report);
}

const char *moderation_category_text(enum report_category category)
{
	static const char *const texts[REPORT_CATEGORY_COUNT] = {
		[REPORT_SPAM] = T_LATER("Spam"),
		[REPORT_ABUSE] = T_LATER("Abuse or harassment"),
		[REPORT_ILLEGAL] = T_LATER("Against the law"),
		[REPORT_OTHER] = T_LATER("Something else"),
	};

	return category < REPORT_CATEGORY_COUNT ? lang_text(texts[category]) : "";
}

const char *moderation_action_name(enum moderation_action action)
{
	switch (action) {
#define MODERATION_X(constant, number, name) \
	case constant:                       \
		return name;
		MODERATION_TABLE(MODERATION_X)
#undef MODERATION_X
	}
	return "";
}

const char *moderation_action_text(enum moderation_action action)
{
	return lang_text(moderation_action_name(action));
}

struct str moderation_detail_text(const struct audit_entry *entry)
{
	for (size_t i = 0; entry->action == MODERATION_ROLE && i < ROLE_COUNT; i++) {
		if (str_eq(entry->detail, str_from_c(role_names[i])))
			return str_from_c(lang_text(role_names[i]));
	}
	return entry->detail;
}

enum err moderation_people(struct service *s, struct arena *a, struct str name, enum user_role role,
			   enum user_state state, struct user_list *out)
{
	struct people_filter filter = {.role = role, .after = STR(""), .prefix = STR("")};

	if (state != USER_ACTIVE)
		return store_user_state_list(s->store, state, 0, 100, a, out);
	if (name.len && utf8_valid(name) && !memchr(name.ptr, 0, name.len))
		filter.prefix = utf8_casefold(a, name);
	return filter.prefix.ptr ? store_people_list(s->store, &filter, 100, a, out)
				 : ERR_TOO_LARGE;
}

enum err moderation_reports(struct service *s, struct arena *a, const struct report_filter *filter,
			    size_t limit, struct report_list *out)
{
	return store_report_list(s->store, filter, limit, a, out);
}

enum err moderation_report_get(struct service *s, struct arena *a, int64_t id, struct report *out)
{
	return store_report_get(s->store, id, a, out);
}

enum err moderation_counts(struct service *s, struct moderation_counts *out)
{
	return store_moderation_counts(s->store, out);
}

enum err moderation_waiting(struct service *s, struct arena *a, struct waiting_list *out)
{
	struct waiting *items = arena_array(a, MODERATION_WAITING_MAX, sizeof(*items));
	struct user_list users;
	size_t count = 0;
	enum err e = items ? ERR_OK : ERR_TOO_LARGE;

	if (e == ERR_OK)
		e = store_user_state_list(s->store, USER_PENDING, 0, MODERATION_WAITING_MAX, a,
					  &users);
	for (size_t i = 0; e == ERR_OK && i < users.count; i++) {
		items[count].user = users.items[i];
		e = store_user_state_get(s->store, users.items[i].id, a, &items[count].standing);
		/* Somebody else may just have decided. */
		count += e == ERR_OK && items[count].standing.state == USER_PENDING;
		e = e == ERR_NOT_FOUND ? ERR_OK : e;
	}
	if (e == ERR_OK)
		*out = (struct waiting_list){items, count, users.more};
	return e;
}

enum err moderation_invite(struct service *s, const struct user *actor, int64_t uses, int64_t days,
			   char code[MODERATION_CODE_BYTES + 1])
{
	unsigned char hash[SESSION_HASH_BYTES];
	char text[TOKEN_TEXT_BYTES + 1];
	struct moderation_act act = {.action = MODERATION_INVITE, .uses = uses, .text = STR("")};

	if (uses < 1 || uses > MODERATION_USES_MAX || days < 1 || days > MODERATION_DAYS_MAX)
		return ERR_INVALID;
	token_new(text, hash);
	memcpy(code, text, MODERATION_CODE_BYTES);
	code[MODERATION_CODE_BYTES] = '\0';
	act.key = str_from_c(code);
	act.expires_ms = clock_now_ms() + days * DAY_MS;
	return moderation_act(s, actor, NULL, &act);
}

enum err moderation_invite_end(struct service *s, const struct user *actor, struct str code)
{
	struct moderation_act act = {.action = MODERATION_INVITE_END, .key = code, .text = STR("")};

	if (code.len != MODERATION_CODE_BYTES || !utf8_valid(code) || memchr(code.ptr, 0, code.len))
		return ERR_NOT_FOUND;
	return moderation_act(s, actor, NULL, &act);
}

enum err moderation_invitations(struct service *s, struct arena *a, struct invitation_list *out)
{
	return store_invitation_list(s->store, a, out);
}

enum err moderation_notes(struct service *s, struct arena *a, int64_t user_id,
			  struct person_note_list *out)
{
	return store_person_note_list(s->store, user_id, a, out);
}

enum err moderation_audit(struct service *s, struct arena *a, const struct audit_filter *filter,
			  size_t limit, struct audit_list *out)
{
	return store_audit_list(s->store, filter, limit, a, out);
}

enum err moderation_warnings_read(struct service *s, int64_t user_id)
{
	return store_warning_acknowledge(s->store, user_id, clock_now_ms());
}
