/* freeze.c: `kinglet freeze` and `kinglet thaw`: no writing for a while, for a move. */
#include "command/command.h"

static int set_frozen(struct command *c, const char *name, int argc, bool frozen)
{
	struct buf why = BUF_INIT(4096);
	int status = COMMAND_OK;

	if (argc != 0)
		return command_usage(c, name, NULL);
	if (store_set_frozen(c->store.url, frozen, &why) != ERR_OK)
		status = command_fail(c, "%s", buf_c(&why));
	else if (frozen)
		fprintf(c->out, "Frozen: everything is read on, and nothing is written until "
				"kinglet thaw.\n");
	else
		fprintf(c->out, "Thawed: it is written again.\n");
	buf_release(&why);
	return status == COMMAND_OK ? command_flush(c) : status;
}

int command_freeze(struct command *c, int argc, char **argv)
{
	(void)argv;
	return set_frozen(c, "freeze", argc, true);
}

int command_thaw(struct command *c, int argc, char **argv)
{
	(void)argv;
	return set_frozen(c, "thaw", argc, false);
}
