/*
 * user.c: `kinglet user ...`: what an operator does to accounts.
 *
 * A password comes from standard input or is asked for without echo; never from an argument, which
 * every process on the machine and the shell's history could read.
 */
#include "command/command.h"

#include <termios.h>
#include <time.h>
#include <unistd.h>
#include "auth/password.h"
#include "service/account.h"
#include "service/moderation.h"
#include "service/second_factor.h"

/* Room for the longest password and a line's end. */
#define LINE_MAX_BYTES	(PASSWORD_MAX_BYTES + 64)
#define BATCH_MAX_BYTES ((size_t)64 * 1024 * 1024)

static const char *role_name(enum user_role role)
{
	return role == USER_ADMIN ? "admin" : role == USER_MODERATOR ? "moderator" : "person";
}

/* RFC 3339, to the second. */
static const char *time_text(int64_t ms, char text[32])
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return text;
}

/* ---- list, show ---------------------------------------------------------------------------- */

static void print_row(struct command *c, const struct user *u)
{
	char created[32];

	fprintf(c->out, "%lld,", (long long)u->id);
	command_print_csv(c->out, u->name);
	fputc(',', c->out);
	command_print_csv(c->out, u->email);
	fprintf(c->out, ",%s,%s,%lld,%lld,%lld\r\n", role_name(u->role),
		time_text(u->created_ms, created), (long long)u->post_count,
		(long long)u->follower_count, (long long)u->following_count);
}

static enum err print_rows(struct command *c, struct arena *batch)
{
	struct user_list list = {.items = NULL};
	int64_t after_id = 0;
	enum err e;

	do {
		arena_reset(batch);
		e = account_list(&c->service, batch, after_id, &list);
		if (e != ERR_OK)
			return e;
		for (size_t i = 0; i < list.count; i++)
			print_row(c, &list.items[i]);
		if (list.count)
			after_id = list.items[list.count - 1].id;
	} while (list.count && !ferror(c->out));
	return ERR_OK;
}

static int user_list(struct command *c)
{
	struct arena *batch = arena_new(BATCH_MAX_BYTES);
	enum err e;

	if (!batch)
		return command_fail(c, "there is no memory");
	fputs("id,name,email,role,created,posts,followers,following\r\n", c->out);
	e = print_rows(c, batch);
	arena_free(batch);
	if (e != ERR_OK)
		return command_fail_err(c, "can't read the accounts", e);
	return command_flush(c);
}

static void print_field(struct command *c, const char *label, struct str value)
{
	fprintf(c->out, "%-11s", label);
	command_print_text(c->out, value);
	fputc('\n', c->out);
}

static int user_show(struct command *c, const struct user *u)
{
	char created[32];

	print_field(c, "name", u->name);
	if (u->display.len)
		print_field(c, "display", u->display);
	print_field(c, "email", u->email);
	print_field(c, "role", str_from_c(role_name(u->role)));
	print_field(c, "created", str_from_c(time_text(u->created_ms, created)));
	fprintf(c->out, "%-11s%lld\n", "id", (long long)u->id);
	fprintf(c->out, "%-11s%lld\n", "posts", (long long)u->post_count);
	fprintf(c->out, "%-11s%lld\n", "followers", (long long)u->follower_count);
	fprintf(c->out, "%-11s%lld\n", "following", (long long)u->following_count);
	return command_flush(c);
}

/* ---- set-password -------------------------------------------------------------------------- */

/* A line without its end; false where there is none or it is too long. */
static bool read_line(FILE *in, char line[LINE_MAX_BYTES], struct str *out)
{
	size_t len = 0;
	int byte;

	while ((byte = getc(in)) != EOF && byte != '\n') {
		if (len == LINE_MAX_BYTES)
			return false;
		line[len++] = (char)byte;
	}
	if (byte == EOF && len == 0)
		return false;
	if (len && line[len - 1] == '\r')
		len--;
	*out = str_from(line, len);
	return true;
}

/* Asks on a terminal, without echo. */
static bool ask_hidden(struct command *c, const char *prompt, char line[LINE_MAX_BYTES],
		       struct str *out)
{
	int fd = fileno(c->in);
	struct termios was, hidden;
	bool got;

	if (tcgetattr(fd, &was) != 0)
		return false;
	hidden = was;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	fputs(prompt, c->err);
	fflush(c->err);
	if (tcsetattr(fd, TCSAFLUSH, &hidden) != 0)
		return false;
	got = read_line(c->in, line, out);
	tcsetattr(fd, TCSAFLUSH, &was);
	fputc('\n', c->err);
	return got;
}

/* Into `first`, borrowed by *password; false where it has said why not. */
static bool read_password(struct command *c, char first[LINE_MAX_BYTES], struct str *password)
{
	char second[LINE_MAX_BYTES];
	struct str again;
	bool same;

	if (!isatty(fileno(c->in))) {
		if (read_line(c->in, first, password))
			return true;
		command_fail(c, "there is no password on standard input");
		return false;
	}
	if (!ask_hidden(c, "New password: ", first, password) ||
	    !ask_hidden(c, "Again: ", second, &again)) {
		command_fail(c, "there was no password");
		return false;
	}
	same = str_eq(*password, again);
	explicit_bzero(second, sizeof(second));
	if (!same)
		command_fail(c, "%s", problem_text(PROBLEM_PASSWORDS_DIFFER));
	return same;
}

static int user_set_password(struct command *c, const struct user *u)
{
	char line[LINE_MAX_BYTES];
	struct str password;
	enum problem problem = PROBLEM_NONE;
	enum err e = password_setup();

	if (e == ERR_OK && !read_password(c, line, &password))
		return COMMAND_FAILED;
	if (e == ERR_OK)
		e = account_set_password(&c->service, c->arena, u->id, password, &problem);
	explicit_bzero(line, sizeof(line));
	if (e != ERR_OK)
		return command_fail_err(c, "the password was not changed", e);
	if (problem != PROBLEM_NONE)
		return command_fail(c, "%s", problem_text(problem));
	if (command_user_act(c, u, &(struct moderation_act){.action = MODERATION_PASSWORD}))
		return COMMAND_FAILED;
	fprintf(c->out, "The password is changed, and all sessions have ended.\n");
	return command_flush(c);
}

/* ---- reset-link, reset-codes --------------------------------------------------------------- */

/* The address is the person's to be handed; the site before it is not known here. */
static int user_reset_link(struct command *c, const struct user *u)
{
	char token[TOKEN_TEXT_BYTES + 1];
	enum err e;

	if (command_user_act(c, u, &(struct moderation_act){.action = MODERATION_RESET_LINK}))
		return COMMAND_FAILED;
	e = account_reset_begin(&c->service, u->id, token);
	if (e != ERR_OK)
		return command_fail_err(c, "no link was made", e);
	fprintf(c->out, "/login/reset?token=%s\n", token);
	fprintf(c->err, "Good once, for an hour, behind the address of your pages. Give it to ");
	command_print_text(c->err, u->name);
	fprintf(c->err, " alone.\n");
	explicit_bzero(token, sizeof(token));
	return command_flush(c);
}

static int user_reset_codes(struct command *c, const struct user *u)
{
	enum err e = second_factor_reset(&c->service, u->id);

	if (e != ERR_OK)
		return command_fail_err(c, "nothing was changed", e);
	return command_user_act(c, u, &(struct moderation_act){.action = MODERATION_RESET_CODES});
}

/* ---- promote, demote, delete --------------------------------------------------------------- */

static int set_role(struct command *c, const struct user *u, enum user_role role)
{
	struct moderation_act act = {
		.action = MODERATION_ROLE, .role = role, .text = str_from_c(role_name(role))};

	return command_user_act(c, u, &act);
}

static int user_promote(struct command *c, const struct user *u)
{
	return set_role(c, u, USER_ADMIN);
}

static int user_demote(struct command *c, const struct user *u)
{
	return set_role(c, u, USER_PERSON);
}

static bool confirmed(struct command *c, const struct user *u)
{
	char line[LINE_MAX_BYTES];
	struct str answer;

	fputs("Delete ", c->err);
	command_print_text(c->err, u->name);
	fprintf(c->err, " and all of their posts (%lld shown) for good? Type yes: ",
		(long long)u->post_count);
	fflush(c->err);
	return read_line(c->in, line, &answer) && str_eq(str_trim(answer), STR("yes"));
}

static int delete_now(struct command *c, const struct user *u)
{
	return command_user_act(c, u, &(struct moderation_act){.action = MODERATION_DELETE_PERSON});
}

static int user_delete(struct command *c, const struct user *u)
{
	return confirmed(c, u) ? delete_now(c, u) : command_fail(c, "nothing was deleted");
}

/* ---- which --------------------------------------------------------------------------------- */

static const struct verb {
	const char *name;
	int (*run)(struct command *c, const struct user *u);
} verbs[] = {
	{"reset-link", user_reset_link},
	{"reset-codes", user_reset_codes},
	{"show", user_show},
	{"set-password", user_set_password},
	{"promote", user_promote},
	{"demote", user_demote},
	{"delete", user_delete},
};

static const struct verb *verb_find(const char *name)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	}
	return NULL;
}

/* Takes --yes out of the arguments, unless there is nothing else that could be the name. */
static bool take_yes(int *argc, char **argv)
{
	for (int i = 1; i<*argc && * argc> 2; i++) {
		if (strcmp(argv[i], "--yes") != 0)
			continue;
		memmove(argv + i, argv + i + 1, (size_t)(*argc - i - 1) * sizeof(*argv));
		--*argc;
		return true;
	}
	return false;
}

int command_user(struct command *c, int argc, char **argv)
{
	const struct verb *verb;
	struct user user;
	bool yes;

	if (argc == 1 && strcmp(argv[0], "list") == 0)
		return command_open(c, false) ? user_list(c) : COMMAND_FAILED;
	if (command_user_moderates(argc, argv))
		return command_user_moderate(c, argc, argv);
	verb = argc > 0 ? verb_find(argv[0]) : NULL;
	if (!verb)
		return command_usage(c, "user", NULL);
	yes = verb->run == user_delete && take_yes(&argc, argv);
	if (argc != 2)
		return command_usage(c, "user", NULL);
	if (command_user_find(c, argv[1], &user) != COMMAND_OK)
		return COMMAND_FAILED;
	return yes ? delete_now(c, &user) : verb->run(c, &user);
}
