#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "mail/message.h"
#include "mail/smtp.h"

#define FILE_MAX_BYTES	   ((size_t)1 << 20)
#define VALUE_MAX_BYTES	   ((size_t)16 << 10) /* of a file that holds one value */
#define VARIABLE_MAX_BYTES 64

enum setting_type { SETTING_GROUP, SETTING_TEXT, SETTING_SECRET, SETTING_NUMBER, SETTING_SWITCH };

struct setting {
	enum setting_type type;
	const char *name; /* for a group, its title */
	const char *help;
	size_t offset;
	const char *text; /* defaults, by type */
	int64_t number, least, most;
};

static const struct setting settings[] = {
#define CONFIG_GROUP(title) {.type = SETTING_GROUP, .name = (title)},
#define CONFIG_TEXT(field, label, preset, about) \
	{SETTING_TEXT, label, about, offsetof(struct config, field), .text = (preset)},
#define CONFIG_SECRET(field, label, preset, about) \
	{SETTING_SECRET, label, about, offsetof(struct config, field), .text = (preset)},
#define CONFIG_NUMBER(field, label, preset, lo, hi, about) \
	{SETTING_NUMBER, label, about, offsetof(struct config, field), NULL, preset, lo, hi},
#define CONFIG_SWITCH(field, label, preset, about) \
	{SETTING_SWITCH, label, about, offsetof(struct config, field), NULL, preset, 0, 1},
	CONFIG_TABLE(CONFIG_GROUP, CONFIG_TEXT, CONFIG_SECRET, CONFIG_NUMBER, CONFIG_SWITCH)
#undef CONFIG_GROUP
#undef CONFIG_TEXT
#undef CONFIG_SECRET
#undef CONFIG_NUMBER
#undef CONFIG_SWITCH
};
#define SETTING_COUNT (sizeof(settings) / sizeof(settings[0]))

static struct str *text_of(struct config *c, const struct setting *s)
{
	return (struct str *)(void *)((char *)c + s->offset);
}

static int64_t *number_of(struct config *c, const struct setting *s)
{
	return (int64_t *)(void *)((char *)c + s->offset);
}

static bool *switch_of(struct config *c, const struct setting *s)
{
	return (bool *)(void *)((char *)c + s->offset);
}

static void set_defaults(struct config *c)
{
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const struct setting *s = &settings[i];

		if (s->type == SETTING_TEXT || s->type == SETTING_SECRET)
			*text_of(c, s) = str_from_c(s->text);
		else if (s->type == SETTING_NUMBER)
			*number_of(c, s) = s->number;
		else if (s->type == SETTING_SWITCH)
			*switch_of(c, s) = s->number != 0;
	}
}

static const struct setting *setting_find(struct str name)
{
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		if (settings[i].type != SETTING_GROUP && str_eq(name, str_from_c(settings[i].name)))
			return &settings[i];
	}
	return NULL;
}

static bool switch_parse(struct str value, bool *out)
{
	static const char *const on[] = {"on", "yes", "true", "1"};
	static const char *const off[] = {"off", "no", "false", "0"};

	for (size_t i = 0; i < sizeof(on) / sizeof(on[0]); i++) {
		if (str_eq(value, str_from_c(on[i])) || str_eq(value, str_from_c(off[i]))) {
			*out = str_eq(value, str_from_c(on[i]));
			return true;
		}
	}
	return false;
}

/* `where` says who set it: "--db", "KINGLET_DB", "kinglet.conf line 3". */
static enum err setting_set(struct config *c, const struct setting *s, struct str value,
			    const char *where, struct buf *why)
{
	int64_t number;
	bool on;

	switch (s->type) {
	case SETTING_TEXT:
	case SETTING_SECRET:
		*text_of(c, s) = value;
		return ERR_OK;
	case SETTING_NUMBER:
		if (!str_to_i64(value, &number) || number < s->least || number > s->most) {
			buf_printf(why, "%s: '%.*s' is not a whole number from %lld to %lld", where,
				   STR_ARG(value), (long long)s->least, (long long)s->most);
			return ERR_INVALID;
		}
		*number_of(c, s) = number;
		return ERR_OK;
	case SETTING_SWITCH:
		if (!switch_parse(value, &on)) {
			buf_printf(why, "%s: '%.*s' is neither on nor off", where, STR_ARG(value));
			return ERR_INVALID;
		}
		*switch_of(c, s) = on;
		return ERR_OK;
	case SETTING_GROUP:
		break;
	}
	return ERR_INTERNAL;
}

/* "body-bytes" to "KINGLET_BODY_BYTES". */
static void variable_name(const struct setting *s, char out[VARIABLE_MAX_BYTES])
{
	size_t len = (size_t)snprintf(out, VARIABLE_MAX_BYTES, "KINGLET_%s", s->name);

	for (size_t i = 0; i < len && i < VARIABLE_MAX_BYTES - 1; i++)
		out[i] = out[i] == '-' ? '_' : (char)toupper((unsigned char)out[i]);
}

/* All of the file, at most max_bytes - 1 of it, into the arena; `what` it is, for `*why`. */
static enum err read_file(struct arena *a, const char *path, const char *what, size_t max_bytes,
			  struct str *out, struct buf *why)
{
	FILE *file = fopen(path, "re");
	char *text = arena_alloc(a, max_bytes);
	enum err e = ERR_INVALID;
	size_t len;

	if (!file || !text) {
		buf_printf(why, "can't read %s %s: %s", what, path, strerror(errno));
		goto done;
	}
	len = fread(text, 1, max_bytes, file);
	if (ferror(file) || len == max_bytes) {
		buf_printf(why, "can't read %s %s: ", what, path);
		if (ferror(file))
			buf_add_c(why, strerror(errno));
		else
			buf_printf(why, "it is over %zu KiB", max_bytes >> 10);
		goto done;
	}
	*out = str_from(text, len);
	e = ERR_OK;
done:
	if (file)
		fclose(file);
	return e;
}

/*
 * The value that a file holds: one line, whose end may be missing. Never repeated in `*why`: such
 * files hold secrets.
 */
static enum err read_value(struct arena *a, const char *variable, const char *path, struct str *out,
			   struct buf *why)
{
	struct str what = arena_printf(a, "the file of %s,", variable), value;
	enum err e = what.ptr ? read_file(a, path, what.ptr, VALUE_MAX_BYTES, &value, why)
			      : ERR_TOO_LARGE;

	if (e != ERR_OK)
		return e;
	value = str_trim(value);
	if (value.len > 0 && str_index(value, '\n') < 0 && str_index(value, '\0') < 0) {
		*out = value;
		return ERR_OK;
	}
	buf_printf(why, "%s: %s %s", variable, path,
		   value.len == 0 ? "is empty" : "has more than one line of text");
	return ERR_INVALID;
}

/* KINGLET_NAME, or what the file holds that KINGLET_NAME_FILE names. */
static enum err load_variable(struct config *c, struct arena *a, const struct setting *s,
			      struct buf *why)
{
	char name[VARIABLE_MAX_BYTES], file_name[VARIABLE_MAX_BYTES + 5];
	const char *value, *path;
	struct str held;
	enum err e;

	variable_name(s, name);
	snprintf(file_name, sizeof(file_name), "%s_FILE", name);
	value = getenv(name);
	path = getenv(file_name);
	if (value && path) {
		buf_printf(why, "both %s and %s are set: only one can count", name, file_name);
		return ERR_INVALID;
	}
	if (value)
		return setting_set(c, s, str_from_c(value), name, why);
	if (!path)
		return ERR_OK;
	e = read_value(a, file_name, path, &held, why);
	return e == ERR_OK ? setting_set(c, s, held, file_name, why) : e;
}

static enum err load_environment(struct config *c, struct arena *a, struct buf *why)
{
	enum err e = ERR_OK;

	for (size_t i = 0; i < SETTING_COUNT && e == ERR_OK; i++) {
		if (settings[i].type != SETTING_GROUP)
			e = load_variable(c, a, &settings[i], why);
	}
	return e;
}

/* Lines `name = value`; '#' begins a comment line; a value may stand in double quotes. */
static enum err load_line(struct config *c, struct str line, const char *where, struct buf *why)
{
	const struct setting *s;
	struct str name, value = line;

	line = str_trim(line);
	if (line.len == 0 || line.ptr[0] == '#')
		return ERR_OK;
	value = line;
	if (str_index(line, '=') < 0 || !str_cut(&value, '=', &name)) {
		buf_printf(why, "%s: a line is 'name = value'", where);
		return ERR_INVALID;
	}
	name = str_trim(name);
	value = str_trim(value);
	if (value.len >= 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"')
		value = str_sub(value, 1, value.len - 2);
	s = setting_find(name);
	if (!s) {
		buf_printf(why, "%s: there is no setting '%.*s'", where, STR_ARG(name));
		return ERR_INVALID;
	}
	return setting_set(c, s, value, where, why);
}

static enum err load_file(struct config *c, struct arena *a, const char *path, struct buf *why)
{
	struct str rest, line;
	int number = 0;
	enum err e = read_file(a, path, "the configuration file", FILE_MAX_BYTES, &rest, why);

	while (e == ERR_OK && str_cut(&rest, '\n', &line)) {
		struct str where = arena_printf(a, "%s line %d", path, ++number);

		e = where.ptr ? load_line(c, line, where.ptr, why) : ERR_TOO_LARGE;
	}
	return e;
}

/*
 * Takes the option at argv[*at], as "--name value", "--name=value", and for a switch also "--name"
 * and "--no-name". *taken is false where it is no setting.
 */
static enum err load_option(struct config *c, int argc, char **argv, int *at, bool *taken,
			    struct buf *why)
{
	const char *option = argv[*at];
	struct str value = str_from_c(option + 2), name;
	bool has_value = str_index(value, '=') >= 0;
	const struct setting *s;

	*taken = false;
	if (!has_value || !str_cut(&value, '=', &name))
		name = value;
	s = setting_find(name);
	if (!s && !has_value && str_starts_with(name, STR("no-"))) {
		s = setting_find(str_sub(name, 3, name.len));
		if (!s || s->type != SETTING_SWITCH)
			return ERR_OK;
		*taken = true;
		return setting_set(c, s, STR("off"), option, why);
	}
	if (!s)
		return ERR_OK;
	*taken = true;
	if (!has_value && s->type == SETTING_SWITCH)
		return setting_set(c, s, STR("on"), option, why);
	if (!has_value) {
		if (*at + 1 >= argc) {
			buf_printf(why, "%s needs a value", option);
			return ERR_INVALID;
		}
		value = str_from_c(argv[++*at]);
	}
	return setting_set(c, s, value, option, why);
}

static enum err load_arguments(struct config *c, int argc, char **argv, char **rest,
			       int *rest_count, struct buf *why)
{
	enum err e = ERR_OK;
	bool ended = false;

	*rest_count = 0;
	for (int i = 0; i < argc && e == ERR_OK; i++) {
		bool taken = false;

		if (!ended && strcmp(argv[i], "--") == 0) {
			ended = true;
			continue;
		}
		if (!ended && strcmp(argv[i], "--config") == 0) {
			i++; /* read before, see config_path() */
			continue;
		}
		if (!ended && strncmp(argv[i], "--config=", 9) == 0)
			continue;
		if (!ended && strncmp(argv[i], "--", 2) == 0)
			e = load_option(c, argc, argv, &i, &taken, why);
		if (!taken)
			rest[(*rest_count)++] = argv[i];
	}
	return e;
}

/* The configuration file is read first, so it is looked for first. */
static const char *config_path(int argc, char **argv)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--config") == 0)
			return i + 1 < argc ? argv[i + 1] : "";
		if (strncmp(argv[i], "--config=", 9) == 0)
			return argv[i] + 9;
	}
	return getenv("KINGLET_CONFIG");
}

/*
 * Pages are at the root of their host, so an address of the place is no more than scheme and host.
 * Checked here, since a wrong one would show on no page but only to those who share it.
 */
static enum err check_base_url(struct str url, struct buf *why)
{
	struct str host = {NULL, 0};

	if (url.len == 0)
		return ERR_OK;
	if (str_starts_with(url, STR("https://")))
		host = str_sub(url, 8, url.len);
	else if (str_starts_with(url, STR("http://")))
		host = str_sub(url, 7, url.len);
	for (size_t i = 0; i < host.len; i++) {
		if (!isalnum((unsigned char)host.ptr[i]) && !memchr(".-:[]", host.ptr[i], 5))
			host.len = 0;
	}
	if (host.len > 0)
		return ERR_OK;
	buf_printf(why, "base-url: '%.*s' is not of the form https://HOST, with nothing after it",
		   STR_ARG(url));
	return ERR_INVALID;
}

/* Links in mail must lead here whatever a request says of its host. */
static enum err check_mail(const struct config *c, struct buf *why)
{
	if (c->smtp_url.len == 0)
		return ERR_OK;
	if (!smtp_url_is_good(c->smtp_url))
		buf_add_c(why, "smtp-url: not of the form smtp://HOST:PORT or smtps://HOST:PORT");
	else if (!mail_address_is_good(c->mail_from))
		buf_add_c(why, "mail-from: mail needs the address that it comes from");
	else if (c->base_url.len == 0)
		buf_add_c(why, "base-url: mail has links, and needs the address that people see");
	else
		return ERR_OK;
	return ERR_INVALID;
}

enum err config_load(struct config *c, struct arena *a, int argc, char **argv, char **rest,
		     int *rest_count, struct buf *why)
{
	const char *path = config_path(argc, argv);
	struct config loaded = {0};
	enum err e = ERR_OK;

	set_defaults(&loaded);
	if (path)
		e = load_file(&loaded, a, path, why);
	if (e == ERR_OK)
		e = load_environment(&loaded, a, why);
	if (e == ERR_OK)
		e = load_arguments(&loaded, argc, argv, rest, rest_count, why);
	if (e == ERR_OK)
		e = check_base_url(loaded.base_url, why);
	if (e == ERR_OK)
		e = check_mail(&loaded, why);
	if (e == ERR_OK)
		*c = loaded;
	return e;
}

/* False where it is as it comes. */
static bool changed_value(const struct config *c, const struct setting *s, struct buf *out)
{
	struct config *readable = (struct config *)(uintptr_t)c; /* for those that find a field */
	struct str text;

	switch (s->type) {
	case SETTING_TEXT:
	case SETTING_SECRET:
		text = *text_of(readable, s);
		if (str_eq(text, str_from_c(s->text)))
			return false;
		if (s->type == SETTING_SECRET || s->offset == offsetof(struct config, db))
			text = STR("…");
		buf_printf(out, "%s=%.*s", s->name, STR_ARG(text));
		return true;
	case SETTING_NUMBER:
		if (*number_of(readable, s) == s->number)
			return false;
		buf_printf(out, "%s=%lld", s->name, (long long)*number_of(readable, s));
		return true;
	case SETTING_SWITCH:
		if (*switch_of(readable, s) == (s->number != 0))
			return false;
		buf_printf(out, "%s=%s", s->name, *switch_of(readable, s) ? "on" : "off");
		return true;
	case SETTING_GROUP:
		break;
	}
	return false;
}

void config_changes(const struct config *c, struct buf *out)
{
	size_t begin = out->len;

	for (size_t i = 0; i < SETTING_COUNT; i++) {
		size_t before = out->len;

		if (before > begin)
			buf_add_c(out, ", ");
		if (!changed_value(c, &settings[i], out))
			out->len = before;
	}
}

static void help_row(FILE *out, const struct setting *s)
{
	char option[40];

	snprintf(option, sizeof(option), "--%s", s->name);
	fprintf(out, "  %-28s %s", option, s->help);
	if (s->type == SETTING_NUMBER)
		fprintf(out, " [%lld]", (long long)s->number);
	else if (s->type == SETTING_SWITCH)
		fprintf(out, " [%s]", s->number ? "on" : "off");
	else if (s->type == SETTING_TEXT && s->text[0])
		fprintf(out, " [%s]", s->text);
	fputc('\n', out);
}

void config_help(FILE *out)
{
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		if (settings[i].type == SETTING_GROUP)
			fprintf(out, "\n%s:\n", settings[i].name);
		else
			help_row(out, &settings[i]);
	}
	fputs("\nEach is also an environment variable (--body-bytes: KINGLET_BODY_BYTES) and a "
	      "line\n"
	      "of the file that --config FILE or KINGLET_CONFIG names (body-bytes = 65536).\n"
	      "A secret is better in a file of its own, which a variable with _FILE at its end "
	      "names:\n"
	      "KINGLET_DB_FILE=/run/secrets/kinglet_db.\n",
	      out);
}
