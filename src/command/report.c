/* report.c: `kinglet report ...`: the queue of reports, as moderators see it on /admin/reports. */
#include "command/command.h"

#include "service/account.h"
#include "service/moderation.h"

#define LIST_MAX 1000

static const char *const state_names[] = {"open", "resolved", "dismissed", "gone"};
#define STATE_COUNT (sizeof(state_names) / sizeof(state_names[0]))

static void print_line(struct command *c, const struct report *r)
{
	fprintf(c->out, "%lld,%lld,%s,%s,", (long long)r->id, (long long)(r->at_ms / 1000),
		state_names[r->state], moderation_category_text(r->category));
	command_print_csv(c->out, r->user_name);
	fprintf(c->out, ",%lld,", (long long)r->post_id);
	command_print_csv(c->out, r->reporter_name);
	fputc(',', c->out);
	command_print_csv(c->out, r->claimed_name);
	fputc(',', c->out);
	command_print_csv(c->out, r->text);
	fputs("\r\n", c->out);
}

static void print_json(struct command *c, const struct report *r)
{
	struct command_json j = command_json_begin(c);

	command_json_id(&j, "id", r->id);
	command_json_number(&j, "at_ms", r->at_ms);
	command_json_text(&j, "state", str_from_c(state_names[r->state]));
	command_json_text(&j, "category", str_from_c(moderation_category_text(r->category)));
	command_json_text(&j, "user", r->user_name);
	command_json_id(&j, "post", r->post_id);
	command_json_text(&j, "post_text", r->post_text);
	command_json_text(&j, "reporter", r->reporter_name);
	command_json_text(&j, "claimed_by", r->claimed_name);
	command_json_text(&j, "text", r->text);
	command_json_text(&j, "note", r->note);
	command_json_end(&j);
}

static int report_list(struct command *c, int argc, char **argv)
{
	bool json = command_take(&argc, argv, "--json");
	struct report_filter filter = {.state = REPORT_OPEN};
	struct report_list list;
	size_t state = 0;
	enum err e;

	while (argc == 1 && state < STATE_COUNT && strcmp(argv[0], state_names[state]) != 0)
		state++;
	if (argc > 1 || state == STATE_COUNT)
		return command_usage(c, "report", NULL);
	filter.state = (enum report_state)state;
	if (!command_open(c, false))
		return COMMAND_FAILED;
	e = moderation_reports(&c->service, c->arena, &filter, LIST_MAX, &list);
	if (e != ERR_OK)
		return command_fail_err(c, "can't read the reports", e);
	if (!json)
		fputs("id,at,state,category,user,post,reporter,claimed_by,text\r\n", c->out);
	for (size_t i = 0; i < list.count; i++)
		json ? print_json(c, &list.items[i]) : print_line(c, &list.items[i]);
	return command_flush(c);
}

static int report_act(struct command *c, enum moderation_action action, const struct report *r,
		      const char *text)
{
	struct moderation_act act = {.action = action,
				     .report_id = r->id,
				     .post_id = r->post_id,
				     .key = STR(""),
				     .text = str_from_c(text)};
	struct user subject;
	bool known = r->user_name.len &&
		     account_find(&c->service, c->arena, r->user_name, &subject) == ERR_OK;
	enum err e = moderation_act(&c->service, NULL, known ? &subject : NULL, &act);

	if (e == ERR_CONFLICT)
		return command_fail(c, "report %lld is not open any more", (long long)r->id);
	return e == ERR_OK ? COMMAND_OK : command_fail_err(c, "nothing was changed", e);
}

int command_report(struct command *c, int argc, char **argv)
{
	static const struct {
		const char *name;
		enum moderation_action action;
		int texts;
	} verbs[] = {{"claim", MODERATION_CLAIM, 0},
		     {"resolve", MODERATION_RESOLVE, 1},
		     {"dismiss", MODERATION_DISMISS, 1}};
	struct report report;
	size_t verb = 0;
	bool shows;
	int64_t id;
	enum err e;

	if (argc > 0 && strcmp(argv[0], "list") == 0)
		return report_list(c, argc - 1, argv + 1);
	shows = argc == 2 && strcmp(argv[0], "show") == 0;
	while (!shows && argc > 0 && verb < 3 && strcmp(argv[0], verbs[verb].name) != 0)
		verb++;
	if (argc < 2 || verb == 3 || argc > 2 + verbs[verb].texts ||
	    !str_to_i64(str_from_c(argv[1]), &id))
		return command_usage(c, "report", NULL);
	if (!command_open(c, false))
		return COMMAND_FAILED;
	e = moderation_report_get(&c->service, c->arena, id, &report);
	if (e == ERR_NOT_FOUND)
		return command_fail(c, "there is no report %lld", (long long)id);
	if (e != ERR_OK)
		return command_fail_err(c, "can't read the report", e);
	if (!shows)
		return report_act(c, verbs[verb].action, &report, argc > 2 ? argv[2] : "");
	print_json(c, &report);
	return command_flush(c);
}
