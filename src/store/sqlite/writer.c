#include "store/sqlite/writer.h"

#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log.h"
#include "model/id.h"
#include "store/sqlite/copy.h"
#include "store/sqlite/effects.h"
#include "store/sqlite/migrate.h"
#include "store/sqlite/sqlite.h"
#include "store/sqlite/write.h"

/* Writes in one transaction: more would not be cheaper each, and all wait for the last. */
#define GROUP_MAX 256
/* Pages in the write-ahead log after which its content is moved into the file: 16 MiB. */
#define CHECKPOINT_PAGES 4096
/* A log so much longer was kept from starting anew by readers: wait for them once. */
#define CHECKPOINT_FORCED_PAGES (8 * CHECKPOINT_PAGES)
/* How long `latest` may wait for a group to go with. */
#define NUDGE_MS 10
/* How often an idle writer looks whether another process has written, or writing works again. */
#define TICK_MS		   100
#define WRITER_CACHE_BYTES ((size_t)8 * 1024 * 1024)

/* Posts whose words wait, before all are indexed at once; a search looks at each of them. */
static size_t unindexed_max = 256;

void writer_set_unindexed_max(size_t count)
{
	unindexed_max = count;
}

/* A write that waits; on its caller's stack. */
struct job {
	job_fn *run;
	void *arg;
	struct job *next;
	enum err result;
};

/*
 * Jobs that are committed together. Groups are numbered from the first to the last; number N lies
 * in slot N modulo the count of slots. All callers of a group sleep on its `done`, which becomes
 * the group's number when their results are there: one wake for all of them, and no caller can
 * mistake a later use of the slot for its own.
 */
struct group {
	struct job *first, **end;
	size_t count;
	bool take_over; /* no jobs: another thread takes the connection */
	_Atomic uint32_t done;
};

struct writer {
	struct sqlite *s;
	pthread_t thread;

	/* Shared with callers, under `lock`. */
	pthread_mutex_t lock;
	pthread_cond_t work;
	struct group *groups;
	uint32_t group_slots;
	uint32_t running, filling; /* numbers of groups: next to run, next to be added to */
	size_t queued, queue_max;
	bool asleep, stopping;
	sem_t taken_over, given_back;

	/* The thread's own, or of whoever took over. */
	struct conn conn;
	int64_t last_id;
	int64_t data_version;
	int64_t changes_before;
	struct effects effects;
	int wal_pages, checkpoint_at_pages;
	size_t unindexed; /* at least as many wait; too many are counted after a rollback */

	_Atomic int64_t commits, writes, group_sizes[STORE_GROUP_BOUND_COUNT + 1];
	atomic_int health; /* enum err */
	atomic_bool frozen;
};

/* ---- sleeping and waking: futex(2), since a condition variable wakes its waiters one by one ---
 */

static void sleep_until_done(struct group *g, uint32_t number)
{
	for (;;) {
		uint32_t done = atomic_load_explicit(&g->done, memory_order_acquire);

		if ((int32_t)(done - number) >= 0)
			return;
		syscall(SYS_futex, &g->done, FUTEX_WAIT_PRIVATE, done, NULL, NULL, 0);
	}
}

static void wake_all(struct group *g, uint32_t number)
{
	atomic_store_explicit(&g->done, number, memory_order_release);
	syscall(SYS_futex, &g->done, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

/* ---- the callers' side ---------------------------------------------------------------------- */

static struct group *group_at(struct writer *w, uint32_t number)
{
	return &w->groups[number % w->group_slots];
}

/* Under the lock: the group being filled is full; false where there is no slot for a next one. */
static bool close_group(struct writer *w)
{
	if (w->filling + 1 - w->running >= w->group_slots)
		return false;
	w->filling++;
	return true;
}

static void wake_writer(struct writer *w)
{
	if (w->asleep) {
		w->asleep = false;
		pthread_cond_signal(&w->work);
	}
}

/* Under the lock: the group to add to, or NULL where too many wait. */
static struct group *group_with_room(struct writer *w)
{
	if (w->stopping || w->queued >= w->queue_max)
		return NULL;
	if (group_at(w, w->filling)->count >= GROUP_MAX && !close_group(w))
		return NULL;
	return group_at(w, w->filling);
}

enum err writer_run(struct writer *w, job_fn *run, void *arg)
{
	struct job job = {.run = run, .arg = arg};
	struct group *g;
	uint32_t number;

	pthread_mutex_lock(&w->lock);
	g = group_with_room(w);
	if (!g) {
		pthread_mutex_unlock(&w->lock);
		return ERR_BUSY;
	}
	*g->end = &job;
	g->end = &job.next;
	g->count++;
	w->queued++;
	number = w->filling;
	wake_writer(w);
	pthread_mutex_unlock(&w->lock);
	sleep_until_done(g, number);
	return job.result;
}

void writer_nudge(struct writer *w)
{
	pthread_mutex_lock(&w->lock);
	wake_writer(w);
	pthread_mutex_unlock(&w->lock);
}

enum err writer_health(struct writer *w)
{
	enum err e = (enum err)atomic_load_explicit(&w->health, memory_order_relaxed);

	pthread_mutex_lock(&w->lock);
	if (e == ERR_OK && w->queued >= w->queue_max)
		e = ERR_BUSY;
	pthread_mutex_unlock(&w->lock);
	return e == ERR_OK && writer_is_frozen(w) ? ERR_READ_ONLY : e;
}

bool writer_is_frozen(struct writer *w)
{
	return atomic_load_explicit(&w->frozen, memory_order_relaxed);
}

void writer_counters(struct writer *w, struct store_counters *out)
{
	out->commits = atomic_load_explicit(&w->commits, memory_order_relaxed);
	out->writes = atomic_load_explicit(&w->writes, memory_order_relaxed);
	for (size_t i = 0; i <= STORE_GROUP_BOUND_COUNT; i++)
		out->groups[i] = atomic_load_explicit(&w->group_sizes[i], memory_order_relaxed);
	pthread_mutex_lock(&w->lock);
	out->write_queue = (int64_t)w->queued;
	pthread_mutex_unlock(&w->lock);
}

/* ---- the file's one row of state --------------------------------------------------------------
 */

/*
 * Takes over what the file says: at the start, and when another process has written. A frozen one
 * also says what `latest` is: the number that would have gone with the next commit never will.
 */
static enum err state_read(struct writer *w)
{
	struct sqlite *s = w->s;
	sqlite3_stmt *st = conn_stmt(&w->conn, STMT_STATE_GET);
	enum err e = ERR_OK;

	if (stmt_step(st) == STEP_ROW) {
		bool frozen = column_i64(st, 6) != 0;

		writer_note_id(w, column_i64(st, 0));
		atomic_store(&w->frozen, frozen);
		pthread_mutex_lock(&s->state_lock);
		s->latest_is_dirty &= !frozen;
		if (!s->latest_is_dirty)
			s->latest = column_i64(st, 1);
		s->totals = (struct store_totals){
			.users = column_i64(st, 2),
			.posts = column_i64(st, 3),
			.follows = column_i64(st, 4),
			.sessions = column_i64(st, 5),
		};
		pthread_mutex_unlock(&s->state_lock);
	} else {
		e = conn_err(&w->conn);
	}
	stmt_reset(st);
	return e;
}

/* Only this thread changes the totals, so it reads them without the lock. */
static enum err state_write(struct writer *w, int64_t latest)
{
	struct store_totals t = effects_totals(w->s->totals, w->effects.totals);
	sqlite3_stmt *st = conn_stmt(&w->conn, STMT_STATE_SET);

	bind_i64(st, 1, w->last_id);
	bind_i64(st, 2, latest);
	bind_i64(st, 3, t.users);
	bind_i64(st, 4, t.posts);
	bind_i64(st, 5, t.follows);
	bind_i64(st, 6, t.sessions);
	bind_i64(st, 7, w->effects.hides);
	return conn_run(&w->conn, st);
}

/*
 * Another process (a command of the operator's) may write beside us. SQLite tells: data_version
 * changes with commits of others and not with our own. What we hold in memory is then read anew.
 */
static enum err notice_other_writers(struct writer *w)
{
	sqlite3_stmt *st = conn_stmt(&w->conn, STMT_DATA_VERSION);
	int64_t seen = w->data_version;
	enum err e;

	if (stmt_step(st) == STEP_ROW)
		seen = column_i64(st, 0);
	stmt_reset(st);
	if (seen == w->data_version)
		return ERR_OK;
	home_forget(w->s->home);
	atomic_fetch_add(&w->s->version, 1);
	news_tell_resync(&w->s->store.news);
	e = state_read(w);
	/* Seen only once it has been taken over: else our next commit would undo it. */
	if (e == ERR_OK)
		w->data_version = seen;
	return e;
}

/* ---- a transaction ----------------------------------------------------------------------------
 */

enum err writer_begin(struct writer *w)
{
	enum err e = conn_run_plain(&w->conn, STMT_BEGIN_WRITE);

	effects_clear(&w->effects);
	w->changes_before = sqlite3_total_changes64(w->conn.db);
	if (e == ERR_OK)
		e = notice_other_writers(w);
	/* Here it is exact: until our COMMIT nobody else can freeze it. */
	if (e == ERR_OK && writer_is_frozen(w))
		e = ERR_READ_ONLY;
	if (e != ERR_OK)
		writer_rollback(w);
	return e;
}

void writer_rollback(struct writer *w)
{
	conn_rollback(&w->conn);
	effects_clear(&w->effects);
}

/* What of `latest` is to go with this commit; false where the file has it already. */
static bool latest_take(struct sqlite *s, int64_t *latest)
{
	bool was_dirty;

	pthread_mutex_lock(&s->state_lock);
	*latest = s->latest;
	was_dirty = s->latest_is_dirty;
	s->latest_is_dirty = false;
	pthread_mutex_unlock(&s->state_lock);
	return was_dirty;
}

static bool latest_is_dirty(struct sqlite *s)
{
	bool dirty;

	pthread_mutex_lock(&s->state_lock);
	dirty = s->latest_is_dirty;
	pthread_mutex_unlock(&s->state_lock);
	return dirty;
}

static void latest_put_back(struct sqlite *s)
{
	pthread_mutex_lock(&s->state_lock);
	s->latest_is_dirty = true;
	pthread_mutex_unlock(&s->state_lock);
}

enum err writer_commit(struct writer *w)
{
	int64_t latest;
	bool latest_was_dirty = latest_take(w->s, &latest);
	bool changed = sqlite3_total_changes64(w->conn.db) != w->changes_before;
	enum err e = ERR_OK;

	/* After a failure the attempt itself is wanted, to learn whether writing works again. */
	if (changed || latest_was_dirty || atomic_load(&w->health) != ERR_OK) {
		e = state_write(w, latest);
		changed = true;
	}
	if (e == ERR_OK)
		e = conn_run_plain(&w->conn, STMT_COMMIT);
	if (e != ERR_OK) {
		writer_rollback(w);
		if (latest_was_dirty)
			latest_put_back(w->s);
	} else {
		effects_apply(&w->effects, w->s);
		if (changed)
			atomic_fetch_add_explicit(&w->commits, 1, memory_order_relaxed);
	}
	return e;
}

static bool is_answer(enum err e)
{
	return e == ERR_OK || e == ERR_NOT_FOUND || e == ERR_CONFLICT || e == ERR_INVALID ||
	       e == ERR_DENIED;
}

static void note_health(struct writer *w, enum err e)
{
	enum err before;

	if (e == ERR_READ_ONLY)
		return;
	before = (enum err)atomic_exchange(&w->health, (int)e);
	if (e != ERR_OK && before == ERR_OK)
		log_error("writing to the database fails", LOG_C("error", err_label(e)),
			  LOG_C("sqlite", sqlite3_errmsg(w->conn.db)));
	else if (e == ERR_OK && before != ERR_OK)
		log_info("writing to the database works again");
}

static void count_group(struct writer *w, size_t write_count)
{
	size_t bucket = 0;

	while (bucket < STORE_GROUP_BOUND_COUNT &&
	       (int64_t)write_count > store_group_bounds[bucket])
		bucket++;
	atomic_fetch_add_explicit(&w->group_sizes[bucket], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&w->writes, (int64_t)write_count, memory_order_relaxed);
}

static enum err index_rest(struct writer *w)
{
	enum err e = write_index_rest(w);

	if (e == ERR_OK)
		w->unindexed = 0;
	return e == ERR_OK ? ERR_OK : write_failed(e);
}

static void run_group(struct writer *w, struct group *g)
{
	enum err e = writer_begin(w);

	if (e == ERR_OK && w->unindexed >= unindexed_max)
		e = index_rest(w);
	for (struct job *job = g->first; e == ERR_OK && job; job = job->next) {
		job->result = job->run(w, job->arg);
		if (!is_answer(job->result))
			e = job->result;
	}
	if (e == ERR_OK)
		e = writer_commit(w);
	else
		writer_rollback(w);
	note_health(w, e);
	/* Answers too: they may have been given because of a row that is now gone again. */
	for (struct job *job = g->first; e != ERR_OK && job; job = job->next)
		job->result = e;
	if (e == ERR_OK && g->count)
		count_group(w, g->count);
}

/* ---- the thread -------------------------------------------------------------------------------
 */

/* After those who wait have their answers, since it takes milliseconds. */
static void checkpoint_if_due(struct writer *w)
{
	int mode = SQLITE_CHECKPOINT_PASSIVE;

	if (w->wal_pages < w->checkpoint_at_pages)
		return;
	if (w->wal_pages >= CHECKPOINT_FORCED_PAGES)
		mode = SQLITE_CHECKPOINT_RESTART;
	/* What fails here is tried again later; nothing is lost meanwhile. */
	(void)sqlite3_wal_checkpoint_v2(w->conn.db, NULL, mode, NULL, NULL);
	w->checkpoint_at_pages = w->wal_pages + CHECKPOINT_PAGES;
}

static int note_wal_pages(void *arg, sqlite3 *db, const char *name, int pages)
{
	struct writer *w = arg;

	(void)db;
	(void)name;
	if (pages < w->wal_pages) /* it began anew */
		w->checkpoint_at_pages = CHECKPOINT_PAGES;
	w->wal_pages = pages;
	return SQLITE_OK;
}

static void wait_ms(struct writer *w, int64_t ms)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += ms % 1000 * 1000000;
	until.tv_sec += ms / 1000 + until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	w->asleep = true;
	pthread_cond_timedwait(&w->work, &w->lock, &until);
	w->asleep = false;
}

static bool has_group(struct writer *w)
{
	struct group *g = group_at(w, w->running);

	return g->count > 0 || g->take_over;
}

/* Under the lock. The next group, taken out of the callers' reach; NULL: nothing to do but a tick.
 */
static struct group *next_group(struct writer *w)
{
	if (!has_group(w) && !w->stopping) {
		bool nudged = latest_is_dirty(w->s);

		wait_ms(w, nudged ? NUDGE_MS : TICK_MS);
		/* Woken for `latest` alone: give a group the time to come along. */
		if (!nudged && !has_group(w) && latest_is_dirty(w->s))
			wait_ms(w, NUDGE_MS);
	}
	if (!has_group(w))
		return NULL;
	if (w->running == w->filling)
		w->filling++;
	return group_at(w, w->running);
}

static void finish_group(struct writer *w, struct group *g)
{
	uint32_t number;

	pthread_mutex_lock(&w->lock);
	g->first = NULL;
	g->end = &g->first;
	g->count = 0;
	g->take_over = false;
	number = w->running++;
	pthread_mutex_unlock(&w->lock);
	wake_all(g, number);
}

/* Nobody waits: write what has to be, look for what others wrote. */
static void tick(struct writer *w)
{
	struct group nothing = {0};

	if (latest_is_dirty(w->s) || atomic_load(&w->health) != ERR_OK)
		run_group(w, &nothing);
	else if (notice_other_writers(w) != ERR_OK)
		log_warn("the database's state can't be read");
}

static void *writer_main(void *arg)
{
	struct writer *w = arg;
	bool stopping = false;

	while (!stopping) {
		struct group *g;

		pthread_mutex_lock(&w->lock);
		g = next_group(w);
		if (g)
			w->queued -= g->count;
		stopping = w->stopping && !g;
		pthread_mutex_unlock(&w->lock);
		if (!g) {
			tick(w);
			continue;
		}
		if (g->take_over) {
			sem_post(&w->taken_over);
			sem_wait(&w->given_back);
		} else {
			run_group(w, g);
		}
		finish_group(w, g);
		checkpoint_if_due(w);
	}
	return NULL;
}

/* ---- another thread in the writer's place -----------------------------------------------------
 */

enum err writer_take_over(struct writer *w)
{
	struct group *g;

	pthread_mutex_lock(&w->lock);
	/* A group of its own, and so one slot for it and one for whatever comes after. */
	g = group_with_room(w);
	if (g && g->count > 0)
		g = close_group(w) ? group_at(w, w->filling) : NULL;
	if (!g || !close_group(w)) {
		pthread_mutex_unlock(&w->lock);
		return ERR_BUSY;
	}
	g->take_over = true;
	wake_writer(w);
	pthread_mutex_unlock(&w->lock);
	sem_wait(&w->taken_over);
	return ERR_OK;
}

void writer_give_back(struct writer *w)
{
	sem_post(&w->given_back);
}

void writer_restore_cache(struct writer *w)
{
	conn_set_cache(&w->conn, WRITER_CACHE_BYTES);
}

/* ---- for jobs ---------------------------------------------------------------------------------
 */

struct conn *writer_conn(struct writer *w)
{
	return &w->conn;
}

int64_t writer_next_id(struct writer *w, int64_t now_ms)
{
	w->last_id = id_next(w->last_id, now_ms);
	return w->last_id;
}

void writer_note_id(struct writer *w, int64_t id)
{
	if (id > w->last_id)
		w->last_id = id;
}

void writer_note_totals(struct writer *w, struct store_totals delta)
{
	w->effects.totals = effects_totals(w->effects.totals, delta);
}

void writer_note_visible(struct writer *w)
{
	w->effects.visible = true;
}

void writer_note_home(struct writer *w, enum home_event event, int64_t id, int64_t author_id)
{
	effects_note_home(&w->effects, (struct home_change){event, id, author_id});
}

void writer_note_unindexed(struct writer *w)
{
	w->unindexed++;
}

void writer_note_told(struct writer *w, int64_t user_id)
{
	effects_note_told(&w->effects, user_id);
}

void writer_note_renamed(struct writer *w)
{
	w->effects.visible = w->effects.hides = true;
}

void writer_note_everything(struct writer *w)
{
	w->effects.visible = w->effects.everything = true;
}

/* ---- opening and closing ----------------------------------------------------------------------
 */

static void groups_init(struct writer *w)
{
	/* Full ones, the one that runs, the one being filled, and two for a take-over. */
	w->group_slots = (uint32_t)(w->queue_max / GROUP_MAX) + 5;
	w->groups = calloc(w->group_slots, sizeof(*w->groups));
	if (!w->groups)
		die("no memory for the store's groups");
	for (uint32_t i = 0; i < w->group_slots; i++) {
		w->groups[i].end = &w->groups[i].first;
		atomic_init(&w->groups[i].done, i);
	}
	w->running = w->filling = w->group_slots;
}

enum err writer_open(struct sqlite *s, const struct store_config *config, struct writer **out,
		     struct buf *why)
{
	struct writer *w = calloc(1, sizeof(*w));
	pthread_condattr_t attr;
	enum err e;

	if (!w)
		die("no memory for the store's writer");
	*w = (struct writer){
		.s = s,
		.unindexed = unindexed_max, /* those of before: nobody has counted them */
		.queue_max = config->write_queue_max,
		.checkpoint_at_pages = CHECKPOINT_PAGES,
	};
	e = conn_open(&w->conn, s->path, !config->must_exist, why);
	if (e == ERR_OK)
		e = migrate_run(&w->conn, s->path, why);
	if (e == ERR_OK)
		e = sqlite_mark_obey(&w->conn, config->only_server, why);
	if (e == ERR_OK)
		e = conn_prepare(&w->conn, ON_WRITER, why);
	if (e == ERR_OK) {
		conn_set_cache(&w->conn, WRITER_CACHE_BYTES);
		sqlite3_wal_hook(w->conn.db, note_wal_pages, w);
		e = notice_other_writers(w);
		if (e != ERR_OK)
			(void)conn_refused(s->path, sqlite3_errcode(w->conn.db), why);
	}
	if (e != ERR_OK) {
		conn_close(&w->conn);
		free(w);
		return e;
	}
	groups_init(w);
	pthread_mutex_init(&w->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&w->work, &attr);
	pthread_condattr_destroy(&attr);
	sem_init(&w->taken_over, 0, 0);
	sem_init(&w->given_back, 0, 0);
	*out = w;
	return ERR_OK;
}

void writer_start(struct writer *w)
{
	if (pthread_create(&w->thread, NULL, writer_main, w) != 0)
		die("the store's writer can't be started");
}

void writer_close(struct writer *w)
{
	if (!w)
		return;
	if (w->thread) {
		pthread_mutex_lock(&w->lock);
		w->stopping = true;
		wake_writer(w);
		pthread_mutex_unlock(&w->lock);
		pthread_join(w->thread, NULL);
	}
	conn_close(&w->conn);
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->work);
	sem_destroy(&w->taken_over);
	sem_destroy(&w->given_back);
	free(w->groups);
	free(w);
}
