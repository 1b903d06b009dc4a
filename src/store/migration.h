/*
 * migration.h: the schema of an engine in numbered steps, embedded from db/ENGINE/NNNN_name.sql by
 * tools/embed_sql.py, and what both engines do alike with them. Numbers run from 1 without a gap.
 * Each runs once and leaves a row in the table schema_migration; what has run is always the first
 * so many of the list. docs/migrations.md has the rules by which releases work side by side.
 */
#ifndef KINGLET_STORE_MIGRATION_H
#define KINGLET_STORE_MIGRATION_H

#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/err.h"

enum migration_kind {
	MIGRATION_EXPAND,   /* adds; in one transaction. Programs that don't know it don't mind */
	MIGRATION_CONTRACT, /* takes away; in one transaction */
	MIGRATION_ONLINE,   /* adds; steps that may be broken off and taken up again */
};

/* A step of an online migration: an index that is built, or all rows of a table gone through. */
struct migration_step {
	const char *table;
	const char *index; /* NULL: a batch */
	/* What follows CREATE INDEX … ON table; or the statement for the rows whose id is above
	 * :after and not above :upto, which may be run twice for the same rows. */
	const char *sql;
};

struct migration {
	int number;
	const char *name;
	const char *digest; /* SHA-256 of the file, in hex */
	const char *sql;    /* empty where it is online */
	enum migration_kind kind;
	int since; /* of a contract: who knows this number no longer uses what goes */
	const struct migration_step *steps;
	int step_count;
};

extern const struct migration sqlite_migrations[];
extern const int sqlite_migration_count;
extern const struct migration postgres_migrations[];
extern const int postgres_migration_count;

/* ---- watching ------------------------------------------------------------------------------ */

struct migration_row {
	const struct migration *migration;
	bool done;
	int64_t applied_ms; /* where done */
	int64_t rows;	    /* concerned and not yet gone through; -1: not known */
	int64_t left_ms;    /* estimate; -1: not known */
};

/* Called from the thread that migrates; all may be NULL. */
struct migration_watch {
	void *user;
	/* Each of the list in order, before anything runs. */
	void (*row)(void *user, const struct migration_row *row);
	void (*begin)(void *user, const struct migration *m);
	/* Of an online one, after each batch and before each index (`index` then isn't NULL). */
	void (*progress)(void *user, const char *index, int64_t rows_done, int64_t rows_left,
			 int64_t left_ms);
	void (*end)(void *user, const struct migration *m, int64_t took_ms);
};

/* Who migrates decides how far it goes. */
enum migration_mode {
	/*
	 * A program that starts: all that run in one transaction. Online ones only where nobody has
	 * an account yet, and so nothing takes long; else, where only online ones are left, it goes
	 * without them; where others wait behind one, it is refused.
	 */
	MIGRATION_START,
	MIGRATION_ALL,	  /* everything, however long it takes */
	MIGRATION_STATUS, /* nothing; the watcher's rows alone */
};

/* ---- for the engines ----------------------------------------------------------------------- */

/* How an engine runs SQL for what both do alike. */
struct migration_sql {
	void *engine;
	enum err (*exec)(void *engine, const char *sql, struct buf *why);
	/* First column of the first row; `*out` stays where there is no row or it is NULL. */
	enum err (*number)(void *engine, const char *sql, int64_t *out, struct buf *why);
	const char *begin; /* begins a transaction that writes */
	/* A query for about how many rows a table has, up to the bracket that holds its name;
	 * NULL, or no answer: they are counted. */
	const char *rows_of;
	const char *has_progress; /* a query for 1 where there is a table schema_progress, else 0 */
	bool concurrent;  /* knows CREATE INDEX CONCURRENTLY, which may leave an invalid index */
	int rest_percent; /* how long to rest after a batch, of the time that it took */
};

const char *migration_kind_name(enum migration_kind kind);
/* What a program that knows `count` migrations does with one it doesn't know, by its record. */
bool migration_is_tolerated(int count, const char *kind, int64_t since);
/*
 * Runs what is left of an online migration, in resumable pieces, and records it as done. Nobody
 * else may be doing so. A failed piece is undone; what was done before it stays and isn't repeated.
 */
enum err MUST_CHECK migration_run_online(const struct migration_sql *sql, const struct migration *m,
					 const struct migration_watch *w, struct buf *why);
/*
 * Rows and time that an online migration still takes: tries on a sample, in a transaction that is
 * rolled back. -1 each where it can't be known yet.
 */
void migration_estimate(const struct migration_sql *sql, const struct migration *m, int64_t *rows,
			int64_t *left_ms);
/* The text that records `m` as done. Names and digests are [a-z0-9_]. */
void migration_record_sql(const struct migration *m, struct buf *out);
/* Columns of schema_migration and schema_progress are the same in both engines. */
extern const char migration_progress_schema[];

#endif
