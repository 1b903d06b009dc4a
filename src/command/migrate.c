/*
 * migrate.c: `kinglet migrate`: what is pending, long steps included, with a line for what is done
 * and how long is left. `kinglet migrate --status` only lists.
 */
#include "command/command.h"

#include <time.h>
#include "base/clock.h"
#include "store/store.h"

#define LINE_EACH_US 1000000 /* of progress */

struct watcher {
	struct command *c;
	bool status;
	int pending;
	int64_t next_line_us;
};

/* "3 h 20 min", rounded so that nobody takes it for exact. */
static void print_time(FILE *out, int64_t ms)
{
	int64_t s = (ms + 999) / 1000;

	if (s < 120)
		fprintf(out, "%lld s", (long long)s);
	else if (s < 7200)
		fprintf(out, "%lld min", (long long)(s + 59) / 60);
	else
		fprintf(out, "%lld h %lld min", (long long)s / 3600, (long long)s % 3600 / 60);
}

static void print_row(void *user, const struct migration_row *row)
{
	struct watcher *w = user;
	FILE *out = w->c->out;
	char when[32] = "";
	time_t at = (time_t)(row->applied_ms / 1000);
	struct tm parts;

	w->pending += !row->done;
	if (!w->status && row->done)
		return;
	fprintf(out, "%04d %s (%s): ", row->migration->number, row->migration->name,
		migration_kind_name(row->migration->kind));
	if (row->done) {
		if (gmtime_r(&at, &parts))
			strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &parts);
		fprintf(out, "done %s", when);
	} else if (row->migration->kind != MIGRATION_ONLINE) {
		fputs("pending, in one transaction", out);
	} else {
		fprintf(out, "pending, %lld rows in %d steps, ", (long long)row->rows,
			row->migration->step_count);
		if (row->left_ms < 0) {
			fputs("time not known before the earlier ones have run", out);
		} else {
			fputs("about ", out);
			print_time(out, row->left_ms);
		}
	}
	fputc('\n', out);
	fflush(out);
}

static void print_begin(void *user, const struct migration *m)
{
	struct watcher *w = user;

	w->next_line_us = 0;
	fprintf(w->c->out, "%04d %s: begins\n", m->number, m->name);
	fflush(w->c->out);
}

static void print_progress(void *user, const char *index, int64_t rows_done, int64_t rows_left,
			   int64_t left_ms)
{
	struct watcher *w = user;
	FILE *out = w->c->out;

	if (index) {
		fprintf(out, "  index %s over about %lld rows\n", index, (long long)rows_left);
	} else if (clock_mono_us() >= w->next_line_us) {
		w->next_line_us = clock_mono_us() + LINE_EACH_US;
		fprintf(out, "  %lld rows done, about %lld left", (long long)rows_done,
			(long long)rows_left);
		if (left_ms >= 0) {
			fputs(", ", out);
			print_time(out, left_ms);
		}
		fputc('\n', out);
	}
	fflush(out);
}

static void print_end(void *user, const struct migration *m, int64_t took_ms)
{
	struct watcher *w = user;

	fprintf(w->c->out, "%04d %s: done after %lld.%03lld s\n", m->number, m->name,
		(long long)took_ms / 1000, (long long)took_ms % 1000);
	fflush(w->c->out);
}

int command_migrate(struct command *c, int argc, char **argv)
{
	struct watcher watcher = {.c = c};
	struct migration_watch watch = {&watcher, print_row, print_begin, print_progress,
					print_end};
	struct buf why = BUF_INIT(8192);
	int status = COMMAND_OK;

	watcher.status = argc == 1 && strcmp(argv[0], "--status") == 0;
	if (argc != watcher.status)
		return command_usage(c, "migrate", NULL);
	if (store_migrate(c->store.url, watcher.status ? MIGRATION_STATUS : MIGRATION_ALL, &watch,
			  &why) != ERR_OK)
		status = command_fail(c, "%s", buf_c(&why));
	else if (!watcher.status && watcher.pending == 0)
		fputs("Nothing is pending.\n", c->out);
	buf_release(&why);
	return status == COMMAND_OK ? command_flush(c) : status;
}
