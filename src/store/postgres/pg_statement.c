#include "store/postgres/pg_statement.h"

/*
 * Three habits of these statements:
 *
 *  - A write is one statement with several parts (WITH), so that it is one round trip and one
 *    transaction. All parts see the database as it was before; they find what another part did only
 *    through its RETURNING.
 *  - Locks are taken in one order, so that writers wait and never lock each other out: the person
 * (what a foreign key holds), a follow that is added, user_count by ascending id, then the other
 * rows (sessions by hash), `history`, and `total` last. The parts of a statement run when the rest
 * first asks for their rows, and those that nobody asked run at the end, the last one first. So a
 * part that must come early is asked for by those it must precede.
 *  - A limit that is a parameter is unknown when the plan is made, and the planner then fears a
 * tenth of the table. So the ordered part ends with a limit that it knows, TOP, and is cut once
 * more. What is looked up for each row is a subquery of its own, which can't be turned into a join
 * over a whole table.
 */
#define TOP "LIMIT 1001"

/* This connection's row of `total`. */
#define SLOT "slot = pg_backend_pid() % 64 "

/* The columns of a struct user, in the order that pg_row_user() reads. */
#define USER_COLUMNS                                                             \
	"u.id, u.name, u.email, u.pw_hash, u.role, u.created_ms, "               \
	"c.posts, c.followers, c.following, u.language, u.state, u.warning_id, " \
	"u.display, u.selective, u.avatar "
#define USER_TABLES "\"user\" u JOIN user_count c ON c.user_id = u.id "
/* Those of a struct post, in the order that pg_row_post() reads. */
#define AUTHOR_NAME "(SELECT u.name FROM \"user\" u WHERE u.id = p.author_id) AS author_name"
#define AUTHOR_DISPLAY \
	"(SELECT u.display FROM \"user\" u WHERE u.id = p.author_id) AS author_display"
#define AUTHOR_AVATAR "(SELECT u.avatar FROM \"user\" u WHERE u.id = p.author_id) AS author_avatar"
#define REPLY_NAME                                                               \
	"CASE WHEN p.reply_to <> 0 THEN (SELECT u.name FROM post r, \"user\" u " \
	"WHERE r.id = p.reply_to AND u.id = r.author_id) END AS reply_to_name"
#define POST_COLUMNS                                                            \
	"p.id, p.author_id, " AUTHOR_NAME ", p.text, p.created_ms, p.flagged, " \
	"p.warning, p.reply_to, " REPLY_NAME ", " AUTHOR_DISPLAY ", " AUTHOR_AVATAR " "

/*
 * A page of a timeline: $1 the first id that may be in it, $2 how many rows, $3 the id behind which
 * one asks whether there is anything. The first column says that, also where no row comes. That
 * question is for one row in the index's order: EXISTS would let the planner read the whole table,
 * in the hope to meet one soon.
 */
#define PAGE(rows, behind, order, back)                                                          \
	"SELECT b.behind, p.* FROM (SELECT (SELECT p.id FROM post p WHERE " behind               \
	" ORDER BY p.id " back " LIMIT 1) IS NOT NULL AS behind) b LEFT JOIN LATERAL "           \
	"(SELECT " POST_COLUMNS "FROM (SELECT * FROM post p WHERE " rows " ORDER BY p.id " order \
	" " TOP ") p ORDER BY p.id " order " LIMIT $2) p ON true ORDER BY p.id " order

/* The index of a post that the part `p` of the statement returns the id of: its words as a
 * tsvector, its tags with a space between. */
#define INDEX_POST(words, tags)                                                       \
	"i AS (INSERT INTO post_index (post_id, tokens) SELECT id, " words            \
	"::text::tsvector FROM p), "                                                  \
	"tag AS (INSERT INTO post_tag (tag_key, post_id) SELECT x.tag, p.id FROM p, " \
	"unnest(string_to_array(" tags "::text, ' ')) AS x (tag) ON CONFLICT DO NOTHING)"

const struct pg_statement_row pg_statement_table[PG_STATEMENT_COUNT] = {
	[PG_BEGIN] = {false, "BEGIN"},
	[PG_BEGIN_SNAPSHOT] = {false, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"},
	/* For this transaction: a load takes as long as it takes. */
	[PG_NO_LIMITS] = {true, "SELECT set_config('statement_timeout', '0', true), "
				"set_config('lock_timeout', '0', true), "
				"set_config('idle_in_transaction_session_timeout', '0', true)"},
	/* For this transaction: much work, but no longer waits for others. */
	[PG_PATIENCE] = {true, "SELECT set_config('statement_timeout', '30s', true)"},
	[PG_COMMIT] = {false, "COMMIT"},
	[PG_ROLLBACK] = {false, "ROLLBACK"},
	[PG_CHECK] = {true, "SELECT pg_is_in_recovery() OR "
			    "current_setting('transaction_read_only') = 'on', "
			    "frozen_since() IS NOT NULL"},
	/* The rows (64) are read only where the snapshot isn't $1. */
	[PG_VERSION] = {true, "SELECT x.now, CASE WHEN x.now <> $1 THEN "
			      "(SELECT array_agg(xmin)::text FROM total) END FROM "
			      "(SELECT CASE WHEN NOT pg_is_in_recovery() THEN "
			      "pg_current_snapshot()::text END AS now OFFSET 0) x"},
	/* Told twice does no harm. It holds a lock of the whole database until its commit, so that
	 * mustn't wait for the disk. */
	[PG_NOTIFY] = {true, "SELECT pg_notify('kinglet_news', $1) "
			     "WHERE set_config('synchronous_commit', 'off', true) = 'off'"},
	/* 64 rows */
	[PG_TOTALS] = {true, "SELECT sum(users)::bigint, sum(posts)::bigint, sum(follows)::bigint, "
			     "sum(sessions)::bigint FROM total"},
	/* session_by_expiry: what was used since then has not expired; post: primary key */
	[PG_ACTIVE_USERS] = {true, "SELECT count(*) FROM (SELECT user_id FROM session "
				   "WHERE expires_ms >= $1 AND seen_ms >= $1 "
				   "UNION SELECT author_id FROM post WHERE id >= $2) x"},
	[PG_FILE_BYTES] = {true, "SELECT pg_database_size(current_database())"},
	[PG_NEXT_ID] = {false, "SELECT next_id($1)"},

	/* user.name_key: unique */
	[PG_USER_CREATE] =
		{false,
		 "WITH u AS (INSERT INTO \"user\" (id, name, name_key, email, pw_hash, role, "
		 "created_ms) SELECT next_id($7), $1::text, $2::text, $3::text, $4::text, "
		 "$5::bigint, $6::bigint WHERE NOT EXISTS "
		 "(SELECT 1 FROM old_name WHERE name_key = $2::text) "
		 "ON CONFLICT (name_key) DO NOTHING RETURNING id), "
		 "c AS (INSERT INTO user_count (user_id) SELECT id FROM u), "
		 "t AS (UPDATE total SET users = users + 1 WHERE " SLOT
		 "AND EXISTS (SELECT 1 FROM u)) "
		 "SELECT id FROM u"},
	/* user, user_count: primary keys */
	[PG_USER_BY_ID] = {true, "SELECT " USER_COLUMNS "FROM " USER_TABLES "WHERE u.id = $1"},
	/* user.name_key: unique */
	[PG_USER_BY_NAME] = {true,
			     "SELECT " USER_COLUMNS "FROM " USER_TABLES "WHERE u.name_key = $1"},
	/* user: primary key, ascending */
	[PG_USER_LIST] = {true, "SELECT " USER_COLUMNS
				"FROM (SELECT * FROM \"user\" WHERE id > $1 ORDER BY id " TOP
				") u, LATERAL (SELECT * FROM user_count WHERE user_id = u.id "
				"OFFSET 0) c ORDER BY u.id LIMIT $2"},
	/* user: primary key; whether there is such a person, whether the hash was the expected one
	 */
	[PG_USER_SET_PASSWORD] = {false,
				  "WITH u AS (UPDATE \"user\" SET pw_hash = $2 WHERE id = $1 "
				  "AND ($3 = '' OR pw_hash = $3) RETURNING id) "
				  "SELECT EXISTS (SELECT 1 FROM \"user\" WHERE id = $1), "
				  "EXISTS (SELECT 1 FROM u)"},
	[PG_USER_SET_ROLE] = {false, "UPDATE \"user\" SET role = $2 WHERE id = $1 RETURNING id"},
	[PG_USER_SET_LANGUAGE] = {false,
				  "UPDATE \"user\" SET language = $2 WHERE id = $1 RETURNING id"},
	/* user: primary key; from here to the commit nobody adds to this person */
	[PG_USER_LOCK] = {false, "SELECT id, state FROM \"user\" WHERE id = $1 FOR UPDATE"},
	/* follow, both ways; user_count: primary key, in the order of ids */
	[PG_USER_LOSE_FOLLOWS] =
		{false,
		 "WITH held AS (SELECT user_id FROM user_count WHERE user_id IN (SELECT $1::bigint "
		 "UNION SELECT followee_id FROM follow WHERE follower_id = $1 "
		 "UNION SELECT follower_id FROM follow WHERE followee_id = $1) "
		 "ORDER BY user_id FOR UPDATE), "
		 "gone AS (DELETE FROM follow WHERE (follower_id = $1 OR followee_id = $1) "
		 "AND (SELECT count(*) FROM held) > 0 RETURNING follower_id, followee_id), "
		 "change AS (SELECT id, sum(a) AS followers, sum(b) AS following FROM "
		 "(SELECT followee_id AS id, 1 AS a, 0 AS b FROM gone UNION ALL "
		 "SELECT follower_id, 0, 1 FROM gone) x GROUP BY id), "
		 "c AS (UPDATE user_count SET followers = user_count.followers - change.followers, "
		 "following = user_count.following - change.following, "
		 "follow_version = follow_version + 1 FROM change "
		 "WHERE user_count.user_id = change.id) "
		 "SELECT count(*) FROM gone"},
	/* post_by_author, session_by_user */
	[PG_USER_LOSE_REST] =
		{false,
		 "WITH p AS (DELETE FROM post WHERE author_id = $1 RETURNING flagged), "
		 "s AS (DELETE FROM session WHERE hash = ANY (ARRAY(SELECT hash FROM session "
		 "WHERE user_id = $1 ORDER BY hash FOR UPDATE)) RETURNING hash), "
		 "c AS (DELETE FROM user_count WHERE user_id = $1), "
		 "t AS (UPDATE total SET users = users - 1, "
		 "posts = posts - (SELECT count(*) FROM p WHERE NOT flagged), "
		 "follows = follows - $2, "
		 "sessions = sessions - (SELECT count(*) FROM s) WHERE " SLOT ") "
		 "SELECT count(*) FROM p"},
	[PG_USER_DELETE] = {false, "DELETE FROM \"user\" WHERE id = $1"},

	/*
	 * user, post, post_key, user_count: primary keys. One row: the new post, NULL where the key
	 * $7 was known; whether there are such an author and a post $5 to answer (0: to none), by
	 * nobody who blocks them or is blocked.
	 */
	[PG_POST_CREATE] =
		{false,
		 "WITH hear AS (SELECT id FROM \"user\" WHERE id = ANY (ARRAY("
		 "SELECT unnest($11::bigint[]) UNION ALL SELECT author_id FROM post "
		 "WHERE id = $5::bigint)) ORDER BY id FOR KEY SHARE), "
		 "who AS (SELECT id FROM \"user\" WHERE id = $1 AND state = 0 AND ($5::bigint "
		 "= 0 OR EXISTS "
		 "(SELECT 1 FROM post a WHERE a.id = $5::bigint AND NOT a.flagged AND NOT "
		 "EXISTS (SELECT 1 FROM block WHERE user_id = $1 AND other_id = a.author_id "
		 "UNION ALL SELECT 1 FROM block WHERE user_id = a.author_id AND other_id = "
		 "$1))) "
		 "AND (SELECT count(*) FROM hear) >= 0 FOR KEY SHARE), "
		 "old AS (DELETE FROM post_key WHERE author_id = $1 AND $7::text <> '' "
		 "AND key <> $7::text AND created_ms < $3::bigint - $8::bigint), "
		 "k AS (INSERT INTO post_key (author_id, key, created_ms) "
		 "SELECT id, $7::text, $3::bigint FROM who WHERE $7::text <> '' "
		 "ON CONFLICT (author_id, key) DO UPDATE SET created_ms = $3::bigint "
		 "WHERE post_key.created_ms < $3::bigint - $8::bigint RETURNING author_id), "
		 "c AS (UPDATE user_count SET posts = posts + 1 WHERE user_id = "
		 "(SELECT id FROM who WHERE $7::text = '' OR EXISTS (SELECT 1 FROM k)) "
		 "RETURNING user_id), "
		 "p AS (INSERT INTO post (id, author_id, text, created_ms, warning, "
		 "reply_to) SELECT next_id($4), user_id, $2::text, $3::bigint, $6::text, "
		 "$5::bigint FROM c RETURNING id), " INDEX_POST(
			 "$9", "$10") ", "
				      "t AS (UPDATE total SET posts = posts + 1 WHERE " SLOT
				      "AND EXISTS (SELECT 1 FROM c)), "
				      "n AS (SELECT notice_put(x.told, x.kind, $1, p.id, $3) AS "
				      "told FROM p, "
				      "(SELECT author_id AS told, 3 AS kind FROM post WHERE id = "
				      "$5::bigint UNION ALL "
				      "SELECT m, 2 FROM unnest($11::bigint[]) m WHERE m NOT IN "
				      "(SELECT author_id FROM post WHERE id = $5::bigint)) x) "
				      "SELECT (SELECT id FROM p), EXISTS (SELECT 1 FROM who), "
				      "(SELECT count(told) FROM n)"},
	/* post_by_reply */
	[PG_REPLY_LIST] = {true, "SELECT " POST_COLUMNS
				 "FROM (SELECT * FROM post WHERE reply_to = $1 AND reply_to <> 0 "
				 "AND NOT flagged AND id > $2 ORDER BY id " TOP
				 ") p ORDER BY p.id LIMIT $3"},
	/* post_by_reply, post_like_by_post, post_like: primary key; in the order of $1 */
	[PG_POST_MARKS] =
		{true, "SELECT (SELECT count(*) FROM (SELECT 1 FROM post r WHERE r.reply_to = x.id "
		       "AND r.reply_to <> 0 AND NOT r.flagged LIMIT $3) y), "
		       "(SELECT count(*) FROM (SELECT 1 FROM post_like l WHERE l.post_id = x.id "
		       "LIMIT $3) y), "
		       "EXISTS (SELECT 1 FROM post_like WHERE user_id = $2 AND post_id = x.id) "
		       "FROM unnest($1::bigint[]) WITH ORDINALITY AS x (id, place) "
		       "ORDER BY x.place"},
	/* user, post, post_like: primary keys; the person's row is held first */
	[PG_LIKE_SET] = {false,
			 "WITH who AS (SELECT id FROM \"user\" WHERE id IN ($1, (SELECT "
			 "author_id FROM post WHERE id = $2)) ORDER BY id FOR KEY SHARE), "
			 "what AS (SELECT id, author_id FROM post WHERE id = $2 AND NOT flagged "
			 "AND (SELECT count(*) FROM who WHERE id = $1) = 1 FOR KEY SHARE), "
			 "l AS (INSERT INTO post_like (user_id, post_id) SELECT $1::bigint, id "
			 "FROM what ON CONFLICT DO NOTHING RETURNING post_id), "
			 "n AS (SELECT notice_put(what.author_id, 4, $1, l.post_id, $3) AS told "
			 "FROM l, what) "
			 "SELECT (SELECT count(*) FROM what), (SELECT count(told) FROM n), "
			 "(SELECT author_id FROM what)"},
	[PG_LIKE_UNSET] = {false,
			   "WITH l AS (DELETE FROM post_like WHERE user_id = $1 AND post_id = $2 "
			   "RETURNING post_id), "
			   "n AS (SELECT notice_take(p.author_id, 4, $1, p.id) AS taken "
			   "FROM l, post p WHERE p.id = l.post_id) SELECT count(taken) FROM n"},
	/* post: primary key */
	[PG_POST_BY_ID] = {true, "SELECT " POST_COLUMNS "FROM post p WHERE p.id = $1"},
	/* post, user_count: primary keys */
	[PG_POST_DELETE] =
		{false, "WITH held AS (SELECT user_id FROM user_count WHERE user_id = "
			"(SELECT author_id FROM post WHERE id = $1) FOR UPDATE), "
			"p AS (DELETE FROM post WHERE id = $1 "
			"AND author_id = (SELECT user_id FROM held) RETURNING author_id, flagged), "
			"c AS (UPDATE user_count SET posts = user_count.posts - 1 FROM p "
			"WHERE user_id = p.author_id AND NOT p.flagged), "
			"t AS (UPDATE total SET posts = posts - 1 WHERE " SLOT
			"AND EXISTS (SELECT 1 FROM p WHERE NOT p.flagged)), "
			"n AS (DELETE FROM notice WHERE (user_id, id) IN (SELECT user_id, id "
			"FROM notice WHERE post_id = $1 AND post_id > 0 "
			"AND EXISTS (SELECT 1 FROM p) ORDER BY user_id, id FOR UPDATE)) "
			"SELECT author_id FROM p"},
	/* post: primary key; all of the ids in $1 or none: a row comes for the first unknown one */
	[PG_POST_SET_FLAGGED] =
		{false,
		 "WITH author AS (SELECT id, state IN (1, 3) AS hidden FROM \"user\" WHERE id IN "
		 "(SELECT author_id FROM post WHERE id = ANY ($1)) ORDER BY id FOR KEY SHARE), "
		 "held AS (SELECT user_id FROM user_count WHERE user_id IN "
		 "(SELECT id FROM author) ORDER BY user_id FOR UPDATE), "
		 "known AS (SELECT id, author_id, flagged, (SELECT hidden FROM author "
		 "WHERE author.id = author_id) AS hidden FROM post WHERE id = ANY ($1) "
		 "AND (SELECT count(*) FROM held) > 0 ORDER BY id FOR UPDATE), "
		 "missing AS (SELECT x.id FROM unnest($1) WITH ORDINALITY AS x (id, place) "
		 "WHERE x.id NOT IN (SELECT id FROM known) ORDER BY x.place LIMIT 1), "
		 "p AS (UPDATE post SET flagged = $2 WHERE id IN "
		 "(SELECT id FROM known WHERE flagged <> $2 AND NOT hidden) "
		 "AND NOT EXISTS (SELECT 1 FROM missing) RETURNING author_id), "
		 "kept AS (INSERT INTO flag_kept (post_id, author_id) SELECT id, author_id FROM "
		 "known WHERE hidden AND $2 AND NOT EXISTS (SELECT 1 FROM missing) "
		 "ON CONFLICT DO NOTHING), "
		 "freed AS (DELETE FROM flag_kept WHERE NOT $2 AND post_id IN (SELECT id FROM "
		 "known WHERE hidden) AND NOT EXISTS (SELECT 1 FROM missing)), "
		 "change AS (SELECT author_id, count(*) * CASE WHEN $2 THEN -1 ELSE 1 END AS posts "
		 "FROM p GROUP BY author_id), "
		 "c AS (UPDATE user_count SET posts = user_count.posts + change.posts "
		 "FROM change WHERE user_count.user_id = change.author_id), "
		 "h AS (UPDATE history SET value = value + 1 WHERE NOT $2 "
		 "AND EXISTS (SELECT 1 FROM change) RETURNING value), "
		 "t AS (UPDATE total SET posts = posts + (SELECT sum(posts) FROM change) "
		 "WHERE " SLOT "AND EXISTS (SELECT 1 FROM change) "
		 "AND (SELECT count(*) FROM h) >= 0) "
		 "SELECT id FROM missing"},
	/* post: primary key, ascending */
	[PG_POST_LIST_ALL] = {true, "SELECT " POST_COLUMNS
				    "FROM (SELECT * FROM post WHERE id > $1 ORDER BY id " TOP
				    ") p ORDER BY p.id LIMIT $2"},
	/* post_public */
	[PG_PUBLIC_DOWN] = {true, PAGE("p.id <= $1 AND NOT p.flagged",
				       "p.id >= $3 AND NOT p.flagged", "DESC", "ASC")},
	[PG_PUBLIC_UP] = {true, PAGE("p.id >= $1 AND NOT p.flagged", "p.id <= $3 AND NOT p.flagged",
				     "ASC", "DESC")},
	/* post_by_author */
	[PG_AUTHOR_DOWN] = {true, PAGE("p.author_id = $4 AND p.id <= $1 AND NOT p.flagged",
				       "p.author_id = $4 AND p.id >= $3 AND NOT p.flagged", "DESC",
				       "ASC")},
	[PG_AUTHOR_UP] = {true,
			  PAGE("p.author_id = $4 AND p.id >= $1 AND NOT p.flagged",
			       "p.author_id = $4 AND p.id <= $3 AND NOT p.flagged", "ASC", "DESC")},
/*
 * Home timelines (docs/timelines.md). The newest ids from a place on, two ways:
 *
 * The authors are whom the person follows, and the person, once. (UNION would sort them out by a
 * hash of all, which took a third of the time with 5,000.)
 *
 *  - walk: through everybody's posts, in post_public, at most about twice as many as there are
 *    authors. Any bound is right, since what the walk doesn't find the heads do;
 *    (IS TRUE keeps the question whose post it is from becoming a join, which would lose the
 *    order);
 *  - heads: where that was not enough, the newest post of each author, in post_by_author, and then
 *    more of those authors whose newest are the best: no other can have one among the wanted.
 *
 * $1 the first id that may be, $2 how many, $4 the person.
 */
#define HOME_AUTHORS                                                                           \
	"author AS MATERIALIZED (SELECT followee_id AS id FROM follow WHERE follower_id = $4 " \
	"UNION ALL SELECT $4::bigint WHERE NOT EXISTS (SELECT 1 FROM follow "                  \
	"WHERE follower_id = $4 AND followee_id = $4)) "
#define HOME_IDS(from, order)                                                                    \
	"walk AS MATERIALIZED (SELECT id FROM (SELECT id, author_id FROM post p "                \
	"WHERE NOT flagged AND " from " ORDER BY id " order                                      \
	" LIMIT (SELECT 2 * (coalesce(sum(following), 0) + 1) FROM user_count "                  \
	"WHERE user_id = $4)::bigint) p "                                                        \
	"WHERE (author_id IN (SELECT id FROM author)) IS TRUE ORDER BY id " order " LIMIT $2), " \
	"head AS MATERIALIZED (SELECT a.id AS author_id FROM author a, LATERAL "                 \
	"(SELECT p.id FROM post p WHERE p.author_id = a.id AND NOT p.flagged AND " from          \
	" ORDER BY p.id " order " LIMIT 1) h WHERE (SELECT count(*) FROM walk) < $2 "            \
	"ORDER BY h.id " order " LIMIT $2), "                                                    \
	"wanted AS MATERIALIZED (SELECT id FROM walk WHERE (SELECT count(*) FROM walk) >= $2 "   \
	"UNION ALL SELECT * FROM (SELECT x.id FROM head a, LATERAL (SELECT p.id FROM post p "    \
	"WHERE p.author_id = a.author_id AND NOT p.flagged AND " from " ORDER BY p.id " order    \
	" LIMIT $2) x ORDER BY x.id " order " LIMIT $2) y) "
/* A page as PAGE() has it. That there is something behind mostly shows the post at the cursor. */
#define HOME(from, behind, order)                                                                 \
	"WITH " HOME_AUTHORS ", " HOME_IDS(                                                       \
		from,                                                                             \
		order) "SELECT b.behind, p.* FROM (SELECT EXISTS (SELECT 1 FROM post WHERE id = " \
		       "$3 "                                                                      \
		       "AND NOT flagged AND author_id IN (SELECT id FROM author)) OR "            \
		       "EXISTS (SELECT 1 FROM author a, LATERAL "                                 \
		       "(SELECT 1 FROM post p WHERE p.author_id = a.id AND NOT p.flagged "        \
		       "AND " behind                                                              \
		       " LIMIT 1) x) AS behind) b LEFT JOIN LATERAL (SELECT " POST_COLUMNS        \
		       "FROM wanted, "                                                            \
		       "LATERAL (SELECT * FROM post WHERE id = wanted.id OFFSET 0) p) p ON true " \
		       "ORDER BY p.id " order
	/* follow, user: primary keys; post_public, post_by_author */
	[PG_HOME_DOWN] = {true,
			  HOME("p.id <= $1", "p.id >= $3 AND $3 < 9223372036854775807", "DESC")},
	[PG_HOME_UP] = {true, HOME("p.id >= $1", "p.id <= $3", "ASC")},

/*
 * Which run of which server this is: the start of the server, and of its statistics, which begin
 * anew when it recovers from a crash. And what changes where old posts come to light.
 */
#define HOME_ERA                                                                           \
	"(extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint # "            \
	"(extract(epoch FROM pg_stat_get_bgwriter_stat_reset_time()) * 1000000)::bigint, " \
	"(SELECT value FROM history), "
	/*
	 * A struct home_news for person $1, of posts above $2, with a horizon where $3 says so; and
	 * the version of whom they follow. One row, where there is such a person. post_public,
	 * user_count: primary key.
	 */
	[PG_HOME_NEWS] =
		{true,
		 "WITH s AS MATERIALIZED (SELECT pg_current_snapshot() AS s) "
		 "SELECT " HOME_ERA "follow_version, "
		 "pg_snapshot_xmax(s)::text::bigint - (SELECT count(*) FROM pg_snapshot_xip(s)), "
		 "pg_snapshot_xmin(s)::text::bigint, h.id, h.xid, n.ids, n.author_ids "
		 "FROM s, user_count LEFT JOIN LATERAL (SELECT * FROM horizon() WHERE $3) h ON "
		 "true, "
		 "(SELECT array_agg(id ORDER BY id) AS ids, array_agg(author_id ORDER BY id) "
		 "AS author_ids FROM (SELECT id, author_id FROM post WHERE id > $2 AND NOT flagged "
		 "ORDER BY id DESC LIMIT 1000) p) n WHERE user_id = $1"},
	/* A whole timeline's beginning, to be remembered: $1, $2, $4 as above, $3 the person too.
	 */
	[PG_HOME_BUILD] = {true,
			   "WITH " HOME_AUTHORS ", " HOME_IDS(
				   "p.id <= $1",
				   "DESC") "SELECT " HOME_ERA "follow_version, "
					   "(SELECT array_agg(id ORDER BY id) FROM author), "
					   "(SELECT array_agg(id ORDER BY id DESC) FROM wanted) "
					   "FROM user_count WHERE user_id = $3"},
	/* post: primary key. The posts $2, newest first, with the version of whom $1 follows. */
	[PG_HOME_ROWS] = {true, "SELECT (SELECT follow_version FROM user_count "
				"WHERE user_id = $1), " POST_COLUMNS
				"FROM post p WHERE id = ANY ($2) AND NOT flagged ORDER BY id DESC"},

	/* user, user_count, follow, block: primary keys; whether both people exist, the row is new,
	 * one has blocked the other. The block is looked for when the people are held, with
	 * eyes of its own: one that this statement has waited for isn't in its snapshot. */
	[PG_FOLLOW_CREATE] =
		{false,
		 "WITH people AS (SELECT id FROM \"user\" WHERE id IN ($1, $2) "
		 "ORDER BY id FOR KEY SHARE), "
		 "known AS (SELECT count(*) = CASE WHEN $1 = $2 THEN 1 ELSE 2 END AS both_are "
		 "FROM people), "
		 "barred AS MATERIALIZED (SELECT blocked_between($1, $2) AS barred FROM known), "
		 "f AS (INSERT INTO follow (follower_id, followee_id) SELECT $1::bigint, "
		 "$2::bigint FROM known, barred "
		 "WHERE both_are AND NOT barred "
		 "ON CONFLICT DO NOTHING RETURNING follower_id), "
		 "held AS (SELECT user_id FROM user_count WHERE user_id IN ($1, $2) "
		 "AND EXISTS (SELECT 1 FROM f) ORDER BY user_id FOR UPDATE), "
		 "c AS (UPDATE user_count SET "
		 "following = following + CASE WHEN user_id = $1 THEN 1 ELSE 0 END, "
		 "follow_version = follow_version + CASE WHEN user_id = $1 THEN 1 ELSE 0 END, "
		 "followers = followers + CASE WHEN user_id = $2 THEN 1 ELSE 0 END "
		 "WHERE user_id IN ($1, $2) AND (SELECT count(*) FROM held) > 0), "
		 "t AS (UPDATE total SET follows = follows + 1 WHERE " SLOT
		 "AND (SELECT count(*) FROM held) > 0), "
		 "n AS (SELECT notice_put($2, 1, $1, 0, $3) AS told FROM f "
		 "WHERE (SELECT count(*) FROM held) > 0) "
		 "SELECT both_are, EXISTS (SELECT 1 FROM f), coalesce((SELECT told FROM n), "
		 "false), "
		 "barred FROM known, barred"},
	[PG_FOLLOW_DELETE] =
		{false, "WITH held AS (SELECT user_id FROM user_count WHERE user_id IN ($1, $2) "
			"ORDER BY user_id FOR UPDATE), "
			"f AS (DELETE FROM follow WHERE follower_id = $1 AND followee_id = $2 "
			"AND (SELECT count(*) FROM held) > 0 RETURNING follower_id), "
			"c AS (UPDATE user_count SET "
			"following = following - CASE WHEN user_id = $1 THEN 1 ELSE 0 END, "
			"follow_version = follow_version + CASE WHEN user_id = $1 THEN 1 ELSE 0 "
			"END, "
			"followers = followers - CASE WHEN user_id = $2 THEN 1 ELSE 0 END "
			"WHERE user_id IN ($1, $2) AND EXISTS (SELECT 1 FROM f)), "
			"t AS (UPDATE total SET follows = follows - 1 WHERE " SLOT
			"AND EXISTS (SELECT 1 FROM f)), "
			"n AS (SELECT count(notice_take($2, 1, $1, 0)) AS taken FROM f) "
			"SELECT taken FROM n"},
	/* follow: primary key */
	[PG_FOLLOW_EXISTS] =
		{true, "SELECT 1::bigint FROM follow WHERE follower_id = $1 AND followee_id = $2"},
#define PEOPLE(mine, other)                                                           \
	"SELECT " USER_COLUMNS "FROM (SELECT " other " AS id FROM follow WHERE " mine \
	" = $1 AND " other " < $2 ORDER BY " other " DESC " TOP ") f, LATERAL "       \
	"(SELECT * FROM \"user\" WHERE id = f.id OFFSET 0) u, LATERAL "               \
	"(SELECT * FROM user_count WHERE user_id = f.id OFFSET 0) c ORDER BY f.id DESC LIMIT $3"
	/* follow: primary key */
	[PG_FOLLOWING_LIST] = {true, PEOPLE("follower_id", "followee_id")},
	/* follow_by_followee */
	[PG_FOLLOWER_LIST] = {true, PEOPLE("followee_id", "follower_id")},

#define SESSION_COLUMNS "s.hash, s.user_id, s.created_ms, s.seen_ms, s.expires_ms, s.user_agent "
	/* session, user: primary keys */
	[PG_SESSION_CREATE] =
		{false,
		 "WITH u AS (SELECT id FROM \"user\" WHERE id = $2 AND state = 0 FOR KEY SHARE), "
		 "s AS (INSERT INTO session (hash, user_id, created_ms, seen_ms, expires_ms, "
		 "user_agent) SELECT $1::bytea, id, $3::bigint, $4::bigint, $5::bigint, $6::text "
		 "FROM u ON CONFLICT DO NOTHING RETURNING hash), "
		 "t AS (UPDATE total SET sessions = sessions + 1 "
		 "WHERE " SLOT "AND EXISTS (SELECT 1 FROM s)) "
		 "SELECT EXISTS (SELECT 1 FROM u), EXISTS (SELECT 1 FROM s)"},
	/* session, user, user_count: primary keys */
	[PG_SESSION_FIND] = {true, "SELECT " USER_COLUMNS ", " SESSION_COLUMNS
				   "FROM session s JOIN \"user\" u ON u.id = s.user_id "
				   "JOIN user_count c ON c.user_id = u.id "
				   "WHERE s.hash = $1 AND s.expires_ms > $2"},
	[PG_SESSION_TOUCH] = {false, "UPDATE session SET seen_ms = $2, expires_ms = $3 "
				     "WHERE hash = $1"},
	/* session_by_user */
	[PG_SESSION_LIST] = {true, "SELECT " SESSION_COLUMNS "FROM session s WHERE s.user_id = $1 "
				   "AND s.expires_ms > $2 ORDER BY s.created_ms DESC, s.hash DESC "
				   "LIMIT 1000"},
#define SESSION_DELETE(which)                                                    \
	"WITH s AS (DELETE FROM session WHERE " which " RETURNING hash), "       \
	"t AS (UPDATE total SET sessions = sessions - (SELECT count(*) FROM s) " \
	"WHERE " SLOT "AND EXISTS (SELECT 1 FROM s)) SELECT count(*) FROM s"
#define SESSIONS_DELETE(which) \
	SESSION_DELETE("hash = ANY (ARRAY(SELECT hash FROM session WHERE " which "))")
	/* session: primary key */
	[PG_SESSION_DELETE] = {false, SESSION_DELETE("hash = $1")},
	/* session_by_user; no hash is empty */
	[PG_SESSION_DELETE_ALL] = {false, SESSIONS_DELETE("user_id = $1 AND hash <> $2 "
							  "ORDER BY hash FOR UPDATE")},
	/* session_by_user: all but $2 and the newest $3 others go. A statement of its own: what
	 * others began at the same time is seen by whoever comes last. */
	[PG_SESSION_TRIM] =
		{false,
		 SESSIONS_DELETE("hash = ANY (ARRAY(SELECT hash FROM session WHERE user_id = $1 "
				 "AND hash <> $2 ORDER BY created_ms DESC, hash DESC OFFSET $3)) "
				 "ORDER BY hash FOR UPDATE")},
	/* session_by_expiry; some at a time, and those that others hold are left for later */
	[PG_SESSION_EXPIRE] = {false,
			       SESSIONS_DELETE("expires_ms <= $1 ORDER BY expires_ms LIMIT $2 "
					       "FOR UPDATE SKIP LOCKED")},

/* notice: primary key, descending; user, post, notice_state, block, mute: primary keys. A warning
 * (6) comes from a moderator, whom a block doesn't silence. */
#define NOTICES_READ "coalesce((SELECT read_upto_id FROM notice_state WHERE user_id = $1), 0) "
#define NOTICES_SEEN                                                                             \
	"LEFT JOIN LATERAL (SELECT text, warning, flagged FROM post WHERE id = n.post_id "       \
	"OFFSET 0) p ON true, LATERAL (SELECT name, display, state, avatar FROM \"user\" WHERE " \
	"id = "                                                                                  \
	"n.actor_id OFFSET 0) u WHERE u.state = 0 AND (n.post_id = 0 OR NOT p.flagged) "         \
	"AND (n.kind = 6 OR NOT EXISTS (SELECT 1 FROM block WHERE user_id = $1 AND other_id = "  \
	"n.actor_id UNION ALL SELECT 1 FROM block WHERE user_id = n.actor_id AND other_id = $1 " \
	"UNION ALL SELECT 1 FROM mute WHERE user_id = $1 AND other_id = n.actor_id)) "
	[PG_NOTICE_LIST] =
		{true,
		 "SELECT n.id, n.kind, n.actor_id, u.name, n.post_id, "
		 "coalesce(left(coalesce(nullif(p.warning, ''), p.text), 160), ''), n.created_ms, "
		 "n.id > " NOTICES_READ
		 ", u.avatar, u.display FROM (SELECT * FROM notice WHERE user_id = $1 AND id < $2 "
		 "ORDER BY id DESC " TOP ") n " NOTICES_SEEN
		 "AND ($3::bigint >> n.kind::integer) & 1 = 1 ORDER BY n.id DESC LIMIT $4"},
	[PG_NOTICE_UNREAD] = {true, "SELECT count(*) FROM (SELECT 1 FROM (SELECT * FROM notice "
				    "WHERE user_id = $1 AND id > " NOTICES_READ
				    "ORDER BY id DESC " TOP ") n " NOTICES_SEEN "LIMIT 100) n"},
	/* notice_setting: primary key */
	[PG_NOTICE_CHOSEN] = {true, "SELECT mask FROM notice_setting WHERE user_id = $1"},
	/* user, notice_state: primary keys */
	[PG_NOTICE_READ] =
		{false, "INSERT INTO notice_state (user_id, read_upto_id) SELECT id, $2::bigint "
			"FROM \"user\" WHERE id = $1 FOR KEY SHARE "
			"ON CONFLICT (user_id) DO UPDATE SET read_upto_id = "
			"greatest(notice_state.read_upto_id, excluded.read_upto_id)"},
	/* user, notice_setting: primary keys */
	[PG_NOTICE_CHOOSE] = {false, "INSERT INTO notice_setting (user_id, mask) SELECT id, "
				     "$2::bigint FROM \"user\" WHERE id = $1 FOR KEY SHARE "
				     "ON CONFLICT (user_id) DO UPDATE SET mask = excluded.mask"},
	[PG_NOTICE_TRIM] = {false, "SELECT 1::bigint FROM notice_trim($1)"},
	/* notice: primary key, notice_once, notice_by_post with post_by_author; the others'
	 * primary keys. The person is locked already, and nobody waits for another's notices. */
	[PG_NOTICE_LOSE] = {false,
			    "WITH gone AS MATERIALIZED ("
			    "SELECT user_id, id FROM notice WHERE user_id = $1 UNION "
			    "SELECT user_id, id FROM notice WHERE actor_id = $1 UNION "
			    "SELECT n.user_id, n.id FROM post p, notice n WHERE p.author_id = $1 "
			    "AND n.post_id = p.id AND n.post_id > 0), "
			    "held AS (SELECT user_id, id FROM notice WHERE (user_id, id) IN "
			    "(SELECT user_id, id FROM gone) ORDER BY user_id, id FOR UPDATE), "
			    "n AS (DELETE FROM notice WHERE (user_id, id) IN "
			    "(SELECT user_id, id FROM held)), "
			    "s AS (DELETE FROM notice_state WHERE user_id = $1) "
			    "DELETE FROM notice_setting WHERE user_id = $1"},

	/* sample: primary key */
	/* History waits for neither disk nor replica: a node that ends writes its last sample. */
	[PG_SAMPLE_PUT] =
		{false,
		 "INSERT INTO sample (resolution_s, at_s, node, data) "
		 "SELECT $1, $2, $3, $4::text::jsonb "
		 "WHERE set_config('synchronous_commit', 'off', true) IS NOT NULL "
		 "ON CONFLICT (resolution_s, at_s, node) DO UPDATE SET data = EXCLUDED.data"},
	/* sample: primary key, in its order */
	[PG_SAMPLE_LIST] = {true, "SELECT resolution_s, at_s, node, data::text FROM sample "
				  "WHERE resolution_s = $1 AND at_s >= $2 AND at_s < $4 "
				  "AND (at_s, node) > ($2, $3) ORDER BY at_s, node LIMIT $5"},
	[PG_SAMPLE_TRIM] = {false, "DELETE FROM sample WHERE resolution_s = $1 AND at_s < $2"},
	/* post: primary key, descending, a bounded number of rows; user: primary key */
	[PG_RECENT_SUMMARY] =
		{true, "SELECT (sum(x.n) OVER ())::bigint, (sum(x.hidden) OVER ())::bigint, "
		       "x.author_id, (SELECT u.name FROM \"user\" u WHERE u.id = x.author_id), "
		       "x.n - x.hidden FROM (SELECT author_id, count(*) AS n, "
		       "count(*) FILTER (WHERE flagged) AS hidden FROM (SELECT author_id, "
		       "flagged FROM post WHERE id >= $1 ORDER BY id DESC LIMIT 10000) p "
		       "GROUP BY author_id) x ORDER BY 5 DESC, x.author_id LIMIT $2"},
	[PG_RECENT_FLAGGED] = {true, "SELECT " POST_COLUMNS
				     "FROM (SELECT * FROM post ORDER BY id DESC LIMIT 10000) p "
				     "WHERE p.flagged AND (SELECT u.state FROM \"user\" u "
				     "WHERE u.id = p.author_id) IN (0, 2) "
				     "ORDER BY p.id DESC LIMIT $1"},

/*
 * A page of posts that something else than `post` finds: $1 to $3 as those of PAGE, `rows` and
 * `behind` give their ids.
 */
#define PAGE_OF(rows, behind, order)                                                 \
	"SELECT b.behind, p.* FROM (SELECT EXISTS (" behind ") AS behind) b "        \
	"LEFT JOIN LATERAL (SELECT " POST_COLUMNS "FROM (" rows ") x (id), LATERAL " \
	"(SELECT * FROM post WHERE id = x.id OFFSET 0) p ORDER BY p.id " order       \
	" LIMIT $2) p ON true ORDER BY p.id " order
/* see db/postgres/0009_search.sql; $4 what matches, in the ids from $5 to $6 */
#define SEARCH(low, high, wanted, up) \
	"SELECT * FROM search_posts($4::text::tsquery, " low ", " high ", " wanted ", " up ")"
	[PG_SEARCH_DOWN] = {true, PAGE_OF(SEARCH("$5::bigint", "least($1::bigint, $6::bigint)",
						 "$2::bigint", "false"),
					  SEARCH("greatest($3::bigint, $5::bigint)", "$6::bigint",
						 "1", "true"),
					  "DESC")},
	[PG_SEARCH_UP] = {true, PAGE_OF(SEARCH("greatest($1::bigint, $5::bigint)", "$6::bigint",
					       "$2::bigint", "true"),
					SEARCH("$5::bigint", "least($3::bigint, $6::bigint)", "1",
					       "false"),
					"ASC")},
	/* user.name_key: unique; user_count: primary key */
	[PG_PEOPLE_BEGIN] = {true,
			     "SELECT " USER_COLUMNS
			     "FROM (SELECT * FROM \"user\" WHERE name_key >= $1 AND name_key < $2 "
			     "AND state = 0 ORDER BY name_key " TOP ") u, LATERAL "
			     "(SELECT * FROM user_count WHERE user_id = u.id OFFSET 0) c "
			     "ORDER BY u.name_key LIMIT $3"},
	/* follow, user, user_count: primary keys */
	[PG_PEOPLE_FOLLOWED] =
		{true, "SELECT " USER_COLUMNS
		       "FROM (SELECT followee_id FROM follow WHERE follower_id = $4 OFFSET 0) f, "
		       "LATERAL (SELECT * FROM \"user\" WHERE id = f.followee_id OFFSET 0) u, "
		       "LATERAL (SELECT * FROM user_count WHERE user_id = u.id OFFSET 0) c "
		       "WHERE u.name_key >= $1 AND u.name_key < $2 AND u.state = 0 "
		       "ORDER BY u.id LIMIT $3"},
#define TAGGED(which, order)                                               \
	"SELECT t.post_id FROM post_tag t WHERE t.tag_key = $4 AND " which \
	" AND (SELECT NOT p.flagged FROM post p WHERE p.id = t.post_id) "  \
	"ORDER BY t.post_id " order
	/* post_tag: primary key */
	[PG_TAG_DOWN] = {true, PAGE_OF(TAGGED("t.post_id <= $1", "DESC " TOP),
				       TAGGED("t.post_id >= $3", "ASC LIMIT 1"), "DESC")},
	[PG_TAG_UP] = {true, PAGE_OF(TAGGED("t.post_id >= $1", "ASC " TOP),
				     TAGGED("t.post_id <= $3", "DESC LIMIT 1"), "ASC")},
	/* one row; one node works, the others get none */
	[PG_SEARCH_CHECKED] = {false, "SELECT checked FROM search_state FOR UPDATE SKIP LOCKED"},
	/* post, post_index: primary keys */
	[PG_SEARCH_UNCHECKED] =
		{true, "SELECT p.id, p.author_id, p.text, (SELECT true FROM post_index i WHERE "
		       "i.post_id = p.id) IS TRUE FROM post p WHERE p.id > $1 AND p.id < $2 "
		       "ORDER BY p.id LIMIT 200"},
	/* of each post in $1 the words in a line of $2 and the tags in a line of $3; $4 is checked
	 */
	[PG_SEARCH_FILL] =
		{false, "WITH x AS (SELECT x.* FROM unnest($1::bigint[], "
			"string_to_array($2::text, E'\n'), string_to_array($3::text, E'\n')) "
			"AS x (id, words, tags)), "
			"p AS MATERIALIZED (SELECT id FROM post WHERE id IN (SELECT id FROM x) "
			"ORDER BY id FOR KEY SHARE), "
			"i AS (INSERT INTO post_index (post_id, tokens) SELECT x.id, "
			"x.words::tsvector FROM x JOIN p ON p.id = x.id ON CONFLICT DO NOTHING), "
			"tag AS (INSERT INTO post_tag (tag_key, post_id) SELECT t.tag, x.id FROM x "
			"JOIN p ON p.id = x.id, unnest(string_to_array(x.tags, ' ')) AS t (tag) "
			"WHERE t.tag <> '' ON CONFLICT DO NOTHING) "
			"UPDATE search_state SET checked = $4"},

	/* One row. It is durable with the next write of the same thread, so this commit need not
	 * wait for the disk: the setting lasts for its transaction only. */
	[PG_LATEST_SET] = {false, "UPDATE latest SET value = $1 "
				  "WHERE set_config('synchronous_commit', 'off', true) = 'off'"},
	[PG_LATEST_GET] = {true, "SELECT value FROM latest"},
	/* user: primary key */
	[PG_ACCOUNT_SET_EMAIL] = {false,
				  "UPDATE \"user\" SET email = $2 WHERE id = $1 RETURNING id"},

#include "store/postgres/pg_statement_bulk.inc"
#include "store/postgres/pg_statement_moderation.inc"
#include "store/postgres/pg_statement_mail.inc"
	/* user: primary key, name_key; old_name: primary key, old_name_by_user. Three answers:
	 * whether there is such a person, the name is somebody else's, the last change is too
	 * recent. */
	[PG_ACCOUNT_RENAME] =
		{false,
		 "WITH me AS (SELECT id, name_key FROM \"user\" WHERE id = $1 FOR UPDATE), "
		 "taken AS (SELECT 1 FROM \"user\" WHERE name_key = $3 AND id <> $1 UNION ALL "
		 "SELECT 1 FROM old_name WHERE name_key = $3 AND user_id <> $1), "
		 "recent AS (SELECT 1 FROM old_name WHERE user_id = $1 AND until_ms > $5), "
		 "may AS (SELECT id, name_key FROM me WHERE NOT EXISTS (SELECT 1 FROM taken) "
		 "AND NOT EXISTS (SELECT 1 FROM recent)), "
		 "kept AS (INSERT INTO old_name (name_key, user_id, until_ms) "
		 "SELECT name_key, id, $4 FROM may "
		 "ON CONFLICT (name_key) DO UPDATE SET until_ms = $4), "
		 "named AS (UPDATE \"user\" SET name = $2, name_key = $3 "
		 "WHERE id = (SELECT id FROM may)) "
		 "SELECT EXISTS (SELECT 1 FROM me), EXISTS (SELECT 1 FROM taken), "
		 "EXISTS (SELECT 1 FROM recent)"},
	/* old_name: primary key */
	[PG_OLD_NAME_GET] = {true, "SELECT user_id FROM old_name WHERE name_key = $1"},
	/* ticket: primary key */
	[PG_TICKET_PUT] = {false,
			   "INSERT INTO ticket (hash, user_id, kind, expires_ms) "
			   "VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING user_id"},
	[PG_TICKET_FIND] = {true, "SELECT user_id FROM ticket WHERE hash = $1 "
				  "AND kind = $2 AND expires_ms > $3"},
	[PG_TICKET_TAKE] = {false, "DELETE FROM ticket WHERE hash = $1 AND kind = $2 "
				   "AND expires_ms > $3 RETURNING user_id"},
	/* ticket_by_user */
	[PG_TICKET_COUNT] = {true, "SELECT count(*) FROM ticket WHERE user_id = $1 AND kind = $2"},
	[PG_TICKET_DROP] = {false, "DELETE FROM ticket WHERE user_id = $1 AND kind = $2"},
	/* ticket_by_expiry */
	[PG_TICKET_EXPIRE] = {false, "DELETE FROM ticket WHERE expires_ms <= $1"},
	/* totp: primary key */
	[PG_TOTP_GET] = {true, "SELECT secret, last_step, confirmed FROM totp WHERE user_id = $1"},
	[PG_TOTP_BEGIN] = {false, "INSERT INTO totp (user_id, secret, last_step, confirmed) "
				  "VALUES ($1, $2, 0, 0) ON CONFLICT (user_id) DO UPDATE "
				  "SET secret = $2, last_step = 0 WHERE totp.confirmed = 0 "
				  "RETURNING user_id"},
	[PG_TOTP_USE] = {false, "UPDATE totp SET last_step = $2, confirmed = 1 "
				"WHERE user_id = $1 AND last_step < $2 RETURNING user_id"},
	[PG_TOTP_DELETE] = {false, "DELETE FROM totp WHERE user_id = $1"},
	/* block: primary key, block_by_other; mute: primary key. The numbers are enum unseen_why.
	 */
	[PG_UNSEEN_LIST] = {true,
			    "SELECT other_id, 1::bigint FROM block WHERE user_id = $1 UNION ALL "
			    "SELECT user_id, 2::bigint FROM block WHERE other_id = $1 UNION ALL "
			    "SELECT other_id, 4::bigint FROM mute WHERE user_id = $1"},
	/* block, mute: primary keys */
	[PG_BLOCK_LIST] = {true, "SELECT " USER_COLUMNS
				 "FROM (SELECT other_id AS id FROM block WHERE user_id = $1 "
				 "AND other_id < $2 ORDER BY other_id DESC " TOP ") f, LATERAL "
				 "(SELECT * FROM \"user\" WHERE id = f.id OFFSET 0) u, LATERAL "
				 "(SELECT * FROM user_count WHERE user_id = f.id OFFSET 0) c "
				 "ORDER BY f.id DESC LIMIT $3"},
	[PG_MUTE_LIST] = {true, "SELECT " USER_COLUMNS
				"FROM (SELECT other_id AS id FROM mute WHERE user_id = $1 "
				"AND other_id < $2 ORDER BY other_id DESC " TOP ") f, LATERAL "
				"(SELECT * FROM \"user\" WHERE id = f.id OFFSET 0) u, LATERAL "
				"(SELECT * FROM user_count WHERE user_id = f.id OFFSET 0) c "
				"ORDER BY f.id DESC LIMIT $3"},
	/*
	 * follow: primary key; post_public, from its end; the few hundred people found there are
	 * sorted
	 */
	[PG_SUGGESTIONS] =
		{true,
		 "WITH near AS (SELECT g.followee_id AS id FROM (SELECT followee_id FROM follow "
		 "WHERE follower_id = $1 ORDER BY followee_id DESC LIMIT 100) f, LATERAL "
		 "(SELECT followee_id FROM follow WHERE follower_id = f.followee_id OFFSET 0) g "
		 "LIMIT 5000), "
		 "lately AS (SELECT author_id AS id FROM post WHERE NOT flagged "
		 "ORDER BY post.id DESC LIMIT 500), "
		 "candidate AS MATERIALIZED (SELECT id, sum(tie) AS ties FROM (SELECT id, 1 AS tie "
		 "FROM near UNION ALL SELECT id, 0 FROM lately) x GROUP BY id) "
		 "SELECT " USER_COLUMNS "FROM candidate x, LATERAL "
		 "(SELECT * FROM \"user\" WHERE id = x.id OFFSET 0) u, LATERAL "
		 "(SELECT * FROM user_count WHERE user_id = x.id OFFSET 0) c "
		 "WHERE u.state = 0 AND u.id <> $1 AND u.id < $2 AND NOT EXISTS "
		 "(SELECT 1 FROM follow WHERE follower_id = $1 AND followee_id = u.id "
		 "UNION ALL SELECT 1 FROM block WHERE user_id = $1 AND other_id = u.id "
		 "UNION ALL SELECT 1 FROM block WHERE user_id = u.id AND other_id = $1 "
		 "UNION ALL SELECT 1 FROM mute WHERE user_id = $1 AND other_id = u.id) "
		 "ORDER BY x.ties DESC, c.followers DESC, u.id LIMIT $3"},
	/* follow: primary key; in the order of $2 */
	[PG_FOLLOW_MARKS] = {true, "SELECT EXISTS (SELECT 1 FROM follow WHERE follower_id = $1 "
				   "AND followee_id = x.id) FROM unnest($2::bigint[]) "
				   "WITH ORDINALITY AS x (id, place) ORDER BY x.place"},
	/* user: primary key; from here to the commit nobody begins to follow these two */
	[PG_BLOCK_LOCK] = {false,
			   "SELECT id FROM \"user\" WHERE id IN ($1, $2) ORDER BY id FOR UPDATE"},
	/* user, block, mute: primary keys */
	[PG_BLOCK_PUT] =
		{false, "WITH b AS (INSERT INTO block (user_id, other_id) VALUES ($1, $2) "
			"ON CONFLICT DO NOTHING) "
			"UPDATE \"user\" SET selective = 1 WHERE id IN ($1, $2) AND selective = 0"},
	[PG_BLOCK_DELETE] = {false, "DELETE FROM block WHERE user_id = $1 AND other_id = $2"},
	[PG_MUTE_PUT] = {false,
			 "WITH known AS (SELECT id FROM \"user\" WHERE id IN ($1, $2) ORDER BY id "
			 "FOR KEY SHARE), "
			 "m AS (INSERT INTO mute (user_id, other_id) SELECT $1::bigint, $2::bigint "
			 "WHERE (SELECT count(*) FROM known) = 2 ON CONFLICT DO NOTHING), "
			 "u AS (UPDATE \"user\" SET selective = 1 WHERE id = $1 AND selective = 0 "
			 "AND (SELECT count(*) FROM known) = 2) "
			 "SELECT (SELECT count(*) FROM known) = 2"},
	[PG_MUTE_DELETE] = {false, "DELETE FROM mute WHERE user_id = $1 AND other_id = $2"},
	/* avatar: by hash; user: primary key. A picture that two people have is there while one is.
	 */
	[PG_AVATAR_SMALL] = {true,
			     "SELECT a.small FROM avatar a JOIN \"user\" u ON u.id = a.user_id "
			     "WHERE a.hash = $1 AND u.state NOT IN (1, 3) LIMIT 1"},
	[PG_AVATAR_LARGE] = {true,
			     "SELECT a.large FROM avatar a JOIN \"user\" u ON u.id = a.user_id "
			     "WHERE a.hash = $1 AND u.state NOT IN (1, 3) LIMIT 1"},
	/* user, avatar: primary keys; the person is locked first, and one who goes takes the row
	 * along */
	[PG_AVATAR_SET] =
		{false, "WITH u AS (UPDATE \"user\" SET avatar = $2 WHERE id = $1 RETURNING id), "
			"a AS (INSERT INTO avatar (user_id, hash, small, large, changed_ms) "
			"SELECT id, $2, $3, $4, $5 FROM u ON CONFLICT (user_id) DO UPDATE SET "
			"hash = excluded.hash, small = excluded.small, large = excluded.large, "
			"changed_ms = excluded.changed_ms) SELECT EXISTS (SELECT 1 FROM u)"},
	[PG_AVATAR_DELETE] =
		{false, "WITH u AS (UPDATE \"user\" SET avatar = 0 WHERE id = $1 RETURNING id), "
			"a AS (DELETE FROM avatar WHERE user_id = (SELECT id FROM u)) "
			"SELECT EXISTS (SELECT 1 FROM u)"},
	/* profile, user: primary keys */
	[PG_PROFILE_GET] = {true, "SELECT bio, link FROM profile WHERE user_id = $1"},
	[PG_PROFILE_SET] =
		{false, "WITH u AS (UPDATE \"user\" SET display = $2 WHERE id = $1 RETURNING id), "
			"p AS (INSERT INTO profile (user_id, bio, link) SELECT id, $3, $4 FROM u "
			"ON CONFLICT (user_id) DO UPDATE SET bio = excluded.bio, "
			"link = excluded.link) SELECT EXISTS (SELECT 1 FROM u)"},
};
