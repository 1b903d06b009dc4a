/*
 * copy.c: the comparison of two ends (copy_end.h), as a merge of two streams that are ordered by
 * key. The source's batch of rows makes the range; the target's rows of that range come in pages.
 */
#include "store/copy.h"

#include <stdlib.h>
#include "base/log.h"
#include "store/copy_end.h"
#include "store/engine.h"

/* Rows in a range: as many as fill about this much memory. */
#define RANGE_ROWS_FIRST 1000
#define RANGE_ROWS_MAX	 10000
#define RANGE_BYTES	 ((size_t)4 * 1024 * 1024)
#define ARENA_MAX_BYTES	 ((size_t)1024 * 1024 * 1024)

/*
 * Without `sample`: what nodes noted of themselves belongs to the database that they ran on, and
 * the nodes of the new one begin their own. And without `post_key` and
 * `mail_queue`, which are of a day's attempts.
 */
const struct copy_table_row copy_tables[COPY_TABLE_COUNT] = {
	[COPY_USER] = {"people", "ittttiitiitii", 1},
	[COPY_USER_COUNT] = {"their counters", "iiii", 1},
	[COPY_FOLLOW] = {"follows", "ii", 2},
	[COPY_POST] = {"posts", "iitibti", 1},
	[COPY_LIKE] = {"likes", "ii", 2},
	[COPY_SESSION] = {"sessions", "xiiiit", 1},
	[COPY_TICKET] = {"one-time secrets", "xiii", 1},
	[COPY_TOTP] = {"authenticators", "ixii", 1},
	[COPY_OLD_NAME] = {"old names", "tii", 1},
	[COPY_EMAIL_CONFIRMED] = {"confirmed addresses", "itt", 1},
	[COPY_NOTICE] = {"notices", "iiiiii", 2},
	[COPY_NOTICE_STATE] = {"notices read", "ii", 1},
	[COPY_NOTICE_SETTING] = {"choices of notices", "ii", 1},
	[COPY_PROFILE] = {"profiles", "itt", 1},
	[COPY_AVATAR] = {"avatars", "iixxi", 1},
	[COPY_BLOCK] = {"blocks", "ii", 2},
	[COPY_MUTE] = {"mutes", "ii", 2},
	[COPY_ORIGIN_SET] = {"imports", "itt", 1},
	[COPY_ORIGIN] = {"imported rows", "iii", 2},
	[COPY_USER_STATE] = {"states of people", "iiiit", 1},
	[COPY_FLAG_KEPT] = {"kept flags", "ii", 1},
	[COPY_SETTING] = {"settings", "tti", 1},
	[COPY_REPORT] = {"reports", "iiiiiitiiiit", 1},
	[COPY_PERSON_NOTE] = {"notes and warnings", "iiiiiit", 1},
	[COPY_INVITATION] = {"invitations", "tiiiii", 1},
	[COPY_AUDIT] = {"audit log", "iiiiiiit", 1},
	[COPY_STATE] = {"latest, totals", "iiiiii", 1},
};

const char *copy_table_name(enum copy_table table)
{
	return copy_tables[table].name;
}

struct pass {
	struct copy_end *from, *to;
	struct arena *range_arena, *page_arena;
	struct copy_report *report;
	copy_watch *watch;
	void *user;
	struct copy_progress progress;

	/* The table that is compared. */
	enum copy_table table;
	struct digest source, target;
	size_t limit;
	bool target_ended;     /* it has no rows above the range before */
	bool target_was_empty; /* in the range before */
};

/* ---- rows ------------------------------------------------------------------------------------ */

static bool is_text(char kind)
{
	return kind == 't' || kind == 'x';
}

static int cell_compare(char kind, const struct copy_cell *a, const struct copy_cell *b)
{
	if (is_text(kind))
		return str_compare(a->text, b->text);
	return (a->number > b->number) - (a->number < b->number);
}

static int compare(enum copy_table table, const struct copy_row *a, const struct copy_row *b,
		   bool keys_only)
{
	const struct copy_table_row *t = &copy_tables[table];
	int order = 0;

	for (size_t i = 0; order == 0 && t->kinds[i] && (i < t->keys || !keys_only); i++)
		order = cell_compare(t->kinds[i], &a->cells[i], &b->cells[i]);
	return order;
}

static void digest_row(struct digest *d, enum copy_table table, const struct copy_row *row)
{
	const char *kinds = copy_tables[table].kinds;

	for (size_t i = 0; kinds[i]; i++) {
		if (is_text(kinds[i]))
			digest_add_str(d, row->cells[i].text);
		else
			digest_add_i64(d, row->cells[i].number);
	}
}

/*
 * Below every key, or above. Hashes, the keys that are bytes, are shorter than this; texts, whose
 * bytes must be UTF-8, end below its last character.
 */
static struct copy_row edge(enum copy_table table, bool top)
{
	static const char last_character[] = "\xf4\x8f\xbf\xbf";

	static const char highest[] = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
				      "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
				      "\xff\xff\xff\xff";
	struct copy_row row = {.cells = {{.number = 0}}};

	for (size_t i = 0; i < COPY_KEYS_MAX; i++) {
		row.cells[i].number = top ? INT64_MAX : INT64_MIN;
		row.cells[i].text = top ? str_from(highest, sizeof(highest) - 1) : STR("");
		if (top && copy_tables[table].kinds[i] == 't')
			row.cells[i].text = str_from_c(last_character);
	}
	return row;
}

/* Its key alone, with texts that live as long as the arena. */
static struct copy_row key_keep(enum copy_table table, const struct copy_row *row, struct arena *a)
{
	struct copy_row key = {.cells = {{.number = 0}}};

	for (size_t i = 0; i < copy_tables[table].keys; i++) {
		key.cells[i].number = row->cells[i].number;
		if (is_text(copy_tables[table].kinds[i]))
			key.cells[i].text = arena_str(a, row->cells[i].text);
	}
	return key;
}

/* ---- a range --------------------------------------------------------------------------------- */

static enum err rows_new(struct arena *a, size_t room, struct copy_rows *out)
{
	*out = (struct copy_rows){.items = arena_array(a, room ? room : 1, sizeof(out->items[0]))};
	return out->items ? ERR_OK : ERR_TOO_LARGE;
}

static enum err apply(struct pass *p, const struct copy_rows *put, const struct copy_rows *gone)
{
	struct copy_table_report *report = &p->report->tables[p->table];
	enum err e;

	if (put->count == 0 && gone->count == 0)
		return ERR_OK;
	e = p->to->ops->apply(p->to, p->table, put, gone, p->page_arena);
	report->written += (int64_t)put->count;
	report->removed += (int64_t)gone->count;
	p->progress.written += (int64_t)(put->count + gone->count);
	return e;
}

/*
 * The target's rows of a range beside the source's: into `put` what the target lacks, into its
 * digest what it has. What it has too many is removed where `mend`. `*i` is the place in `rows`.
 */
static enum err compare_page(struct pass *p, const struct copy_rows *rows, size_t *i,
			     const struct copy_rows *page, bool mend, struct copy_rows *put)
{
	static const struct copy_rows nothing = {.count = 0};
	struct copy_rows gone;
	enum err e = rows_new(p->page_arena, page->count, &gone);

	for (size_t k = 0; e == ERR_OK && k < page->count; k++) {
		const struct copy_row *theirs = &page->items[k];
		int order = 1;

		digest_row(&p->target, p->table, theirs);
		while (*i < rows->count &&
		       (order = compare(p->table, &rows->items[*i], theirs, true)) < 0)
			put->items[put->count++] = rows->items[(*i)++];
		if (*i >= rows->count || order != 0) {
			gone.items[gone.count++] = *theirs;
		} else {
			if (compare(p->table, &rows->items[*i], theirs, false) != 0)
				put->items[put->count++] = rows->items[*i];
			(*i)++;
		}
	}
	if (e == ERR_OK && mend)
		e = apply(p, &nothing, &gone);
	return e;
}

static enum err compare_range(struct pass *p, const struct copy_rows *rows, struct copy_range range,
			      bool mend, struct copy_rows *put, int64_t *target_rows)
{
	struct copy_rows page;
	enum err e = rows_new(p->range_arena, rows->count, put);
	size_t i = 0;

	do {
		arena_reset(p->page_arena);
		page.count = 0;
		if (e == ERR_OK)
			e = p->to->ops->read(p->to, p->table, &range, p->limit + 1, p->page_arena,
					     &page);
		if (e == ERR_OK)
			e = compare_page(p, rows, &i, &page, mend, put);
		if (e != ERR_OK)
			return e;
		*target_rows += (int64_t)page.count;
		if (page.count > 0)
			range.after = key_keep(p->table, &page.items[page.count - 1],
					       p->range_arena);
	} while (page.count > p->limit);
	while (i < rows->count)
		put->items[put->count++] = rows->items[i++];
	return ERR_OK;
}

/* Has the target any row above the range before? Most of a first copy goes into nothing. */
static enum err look_beyond(struct pass *p, const struct copy_range *range)
{
	struct copy_range rest = {.after = range->after, .upto = edge(p->table, true)};
	struct copy_rows found;
	enum err e;

	if (p->target_ended || !p->target_was_empty)
		return ERR_OK;
	arena_reset(p->page_arena);
	e = p->to->ops->read(p->to, p->table, &rest, 1, p->page_arena, &found);
	if (e == ERR_OK)
		p->target_ended = found.count == 0;
	return e;
}

/* Makes the target's range equal; what it holds then goes into its digest. */
static enum err mend_range(struct pass *p, const struct copy_rows *rows,
			   const struct copy_range *range)
{
	static const struct copy_rows nothing = {.count = 0};
	struct copy_table_report *report = &p->report->tables[p->table];
	int64_t removed = report->removed, count = 0;
	struct digest before = p->target;
	struct copy_rows put = *rows;
	enum err e = look_beyond(p, range);

	if (e == ERR_OK && !p->target_ended) {
		e = compare_range(p, rows, *range, true, &put, &count);
		p->target_was_empty = count == 0;
		if (e == ERR_OK && put.count == 0 && report->removed == removed) {
			report->target_rows += count;
			return ERR_OK;
		}
	}
	arena_reset(p->page_arena);
	if (e == ERR_OK)
		e = apply(p, &put, &nothing);
	p->target = before;
	count = 0;
	if (e == ERR_OK)
		e = compare_range(p, rows, *range, false, &put, &count);
	report->target_rows += count;
	return e;
}

static void choose_limit(struct pass *p)
{
	size_t used = arena_used_bytes(p->range_arena);

	if (used > 2 * RANGE_BYTES && p->limit > 16)
		p->limit /= 2;
	else if (used < RANGE_BYTES / 2 && p->limit < RANGE_ROWS_MAX)
		p->limit *= 2;
}

/* ---- a table --------------------------------------------------------------------------------- */

static enum err copy_one_table(struct pass *p)
{
	struct copy_table_report *report = &p->report->tables[p->table];
	struct copy_range range = {.after = edge(p->table, false), .upto = edge(p->table, true)};
	struct copy_rows rows = {.count = 0};
	char key[256]; /* of the range before: its arena is reset */
	bool last = false;
	enum err e = ERR_OK;

	digest_init(&p->source);
	digest_init(&p->target);
	p->limit = RANGE_ROWS_FIRST;
	p->target_ended = false;
	p->target_was_empty = true;
	while (e == ERR_OK && !last) {
		arena_reset(p->range_arena);
		range.upto = edge(p->table, true);
		e = p->from->ops->read(p->from, p->table, &range, p->limit, p->range_arena, &rows);
		if (e != ERR_OK)
			break;
		last = rows.count < p->limit;
		if (!last)
			range.upto = rows.items[rows.count - 1];
		for (size_t i = 0; i < rows.count; i++)
			digest_row(&p->source, p->table, &rows.items[i]);
		report->source_rows += (int64_t)rows.count;
		e = mend_range(p, &rows, &range);
		p->progress.rows += (int64_t)rows.count;
		if (p->watch)
			p->watch(p->user, &p->progress);
		range.after = range.upto;
		if (range.after.cells[0].text.len <= sizeof(key)) {
			struct str *text = &range.after.cells[0].text;

			if (text->len)
				memcpy(key, text->ptr, text->len);
			*text = str_from(key, text->len);
		}
		choose_limit(p);
	}
	digest_end(&p->source, report->source_digest);
	digest_end(&p->target, report->target_digest);
	return e;
}

/* ---- marks ----------------------------------------------------------------------------------- */

/* "STATE ID DESCRIPTION" */
static struct str mark_state(struct str mark)
{
	struct str state;

	str_cut(&mark, ' ', &state);
	return state;
}

static struct str mark_id(struct str mark)
{
	struct str id;

	str_cut(&mark, ' ', &id);
	str_cut(&mark, ' ', &id);
	return id;
}

static struct str mark_description(struct str mark)
{
	struct str cut;

	str_cut(&mark, ' ', &cut);
	str_cut(&mark, ' ', &cut);
	return mark;
}

enum copy_mark_action copy_mark_judge(struct str mark, bool for_server, struct buf *why)
{
	if (mark.len == 0)
		return COPY_MARK_NONE;
	if (str_eq(mark_state(mark), STR(COPY_WHOLE)))
		return for_server ? COPY_MARK_REMOVE : COPY_MARK_NONE;
	buf_printf(why,
		   "the database is an unfinished copy of %.*s; the same kinglet copy again "
		   "finishes it",
		   STR_ARG(mark_description(mark)));
	return COPY_MARK_REFUSE;
}

/* ---- both ends ------------------------------------------------------------------------------- */

static enum err end_open(struct str url, bool target, struct copy_end **out, struct str *scheme,
			 struct buf *why)
{
	struct str location;
	const struct store_engine *engine = store_engine_find(url, &location, why);

	if (!engine)
		return ERR_INVALID;
	*scheme = str_from_c(engine->scheme);
	return engine->copy_open(url, location, target, out, why);
}

/* May `to` become a copy of what is called `id`? */
static enum err check_ends(const struct copy_look *from, struct str from_id,
			   const struct copy_look *to, struct str to_id, const struct copy_end *end,
			   struct buf *why)
{
	if (str_eq(from_id, to_id))
		buf_add_c(why, "that would copy a database onto itself");
	else if (str_eq(mark_state(from->mark), STR(COPY_UNFINISHED)))
		buf_printf(why, "what is to be copied is itself an unfinished copy of %.*s",
			   STR_ARG(mark_description(from->mark)));
	else if (to->frozen)
		buf_printf(why, "the target %.*s is frozen", STR_ARG(end->description));
	else if (to->mark.len == 0 && !to->empty)
		buf_printf(why,
			   "the target %.*s holds a community of its own: a copy wants an empty "
			   "database",
			   STR_ARG(end->description));
	else if (to->mark.len != 0 && !str_eq(mark_id(to->mark), from_id))
		buf_printf(why, "the target %.*s is a copy of something else: %.*s",
			   STR_ARG(end->description), STR_ARG(mark_description(to->mark)));
	else
		return ERR_OK;
	return ERR_DENIED;
}

static bool all_equal(const struct copy_report *report)
{
	for (size_t i = 0; i < COPY_TABLE_COUNT; i++) {
		const struct copy_table_report *t = &report->tables[i];

		if (t->source_rows != t->target_rows ||
		    memcmp(t->source_digest, t->target_digest, DIGEST_BYTES) != 0)
			return false;
	}
	return true;
}

static enum err put_mark(struct pass *p, const char *state, struct str id, int64_t last_id)
{
	struct buf mark = BUF_INIT(16384);
	enum err e;

	buf_printf(&mark, "%s %.*s %.*s", state, STR_ARG(id), STR_ARG(p->from->description));
	e = p->to->ops->mark(p->to, buf_str(&mark), last_id);
	buf_release(&mark);
	return e;
}

/* From the first look at both ends on. `scheme` is each engine's. */
static enum err pass_run(struct pass *p, struct str from_scheme, struct str to_scheme,
			 struct arena *a, struct buf *why)
{
	struct copy_look from, to, after;
	struct str from_id = STR(""), to_id;
	enum err e = p->from->ops->look(p->from, a, &from);

	if (e == ERR_OK)
		e = p->to->ops->look(p->to, a, &to);
	if (e == ERR_OK) {
		from_id = arena_printf(a, "%.*s:%lld", STR_ARG(from_scheme),
				       (long long)from.born_ms);
		to_id = arena_printf(a, "%.*s:%lld", STR_ARG(to_scheme), (long long)to.born_ms);
		e = check_ends(&from, from_id, &to, to_id, p->to, why);
	}
	if (e == ERR_OK)
		e = put_mark(p, COPY_UNFINISHED, from_id, 0);
	if (e != ERR_OK)
		return e;
	p->progress.expected = from.expected;
	for (p->table = 0; e == ERR_OK && p->table < COPY_TABLE_COUNT; p->table++) {
		p->progress.table = p->table;
		e = copy_one_table(p);
	}
	if (e == ERR_OK)
		e = p->from->ops->look(p->from, a, &after);
	if (e != ERR_OK)
		return e;
	p->report->frozen = after.frozen != 0;
	p->report->changed = after.frozen != from.frozen ||
			     (!after.frozen && after.version != from.version);
	p->report->equal = all_equal(p->report);
	return put_mark(p, p->report->equal && !p->report->changed ? COPY_WHOLE : COPY_UNFINISHED,
			from_id, after.last_id);
}

enum err copy_run(struct str from, struct str to, copy_watch *watch, void *user,
		  struct copy_report *out, struct buf *why)
{
	struct copy_report report = {.equal = false};
	struct pass p = {.report = &report, .watch = watch, .user = user};
	struct arena *a = arena_new(ARENA_MAX_BYTES);
	struct str from_scheme, to_scheme;
	enum err e;

	p.range_arena = arena_new(ARENA_MAX_BYTES);
	p.page_arena = arena_new(ARENA_MAX_BYTES);
	if (!a || !p.range_arena || !p.page_arena)
		die("no memory for a copy");
	e = end_open(from, false, &p.from, &from_scheme, why);
	if (e == ERR_OK)
		e = end_open(to, true, &p.to, &to_scheme, why);
	if (e == ERR_OK)
		e = pass_run(&p, from_scheme, to_scheme, a, why);
	if (e != ERR_OK && why->len == 0)
		buf_add_c(why, err_text(e));
	if (p.to)
		p.to->ops->close(p.to);
	if (p.from)
		p.from->ops->close(p.from);
	arena_free(p.range_arena);
	arena_free(p.page_arena);
	arena_free(a);
	if (e == ERR_OK)
		*out = report;
	return e;
}
