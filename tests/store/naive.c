#include "naive.h"

#include <stdio.h>

void naive_user(struct naive *n)
{
	char name[32];

	snprintf(name, sizeof(name), "user%zu", n->user_count);
	assert_true(n->user_count < NAIVE_USERS_MAX);
	n->users[n->user_count++] = add_user(name);
}

void naive_user_delete(struct naive *n, size_t user)
{
	if (n->user_deleted[user])
		return;
	CHECK_OK(store_user_delete(t.s, n->users[user]));
	n->user_deleted[user] = true;
	for (size_t i = 0; i < n->post_count; i++) {
		if (n->posts[i].author_id == n->users[user])
			n->posts[i].deleted = true;
	}
	for (size_t i = 0; i < n->user_count; i++)
		n->follows[user][i] = n->follows[i][user] = false;
}

void naive_post(struct naive *n, size_t author)
{
	if (n->user_deleted[author] || n->post_count == NAIVE_POSTS_MAX)
		return;
	n->posts[n->post_count++] = (struct naive_post){
		.id = add_post(n->users[author], "text"),
		.author_id = n->users[author],
	};
}

void naive_post_known(struct naive *n, size_t author, int64_t id)
{
	size_t at = n->post_count++;

	assert_true(at < NAIVE_POSTS_MAX);
	for (; at > 0 && n->posts[at - 1].id > id; at--)
		n->posts[at] = n->posts[at - 1];
	n->posts[at] = (struct naive_post){.id = id, .author_id = n->users[author]};
}

void naive_post_delete(struct naive *n, size_t post)
{
	if (n->posts[post].deleted)
		return;
	CHECK_OK(store_post_delete(t.s, n->posts[post].id));
	n->posts[post].deleted = true;
}

void naive_post_flag(struct naive *n, size_t post, bool flagged)
{
	if (n->posts[post].deleted)
		return;
	set_flagged(n->posts[post].id, flagged);
	n->posts[post].flagged = flagged;
}

void naive_follow(struct naive *n, size_t follower, size_t followee, bool on)
{
	if (n->user_deleted[follower] || n->user_deleted[followee])
		return;
	if (on)
		add_follow(n->users[follower], n->users[followee]);
	else
		CHECK_OK(store_follow_delete(t.s, n->users[follower], n->users[followee]));
	n->follows[follower][followee] = on;
}

static bool is_in(const struct naive *n, enum naive_timeline which, size_t user,
		  const struct naive_post *post)
{
	if (post->deleted || post->flagged)
		return false;
	if (which == NAIVE_PUBLIC || post->author_id == n->users[user])
		return true;
	for (size_t i = 0; which == NAIVE_HOME && i < n->user_count; i++) {
		if (n->users[i] == post->author_id)
			return n->follows[user][i];
	}
	return false;
}

struct expected {
	int64_t ids[NAIVE_POSTS_MAX]; /* newest first */
	size_t count;
	bool older, newer;
};

static void expect(const struct naive *n, enum naive_timeline which, size_t user, struct cursor at,
		   size_t limit, struct expected *out)
{
	size_t on_page = 0, first = 0;

	*out = (struct expected){0};
	for (size_t i = n->post_count; i-- > 0;) {
		const struct naive_post *post = &n->posts[i];

		if (!is_in(n, which, user, post))
			continue;
		if (at.side == CURSOR_BEFORE && post->id >= at.id)
			out->newer = true;
		else if (at.side == CURSOR_AFTER && post->id <= at.id)
			out->older = true;
		else
			out->ids[on_page++] = post->id;
	}
	/* Of those on the cursor's side: the ones next to it. */
	if (on_page > limit) {
		if (at.side == CURSOR_AFTER) {
			first = on_page - limit;
			out->newer = true;
		} else {
			out->older = true;
		}
		on_page = limit;
	}
	memmove(out->ids, out->ids + first, on_page * sizeof(out->ids[0]));
	out->count = on_page;
}

void naive_check(const struct naive *n, enum naive_timeline which, size_t user, struct cursor at,
		 size_t limit)
{
	static const char *const names[] = {"public", "user", "home"};
	static struct expected wanted;
	struct post_list got = {0};
	bool same;

	expect(n, which, user, at, limit, &wanted);
	arena_reset(t.a);
	if (which == NAIVE_PUBLIC)
		CHECK_OK(store_timeline_public(t.s, at, limit, t.a, &got));
	else if (which == NAIVE_USER)
		CHECK_OK(store_timeline_user(t.s, n->users[user], at, limit, t.a, &got));
	else
		CHECK_OK(store_timeline_home(t.s, n->users[user], at, limit, t.a, &got));
	same = got.count == wanted.count && got.older == wanted.older && got.newer == wanted.newer;
	for (size_t i = 0; same && i < wanted.count; i++)
		same = got.items[i].id == wanted.ids[i];
	if (!same) {
		for (size_t i = 0; i < got.count || i < wanted.count; i++)
			print_message("# %zu: got %lld, wanted %lld\n", i,
				      i < got.count ? (long long)got.items[i].id : 0LL,
				      i < wanted.count ? (long long)wanted.ids[i] : 0LL);
		fail_msg("%s timeline of user %zu, side %d at %lld, limit %zu: got %zu posts, "
			 "older %d, newer %d; wanted %zu, %d, %d",
			 names[which], user, at.side, (long long)at.id, limit, got.count, got.older,
			 got.newer, wanted.count, wanted.older, wanted.newer);
	}
}

void naive_check_all(const struct naive *n, size_t limit)
{
	struct cursor newest = {0};

	naive_check(n, NAIVE_PUBLIC, 0, newest, limit);
	for (size_t i = 0; i < n->user_count; i++) {
		naive_check(n, NAIVE_USER, i, newest, limit);
		naive_check(n, NAIVE_HOME, i, newest, limit);
	}
}

void naive_check_counts(const struct naive *n)
{
	struct store_totals totals = get_totals();
	int64_t users = 0, posts = 0, follows = 0;

	for (size_t u = 0; u < n->user_count; u++) {
		int64_t written = 0, followers = 0, following = 0;
		struct user user;

		if (n->user_deleted[u])
			continue;
		for (size_t i = 0; i < n->post_count; i++)
			written += is_in(n, NAIVE_USER, u, &n->posts[i]);
		for (size_t i = 0; i < n->user_count; i++) {
			followers += n->follows[i][u];
			following += n->follows[u][i];
		}
		user = get_user(n->users[u]);
		CHECK_I64(user.post_count, written);
		CHECK_I64(user.follower_count, followers);
		CHECK_I64(user.following_count, following);
		users++;
		posts += written;
		follows += following;
	}
	CHECK_I64(totals.users, users);
	CHECK_I64(totals.posts, posts);
	CHECK_I64(totals.follows, follows);
}
