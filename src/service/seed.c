#include "service/seed.h"

#include "auth/password.h"
#include "service/account.h"
#include "service/post.h"

static enum err load_person(struct arena *a, struct store_bulk *bulk, const struct seed_person *p,
			    int64_t *id)
{
	struct user_new u = {.name = p->name, .email = p->email, .created_ms = p->joined_ms};
	enum err e = ERR_OK;

	if (account_check_name(a, p->name, &u.name_key) != PROBLEM_NONE)
		return ERR_INVALID;
	if (p->password.len)
		e = password_hash(a, p->password, &u.pw_hash);
	return e == ERR_OK ? store_bulk_user(bulk, &u, id) : e;
}

static enum err load(struct service *s, struct arena *a, struct store_bulk *bulk,
		     const struct seed *seed)
{
	int64_t *ids = arena_array(a, seed->person_count, sizeof(*ids));
	enum err e = ids ? ERR_OK : ERR_TOO_LARGE;

	for (size_t i = 0; e == ERR_OK && i < seed->person_count; i++)
		e = load_person(a, bulk, &seed->people[i], &ids[i]);
	for (size_t i = 0; e == ERR_OK && i < seed->post_count; i++) {
		const struct seed_post *p = &seed->posts[i];
		struct str clean;
		int64_t id;

		if (post_check(s, a, p->text, &clean) != POST_FINE)
			e = ERR_INVALID;
		else
			e = store_bulk_post(bulk, ids[p->author], clean, p->written_ms, false, &id);
	}
	for (size_t i = 0; e == ERR_OK && i < seed->follow_count; i++)
		e = store_bulk_follow(bulk, ids[seed->follows[i].follower],
				      ids[seed->follows[i].followee]);
	return e;
}

enum err seed_load(struct service *s, struct arena *a, const struct seed *seed)
{
	struct store_bulk *bulk;
	struct user_list anybody;
	enum err e = store_bulk_begin(s->store, &bulk);

	if (e != ERR_OK)
		return e;
	/* Asked inside the transaction: nobody can register meanwhile. */
	e = store_user_list(s->store, 0, 1, a, &anybody);
	if (e == ERR_OK && anybody.count)
		e = ERR_CONFLICT;
	if (e == ERR_OK)
		e = load(s, a, bulk, seed);
	if (e == ERR_OK)
		return store_bulk_commit(bulk);
	store_bulk_abort(bulk);
	return e;
}
