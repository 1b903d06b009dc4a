/* pg_account.c: what is kept of accounts beside the person, in the PostgreSQL engine. */
#include "store/account.h"

#include "store/postgres/pg.h"

static enum err set_email(struct store *store, int64_t id, struct str email)
{
	struct pg_args args = {0};
	PGresult *r = NULL;
	enum err e;

	pg_arg_i64(&args, id);
	pg_arg_str(&args, email);
	e = pg_run(pg_of(store), PG_ACCOUNT_SET_EMAIL, &args, &r);
	if (e == ERR_OK && PQntuples(r) == 0)
		e = ERR_NOT_FOUND;
	PQclear(r);
	return e;
}

const struct account_ops pg_account_ops = {
	.set_email = set_email,
};
