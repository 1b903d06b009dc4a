/* What administrators set while the place runs, and what follows from it for readers. */
#include "web/page.h"

#include "base/log.h"
#include "http/cookie.h"
#include "templates/templates.h"
#include "web/view_instance.h"

#define YEAR_S ((int64_t)365 * 86400)

static const struct {
	const char *label, *hint;
} words[INSTANCE_COUNT] = {
	[INSTANCE_NAME] = {T_LATER("Name"), T_LATER("At the head of each page.")},
	[INSTANCE_DESCRIPTION] = {T_LATER("Description"),
				  T_LATER("A sentence, for search engines and newcomers.")},
	[INSTANCE_CONTACT] = {T_LATER("Contact"),
			      T_LATER("An e-mail address, or a link that begins with https://")},
	[INSTANCE_RULES] = {T_LATER("Rules"),
			    T_LATER("Shown where people sign up. Links and tags work as in "
				    "messages.")},
	[INSTANCE_ANNOUNCEMENT] = {T_LATER("Announcement"),
				   T_LATER("On every page, until its reader dismisses it. Empty: "
					   "none.")},
	[INSTANCE_REGISTRATION] = {T_LATER("Who may sign up"), ""},
	[INSTANCE_POST_MAX_CHARS] = {T_LATER("Longest message, in characters"), ""},
	[INSTANCE_SIGN_IN_BURST] = {T_LATER("Wrong passwords for a name before a pause"),
				    T_LATER("0: no limit")},
	[INSTANCE_ADDRESS_BURST] = {T_LATER("Wrong passwords from an address before a pause"),
				    T_LATER("0: no limit")},
	[INSTANCE_REGISTER_BURST] = {T_LATER("Registrations from an address before a pause"),
				     T_LATER("0: no limit")},
	[INSTANCE_POST_BURST] = {T_LATER("Messages of a person before a pause"),
				 T_LATER("0: no limit")},
};

const char *view_mode_text(const char *name)
{
	static const char *const texts[REGISTRATION_COUNT] = {
		[REGISTRATION_OPEN] = T_LATER("Everybody"),
		[REGISTRATION_INVITATION] = T_LATER("Whoever has an invitation"),
		[REGISTRATION_APPROVAL] = T_LATER("Whoever a moderator approves"),
		[REGISTRATION_CLOSED] = T_LATER("Nobody"),
	};

	for (int i = 0; i < REGISTRATION_COUNT; i++) {
		if (strcmp(name, registration_names[i]) == 0)
			return lang_text(texts[i]);
	}
	return "";
}

static void show(struct web *w, struct http_request *req, struct http_response *res,
		 struct instance_row rows[INSTANCE_COUNT])
{
	struct instance_view v = {.rows = {rows, INSTANCE_COUNT}};

	page_view_init(w, req, res, &v.page, T_STR("Instance"), (struct str){NULL, 0});
	page_view_count(w, &v.page);
	v.page.description = T_STR("What this place is called, says and allows.");
	template_instance(&res->body, &v);
	page_send(w, req, res);
}

static void fill(struct web *w, struct instance_row rows[INSTANCE_COUNT])
{
	const struct instance_values *now = instance_now(w->service);
	const struct instance_values *configured = instance_configured(w->service);

	for (int i = 0; i < INSTANCE_COUNT; i++)
		rows[i] = (struct instance_row){
			.fact = &instance_facts[i],
			.label = lang_text(words[i].label),
			.hint = words[i].hint[0] ? lang_text(words[i].hint) : "",
			.value = now->text[i],
			.configured = configured->text[i],
			.set = now->set[i],
		};
}

void page_instance(struct web *w, struct http_request *req, struct http_response *res)
{
	struct instance_row rows[INSTANCE_COUNT];

	fill(w, rows);
	show(w, req, res, rows);
}

/* What the form asks for, beside what is so already. False where something is wrong with it: its
 * row says what. */
static bool read_changes(struct http_request *req, const struct form *form,
			 struct instance_row rows[INSTANCE_COUNT],
			 struct instance_change changes[INSTANCE_COUNT], size_t *count)
{
	bool good = true;

	*count = 0;
	for (int i = 0; i < INSTANCE_COUNT; i++) {
		struct instance_row *row = &rows[i];
		struct str back = arena_printf(req->arena, "unset-%s", row->fact->name);
		struct str typed = form_find(form, row->fact->name), clean;

		if (back.ptr && form_find(form, back.ptr).len) {
			if (row->set)
				changes[(*count)++] = (struct instance_change){(enum instance_key)i,
									       {NULL, 0}};
			continue;
		}
		if (!typed.ptr)
			continue;
		row->error = instance_check(req->arena, (enum instance_key)i, typed, &clean);
		if (!row->error && !str_eq(clean, row->value))
			changes[(*count)++] = (struct instance_change){(enum instance_key)i, clean};
		good = good && !row->error;
		row->value = typed;
	}
	return good;
}

void page_instance_save(struct web *w, struct http_request *req, struct http_response *res)
{
	struct instance_change changes[INSTANCE_COUNT];
	struct instance_row rows[INSTANCE_COUNT];
	struct form form;
	size_t count;
	enum err e;

	if (!page_form(w, req, res, &form))
		return;
	fill(w, rows);
	if (!read_changes(req, &form, rows, changes, &count)) {
		show(w, req, res, rows);
		return;
	}
	e = instance_set(w->service, req->arena, &page_viewer(req)->user, changes, count);
	if (e != ERR_OK) {
		page_error_of(w, req, res, e);
		return;
	}
	log_info("settings of the instance changed", LOG_I64("kinglet.settings", (int64_t)count));
	flash_set(req, res, FLASH_INSTANCE, (struct str){NULL, 0});
	page_redirect(res, STR("/admin/instance"));
}

/* ---- for readers ---------------------------------------------------------------------------- */

/* Only for this browser, and only this announcement. */
void page_announcement(struct web *w, struct http_request *req, struct http_response *res)
{
	struct str id = STR("");
	struct form form;

	if (!page_form(w, req, res, &form))
		return;
	if (form_find(&form, "id").len)
		id = str_from_c(instance_now(w->service)->announcement_id);
	if (str_eq(form_find(&form, "id"), id) && id.len)
		cookie_set(req, res, WEB_ANNOUNCEMENT_COOKIE, id, YEAR_S);
	page_redirect(res, page_before(req));
}
