/*
 * flag.c: `kinglet flag ID...`, `kinglet unflag ID...` and `kinglet post delete ID...`: all of the
 * posts or none, so that after a failure nobody has to find out how far it came.
 */
#include "command/command.h"

#include "service/moderation.h"

static int act_on(struct command *c, const char *name, enum moderation_action action, int argc,
		  char **argv)
{
	int64_t missing = 0;
	int64_t *ids;
	enum err e;

	if (argc == 0)
		return command_usage(c, name, NULL);
	ids = arena_array(c->arena, (size_t)argc, sizeof(*ids));
	if (!ids)
		return command_fail(c, "there is no memory");
	for (int i = 0; i < argc; i++) {
		if (!str_to_i64(str_from_c(argv[i]), &ids[i]) || ids[i] <= 0) {
			struct str why = arena_printf(c->arena,
						      "'%s' is no id of a post; see "
						      "kinglet posts",
						      argv[i]);
			return command_usage(c, name, why.ptr);
		}
	}
	if (!command_open(c, false))
		return COMMAND_FAILED;
	e = moderation_posts(&c->service, c->arena, NULL, action, ids, (size_t)argc, &missing);
	if (e == ERR_NOT_FOUND)
		return command_fail(c, "there is no post %lld; nothing was changed",
				    (long long)missing);
	if (e != ERR_OK)
		return command_fail_err(c, "nothing was changed", e);
	return COMMAND_OK;
}

int command_flag(struct command *c, int argc, char **argv)
{
	return act_on(c, "flag", MODERATION_FLAG, argc, argv);
}

int command_unflag(struct command *c, int argc, char **argv)
{
	return act_on(c, "unflag", MODERATION_UNFLAG, argc, argv);
}

int command_post(struct command *c, int argc, char **argv)
{
	if (argc > 0 && strcmp(argv[0], "flag") == 0)
		return act_on(c, "post", MODERATION_FLAG, argc - 1, argv + 1);
	if (argc > 0 && strcmp(argv[0], "unflag") == 0)
		return act_on(c, "post", MODERATION_UNFLAG, argc - 1, argv + 1);
	if (argc > 0 && strcmp(argv[0], "delete") == 0)
		return act_on(c, "post", MODERATION_DELETE_POST, argc - 1, argv + 1);
	return command_usage(c, "post", NULL);
}
