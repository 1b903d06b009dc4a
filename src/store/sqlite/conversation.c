/* conversation.c: answers and likes in the SQLite engine. */
#include "store/sqlite/sqlite.h"

#include "base/clock.h"
#include "store/sqlite/timeline.h"
#include "store/sqlite/write.h"

enum err sqlite_reply_list(struct store *store, int64_t post_id, int64_t after_id, size_t limit,
			   struct arena *a, struct post_list *out)
{
	struct sqlite *s = sqlite_of(store);
	struct conn *c = readers_take(&s->readers);
	sqlite3_stmt *st = conn_stmt(c, STMT_REPLY_LIST);
	struct post_list list;
	bool more;
	enum err e;

	bind_i64(st, 1, post_id);
	bind_i64(st, 2, after_id);
	bind_i64(st, 3, (int64_t)limit + 1);
	e = post_rows(c, st, limit, a, &list, &more);
	readers_put(&s->readers, c);
	if (e == ERR_OK) {
		list.newer = more; /* oldest first, so further ones are newer */
		*out = list;
	}
	return e;
}

/* ---- marks ------------------------------------------------------------------------------------
 */

/* How many rows a statement of two numbers brings; such statements are limited. */
static enum err count_of(struct conn *c, enum statement which, int64_t first, int64_t second,
			 int64_t *out)
{
	sqlite3_stmt *st = conn_stmt(c, which);
	enum step step;

	bind_i64(st, 1, first);
	bind_i64(st, 2, second);
	*out = 0;
	while ((step = stmt_step(st)) == STEP_ROW)
		(*out)++;
	return stmt_end(c, st, step, ERR_OK);
}

static enum err mark(struct conn *c, int64_t viewer_id, bool replies, bool likes, struct post *p)
{
	int64_t liked = 0;
	enum err e = ERR_OK;

	if (replies)
		e = count_of(c, STMT_REPLY_COUNT, p->id, POST_COUNT_MAX, &p->reply_count);
	if (e == ERR_OK && likes)
		e = count_of(c, STMT_LIKE_COUNT, p->id, POST_COUNT_MAX, &p->like_count);
	if (e == ERR_OK && p->like_count && viewer_id)
		e = count_of(c, STMT_LIKE_EXISTS, viewer_id, p->id, &liked);
	p->liked = liked != 0;
	return e;
}

/* Most pages have posts that nobody answered or liked: whether that is so is asked once for all. */
enum err sqlite_post_marks(struct store *store, int64_t viewer_id, struct post *posts, size_t count)
{
	struct sqlite *s = sqlite_of(store);
	struct conn *c = readers_take(&s->readers);
	int64_t lowest = INT64_MAX, highest = 0, replies = 0, likes = 0;
	enum err e;

	for (size_t i = 0; i < count; i++) {
		lowest = posts[i].id < lowest ? posts[i].id : lowest;
		highest = posts[i].id > highest ? posts[i].id : highest;
	}
	e = count_of(c, STMT_REPLIES_WITHIN, lowest, highest, &replies);
	if (e == ERR_OK)
		e = count_of(c, STMT_LIKES_WITHIN, lowest, highest, &likes);
	for (size_t i = 0; e == ERR_OK && (replies || likes) && i < count; i++)
		e = mark(c, viewer_id, replies, likes, &posts[i]);
	readers_put(&s->readers, c);
	return e;
}

/* ---- likes ------------------------------------------------------------------------------------
 */

struct like_set {
	int64_t user_id, post_id;
	bool liked;
};

static enum err like_job(struct writer *w, void *arg)
{
	const struct like_set *set = arg;
	struct conn *c = writer_conn(w);
	sqlite3_stmt *st = conn_stmt(c, set->liked ? STMT_LIKE_INSERT : STMT_LIKE_DELETE);
	struct write_notice n = {
		.kind = NOTICE_LIKE,
		.actor_id = set->user_id,
		.post_id = set->post_id,
		.created_ms = clock_now_ms(),
	};
	enum err e = write_post_is_shown(w, set->post_id, &n.user_id);

	if (e == ERR_NOT_FOUND && !set->liked)
		e = ERR_OK;
	if (e != ERR_OK)
		return e;
	bind_i64(st, 1, set->user_id);
	bind_i64(st, 2, set->post_id);
	e = conn_run(c, st);
	if (e != ERR_OK || conn_changes(c) == 0)
		return e;
	e = set->liked ? write_notice(w, &n) : write_notice_undo(w, &n);
	if (e == ERR_OK)
		writer_note_visible(w);
	return e;
}

enum err sqlite_like_set(struct store *store, int64_t user_id, int64_t post_id, bool liked)
{
	struct like_set set = {user_id, post_id, liked};

	return writer_run(sqlite_of(store)->writer, like_job, &set);
}
