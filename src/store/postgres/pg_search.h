/* pg_search.h: what writes of the PostgreSQL engine say of a post for its index. */
#ifndef KINGLET_STORE_POSTGRES_PG_SEARCH_H
#define KINGLET_STORE_POSTGRES_PG_SEARCH_H

#include "store/postgres/pg.h"
#include "store/search_text.h"

/* Two parameters: the words as a tsvector, the tags with a space between. Both in the arena. */
enum err MUST_CHECK pg_arg_document(struct pg_args *args, int64_t author_id, struct str text,
				    struct arena *a);

#endif
