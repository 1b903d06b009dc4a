/*
 * command.h: the subcommands of the operator and the moderator, each a run() in a file of its own:
 * posts.c, flag.c, user.c, report.c, invite.c, instance.c, audit.c, import.c, migrate.c, demo.c,
 * copy.c, freeze.c, health.c. `kinglet serve`
 * and `kinglet help` are main.c's.
 *
 * A command parses its arguments, opens the store, calls service/ and prints. It never touches
 * stdin, stdout or stderr but through `struct command`, so that tests can run it, and it never
 * creates a database that isn't there, except for import and demo.
 */
#ifndef KINGLET_COMMAND_COMMAND_H
#define KINGLET_COMMAND_COMMAND_H

#include <stdio.h>
#include "base/arena.h"
#include "service/service.h"

struct moderation_act;

/* What a command ends with; the exit status of the process. */
#define COMMAND_OK     0
#define COMMAND_FAILED 1 /* it could not be done; a line on `err` says why */
#define COMMAND_USAGE  2 /* it was asked for wrongly; a line on `err` says how it goes */
#define COMMAND_BEHIND 3 /* copy: done, but the source was written meanwhile: once more */

/* What one run of a command stands on; set up by the caller, who keeps it until it ends. */
struct command {
	struct store_config store; /* what to open; must_exist is the command's to say */
	struct str admin;	   /* the setting: where this machine's server says how it is */
	struct service service;	   /* the limits. A store that is open already is used, and kept */
	struct arena *arena; /* lives as long as the command; made by command_main() if NULL */
	FILE *in, *out, *err;
};

struct command_row {
	const char *name;
	const char *usage; /* what follows the name: "ID…" */
	const char *help;  /* one line, for `kinglet help` */
	int (*run)(struct command *c, int argc, char **argv);
};

/* Every subcommand that main.c doesn't have itself, in the order of the help. */
extern const struct command_row command_table[];
extern const size_t command_count;

/* NULL where there is no such subcommand. */
const struct command_row *command_find(const char *name);

/*
 * Runs the subcommand argv[0] with the arguments after it, closes what it opened, and answers the
 * exit status. argv holds no options that config_load() knows: those it has taken out. An unknown
 * subcommand is COMMAND_USAGE.
 */
int command_main(struct command *c, int argc, char **argv);

/* ---- for the commands themselves ----------------------------------------------------------- */

int command_posts(struct command *c, int argc, char **argv);
int command_flag(struct command *c, int argc, char **argv);
int command_unflag(struct command *c, int argc, char **argv);
int command_user(struct command *c, int argc, char **argv);
int command_post(struct command *c, int argc, char **argv);
int command_report(struct command *c, int argc, char **argv);
int command_invite(struct command *c, int argc, char **argv);
int command_instance(struct command *c, int argc, char **argv);
int command_audit(struct command *c, int argc, char **argv);
int command_import(struct command *c, int argc, char **argv);
int command_migrate(struct command *c, int argc, char **argv);
int command_demo(struct command *c, int argc, char **argv);
int command_copy(struct command *c, int argc, char **argv);
int command_freeze(struct command *c, int argc, char **argv);
int command_thaw(struct command *c, int argc, char **argv);
int command_health(struct command *c, int argc, char **argv);

/* Opens the database and finds the person of that name; else says why not, and COMMAND_FAILED. */
int command_user_find(struct command *c, const char *name, struct user *out);
/* `kinglet user warn` and the like: is it one of them, and then do it. */
bool command_user_moderates(int argc, char **argv);
int command_user_moderate(struct command *c, int argc, char **argv);
/* One action on a person, in the log; says why not. */
int command_user_act(struct command *c, const struct user *u, struct moderation_act *act);

/* Takes an option out of the arguments: is it there; its value, NULL where it isn't. */
bool command_take(int *argc, char **argv, const char *option);
const char *command_take_value(int *argc, char **argv, const char *option);

/* One line of JSON, an object. */
struct command_json {
	FILE *out;
	bool more;
};
struct command_json command_json_begin(struct command *c);
void command_json_text(struct command_json *j, const char *name, struct str value);
void command_json_number(struct command_json *j, const char *name, int64_t value);

/* As a text, since many a reader of JSON rounds numbers of this size; null where there is none. */
void command_json_id(struct command_json *j, const char *name, int64_t id);
void command_json_end(struct command_json *j);

/* Opens c->service.store unless it is open. False: it has said why. */
bool command_open(struct command *c, bool create);
/* "kinglet: NAME: …" as a line on c->err; COMMAND_FAILED, to be returned. */
int command_fail(struct command *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* command_fail() with the words of `e`. */
int command_fail_err(struct command *c, const char *doing, enum err e);
/* The usage of row `name` on c->err; COMMAND_USAGE. `why` (may be NULL) comes before it. */
int command_usage(struct command *c, const char *name, const char *why);
/*
 * Everything that was printed has arrived: COMMAND_OK, else it says so and COMMAND_FAILED. To be
 * called at the end: a full disk behind a pipe must not look like success.
 */
int command_flush(struct command *c);
/*
 * Prints a text that somebody else wrote. Where `out` is a terminal, control characters come out
 * as U+FFFD, so that a post can't drive the moderator's terminal; line breaks and tabs stay.
 */
void command_print_text(FILE *out, struct str text);
/* One CSV field (RFC 4180 §2): quoted where it holds a comma, a quote, a line break, or a space at
 * an end. */
void command_print_csv(FILE *out, struct str field);

#endif
