/* mail.c: mail that waits, and confirmed addresses, in the SQLite engine. */
#include "store/mail.h"

#include "store/sqlite/change.h"
#include "store/sqlite/write.h"

static enum err put(struct store *store, const struct mail *mail)
{
	return change_run(store, (struct change){.which = STMT_MAIL_PUT,
						 .unchanged = ERR_BUSY,
						 .values = {{.number = mail->user_id},
							    {.number = mail->kind},
							    value_str(mail->address),
							    value_str(mail->language),
							    {.number = mail->created_ms},
							    {.number = MAIL_QUEUE_MAX}}});
}

struct claim {
	int64_t now_ms, until_ms;
	struct arena *arena;
	struct mail mail;
};

static enum err claim_job(struct writer *w, void *arg)
{
	struct claim *claim = arg;
	struct conn *c = writer_conn(w);
	sqlite3_stmt *st = conn_stmt(c, STMT_MAIL_NEXT);
	struct mail *m = &claim->mail;
	enum step step;
	enum err e;

	bind_i64(st, 1, claim->now_ms);
	step = stmt_step(st);
	if (step == STEP_ROW) {
		m->id = column_i64(st, 0);
		m->user_id = column_i64(st, 1);
		m->kind = (enum mail_kind)column_i64(st, 2);
		m->address = column_str(st, 3, claim->arena);
		m->language = column_str(st, 4, claim->arena);
		m->created_ms = column_i64(st, 5);
		m->attempts = column_i64(st, 6);
	}
	e = step == STEP_FAILED ? conn_err(c) : step == STEP_DONE ? ERR_NOT_FOUND : ERR_OK;
	stmt_reset(st);
	if (e != ERR_OK)
		return e;
	if (!m->address.ptr || !m->language.ptr)
		return ERR_INVALID; /* nothing has changed: the arena was full */
	st = conn_stmt(c, STMT_MAIL_CLAIM);
	bind_i64(st, 1, m->id);
	bind_i64(st, 2, claim->until_ms);
	return conn_run(c, st);
}

/* Asked of a reader first: mostly nothing is due, and a job of the writer's is a transaction. */
static enum err claim(struct store *store, int64_t now_ms, int64_t until_ms, struct arena *a,
		      struct mail *out)
{
	const struct value values[CHANGE_VALUES_MAX] = {{.number = now_ms}};
	struct claim claim = {.now_ms = now_ms, .until_ms = until_ms, .arena = a};
	int64_t one;
	enum err e = value_read(store, STMT_MAIL_IS_DUE, values, &one);

	if (e == ERR_OK)
		e = writer_run(sqlite_of(store)->writer, claim_job, &claim);
	if (e == ERR_OK)
		*out = claim.mail;
	return e == ERR_INVALID ? ERR_TOO_LARGE : e;
}

static enum err done(struct store *store, int64_t id)
{
	return change_run(store,
			  (struct change){.which = STMT_MAIL_DONE, .values = {{.number = id}}});
}

static enum err again(struct store *store, int64_t id, int64_t due_ms)
{
	return change_run(store, (struct change){.which = STMT_MAIL_AGAIN,
						 .values = {{.number = id}, {.number = due_ms}}});
}

static enum err waiting(struct store *store, int64_t *out)
{
	const struct value none[CHANGE_VALUES_MAX] = {{.number = 0}};

	return value_read(store, STMT_MAIL_WAITING, none, out);
}

static enum err confirm(struct store *store, int64_t user_id, struct str email, struct str key)
{
	return change_run(
		store,
		(struct change){.which = STMT_EMAIL_CONFIRM,
				.unchanged = ERR_NOT_FOUND,
				.values = {{.number = user_id}, value_str(email), value_str(key)}});
}

static enum err is_confirmed(struct store *store, int64_t user_id, bool *out)
{
	const struct value values[CHANGE_VALUES_MAX] = {{.number = user_id}};
	int64_t count = 0;
	enum err e = value_read(store, STMT_EMAIL_IS_CONFIRMED, values, &count);

	if (e == ERR_OK)
		*out = count > 0;
	return e;
}

static enum err owners(struct store *store, struct str key, struct mail_owners *out)
{
	const struct value values[CHANGE_VALUES_MAX] = {value_str(key),
							{.number = MAIL_SHARED_MAX}};
	struct sqlite *s = sqlite_of(store);
	struct conn *c = readers_take(&s->readers);
	sqlite3_stmt *st = conn_stmt(c, STMT_EMAIL_OWNERS);
	struct mail_owners found = {.count = 0};
	enum step step;
	enum err e;

	values_bind(st, values);
	while ((step = stmt_step(st)) == STEP_ROW && found.count < MAIL_SHARED_MAX)
		found.ids[found.count++] = column_i64(st, 0);
	e = stmt_end(c, st, step, ERR_OK);
	if (e == ERR_OK)
		*out = found;
	readers_put(&s->readers, c);
	return e;
}

const struct mail_ops sqlite_mail_ops = {
	.put = put,
	.claim = claim,
	.done = done,
	.again = again,
	.waiting = waiting,
	.confirm = confirm,
	.is_confirmed = is_confirmed,
	.owners = owners,
};
