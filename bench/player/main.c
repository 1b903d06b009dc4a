/*
 * replay: plays a recorded community (scenario.h) against the simulator's API the way its clients
 * do, reports errors by kind and the distribution of latencies, and verifies what is there
 * afterwards. Exit status 0: no error and no difference; 1: some; 2: it could not begin.
 *
 * It must never count as an answer what a client of the simulator would count as an error: see
 * perform() in play.c.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/encode.h"
#include "verify.h"

/*
 * The simulator's clients wait 300 ms. Several at full speed queue on purpose, for a register
 * costs a password's hash: how long they wait is reported, and they give up later.
 */
#define TIMEOUT_MS	 300
#define TIMEOUT_CROWD_MS 5000

struct options {
	const char *api, *admin, *file, *name, *password;
	int64_t clients, timeout_ms, limit;
	bool verify, verify_only;
};

static const char usage_text[] =
	"usage: replay [option]... FILE\n"
	"Plays a scenario file against the simulator API.\n"
	"  --api HOST:PORT     where the API listens (127.0.0.1:5001)\n"
	"  --admin HOST:PORT   where the admin listener is: compare its totals too\n"
	"  --clients N         N clients at full speed, each person's order kept (1)\n"
	"  --timeout-ms N      a request may take this long (300; several clients: 5000)\n"
	"  --limit N           only the first N actions\n"
	"  --user NAME         of the Basic authorization (simulator)\n"
	"  --password TEXT     of the Basic authorization (super_safe!)\n"
	"  --verify            then compare what is there with what the file gives\n"
	"  --verify-only       compare without playing\n";

static int usage(void)
{
	fputs(usage_text, stderr);
	return 2;
}

static bool number(const char *text, int64_t low, int64_t high, int64_t *out)
{
	return str_to_i64(str_from_c(text), out) && *out >= low && *out <= high;
}

static bool parse_options(int argc, char **argv, struct options *o)
{
	static const struct option table[] = {
		{"api", required_argument, NULL, 'a'},
		{"admin", required_argument, NULL, 'm'},
		{"clients", required_argument, NULL, 'c'},
		{"timeout-ms", required_argument, NULL, 't'},
		{"limit", required_argument, NULL, 'l'},
		{"user", required_argument, NULL, 'u'},
		{"password", required_argument, NULL, 'p'},
		{"verify", no_argument, NULL, 'v'},
		{"verify-only", no_argument, NULL, 'V'},
		{0},
	};
	bool good = true;
	int got;

	while (good && (got = getopt_long(argc, argv, "", table, NULL)) != -1) {
		switch (got) {
		case 'a':
			o->api = optarg;
			break;
		case 'm':
			o->admin = optarg;
			break;
		case 'c':
			good = number(optarg, 1, CLIENTS_MAX, &o->clients);
			break;
		case 't':
			good = number(optarg, 1, 3600000, &o->timeout_ms);
			break;
		case 'l':
			good = number(optarg, 1, INT64_MAX, &o->limit);
			break;
		case 'u':
			o->name = optarg;
			break;
		case 'p':
			o->password = optarg;
			break;
		case 'v':
			o->verify = true;
			break;
		case 'V':
			o->verify_only = true;
			break;
		default:
			good = false;
			break;
		}
	}
	o->file = argv[optind];
	return good && optind + 1 == argc;
}

static bool set_authorization(struct play *p, const struct options *o)
{
	struct buf plain = BUF_INIT(256), header = BUF_INIT(sizeof(p->authorization));
	bool fits;

	buf_printf(&plain, "%s:%s", o->name, o->password);
	buf_add_c(&header, "Basic ");
	base64_encode(&header, plain.ptr, plain.len);
	snprintf(p->authorization, sizeof(p->authorization), "%s", buf_c(&header));
	fits = buf_ok(&plain) && buf_ok(&header);
	buf_release(&plain);
	buf_release(&header);
	return fits;
}

static int run(struct play *p, const struct options *o, const struct target *admin)
{
	size_t bad = 0;

	if (!o->verify_only) {
		struct tally tally = {0};
		int64_t elapsed_us = play_run(p, &tally);

		printf("%u client%s, %lld ms for a request\n", p->clients,
		       p->clients == 1 ? "" : "s", (long long)p->timeout_ms);
		tally_print(&tally, elapsed_us);
		bad += tally_errors(&tally);
		tally_release(&tally);
	}
	if (o->verify || o->verify_only)
		bad += verify_run(p, admin);
	return bad ? 1 : 0;
}

int main(int argc, char **argv)
{
	struct options o = {.api = "127.0.0.1:5001",
			    .name = "simulator",
			    .password = "super_safe!",
			    .clients = 1};
	struct play play = {0};
	struct target admin = {0};
	struct scenario scenario;
	int status;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!parse_options(argc, argv, &o))
		return usage();
	play.clients = (unsigned)o.clients;
	play.timeout_ms = o.timeout_ms	  ? o.timeout_ms
			  : o.clients > 1 ? TIMEOUT_CROWD_MS
					  : TIMEOUT_MS;
	if (!target_parse(o.api, &play.api) || (o.admin && !target_parse(o.admin, &admin))) {
		fputs("replay: an address is HOST:PORT, HOST in numbers\n", stderr);
		return 2;
	}
	if (!set_authorization(&play, &o)) {
		fputs("replay: name and password are too long\n", stderr);
		return 2;
	}
	if (!scenario_read(o.file, (size_t)o.limit, &scenario))
		return 2;
	play.scenario = &scenario;
	status = run(&play, &o, o.admin ? &admin : NULL);
	scenario_release(&scenario);
	return status;
}
