/*
 * copy.c: `kinglet copy --from DB --to DB`: one pass of a copy (store/copy.h), with a bar on a
 * terminal and a line now and then elsewhere. Progress goes to standard error, the result to
 * standard output.
 */
#include "store/copy.h"

#include <unistd.h>
#include "base/clock.h"
#include "base/encode.h"
#include "command/command.h"

#define BAR_WIDTH     30
#define BAR_EVERY_US  100000
#define LINE_EVERY_US (5 * INT64_C(1000000))
/* Of a digest, as much as is shown. */
#define DIGEST_SHOWN 16

struct view {
	FILE *err;
	bool terminal, drawn;
	int64_t began_us, shown_us;
};

static void show_time(FILE *out, int64_t seconds)
{
	fprintf(out, "%lld:%02lld", (long long)(seconds / 60), (long long)(seconds % 60));
}

static void watch(void *user, const struct copy_progress *p)
{
	struct view *v = user;
	int64_t now_us = clock_mono_us(), spent_us = now_us - v->began_us;
	int64_t expected = p->expected > p->rows ? p->expected : p->rows;
	double rate = spent_us > 0 ? (double)p->rows * 1e6 / (double)spent_us : 0;
	int filled = expected ? (int)(p->rows * BAR_WIDTH / expected) : 0;

	if (now_us - v->shown_us < (v->terminal ? BAR_EVERY_US : LINE_EVERY_US))
		return;
	v->shown_us = now_us;
	v->drawn = v->terminal;
	if (v->terminal)
		fprintf(v->err, "\r[%.*s%*s] ", filled, "##############################",
			BAR_WIDTH - filled, "");
	fprintf(v->err, "%3lld%%  %lld rows of about %lld, %.0f/s, ",
		(long long)(expected ? p->rows * 100 / expected : 0), (long long)p->rows,
		(long long)expected, rate);
	show_time(v->err, rate > 0 ? (int64_t)((double)(expected - p->rows) / rate) : 0);
	fprintf(v->err, " left  %-14s%s", copy_table_name(p->table), v->terminal ? "" : "\n");
	fflush(v->err);
}

static void print_table(struct command *c, const struct copy_report *report)
{
	char digest[2 * DIGEST_BYTES + 1];

	fprintf(c->out, "%-15s %12s %12s %10s %10s  %s\n", "", "rows", "in the copy", "written",
		"removed", "digest");
	for (unsigned i = 0; i < COPY_TABLE_COUNT; i++) {
		const struct copy_table_report *t = &report->tables[i];
		bool same = memcmp(t->source_digest, t->target_digest, DIGEST_BYTES) == 0;

		hex_encode(t->source_digest, DIGEST_BYTES, digest);
		fprintf(c->out, "%-15s %12lld %12lld %10lld %10lld  %.*s %s\n",
			copy_table_name((enum copy_table)i), (long long)t->source_rows,
			(long long)t->target_rows, (long long)t->written, (long long)t->removed,
			DIGEST_SHOWN, digest, same ? "equal" : "DIFFERS");
	}
}

static int print_report(struct command *c, const struct copy_report *report, int64_t spent_us)
{
	int status = COMMAND_BEHIND;

	print_table(c, report);
	fprintf(c->out, "\n");
	if (!report->changed && report->equal) {
		fprintf(c->out, "Equal: every row was compared, in %.1f s.\n",
			(double)spent_us / 1e6);
		if (!report->frozen)
			fprintf(c->out, "The source is not frozen: what is written there from now "
					"on is not in the copy.\n");
		status = COMMAND_OK;
	} else if (report->changed) {
		fprintf(c->out,
			"Copied, in %.1f s. The source was written meanwhile, so the copy is a "
			"step behind.\nRun it again: best with kinglet freeze before.\n",
			(double)spent_us / 1e6);
	} else {
		command_fail(c, "the copy is not equal: the source contradicts itself, or somebody "
				"else writes the target");
		status = COMMAND_FAILED;
	}
	return command_flush(c) == COMMAND_OK ? status : COMMAND_FAILED;
}

/* Takes `--NAME VALUE` or `--NAME=VALUE`; false where it is neither. */
static bool take_option(const char *name, int argc, char **argv, int *at, struct str *out)
{
	size_t len = strlen(name);

	if (strncmp(argv[*at], name, len) != 0)
		return false;
	if (argv[*at][len] == '=') {
		*out = str_from_c(argv[*at] + len + 1);
		return true;
	}
	if (argv[*at][len] != '\0' || *at + 1 >= argc)
		return false;
	*out = str_from_c(argv[++*at]);
	return true;
}

int command_copy(struct command *c, int argc, char **argv)
{
	struct view view = {
		.err = c->err, .terminal = isatty(fileno(c->err)), .began_us = clock_mono_us()};
	struct str from = c->store.url, to = c->store.url;
	struct buf why = BUF_INIT(8192);
	struct copy_report report;
	int status;
	enum err e;

	view.shown_us = view.began_us;
	for (int i = 0; i < argc; i++) {
		if (!take_option("--from", argc, argv, &i, &from) &&
		    !take_option("--to", argc, argv, &i, &to))
			return command_usage(c, "copy", NULL);
	}
	if (str_eq(from, to))
		return command_usage(c, "copy", "copy: from where, and to where?");
	e = copy_run(from, to, watch, &view, &report, &why);
	if (view.drawn)
		fprintf(c->err, "\r%78s\r", "");
	if (e == ERR_OK)
		status = print_report(c, &report, clock_mono_us() - view.began_us);
	else
		status = command_fail(c, "%s", buf_c(&why));
	buf_release(&why);
	return status;
}
