/*
 * mention.h: whom a text calls, by "@name" (base/entity.h). A name is looked up as it was written,
 * and where nobody is called so, with its underscores as spaces: "@Ada_Lovelace" is Ada Lovelace
 * where there is no Ada_Lovelace. What nobody is called now may be somebody's earlier name.
 */
#ifndef KINGLET_SERVICE_MENTION_H
#define KINGLET_SERVICE_MENTION_H

#include "base/entity.h"
#include "service/service.h"

/* A name as a mention of it is written: spaces are '_'. */
struct str mention_of_name(struct arena *a, struct str name);
/* A name as a mention writes it, with its underscores as spaces. .ptr is NULL where the arena is
 * full. */
struct str mention_with_spaces(struct arena *a, struct str name);
/* `name` is without its '@'. ERR_NOT_FOUND: it is nobody's. */
enum err MUST_CHECK mention_find(struct service *s, struct arena *a, struct str name,
				 struct user *out);
/*
 * Ids of the people whom `text` mentions, each once, in its order: at most ENTITY_KEYS_MAX in
 * `ids`. Four queries for each name at most; none where the text has no mention.
 */
enum err MUST_CHECK mention_list_ids(struct service *s, struct arena *a, struct str text,
				     int64_t ids[ENTITY_KEYS_MAX], size_t *count);

#endif
