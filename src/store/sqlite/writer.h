/*
 * writer.h: the one thread that writes, and how others have it write for them.
 *
 * An operation that writes is a function that runs on the writer's thread, inside a transaction
 * that it shares with what other threads want written at the same time: the group. The caller
 * sleeps until the group's COMMIT has reached the disk. So one fsync serves up to GROUP_MAX
 * writes, and a write that comes alone waits for nobody.
 *
 *	callers ──submit──▶ groups[] ──▶ BEGIN, job, job, job, COMMIT ──▶ changes to memory ──▶ one
 *wake
 *
 * The rule of jobs (it replaces a savepoint around each): a job that answers NOT_FOUND, CONFLICT,
 * INVALID or DENIED must not have changed anything. It asks first and changes afterwards, or
 * its first change is the single statement that can fail, which SQLite undoes by itself. Any other
 * error means that the storage failed: it fails the whole group, which is rolled back.
 *
 * A job tells what its commit means for the memory beside the file (totals, timelines) through
 * writer_note_*(), as its last act.
 */
#ifndef KINGLET_STORE_SQLITE_WRITER_H
#define KINGLET_STORE_SQLITE_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/err.h"
#include "store/sqlite/conn.h"
#include "store/home.h"
#include "store/store.h"

struct sqlite;
struct writer;

typedef enum err job_fn(struct writer *w, void *arg);

/* Opens the file (see migrate.h for what is refused) and reads its state; no thread yet. */
enum err MUST_CHECK writer_open(struct sqlite *s, const struct store_config *config,
				struct writer **out, struct buf *why);
void writer_start(struct writer *w);
/* Writes what waits, ends the thread, closes the file. NULL is fine. */
void writer_close(struct writer *w);

/*
 * Has `run(w, arg)` run on the writer's thread and waits until it is durable. `arg` may lie on the
 * caller's stack. ERR_BUSY: too many wait already. Else what `run` answered, or why the commit
 * failed.
 */
enum err MUST_CHECK writer_run(struct writer *w, job_fn *run, void *arg);

/* Something is to be written that nobody waits for (`latest`): soon, or with the next group. */
void writer_nudge(struct writer *w);

/*
 * Can it write? What the last attempt said; after a failure it tries again by itself.
 * ERR_READ_ONLY: the database is frozen.
 */
enum err writer_health(struct writer *w);
/* As of the last transaction, or of the last tick of an idle writer. */
bool writer_is_frozen(struct writer *w);
void writer_counters(struct writer *w, struct store_counters *out);

/* ---- for jobs, on the writer's thread ------------------------------------------------------- */

struct conn *writer_conn(struct writer *w);
/* The next id: higher than any before it, also before a restart. */
int64_t writer_next_id(struct writer *w, int64_t now_ms);
/* An id made elsewhere (bulk): those to come are higher. */
void writer_note_id(struct writer *w, int64_t id);
/* What to add to the totals. */
void writer_note_totals(struct writer *w, struct store_totals delta);
/* Pages of posts or people look different after this. */
void writer_note_visible(struct writer *w);
/* Home timelines are to follow; pages look different too. */
void writer_note_home(struct writer *w, enum home_event event, int64_t id, int64_t author_id);
/* Posts that wait for it at most, 256 if nothing is said; for tests, before a store is opened. */
void writer_set_unindexed_max(size_t count);
/* A post waits for its words to be indexed (write_index_rest()). */
void writer_note_unindexed(struct writer *w);
/* That person has a notice more. */
void writer_note_told(struct writer *w, int64_t user_id);
/* Posts that are kept in memory look different: their author has another name. */
void writer_note_renamed(struct writer *w);
/* So much changed that nothing in memory is worth keeping. */
void writer_note_everything(struct writer *w);

/* ---- for bulk.c: the connection without the thread ------------------------------------------ */

/*
 * Waits until the writer's thread has come to rest, and has it rest until writer_give_back(). In
 * between the calling thread is the writer: it may use all of the above and writer_begin() etc.
 */
enum err MUST_CHECK writer_take_over(struct writer *w);
enum err MUST_CHECK writer_begin(struct writer *w);
/* Commits, and changes the memory accordingly. After an error everything is rolled back. */
enum err MUST_CHECK writer_commit(struct writer *w);
void writer_rollback(struct writer *w);
/* The connection's cache has its usual size again. */
void writer_restore_cache(struct writer *w);
void writer_give_back(struct writer *w);

#endif
