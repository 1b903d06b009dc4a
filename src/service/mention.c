#include "service/mention.h"

#include "service/account.h"

static struct str with(struct arena *a, struct str name, char from, char to)
{
	char *p = arena_alloc(a, name.len);

	for (size_t i = 0; p && i < name.len; i++)
		p[i] = name.ptr[i] == from ? to : name.ptr[i];
	return str_from(p, p ? name.len : 0);
}

struct str mention_with_spaces(struct arena *a, struct str name)
{
	return with(a, name, '_', ' ');
}

struct str mention_of_name(struct arena *a, struct str name)
{
	return with(a, name, ' ', '_');
}

enum err mention_find(struct service *s, struct arena *a, struct str name, struct user *out)
{
	enum err e = account_find(s, a, name, out);

	if (e == ERR_NOT_FOUND && str_index(name, '_') >= 0)
		e = account_find(s, a, mention_with_spaces(a, name), out);
	if (e == ERR_NOT_FOUND)
		e = account_find_renamed(s, a, name, out);
	if (e == ERR_NOT_FOUND && str_index(name, '_') >= 0)
		e = account_find_renamed(s, a, mention_with_spaces(a, name), out);
	return e;
}

static bool has_id(const int64_t *ids, size_t count, int64_t id)
{
	for (size_t i = 0; i < count; i++)
		if (ids[i] == id)
			return true;
	return false;
}

enum err mention_list_ids(struct service *s, struct arena *a, struct str text,
			  int64_t ids[ENTITY_KEYS_MAX], size_t *count)
{
	struct entity_keys keys;

	*count = 0;
	if (!entity_list_keys(a, text, ENTITY_MENTION, &keys))
		return ERR_TOO_LARGE;
	for (size_t i = 0; i < keys.count; i++) {
		struct user user;
		enum err e = mention_find(s, a, keys.items[i], &user);

		if (e == ERR_OK && !has_id(ids, *count, user.id))
			ids[(*count)++] = user.id;
		if (e != ERR_OK && e != ERR_NOT_FOUND)
			return e;
	}
	return ERR_OK;
}
