/*
 * posts.c: `kinglet posts`: every post there is, flagged ones too, oldest first, as CSV (RFC 4180).
 *
 * Texts come out as they were written, also where they begin with = + - or @: a file that a program
 * reads back must not be changed for the sake of one that people open. How to open it safely is in
 * the manual.
 */
#include "command/command.h"

#include "service/post.h"

#define BATCH_MAX_BYTES ((size_t)64 * 1024 * 1024)

static void print_post(struct command *c, const struct post *p)
{
	fprintf(c->out, "%lld,", (long long)p->id);
	command_print_csv(c->out, p->author_name);
	fputc(',', c->out);
	command_print_csv(c->out, p->text);
	fprintf(c->out, ",%lld,%d\r\n", (long long)(p->created_ms / 1000), p->flagged);
}

static enum err print_posts(struct command *c, struct arena *batch)
{
	struct post_list list = {.items = NULL};
	int64_t after_id = 0;
	enum err e;

	do {
		arena_reset(batch);
		e = post_list_all(&c->service, batch, after_id, &list);
		if (e != ERR_OK)
			return e;
		for (size_t i = 0; i < list.count; i++)
			print_post(c, &list.items[i]);
		if (list.count)
			after_id = list.items[list.count - 1].id;
	} while (list.count && !ferror(c->out));
	return ERR_OK;
}

int command_posts(struct command *c, int argc, char **argv)
{
	struct arena *batch;
	enum err e;

	(void)argv;
	if (argc != 0)
		return command_usage(c, "posts", NULL);
	if (!command_open(c, false))
		return COMMAND_FAILED;
	batch = arena_new(BATCH_MAX_BYTES);
	if (!batch)
		return command_fail(c, "there is no memory");
	fputs("id,author,text,pub_date,flagged\r\n", c->out);
	e = print_posts(c, batch);
	arena_free(batch);
	if (e != ERR_OK)
		return command_fail_err(c, "can't read the posts", e);
	return command_flush(c);
}
