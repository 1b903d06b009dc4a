/*
 * command.c: the table of subcommands, and what they have in common.
 */
#include "command/command.h"

#include <errno.h>
#include <stdarg.h>
#include <unistd.h>
#include "base/json.h"

/* What one command may take; batches reset their own arenas. */
#define ARENA_MAX_BYTES ((size_t)64 * 1024 * 1024)

/* Of one text, escaped. */
#define JSON_MAX_BYTES ((size_t)1 << 20)

const struct command_row command_table[] = {
	{"posts", "", "write all posts as CSV to standard output", command_posts},
	{"flag", "ID...", "hide posts from every timeline", command_flag},
	{"unflag", "ID...", "show hidden posts again", command_unflag},
	{"post", "flag ID... | unflag ID... | delete ID...", "hide, show or delete posts",
	 command_post},
	{"user",
	 "list | show NAME | set-password NAME | reset-link NAME | reset-codes NAME | promote NAME "
	 "| demote NAME | delete [--yes] NAME | warn NAME TEXT | note NAME TEXT | suspend NAME "
	 "[REASON] | unsuspend NAME | approve NAME | reject NAME [REASON] | role NAME ROLE",
	 "look after people's accounts", command_user},
	{"report",
	 "list [open|resolved|dismissed] [--json] | show ID | claim ID | resolve ID [NOTE] | "
	 "dismiss ID [NOTE]",
	 "look after what people report", command_report},
	{"invite", "create [--uses N] [--days N] | list [--json] | end CODE",
	 "make, list and end invitations", command_invite},
	{"instance", "show [--json] | set NAME VALUE | unset NAME",
	 "settings that hold without a restart", command_instance},
	{"audit", "list [--json] [--limit N]", "what was done by whom, newest first",
	 command_audit},
	{"import", "FILE", "bring in a classic MiniTwit database", command_import},
	{"migrate", "[--status]", "bring the database's schema up to date, long steps included",
	 command_migrate},
	{"demo", "", "fill an empty database with a made-up community", command_demo},
	{"copy", "[--from DB] [--to DB]", "make one database equal to another, of any engine",
	 command_copy},
	{"freeze", "", "let nobody write, while a database is moved; reads go on", command_freeze},
	{"thaw", "", "let people write again", command_thaw},
	{"health", "[URL]", "ask a server whether it is ready; of containers", command_health},
};
const size_t command_count = sizeof(command_table) / sizeof(command_table[0]);

const struct command_row *command_find(const char *name)
{
	for (size_t i = 0; i < command_count; i++) {
		if (strcmp(command_table[i].name, name) == 0)
			return &command_table[i];
	}
	return NULL;
}

int command_main(struct command *c, int argc, char **argv)
{
	const struct command_row *row = argc > 0 ? command_find(argv[0]) : NULL;
	bool was_open = c->service.store != NULL, had_arena = c->arena != NULL;
	int status;

	if (!row) {
		fprintf(c->err, "kinglet: there is no command '%s'; see kinglet help\n",
			argc > 0 ? argv[0] : "");
		return COMMAND_USAGE;
	}
	if (!had_arena)
		c->arena = arena_new(ARENA_MAX_BYTES);
	if (!c->arena)
		return command_fail(c, "there is no memory");
	status = row->run(c, argc - 1, argv + 1);
	if (!was_open) {
		store_close(c->service.store);
		c->service.store = NULL;
	}
	if (!had_arena) {
		arena_free(c->arena);
		c->arena = NULL;
	}
	return status;
}

bool command_open(struct command *c, bool create)
{
	struct buf why = BUF_INIT(4096);
	bool opened = c->service.store != NULL;

	if (!opened) {
		c->store.must_exist = !create;
		opened = store_open(&c->store, &c->service.store, &why) == ERR_OK;
		if (!opened)
			command_fail(c, "%s", buf_c(&why));
	}
	buf_release(&why);
	return opened;
}

int command_fail(struct command *c, const char *format, ...)
{
	struct buf line = BUF_INIT(8192);
	va_list args;

	va_start(args, format);
	buf_vprintf(&line, format, args);
	va_end(args);
	fputs("kinglet: ", c->err);
	command_print_text(c->err, buf_str(&line));
	fputc('\n', c->err);
	buf_release(&line);
	return COMMAND_FAILED;
}

int command_fail_err(struct command *c, const char *doing, enum err e)
{
	return command_fail(c, "%s: %s", doing, err_text(e));
}

int command_usage(struct command *c, const char *name, const char *why)
{
	const struct command_row *row = command_find(name);

	if (why)
		fprintf(c->err, "kinglet: %s\n", why);
	fprintf(c->err, "usage: kinglet %s %s\n", name, row ? row->usage : "");
	return COMMAND_USAGE;
}

bool command_take(int *argc, char **argv, const char *option)
{
	for (int i = 0; i < *argc; i++) {
		if (strcmp(argv[i], option) != 0)
			continue;
		memmove(argv + i, argv + i + 1, (size_t)(*argc - i - 1) * sizeof(*argv));
		--*argc;
		return true;
	}
	return false;
}

const char *command_take_value(int *argc, char **argv, const char *option)
{
	for (int i = 0; i + 1 < *argc; i++) {
		const char *value = argv[i + 1];

		if (strcmp(argv[i], option) != 0)
			continue;
		memmove(argv + i, argv + i + 2, (size_t)(*argc - i - 2) * sizeof(*argv));
		*argc -= 2;
		return value;
	}
	return NULL;
}

struct command_json command_json_begin(struct command *c)
{
	fputc('{', c->out);
	return (struct command_json){.out = c->out};
}

static void json_name(struct command_json *j, const char *name)
{
	fprintf(j->out, "%s\"%s\": ", j->more ? ", " : "", name);
	j->more = true;
}

void command_json_text(struct command_json *j, const char *name, struct str value)
{
	struct buf text = BUF_INIT(JSON_MAX_BYTES);

	json_name(j, name);
	json_string(&text, value);
	fwrite(buf_c(&text), 1, text.len, j->out);
	buf_release(&text);
}

void command_json_number(struct command_json *j, const char *name, int64_t value)
{
	json_name(j, name);
	fprintf(j->out, "%lld", (long long)value);
}

void command_json_id(struct command_json *j, const char *name, int64_t id)
{
	json_name(j, name);
	if (id)
		fprintf(j->out, "\"%lld\"", (long long)id);
	else
		fputs("null", j->out);
}

void command_json_end(struct command_json *j)
{
	fputs("}\n", j->out);
}

int command_flush(struct command *c)
{
	if (fflush(c->out) != 0 || ferror(c->out))
		return command_fail(c, "can't write the output: %s", strerror(errno));
	return COMMAND_OK;
}

void command_print_text(FILE *out, struct str text)
{
	if (!isatty(fileno(out))) {
		if (text.len)
			fwrite(text.ptr, 1, text.len, out);
		return;
	}
	for (size_t i = 0; i < text.len; i++) {
		unsigned char byte = (unsigned char)text.ptr[i];
		/* C1 controls are two bytes in UTF-8, and some terminals obey them. */
		bool c1 = byte == 0xc2 && i + 1 < text.len && (unsigned char)text.ptr[i + 1] < 0xa0;

		if (c1 || byte == 0x7f || (byte < 0x20 && byte != '\n' && byte != '\t')) {
			fputs("\xef\xbf\xbd", out);
			i += c1;
		} else {
			fputc(byte, out);
		}
	}
}

static bool needs_quotes(struct str field)
{
	if (field.len && (field.ptr[0] == ' ' || field.ptr[field.len - 1] == ' '))
		return true;
	for (size_t i = 0; i < field.len; i++) {
		if (memchr(",\"\r\n", field.ptr[i], 4))
			return true;
	}
	return false;
}

void command_print_csv(FILE *out, struct str field)
{
	struct str rest = field, part;

	if (!needs_quotes(field)) {
		command_print_text(out, field);
		return;
	}
	fputc('"', out);
	while (str_index(rest, '"') >= 0) {
		str_cut(&rest, '"', &part);
		command_print_text(out, part);
		fputs("\"\"", out);
	}
	command_print_text(out, rest);
	fputc('"', out);
}
