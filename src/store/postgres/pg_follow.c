/* pg_follow.c: who follows whom, in the PostgreSQL engine. The lists are rows of people: pg_user.c.
 */
#include "base/clock.h"
#include "metrics/metrics.h"
#include "store/postgres/pg.h"

static void pair(struct pg_args *args, int64_t follower_id, int64_t followee_id)
{
	pg_arg_i64(args, follower_id);
	pg_arg_i64(args, followee_id);
}

enum err pg_follow_exists(struct store *store, int64_t follower_id, int64_t followee_id, bool *out)
{
	struct pg_args args = {0};
	PGresult *r = NULL;
	enum err e;

	pair(&args, follower_id, followee_id);
	e = pg_run(pg_of(store), PG_FOLLOW_EXISTS, &args, &r);
	if (e == ERR_OK)
		*out = PQntuples(r) > 0;
	PQclear(r);
	return e;
}

enum err pg_follow_create(struct store *store, int64_t follower_id, int64_t followee_id)
{
	struct pg_args args = {0};
	PGresult *r = NULL;
	enum err e;

	pair(&args, follower_id, followee_id);
	pg_arg_i64(&args, clock_now_ms());
	e = pg_run(pg_of(store), PG_FOLLOW_CREATE, &args, &r);
	if (e == ERR_OK && !pg_bool(r, 0, 0))
		e = ERR_NOT_FOUND;
	else if (e == ERR_OK && pg_bool(r, 0, 3))
		e = ERR_DENIED;
	if (e == ERR_OK && pg_bool(r, 0, 1)) {
		metrics_event(EVENT_FOLLOW_CREATED);
		pg_news_post(&pg_of(store)->news, 0, followee_id);
	}
	PQclear(r);
	return e;
}

enum err pg_follow_delete(struct store *store, int64_t follower_id, int64_t followee_id)
{
	struct pg_args args = {0};

	pair(&args, follower_id, followee_id);
	return pg_run(pg_of(store), PG_FOLLOW_DELETE, &args, NULL);
}
