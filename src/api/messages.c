/*
 * /msgs and /msgs/<username>: reading timelines, and posting.
 *
 * A list is read and written in batches, so that the memory it takes doesn't grow with `no`. Posts
 * that come in meanwhile are newer than the batch's end and don't disturb. A list that would be
 * larger than an answer may be ends early, with its newest posts, instead of failing.
 */
#include "api/answer_cache.h"
#include "api/body.h"
#include "base/json.h"
#include "api/reply.h"
#include "service/post.h"
#include "service/timeline.h"

#define BATCH_COUNT	  100
#define BATCH_ARENA_BYTES ((size_t)16 << 20) /* a batch of the longest that an import keeps */
#define POST_FRAME_BYTES  128		     /* names of fields, date, punctuation */

#define EVERYBODY 0

/* False where it doesn't fit any more; room is left for what ends the list. */
static bool add_post(struct buf *out, const struct post *post)
{
	size_t most = POST_FRAME_BYTES + JSON_BYTE_MAX * (post->text.len + post->author_name.len);

	if (out->max - out->len <= most)
		return false;
	buf_add_c(out, "{\"content\": ");
	json_string(out, post->text);
	buf_add_c(out, ", \"pub_date\": ");
	buf_add_i64(out, post->created_ms / 1000);
	buf_add_c(out, ", \"user\": ");
	json_string(out, post->author_name);
	buf_add_char(out, '}');
	return true;
}

static enum err read_batch(struct service *s, struct arena *a, int64_t author_id, struct cursor at,
			   size_t count, struct post_list *out)
{
	if (author_id == EVERYBODY)
		return timeline_public(s, a, at, count, out);
	return timeline_user(s, a, author_id, at, count, out);
}

/* Appends "{…}, {…}" for at most `count` posts. */
static enum err add_posts(struct service *s, struct arena *a, int64_t author_id, size_t count,
			  struct buf *out)
{
	struct cursor at = {.side = CURSOR_NEWEST};
	struct post_list list = {.older = true};
	bool fits = true;

	for (size_t done = 0; done < count && list.older && fits; done += list.count) {
		size_t want = count - done < BATCH_COUNT ? count - done : BATCH_COUNT;
		enum err e;

		arena_reset(a);
		e = read_batch(s, a, author_id, at, want, &list);
		if (e != ERR_OK)
			return e;
		for (size_t i = 0; i < list.count && fits; i++) {
			if (done + i > 0)
				buf_add_c(out, ", ");
			fits = add_post(out, &list.items[i]);
		}
		if (list.count == 0)
			break;
		at = (struct cursor){CURSOR_BEFORE, list.items[list.count - 1].id};
	}
	if (!fits) /* the separator of the post that there was no room for */
		out->len -= out->len > 1 ? 2 : 0;
	return ERR_OK;
}

static enum err render(struct api *api, int64_t author_id, size_t count, struct buf *out)
{
	struct arena *a = arena_new(BATCH_ARENA_BYTES);
	enum err e = a ? ERR_OK : ERR_INTERNAL;

	buf_add_char(out, '[');
	if (e == ERR_OK)
		e = add_posts(api->service, a, author_id, count, out);
	buf_add_c(out, "]\n");
	arena_free(a);
	return e;
}

static void reply_posts(struct api *api, int64_t author_id, size_t count, struct http_response *res)
{
	enum err e = render(api, author_id, count, &res->body);

	if (e != ERR_OK)
		reply_failure(res, e);
	else
		reply_json(res);
}

void api_messages(struct api *api, struct http_request *req, struct http_response *res)
{
	size_t count = query_count(req);
	bool keep = api->cache && count == POST_API_DEFAULT_COUNT;
	/* Read before the timeline is: what is then kept is no newer than it says. */
	uint64_t version = keep ? timeline_version(api->service) : 0;

	if (keep && (res->blob = answer_cache_find(api->cache, version, count))) {
		reply_json(res);
		return;
	}
	reply_posts(api, EVERYBODY, count, res);
	if (keep && res->status == 200 && buf_ok(&res->body))
		answer_cache_keep(api->cache, version, count, buf_str(&res->body));
}

void api_user_messages(struct api *api, struct http_request *req, struct http_response *res)
{
	struct user user;

	if (reply_needs_user(api, req, res, &user))
		reply_posts(api, user.id, query_count(req), res);
}

void api_post_message(struct api *api, struct http_request *req, struct http_response *res)
{
	struct body_field content = {"content"};
	enum post_problem problem = POST_FINE;
	const char *why = NULL;
	struct user user;
	enum err e;

	if (!reply_needs_active_user(api, req, res, &user))
		return;
	if (!body_read(req->arena, req->body, &content, 1, &why)) {
		api_error(res, 400, why);
		return;
	}
	if (!content.value.ptr) {
		api_error(res, 400, "The body must have \"content\"");
		return;
	}
	e = post_create(api->service, req->arena, user.id,
			&(struct post_draft){.text = content.value}, &problem, NULL);
	if (e != ERR_OK)
		reply_failure(res, e);
	else if (problem != POST_FINE)
		api_error(res, 400, post_problem_text(api->service, req->arena, problem).ptr);
	else
		reply_done(res);
}
