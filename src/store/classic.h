/*
 * classic.h: reads the SQLite file of a classic MiniTwit, for the import.
 *
 *	user(user_id, username, email, pw_hash), follower(who_id, whom_id),
 *	message(message_id, author_id, text, pub_date, flagged)
 *
 * The file is opened read-only and never changed. What is in it was written by another program: a
 * value of the wrong kind is an error that names table and row, so that the import can refuse the
 * file whole. Not checked here, and so the caller's to check: that texts are valid UTF-8 without
 * NUL, that names are allowed and unique when folded, and that rows name people who exist.
 *
 * One thread drives one reader.
 */
#ifndef KINGLET_STORE_CLASSIC_H
#define KINGLET_STORE_CLASSIC_H

#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

struct classic;

/*
 * Checks that the three tables and their columns are there, and the file's integrity
 * (`PRAGMA quick_check`). On failure `*why` holds a sentence for the operator. ERR_NOT_FOUND: no
 * such file. ERR_INVALID: not such a database, or a damaged one. ERR_IO.
 */
enum err MUST_CHECK classic_open(struct str path, struct classic **out, struct buf *why);
/* NULL is fine. */
void classic_close(struct classic *c);

struct classic_user {
	int64_t user_id;
	struct str username, email, pw_hash; /* no email: empty */
};
struct classic_follow {
	int64_t who_id, whom_id; /* pairs may come twice */
};
struct classic_message {
	int64_t message_id, author_id;
	struct str text;
	int64_t pub_date_s; /* Unix seconds */
	bool flagged;
};

enum classic_step { CLASSIC_ROW, CLASSIC_DONE, CLASSIC_FAILED };

/*
 * The next row; texts are borrowed until the next call for the same table or classic_close().
 * After CLASSIC_DONE the table begins again. CLASSIC_FAILED: `*why` holds a sentence that names
 * table and row. People come by user_id; follows as they were stored; messages by pub_date, then
 * by message_id.
 *
 * Where the classic program's columns turned a text into a number (a person called 007 became 7),
 * the number is given back as text.
 */
enum classic_step classic_next_user(struct classic *c, struct classic_user *out, struct buf *why);
enum classic_step classic_next_follow(struct classic *c, struct classic_follow *out,
				      struct buf *why);
enum classic_step classic_next_message(struct classic *c, struct classic_message *out,
				       struct buf *why);

#endif
