/*
 * pg_bulk.c: a load in one transaction on a connection of its own. This node's other writers wait,
 * those of other nodes go on, except where they want the same name, or to load as well. Counters
 * are brought up to date once, at the commit.
 */
#include "store/postgres/pg.h"

#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/log.h"
#include "model/id.h"
#include "store/postgres/pg_search.h"

/* For one statement; the last one reads every row. */
#define STATEMENT_US (3600 * INT64_C(1000000))
/* Rows nearer than this to the present take ids as live ones do, which come at the same time. */
#define PRESENT_MS 60000

/* One kind of rows: how ids are found that are free. */
struct id_space {
	enum pg_statement last_below;
	int64_t top; /* the highest id there is, or was given; -1: not asked yet */
};

struct pg_bulk {
	struct store_bulk bulk; /* first */
	struct pg *s;
	struct pg_conn *c;
	enum err failed; /* the transaction is lost */
	int64_t began_ms;
	struct id_space users, posts;
	struct arena *document; /* of the post that is written */

	/* The set of origins asked for last; 0: none. */
	int64_t origin_set_id;
	char *origin_kind, *origin_source;
};

static struct pg_bulk *bulk_of(struct store_bulk *b)
{
	return (struct pg_bulk *)(void *)b;
}

/* An error of the server's has ended the transaction, whatever it was. */
static enum err run(struct pg_bulk *b, enum pg_statement which, const struct pg_args *args,
		    PGresult **out)
{
	enum err e = b->failed;

	if (e == ERR_OK)
		b->failed = e = pg_conn_run(b->c, which, args, clock_mono_us() + STATEMENT_US, out);
	return e;
}

static enum err run_number(struct pg_bulk *b, enum pg_statement which, const struct pg_args *args,
			   int64_t *out)
{
	PGresult *r = NULL;
	enum err e = run(b, which, args, &r);

	if (e == ERR_OK && PQntuples(r) == 0)
		e = ERR_NOT_FOUND;
	if (e == ERR_OK)
		*out = pg_i64(r, 0, 0);
	PQclear(r);
	return e;
}

/* ERR_BUSY: another node loads. */
static enum err begin(struct pg_bulk *b)
{
	PGresult *r = NULL;
	enum err e = run(b, PG_BEGIN, NULL, NULL);

	if (e != ERR_OK)
		return e;
	e = run(b, PG_NO_LIMITS, NULL, NULL);
	if (e == ERR_OK)
		e = run(b, PG_BULK_LOCK, NULL, &r);
	if (e == ERR_OK && !pg_bool(r, 0, 0))
		e = ERR_BUSY;
	PQclear(r);
	b->c->pinned = e == ERR_OK;
	b->c->parsed = -1;
	return e == ERR_OK ? ERR_OK : pg_end(b->c, e, pg_deadline_us(b->s));
}

enum err pg_bulk_begin(struct store *store, struct store_bulk **out)
{
	struct pg *s = pg_of(store);
	struct pg_bulk *b = calloc(1, sizeof(*b));
	enum err e;

	if (!b)
		die("no memory for a bulk load");
	*b = (struct pg_bulk){.bulk = {&postgres_engine}, .s = s, .began_ms = clock_now_ms()};
	b->document = arena_new(SEARCH_DOCUMENT_BYTES);
	if (!b->document)
		die("no memory for a bulk load");
	b->users = (struct id_space){PG_BULK_USER_LAST_ID, -1};
	b->posts = (struct id_space){PG_BULK_POST_LAST_ID, -1};
	e = pg_gate_shut(s, pg_deadline_us(s));
	if (e == ERR_OK) {
		e = pg_pool_take(&s->pool, pg_deadline_us(s), &b->c);
		if (e == ERR_OK && (e = begin(b)) != ERR_OK)
			pg_pool_put(&s->pool, b->c);
		if (e != ERR_OK)
			pg_gate_open(s);
	}
	if (e != ERR_OK) {
		arena_free(b->document);
		free(b);
		return e;
	}
	*out = &b->bulk;
	return ERR_OK;
}

static void end(struct pg_bulk *b)
{
	b->c->pinned = false;
	pg_pool_put(&b->s->pool, b->c);
	pg_gate_open(b->s);
	free(b->origin_kind);
	free(b->origin_source);
	arena_free(b->document);
	free(b);
}

/* Ids given from now on, by any node, are above those of this load. */
static enum err raise_ids(struct pg_bulk *b)
{
	int64_t top = b->users.top > b->posts.top ? b->users.top : b->posts.top, ignored;
	struct pg_args args = {0};

	if (top <= 0)
		return ERR_OK;
	pg_arg_i64(&args, top + 1);
	return run_number(b, PG_NEXT_ID, &args, &ignored);
}

enum err pg_bulk_commit(struct store_bulk *bulk)
{
	struct pg_bulk *b = bulk_of(bulk);
	enum err e = b->failed;

	if (e == ERR_OK)
		e = raise_ids(b);
	if (e == ERR_OK)
		e = run(b, PG_BULK_COUNT, NULL, NULL);
	e = pg_end(b->c, e, clock_mono_us() + STATEMENT_US);
	if (e == ERR_OK)
		pg_news_everything(&b->s->news);
	end(b);
	return e;
}

void pg_bulk_abort(struct store_bulk *bulk)
{
	struct pg_bulk *b = bulk_of(bulk);

	(void)!pg_end(b->c, ERR_INTERNAL, clock_mono_us() + STATEMENT_US);
	end(b);
}

/* The highest id of the kind below `bound`; 0: none. */
static enum err last_below(struct pg_bulk *b, const struct id_space *space, int64_t bound,
			   int64_t *out)
{
	struct pg_args args = {0};

	pg_arg_i64(&args, bound);
	return run_number(b, space->last_below, &args, out);
}

/*
 * An id from the time of the row: the first that is free from that millisecond's beginning on, so
 * that rows of one millisecond keep their order; never one of a time still to come. Rows that come
 * in order of time into a database that has none that are later cost no query.
 */
static enum err id_make(struct pg_bulk *b, struct id_space *space, int64_t created_ms, int64_t *out)
{
	int64_t now_ms = clock_now_ms(), ms = created_ms, id = 0;
	struct pg_args args = {0};
	enum err e = ERR_OK;

	if (ms < 1)
		ms = 1;
	if (space->top < 0)
		e = last_below(b, space, INT64_MAX, &space->top);
	if (e != ERR_OK)
		return e;
	if (ms > b->began_ms - PRESENT_MS) {
		pg_arg_i64(&args, id_first_of_ms(ms < now_ms ? ms : now_ms));
		e = run_number(b, PG_NEXT_ID, &args, &id);
	} else if (id_first_of_ms(ms) > space->top) {
		id = id_first_of_ms(ms);
	} else if (space->top < id_first_of_ms(ms + 1) - 1) {
		id = space->top + 1;
	}
	for (; e == ERR_OK && id == 0; ms++) {
		int64_t first = id_first_of_ms(ms), next = id_first_of_ms(ms + 1), below = 0;

		e = last_below(b, space, next, &below);
		if (e == ERR_OK && below < next - 1)
			id = below >= first ? below + 1 : first;
	}
	if (e != ERR_OK)
		return e;
	if (id > space->top)
		space->top = id;
	*out = id;
	return ERR_OK;
}

enum err pg_bulk_user(struct store_bulk *bulk, const struct user_new *u, int64_t *out_id)
{
	struct pg_bulk *b = bulk_of(bulk);
	struct pg_args args = {0};
	int64_t id = 0, made;
	enum err e = b->failed;

	if (e == ERR_OK)
		e = id_make(b, &b->users, u->created_ms, &id);
	if (e != ERR_OK)
		return e;
	pg_arg_str(&args, u->name);
	pg_arg_str(&args, u->name_key);
	pg_arg_str(&args, u->email);
	pg_arg_str(&args, u->pw_hash);
	pg_arg_i64(&args, u->role);
	pg_arg_i64(&args, u->created_ms);
	pg_arg_i64(&args, id);
	e = run_number(b, PG_BULK_USER, &args, &made);
	if (e == ERR_NOT_FOUND)
		e = ERR_CONFLICT;
	if (e == ERR_OK && out_id)
		*out_id = id;
	return e;
}

enum err pg_bulk_post(struct store_bulk *bulk, int64_t author_id, struct str text,
		      int64_t created_ms, bool flagged, int64_t *out_id)
{
	struct pg_bulk *b = bulk_of(bulk);
	struct pg_args args = {0};
	int64_t id = 0, made;
	enum err e = b->failed;

	if (e == ERR_OK)
		e = id_make(b, &b->posts, created_ms, &id);
	if (e != ERR_OK)
		return e;
	pg_arg_i64(&args, id);
	pg_arg_i64(&args, author_id);
	pg_arg_str(&args, text);
	pg_arg_i64(&args, created_ms);
	pg_arg_bool(&args, flagged);
	arena_reset(b->document);
	e = pg_arg_document(&args, author_id, text, b->document);
	if (e == ERR_OK)
		e = run_number(b, PG_BULK_POST, &args, &made);
	if (e == ERR_OK && out_id)
		*out_id = id;
	return e;
}

enum err pg_bulk_follow(struct store_bulk *bulk, int64_t follower_id, int64_t followee_id)
{
	struct pg_bulk *b = bulk_of(bulk);
	struct pg_args args = {0};
	PGresult *r = NULL;
	enum err e;

	pg_arg_i64(&args, follower_id);
	pg_arg_i64(&args, followee_id);
	e = run(b, PG_BULK_FOLLOW, &args, &r);
	if (e == ERR_OK && !pg_bool(r, 0, 0))
		e = ERR_NOT_FOUND;
	PQclear(r);
	return e;
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
static enum err origin_set_find(struct pg_bulk *b, struct str kind, struct str source)
{
	struct pg_args args = {0};
	enum err e;

	if (b->origin_set_id && str_eq(kind, str_from_c(b->origin_kind)) &&
	    str_eq(source, str_from_c(b->origin_source)))
		return ERR_OK;
	b->origin_set_id = 0;
	pg_arg_str(&args, kind);
	pg_arg_str(&args, source);
	e = run(b, PG_ORIGIN_SET_INSERT, &args, NULL);
	if (e == ERR_OK)
		e = run_number(b, PG_ORIGIN_SET_GET, &args, &b->origin_set_id);
	if (e != ERR_OK)
		return e;
	free(b->origin_kind);
	free(b->origin_source);
	b->origin_kind = text_new(kind);
	b->origin_source = text_new(source);
	return ERR_OK;
}

enum err pg_bulk_origin_get(struct store_bulk *bulk, struct str kind, struct str source,
			    int64_t legacy_id, int64_t *out_id)
{
	struct pg_bulk *b = bulk_of(bulk);
	struct pg_args args = {0};
	enum err e = origin_set_find(b, kind, source);

	pg_arg_i64(&args, b->origin_set_id);
	pg_arg_i64(&args, legacy_id);
	return e == ERR_OK ? run_number(b, PG_ORIGIN_GET, &args, out_id) : e;
}

enum err pg_bulk_origin_set(struct store_bulk *bulk, struct str kind, struct str source,
			    int64_t legacy_id, int64_t id)
{
	struct pg_bulk *b = bulk_of(bulk);
	struct pg_args args = {0};
	enum err e = origin_set_find(b, kind, source);

	pg_arg_i64(&args, b->origin_set_id);
	pg_arg_i64(&args, legacy_id);
	pg_arg_i64(&args, id);
	return e == ERR_OK ? run(b, PG_ORIGIN_INSERT, &args, NULL) : e;
}
