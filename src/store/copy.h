/*
 * copy.h: makes one database equal to another, of whichever engines.
 *
 * Table by table, in ranges of keys, the rows of both are compared; what differs is copied or
 * removed, in a transaction for each range, and read back. So the first copy, going on after a
 * break, catching up with changes, and the verification are one and the same thing: a pass. Memory
 * is that of a range.
 *
 * The source may be in use. Then a pass ends with rows of different moments, and says so; one over
 * a source that nobody writes (frozen, see store_set_frozen(), or without a server) is exact.
 */
#ifndef KINGLET_STORE_COPY_H
#define KINGLET_STORE_COPY_H

#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/str.h"

/* Who is referred to comes first. */
enum copy_table {
	COPY_USER,
	COPY_USER_COUNT,
	COPY_FOLLOW,
	COPY_POST,
	COPY_LIKE,
	COPY_SESSION,
	COPY_TICKET,
	COPY_TOTP,
	COPY_OLD_NAME,
	COPY_EMAIL_CONFIRMED,
	COPY_NOTICE,
	COPY_NOTICE_STATE,
	COPY_NOTICE_SETTING,
	COPY_PROFILE,
	COPY_AVATAR,
	COPY_BLOCK,
	COPY_MUTE,
	COPY_ORIGIN_SET,
	COPY_ORIGIN,
	COPY_USER_STATE,
	COPY_FLAG_KEPT,
	COPY_SETTING,
	COPY_REPORT,
	COPY_PERSON_NOTE,
	COPY_INVITATION,
	COPY_AUDIT,
	COPY_STATE, /* one row: `latest` and the totals */
	COPY_TABLE_COUNT
};
const char *copy_table_name(enum copy_table table);

struct copy_table_report {
	int64_t source_rows, target_rows; /* as they were read, the target's after its changes */
	int64_t written, removed;
	unsigned char source_digest[DIGEST_BYTES], target_digest[DIGEST_BYTES];
};
struct copy_report {
	struct copy_table_report tables[COPY_TABLE_COUNT];
	bool equal;   /* counts and digests of every table */
	bool changed; /* the source was, or may have been, written meanwhile */
	bool frozen;  /* the source is */
};

struct copy_progress {
	enum copy_table table;
	int64_t rows, written; /* so far, over all tables */
	int64_t expected;      /* about */
};
typedef void copy_watch(void *user, const struct copy_progress *progress);

/*
 * One pass. Makes the target's schema. The target must be empty, or a copy of this source that no
 * server has been started on since: else ERR_DENIED, and nothing has changed. Meanwhile, and until
 * a pass has ended with `equal` and not `changed`, no server starts on the target. `watch` is told
 * after each range. On failure `*why` holds a sentence without secrets; what has been copied stays,
 * and another pass goes on from there.
 */
enum err MUST_CHECK copy_run(struct str from, struct str to, copy_watch *watch, void *user,
			     struct copy_report *out, struct buf *why);

#endif
