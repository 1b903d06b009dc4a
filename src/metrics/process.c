/*
 * Read from /proc (proc(5)) when somebody looks; nothing is kept. The series have the meaning that
 * Prometheus' client libraries give to their process_* ones.
 */
#include "metrics/process.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include "metrics/metrics.h"

static int64_t start_ms, start_mono_us;

void process_setup(void)
{
	start_ms = clock_now_ms();
	start_mono_us = clock_mono_us();
}

static void emit(struct buf *out, const char *name, const char *type, const char *help,
		 double value)
{
	metrics_emit(out, &(struct metrics_sample){name, type, help, value});
}

/* Entries of a folder of /proc without "." and ".."; -1 where it can't be read. */
static int count_entries(const char *path)
{
	/* Not opendir(), which ThreadSanitizer takes for the last user of a descriptor's number. */
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	int count = 0;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	for (const struct dirent *entry; (entry = readdir(dir));)
		count += entry->d_name[0] != '.';
	closedir(dir);
	return count;
}

static void emit_memory(struct buf *out)
{
	FILE *file = fopen("/proc/self/statm", "re");
	unsigned long long pages, resident;
	double page_bytes = (double)sysconf(_SC_PAGESIZE);

	if (!file)
		return;
	if (fscanf(file, "%llu %llu", &pages, &resident) == 2) {
		emit(out, "kinglet_process_resident_memory_bytes", "gauge",
		     "Memory of the process that is in RAM.", (double)resident * page_bytes);
		emit(out, "kinglet_process_virtual_memory_bytes", "gauge",
		     "Address space of the process.", (double)pages * page_bytes);
	}
	fclose(file);
}

static void emit_descriptors(struct buf *out)
{
	struct rlimit limit;
	int open_count = count_entries("/proc/self/fd");

	if (open_count > 0) /* one of them is the folder that was just read */
		emit(out, "kinglet_process_open_fds", "gauge", "File descriptors in use.",
		     open_count - 1);
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
		emit(out, "kinglet_process_max_fds", "gauge",
		     "File descriptors that the process may have.", (double)limit.rlim_cur);
}

void process_emit(struct buf *out)
{
	struct timespec cpu;
	int threads = count_entries("/proc/self/task");

	if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu) == 0)
		emit(out, "kinglet_process_cpu_seconds_total", "counter",
		     "Processor time spent, in user and system mode.",
		     (double)cpu.tv_sec + (double)cpu.tv_nsec / 1e9);
	emit_memory(out);
	emit_descriptors(out);
	if (threads > 0)
		emit(out, "kinglet_process_threads", "gauge", "Threads of the process.", threads);
	emit(out, "kinglet_process_start_time_seconds", "gauge",
	     "When the process started, in seconds since 1970.", (double)start_ms / 1e3);
	emit(out, "kinglet_process_uptime_seconds", "gauge", "How long the process has run.",
	     (double)(clock_mono_us() - start_mono_us) / 1e6);
}
