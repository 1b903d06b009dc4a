/* invite.c: `kinglet invite ...`: codes that let people in, where they are asked for. */
#include "command/command.h"

#include "service/moderation.h"

static int invite_create(struct command *c, int argc, char **argv)
{
	const char *uses_text = command_take_value(&argc, argv, "--uses");
	const char *days_text = command_take_value(&argc, argv, "--days");
	char code[MODERATION_CODE_BYTES + 1];
	int64_t uses = 1, days = 7;
	enum err e;

	if (argc != 0 || (uses_text && !str_to_i64(str_from_c(uses_text), &uses)) ||
	    (days_text && !str_to_i64(str_from_c(days_text), &days)))
		return command_usage(c, "invite", NULL);
	if (!command_open(c, false))
		return COMMAND_FAILED;
	e = moderation_invite(&c->service, NULL, uses, days, code);
	if (e == ERR_INVALID)
		return command_usage(c, "invite", "uses are 1 to 1000, days 1 to 365");
	if (e != ERR_OK)
		return command_fail_err(c, "no invitation was made", e);
	fprintf(c->out, "/register?code=%s\n", code);
	return command_flush(c);
}

static int invite_list(struct command *c, int argc, char **argv)
{
	bool json = command_take(&argc, argv, "--json");
	struct invitation_list list;
	enum err e;

	if (argc != 0)
		return command_usage(c, "invite", NULL);
	if (!command_open(c, false))
		return COMMAND_FAILED;
	e = moderation_invitations(&c->service, c->arena, &list);
	if (e != ERR_OK)
		return command_fail_err(c, "can't read the invitations", e);
	if (!json)
		fputs("code,uses,uses_max,expires,created_by\r\n", c->out);
	for (size_t i = 0; i < list.count; i++) {
		const struct invitation *x = &list.items[i];

		if (json) {
			struct command_json j = command_json_begin(c);

			command_json_text(&j, "code", x->code);
			command_json_number(&j, "uses", x->uses);
			command_json_number(&j, "uses_max", x->uses_max);
			command_json_number(&j, "expires_ms", x->expires_ms);
			command_json_text(&j, "created_by", x->created_name);
			command_json_end(&j);
			continue;
		}
		command_print_csv(c->out, x->code);
		fprintf(c->out, ",%lld,%lld,%lld,", (long long)x->uses, (long long)x->uses_max,
			(long long)(x->expires_ms / 1000));
		command_print_csv(c->out, x->created_name);
		fputs("\r\n", c->out);
	}
	return command_flush(c);
}

int command_invite(struct command *c, int argc, char **argv)
{
	enum err e;

	if (argc > 0 && strcmp(argv[0], "create") == 0)
		return invite_create(c, argc - 1, argv + 1);
	if (argc > 0 && strcmp(argv[0], "list") == 0)
		return invite_list(c, argc - 1, argv + 1);
	if (argc != 2 || strcmp(argv[0], "end") != 0)
		return command_usage(c, "invite", NULL);
	if (!command_open(c, false))
		return COMMAND_FAILED;
	e = moderation_invite_end(&c->service, NULL, str_from_c(argv[1]));
	if (e == ERR_NOT_FOUND)
		return command_fail(c, "there is no such invitation");
	return e == ERR_OK ? COMMAND_OK : command_fail_err(c, "nothing was changed", e);
}
