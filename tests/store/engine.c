#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "store/sqlite/conn.h"
#include "store/sqlite/home.h"

static void sqlite_create(struct buf *url)
{
	const char *base = getenv("TMPDIR");
	char folder[256];

	snprintf(folder, sizeof(folder), "%s/kinglet-store-XXXXXX", base ? base : "/tmp");
	if (!mkdtemp(folder)) {
		perror(folder);
		exit(1);
	}
	buf_printf(url, "sqlite:%s/test.db", folder);
}

static void sqlite_check(struct str url)
{
	static const char *const checks[] = {"PRAGMA integrity_check", "PRAGMA foreign_key_check"};
	char path[300];
	struct buf why = BUF_INIT(1024);
	struct conn c;

	snprintf(path, sizeof(path), "%.*s", STR_ARG(str_sub(url, sizeof("sqlite:") - 1, url.len)));
	if (conn_open(&c, path, false, &why) != ERR_OK)
		fail_msg("%s", buf_c(&why));
	for (size_t i = 0; i < 2; i++) {
		sqlite3_stmt *st;

		assert_int_equal(sqlite3_prepare_v2(c.db, checks[i], -1, &st, NULL), SQLITE_OK);
		/* The first answers "ok", the second nothing. */
		if (stmt_step(st) != (i ? STEP_DONE : STEP_ROW))
			fail_msg("%s: %s", checks[i], sqlite3_errmsg(c.db));
		if (i == 0)
			assert_string_equal((const char *)sqlite3_column_text(st, 0), "ok");
		sqlite3_finalize(st);
	}
	conn_close(&c);
}

static void sqlite_destroy(struct str url)
{
	static const char *const suffixes[] = {"", "-wal", "-shm"};
	struct str path = str_sub(url, sizeof("sqlite:") - 1, url.len);
	char text[300];
	char *slash;

	for (size_t i = 0; i < 3; i++) {
		snprintf(text, sizeof(text), "%.*s%s", STR_ARG(path), suffixes[i]);
		unlink(text);
	}
	snprintf(text, sizeof(text), "%.*s", STR_ARG(path));
	slash = strrchr(text, '/');
	*slash = '\0';
	rmdir(text);
}

static void sqlite_forgetful_create(struct buf *url)
{
	home_set_recent_max(16);
	sqlite_create(url);
}

static const struct test_engine engines[] = {
	{"sqlite", sqlite_create, sqlite_check, sqlite_destroy},
	/* One that remembers few posts, so that home timelines come from memory and file at once.
	 */
	{"sqlite-forgetful", sqlite_forgetful_create, sqlite_check, sqlite_destroy},
};

const struct test_engine *test_engine_find(const char *name)
{
	for (size_t i = 0; i < sizeof(engines) / sizeof(engines[0]); i++) {
		if (strcmp(engines[i].name, name) == 0)
			return &engines[i];
	}
	return NULL;
}
