/*
 * measure.c: what the store's operations cost; the figures of docs/store.md. Not a test: it judges
 * nothing.
 *
 *	measure FILE PEOPLE POSTS FOLLOWS    FILE is made and filled where it isn't there
 *
 * Posts are by random people, each of whom follows FOLLOWS random others. Reads are timed on one
 * thread; so is the processor time, which says more on a machine that others use.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>
#include "base/clock.h"
#include "store/sqlite/sqlite.h"
#include "store/sqlite/timeline.h"
#include "store/store.h"

#define TEXT                                                                                  \
	STR("a post of the usual length, that is to say some eighty or ninety characters or " \
	    "so long")
#define WRITE_S	     2
#define THREADS_MAX  64
#define PAGE	     30
#define POST_STEP_MS 29000

static struct store *store;
static struct arena *arena;
static int64_t *people;
static size_t people_count;
static unsigned seed = 1;

static void must(enum err e, const char *what)
{
	if (e != ERR_OK) {
		fprintf(stderr, "%s: %s\n", what, err_text(e));
		exit(1);
	}
}
#define MUST(call) must((call), #call)

static int64_t anybody(unsigned *state)
{
	return people[(size_t)rand_r(state) % people_count];
}

static double cpu_us(void)
{
	struct rusage r;

	getrusage(RUSAGE_SELF, &r);
	return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1e6 +
	       (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec);
}

/* ---- filling ----------------------------------------------------------------------------------
 */

static void fill_people(struct store_bulk *b, int64_t start_ms)
{
	for (size_t i = 0; i < people_count; i++) {
		char name[32];
		struct user_new u = {
			.email = STR("someone@example.org"),
			.pw_hash = STR("a hash has some hundred bytes; these stand for "
				       "them, so that rows are as long as real ones"),
			.created_ms = start_ms + (int64_t)i};

		snprintf(name, sizeof(name), "person%zu", i);
		u.name = u.name_key = str_from_c(name);
		MUST(store_bulk_user(b, &u, &people[i]));
	}
}

static void fill(int64_t posts, int64_t follows)
{
	int64_t start_ms = clock_now_ms() - (posts + 1) * POST_STEP_MS, started_us;
	struct store_bulk *b;

	MUST(store_bulk_begin(store, &b));
	fill_people(b, start_ms);
	started_us = clock_mono_us();
	for (size_t i = 0; i < people_count; i++) {
		for (int64_t k = 0; k < follows; k++)
			MUST(store_bulk_follow(b, people[i], anybody(&seed)));
	}
	printf("%-44s %8.1f s\n", "bulk: all follows",
	       (double)(clock_mono_us() - started_us) / 1e6);
	started_us = clock_mono_us();
	for (int64_t i = 0; i < posts; i++)
		MUST(store_bulk_post(b, anybody(&seed), TEXT, start_ms + i * POST_STEP_MS, false,
				     NULL));
	MUST(store_bulk_commit(b));
	printf("%-44s %8.1f s\n", "bulk: all posts, with the commit",
	       (double)(clock_mono_us() - started_us) / 1e6);
}

static void load_people(void)
{
	struct user_list list = {.more = true};
	int64_t after = 0;
	size_t count = 0;

	while (list.more && count < people_count) {
		arena_reset(arena);
		MUST(store_user_list(store, after, STORE_LIST_MAX, arena, &list));
		for (size_t i = 0; i < list.count && count < people_count; i++)
			people[count++] = after = list.items[i].id;
	}
	people_count = count;
}

/* ---- reading ----------------------------------------------------------------------------------
 */

static struct cursor deep; /* some pages into person 0's home timeline */

static void read_public(void)
{
	struct post_list list;

	MUST(store_timeline_public(store, (struct cursor){0}, PAGE, arena, &list));
}
static void read_user(void)
{
	struct post_list list;

	MUST(store_timeline_user(store, anybody(&seed), (struct cursor){0}, PAGE, arena, &list));
}
static void read_home_one(void)
{
	struct post_list list;

	MUST(store_timeline_home(store, people[0], (struct cursor){0}, PAGE, arena, &list));
}
static void read_home_any(void)
{
	struct post_list list;

	MUST(store_timeline_home(store, anybody(&seed), (struct cursor){0}, PAGE, arena, &list));
}
static void read_home_built(void)
{
	home_drop(((struct sqlite *)(void *)store)->home, people[0]);
	read_home_one();
}
static void read_home_forgotten(void)
{
	home_forget(((struct sqlite *)(void *)store)->home);
	read_home_one();
}
static void read_home_deep(void)
{
	struct post_list list;

	MUST(store_timeline_home(store, people[0], deep, PAGE, arena, &list));
}

/* The newest page of person 0 from the file alone (home_search.c). */
static void search(int64_t user_count)
{
	struct sqlite *s = (struct sqlite *)(void *)store;
	struct conn *c = readers_take(&s->readers);
	int64_t ids[PAGE + 1];
	struct best_ids best = {.ids = ids, .max = PAGE + 1};
	struct authors authors;

	MUST(conn_run_plain(c, STMT_BEGIN_READ));
	MUST(authors_read(c, people[0], &authors));
	MUST(home_search(c, &authors, INT64_MAX, user_count, &best));
	free(authors.ids);
	conn_rollback(c);
	readers_put(&s->readers, c);
}
static void search_heads(void)
{
	search(INT32_MAX); /* so many people that a walk seems without end */
}
static void search_chosen(void)
{
	search((int64_t)people_count);
}

static void time_reads(const char *what, void (*run)(void), int count)
{
	int64_t started_us;
	double cpu;

	run();
	started_us = clock_mono_us();
	cpu = cpu_us();
	for (int i = 0; i < count; i++) {
		arena_reset(arena);
		run();
	}
	printf("%-44s %8.1f us %8.1f us of processor\n", what,
	       (double)(clock_mono_us() - started_us) / count, (cpu_us() - cpu) / count);
}

static void measure_reads(void)
{
	struct post_list list;
	struct store_counters counters;

	for (int i = 0; i < 8; i++) {
		MUST(store_timeline_home(store, people[0], deep, PAGE, arena, &list));
		if (list.count == PAGE)
			deep = (struct cursor){CURSOR_BEFORE, list.items[PAGE - 1].id};
	}
	time_reads("public timeline, newest page", read_public, 5000);
	time_reads("a random person's page", read_user, 5000);
	time_reads("home, remembered, one person", read_home_one, 20000);
	time_reads("home, random people", read_home_any, 20000);
	time_reads("home, entry built anew", read_home_built, 2000);
	time_reads("home, ring loaded and entry built anew", read_home_forgotten, 50);
	time_reads("home, eighth page", read_home_deep, 1000);
	time_reads("search alone, by heads", search_heads, 1000);
	time_reads("search alone, as it chooses", search_chosen, 1000);
	store_counters(store, &counters);
	printf("%-44s %7.0f %%\n", "home timelines remembered, of all reads",
	       100.0 * (double)counters.home_hits /
		       (double)(counters.home_hits + counters.home_misses));
}

/* ---- writing ----------------------------------------------------------------------------------
 */

static atomic_bool stop;
static atomic_long written;

static void *write_posts(void *arg)
{
	unsigned state = *(const unsigned *)arg;

	while (!atomic_load(&stop)) {
		MUST(store_post_create(
			store, &(struct post_new){.author_id = anybody(&state), .text = TEXT},
			NULL));
		atomic_fetch_add(&written, 1);
	}
	return NULL;
}

static void measure_writes(int thread_count)
{
	unsigned seeds[THREADS_MAX];
	pthread_t threads[THREADS_MAX];
	struct store_counters before, after;
	int64_t started_us = clock_mono_us();
	double seconds, cpu = cpu_us();

	atomic_store(&stop, false);
	atomic_store(&written, 0);
	store_counters(store, &before);
	for (int i = 0; i < thread_count; i++) {
		seeds[i] = (unsigned)i;
		pthread_create(&threads[i], NULL, write_posts, &seeds[i]);
	}
	sleep(WRITE_S);
	atomic_store(&stop, true);
	for (int i = 0; i < thread_count; i++)
		pthread_join(threads[i], NULL);
	seconds = (double)(clock_mono_us() - started_us) / 1e6;
	store_counters(store, &after);
	printf("durable posts, %2d threads %27.0f /s, %.1f in a group, %.1f us of processor\n",
	       thread_count, (double)written / seconds,
	       (double)(after.writes - before.writes) / (double)(after.commits - before.commits),
	       (cpu_us() - cpu) / (double)written);
}

static void print_memory(void)
{
	char line[128];
	FILE *f = fopen("/proc/self/status", "r");

	while (f && fgets(line, sizeof(line), f)) {
		if (strncmp(line, "VmRSS", 5) == 0)
			printf("%s", line);
	}
	if (f)
		fclose(f);
}

int main(int argc, char **argv)
{
	struct buf url = BUF_INIT(4096), why = BUF_INIT(4096);
	struct store_config config = {0};
	struct store_totals totals;
	int64_t started_us = clock_mono_us();

	if (argc != 5) {
		fprintf(stderr, "usage: %s FILE PEOPLE POSTS FOLLOWS\n", argv[0]);
		return 1;
	}
	buf_printf(&url, "sqlite:%s", argv[1]);
	config.url = buf_str(&url);
	if (store_open(&config, &store, &why) != ERR_OK) {
		fprintf(stderr, "%s\n", buf_c(&why));
		return 1;
	}
	printf("%-44s %8.1f ms\n", "open", (double)(clock_mono_us() - started_us) / 1e3);
	arena = arena_new((size_t)64 * 1024 * 1024);
	people_count = strtoul(argv[2], NULL, 10);
	people = calloc(people_count, sizeof(*people));
	MUST(store_totals(store, &totals));
	if (totals.users == 0)
		fill(strtoll(argv[3], NULL, 10), strtoll(argv[4], NULL, 10));
	else
		load_people();
	measure_reads();
	for (int threads = 1; threads <= THREADS_MAX; threads *= 8)
		measure_writes(threads);
	print_memory();
	store_close(store);
	arena_free(arena);
	free(people);
	buf_release(&url);
	return 0;
}
