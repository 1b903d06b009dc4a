/*
 * copy.c: one end of a copy in the SQLite engine: a connection of its own. As a source it may lie
 * beside a server: each batch is a short snapshot, so that the write-ahead log goes on being moved
 * into the file. As a target it is held against servers.
 */
#include "store/sqlite/copy.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>
#include "base/log.h"
#include "store/copy_end.h"
#include "store/sqlite/migrate.h"
#include "store/sqlite/sqlite.h"

#define CACHE_BYTES ((size_t)64 * 1024 * 1024)
/* In one transaction: each writes nearly all pages of an index whose order is another. */
#define COMMIT_ROWS 100000

/* The SQL of a table. Keys are bound first, then what follows; `gone` may have several steps. */
struct table_sql {
	const char *read;     /* ?1… after, then up to, then the limit */
	const char *put;      /* ?1… the columns */
	const char *gone[10]; /* ?1… the key */
};

/* Each by the table's primary key. */
static const struct table_sql sql_table[COPY_TABLE_COUNT] = {
	[COPY_USER] =
		{"SELECT id, name, name_key, email, pw_hash, role, created_ms, "
		 "language, state, warning_id, display, selective, avatar FROM user "
		 "WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT ?3",
		 "INSERT INTO user (id, name, name_key, email, pw_hash, role, created_ms, "
		 "language, state, warning_id, display, selective, avatar) "
		 "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) ON CONFLICT (id) "
		 "DO "
		 "UPDATE SET "
		 "name = excluded.name, name_key = excluded.name_key, email = excluded.email, "
		 "pw_hash = excluded.pw_hash, role = excluded.role, "
		 "created_ms = excluded.created_ms, language = excluded.language, "
		 "state = excluded.state, warning_id = excluded.warning_id, "
		 "display = excluded.display, selective = excluded.selective, avatar = "
		 "excluded.avatar",
		 {"DELETE FROM notice WHERE user_id = ?1", "DELETE FROM notice WHERE actor_id = ?1",
		  "DELETE FROM notice_state WHERE user_id = ?1",
		  "DELETE FROM notice_setting WHERE user_id = ?1",
		  "DELETE FROM follow WHERE follower_id = ?1",
		  "DELETE FROM follow WHERE followee_id = ?1",
		  "DELETE FROM post WHERE author_id = ?1", "DELETE FROM session WHERE user_id = ?1",
		  "DELETE FROM user_count WHERE user_id = ?1", "DELETE FROM user WHERE id = ?1"}},
	[COPY_USER_COUNT] =
		{"SELECT user_id, posts, followers, following FROM user_count "
		 "WHERE user_id > ?1 AND user_id <= ?2 ORDER BY user_id LIMIT ?3",
		 "INSERT INTO user_count (user_id, posts, followers, following) "
		 "SELECT ?1, ?2, ?3, ?4 WHERE EXISTS (SELECT 1 FROM user WHERE id = ?1) "
		 "ON CONFLICT (user_id) DO UPDATE SET posts = excluded.posts, "
		 "followers = excluded.followers, following = excluded.following",
		 {"DELETE FROM user_count WHERE user_id = ?1"}},
	[COPY_FOLLOW] = {"SELECT follower_id, followee_id FROM follow "
			 "WHERE (follower_id, followee_id) > (?1, ?2) "
			 "AND (follower_id, followee_id) <= (?3, ?4) "
			 "ORDER BY follower_id, followee_id LIMIT ?5",
			 "INSERT INTO follow (follower_id, followee_id) SELECT ?1, ?2 "
			 "WHERE EXISTS (SELECT 1 FROM user WHERE id = ?1) "
			 "AND EXISTS (SELECT 1 FROM user WHERE id = ?2) ON CONFLICT DO NOTHING",
			 {"DELETE FROM follow WHERE follower_id = ?1 AND followee_id = ?2"}},
	[COPY_POST] =
		{"SELECT id, author_id, text, created_ms, flagged, warning, reply_to FROM post "
		 "WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT ?3",
		 "INSERT INTO post (id, author_id, text, created_ms, flagged, warning, reply_to) "
		 "SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE EXISTS (SELECT 1 FROM user WHERE id = "
		 "?2) "
		 "ON CONFLICT (id) DO UPDATE SET author_id = excluded.author_id, "
		 "text = excluded.text, created_ms = excluded.created_ms, "
		 "flagged = excluded.flagged, warning = excluded.warning, "
		 "reply_to = excluded.reply_to",
		 {"DELETE FROM post WHERE id = ?1"}},
	[COPY_LIKE] = {"SELECT user_id, post_id FROM post_like "
		       "WHERE (user_id, post_id) > (?1, ?2) AND (user_id, post_id) <= (?3, ?4) "
		       "ORDER BY user_id, post_id LIMIT ?5",
		       "INSERT INTO post_like (user_id, post_id) SELECT ?1, ?2 "
		       "WHERE EXISTS (SELECT 1 FROM user WHERE id = ?1) "
		       "AND EXISTS (SELECT 1 FROM post WHERE id = ?2) ON CONFLICT DO NOTHING",
		       {"DELETE FROM post_like WHERE user_id = ?1 AND post_id = ?2"}},
	[COPY_SESSION] =
		{"SELECT hash, user_id, created_ms, seen_ms, expires_ms, user_agent FROM session "
		 "WHERE hash > ?1 AND hash <= ?2 ORDER BY hash LIMIT ?3",
		 "INSERT INTO session (hash, user_id, created_ms, seen_ms, expires_ms, user_agent) "
		 "SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE EXISTS (SELECT 1 FROM user WHERE id = ?2) "
		 "ON CONFLICT (hash) DO UPDATE SET user_id = excluded.user_id, "
		 "created_ms = excluded.created_ms, seen_ms = excluded.seen_ms, "
		 "expires_ms = excluded.expires_ms, user_agent = excluded.user_agent",
		 {"DELETE FROM session WHERE hash = ?1"}},
	[COPY_TICKET] = {"SELECT hash, user_id, kind, expires_ms FROM ticket "
			 "WHERE hash > ?1 AND hash <= ?2 ORDER BY hash LIMIT ?3",
			 "INSERT INTO ticket (hash, user_id, kind, expires_ms) "
			 "SELECT ?1, ?2, ?3, ?4 WHERE EXISTS (SELECT 1 FROM user WHERE id = ?2) "
			 "ON CONFLICT (hash) DO UPDATE SET user_id = excluded.user_id, "
			 "kind = excluded.kind, expires_ms = excluded.expires_ms",
			 {"DELETE FROM ticket WHERE hash = ?1"}},
	[COPY_TOTP] = {"SELECT user_id, secret, last_step, confirmed FROM totp "
		       "WHERE user_id > ?1 AND user_id <= ?2 ORDER BY user_id LIMIT ?3",
		       "INSERT INTO totp (user_id, secret, last_step, confirmed) "
		       "SELECT ?1, ?2, ?3, ?4 WHERE EXISTS (SELECT 1 FROM user WHERE id = ?1) "
		       "ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret, "
		       "last_step = excluded.last_step, confirmed = excluded.confirmed",
		       {"DELETE FROM totp WHERE user_id = ?1"}},
	[COPY_OLD_NAME] = {"SELECT name_key, user_id, until_ms FROM old_name "
			   "WHERE name_key > ?1 AND name_key <= ?2 ORDER BY name_key LIMIT ?3",
			   "INSERT INTO old_name (name_key, user_id, until_ms) "
			   "SELECT ?1, ?2, ?3 WHERE EXISTS (SELECT 1 FROM user WHERE id = ?2) "
			   "ON CONFLICT (name_key) DO UPDATE SET user_id = excluded.user_id, "
			   "until_ms = excluded.until_ms",
			   {"DELETE FROM old_name WHERE name_key = ?1"}},
	[COPY_EMAIL_CONFIRMED] =
		{"SELECT user_id, email, email_key FROM email_confirmed "
		 "WHERE user_id > ?1 AND user_id <= ?2 ORDER BY user_id LIMIT ?3",
		 "INSERT INTO email_confirmed (user_id, email, email_key) SELECT ?1, ?2, ?3 "
		 "WHERE EXISTS (SELECT 1 FROM user WHERE id = ?1) ON CONFLICT (user_id) "
		 "DO UPDATE SET email = excluded.email, email_key = excluded.email_key",
		 {"DELETE FROM email_confirmed WHERE user_id = ?1"}},
	/* One told anew under another id: the old row goes before the new one comes. */
	[COPY_NOTICE] =
		{"SELECT user_id, id, kind, actor_id, post_id, created_ms FROM notice "
		 "WHERE (user_id, id) > (?1, ?2) AND (user_id, id) <= (?3, ?4) "
		 "ORDER BY user_id, id LIMIT ?5",
		 "INSERT INTO notice (user_id, id, kind, actor_id, post_id, created_ms) "
		 "SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE EXISTS (SELECT 1 FROM user WHERE id = ?1) "
		 "AND EXISTS (SELECT 1 FROM user WHERE id = ?4) "
		 "ON CONFLICT (actor_id, kind, post_id, user_id) DO UPDATE SET id = excluded.id, "
		 "created_ms = excluded.created_ms",
		 {"DELETE FROM notice WHERE user_id = ?1 AND id = ?2"}},
	[COPY_NOTICE_STATE] =
		{"SELECT user_id, read_upto_id FROM notice_state "
		 "WHERE user_id > ?1 AND user_id <= ?2 ORDER BY user_id LIMIT ?3",
		 "INSERT INTO notice_state (user_id, read_upto_id) SELECT ?1, ?2 "
		 "WHERE EXISTS (SELECT 1 FROM user WHERE id = ?1) ON CONFLICT (user_id) "
		 "DO UPDATE SET read_upto_id = excluded.read_upto_id",
		 {"DELETE FROM notice_state WHERE user_id = ?1"}},
	[COPY_NOTICE_SETTING] =
		{"SELECT user_id, mask FROM notice_setting "
		 "WHERE user_id > ?1 AND user_id <= ?2 ORDER BY user_id LIMIT ?3",
		 "INSERT INTO notice_setting (user_id, mask) SELECT ?1, ?2 "
		 "WHERE EXISTS (SELECT 1 FROM user WHERE id = ?1) ON CONFLICT (user_id) "
		 "DO UPDATE SET mask = excluded.mask",
		 {"DELETE FROM notice_setting WHERE user_id = ?1"}},
	[COPY_PROFILE] = {"SELECT user_id, bio, link FROM profile "
			  "WHERE user_id > ?1 AND user_id <= ?2 ORDER BY user_id LIMIT ?3",
			  "INSERT INTO profile (user_id, bio, link) SELECT ?1, ?2, ?3 "
			  "WHERE EXISTS (SELECT 1 FROM user WHERE id = ?1) "
			  "ON CONFLICT (user_id) DO UPDATE SET bio = excluded.bio, "
			  "link = excluded.link",
			  {"DELETE FROM profile WHERE user_id = ?1"}},
	[COPY_AVATAR] =
		{"SELECT user_id, hash, small, large, changed_ms FROM avatar "
		 "WHERE user_id > ?1 AND user_id <= ?2 ORDER BY user_id LIMIT ?3",
		 "INSERT INTO avatar (user_id, hash, small, large, changed_ms) "
		 "SELECT ?1, ?2, ?3, ?4, ?5 WHERE EXISTS (SELECT 1 FROM user WHERE id = ?1) "
		 "ON CONFLICT (user_id) DO UPDATE SET hash = excluded.hash, "
		 "small = excluded.small, large = excluded.large, changed_ms = excluded.changed_ms",
		 {"DELETE FROM avatar WHERE user_id = ?1"}},
	[COPY_BLOCK] = {"SELECT user_id, other_id FROM block "
			"WHERE (user_id, other_id) > (?1, ?2) AND (user_id, other_id) <= (?3, ?4) "
			"ORDER BY user_id, other_id LIMIT ?5",
			"INSERT INTO block (user_id, other_id) SELECT ?1, ?2 "
			"WHERE EXISTS (SELECT 1 FROM user WHERE id = ?1) "
			"AND EXISTS (SELECT 1 FROM user WHERE id = ?2) ON CONFLICT DO NOTHING",
			{"DELETE FROM block WHERE user_id = ?1 AND other_id = ?2"}},
	[COPY_MUTE] = {"SELECT user_id, other_id FROM mute "
		       "WHERE (user_id, other_id) > (?1, ?2) AND (user_id, other_id) <= (?3, ?4) "
		       "ORDER BY user_id, other_id LIMIT ?5",
		       "INSERT INTO mute (user_id, other_id) SELECT ?1, ?2 "
		       "WHERE EXISTS (SELECT 1 FROM user WHERE id = ?1) "
		       "AND EXISTS (SELECT 1 FROM user WHERE id = ?2) ON CONFLICT DO NOTHING",
		       {"DELETE FROM mute WHERE user_id = ?1 AND other_id = ?2"}},
	[COPY_ORIGIN_SET] =
		{"SELECT id, kind, source FROM origin_set "
		 "WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT ?3",
		 "INSERT INTO origin_set (id, kind, source) VALUES (?1, ?2, ?3) "
		 "ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, source = excluded.source",
		 {"DELETE FROM origin WHERE set_id = ?1", "DELETE FROM origin_set WHERE id = ?1"}},
	[COPY_ORIGIN] = {"SELECT set_id, legacy_id, id FROM origin "
			 "WHERE (set_id, legacy_id) > (?1, ?2) AND (set_id, legacy_id) <= (?3, ?4) "
			 "ORDER BY set_id, legacy_id LIMIT ?5",
			 "INSERT INTO origin (set_id, legacy_id, id) SELECT ?1, ?2, ?3 "
			 "WHERE EXISTS (SELECT 1 FROM origin_set WHERE id = ?1) "
			 "ON CONFLICT (set_id, legacy_id) DO UPDATE SET id = excluded.id",
			 {"DELETE FROM origin WHERE set_id = ?1 AND legacy_id = ?2"}},
	[COPY_USER_STATE] = {"SELECT user_id, state, since_ms, until_ms, reason FROM user_state "
			     "WHERE user_id > ?1 AND user_id <= ?2 ORDER BY user_id LIMIT ?3",
			     "INSERT INTO user_state (user_id, state, since_ms, until_ms, "
			     "reason) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (user_id) DO "
			     "UPDATE SET state = excluded.state, since_ms = excluded.since_ms, "
			     "until_ms = excluded.until_ms, reason = excluded.reason",
			     {"DELETE FROM user_state WHERE user_id = ?1"}},
	[COPY_FLAG_KEPT] = {"SELECT post_id, author_id FROM flag_kept WHERE post_id > ?1 AND "
			    "post_id <= ?2 ORDER BY post_id LIMIT ?3",
			    "INSERT INTO flag_kept (post_id, author_id) VALUES (?1, ?2) ON "
			    "CONFLICT (post_id) DO UPDATE SET author_id = excluded.author_id",
			    {"DELETE FROM flag_kept WHERE post_id = ?1"}},
	[COPY_SETTING] = {"SELECT name, value, changed_ms FROM setting WHERE name > ?1 AND "
			  "name <= ?2 ORDER BY name LIMIT ?3",
			  "INSERT INTO setting (name, value, changed_ms) VALUES (?1, ?2, ?3) "
			  "ON CONFLICT (name) DO UPDATE SET value = excluded.value, "
			  "changed_ms = excluded.changed_ms",
			  {"DELETE FROM setting WHERE name = ?1"}},
	[COPY_REPORT] = {"SELECT id, at_ms, reporter_id, user_id, post_id, category, text, "
			 "state, claimed_by, closed_by, closed_ms, note FROM report WHERE id "
			 "> ?1 AND id <= ?2 ORDER BY id LIMIT ?3",
			 "INSERT INTO report (id, at_ms, reporter_id, user_id, post_id, "
			 "category, text, state, claimed_by, closed_by, closed_ms, note) "
			 "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON "
			 "CONFLICT (id) DO UPDATE SET at_ms = excluded.at_ms, reporter_id = "
			 "excluded.reporter_id, user_id = excluded.user_id, post_id = "
			 "excluded.post_id, category = excluded.category, text = "
			 "excluded.text, state = excluded.state, claimed_by = "
			 "excluded.claimed_by, closed_by = excluded.closed_by, closed_ms = "
			 "excluded.closed_ms, note = excluded.note",
			 {"DELETE FROM report WHERE id = ?1"}},
	[COPY_PERSON_NOTE] = {"SELECT id, user_id, author_id, at_ms, warning, acknowledged_ms, "
			      "text FROM person_note WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT "
			      "?3",
			      "INSERT INTO person_note (id, user_id, author_id, at_ms, warning, "
			      "acknowledged_ms, text) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON "
			      "CONFLICT (id) DO UPDATE SET user_id = excluded.user_id, author_id "
			      "= excluded.author_id, at_ms = excluded.at_ms, warning = "
			      "excluded.warning, acknowledged_ms = excluded.acknowledged_ms, text "
			      "= excluded.text",
			      {"DELETE FROM person_note WHERE id = ?1"}},
	[COPY_INVITATION] = {"SELECT code, created_by, at_ms, expires_ms, uses_max, uses FROM "
			     "invitation WHERE code > ?1 AND code <= ?2 ORDER BY code LIMIT ?3",
			     "INSERT INTO invitation (code, created_by, at_ms, expires_ms, "
			     "uses_max, uses) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (code) "
			     "DO UPDATE SET created_by = excluded.created_by, at_ms = "
			     "excluded.at_ms, expires_ms = excluded.expires_ms, uses_max = "
			     "excluded.uses_max, uses = excluded.uses",
			     {"DELETE FROM invitation WHERE code = ?1"}},
	[COPY_AUDIT] = {"SELECT id, at_ms, actor_id, action, user_id, post_id, report_id, "
			"detail FROM audit WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT ?3",
			"INSERT INTO audit (id, at_ms, actor_id, action, user_id, post_id, "
			"report_id, detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON "
			"CONFLICT (id) DO UPDATE SET at_ms = excluded.at_ms, actor_id = "
			"excluded.actor_id, action = excluded.action, user_id = "
			"excluded.user_id, post_id = excluded.post_id, report_id = "
			"excluded.report_id, detail = excluded.detail",
			{"DELETE FROM audit WHERE id = ?1"}},
	[COPY_STATE] = {"SELECT one, latest, users, posts, follows, sessions FROM state "
			"WHERE one > ?1 AND one <= ?2 ORDER BY one LIMIT ?3",
			"UPDATE state SET latest = ?2, users = ?3, posts = ?4, follows = ?5, "
			"sessions = ?6, hidden = hidden + 1 WHERE one = ?1",
			{NULL}},
};

/* Whoever has this name under another id is not in the source any more. */
static const char namesake_sql[] = "SELECT id FROM user WHERE name_key = ?1 AND id <> ?2";

enum { GONE_MAX = sizeof(sql_table[0].gone) / sizeof(sql_table[0].gone[0]) };

struct sqlite_copy {
	struct copy_end end; /* first */
	struct conn c;
	char *path;
	int lock_fd;
	size_t pending; /* rows changed in the transaction that is open */
	/* Of the table that is copied; made when it is first used. */
	sqlite3_stmt *read[COPY_TABLE_COUNT], *put[COPY_TABLE_COUNT],
		*gone[COPY_TABLE_COUNT][GONE_MAX], *namesake;
};

static struct sqlite_copy *copy_of(struct copy_end *end)
{
	return (struct sqlite_copy *)(void *)end;
}

static enum err failed(struct sqlite_copy *s)
{
	enum err e = conn_err(&s->c);

	if (s->end.why->len == 0)
		buf_printf(s->end.why, "the database %s: %s", s->path, sqlite3_errmsg(s->c.db));
	return e;
}

static enum err prepare(struct sqlite_copy *s, const char *sql, sqlite3_stmt **st)
{
	if (*st ||
	    sqlite3_prepare_v3(s->c.db, sql, -1, SQLITE_PREPARE_PERSISTENT, st, NULL) == SQLITE_OK)
		return ERR_OK;
	return failed(s);
}

/* Binds columns from `at` on; the number of the next. */
static int bind_cells(sqlite3_stmt *st, int at, const char *kinds, size_t count,
		      const struct copy_row *row)
{
	for (size_t i = 0; i < count && kinds[i]; i++, at++) {
		if (kinds[i] == 't')
			bind_str(st, at, row->cells[i].text);
		else if (kinds[i] == 'x')
			bind_bytes(st, at, row->cells[i].text.ptr, row->cells[i].text.len);
		else
			bind_i64(st, at, row->cells[i].number);
	}
	return at;
}

/* ---- looking --------------------------------------------------------------------------------- */

static enum err number(struct sqlite_copy *s, const char *sql, int64_t *out)
{
	sqlite3_stmt *st = NULL;
	enum err e = prepare(s, sql, &st);

	if (e == ERR_OK) {
		if (stmt_step(st) == STEP_ROW)
			*out = column_i64(st, 0);
		else
			e = failed(s);
	}
	sqlite3_finalize(st);
	return e;
}

enum err sqlite_mark_read(struct conn *c, struct arena *a, struct str *out)
{
	sqlite3_stmt *st = NULL;
	enum err e = ERR_OK;

	*out = STR("");
	if (sqlite3_prepare_v2(c->db, "SELECT value FROM note WHERE name = 'copy'", -1, &st,
			       NULL) != SQLITE_OK)
		return conn_err(c);
	switch (stmt_step(st)) {
	case STEP_ROW:
		*out = column_str(st, 0, a);
		if (!out->ptr)
			e = ERR_TOO_LARGE;
		break;
	case STEP_DONE:
		break;
	case STEP_FAILED:
		e = conn_err(c);
		break;
	}
	sqlite3_finalize(st);
	return e;
}

static enum err copy_look(struct copy_end *end, struct arena *a, struct copy_look *out)
{
	struct sqlite_copy *s = copy_of(end);
	struct copy_look look = {.empty = false};
	int64_t empty = 0;
	const struct {
		const char *sql;
		int64_t *out;
	} questions[] = {
		{"SELECT applied_ms FROM schema_migration WHERE number = 1", &look.born_ms},
		{"SELECT last_id FROM state", &look.last_id},
		{"SELECT count(*) FROM note WHERE name = 'frozen'", &look.frozen},
		{"PRAGMA data_version", &look.version},
		{"SELECT 2 * users + posts + follows + sessions FROM state", &look.expected},
		{"SELECT NOT EXISTS (SELECT 1 FROM user) AND NOT EXISTS (SELECT 1 FROM post) "
		 "AND NOT EXISTS (SELECT 1 FROM session) AND NOT EXISTS (SELECT 1 FROM origin_set)",
		 &empty},
	};
	enum err e = ERR_OK;

	for (size_t i = 0; e == ERR_OK && i < sizeof(questions) / sizeof(questions[0]); i++)
		e = number(s, questions[i].sql, questions[i].out);
	if (e == ERR_OK)
		e = sqlite_mark_read(&s->c, a, &look.mark);
	/* Thawed and frozen again is a commit of somebody else's. */
	if (look.frozen)
		look.frozen = 1 + look.version;
	look.empty = empty != 0;
	if (e == ERR_OK)
		*out = look;
	return e;
}

/* ---- rows ------------------------------------------------------------------------------------ */

static enum err row_read(sqlite3_stmt *st, const char *kinds, struct arena *a, struct copy_row *out)
{
	for (int i = 0; kinds[i]; i++) {
		struct copy_cell *cell = &out->cells[i];

		if (kinds[i] == 't')
			cell->text = column_str(st, i, a);
		else if (kinds[i] == 'x')
			cell->text = arena_str(a, str_from(sqlite3_column_blob(st, i),
							   (size_t)sqlite3_column_bytes(st, i)));
		else
			cell->number = column_i64(st, i);
		if ((kinds[i] == 't' || kinds[i] == 'x') && !cell->text.ptr)
			return ERR_TOO_LARGE;
	}
	return ERR_OK;
}

static enum err copy_read(struct copy_end *end, enum copy_table table,
			  const struct copy_range *range, size_t limit, struct arena *a,
			  struct copy_rows *out)
{
	struct sqlite_copy *s = copy_of(end);
	const struct copy_table_row *t = &copy_tables[table];
	struct copy_rows rows = {.items = arena_array(a, limit, sizeof(struct copy_row))};
	enum err e = rows.items ? ERR_OK : ERR_TOO_LARGE;
	enum step step = STEP_DONE;
	sqlite3_stmt *st;
	int at;

	if (e == ERR_OK)
		e = prepare(s, sql_table[table].read, &s->read[table]);
	if (e != ERR_OK)
		return e;
	st = s->read[table];
	at = bind_cells(st, 1, t->kinds, t->keys, &range->after);
	at = bind_cells(st, at, t->kinds, t->keys, &range->upto);
	bind_i64(st, at, (int64_t)limit);
	while (e == ERR_OK && (step = stmt_step(st)) == STEP_ROW)
		e = row_read(st, t->kinds, a, &rows.items[rows.count++]);
	if (e == ERR_OK && step == STEP_FAILED)
		e = failed(s);
	stmt_reset(st);
	if (e == ERR_OK)
		*out = rows;
	return e;
}

static enum err run(struct sqlite_copy *s, sqlite3_stmt *st)
{
	return conn_run(&s->c, st) == ERR_OK ? ERR_OK : failed(s);
}

static enum err remove_row(struct sqlite_copy *s, enum copy_table table, const struct copy_row *key)
{
	const struct copy_table_row *t = &copy_tables[table];
	enum err e = ERR_OK;

	for (size_t i = 0; e == ERR_OK && i < GONE_MAX && sql_table[table].gone[i]; i++) {
		sqlite3_stmt **st = &s->gone[table][i];

		e = prepare(s, sql_table[table].gone[i], st);
		if (e == ERR_OK) {
			bind_cells(*st, 1, t->kinds, t->keys, key);
			e = run(s, *st);
		}
	}
	return e;
}

static enum err remove_namesake(struct sqlite_copy *s, const struct copy_row *user)
{
	enum err e = prepare(s, namesake_sql, &s->namesake);
	struct copy_row key = {.cells = {{.number = 0}}};
	enum step step;

	if (e != ERR_OK)
		return e;
	bind_str(s->namesake, 1, user->cells[2].text);
	bind_i64(s->namesake, 2, user->cells[0].number);
	step = stmt_step(s->namesake);
	if (step == STEP_ROW)
		key.cells[0].number = column_i64(s->namesake, 0);
	e = step == STEP_FAILED ? failed(s) : ERR_OK;
	stmt_reset(s->namesake);
	return e == ERR_OK && step == STEP_ROW ? remove_row(s, COPY_USER, &key) : e;
}

static enum err put_row(struct sqlite_copy *s, enum copy_table table, const struct copy_row *row)
{
	enum err e = table == COPY_USER ? remove_namesake(s, row) : ERR_OK;

	if (e == ERR_OK)
		e = prepare(s, sql_table[table].put, &s->put[table]);
	if (e != ERR_OK)
		return e;
	bind_cells(s->put[table], 1, copy_tables[table].kinds, COPY_COLUMNS_MAX, row);
	return run(s, s->put[table]);
}

static enum err begin(struct sqlite_copy *s)
{
	if (!sqlite3_get_autocommit(s->c.db) || conn_exec(&s->c, "BEGIN IMMEDIATE") == ERR_OK)
		return ERR_OK;
	return failed(s);
}

static enum err commit(struct sqlite_copy *s, enum err e)
{
	s->pending = 0;
	if (e == ERR_OK && !sqlite3_get_autocommit(s->c.db) && conn_exec(&s->c, "COMMIT") != ERR_OK)
		e = failed(s);
	if (e != ERR_OK && !sqlite3_get_autocommit(s->c.db) &&
	    conn_exec(&s->c, "ROLLBACK") != ERR_OK)
		die("SQLite can't end a transaction");
	return e;
}

static enum err copy_apply(struct copy_end *end, enum copy_table table, const struct copy_rows *put,
			   const struct copy_rows *gone, struct arena *a)
{
	struct sqlite_copy *s = copy_of(end);
	enum err e = begin(s);

	(void)a;
	for (size_t i = 0; e == ERR_OK && i < gone->count; i++)
		e = remove_row(s, table, &gone->items[i]);
	for (size_t i = 0; e == ERR_OK && i < put->count; i++)
		e = put_row(s, table, &put->items[i]);
	s->pending += gone->count + put->count;
	return e == ERR_OK && s->pending < COMMIT_ROWS ? ERR_OK : commit(s, e);
}

/* Nothing before it was waited for: this waits for the disk, for all. */
static enum err copy_mark(struct copy_end *end, struct str mark, int64_t last_id)
{
	struct sqlite_copy *s = copy_of(end);
	sqlite3_stmt *note = NULL, *ids = NULL;
	enum err e = commit(s, ERR_OK);

	if (e == ERR_OK && conn_exec(&s->c, "PRAGMA synchronous = FULL") != ERR_OK)
		e = failed(s);
	if (e == ERR_OK)
		e = begin(s);
	if (e == ERR_OK)
		e = prepare(s, "INSERT OR REPLACE INTO note VALUES ('copy', ?1)", &note);
	if (e == ERR_OK)
		e = prepare(s, "UPDATE state SET last_id = max(last_id, ?1)", &ids);
	if (e == ERR_OK) {
		bind_str(note, 1, mark);
		bind_i64(ids, 1, last_id);
		e = run(s, note);
		if (e == ERR_OK)
			e = run(s, ids);
	}
	sqlite3_finalize(note);
	sqlite3_finalize(ids);
	e = commit(s, e);
	if (e == ERR_OK && conn_exec(&s->c, "PRAGMA synchronous = NORMAL") != ERR_OK)
		e = failed(s);
	return e;
}

/* ---- opening and closing --------------------------------------------------------------------- */

static void copy_close(struct copy_end *end)
{
	struct sqlite_copy *s = copy_of(end);

	for (size_t i = 0; i < COPY_TABLE_COUNT; i++) {
		sqlite3_finalize(s->read[i]);
		sqlite3_finalize(s->put[i]);
		for (size_t k = 0; k < GONE_MAX; k++)
			sqlite3_finalize(s->gone[i][k]);
	}
	sqlite3_finalize(s->namesake);
	conn_close(&s->c);
	if (s->lock_fd >= 0)
		close(s->lock_fd);
	free(s->path);
	free((char *)(uintptr_t)s->end.description.ptr);
	free(s);
}

static enum err become_target(struct sqlite_copy *s, struct buf *why)
{
	s->lock_fd = open(s->path, O_RDONLY | O_CLOEXEC);
	if (s->lock_fd < 0 || flock(s->lock_fd, LOCK_EX | LOCK_NB) != 0) {
		buf_printf(why, "the database %s is served, or is the target of another copy",
			   s->path);
		return ERR_DENIED;
	}
	conn_set_cache(&s->c, CACHE_BYTES);
	/* A file that is whole, but maybe not of the last moment: a pass finds out. */
	if (conn_exec(&s->c, "PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 4096") ==
	    ERR_OK)
		return ERR_OK;
	return failed(s);
}

enum err sqlite_copy_open(struct str url, struct str location, bool target, struct copy_end **out,
			  struct buf *why)
{
	static const struct copy_end_ops ops = {.close = copy_close,
						.look = copy_look,
						.read = copy_read,
						.apply = copy_apply,
						.mark = copy_mark};
	struct sqlite_copy *s = calloc(1, sizeof(*s));
	char *real;
	enum err e;

	(void)url;
	if (!s)
		die("no memory for a copy");
	*s = (struct sqlite_copy){.end = {.ops = &ops, .why = why}, .lock_fd = -1};
	s->path = strndup(location.ptr, location.len);
	if (!s->path)
		die("no memory for a copy");
	e = conn_open(&s->c, s->path, target, why);
	if (e == ERR_OK)
		e = migrate_run(&s->c, s->path, why);
	if (e == ERR_OK && target)
		e = become_target(s, why);
	real = realpath(s->path, NULL);
	s->end.description = str_from_c(real ? real : strdup(s->path));
	if (e != ERR_OK)
		copy_close(&s->end);
	else
		*out = &s->end;
	return e;
}

enum err sqlite_mark_obey(struct conn *c, bool for_server, struct buf *why)
{
	struct arena *a = arena_new(65536);
	struct str mark;
	enum err e = a ? sqlite_mark_read(c, a, &mark) : ERR_INTERNAL;

	if (e == ERR_OK) {
		switch (copy_mark_judge(mark, for_server, why)) {
		case COPY_MARK_NONE:
			break;
		case COPY_MARK_REFUSE:
			e = ERR_DENIED;
			break;
		case COPY_MARK_REMOVE:
			e = conn_exec(c, "DELETE FROM note WHERE name = 'copy'");
			break;
		}
	}
	if (e != ERR_OK && why->len == 0)
		buf_printf(why, "the database can't be read: %s", sqlite3_errmsg(c->db));
	arena_free(a);
	return e;
}
