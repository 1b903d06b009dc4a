/* import.c: `kinglet import FILE`: a classic MiniTwit database, all of it or nothing. */
#include "service/import.h"

#include "command/command.h"

static void print_report(struct command *c, const struct import_report *r)
{
	fprintf(c->out, "Added: %lld people, %lld posts, %lld follows.\n", (long long)r->users,
		(long long)r->posts, (long long)r->follows);
	if (r->users_known || r->posts_known || r->follows_known)
		fprintf(c->out,
			"There already from an earlier import: %lld people, %lld posts, %lld "
			"follows.\n",
			(long long)r->users_known, (long long)r->posts_known,
			(long long)r->follows_known);
	if (r->posts_of_deleted)
		fprintf(c->out,
			"%lld of the posts are by %lld people whom the file doesn't have any more: "
			"they are kept hidden.\n",
			(long long)r->posts_of_deleted, (long long)r->deleted_people);
	if (r->left_out)
		fprintf(c->out,
			"Left out: %lld follows or posts of people who don't exist any more.\n",
			(long long)r->left_out);
}

int command_import(struct command *c, int argc, char **argv)
{
	struct import_report report;
	struct buf why = BUF_INIT(4096);
	int status = COMMAND_OK;

	if (argc != 1)
		return command_usage(c, "import", NULL);
	if (!command_open(c, true))
		return COMMAND_FAILED;
	if (import_classic(&c->service, str_from_c(argv[0]), &report, &why) == ERR_OK)
		print_report(c, &report);
	else
		status = command_fail(c, "nothing was imported from %s: %s", argv[0], buf_c(&why));
	buf_release(&why);
	return status == COMMAND_OK ? command_flush(c) : status;
}
