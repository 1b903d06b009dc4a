/*
 * Read from /proc (proc(5)) when somebody looks; only the processor's load needs memory of what was
 * before. The series have the meaning that Prometheus' client libraries give to their process_*
 * ones.
 */
#include "metrics/process.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"

#define WINDOW_TICKS 4

struct moment {
	int64_t mono_us, cpu_us;
};

static int64_t start_ms, start_mono_us;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct moment moments[WINDOW_TICKS]; /* under `lock`: the last ones, oldest first */

/* ---- the processor ------------------------------------------------------------------------- */

static int64_t cpu_us(void)
{
	struct timespec cpu;

	if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu) != 0)
		return 0;
	return (int64_t)cpu.tv_sec * 1000000 + cpu.tv_nsec / 1000;
}

static struct moment now(void)
{
	return (struct moment){.mono_us = clock_mono_us(), .cpu_us = cpu_us()};
}

void process_setup(void)
{
	start_ms = clock_now_ms();
	start_mono_us = clock_mono_us();
	for (size_t i = 0; i < WINDOW_TICKS; i++)
		moments[i] = now();
}

void process_tick(void)
{
	pthread_mutex_lock(&lock);
	for (size_t i = 1; i < WINDOW_TICKS; i++)
		moments[i - 1] = moments[i];
	moments[WINDOW_TICKS - 1] = now();
	pthread_mutex_unlock(&lock);
}

/* What a control group allows (cpu.max of cgroup v2: "QUOTA PERIOD" or "max PERIOD"); 0: no limit.
 */
static double quota_cores(void)
{
	char line[512], path[600], *group = NULL;
	FILE *file = fopen("/proc/self/cgroup", "re");
	double quota = 0, period = 0;

	while (file && !group && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		group = strncmp(line, "0::", 3) == 0 ? line + 3 : NULL;
	}
	if (file)
		fclose(file);
	snprintf(path, sizeof(path), "/sys/fs/cgroup%s/cpu.max", group ? group : "");
	file = fopen(path, "re");
	if (!file)
		return 0;
	if (fscanf(file, "%lf %lf", &quota, &period) != 2)
		quota = 0;
	fclose(file);
	return period > 0 ? quota / period : 0;
}

static double cores(void)
{
	cpu_set_t set;
	double allowed = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
	double quota = quota_cores();

	return quota > 0 && quota < allowed ? quota : allowed;
}

static void put_cpu(struct metrics_sink *sink)
{
	struct moment to = now(), from;
	double share = cores(), elapsed_us;

	pthread_mutex_lock(&lock);
	from = moments[0];
	pthread_mutex_unlock(&lock);
	elapsed_us = (double)(to.mono_us - from.mono_us);
	metrics_put(sink, SERIES_PROCESS_CPU_SECONDS, (double)to.cpu_us / 1e6);
	metrics_put(sink, SERIES_PROCESS_CPU_CORES, share);
	if (elapsed_us > 0)
		metrics_put(sink, SERIES_PROCESS_CPU_PERCENT,
			    100 * (double)(to.cpu_us - from.cpu_us) / elapsed_us / share);
}

/* ---- memory, descriptors, threads ---------------------------------------------------------- */

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

static void put_memory(struct metrics_sink *sink)
{
	FILE *file = fopen("/proc/self/statm", "re");
	unsigned long long pages, resident;
	double page_bytes = (double)sysconf(_SC_PAGESIZE);

	if (!file)
		return;
	if (fscanf(file, "%llu %llu", &pages, &resident) == 2) {
		metrics_put(sink, SERIES_PROCESS_RESIDENT_MEMORY, (double)resident * page_bytes);
		metrics_put(sink, SERIES_PROCESS_VIRTUAL_MEMORY, (double)pages * page_bytes);
	}
	fclose(file);
}

static void put_descriptors(struct metrics_sink *sink)
{
	struct rlimit limit;
	int open_count = count_entries("/proc/self/fd");

	if (open_count > 0) /* one of them is the folder that was just read */
		metrics_put(sink, SERIES_PROCESS_OPEN_FDS, open_count - 1);
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
		metrics_put(sink, SERIES_PROCESS_MAX_FDS, limit.rlim_cur);
}

void process_put(struct metrics_sink *sink)
{
	int threads = count_entries("/proc/self/task");

	put_cpu(sink);
	put_memory(sink);
	put_descriptors(sink);
	if (threads > 0)
		metrics_put(sink, SERIES_PROCESS_THREADS, threads);
	metrics_put(sink, SERIES_PROCESS_START_TIME, (double)start_ms / 1e3);
	metrics_put(sink, SERIES_PROCESS_UPTIME, (double)(clock_mono_us() - start_mono_us) / 1e6);
}
