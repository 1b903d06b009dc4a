/*
 * home.h: home timelines in memory. A home timeline is put together when it is read, never when a
 * post is written; what makes that cheap is remembered here:
 *
 *  - `recent`: who wrote each of the last RECENT_MAX posts, in a ring, kept up by the writer;
 *  - for each person who looked lately an entry: the authors they see, and the newest HOME_KEEP ids
 *    of their timeline as of some place in the ring.
 *
 *	recent   ... 17 18 19 20 21 22 23        numbers of posts since the ring was loaded
 *	                   ▲           ▲
 *	         entry's stamp         head      to read: go from head back to the stamp, keep what
 *	                                         one of the authors wrote, put it before the ids
 *
 * Nothing here reads the file. It holds ids only: rows come from the file, where a post that was
 * deleted or flagged meanwhile is missed, and the reader then starts over without this cache.
 *
 * Exactness. The writer changes this after the COMMIT and before those who wrote are answered. A
 * reader that comes after an answer therefore finds the post in the ring, and no entry from before
 * a change of follows. What could still bring an old state back is an entry that is being built
 * from an older snapshot meanwhile: home_build_begin() notes, before the snapshot, how many entries
 * were dropped so far, and home_build_end() keeps the new one only if that is still so.
 *
 * Memory is bounded: the ring's is fixed, entries are dropped least recently used first. Safe on
 * any thread; the locks are held for microseconds.
 */
#ifndef KINGLET_STORE_SQLITE_HOME_H
#define KINGLET_STORE_SQLITE_HOME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

/* Ids of a timeline that are remembered: two pages and what is beyond them. */
#define HOME_KEEP 64
/* Posts in the ring. */
#define RECENT_MAX 16384
/* For tests: rings of stores that are opened from now on hold so many; 0: RECENT_MAX again. */
void home_set_recent_max(size_t count);

struct home;
struct home_entry;
struct authors;
struct best_ids;

struct home *home_new(size_t entry_bytes_max);
void home_free(struct home *h);

/* ---- the writer's side: what a commit has changed ---------------------------------------------
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

/* How many reads home_find() answered, and how many not. */
void home_counters(struct home *h, int64_t *hits, int64_t *misses);

#endif
