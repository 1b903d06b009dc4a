/*
 * One lock, held for the time of a memcpy, is enough: lines are made outside of it. The thread
 * sleeps until there is a line and then a little longer, so that many lines share one system call.
 */
#include "base/log_queue.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log_line.h"

#define GATHER_MS      10
#define POLL_MS	       200
#define LINE_LEAST     32 /* bytes; no line is shorter */
#define FILE_MODE      0640
#define PATH_MAX_BYTES 4096

/* Lines one after another, and the level of each. */
struct batch {
	char *bytes;
	unsigned char *levels;
	size_t len, count;
};

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	pthread_t thread;
	struct batch filling, writing; /* the second is the thread's */
	size_t max_bytes;
	bool running, ending, ended, reopen_wanted;
	atomic_bool abandoned; /* nobody waits for it any more */
	char path[PATH_MAX_BYTES];
	int fd;
	bool mid_line; /* the file ends in a part of a line */
	uint64_t told_dropped;
	_Atomic uint64_t written[LOG_LEVEL_COUNT], dropped;
} q = {.lock = PTHREAD_MUTEX_INITIALIZER, .fd = STDOUT_FILENO};

/* ---- writing, on the thread ---------------------------------------------------------------- */

/* How many bytes got there: all, unless it fails or nobody waits for it any more. */
static size_t write_all(const char *bytes, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = write(q.fd, bytes + done, len - done);
		struct pollfd p = {.fd = q.fd, .events = POLLOUT};

		if (n > 0) {
			done += (size_t)n;
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0 || errno != EAGAIN || atomic_load(&q.abandoned))
			break;
		(void)poll(&p, 1, POLL_MS);
	}
	if (done)
		q.mid_line = bytes[done - 1] != '\n';
	return done;
}

/* Lines that got there whole count as written, the others as dropped. */
static void account(const struct batch *b, size_t done)
{
	size_t at = 0, line = 0;

	while (line < b->count) {
		const char *end = memchr(b->bytes + at, '\n', b->len - at);

		at = end ? (size_t)(end - b->bytes) + 1 : b->len;
		if (at > done)
			break;
		atomic_fetch_add_explicit(&q.written[b->levels[line++]], 1, memory_order_relaxed);
	}
	if (line < b->count)
		atomic_fetch_add_explicit(&q.dropped, b->count - line, memory_order_relaxed);
}

static bool write_batch(const struct batch *b)
{
	size_t done = 0;

	/* What was cut off by a full disk must not spoil the line after it. */
	if (!q.mid_line || write_all("\n", 1) == 1)
		done = write_all(b->bytes, b->len);
	account(b, done);
	return done == b->len;
}

/* Once lines come through again, says how many did not. */
static void tell_dropped(void)
{
	uint64_t dropped = atomic_load_explicit(&q.dropped, memory_order_relaxed);
	struct log_field fields[] = {
		LOG_I64("kinglet.log.dropped", (int64_t)(dropped - q.told_dropped)),
		LOG_I64("kinglet.log.dropped_total", (int64_t)dropped),
	};
	struct log_line line;
	struct str text;

	if (dropped == q.told_dropped)
		return;
	log_line_start(&line, LOG_WARN, "log lines dropped", "kinglet");
	log_line_field(&line, &fields[0]);
	log_line_field(&line, &fields[1]);
	text = log_line_end(&line);
	if (write_all(text.ptr, text.len) == text.len) {
		q.told_dropped = dropped;
		atomic_fetch_add_explicit(&q.written[LOG_WARN], 1, memory_order_relaxed);
	}
}

static int open_file(void)
{
	/* A FIFO that nobody reads would keep us here for ever: it is an error instead. */
	int fd = open(q.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, FILE_MODE);

	if (fd >= 0)
		(void)fcntl(fd, F_SETFL, O_APPEND);
	return fd;
}

/* The old one stays where the new one can't be opened: lines in the wrong file are better than
 * none.
 */
static void reopen(void)
{
	int fd = open_file();

	if (fd < 0) {
		log_error("log file can't be opened again",
			  LOG_C("error.message", strerror(errno)));
		return;
	}
	close(q.fd);
	q.fd = fd;
	q.mid_line = false;
	/* Said here, since only what is logged from now on comes to be in the new file. */
	log_info("log file opened again");
}

/* The lock is held. Waits for a line, then for company. */
static void wait_for_lines(void)
{
	struct timespec until;

	while (!q.filling.len && !q.ending && !q.reopen_wanted)
		pthread_cond_wait(&q.changed, &q.lock);
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += GATHER_MS * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	while (!q.ending && !q.reopen_wanted && q.filling.len < q.max_bytes / 2) {
		if (pthread_cond_clockwait(&q.changed, &q.lock, CLOCK_MONOTONIC, &until) != 0)
			break;
	}
}

static void *run(void *user)
{
	(void)user;
	pthread_mutex_lock(&q.lock);
	while (!q.ending || q.filling.len) {
		struct batch b;
		bool reopen_wanted;

		wait_for_lines();
		b = q.filling;
		q.filling = q.writing;
		q.filling.len = q.filling.count = 0;
		q.writing = b;
		reopen_wanted = q.reopen_wanted;
		q.reopen_wanted = false;
		pthread_mutex_unlock(&q.lock);
		/* What came before the file was to be changed belongs to the old one. */
		if (b.len && write_batch(&b))
			tell_dropped();
		if (reopen_wanted)
			reopen();
		pthread_mutex_lock(&q.lock);
	}
	q.ended = true;
	pthread_cond_signal(&q.changed);
	pthread_mutex_unlock(&q.lock);
	return NULL;
}

/* ---- any thread ---------------------------------------------------------------------------- */

static bool batch_init(struct batch *b)
{
	b->bytes = malloc(q.max_bytes);
	b->levels = malloc(q.max_bytes / LINE_LEAST);
	b->len = b->count = 0;
	return b->bytes && b->levels;
}

static void batch_release(struct batch *b)
{
	free(b->bytes);
	free(b->levels);
	*b = (struct batch){0};
}

static enum err open_destination(struct str path, struct buf *why)
{
	if (path.len == 0) {
		q.fd = STDOUT_FILENO;
		q.path[0] = '\0';
		return ERR_OK;
	}
	if (path.len >= sizeof(q.path)) {
		buf_add_c(why, "log-file: the path is too long");
		return ERR_INVALID;
	}
	memcpy(q.path, path.ptr, path.len);
	q.path[path.len] = '\0';
	q.fd = open_file();
	if (q.fd >= 0)
		return ERR_OK;
	buf_printf(why, "log-file: %s can't be opened: %s", q.path, strerror(errno));
	return ERR_IO;
}

enum err log_queue_start(struct str path, size_t max_bytes, struct buf *why)
{
	enum err e = open_destination(path, why);

	if (e != ERR_OK)
		return e;
	q.max_bytes = max_bytes / 2 < LOG_LINE_MAX_BYTES ? LOG_LINE_MAX_BYTES : max_bytes / 2;
	q.ending = q.ended = q.reopen_wanted = q.mid_line = false;
	atomic_store(&q.abandoned, false);
	pthread_cond_init(&q.changed, NULL);
	if (!batch_init(&q.filling) || !batch_init(&q.writing))
		die("no memory for the log");
	if (pthread_create(&q.thread, NULL, run, NULL) != 0)
		die("no thread for the log");
	q.running = true;
	return ERR_OK;
}

bool log_queue_push(enum log_level level, struct str line)
{
	bool running;

	pthread_mutex_lock(&q.lock);
	running = q.running;
	if (running && line.len <= q.max_bytes - q.filling.len &&
	    q.filling.count < q.max_bytes / LINE_LEAST) {
		bool first = q.filling.len == 0, half;

		memcpy(q.filling.bytes + q.filling.len, line.ptr, line.len);
		q.filling.len += line.len;
		q.filling.levels[q.filling.count++] = (unsigned char)level;
		half = q.filling.len >= q.max_bytes / 2 &&
		       q.filling.len - line.len < q.max_bytes / 2;
		if (first || half)
			pthread_cond_signal(&q.changed);
	} else if (running) {
		atomic_fetch_add_explicit(&q.dropped, 1, memory_order_relaxed);
	}
	pthread_mutex_unlock(&q.lock);
	return running;
}

void log_queue_reopen(void)
{
	pthread_mutex_lock(&q.lock);
	q.reopen_wanted = q.running && q.path[0];
	pthread_cond_signal(&q.changed);
	pthread_mutex_unlock(&q.lock);
}

void log_queue_stop(int64_t wait_ms)
{
	struct timespec until;
	bool ended;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += wait_ms / 1000;
	until.tv_nsec += wait_ms % 1000 * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&q.lock);
	if (!q.running) {
		pthread_mutex_unlock(&q.lock);
		return;
	}
	q.running = false;
	q.ending = true;
	pthread_cond_broadcast(&q.changed);
	/* Not pthread_clockjoin_np(), which ThreadSanitizer doesn't take for a join. */
	while (!q.ended &&
	       pthread_cond_clockwait(&q.changed, &q.lock, CLOCK_MONOTONIC, &until) == 0)
		;
	ended = q.ended;
	pthread_mutex_unlock(&q.lock);
	if (!ended) {
		atomic_store(&q.abandoned, true); /* it may hang in write(2): it keeps its memory */
		pthread_detach(q.thread);
		return;
	}
	pthread_join(q.thread, NULL);
	pthread_cond_destroy(&q.changed);
	batch_release(&q.filling);
	batch_release(&q.writing);
	if (q.path[0])
		close(q.fd);
	q.fd = STDOUT_FILENO;
}

void log_queue_count(enum log_level level, bool written)
{
	atomic_fetch_add_explicit(written ? &q.written[level] : &q.dropped, 1,
				  memory_order_relaxed);
}

void log_queue_counters(struct log_counters *out)
{
	for (size_t i = 0; i < LOG_LEVEL_COUNT; i++)
		out->written[i] = atomic_load_explicit(&q.written[i], memory_order_relaxed);
	out->dropped = atomic_load_explicit(&q.dropped, memory_order_relaxed);
}

void log_queue_spill(void)
{
	struct pollfd p = {.events = POLLOUT};
	size_t done = 0;

	if (pthread_mutex_trylock(&q.lock) != 0)
		return; /* whoever has it may be the one that aborts */
	p.fd = q.fd;
	/* A pipe that can be written to has room for PIPE_BUF bytes (pipe(7)). */
	while (q.running && done < q.filling.len && poll(&p, 1, 0) == 1 && p.revents == POLLOUT) {
		size_t rest = q.filling.len - done;
		ssize_t n = write(q.fd, q.filling.bytes + done, rest < PIPE_BUF ? rest : PIPE_BUF);

		if (n <= 0)
			break;
		done += (size_t)n;
	}
	pthread_mutex_unlock(&q.lock);
}
