#include "engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
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
	{"sqlite", sqlite_create, sqlite_destroy},
	/* One that remembers few posts, so that home timelines come from memory and file at once.
	 */
	{"sqlite-forgetful", sqlite_forgetful_create, sqlite_destroy},
};

const struct test_engine *test_engine_find(const char *name)
{
	for (size_t i = 0; i < sizeof(engines) / sizeof(engines[0]); i++) {
		if (strcmp(engines[i].name, name) == 0)
			return &engines[i];
	}
	return NULL;
}
