/*
 * import.c: a classic MiniTwit database becomes part of the store, in one transaction.
 *
 * What a classic database holds was written under looser rules than ours: names and texts are kept
 * as they are wherever they can be kept at all, since an import must lose nothing. What could not
 * be told apart or not be shown (a name twice, bytes that are no text, a time far in the future)
 * makes the whole file be refused, with the row named. docs/import.md has the list.
 *
 * Two walks over the file. The first finds who wrote when: the classic program noted no join
 * dates, so a person is taken to have joined just before the first post by them or by anybody who
 * registered after them; and posts may be by people who were deleted. The second walk loads.
 *
 * A database is recognised by its first person, whose salted hash no other one shares. Under that
 * mark the store keeps what became of each row, so that a copy of the file, or the same one a
 * week later, adds only what is new.
 */
#include "service/import.h"

#include <stdio.h>
#include <stdlib.h>
#include "auth/fingerprint.h"
#include "auth/password.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "store/classic.h"

#define NAME_MAX_BYTES	1024
#define EMAIL_MAX_BYTES 1024
#define HASH_MAX_BYTES	1024
#define TEXT_MAX_BYTES	65536
#define ROW_ARENA_BYTES ((size_t)64 * 1024)
#define DAY_S		INT64_C(86400)
#define SOURCE_BYTES	(FINGERPRINT_TEXT_BYTES + 24)
/* Memory of an import is bounded by these: 40 and 16 bytes a row. */
#define PEOPLE_MAX  ((size_t)20 * 1000 * 1000)
#define FOLLOWS_MAX ((size_t)200 * 1000 * 1000)

struct person {
	int64_t legacy_id, id, created_ms;
	bool is_deleted; /* no row in the table user, but posts in the table message */
	bool is_gone;	 /* an earlier import brought them, and they were deleted here since */
};

struct pair {
	int64_t who_id, whom_id;
};

struct import {
	struct service *service;
	struct classic *classic;
	struct store_bulk *bulk;
	struct arena *arena; /* for one row */
	struct buf *why;
	struct import_report report;
	char mark[FINGERPRINT_TEXT_BYTES + 1];

	struct person *people; /* by legacy_id */
	size_t person_count, person_room;
	struct pair *pairs;
	size_t pair_count, pair_room;
};

/* ---- growing lists, and finding people ----------------------------------------------------- */

static bool grow(void **items, size_t count, size_t *room, size_t size, size_t most)
{
	size_t wanted = *room ? *room * 2 : 1024;
	void *bigger;

	if (count < *room)
		return true;
	if (count >= most)
		return false;
	bigger = reallocarray(*items, wanted, size);
	if (!bigger)
		return false;
	*items = bigger;
	*room = wanted;
	return true;
}

/* The first of at least `legacy_id`. */
static size_t person_position(const struct import *im, int64_t legacy_id)
{
	size_t low = 0, high = im->person_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (im->people[middle].legacy_id < legacy_id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct person *person_find(const struct import *im, int64_t legacy_id)
{
	size_t at = person_position(im, legacy_id);

	return at < im->person_count && im->people[at].legacy_id == legacy_id ? &im->people[at]
									      : NULL;
}

/* Keeps the order; people that have a row come in order, so that only deleted ones move others. */
static struct person *person_add(struct import *im, int64_t legacy_id, bool is_deleted)
{
	size_t at = person_position(im, legacy_id);

	if (!grow((void **)&im->people, im->person_count, &im->person_room, sizeof(*im->people),
		  PEOPLE_MAX))
		return NULL;
	memmove(im->people + at + 1, im->people + at,
		(im->person_count - at) * sizeof(*im->people));
	im->person_count++;
	im->people[at] = (struct person){.legacy_id = legacy_id, .is_deleted = is_deleted};
	return &im->people[at];
}

/* ---- what can't be kept -------------------------------------------------------------------- */

static enum err refuse(struct import *im, const char *table, int64_t row, const char *what)
{
	buf_printf(im->why, "table %s, row %lld: %s", table, (long long)row, what);
	return ERR_INVALID;
}

static bool is_text(struct str s)
{
	return utf8_valid(s) && !(s.len && memchr(s.ptr, 0, s.len));
}

static enum err check_user(struct import *im, const struct classic_user *u, struct str *key)
{
	if (u->username.len == 0)
		return refuse(im, "user", u->user_id, "there is no username");
	if (!is_text(u->username) || !is_text(u->email) || !is_text(u->pw_hash))
		return refuse(im, "user", u->user_id, "a value is not text in UTF-8");
	if (u->username.len > NAME_MAX_BYTES || u->email.len > EMAIL_MAX_BYTES ||
	    u->pw_hash.len > HASH_MAX_BYTES)
		return refuse(im, "user", u->user_id, "a value is longer than 1,024 bytes");
	if (u->pw_hash.len && !password_form_known(u->pw_hash))
		return refuse(im, "user", u->user_id,
			      "the password's hash has a form that is not known");
	*key = utf8_casefold(im->arena, u->username);
	if (!key->ptr)
		return ERR_TOO_LARGE;
	if (key->len == 0)
		return refuse(im, "user", u->user_id, "the username shows nothing");
	return ERR_OK;
}

static enum err check_message(struct import *im, const struct classic_message *m)
{
	if (!is_text(m->text))
		return refuse(im, "message", m->message_id, "the text is not UTF-8");
	if (m->text.len > TEXT_MAX_BYTES)
		return refuse(im, "message", m->message_id, "the text is longer than 65,536 bytes");
	if (m->pub_date_s < 0 || m->pub_date_s > clock_now_ms() / 1000 + DAY_S)
		return refuse(im, "message", m->message_id,
			      "pub_date is no time in seconds since 1970 that has passed");
	return ERR_OK;
}

/* ---- first walk: who, and since when ------------------------------------------------------- */

static void make_mark(struct import *im, const struct classic_user *u)
{
	char id[24];
	struct str parts[] = {{id, 0}, u->username, u->email, u->pw_hash};

	parts[0].len = (size_t)snprintf(id, sizeof(id), "%lld", (long long)u->user_id);
	fingerprint(parts, sizeof(parts) / sizeof(parts[0]), im->mark);
}

static enum err learn_users(struct import *im)
{
	struct classic_user u;
	enum classic_step step;

	while ((step = classic_next_user(im->classic, &u, im->why)) == CLASSIC_ROW) {
		if (im->person_count == 0)
			make_mark(im, &u);
		if (person_find(im, u.user_id))
			return refuse(im, "user", u.user_id, "another row has the same user_id");
		if (!person_add(im, u.user_id, false))
			return ERR_TOO_LARGE;
	}
	return step == CLASSIC_DONE ? ERR_OK : ERR_INVALID;
}

/* created_ms gets the time of the first post; messages come in order of time. */
static enum err learn_messages(struct import *im)
{
	struct classic_message m;
	enum classic_step step;

	while ((step = classic_next_message(im->classic, &m, im->why)) == CLASSIC_ROW) {
		struct person *p = person_find(im, m.author_id);
		enum err e = check_message(im, &m);

		if (e != ERR_OK)
			return e;
		if (!p)
			p = person_add(im, m.author_id, true);
		if (!p)
			return ERR_TOO_LARGE;
		if (p->created_ms == 0)
			p->created_ms = m.pub_date_s * 1000;
	}
	return step == CLASSIC_DONE ? ERR_OK : ERR_INVALID;
}

/* Ids were given in order of registration: nobody joined after somebody with a higher one. */
static void settle_join_times(struct import *im)
{
	int64_t bound_ms = clock_now_ms();

	for (size_t i = im->person_count; i-- > 0;) {
		struct person *p = &im->people[i];

		if (p->created_ms && p->created_ms < bound_ms)
			bound_ms = p->created_ms;
		p->created_ms = bound_ms;
	}
}

/* ---- second walk: people ------------------------------------------------------------------- */

/*
 * Finds what an earlier import made of a row, or calls for it to be made. *known says which.
 */
static enum err origin_find(struct import *im, const char *kind, int64_t legacy_id, int64_t *id,
			    bool *known)
{
	enum err e = store_bulk_origin_get(im->bulk, str_from_c(kind), str_from_c(im->mark),
					   legacy_id, id);

	*known = e == ERR_OK;
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err origin_note(struct import *im, const char *kind, int64_t legacy_id, int64_t id)
{
	return store_bulk_origin_set(im->bulk, str_from_c(kind), str_from_c(im->mark), legacy_id,
				     id);
}

static enum err create_person(struct import *im, struct person *p, const struct user_new *u)
{
	enum err e = store_bulk_user(im->bulk, u, &p->id);

	if (e == ERR_CONFLICT) {
		buf_printf(im->why,
			   "table user, row %lld: the name '%.*s' belongs to somebody else already "
			   "(names are compared without regard to case): rename one of them first",
			   (long long)p->legacy_id, STR_ARG(u->name));
		return ERR_CONFLICT;
	}
	return e == ERR_OK ? origin_note(im, "user", p->legacy_id, p->id) : e;
}

/* What an earlier import made of a person. Who was deleted here since stays deleted. */
static enum err recall_person(struct import *im, struct person *p, bool *known)
{
	struct user here;
	enum err e = origin_find(im, "user", p->legacy_id, &p->id, known);

	if (e != ERR_OK || !*known)
		return e;
	e = store_user_get(im->service->store, p->id, im->arena, &here);
	p->is_gone = e == ERR_NOT_FOUND;
	im->report.users_known += !p->is_deleted;
	return p->is_gone ? ERR_OK : e;
}

static enum err load_user(struct import *im, const struct classic_user *row)
{
	struct person *p = person_find(im, row->user_id);
	struct user_new u = {.name = row->username, .email = row->email, .pw_hash = row->pw_hash};
	bool known = false;
	enum err e;

	if (!p) /* it was there at the first walk */
		return refuse(im, "user", row->user_id, "the file has changed meanwhile");
	e = recall_person(im, p, &known);
	if (e != ERR_OK || known)
		return e;
	e = check_user(im, row, &u.name_key);
	if (e != ERR_OK)
		return e;
	u.created_ms = p->created_ms;
	im->report.users++;
	return create_person(im, p, &u);
}

/* A name that is free: "deleted user 42", else with a further number. */
static enum err load_deleted_person(struct import *im, struct person *p)
{
	struct user_new u = {.created_ms = p->created_ms};
	bool known = false;
	enum err e = recall_person(im, p, &known);

	if (e != ERR_OK || known)
		return e;
	for (int i = 1; i < 1000; i++) {
		u.name = arena_printf(im->arena,
				      i == 1 ? "deleted user %lld" : "deleted user %lld.%d",
				      (long long)p->legacy_id, i);
		if (!u.name.ptr)
			return ERR_TOO_LARGE;
		u.name_key = u.name;
		e = store_bulk_user(im->bulk, &u, &p->id);
		if (e != ERR_CONFLICT)
			break;
	}
	im->report.deleted_people++;
	return e == ERR_OK ? origin_note(im, "user", p->legacy_id, p->id) : e;
}

static enum err load_users(struct import *im)
{
	struct classic_user row;
	enum classic_step step;
	enum err e = ERR_OK;
	size_t next = 0; /* deleted people are put in where their ids belong */

	while ((step = classic_next_user(im->classic, &row, im->why)) == CLASSIC_ROW) {
		while (e == ERR_OK && next < im->person_count &&
		       im->people[next].legacy_id <= row.user_id) {
			arena_reset(im->arena);
			if (im->people[next].is_deleted)
				e = load_deleted_person(im, &im->people[next]);
			next++;
		}
		arena_reset(im->arena);
		if (e == ERR_OK)
			e = load_user(im, &row);
		if (e != ERR_OK)
			return e;
	}
	if (step != CLASSIC_DONE)
		return ERR_INVALID;
	for (; e == ERR_OK && next < im->person_count; next++) {
		arena_reset(im->arena);
		if (im->people[next].is_deleted)
			e = load_deleted_person(im, &im->people[next]);
	}
	return e;
}

/* ---- second walk: posts -------------------------------------------------------------------- */

static enum err load_message(struct import *im, const struct classic_message *m)
{
	struct person *author = person_find(im, m->author_id);
	bool known = false;
	int64_t id = 0;
	enum err e = check_message(im, m);

	if (e == ERR_OK && !author)
		e = refuse(im, "message", m->message_id, "the file has changed meanwhile");
	if (e == ERR_OK)
		e = origin_find(im, "post", m->message_id, &id, &known);
	if (e != ERR_OK)
		return e;
	if (known) {
		im->report.posts_known++;
		return ERR_OK;
	}
	if (author->is_gone) {
		im->report.left_out++;
		return ERR_OK;
	}
	/* The classic program showed posts of deleted people nowhere. */
	e = store_bulk_post(im->bulk, author->id, m->text, m->pub_date_s * 1000,
			    m->flagged || author->is_deleted, &id);
	if (e == ERR_OK)
		e = origin_note(im, "post", m->message_id, id);
	im->report.posts++;
	im->report.posts_of_deleted += author->is_deleted;
	return e;
}

static enum err load_messages(struct import *im)
{
	struct classic_message m;
	enum classic_step step;

	while ((step = classic_next_message(im->classic, &m, im->why)) == CLASSIC_ROW) {
		enum err e = load_message(im, &m);

		if (e != ERR_OK)
			return e;
	}
	return step == CLASSIC_DONE ? ERR_OK : ERR_INVALID;
}

/* ---- second walk: follows ------------------------------------------------------------------ */

static int pair_compare(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	if (x->who_id != y->who_id)
		return x->who_id < y->who_id ? -1 : 1;
	return (x->whom_id > y->whom_id) - (x->whom_id < y->whom_id);
}

static enum err read_pairs(struct import *im)
{
	struct classic_follow f;
	enum classic_step step;

	while ((step = classic_next_follow(im->classic, &f, im->why)) == CLASSIC_ROW) {
		if (!grow((void **)&im->pairs, im->pair_count, &im->pair_room, sizeof(*im->pairs),
			  FOLLOWS_MAX))
			return ERR_TOO_LARGE;
		im->pairs[im->pair_count++] = (struct pair){f.who_id, f.whom_id};
	}
	if (step != CLASSIC_DONE)
		return ERR_INVALID;
	if (im->pair_count)
		qsort(im->pairs, im->pair_count, sizeof(*im->pairs), pair_compare);
	return ERR_OK;
}

static bool takes_part(const struct person *p)
{
	return p && !p->is_deleted && !p->is_gone;
}

/* A follow is its own mark: the follower's part is in the name of the source. */
static enum err load_follow(struct import *im, const struct pair *pair)
{
	const struct person *who = person_find(im, pair->who_id);
	const struct person *whom = person_find(im, pair->whom_id);
	char source[SOURCE_BYTES];
	int64_t noted;
	enum err e;

	if (!takes_part(who) || !takes_part(whom)) {
		im->report.left_out++;
		return ERR_OK;
	}
	snprintf(source, sizeof(source), "%s/%lld", im->mark, (long long)pair->who_id);
	e = store_bulk_origin_get(im->bulk, STR("follow"), str_from_c(source), pair->whom_id,
				  &noted);
	if (e == ERR_OK) {
		im->report.follows_known++;
		return ERR_OK;
	}
	if (e != ERR_NOT_FOUND)
		return e;
	e = store_bulk_follow(im->bulk, who->id, whom->id);
	if (e == ERR_OK)
		e = store_bulk_origin_set(im->bulk, STR("follow"), str_from_c(source),
					  pair->whom_id, whom->id);
	im->report.follows++;
	return e;
}

static enum err load_follows(struct import *im)
{
	enum err e = read_pairs(im);

	for (size_t i = 0; e == ERR_OK && i < im->pair_count; i++) {
		if (i > 0 && pair_compare(&im->pairs[i], &im->pairs[i - 1]) == 0)
			continue; /* the classic program stored it twice */
		e = load_follow(im, &im->pairs[i]);
	}
	return e;
}

/* -------------------------------------------------------------------------------------------- */

static enum err load(struct import *im)
{
	enum err e = store_bulk_begin(im->service->store, &im->bulk);

	if (e != ERR_OK)
		return e;
	e = load_users(im);
	if (e == ERR_OK)
		e = load_messages(im);
	if (e == ERR_OK)
		e = load_follows(im);
	if (e == ERR_OK)
		return store_bulk_commit(im->bulk);
	store_bulk_abort(im->bulk);
	return e;
}

enum err import_classic(struct service *s, struct str file, struct import_report *out,
			struct buf *why)
{
	struct import im = {.service = s, .why = why};
	enum err e = classic_open(file, &im.classic, why);

	if (e == ERR_OK) {
		im.arena = arena_new(ROW_ARENA_BYTES);
		e = im.arena ? learn_users(&im) : ERR_TOO_LARGE;
	}
	if (e == ERR_OK)
		e = learn_messages(&im);
	if (e == ERR_OK) {
		settle_join_times(&im);
		e = load(&im);
	}
	if (e == ERR_OK)
		*out = im.report;
	else if (why->len == 0)
		buf_add_c(why, err_text(e));
	arena_free(im.arena);
	classic_close(im.classic);
	free(im.people);
	free(im.pairs);
	return e;
}
