/*
 * flag.c: `kinglet flag ID...` and `kinglet unflag ID...`: all of the posts or none, so that after
 * a failure nobody has to find out how far it came.
 */
#include "command/command.h"

#include "service/post.h"

static int set_flagged(struct command *c, const char *name, bool flagged, int argc, char **argv)
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
	e = post_set_flagged(&c->service, ids, (size_t)argc, flagged, &missing);
	if (e == ERR_NOT_FOUND)
		return command_fail(c, "there is no post %lld; nothing was changed",
				    (long long)missing);
	if (e != ERR_OK)
		return command_fail_err(c, "nothing was changed", e);
	return COMMAND_OK;
}

int command_flag(struct command *c, int argc, char **argv)
{
	return set_flagged(c, "flag", true, argc, argv);
}

int command_unflag(struct command *c, int argc, char **argv)
{
	return set_flagged(c, "unflag", false, argc, argv);
}
