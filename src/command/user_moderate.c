/* user_moderate.c: those of `kinglet user ...` that moderators also do on /admin/person. */
#include "command/command.h"

#include "service/account.h"
#include "service/moderation.h"

static const struct verb {
	const char *name;
	enum moderation_action action;
	int least, most; /* arguments after the name */
} verbs[] = {
	{"warn", MODERATION_WARN, 1, 1},	   {"suspend", MODERATION_SUSPEND, 0, 1},
	{"unsuspend", MODERATION_UNSUSPEND, 0, 1}, {"approve", MODERATION_APPROVE, 0, 1},
	{"reject", MODERATION_REJECT, 0, 1},	   {"note", MODERATION_NOTE, 1, 1},
	{"role", MODERATION_ROLE, 1, 1},
};
#define VERB_COUNT (sizeof(verbs) / sizeof(verbs[0]))

static bool role_of(const char *name, enum user_role *out)
{
	if (strcmp(name, "person") == 0)
		*out = USER_PERSON;
	else if (strcmp(name, "moderator") == 0)
		*out = USER_MODERATOR;
	else if (strcmp(name, "admin") == 0)
		*out = USER_ADMIN;
	else
		return false;
	return true;
}

int command_user_find(struct command *c, const char *name, struct user *out)
{
	enum err e;

	if (!command_open(c, false))
		return COMMAND_FAILED;
	e = account_find(&c->service, c->arena, str_from_c(name), out);
	if (e == ERR_NOT_FOUND)
		return command_fail(c, "there is nobody called '%s'", name);
	return e == ERR_OK ? COMMAND_OK : command_fail_err(c, "can't read the account", e);
}

int command_user_act(struct command *c, const struct user *u, struct moderation_act *act)
{
	enum err e;

	act->key = STR("");
	if (!act->text.ptr)
		act->text = STR("");
	e = moderation_act(&c->service, NULL, u, act);
	if (e == ERR_CONFLICT)
		return command_fail(c, "that is not the state this person is in");
	return e == ERR_OK ? COMMAND_OK : command_fail_err(c, "nothing was changed", e);
}

bool command_user_moderates(int argc, char **argv)
{
	for (size_t i = 0; argc > 0 && i < VERB_COUNT; i++) {
		if (strcmp(argv[0], verbs[i].name) == 0)
			return true;
	}
	return false;
}

int command_user_moderate(struct command *c, int argc, char **argv)
{
	struct moderation_act act = {.text = STR("")};
	const struct verb *verb = verbs;
	struct user user;

	while (strcmp(argv[0], verb->name) != 0)
		verb++;
	if (argc < 2 + verb->least || argc > 2 + verb->most)
		return command_usage(c, "user", NULL);
	act.action = verb->action;
	if (verb->action == MODERATION_ROLE && !role_of(argv[2], &act.role))
		return command_usage(c, "user", "a role is person, moderator or admin");
	if (argc > 2)
		act.text = str_from_c(argv[2]);
	if (verb->least && !str_trim(act.text).len)
		return command_usage(c, "user", "there are no words");
	if (command_user_find(c, argv[1], &user) != COMMAND_OK)
		return COMMAND_FAILED;
	return command_user_act(c, &user, &act);
}
