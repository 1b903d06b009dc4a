/*
 * copy_end.h: one end of a copy (copy.h): a database whose tables are read and written as they are,
 * in rows that mean the same on every engine. Engines implement it on a connection of its own,
 * beside the store's operations: ids and counters are taken over, not made.
 *
 * The canonical row of a table is its columns in the order of copy_tables[].kinds: a number for
 * 'i' (and 0 or 1 for 'b'), a text for 't', bytes for 'x'. The first `keys` columns are its key.
 */
#ifndef KINGLET_STORE_COPY_END_H
#define KINGLET_STORE_COPY_END_H

#include <stdbool.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "store/copy.h"

#define COPY_COLUMNS_MAX 13
/* The fields of a key; two of them make a range. */
#define COPY_KEYS_MAX 2

struct copy_cell {
	int64_t number;
	struct str text;
};
struct copy_row {
	struct copy_cell cells[COPY_COLUMNS_MAX];
};
struct copy_rows {
	struct copy_row *items;
	size_t count;
};
struct copy_table_row {
	const char *name;  /* for people */
	const char *kinds; /* one letter for each column */
	unsigned keys;
};
extern const struct copy_table_row copy_tables[COPY_TABLE_COUNT];

/* Rows whose key is above that of `after` and not above that of `upto`; only keys are looked at. */
struct copy_range {
	struct copy_row after, upto;
};

/* What one end says of itself. */
struct copy_look {
	int64_t born_ms;  /* when its schema was made: tells databases apart */
	int64_t last_id;  /* the highest id ever given */
	int64_t frozen;	  /* 0: it isn't; else another number after each freeze */
	int64_t version;  /* the same as before: nobody has written meanwhile */
	int64_t expected; /* rows, about */
	bool empty;	  /* there are no people, posts, sessions or imports */
	struct str mark;  /* see mark() */
};

struct copy_end;
struct copy_end_ops {
	void (*close)(struct copy_end *end);
	enum err (*look)(struct copy_end *end, struct arena *a, struct copy_look *out);
	/* In the order of keys, at most `limit`. Holds no snapshot when it has returned. */
	enum err (*read)(struct copy_end *end, enum copy_table table,
			 const struct copy_range *range, size_t limit, struct arena *a,
			 struct copy_rows *out);
	/*
	 * Removes the rows with the keys of `gone` (a person with everything of theirs), then adds
	 * or replaces `put`. Rows of people who aren't there are left out. Later reads see it; it
	 * is durable with the next mark(), and what is lost before is lost from the end.
	 */
	enum err (*apply)(struct copy_end *end, enum copy_table table, const struct copy_rows *put,
			  const struct copy_rows *gone, struct arena *a);
	/* Keeps a word about the copy, and ids to come above `last_id`. Durable, with all before.
	 */
	enum err (*mark)(struct copy_end *end, struct str mark, int64_t last_id);
};

struct copy_end {
	const struct copy_end_ops *ops;
	struct str description; /* where it is, without secrets */
	struct buf *why;	/* a sentence for the operator, after an error */
};

/*
 * A mark is "STATE SCHEME:BORN DESCRIPTION", where STATE is one of these. A server doesn't start on
 * an unfinished copy, and takes the mark off a whole one: from then on it is nobody's copy.
 */
#define COPY_UNFINISHED "unfinished"
#define COPY_WHOLE	"whole"

enum copy_mark_action { COPY_MARK_NONE, COPY_MARK_REFUSE, COPY_MARK_REMOVE };
/*
 * For an engine that opens a database whose mark is `mark` (empty: none). `*why` gets a sentence
 * with COPY_MARK_REFUSE.
 */
enum copy_mark_action copy_mark_judge(struct str mark, bool for_server, struct buf *why);

#endif
