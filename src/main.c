/*
 * main.c: which subcommand, with which settings. It wires and does no work: serving is serve.c's,
 * the operator's commands are command/'s.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/log.h"
#include "build_info.h"
#include "command/command.h"
#include "config.h"
#include "metrics/metrics.h"
#include "serve.h"
#include "wiring.h"

#define ARENA_MAX_BYTES	 ((size_t)64 << 20)
#define ARGUMENTS_MAX	 4096
#define SERIES_MAX_BYTES ((size_t)1 << 20)
#define HELP_COLUMN	 31 /* where the explanations stand */

static void help_general(FILE *out)
{
	fprintf(out, "Kinglet %s, a microblog server.\n\n", build_info.version);
	fputs("usage: kinglet COMMAND [SETTING…] [ARGUMENT…]\n\n"
	      "  serve                        serve pages, API, health and metrics\n",
	      out);
	for (size_t i = 0; i < command_count; i++) {
		const struct command_row *row = &command_table[i];

		int width = fprintf(out, "  %s %s", row->name, row->usage);

		if (width > HELP_COLUMN - 2)
			width = fprintf(out, "\n") - 1;
		fprintf(out, "%*s%s\n", HELP_COLUMN - width, "", row->help);
	}
	fputs("  help [COMMAND]               this, or how a command goes; of serve, every "
	      "setting\n"
	      "                               of metrics, every series\n"
	      "  version                      print the version and the commit\n\n"
	      "Each command takes --db sqlite:FILE. The manual has the rest: man kinglet\n",
	      out);
}

static int help(int argc, char **argv)
{
	struct buf series = BUF_INIT(SERIES_MAX_BYTES);
	const struct command_row *row;

	if (argc == 0) {
		help_general(stdout);
		return COMMAND_OK;
	}
	if (strcmp(argv[0], "serve") == 0) {
		fputs("usage: kinglet serve [SETTING…]\n", stdout);
		config_help(stdout);
		return COMMAND_OK;
	}
	if (strcmp(argv[0], "metrics") == 0) {
		metrics_describe(&series);
		fwrite(series.ptr, 1, series.len, stdout);
		buf_release(&series);
		return COMMAND_OK;
	}
	row = command_find(argv[0]);
	if (!row) {
		fprintf(stderr, "kinglet: there is no command '%s'; see kinglet help\n", argv[0]);
		return COMMAND_USAGE;
	}
	printf("usage: kinglet %s%s%s\n\n  %s\n", row->name, row->usage[0] ? " " : "", row->usage,
	       row->help);
	return COMMAND_OK;
}

static bool is_help(const char *argument)
{
	return strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0;
}

/* True, after it said so, where arguments are left that nobody takes. */
static bool left_over(char **rest, int rest_count)
{
	if (rest_count == 0)
		return false;
	/* Without its value: it may be a password, in an option whose name was mistyped. */
	fprintf(stderr, "kinglet: serve: unknown %s '%.*s'; see kinglet help serve\n",
		rest[0][0] == '-' ? "option" : "argument", (int)strcspn(rest[0], "=:"), rest[0]);
	return true;
}

static int run_command(const struct config *config, struct arena *arena, char *name, char **rest,
		       int rest_count)
{
	struct command command = {
		.store = wiring_store(config),
		.admin = config->admin,
		.service = wiring_service(config),
		.arena = arena,
		.in = stdin,
		.out = stdout,
		.err = stderr,
	};
	struct buf why = BUF_INIT(1024);
	int status = COMMAND_USAGE;

	rest[-1] = name;
	if (wiring_instance(config, arena, &command.service.instance, &why) == ERR_OK)
		status = command_main(&command, rest_count + 1, rest - 1);
	else
		fprintf(stderr, "kinglet: %s\n", buf_c(&why));
	instance_free(command.service.instance);
	buf_release(&why);
	return status;
}

/* Settings are read before anything else happens, so that a wrong one changes nothing. */
static int run(struct arena *arena, int argc, char **argv)
{
	char *room[ARGUMENTS_MAX], **rest = room + 1;
	struct buf why = BUF_INIT(4096);
	struct config config;
	bool is_server = strcmp(argv[1], "serve") == 0;
	int rest_count, status = COMMAND_USAGE;

	if (argc - 2 >= ARGUMENTS_MAX) {
		fprintf(stderr, "kinglet: more than %d arguments\n", ARGUMENTS_MAX);
	} else if (config_load(&config, arena, argc - 2, argv + 2, rest, &rest_count, &why) !=
			   ERR_OK ||
		   wiring_log(&config, is_server ? STDOUT_FILENO : STDERR_FILENO, &why) != ERR_OK) {
		fprintf(stderr, "kinglet: %s\n", buf_c(&why));
	} else if (!is_server) {
		status = run_command(&config, arena, argv[1], rest, rest_count);
	} else if (!left_over(rest, rest_count)) {
		status = serve(&config);
	}
	buf_release(&why);
	return status;
}

int main(int argc, char **argv)
{
	struct arena *arena;
	int status;

	metrics_identify(build_info.version, build_info.commit);
	if (argc < 2) {
		help_general(stderr);
		return COMMAND_USAGE;
	}
	if (strcmp(argv[1], "help") == 0 || is_help(argv[1]))
		return help(argc - 2, argv + 2);
	if (argc > 2 && is_help(argv[2]))
		return help(1, argv + 1);
	if (strcmp(argv[1], "version") == 0 || strcmp(argv[1], "--version") == 0) {
		printf("kinglet %s (%s)\n", build_info.version, build_info.commit);
		return COMMAND_OK;
	}
	arena = arena_new(ARENA_MAX_BYTES);
	if (!arena)
		die("no memory to start");
	status = run(arena, argc, argv);
	arena_free(arena);
	return status;
}
