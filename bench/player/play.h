/*
 * play.h: plays a scenario against the simulator's API.
 *
 * One client plays the file's order. Several share out the people among them, so that everybody's
 * actions stay in order, and wait where an action names somebody who registers earlier in the file:
 * whatever the speed, what must be there afterwards is the same.
 */
#ifndef KINGLET_BENCH_PLAY_H
#define KINGLET_BENCH_PLAY_H

#include "request.h"
#include "scenario.h"
#include "tally.h"

#define CLIENTS_MAX 512

struct play {
	const struct scenario *scenario;
	struct target api;
	char authorization[512]; /* "Basic …" */
	int64_t timeout_ms;
	unsigned clients; /* 1 to CLIENTS_MAX */
};

/* Appends `s` as a JSON string (RFC 8259 §7). */
void json_add_string(struct buf *out, struct str s);
/* Adds to `tally`; returns how long it took. */
int64_t play_run(const struct play *p, struct tally *tally);

#endif
