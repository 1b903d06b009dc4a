/*
 * effects.h: what a transaction will mean for the memory beside the file, gathered while it runs
 * and applied when it is committed; of the writer's thread alone.
 */
#ifndef KINGLET_STORE_SQLITE_EFFECTS_H
#define KINGLET_STORE_SQLITE_EFFECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/home.h"
#include "store/store.h"

struct sqlite;

/* Changes to home timelines in one transaction; where there are more, they are all forgotten. */
#define EFFECTS_HOME_MAX 1024
/* People who get notices in one transaction; where there are more, all that listens looks. */
#define EFFECTS_TOLD_MAX 256

struct effects {
	struct store_totals totals; /* the difference */
	bool visible;		    /* a page may look different */
	bool hides;		    /* something that was seen is seen no more */
	bool everything;	    /* also where the list below was too short */
	size_t home_count;
	struct home_change home[EFFECTS_HOME_MAX];
	size_t told_count;
	int64_t told[EFFECTS_TOLD_MAX]; /* people */
};

/* The sum of two. */
struct store_totals effects_totals(struct store_totals a, struct store_totals b);

void effects_clear(struct effects *effects);

/* A change of home timelines, which is visible. */
void effects_note_home(struct effects *effects, struct home_change change);

/* `user_id` has got a notice. */
void effects_note_told(struct effects *effects, int64_t user_id);

/*
 * Totals, remembered timelines, the version, those who listen; and clears. After the COMMIT, and
 * before its callers are woken: see effects.c.
 */
void effects_apply(struct effects *effects, struct sqlite *s);

#endif
