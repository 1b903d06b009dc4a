/*
 * generate: fills an empty database with a large community for measuring: the same one for the same
 * numbers. Popularity and zeal follow a power law, as they do among people: a few are followed by
 * thousands and write daily, most neither.
 *
 * Everybody has the same password hash, because hashing 10,000 takes minutes and no figure depends
 * on it. Beside the database it writes, into a folder, what load programs need to ask for things
 * that exist: cookies.txt (signed in), users.txt (names as in a path), posts.txt (ids).
 */
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "auth/password.h"
#include "auth/token.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/log.h"
#include "base/utf8.h"
#include "store/store.h"
#include "web/web.h"

#define SPAN_MS		 ((int64_t)365 * 24 * 3600 * 1000) /* posts lie in the last year */
#define POPULARITY_POWER 0.8				   /* of rank: Zipf's exponent */
#define SAMPLE_COUNT	 1000				   /* lines of users.txt and posts.txt */
#define TEXT_MAX_BYTES	 512
#define SESSION_MS	 ((int64_t)30 * 24 * 3600 * 1000)
#define PASSWORD	 "correct horse battery staple"

struct options {
	const char *db, *out;
	int64_t users, posts, follows, sessions, seed;
};

struct generator {
	struct options options;
	struct store *store;
	struct store_bulk *bulk;
	struct arena *arena;
	uint64_t random;   /* state of splitmix64 */
	double *weights;   /* by rank: the sum of the weights up to and with it */
	int64_t *user_ids; /* by rank */
	int64_t start_ms;
};

static void check(enum err e, const char *what)
{
	if (e == ERR_OK)
		return;
	fprintf(stderr, "generate: %s: %s\n", what, err_text(e));
	exit(1);
}

/* splitmix64 (Steele, Lea, Flood 2014). */
static uint64_t random_u64(struct generator *g)
{
	uint64_t z = g->random += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static uint64_t random_below(struct generator *g, uint64_t limit)
{
	return (uint64_t)((unsigned __int128)random_u64(g) * limit >> 64);
}

/* A user's rank, the popular ones more often. */
static size_t random_rank(struct generator *g)
{
	size_t low = 0, high = (size_t)g->options.users - 1;
	double at = (double)(random_u64(g) >> 11) * 0x1p-53 * g->weights[high];

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (g->weights[middle] <= at)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct str user_name(struct generator *g, size_t rank)
{
	static const char *const given[] = {"Ada",   "Bjørn", "Chidi", "Dilan", "Edda",	 "Farid",
					    "Grace", "Hiro",  "Inés",  "Jonas", "Katya", "Linus",
					    "Mei",   "Nadia", "Otto",  "Priya", "Quinn"};
	static const char *const family[] = {"Lind",   "Okafor",  "Sørensen", "Haddad", "Novak",
					     "Moreau", "Tanaka",  "Ibarra",   "Becker", "Costa",
					     "Dahl",   "Eriksen", "Fontaine"};

	return arena_printf(g->arena, "%s %s %zu",
			    given[rank * 7 % (sizeof(given) / sizeof(given[0]))],
			    family[rank * 5 % (sizeof(family) / sizeof(family[0]))], rank + 1);
}

static void create_users(struct generator *g)
{
	struct str hash, name;
	struct user_new u = {0};

	check(password_hash(g->arena, STR(PASSWORD), &hash), "hash a password");
	u.pw_hash = str_from(strndup(hash.ptr, hash.len), hash.len);
	if (!u.pw_hash.ptr)
		die("no memory");
	for (size_t i = 0; i < (size_t)g->options.users; i++) {
		arena_reset(g->arena);
		name = user_name(g, i);
		u.name = name;
		u.name_key = utf8_casefold(g->arena, name);
		u.email = arena_printf(g->arena, "user%zu@example.org", i + 1);
		u.created_ms = g->start_ms + (int64_t)i;
		check(store_bulk_user(g->bulk, &u, &g->user_ids[i]), "create a user");
	}
	free((char *)(uintptr_t)u.pw_hash.ptr);
}

/* Everybody follows as many, but nobody themselves and nobody twice. */
static void create_follows(struct generator *g)
{
	size_t users = (size_t)g->options.users, wanted = (size_t)g->options.follows;
	uint32_t *marked = calloc(users, sizeof(*marked));

	if (!marked)
		die("no memory");
	if (wanted > users - 1)
		wanted = users - 1;
	for (size_t i = 0; i < users; i++) {
		marked[i] = (uint32_t)i + 1;
		for (size_t done = 0; done < wanted;) {
			/* Among few people the popular are soon used up: then take anybody. */
			size_t other = users < 4 * wanted ? random_below(g, users) : random_rank(g);

			if (marked[other] == (uint32_t)i + 1)
				continue;
			marked[other] = (uint32_t)i + 1;
			check(store_bulk_follow(g->bulk, g->user_ids[i], g->user_ids[other]),
			      "create a follow");
			done++;
		}
	}
	free(marked);
}

/* Around 90 characters; now and then with what has to be escaped, linked, or is beyond ASCII. */
static struct str post_text(struct generator *g, char out[TEXT_MAX_BYTES])
{
	static const char *const words[] = {
		"morning",  "coffee", "the",   "harbour", "was",     "quiet",	"and",	 "nobody",
		"expected", "rain",   "on",    "a",	  "Tuesday", "so",	"we",	 "walked",
		"home",	    "slowly", "past",  "bakery",  "lights",  "someone", "sang",	 "badly",
		"but",	    "with",   "great", "joy",	  "my",	     "bicycle", "needs", "new",
		"brakes",   "again",  "does",  "anyone",  "know",    "good",	"book",	 "about",
		"gardens",  "blåbær", "café",  "it's",	  "10%",     "cheaper", "than",	 "before"};
	static const char *const extras[] = {
		" <3", " \"quoted\"", " & more", " 🌿", " https://example.org/a?b=1&c=2", " 日本語"};
	size_t word_count = 8 + random_below(g, 14), len = 0;

	for (size_t i = 0; i < word_count; i++)
		len += (size_t)snprintf(out + len, TEXT_MAX_BYTES - len, "%s%s", i ? " " : "",
					words[random_below(g, sizeof(words) / sizeof(words[0]))]);
	if (random_below(g, 8) == 0)
		len += (size_t)snprintf(
			out + len, TEXT_MAX_BYTES - len, "%s",
			extras[random_below(g, sizeof(extras) / sizeof(extras[0]))]);
	return str_from(out, len);
}

static FILE *open_out(struct generator *g, const char *name)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", g->options.out, name);
	f = fopen(path, "w");
	if (!f) {
		fprintf(stderr, "generate: %s: %s\n", path, strerror(errno));
		exit(1);
	}
	return f;
}

static void close_out(FILE *f)
{
	if (fclose(f)) {
		fprintf(stderr, "generate: %s\n", strerror(errno));
		exit(1);
	}
}

static void create_posts(struct generator *g)
{
	int64_t count = g->options.posts, step_ms = count ? SPAN_MS / count : 0, id;
	int64_t every = count > SAMPLE_COUNT ? count / SAMPLE_COUNT : 1;
	char text[TEXT_MAX_BYTES];
	FILE *sample = open_out(g, "posts.txt");

	for (int64_t i = 0; i < count; i++) {
		check(store_bulk_post(g->bulk, g->user_ids[random_rank(g)], post_text(g, text),
				      g->start_ms + (i + 1) * step_ms, false, &id),
		      "create a post");
		if (i % every == every - 1)
			fprintf(sample, "%lld\n", (long long)id);
	}
	close_out(sample);
}

static void write_users(struct generator *g)
{
	int64_t every = g->options.users > SAMPLE_COUNT ? g->options.users / SAMPLE_COUNT : 1;
	struct buf path = BUF_INIT(4096);
	FILE *out = open_out(g, "users.txt");

	for (int64_t i = 0; i < g->options.users; i += every) {
		arena_reset(g->arena);
		buf_clear(&path);
		percent_encode(&path, user_name(g, (size_t)i));
		fprintf(out, "%s\n", buf_c(&path));
	}
	close_out(out);
	buf_release(&path);
}

/* Spread over all people, popular or not. */
static void create_sessions(struct generator *g)
{
	int64_t now_ms = clock_now_ms(), count = g->options.sessions;
	FILE *out = open_out(g, "cookies.txt");

	if (count > g->options.users)
		count = g->options.users;
	for (int64_t i = 0; i < count; i++) {
		char token[TOKEN_TEXT_BYTES + 1];
		struct session s = {.user_id = g->user_ids[i * (g->options.users / count)],
				    .created_ms = now_ms,
				    .seen_ms = now_ms,
				    .expires_ms = now_ms + SESSION_MS,
				    .user_agent = STR("bench")};

		token_new(token, s.hash);
		check(store_session_create(g->store, &s, 20), "create a session");
		fprintf(out, "%s=%s\n", WEB_SESSION_COOKIE, token);
	}
	close_out(out);
}

static void generate(struct generator *g)
{
	double sum = 0;

	g->random = (uint64_t)g->options.seed;
	g->arena = arena_new((size_t)1 << 24);
	g->weights = calloc((size_t)g->options.users, sizeof(*g->weights));
	g->user_ids = calloc((size_t)g->options.users, sizeof(*g->user_ids));
	if (!g->arena || !g->weights || !g->user_ids)
		die("no memory");
	for (size_t i = 0; i < (size_t)g->options.users; i++)
		g->weights[i] = sum += pow((double)i + 1, -POPULARITY_POWER);
	g->start_ms = clock_now_ms() - SPAN_MS - 60000;
	check(store_bulk_begin(g->store, &g->bulk), "begin");
	create_users(g);
	create_follows(g);
	create_posts(g);
	check(store_bulk_commit(g->bulk), "commit");
	create_sessions(g);
	write_users(g);
	arena_free(g->arena);
	free(g->weights);
	free(g->user_ids);
}

static bool parse_options(int argc, char **argv, struct options *o)
{
	static const struct option table[] = {
		{"db", required_argument, NULL, 'd'},
		{"out", required_argument, NULL, 'o'},
		{"users", required_argument, NULL, 'u'},
		{"posts", required_argument, NULL, 'p'},
		{"follows", required_argument, NULL, 'f'},
		{"sessions", required_argument, NULL, 's'},
		{"seed", required_argument, NULL, 'r'},
		{0},
	};
	int got;

	while ((got = getopt_long(argc, argv, "", table, NULL)) != -1) {
		int64_t *number = got == 'u'   ? &o->users
				  : got == 'p' ? &o->posts
				  : got == 'f' ? &o->follows
				  : got == 's' ? &o->sessions
					       : &o->seed;

		if (got == '?')
			return false;
		if (got == 'd')
			o->db = optarg;
		else if (got == 'o')
			o->out = optarg;
		else if (!str_to_i64(str_from_c(optarg), number) || *number < 0)
			return false;
	}
	return optind == argc && o->db && o->out && o->users > 0;
}

int main(int argc, char **argv)
{
	struct generator g = {
		.options = {.users = 10000, .posts = 1000000, .follows = 200, .sessions = 2000}};
	struct store_config config = {0};
	struct buf why = BUF_INIT(1024);
	int64_t start_us = clock_mono_us();

	if (!parse_options(argc, argv, &g.options)) {
		fputs("usage: generate --db sqlite:FILE --out FOLDER [--users N] [--posts N]\n"
		      "                [--follows N] [--sessions N] [--seed N]\n",
		      stderr);
		return 2;
	}
	check(password_setup(), "set up passwords");
	config.url = str_from_c(g.options.db);
	if (store_open(&config, &g.store, &why) != ERR_OK) {
		fprintf(stderr, "generate: %s\n", buf_c(&why));
		return 1;
	}
	generate(&g);
	store_close(g.store);
	buf_release(&why);
	printf("%lld users, %lld posts, %lld follows each, in %.1f s\n", (long long)g.options.users,
	       (long long)g.options.posts, (long long)g.options.follows,
	       (double)(clock_mono_us() - start_us) / 1e6);
	return 0;
}
