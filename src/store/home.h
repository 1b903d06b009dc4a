/*
 * home.h: home timelines in memory, for both engines. A home timeline is put together when it is
 * read, never when a post is written; what makes that cheap is remembered here:
 *
 *  - `recent`: who wrote each of the newest posts, by id, in a ring;
 *  - for each person who looked lately an entry: the authors they see, and the newest HOME_KEEP ids
 *    of their timeline up to some id, the stamp.
 *
 *	recent   ... 17 18 19 20 21 22 23        ids
 *	          ▲        ▲     ▲
 *	      floor    entry's  settled:         to read: go from the newest back to the stamp, keep
 *	               stamp    below it comes   what one of the authors wrote, put it before the
 *ids; nothing new      what is settled goes into the entry
 *
 * Nothing here reads a database. It holds ids only: rows come from there, where a post that was
 * deleted or flagged meanwhile is missed, and the reader then starts over without this cache.
 *
 * Exactness, embedded (SQLite). The writer changes this after the COMMIT and before those who wrote
 * are answered; ids rise with commits, so all is settled at once. A reader that comes after an
 * answer therefore finds the post in the ring, and no entry from before a change of follows. What
 * could still bring an old state back is an entry that is being built from an older snapshot
 * meanwhile: home_build_begin() notes, before the snapshot, how many entries were dropped so far,
 * and home_build_end() keeps the new one only if that is still so.
 *
 * Exactness, many nodes (PostgreSQL). Nobody tells a node what others commit, and a post may come
 * to light after one with a higher id. So each read asks first, in one snapshot, for what is above
 * the settled id, and for the version of the person's follows, and hands that to home_learn().
 * docs/timelines.md has the proof.
 *
 * Memory is bounded: the ring's is fixed, entries are dropped least recently used first. Safe on
 * any thread; the locks are held for microseconds.
 */
#ifndef KINGLET_STORE_HOME_H
#define KINGLET_STORE_HOME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"
#include "model/cursor.h"

/* Ids of a timeline that are remembered: two pages and what is beyond them. */
#define HOME_KEEP 64
/* Posts in the ring. */
#define RECENT_MAX 16384
/* For tests: rings of stores that are opened from now on hold so many; 0: RECENT_MAX again. */
void home_set_recent_max(size_t count);

struct home;
struct home_entry;

/*
 * Some ids, best first: the highest, or (`up`) the lowest. Holds at most `max`; what is worse than
 * all of a full one is refused. Ids are added at most once each.
 */
struct best_ids {
	int64_t *ids;
	size_t count, max;
	bool up;
};
void best_add(struct best_ids *best, int64_t id);

/* Authors of a home timeline: ascending, none twice, the person included. */
struct authors {
	int64_t *ids;
	size_t count;
};
bool authors_contain(const struct authors *authors, int64_t id);

struct home *home_new(size_t entry_bytes_max);
void home_free(struct home *h);

/* ---- embedded, the writer's side: what a commit has changed
 * ---------------------------------------------
 */

enum home_event {
	HOME_POSTED,	  /* a post, higher than any before: id, author_id */
	HOME_HIDDEN,	  /* a post was deleted or flagged: id */
	HOME_FOLLOWS,	  /* a person follows others than before: author_id is that person */
	HOME_PERSON_GONE, /* a person was deleted, with all posts: author_id */
};
struct home_change {
	enum home_event event;
	int64_t id, author_id;
};
void home_apply(struct home *h, const struct home_change *changes, size_t count);
/* Anything may have changed: all is forgotten. */
void home_forget(struct home *h);

/* ---- the readers' side ------------------------------------------------------------------------
 */

struct home_view {
	int64_t ids[HOME_KEEP]; /* newest first */
	size_t count;
	bool complete; /* the timeline has no others */
};
/* The timeline's newest ids at this moment; false where they are not remembered. */
bool home_find(struct home *h, int64_t user_id, struct home_view *out);
/* What was found turned out to be old: the entry is dropped. */
void home_drop(struct home *h, int64_t user_id);

/* A page as a range of a view's ids. */
struct home_range {
	size_t first, end;
};
/*
 * Where the page lies in what is remembered; false where it reaches past that. One id beyond the
 * end, where there is one, tells that there are older ones.
 */
bool home_range(const struct home_view *view, struct cursor at, size_t limit,
		struct home_range *out);

/* ---- embedded, the readers' side --------------------------------------------------------------
 */

struct recent_post {
	int64_t id, author_id; /* author_id 0: in no timeline */
};
/*
 * Fills the ring, where that has not been done. `fetch` reads the newest `max` posts, newest first,
 * flagged ones with author 0, in a snapshot that begins when it is called.
 */
typedef enum err recent_fetch_fn(void *arg, struct recent_post *rows, size_t max, size_t *count);
enum err MUST_CHECK home_load(struct home *h, recent_fetch_fn *fetch, void *arg);

/* An entry being built. */
struct home_build {
	int64_t user_id;
	uint64_t epoch, head, drops;
};
/* Before the snapshot. */
void home_build_begin(struct home *h, int64_t user_id, struct home_build *build);
/*
 * After the authors were read: an entry with what of theirs is in the ring. `best` becomes those
 * ids, in memory that belongs to the entry and has room for HOME_KEEP; posts up to `*from` are not
 * in the ring and are the caller's to add (0: none). NULL where the ring has moved too far
 * meanwhile: answer from the file alone.
 */
struct home_entry *home_build_recent(struct home *h, const struct home_build *build,
				     const struct authors *authors, struct best_ids *best,
				     int64_t *from);
/* Keeps the entry, or frees it where it may be old already. `ok` false: frees it. */
void home_build_end(struct home *h, const struct home_build *build, struct home_entry *entry,
		    const struct best_ids *best, bool ok);

/* ---- many nodes -------------------------------------------------------------------------------
 */

/* What a statement saw in its snapshot. */
struct home_news {
	int64_t server;	 /* which run of which server answered */
	int64_t order;	 /* grows with each commit: of two snapshots the later one has more */
	int64_t history; /* changes where posts came to light that are not new */
	int64_t xmin;	 /* all transactions with lower numbers have ended */
	/* A transaction with a higher number than `horizon_xid` makes only ids above `horizon_id`;
	 * 0: not asked. */
	int64_t horizon_id, horizon_xid;
	/* The unflagged posts above `since_id`, ascending; or (`cut`) the newest of them. */
	int64_t since_id;
	const struct recent_post *posts;
	size_t count;
	bool cut;
};
/* What is remembered, as somebody found it. */
struct home_moment {
	uint64_t epoch;
	int64_t settled_id; /* above it one has to ask */
	bool wants_horizon; /* one should be asked for */
};
void home_moment(struct home *h, struct home_moment *out);
/* `*out`: after that. News from before what is known already are none. */
void home_learn(struct home *h, const struct home_news *news, struct home_moment *out);

/*
 * As home_find(), for a reader who learned at `moment` that the person's follows are of `version`.
 */
bool home_find_at(struct home *h, int64_t user_id, const struct home_moment *moment,
		  int64_t version, struct home_view *out);
/*
 * Remembers a timeline that was read in a snapshot after `moment` with nothing lost in between: its
 * server and history were the same. `view` holds the newest HOME_KEEP ids, newest first.
 */
void home_keep(struct home *h, int64_t user_id, const struct home_moment *moment, int64_t version,
	       const struct authors *authors, const struct home_view *view);

/* How many reads home_find() answered, and how many not. */
void home_counters(struct home *h, int64_t *hits, int64_t *misses);

#endif
