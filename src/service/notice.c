#include "service/notice.h"

/* What concerns many: the rest is a line each. */
#define GROUPED (NOTICE_BIT(NOTICE_FOLLOW) | NOTICE_BIT(NOTICE_LIKE) | NOTICE_BIT(NOTICE_REPOST))

static struct notice_group *find_group(struct notice_group_list *groups, const struct notice *n)
{
	for (size_t i = 0; i < groups->count; i++) {
		struct notice_group *g = &groups->items[i];

		if (g->kind == n->kind && g->post_id == n->post_id && NOTICE_BIT(n->kind) & GROUPED)
			return g;
	}
	return NULL;
}

/* The store tells of a person once for each kind and post, so nobody is counted twice. */
static void add(struct notice_group_list *groups, const struct notice *n)
{
	struct notice_group *g = find_group(groups, n);

	if (!g) {
		g = &groups->items[groups->count++];
		*g = (struct notice_group){.kind = n->kind,
					   .post_id = n->post_id,
					   .post_text = n->post_text,
					   .created_ms = n->created_ms};
	}
	if (g->people < NOTICE_NAMED_MAX) {
		g->names[g->people] = n->actor_name;
		g->displays[g->people] = n->actor_display;
	}
	if (g->people == 0)
		g->avatar = n->actor_avatar;
	g->people++;
	g->unread |= n->unread;
}

enum err notice_page(struct service *s, struct arena *a, int64_t user_id, bool mentions,
		     int64_t before_id, struct notice_page *out)
{
	const struct notice_query query = {
		.user_id = user_id,
		.kinds = mentions ? NOTICE_BIT(NOTICE_MENTION) | NOTICE_BIT(NOTICE_REPLY)
				  : NOTICE_ALL,
		.before_id = before_id,
	};
	struct notice_page page = {
		.groups.items = arena_array(a, NOTICE_PAGE_COUNT, sizeof(struct notice_group))};
	struct notice_list list;
	enum err e = page.groups.items ? ERR_OK : ERR_TOO_LARGE;

	if (e == ERR_OK)
		e = store_notice_list(s->store, &query, NOTICE_PAGE_COUNT, a, &list);
	if (e != ERR_OK)
		return e;
	for (size_t i = 0; i < list.count; i++)
		add(&page.groups, &list.items[i]);
	page.newest_id = list.count ? list.items[0].id : 0;
	page.oldest_id = list.count ? list.items[list.count - 1].id : 0;
	page.more = list.more;
	*out = page;
	return ERR_OK;
}

enum err notice_unread(struct service *s, int64_t user_id, int64_t *out)
{
	return store_notice_unread(s->store, user_id, out);
}

enum err notice_read(struct service *s, int64_t user_id, int64_t upto_id)
{
	return store_notice_read(s->store, user_id, upto_id);
}

enum err notice_chosen(struct service *s, int64_t user_id, int64_t *out)
{
	return store_notice_chosen(s->store, user_id, out);
}

enum err notice_choose(struct service *s, int64_t user_id, int64_t off)
{
	return store_notice_choose(s->store, user_id, off);
}
