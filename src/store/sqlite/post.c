/* post.c: posts one by one in the SQLite engine; for lists of them see timeline.c. */
#include "store/sqlite/sqlite.h"

#include "base/clock.h"
#include "store/sqlite/write.h"

enum err sqlite_post_get(struct store *store, int64_t id, struct arena *a, struct post *out)
{
	struct sqlite *s = sqlite_of(store);
	struct conn *c = readers_take(&s->readers);
	sqlite3_stmt *st = conn_stmt(c, STMT_POST_BY_ID);
	enum err e;

	bind_i64(st, 1, id);
	e = stmt_row(c, st);
	if (e == ERR_OK)
		e = row_post(st, a, out);
	stmt_reset(st);
	readers_put(&s->readers, c);
	return e;
}

enum err write_count(struct writer *w, enum statement which, int64_t user_id, int64_t delta)
{
	struct conn *c = writer_conn(w);
	sqlite3_stmt *st = conn_stmt(c, which);
	enum err e;

	bind_i64(st, 1, user_id);
	bind_i64(st, 2, delta);
	e = conn_run(c, st);
	return e == ERR_OK && conn_changes(c) == 0 ? ERR_NOT_FOUND : e;
}

enum err write_post(struct writer *w, const struct write_post *p)
{
	struct conn *c = writer_conn(w);
	sqlite3_stmt *st = conn_stmt(c, STMT_POST_INSERT);
	/* The counter first, also where nothing is added: it tells whether the author exists. */
	enum err e = write_count(w, STMT_COUNT_POSTS, p->author_id, p->flagged ? 0 : 1);

	if (e != ERR_OK)
		return e;
	bind_i64(st, 1, p->id);
	bind_i64(st, 2, p->author_id);
	bind_str(st, 3, p->text);
	bind_i64(st, 4, p->created_ms);
	bind_i64(st, 5, p->flagged);
	bind_str(st, 6, p->warning);
	bind_i64(st, 7, p->reply_to);
	e = conn_run(c, st);
	if (e == ERR_OK)
		e = p->words.ptr ? write_index(w, p->id, &p->document, p->words)
				 : write_unindexed(w, p->id, &p->document);
	if (e != ERR_OK)
		return write_failed(e);
	writer_note_totals(w, (struct store_totals){.posts = p->flagged ? 0 : 1});
	writer_note_home(w, HOME_POSTED, p->id, p->flagged ? 0 : p->author_id);
	return ERR_OK;
}

struct found {
	int64_t author_id;
	bool flagged;
};

/* On the writer's connection, so that it sees what the group wrote before. */
static enum err post_find(struct conn *c, int64_t id, struct found *out)
{
	sqlite3_stmt *st = conn_stmt(c, STMT_POST_AUTHOR);
	enum err e;

	bind_i64(st, 1, id);
	e = stmt_row(c, st);
	if (e == ERR_OK)
		*out = (struct found){column_i64(st, 0), column_i64(st, 1) != 0};
	stmt_reset(st);
	return e;
}

enum err write_post_is_shown(struct writer *w, int64_t id, int64_t *author_id)
{
	struct found post = {0};
	enum err e = post_find(writer_conn(w), id, &post);

	*author_id = post.author_id;
	return e == ERR_OK && post.flagged ? ERR_NOT_FOUND : e;
}

struct create {
	const struct post_new *post;
	struct write_post row;
	int64_t answered_id; /* who wrote what is answered; 0: it answers none */
	bool repeated;
};

/* ERR_OK, and nothing changed, where there is a key that is not known yet, or none at all. */
static enum err key_is_new(struct conn *c, const struct create *create, bool *out)
{
	sqlite3_stmt *st = conn_stmt(c, STMT_KEY_FIND);
	enum step step;
	enum err e;

	bind_i64(st, 1, create->post->author_id);
	bind_str(st, 2, create->post->key);
	bind_i64(st, 3, create->row.created_ms - POST_KEY_LIFE_MS);
	step = stmt_step(st);
	e = step == STEP_FAILED ? conn_err(c) : ERR_OK;
	stmt_reset(st);
	*out = step == STEP_DONE;
	return e;
}

static enum err key_keep(struct conn *c, const struct create *create)
{
	sqlite3_stmt *st = conn_stmt(c, STMT_KEY_TRIM);
	enum err e;

	bind_i64(st, 1, create->post->author_id);
	bind_i64(st, 2, create->row.created_ms - POST_KEY_LIFE_MS);
	e = conn_run(c, st);
	st = conn_stmt(c, STMT_KEY_INSERT);
	bind_i64(st, 1, create->post->author_id);
	bind_str(st, 2, create->post->key);
	bind_i64(st, 3, create->row.created_ms);
	if (e == ERR_OK)
		e = conn_run(c, st);
	return e == ERR_OK ? ERR_OK : write_failed(e);
}

/* Who is answered hears of that, and not of a mention in it besides. */
static enum err tell(struct writer *w, const struct create *create)
{
	const struct post_new *p = create->post;
	struct write_notice n = {
		.user_id = create->answered_id,
		.kind = NOTICE_REPLY,
		.actor_id = p->author_id,
		.post_id = create->row.id,
		.created_ms = create->row.created_ms,
	};
	enum err e = p->reply_to ? write_notice(w, &n) : ERR_OK;

	n.kind = NOTICE_MENTION;
	for (size_t i = 0; e == ERR_OK && i < p->mention_count; i++) {
		n.user_id = p->mention_ids[i];
		if (n.user_id != create->answered_id)
			e = write_notice(w, &n);
	}
	return e == ERR_OK ? ERR_OK : write_failed(e);
}

static enum err create_job(struct writer *w, void *arg)
{
	struct create *create = arg;
	struct conn *c = writer_conn(w);
	bool new_key = true;
	enum err e = user_is_active(w, create->row.author_id);

	create->row.created_ms = clock_now_ms();
	if (e == ERR_OK && create->post->key.len)
		e = key_is_new(c, create, &new_key);
	create->repeated = e == ERR_OK && !new_key;
	if (e != ERR_OK || create->repeated)
		return e;
	if (create->post->reply_to)
		e = write_post_is_shown(w, create->post->reply_to, &create->answered_id);
	if (e == ERR_OK && create->post->reply_to)
		e = write_may_follow(w, create->row.author_id, create->answered_id);
	if (e != ERR_OK)
		return e == ERR_DENIED ? ERR_NOT_FOUND : e;
	create->row.id = writer_next_id(w, create->row.created_ms);
	e = write_post(w, &create->row);
	if (e == ERR_OK && create->post->key.len)
		e = key_keep(c, create);
	return e == ERR_OK ? tell(w, create) : e;
}

enum err sqlite_post_create(struct store *store, const struct post_new *p, struct post *out)
{
	struct create create = {
		.post = p,
		.row = {.author_id = p->author_id,
			.text = p->text,
			.warning = p->warning,
			.reply_to = p->reply_to},
	};
	struct arena *a = str_index(p->text, '#') < 0 ? NULL : arena_new(SEARCH_DOCUMENT_BYTES);
	enum err e = a ? write_post_tags(a, &create.row) : ERR_OK;

	if (e == ERR_OK)
		e = writer_run(sqlite_of(store)->writer, create_job, &create);
	arena_free(a);
	if (e == ERR_OK && out)
		*out = (struct post){
			.id = create.repeated ? 0 : create.row.id,
			.author_id = p->author_id,
			.created_ms = create.row.created_ms,
			.reply_to = p->reply_to,
		};
	return e;
}

/* The author's counter and the total, after a post has come into sight (1) or gone out of it (-1).
 */
static enum err count_post(struct writer *w, int64_t author_id, int64_t delta)
{
	enum err e = write_count(w, STMT_COUNT_POSTS, author_id, delta);

	if (e != ERR_OK)
		return write_failed(e);
	writer_note_totals(w, (struct store_totals){.posts = delta});
	return ERR_OK;
}

enum err write_post_delete(struct writer *w, int64_t id)
{
	struct conn *c = writer_conn(w);
	sqlite3_stmt *st = conn_stmt(c, STMT_POST_DELETE);
	struct found post = {0};
	enum err e = post_find(c, id, &post);

	if (e != ERR_OK)
		return e;
	e = write_index_remove(w, id);
	if (e == ERR_OK) {
		bind_i64(st, 1, id);
		e = conn_run(c, st);
	}
	if (e != ERR_OK)
		return write_failed(e);
	e = write_notice_post_gone(w, id);
	if (e != ERR_OK)
		return e;
	writer_note_home(w, HOME_HIDDEN, id, 0);
	return post.flagged ? ERR_OK : count_post(w, post.author_id, -1);
}

static enum err delete_job(struct writer *w, void *arg)
{
	return write_post_delete(w, *(const int64_t *)arg);
}

enum err sqlite_post_delete(struct store *store, int64_t id)
{
	return writer_run(sqlite_of(store)->writer, delete_job, &id);
}

struct set_flagged {
	const int64_t *ids;
	size_t count;
	bool flagged;
	int64_t missing;
};

enum err write_post_flagged(struct writer *w, int64_t id, bool flagged)
{
	struct conn *c = writer_conn(w);
	sqlite3_stmt *st = conn_stmt(c, STMT_POST_SET_FLAGGED);
	enum user_state state = USER_ACTIVE;
	struct found post = {0};
	enum err e = post_find(c, id, &post);

	if (e == ERR_OK)
		e = user_state_find(w, post.author_id, &state);
	/* It is out of sight already, and comes back, or doesn't, with its author. */
	if (e == ERR_OK && user_state_hides(state))
		return write_flag_kept(w, id, post.author_id, flagged);
	if (e != ERR_OK || post.flagged == flagged)
		return e;
	bind_i64(st, 1, id);
	bind_i64(st, 2, flagged);
	e = conn_run(c, st);
	if (e == ERR_OK)
		e = count_post(w, post.author_id, flagged ? -1 : 1);
	if (e != ERR_OK)
		return e;
	/* One that comes back may belong anywhere in what is remembered. Moderators are few. */
	if (flagged)
		writer_note_home(w, HOME_HIDDEN, id, 0);
	else
		writer_note_everything(w);
	return ERR_OK;
}

enum err write_post_exists(struct writer *w, int64_t id)
{
	struct found post = {0};

	return post_find(writer_conn(w), id, &post);
}

/* All are looked for before the first is changed. */
static enum err set_flagged_job(struct writer *w, void *arg)
{
	struct set_flagged *set = arg;
	enum err e = ERR_OK;

	for (size_t i = 0; e == ERR_OK && i < set->count; i++) {
		struct found post = {0};

		e = post_find(writer_conn(w), set->ids[i], &post);
		if (e == ERR_NOT_FOUND)
			set->missing = set->ids[i];
	}
	if (e != ERR_OK)
		return e;
	for (size_t i = 0; e == ERR_OK && i < set->count; i++)
		e = write_post_flagged(w, set->ids[i], set->flagged);
	return e == ERR_OK ? ERR_OK : write_failed(e);
}

enum err sqlite_post_set_flagged(struct store *store, const int64_t *ids, size_t count,
				 bool flagged, int64_t *missing)
{
	struct set_flagged set = {.ids = ids, .count = count, .flagged = flagged};
	enum err e = writer_run(sqlite_of(store)->writer, set_flagged_job, &set);

	if (e == ERR_NOT_FOUND && missing)
		*missing = set.missing;
	return e;
}
