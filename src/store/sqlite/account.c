/* account.c: what is kept of accounts beside the person, in the SQLite engine. */
#include "store/account.h"

#include "store/sqlite/sqlite.h"
#include "store/sqlite/write.h"

struct set_email {
	int64_t id;
	struct str email;
};

static enum err set_email_job(struct writer *w, void *arg)
{
	const struct set_email *set = arg;
	struct conn *c = writer_conn(w);
	sqlite3_stmt *st = conn_stmt(c, STMT_ACCOUNT_SET_EMAIL);
	enum err e;

	bind_i64(st, 1, set->id);
	bind_str(st, 2, set->email);
	e = conn_run(c, st);
	return e == ERR_OK && conn_changes(c) == 0 ? ERR_NOT_FOUND : e;
}

static enum err set_email(struct store *store, int64_t id, struct str email)
{
	struct set_email set = {.id = id, .email = email};

	return writer_run(sqlite_of(store)->writer, set_email_job, &set);
}

const struct account_ops sqlite_account_ops = {
	.set_email = set_email,
};
