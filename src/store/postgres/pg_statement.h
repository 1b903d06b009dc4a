/*
 * pg_statement.h: every SQL statement of the PostgreSQL engine, in one table. They are prepared
 * when a connection opens, so that bad SQL stops the program at its start. Values are always bound;
 * parameters and results are in binary form, so every number is a bigint.
 */
#ifndef KINGLET_STORE_POSTGRES_PG_STATEMENT_H
#define KINGLET_STORE_POSTGRES_PG_STATEMENT_H

#include <stdbool.h>

enum pg_statement {
	PG_BEGIN,
	PG_BEGIN_SNAPSHOT,
	PG_NO_LIMITS,
	PG_PATIENCE,
	PG_COMMIT,
	PG_ROLLBACK,
	PG_CHECK,
	PG_VERSION,
	PG_NOTIFY,
	PG_TOTALS,
	PG_ACTIVE_USERS,
	PG_FILE_BYTES,
	PG_NEXT_ID,

	PG_USER_CREATE,
	PG_USER_BY_ID,
	PG_USER_BY_NAME,
	PG_USER_LIST,
	PG_USER_SET_PASSWORD,
	PG_USER_SET_ROLE,
	PG_USER_SET_LANGUAGE,
	PG_USER_LOCK,
	PG_USER_LOSE_FOLLOWS,
	PG_USER_LOSE_REST,
	PG_USER_DELETE,

	PG_POST_CREATE,
	PG_POST_BY_ID,
	PG_POST_DELETE,
	PG_POST_SET_FLAGGED,
	PG_POST_LIST_ALL,
	PG_PUBLIC_DOWN,
	PG_PUBLIC_UP,
	PG_AUTHOR_DOWN,
	PG_AUTHOR_UP,
	PG_HOME_DOWN,
	PG_HOME_UP,
	PG_HOME_NEWS,
	PG_HOME_BUILD,
	PG_HOME_ROWS,

	PG_FOLLOW_CREATE,
	PG_FOLLOW_DELETE,
	PG_FOLLOW_EXISTS,
	PG_FOLLOWING_LIST,
	PG_FOLLOWER_LIST,

	PG_SESSION_CREATE,
	PG_SESSION_TRIM,
	PG_SESSION_FIND,
	PG_SESSION_TOUCH,
	PG_SESSION_LIST,
	PG_SESSION_DELETE,
	PG_SESSION_DELETE_ALL,
	PG_SESSION_EXPIRE,

	PG_SAMPLE_PUT,
	PG_SAMPLE_LIST,
	PG_SAMPLE_TRIM,
	PG_RECENT_SUMMARY,
	PG_RECENT_FLAGGED,

	PG_LATEST_SET,
	PG_LATEST_GET,

	PG_BULK_LOCK,
	PG_BULK_USER,
	PG_BULK_USER_LAST_ID,
	PG_BULK_POST,
	PG_BULK_POST_LAST_ID,
	PG_BULK_FOLLOW,
	PG_BULK_COUNT,
	PG_ORIGIN_SET_INSERT,
	PG_ORIGIN_SET_GET,
	PG_ORIGIN_INSERT,
	PG_ORIGIN_GET,

	PG_ACCOUNT_SET_EMAIL,

	PG_STATEMENT_COUNT
};

struct pg_statement_row {
	/* Changes nothing: may be sent again where its connection was lost. */
	bool reads;
	const char *sql;
};
extern const struct pg_statement_row pg_statement_table[PG_STATEMENT_COUNT];

/* Columns of rows, in the order of the readers in pg_row.c. */
#define PG_USER_COLUMNS 10
#define PG_POST_COLUMNS 6

#endif
