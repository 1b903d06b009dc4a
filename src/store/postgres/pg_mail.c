/* pg_mail.c: mail that waits, and confirmed addresses, in the PostgreSQL engine. */
#include "store/mail.h"

#include "store/postgres/pg.h"

static enum err put(struct store *store, const struct mail *mail)
{
	struct pg_args args = {0};
	PGresult *r = NULL;
	enum err e;

	pg_arg_i64(&args, mail->user_id);
	pg_arg_i64(&args, mail->kind);
	pg_arg_str(&args, mail->address);
	pg_arg_str(&args, mail->language);
	pg_arg_i64(&args, mail->created_ms);
	pg_arg_i64(&args, MAIL_QUEUE_MAX);
	e = pg_run(pg_of(store), PG_MAIL_PUT, &args, &r);
	if (e == ERR_OK && PQntuples(r) == 0)
		e = ERR_BUSY;
	PQclear(r);
	return e;
}

static enum err claim(struct store *store, int64_t now_ms, int64_t until_ms, struct arena *a,
		      struct mail *out)
{
	struct pg_args args = {0};
	PGresult *r = NULL;
	struct mail mail;
	enum err e;

	pg_arg_i64(&args, now_ms);
	pg_arg_i64(&args, until_ms);
	e = pg_run(pg_of(store), PG_MAIL_CLAIM, &args, &r);
	if (e == ERR_OK && PQntuples(r) == 0)
		e = ERR_NOT_FOUND;
	if (e == ERR_OK) {
		mail = (struct mail){
			.id = pg_i64(r, 0, 0),
			.user_id = pg_i64(r, 0, 1),
			.kind = (enum mail_kind)pg_i64(r, 0, 2),
			.address = pg_str(r, 0, 3, a),
			.language = pg_str(r, 0, 4, a),
			.created_ms = pg_i64(r, 0, 5),
			.attempts = pg_i64(r, 0, 6),
		};
		e = mail.address.ptr && mail.language.ptr ? ERR_OK : ERR_TOO_LARGE;
	}
	if (e == ERR_OK)
		*out = mail;
	PQclear(r);
	return e;
}

static enum err done(struct store *store, int64_t id)
{
	struct pg_args args = {0};

	pg_arg_i64(&args, id);
	return pg_run(pg_of(store), PG_MAIL_DONE, &args, NULL);
}

static enum err again(struct store *store, int64_t id, int64_t due_ms)
{
	struct pg_args args = {0};

	pg_arg_i64(&args, id);
	pg_arg_i64(&args, due_ms);
	return pg_run(pg_of(store), PG_MAIL_AGAIN, &args, NULL);
}

static enum err number(struct store *store, enum pg_statement which, const struct pg_args *args,
		       int64_t *out)
{
	PGresult *r = NULL;
	enum err e = pg_run(pg_of(store), which, args, &r);

	if (e == ERR_OK)
		*out = pg_i64(r, 0, 0);
	PQclear(r);
	return e;
}

static enum err waiting(struct store *store, int64_t *out)
{
	const struct pg_args none = {0};

	return number(store, PG_MAIL_WAITING, &none, out);
}

static enum err confirm(struct store *store, int64_t user_id, struct str email, struct str key)
{
	struct pg_args args = {0};
	PGresult *r = NULL;
	enum err e;

	pg_arg_i64(&args, user_id);
	pg_arg_str(&args, email);
	pg_arg_str(&args, key);
	e = pg_run(pg_of(store), PG_EMAIL_CONFIRM, &args, &r);
	if (e == ERR_OK && PQntuples(r) == 0)
		e = ERR_NOT_FOUND;
	PQclear(r);
	return e;
}

static enum err is_confirmed(struct store *store, int64_t user_id, bool *out)
{
	struct pg_args args = {0};
	int64_t count = 0;
	enum err e;

	pg_arg_i64(&args, user_id);
	e = number(store, PG_EMAIL_IS_CONFIRMED, &args, &count);
	if (e == ERR_OK)
		*out = count > 0;
	return e;
}

static enum err owners(struct store *store, struct str key, struct mail_owners *out)
{
	struct pg_args args = {0};
	PGresult *r = NULL;
	enum err e;

	pg_arg_str(&args, key);
	pg_arg_i64(&args, MAIL_SHARED_MAX);
	e = pg_run(pg_of(store), PG_EMAIL_OWNERS, &args, &r);
	if (e == ERR_OK) {
		out->count = 0;
		for (int i = 0; i < PQntuples(r) && i < MAIL_SHARED_MAX; i++)
			out->ids[out->count++] = pg_i64(r, i, 0);
	}
	PQclear(r);
	return e;
}

const struct mail_ops pg_mail_ops = {
	.put = put,
	.claim = claim,
	.done = done,
	.again = again,
	.waiting = waiting,
	.confirm = confirm,
	.is_confirmed = is_confirmed,
	.owners = owners,
};
