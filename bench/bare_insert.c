/*
 * bare_insert: what the disk and SQLite alone make of posts: the yardstick for durable writes. It
 * inserts the rows that a post makes into a database that Kinglet made (the post with its index,
 * its author's count, the one row of state), so many posts a commit, with the same promises (WAL,
 * synchronous=FULL, foreign keys checked), in one thread that does nothing else.
 *
 * The database must be a copy that nobody else uses: what it writes is not what a community wrote.
 */
#include <getopt.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/clock.h"
#include "base/str.h"

#define AUTHORS_MAX 1000
/* As Kinglet's writer has them. */
#define CACHE_KIB	 "8192"
#define CHECKPOINT_PAGES "4096"

struct bare {
	sqlite3 *db;
	sqlite3_stmt *begin, *insert, *count, *state, *commit;
	int64_t authors[AUTHORS_MAX];
	size_t author_count;
	int64_t last_id, posts;
};

static void fail(const struct bare *b, const char *what)
{
	fprintf(stderr, "bare_insert: %s: %s\n", what, sqlite3_errmsg(b->db));
	exit(1);
}

static sqlite3_stmt *prepared(const struct bare *b, const char *sql)
{
	sqlite3_stmt *st;

	if (sqlite3_prepare_v3(b->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &st, NULL) != SQLITE_OK)
		fail(b, sql);
	return st;
}

static void run(const struct bare *b, sqlite3_stmt *st)
{
	if (sqlite3_step(st) != SQLITE_DONE)
		fail(b, sqlite3_sql(st));
	sqlite3_reset(st);
}

/* Spread over all people, as the load is that this is compared with. */
static void read_authors(struct bare *b)
{
	sqlite3_stmt *st = prepared(b, "SELECT id FROM user ORDER BY id");
	size_t every = 1, at = 0;
	sqlite3_stmt *all = prepared(b, "SELECT count(*) FROM user");

	if (sqlite3_step(all) == SQLITE_ROW && sqlite3_column_int64(all, 0) > AUTHORS_MAX)
		every = (size_t)sqlite3_column_int64(all, 0) / AUTHORS_MAX;
	sqlite3_finalize(all);
	while (sqlite3_step(st) == SQLITE_ROW && b->author_count < AUTHORS_MAX)
		if (at++ % every == 0)
			b->authors[b->author_count++] = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	if (!b->author_count)
		fail(b, "nobody is there to write");
}

static void open_database(struct bare *b, const char *path)
{
	sqlite3_stmt *state;

	if (sqlite3_open_v2(path, &b->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) ||
	    sqlite3_exec(b->db,
			 "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
			 "PRAGMA foreign_keys = ON; PRAGMA cache_size = -" CACHE_KIB ";"
			 "PRAGMA wal_autocheckpoint = " CHECKPOINT_PAGES ";",
			 NULL, NULL, NULL))
		fail(b, path);
	b->begin = prepared(b, "BEGIN IMMEDIATE");
	b->insert = prepared(b, "INSERT INTO post (id, author_id, text, created_ms, flagged) "
				"VALUES (?1, ?2, ?3, ?4, 0)");
	b->count = prepared(b, "UPDATE user_count SET posts = posts + 1 WHERE user_id = ?1");
	b->state = prepared(b, "UPDATE state SET last_id = ?1, posts = ?2");
	b->commit = prepared(b, "COMMIT");
	state = prepared(b, "SELECT last_id, posts FROM state");
	if (sqlite3_step(state) != SQLITE_ROW)
		fail(b, "no row of state");
	b->last_id = sqlite3_column_int64(state, 0);
	b->posts = sqlite3_column_int64(state, 1);
	sqlite3_finalize(state);
	read_authors(b);
}

static void insert_post(struct bare *b)
{
	char text[128];
	int len = snprintf(text, sizeof(text),
			   "Posting number %lld while everybody else is posting too, about the "
			   "weather.",
			   (long long)(b->posts % 1000 + 1));
	int64_t author = b->authors[(size_t)b->posts % b->author_count];

	sqlite3_bind_int64(b->insert, 1, ++b->last_id);
	sqlite3_bind_int64(b->insert, 2, author);
	sqlite3_bind_text(b->insert, 3, text, len, SQLITE_STATIC);
	sqlite3_bind_int64(b->insert, 4, clock_now_ms());
	run(b, b->insert);
	sqlite3_bind_int64(b->count, 1, author);
	run(b, b->count);
	b->posts++;
}

static void close_database(struct bare *b)
{
	sqlite3_finalize(b->begin);
	sqlite3_finalize(b->insert);
	sqlite3_finalize(b->count);
	sqlite3_finalize(b->state);
	sqlite3_finalize(b->commit);
	sqlite3_close(b->db);
}

static int usage(void)
{
	fputs("usage: bare_insert --db FILE [--group N] [--seconds N]\n", stderr);
	return 2;
}

int main(int argc, char **argv)
{
	static const struct option table[] = {{"db", required_argument, NULL, 'd'},
					      {"group", required_argument, NULL, 'g'},
					      {"seconds", required_argument, NULL, 's'},
					      {0}};
	struct bare b = {0};
	const char *path = NULL;
	int64_t group = 16, seconds = 2, rows = 0, start_us, end_us;
	int got;

	while ((got = getopt_long(argc, argv, "", table, NULL)) != -1) {
		if (got == 'd')
			path = optarg;
		else if (got == '?' ||
			 !str_to_i64(str_from_c(optarg), got == 'g' ? &group : &seconds))
			return usage();
	}
	if (!path || group < 1 || seconds < 1)
		return usage();
	open_database(&b, path);
	start_us = clock_mono_us();
	end_us = start_us + seconds * 1000000;
	while (clock_mono_us() < end_us) {
		run(&b, b.begin);
		for (int64_t i = 0; i < group; i++)
			insert_post(&b);
		sqlite3_bind_int64(b.state, 1, b.last_id);
		sqlite3_bind_int64(b.state, 2, b.posts);
		run(&b, b.state);
		run(&b, b.commit);
		rows += group;
	}
	printf("{\"rows\": %lld, \"seconds\": %.6f}\n", (long long)rows,
	       (double)(clock_mono_us() - start_us) / 1e6);
	close_database(&b);
	return 0;
}
