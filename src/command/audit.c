/* audit.c: `kinglet audit list`: every action of moderation, newest first. */
#include "command/command.h"

#include "service/moderation.h"

#define LIST_DEFAULT 100
#define LIST_MAX     1000

static void print_json(struct command *c, const struct audit_entry *x)
{
	struct command_json j = command_json_begin(c);

	command_json_id(&j, "id", x->id);
	command_json_number(&j, "at_ms", x->at_ms);
	command_json_text(&j, "actor", x->actor_name);
	command_json_text(&j, "action", str_from_c(moderation_action_name(x->action)));
	command_json_text(&j, "user", x->user_name);
	command_json_id(&j, "post", x->post_id);
	command_json_id(&j, "report", x->report_id);
	command_json_text(&j, "detail", x->detail);
	command_json_end(&j);
}

static void print_line(struct command *c, const struct audit_entry *x)
{
	fprintf(c->out, "%lld,%lld,", (long long)x->id, (long long)(x->at_ms / 1000));
	command_print_csv(c->out, x->actor_name);
	fprintf(c->out, ",%s,", moderation_action_name(x->action));
	command_print_csv(c->out, x->user_name);
	fprintf(c->out, ",%lld,%lld,", (long long)x->post_id, (long long)x->report_id);
	command_print_csv(c->out, x->detail);
	fputs("\r\n", c->out);
}

int command_audit(struct command *c, int argc, char **argv)
{
	bool json = command_take(&argc, argv, "--json");
	const char *limit_text = command_take_value(&argc, argv, "--limit");
	struct audit_filter filter = {.before_id = 0};
	int64_t limit = LIST_DEFAULT;
	struct audit_list list;
	enum err e;

	if (argc != 1 || strcmp(argv[0], "list") != 0 ||
	    (limit_text && !str_to_i64(str_from_c(limit_text), &limit)) || limit < 1 ||
	    limit > LIST_MAX)
		return command_usage(c, "audit", NULL);
	if (!command_open(c, false))
		return COMMAND_FAILED;
	e = moderation_audit(&c->service, c->arena, &filter, (size_t)limit, &list);
	if (e != ERR_OK)
		return command_fail_err(c, "can't read the log", e);
	if (!json)
		fputs("id,at,actor,action,user,post,report,detail\r\n", c->out);
	for (size_t i = 0; i < list.count; i++)
		json ? print_json(c, &list.items[i]) : print_line(c, &list.items[i]);
	return command_flush(c);
}
