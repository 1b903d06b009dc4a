/*
 * home: what home timelines cost, in worlds of different size and on both engines, side by side;
 *the figures of docs/timelines.md. `bench/home/run.mjs` calls it.
 *
 *	home create URL                 makes the schema, for world.sql
 *	home fill FILE PEOPLE POSTS     makes the world of world.sql in an SQLite file
 *	home measure URL...             measures in each of them, in turns
 */
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log.h"
#include "store/store.h"

#define PAGE	     30
#define ROUNDS	     400
#define COLD_EVERY   10
#define WRITE_MS     4000
#define WRITERS	     4
#define PAUSE_US     5000
#define STORES_MAX   8
#define SAMPLE_MAX   20000
#define BASE_SPAN_MS ((int64_t)31000000000)
#define TEXT                                                                                  \
	STR("a post of the usual length, that is to say some eighty or ninety characters or " \
	    "so long")

static void must(enum err e, const char *what)
{
	if (e == ERR_OK)
		return;
	fprintf(stderr, "home: %s: %s\n", what, err_text(e));
	exit(1);
}
#define MUST(call) must((call), #call)

static struct store *open_store(const char *url)
{
	struct store_config config = {.url = str_from_c(url)};
	struct buf why = BUF_INIT(2048);
	struct store *s = NULL;

	if (store_open(&config, &s, &why) != ERR_OK) {
		fprintf(stderr, "home: %s\n", buf_c(&why));
		exit(1);
	}
	buf_release(&why);
	return s;
}

/* ---- filling: as world.sql does ------------------------------------------------------------- */

enum special { FEW, MANY, QUIET, SMALL, POPULAR, SPECIAL_COUNT };
static const char *const special_names[] = {"few", "many", "quiet", "small", "popular"};

static uint64_t random_state = 1;

/* splitmix64 (Steele, Lea, Flood 2014). */
static uint64_t random_u64(void)
{
	uint64_t z = random_state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* From 1 on; r about 1/r as often as 1. */
static int64_t random_rank(int64_t people)
{
	double at = (double)(random_u64() >> 11) * 0x1p-53;
	int64_t rank = (int64_t)exp(at * log((double)people + 1));

	return rank < people ? rank : people;
}

static int64_t fill_person(struct store_bulk *b, const char *name, int64_t created_ms)
{
	struct user_new u = {
		.name = str_from_c(name),
		.name_key = str_from_c(name),
		.email = STR("someone@example.org"),
		.pw_hash = STR("a hash has some hundred bytes; these stand for them, so "
			       "that rows are as long as real ones"),
		.created_ms = created_ms};
	int64_t id = 0;

	MUST(store_bulk_user(b, &u, &id));
	return id;
}

/* `ids` by rank, from 1 on; the special ones after them. */
static void fill_follows(struct store_bulk *b, const int64_t *ids, int64_t people)
{
	const int64_t *special = ids + people + 1;

	for (int64_t i = 1; i <= people; i++) {
		for (int k = 0; k < 20; k++)
			MUST(store_bulk_follow(b, ids[i], ids[random_rank(people)]));
		MUST(store_bulk_follow(b, ids[i], special[POPULAR]));
		if (i > 10)
			continue;
		MUST(store_bulk_follow(b, ids[i], special[SMALL]));
		MUST(store_bulk_follow(b, special[FEW], ids[i * (people / 10) - 7]));
	}
	for (int64_t i = 1; i <= 5000; i++) {
		MUST(store_bulk_follow(b, special[MANY], ids[i * (people / 5000) - 7]));
		MUST(store_bulk_follow(b, special[QUIET], ids[people - i + 1]));
	}
}

static void fill(const char *file, int64_t people, int64_t posts)
{
	int64_t start_ms = clock_now_ms() - (int64_t)365 * 86400000, step_ms = BASE_SPAN_MS / posts;
	int64_t *ids = calloc((size_t)people + 1 + SPECIAL_COUNT, sizeof(*ids));
	struct buf url = BUF_INIT(4096);
	struct store_bulk *b;
	struct store *s;

	if (!ids)
		die("no memory");
	buf_printf(&url, "sqlite:%s", file);
	s = open_store(buf_c(&url));
	MUST(store_bulk_begin(s, &b));
	for (int64_t i = 1; i <= people + SPECIAL_COUNT; i++) {
		char name[32];

		snprintf(name, sizeof(name), "person%lld", (long long)i);
		ids[i] = fill_person(b, i > people ? special_names[i - people - 1] : name,
				     start_ms + i);
	}
	fill_follows(b, ids, people);
	for (int64_t i = 1; i <= posts; i++)
		MUST(store_bulk_post(b, ids[random_rank(people)], TEXT,
				     start_ms + 200000 + i * step_ms, false, NULL));
	MUST(store_bulk_commit(b));
	store_close(s);
	free(ids);
	buf_release(&url);
}

/* ---- samples --------------------------------------------------------------------------------- */

struct samples {
	size_t count;
	int64_t us[SAMPLE_MAX];
};

static void add(struct samples *s, int64_t started_us)
{
	if (s->count < SAMPLE_MAX)
		s->us[s->count++] = clock_mono_us() - started_us;
}

static int ascending(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static double quantile_ms(struct samples *s, double q)
{
	if (s->count == 0)
		return NAN;
	qsort(s->us, s->count, sizeof(s->us[0]), ascending);
	return (double)s->us[(size_t)(q * (double)(s->count - 1))] / 1e3;
}

static void print_samples(const char *what, struct samples *s)
{
	printf("  %-44s %9.2f %9.2f %9.2f\n", what, quantile_ms(s, 0.5), quantile_ms(s, 0.99),
	       quantile_ms(s, 1));
}

/* ---- measuring ------------------------------------------------------------------------------- */

struct world {
	const char *url;
	struct store *store;
	int64_t special[SPECIAL_COUNT], other; /* ids */
	/* Of FEW, MANY and QUIET. */
	struct samples warm[3], cold[3], deep[3];
	int timeouts;
};

static struct arena *arena;

static int64_t find_id(struct store *s, const char *name)
{
	struct user u;

	MUST(store_user_by_name(s, str_from_c(name), arena, &u));
	return u.id;
}

static void read_home(struct world *w, enum special who, struct cursor at, struct samples *out)
{
	struct post_list list;
	int64_t started_us = clock_mono_us();
	enum err e;

	e = store_timeline_home(w->store, w->special[who], at, PAGE, arena, &list);
	if (e == ERR_TIMEOUT) /* on a machine that does much else; the sample stays */
		w->timeouts++;
	else
		must(e, "read a home timeline");
	add(out, started_us);
	arena_reset(arena);
}

/* Where the fifth page begins. */
static struct cursor deep_cursor(struct world *w, enum special who)
{
	struct cursor at = {0};

	for (int i = 0; i < 4; i++) {
		struct post_list list;

		MUST(store_timeline_home(w->store, w->special[who], at, PAGE, arena, &list));
		if (list.count == PAGE)
			at = (struct cursor){CURSOR_BEFORE, list.items[PAGE - 1].id};
		arena_reset(arena);
	}
	return at;
}

static void measure_reads(struct world *worlds, int count)
{
	struct cursor newest = {0};
	static struct samples unused;

	for (int i = 0; i < ROUNDS * count; i++) {
		struct world *w = &worlds[i % count];
		int round = i / count;

		/* So that there is something new in each round. */
		MUST(store_post_create(
			w->store, &(struct post_new){.author_id = w->other, .text = TEXT}, NULL));
		for (int who = FEW; who <= QUIET; who++) {
			if (round % COLD_EVERY == 0) {
				/* What is remembered of them is of no use after this. */
				MUST(store_follow_create(w->store, w->special[who],
							 w->special[POPULAR]));
				MUST(store_follow_delete(w->store, w->special[who],
							 w->special[POPULAR]));
				read_home(w, who, newest, &w->cold[who]);
				read_home(w, who, deep_cursor(w, who), &w->deep[who]);
				/* The next read may still wait for what is settled. */
				usleep(30000);
				read_home(w, who, newest, &unused);
				usleep(30000);
				read_home(w, who, newest, &unused);
			} else {
				read_home(w, who, newest, &w->warm[who]);
			}
		}
		unused.count = 0;
	}
}

static void print_reads(struct world *worlds, int count)
{
	static const char *const whose[] = {"follows 10", "follows 5,000",
					    "follows 5,000 quiet ones"};
	char what[64];

	printf("home timelines, newest page of %d; ms: median, 99 %%, most\n", PAGE);
	for (int i = 0; i < count; i++) {
		printf("%s (%d timed out)\n", worlds[i].url, worlds[i].timeouts);
		for (int who = FEW; who <= QUIET; who++) {
			snprintf(what, sizeof(what), "%s, remembered", whose[who]);
			print_samples(what, &worlds[i].warm[who]);
			snprintf(what, sizeof(what), "%s, not remembered", whose[who]);
			print_samples(what, &worlds[i].cold[who]);
			snprintf(what, sizeof(what), "%s, fifth page", whose[who]);
			print_samples(what, &worlds[i].deep[who]);
		}
	}
}

/* ---- posting --------------------------------------------------------------------------------- */

static atomic_bool stop;

struct writer {
	struct store *store;
	int64_t author_id;
	struct samples posts;
};

static void *post_on(void *arg)
{
	struct writer *w = arg;

	while (!atomic_load(&stop)) {
		int64_t started_us = clock_mono_us();

		MUST(store_post_create(w->store,
				       &(struct post_new){.author_id = w->author_id, .text = TEXT},
				       NULL));
		add(&w->posts, started_us);
		usleep(PAUSE_US);
	}
	return NULL;
}

static void *read_on(void *arg)
{
	struct writer *w = arg;
	struct arena *a = arena_new((size_t)16 << 20);

	while (!atomic_load(&stop)) {
		struct post_list list;
		int64_t started_us = clock_mono_us();

		MUST(store_timeline_home(w->store, w->author_id, (struct cursor){0}, PAGE, a,
					 &list));
		add(&w->posts, started_us);
		arena_reset(a);
		usleep(PAUSE_US);
	}
	arena_free(a);
	return NULL;
}

/* Others write and read; `loud` (0: nobody) writes beside them. */
static void measure_posts(struct world *w, const char *who, int64_t loud)
{
	static struct writer threads[WRITERS + 3];
	pthread_t ids[WRITERS + 3];
	static struct samples others;
	int count = loud ? WRITERS + 3 : WRITERS + 2;
	char what[80];

	atomic_store(&stop, false);
	others.count = 0;
	for (int i = 0; i < count; i++) {
		char name[32];

		snprintf(name, sizeof(name), "person%d", 1000 + i);
		threads[i] = (struct writer){.store = w->store,
					     .author_id = i == WRITERS	     ? w->special[MANY]
							  : i == WRITERS + 1 ? w->special[FEW]
							  : i == WRITERS + 2
								  ? loud
								  : find_id(w->store, name)};
		pthread_create(&ids[i], NULL, i == WRITERS || i == WRITERS + 1 ? read_on : post_on,
			       &threads[i]);
	}
	usleep(WRITE_MS * 1000);
	atomic_store(&stop, true);
	for (int i = 0; i < count; i++) {
		pthread_join(ids[i], NULL);
		for (size_t k = 0; i < WRITERS && k < threads[i].posts.count; k++) {
			if (others.count < SAMPLE_MAX)
				others.us[others.count++] = threads[i].posts.us[k];
		}
	}
	if (loud) {
		snprintf(what, sizeof(what), "a post by one with %s followers", who);
		print_samples(what, &threads[WRITERS + 2].posts);
	}
	snprintf(what, sizeof(what), "others' posts meanwhile (%s)", loud ? who : "nobody else");
	print_samples(what, &others);
	print_samples("home of who follows 5,000, meanwhile", &threads[WRITERS].posts);
	print_samples("home of who follows 10, meanwhile", &threads[WRITERS + 1].posts);
}

static void measure(char **urls, int count)
{
	static struct world worlds[STORES_MAX];

	for (int i = 0; i < count; i++) {
		struct world *w = &worlds[i];

		w->url = urls[i];
		w->store = open_store(urls[i]);
		for (int k = 0; k < SPECIAL_COUNT; k++)
			w->special[k] = find_id(w->store, special_names[k]);
		w->other = find_id(w->store, "person3");
	}
	measure_reads(worlds, count);
	print_reads(worlds, count);
	printf("\nposts, of %d who write and 2 who read, each every %d ms; ms: median, 99 %%, "
	       "most\n",
	       WRITERS, PAUSE_US / 1000);
	for (int i = 0; i < count; i++) {
		printf("%s\n", worlds[i].url);
		measure_posts(&worlds[i], "", 0);
		measure_posts(&worlds[i], "10", worlds[i].special[SMALL]);
		measure_posts(&worlds[i], "100,000", worlds[i].special[POPULAR]);
		store_close(worlds[i].store);
	}
}

int main(int argc, char **argv)
{
	int64_t people = 0, posts = 0;

	arena = arena_new((size_t)16 << 20);
	if (argc == 5 && strcmp(argv[1], "fill") == 0 && str_to_i64(str_from_c(argv[3]), &people) &&
	    str_to_i64(str_from_c(argv[4]), &posts) && people >= 40000 && posts > 0) {
		fill(argv[2], people, posts);
	} else if (argc == 3 && strcmp(argv[1], "create") == 0) {
		store_close(open_store(argv[2]));
	} else if (argc > 2 && argc - 2 <= STORES_MAX && strcmp(argv[1], "measure") == 0) {
		measure(argv + 2, argc - 2);
	} else {
		fputs("usage: home create URL | home fill FILE PEOPLE POSTS | home measure "
		      "URL...\n",
		      stderr);
		return 2;
	}
	arena_free(arena);
	return 0;
}
