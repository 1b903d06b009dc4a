/*
 * bulk.c: a transaction that another thread drives, on the writer's connection, while the writer
 * rests. What it writes goes through the same functions as single writes.
 */
#include "store/sqlite/sqlite.h"

#include <stdlib.h>
#include "base/clock.h"
#include "base/log.h"
#include "model/id.h"
#include "store/sqlite/write.h"

/* While it loads, so that pages of the indexes are not written again and again. */
#define BULK_CACHE_BYTES ((size_t)64 * 1024 * 1024)

struct sqlite_bulk {
	struct store_bulk bulk; /* first */
	struct sqlite *s;
	struct writer *w;
	enum err failed;	/* the storage failed: the transaction is lost */
	struct arena *document; /* of the post that is written */

	/* The set of origins asked for last; 0: none. */
	int64_t origin_set_id;
	char *origin_kind, *origin_source;
};

static struct sqlite_bulk *bulk_of(struct store_bulk *b)
{
	return (struct sqlite_bulk *)(void *)b;
}

enum err sqlite_bulk_begin(struct store *store, struct store_bulk **out)
{
	struct sqlite *s = sqlite_of(store);
	struct sqlite_bulk *b = calloc(1, sizeof(*b));
	enum err e;

	if (!b)
		die("no memory for a bulk load");
	*b = (struct sqlite_bulk){.bulk = {&sqlite_engine}, .s = s, .w = s->writer};
	b->document = arena_new(SEARCH_DOCUMENT_BYTES);
	if (!b->document)
		die("no memory for a bulk load");
	e = writer_take_over(b->w);
	if (e == ERR_OK) {
		e = writer_begin(b->w);
		if (e != ERR_OK)
			writer_give_back(b->w);
	}
	if (e != ERR_OK) {
		arena_free(b->document);
		free(b);
		return e;
	}
	conn_set_cache(writer_conn(b->w), BULK_CACHE_BYTES);
	*out = &b->bulk;
	return ERR_OK;
}

static void bulk_end(struct sqlite_bulk *b)
{
	writer_restore_cache(b->w);
	writer_give_back(b->w);
	free(b->origin_kind);
	free(b->origin_source);
	arena_free(b->document);
	free(b);
}

enum err sqlite_bulk_commit(struct store_bulk *bulk)
{
	struct sqlite_bulk *b = bulk_of(bulk);
	enum err e = b->failed;

	if (e == ERR_OK) {
		writer_note_everything(b->w);
		e = writer_commit(b->w);
	} else {
		writer_rollback(b->w);
	}
	bulk_end(b);
	return e;
}

void sqlite_bulk_abort(struct store_bulk *bulk)
{
	struct sqlite_bulk *b = bulk_of(bulk);

	writer_rollback(b->w);
	bulk_end(b);
}

/* The rule of jobs holds here too: an answer has changed nothing, anything else is the end. */
static enum err answer(struct sqlite_bulk *b, enum err e)
{
	if (e != ERR_OK && e != ERR_NOT_FOUND && e != ERR_CONFLICT && e != ERR_INVALID)
		b->failed = e;
	return e;
}

/*
 * An id from the time of the row: the first that is free from that millisecond's beginning on, so
 * that rows of one millisecond keep their order. Never one of a time still to come, past which
 * all later ids would have to rise. `last` is the statement for the highest id below another.
 */
static enum err id_make(struct sqlite_bulk *b, enum statement last, int64_t created_ms,
			int64_t *out)
{
	struct conn *c = writer_conn(b->w);
	sqlite3_stmt *st = conn_stmt(c, last);
	int64_t now_ms = clock_now_ms(), ms = created_ms;
	enum err e = ERR_OK;
	int64_t id = 0;

	if (ms < 1)
		ms = 1;
	if (ms > now_ms)
		ms = now_ms;
	for (; e == ERR_OK && id == 0; ms++) {
		int64_t first = id_first_of_ms(ms), next = id_first_of_ms(ms + 1);

		bind_i64(st, 1, next);
		if (stmt_step(st) == STEP_ROW) {
			int64_t below = column_i64(st, 0);

			if (below < next - 1)
				id = below >= first ? below + 1 : first;
		} else {
			e = conn_err(c);
		}
		stmt_reset(st);
	}
	if (e == ERR_OK) {
		writer_note_id(b->w, id);
		*out = id;
	}
	return e;
}

enum err sqlite_bulk_user(struct store_bulk *bulk, const struct user_new *u, int64_t *out_id)
{
	struct sqlite_bulk *b = bulk_of(bulk);
	int64_t id = 0;
	enum err e = b->failed;

	if (e == ERR_OK)
		e = id_make(b, STMT_USER_LAST_ID_BEFORE, u->created_ms, &id);
	if (e == ERR_OK)
		e = write_user(b->w, id, u);
	if (e == ERR_OK && out_id)
		*out_id = id;
	return answer(b, e);
}

enum err sqlite_bulk_post(struct store_bulk *bulk, int64_t author_id, struct str text,
			  int64_t created_ms, bool flagged, int64_t *out_id)
{
	struct sqlite_bulk *b = bulk_of(bulk);
	struct write_post p = {
		.author_id = author_id, .text = text, .created_ms = created_ms, .flagged = flagged};
	enum err e = b->failed;

	arena_reset(b->document);
	if (e == ERR_OK)
		e = write_post_document(b->document, &p);
	if (e == ERR_OK)
		e = id_make(b, STMT_POST_LAST_ID_BEFORE, created_ms, &p.id);
	if (e == ERR_OK)
		e = write_post(b->w, &p);
	if (e == ERR_OK && out_id)
		*out_id = p.id;
	return answer(b, e);
}

enum err sqlite_bulk_follow(struct store_bulk *bulk, int64_t follower_id, int64_t followee_id)
{
	struct sqlite_bulk *b = bulk_of(bulk);
	enum err e = b->failed;

	if (e == ERR_OK)
		e = write_follow(b->w, follower_id, followee_id);
	return answer(b, e);
}

/* ---- origins --------------------------------------------------------------------------------- */

static char *text_new(struct str text)
{
	char *copy = strndup(text.len ? text.ptr : "", text.len);

	if (!copy)
		die("no memory for a bulk load");
	return copy;
}

/* The set's number, made where there is none: one set is asked for many times in a row. */
static enum err origin_set_find(struct sqlite_bulk *b, struct str kind, struct str source)
{
	struct conn *c = writer_conn(b->w);
	sqlite3_stmt *st = conn_stmt(c, STMT_ORIGIN_SET_INSERT);
	enum err e;

	if (b->origin_set_id && str_eq(kind, str_from_c(b->origin_kind)) &&
	    str_eq(source, str_from_c(b->origin_source)))
		return ERR_OK;
	b->origin_set_id = 0;
	bind_str(st, 1, kind);
	bind_str(st, 2, source);
	e = conn_run(c, st);
	if (e != ERR_OK)
		return e;
	st = conn_stmt(c, STMT_ORIGIN_SET_GET);
	bind_str(st, 1, kind);
	bind_str(st, 2, source);
	if (stmt_step(st) == STEP_ROW)
		b->origin_set_id = column_i64(st, 0);
	else
		e = conn_err(c);
	stmt_reset(st);
	free(b->origin_kind);
	free(b->origin_source);
	b->origin_kind = text_new(kind);
	b->origin_source = text_new(source);
	return e;
}

enum err sqlite_bulk_origin_get(struct store_bulk *bulk, struct str kind, struct str source,
				int64_t legacy_id, int64_t *out_id)
{
	struct sqlite_bulk *b = bulk_of(bulk);
	struct conn *c = writer_conn(b->w);
	sqlite3_stmt *st = conn_stmt(c, STMT_ORIGIN_GET);
	enum err e = b->failed == ERR_OK ? origin_set_find(b, kind, source) : b->failed;

	if (e != ERR_OK)
		return answer(b, e);
	bind_i64(st, 1, b->origin_set_id);
	bind_i64(st, 2, legacy_id);
	e = stmt_row(c, st);
	if (e == ERR_OK)
		*out_id = column_i64(st, 0);
	stmt_reset(st);
	return answer(b, e);
}

enum err sqlite_bulk_origin_set(struct store_bulk *bulk, struct str kind, struct str source,
				int64_t legacy_id, int64_t id)
{
	struct sqlite_bulk *b = bulk_of(bulk);
	struct conn *c = writer_conn(b->w);
	sqlite3_stmt *st = conn_stmt(c, STMT_ORIGIN_INSERT);
	enum err e = b->failed == ERR_OK ? origin_set_find(b, kind, source) : b->failed;

	if (e != ERR_OK)
		return answer(b, e);
	bind_i64(st, 1, b->origin_set_id);
	bind_i64(st, 2, legacy_id);
	bind_i64(st, 3, id);
	return answer(b, conn_run(c, st));
}
