#include "store/postgres/pg_copy_sql.h"

/* Each by the table's primary key; what is put or removed comes as an array for each column. */
const struct pg_copy_sql pg_copy_sql[COPY_TABLE_COUNT] = {
	[COPY_USER] =
		{"SELECT id, name, name_key, email, pw_hash, role, created_ms, "
		 "language, state, warning_id, display, selective, avatar FROM \"user\" "
		 "WHERE id > $1::bigint AND id <= $2::bigint ORDER BY id LIMIT $3::bigint",
		 "INSERT INTO \"user\" (id, name, name_key, email, pw_hash, role, created_ms, "
		 "language, state, warning_id, display, selective, avatar) "
		 "SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], "
		 "$5::text[], $6::bigint[], $7::bigint[], $8::text[], $9::bigint[], $10::bigint[], "
		 "$11::text[], $12::bigint[], $13::bigint[]) "
		 "ON CONFLICT (id) DO UPDATE "
		 "SET "
		 "name = excluded.name, name_key = excluded.name_key, email = excluded.email, "
		 "pw_hash = excluded.pw_hash, role = excluded.role, "
		 "created_ms = excluded.created_ms, language = excluded.language, "
		 "state = excluded.state, warning_id = excluded.warning_id, "
		 "display = excluded.display, selective = excluded.selective, avatar = "
		 "excluded.avatar",
		 {"DELETE FROM notice WHERE user_id = ANY ($1::bigint[])",
		  "DELETE FROM notice WHERE actor_id = ANY ($1::bigint[])",
		  "DELETE FROM notice_state WHERE user_id = ANY ($1::bigint[])",
		  "DELETE FROM notice_setting WHERE user_id = ANY ($1::bigint[])",
		  "DELETE FROM follow WHERE follower_id = ANY ($1::bigint[])",
		  "DELETE FROM follow WHERE followee_id = ANY ($1::bigint[])",
		  "DELETE FROM post WHERE author_id = ANY ($1::bigint[]) AND flagged",
		  "DELETE FROM post WHERE author_id = ANY ($1::bigint[]) AND NOT flagged",
		  "DELETE FROM session WHERE user_id = ANY ($1::bigint[])",
		  "DELETE FROM user_count WHERE user_id = ANY ($1::bigint[])",
		  "DELETE FROM \"user\" WHERE id = ANY ($1::bigint[])"}},
	[COPY_USER_COUNT] =
		{"SELECT user_id, posts, followers, following FROM user_count WHERE user_id > "
		 "$1::bigint AND user_id <= $2::bigint ORDER BY user_id LIMIT $3::bigint",
		 "INSERT INTO user_count (user_id, posts, followers, following) SELECT * FROM "
		 "unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[]) AS n (user_id) "
		 "WHERE EXISTS (SELECT 1 FROM \"user\" WHERE id = n.user_id) "
		 "ON CONFLICT (user_id) DO UPDATE SET posts = excluded.posts, "
		 "followers = excluded.followers, following = excluded.following",
		 {"DELETE FROM user_count WHERE user_id = ANY ($1::bigint[])"}},
	[COPY_FOLLOW] =
		{"SELECT follower_id, followee_id FROM follow WHERE (follower_id, followee_id) > "
		 "($1::bigint, $2::bigint) AND (follower_id, followee_id) <= ($3::bigint, "
		 "$4::bigint) ORDER BY follower_id, followee_id LIMIT $5::bigint",
		 "INSERT INTO follow (follower_id, followee_id) SELECT a, b FROM "
		 "unnest($1::bigint[], $2::bigint[]) AS n (a, b) "
		 "WHERE EXISTS (SELECT 1 FROM \"user\" WHERE id = a) "
		 "AND EXISTS (SELECT 1 FROM \"user\" WHERE id = b) ON CONFLICT DO NOTHING",
		 {"DELETE FROM follow USING unnest($1::bigint[], $2::bigint[]) AS n (a, b) "
		  "WHERE follower_id = a AND followee_id = b"}},
	[COPY_POST] =
		{"SELECT id, author_id, text, created_ms, flagged, warning, reply_to FROM post "
		 "WHERE id > $1::bigint AND id <= $2::bigint ORDER BY id LIMIT $3::bigint",
		 "INSERT INTO post (id, author_id, text, created_ms, flagged, warning, reply_to) "
		 "SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], "
		 "$5::boolean[], $6::text[], $7::bigint[]) "
		 "AS n (id, author_id) WHERE EXISTS (SELECT 1 FROM \"user\" WHERE id = "
		 "n.author_id) ON CONFLICT (id) DO UPDATE SET author_id = excluded.author_id, "
		 "text = excluded.text, created_ms = excluded.created_ms, "
		 "flagged = excluded.flagged, warning = excluded.warning, "
		 "reply_to = excluded.reply_to",
		 {"DELETE FROM post WHERE id = ANY ($1::bigint[])"}},
	[COPY_LIKE] =
		{"SELECT user_id, post_id FROM post_like WHERE (user_id, post_id) > "
		 "($1::bigint, $2::bigint) AND (user_id, post_id) <= ($3::bigint, $4::bigint) "
		 "ORDER BY user_id, post_id LIMIT $5::bigint",
		 "INSERT INTO post_like (user_id, post_id) SELECT a, b FROM "
		 "unnest($1::bigint[], $2::bigint[]) AS n (a, b) "
		 "WHERE EXISTS (SELECT 1 FROM \"user\" WHERE id = a) "
		 "AND EXISTS (SELECT 1 FROM post WHERE id = b) ON CONFLICT DO NOTHING",
		 {"DELETE FROM post_like USING unnest($1::bigint[], $2::bigint[]) AS n (a, b) "
		  "WHERE user_id = a AND post_id = b"}},
	[COPY_SESSION] =
		{"SELECT hash, user_id, created_ms, seen_ms, expires_ms, user_agent FROM session "
		 "WHERE hash > $1::bytea AND hash <= $2::bytea ORDER BY hash LIMIT $3::bigint",
		 "INSERT INTO session (hash, user_id, created_ms, seen_ms, expires_ms, "
		 "user_agent) SELECT * FROM unnest($1::bytea[], $2::bigint[], $3::bigint[], "
		 "$4::bigint[], $5::bigint[], $6::text[]) AS n (hash, user_id) "
		 "WHERE EXISTS (SELECT 1 FROM \"user\" WHERE id = n.user_id) "
		 "ON CONFLICT (hash) DO UPDATE SET user_id = excluded.user_id, "
		 "created_ms = excluded.created_ms, seen_ms = excluded.seen_ms, "
		 "expires_ms = excluded.expires_ms, user_agent = excluded.user_agent",
		 {"DELETE FROM session WHERE hash = ANY ($1::bytea[])"}},
	[COPY_TICKET] =
		{"SELECT hash, user_id, kind, expires_ms FROM ticket "
		 "WHERE hash > $1::bytea AND hash <= $2::bytea ORDER BY hash LIMIT $3::bigint",
		 "INSERT INTO ticket (hash, user_id, kind, expires_ms) SELECT * FROM "
		 "unnest($1::bytea[], $2::bigint[], $3::bigint[], $4::bigint[]) "
		 "AS n (hash, user_id) WHERE EXISTS (SELECT 1 FROM \"user\" WHERE id = n.user_id) "
		 "ON CONFLICT (hash) DO UPDATE SET user_id = excluded.user_id, "
		 "kind = excluded.kind, expires_ms = excluded.expires_ms",
		 {"DELETE FROM ticket WHERE hash = ANY ($1::bytea[])"}},
	[COPY_TOTP] =
		{"SELECT user_id, secret, last_step, confirmed FROM totp WHERE user_id > "
		 "$1::bigint AND user_id <= $2::bigint ORDER BY user_id LIMIT $3::bigint",
		 "INSERT INTO totp (user_id, secret, last_step, confirmed) SELECT * FROM "
		 "unnest($1::bigint[], $2::bytea[], $3::bigint[], $4::bigint[]) AS n (user_id) "
		 "WHERE EXISTS (SELECT 1 FROM \"user\" WHERE id = n.user_id) "
		 "ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret, "
		 "last_step = excluded.last_step, confirmed = excluded.confirmed",
		 {"DELETE FROM totp WHERE user_id = ANY ($1::bigint[])"}},
	[COPY_OLD_NAME] =
		{"SELECT name_key, user_id, until_ms FROM old_name "
		 "WHERE name_key > $1::text AND name_key <= $2::text "
		 "ORDER BY name_key LIMIT $3::bigint",
		 "INSERT INTO old_name (name_key, user_id, until_ms) SELECT * FROM "
		 "unnest($1::text[], $2::bigint[], $3::bigint[]) AS n (name_key, user_id) "
		 "WHERE EXISTS (SELECT 1 FROM \"user\" WHERE id = n.user_id) "
		 "ON CONFLICT (name_key) DO UPDATE SET user_id = excluded.user_id, "
		 "until_ms = excluded.until_ms",
		 {"DELETE FROM old_name WHERE name_key = ANY ($1::text[])"}},
	[COPY_EMAIL_CONFIRMED] =
		{"SELECT user_id, email, email_key FROM email_confirmed WHERE user_id > "
		 "$1::bigint AND user_id <= $2::bigint ORDER BY user_id LIMIT $3::bigint",
		 "INSERT INTO email_confirmed (user_id, email, email_key) SELECT * FROM "
		 "unnest($1::bigint[], $2::text[], $3::text[]) AS n (user_id) "
		 "WHERE EXISTS (SELECT 1 FROM \"user\" WHERE id = n.user_id) "
		 "ON CONFLICT (user_id) DO UPDATE SET email = excluded.email, "
		 "email_key = excluded.email_key",
		 {"DELETE FROM email_confirmed WHERE user_id = ANY ($1::bigint[])"}},
	/* One told anew under another id: the old row goes before the new one comes. */
	[COPY_NOTICE] =
		{"SELECT user_id, id, kind, actor_id, post_id, created_ms FROM notice WHERE "
		 "(user_id, id) > ($1::bigint, $2::bigint) AND (user_id, id) <= ($3::bigint, "
		 "$4::bigint) ORDER BY user_id, id LIMIT $5::bigint",
		 "INSERT INTO notice (user_id, id, kind, actor_id, post_id, created_ms) "
		 "SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], "
		 "$5::bigint[], $6::bigint[]) AS n (user_id, id, kind, actor_id) "
		 "WHERE EXISTS (SELECT 1 FROM \"user\" WHERE id = n.user_id) "
		 "AND EXISTS (SELECT 1 FROM \"user\" WHERE id = n.actor_id) "
		 "ON CONFLICT (actor_id, kind, post_id, user_id) DO UPDATE SET id = excluded.id, "
		 "created_ms = excluded.created_ms",
		 {"DELETE FROM notice USING unnest($1::bigint[], $2::bigint[]) AS n (a, b) "
		  "WHERE user_id = a AND id = b"}},
	[COPY_NOTICE_STATE] =
		{"SELECT user_id, read_upto_id FROM notice_state WHERE user_id > $1::bigint "
		 "AND user_id <= $2::bigint ORDER BY user_id LIMIT $3::bigint",
		 "INSERT INTO notice_state (user_id, read_upto_id) SELECT * FROM "
		 "unnest($1::bigint[], $2::bigint[]) AS n (user_id) "
		 "WHERE EXISTS (SELECT 1 FROM \"user\" WHERE id = n.user_id) "
		 "ON CONFLICT (user_id) DO UPDATE SET read_upto_id = excluded.read_upto_id",
		 {"DELETE FROM notice_state WHERE user_id = ANY ($1::bigint[])"}},
	[COPY_NOTICE_SETTING] =
		{"SELECT user_id, mask FROM notice_setting WHERE user_id > $1::bigint "
		 "AND user_id <= $2::bigint ORDER BY user_id LIMIT $3::bigint",
		 "INSERT INTO notice_setting (user_id, mask) SELECT * FROM "
		 "unnest($1::bigint[], $2::bigint[]) AS n (user_id) "
		 "WHERE EXISTS (SELECT 1 FROM \"user\" WHERE id = n.user_id) "
		 "ON CONFLICT (user_id) DO UPDATE SET mask = excluded.mask",
		 {"DELETE FROM notice_setting WHERE user_id = ANY ($1::bigint[])"}},
	[COPY_PROFILE] =
		{"SELECT user_id, bio, link FROM profile WHERE user_id > "
		 "$1::bigint AND user_id <= $2::bigint ORDER BY user_id LIMIT $3::bigint",
		 "INSERT INTO profile (user_id, bio, link) SELECT * FROM "
		 "unnest($1::bigint[], $2::text[], $3::text[]) AS n (user_id) "
		 "WHERE EXISTS (SELECT 1 FROM \"user\" WHERE id = n.user_id) "
		 "ON CONFLICT (user_id) DO UPDATE SET bio = excluded.bio, link = excluded.link",
		 {"DELETE FROM profile WHERE user_id = ANY ($1::bigint[])"}},
	[COPY_AVATAR] =
		{"SELECT user_id, hash, small, large, changed_ms FROM avatar WHERE user_id > "
		 "$1::bigint AND user_id <= $2::bigint ORDER BY user_id LIMIT $3::bigint",
		 "INSERT INTO avatar (user_id, hash, small, large, changed_ms) SELECT * FROM "
		 "unnest($1::bigint[], $2::bigint[], $3::bytea[], $4::bytea[], $5::bigint[]) "
		 "AS n (user_id) WHERE EXISTS (SELECT 1 FROM \"user\" WHERE id = n.user_id) "
		 "ON CONFLICT (user_id) DO UPDATE SET hash = excluded.hash, "
		 "small = excluded.small, large = excluded.large, changed_ms = excluded.changed_ms",
		 {"DELETE FROM avatar WHERE user_id = ANY ($1::bigint[])"}},
	[COPY_BLOCK] =
		{"SELECT user_id, other_id FROM block WHERE (user_id, other_id) > "
		 "($1::bigint, $2::bigint) AND (user_id, other_id) <= ($3::bigint, $4::bigint) "
		 "ORDER BY user_id, other_id LIMIT $5::bigint",
		 "INSERT INTO block (user_id, other_id) SELECT a, b FROM "
		 "unnest($1::bigint[], $2::bigint[]) AS n (a, b) "
		 "WHERE EXISTS (SELECT 1 FROM \"user\" WHERE id = a) "
		 "AND EXISTS (SELECT 1 FROM \"user\" WHERE id = b) ON CONFLICT DO NOTHING",
		 {"DELETE FROM block USING unnest($1::bigint[], $2::bigint[]) AS n (a, b) "
		  "WHERE user_id = a AND other_id = b"}},
	[COPY_MUTE] =
		{"SELECT user_id, other_id FROM mute WHERE (user_id, other_id) > "
		 "($1::bigint, $2::bigint) AND (user_id, other_id) <= ($3::bigint, $4::bigint) "
		 "ORDER BY user_id, other_id LIMIT $5::bigint",
		 "INSERT INTO mute (user_id, other_id) SELECT a, b FROM "
		 "unnest($1::bigint[], $2::bigint[]) AS n (a, b) "
		 "WHERE EXISTS (SELECT 1 FROM \"user\" WHERE id = a) "
		 "AND EXISTS (SELECT 1 FROM \"user\" WHERE id = b) ON CONFLICT DO NOTHING",
		 {"DELETE FROM mute USING unnest($1::bigint[], $2::bigint[]) AS n (a, b) "
		  "WHERE user_id = a AND other_id = b"}},
	[COPY_ORIGIN_SET] =
		{"SELECT id, kind, source FROM origin_set "
		 "WHERE id > $1::bigint AND id <= $2::bigint ORDER BY id LIMIT $3::bigint",
		 "INSERT INTO origin_set (id, kind, source) OVERRIDING SYSTEM VALUE "
		 "SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[]) "
		 "ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, source = excluded.source",
		 {"DELETE FROM origin WHERE set_id = ANY ($1::bigint[])",
		  "DELETE FROM origin_set WHERE id = ANY ($1::bigint[])"}},
	[COPY_ORIGIN] = {"SELECT set_id, legacy_id, id FROM origin WHERE (set_id, legacy_id) > "
			 "($1::bigint, "
			 "$2::bigint) AND (set_id, legacy_id) <= ($3::bigint, $4::bigint) "
			 "ORDER BY set_id, legacy_id LIMIT $5::bigint",
			 "INSERT INTO origin (set_id, legacy_id, id) SELECT * FROM "
			 "unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS n (set_id) "
			 "WHERE EXISTS (SELECT 1 FROM origin_set WHERE id = n.set_id) "
			 "ON CONFLICT (set_id, legacy_id) DO UPDATE SET id = excluded.id",
			 {"DELETE FROM origin USING unnest($1::bigint[], $2::bigint[]) AS n (a, b) "
			  "WHERE set_id = a AND legacy_id = b"}},
	[COPY_USER_STATE] = {"SELECT user_id, state, since_ms, until_ms, reason FROM user_state "
			     "WHERE user_id > $1::bigint AND user_id <= $2::bigint ORDER BY "
			     "user_id LIMIT $3::bigint",
			     "INSERT INTO user_state (user_id, state, since_ms, until_ms, "
			     "reason) SELECT * FROM unnest($1::bigint[], $2::bigint[], "
			     "$3::bigint[], $4::bigint[], $5::text[]) ON CONFLICT (user_id) DO "
			     "UPDATE SET state = excluded.state, since_ms = excluded.since_ms, "
			     "until_ms = excluded.until_ms, reason = excluded.reason",
			     {"DELETE FROM user_state WHERE user_id = ANY ($1::bigint[])"}},
	[COPY_FLAG_KEPT] = {"SELECT post_id, author_id FROM flag_kept WHERE post_id > "
			    "$1::bigint AND post_id <= $2::bigint ORDER BY post_id LIMIT "
			    "$3::bigint",
			    "INSERT INTO flag_kept (post_id, author_id) SELECT * FROM "
			    "unnest($1::bigint[], $2::bigint[]) ON CONFLICT (post_id) DO UPDATE "
			    "SET author_id = excluded.author_id",
			    {"DELETE FROM flag_kept WHERE post_id = ANY ($1::bigint[])"}},
	[COPY_SETTING] = {"SELECT name, value, changed_ms FROM setting WHERE name > $1::text "
			  "AND name <= $2::text ORDER BY name LIMIT $3::bigint",
			  "INSERT INTO setting (name, value, changed_ms) SELECT * FROM "
			  "unnest($1::text[], $2::text[], $3::bigint[]) ON CONFLICT (name) DO "
			  "UPDATE SET value = excluded.value, changed_ms = "
			  "excluded.changed_ms",
			  {"DELETE FROM setting WHERE name = ANY ($1::text[])"}},
	[COPY_REPORT] = {"SELECT id, at_ms, reporter_id, user_id, post_id, category, text, "
			 "state, claimed_by, closed_by, closed_ms, note FROM report WHERE id "
			 "> $1::bigint AND id <= $2::bigint ORDER BY id LIMIT $3::bigint",
			 "INSERT INTO report (id, at_ms, reporter_id, user_id, post_id, "
			 "category, text, state, claimed_by, closed_by, closed_ms, note) "
			 "SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], "
			 "$4::bigint[], $5::bigint[], $6::bigint[], $7::text[], "
			 "$8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], "
			 "$12::text[]) ON CONFLICT (id) DO UPDATE SET at_ms = "
			 "excluded.at_ms, reporter_id = excluded.reporter_id, user_id = "
			 "excluded.user_id, post_id = excluded.post_id, category = "
			 "excluded.category, text = excluded.text, state = excluded.state, "
			 "claimed_by = excluded.claimed_by, closed_by = excluded.closed_by, "
			 "closed_ms = excluded.closed_ms, note = excluded.note",
			 {"DELETE FROM report WHERE id = ANY ($1::bigint[])"}},
	[COPY_PERSON_NOTE] = {"SELECT id, user_id, author_id, at_ms, warning, acknowledged_ms, "
			      "text FROM person_note WHERE id > $1::bigint AND id <= $2::bigint "
			      "ORDER BY id LIMIT $3::bigint",
			      "INSERT INTO person_note (id, user_id, author_id, at_ms, warning, "
			      "acknowledged_ms, text) SELECT * FROM unnest($1::bigint[], "
			      "$2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], "
			      "$6::bigint[], $7::text[]) ON CONFLICT (id) DO UPDATE SET user_id = "
			      "excluded.user_id, author_id = excluded.author_id, at_ms = "
			      "excluded.at_ms, warning = excluded.warning, acknowledged_ms = "
			      "excluded.acknowledged_ms, text = excluded.text",
			      {"DELETE FROM person_note WHERE id = ANY ($1::bigint[])"}},
	[COPY_INVITATION] = {"SELECT code, created_by, at_ms, expires_ms, uses_max, uses FROM "
			     "invitation WHERE code > $1::text AND code <= $2::text ORDER BY "
			     "code LIMIT $3::bigint",
			     "INSERT INTO invitation (code, created_by, at_ms, expires_ms, "
			     "uses_max, uses) SELECT * FROM unnest($1::text[], $2::bigint[], "
			     "$3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[]) ON "
			     "CONFLICT (code) DO UPDATE SET created_by = excluded.created_by, "
			     "at_ms = excluded.at_ms, expires_ms = excluded.expires_ms, uses_max "
			     "= excluded.uses_max, uses = excluded.uses",
			     {"DELETE FROM invitation WHERE code = ANY ($1::text[])"}},
	[COPY_AUDIT] = {"SELECT id, at_ms, actor_id, action, user_id, post_id, report_id, "
			"detail FROM audit WHERE id > $1::bigint AND id <= $2::bigint ORDER "
			"BY id LIMIT $3::bigint",
			"INSERT INTO audit (id, at_ms, actor_id, action, user_id, post_id, "
			"report_id, detail) SELECT * FROM unnest($1::bigint[], "
			"$2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], "
			"$6::bigint[], $7::bigint[], $8::text[]) ON CONFLICT (id) DO UPDATE "
			"SET at_ms = excluded.at_ms, actor_id = excluded.actor_id, action = "
			"excluded.action, user_id = excluded.user_id, post_id = "
			"excluded.post_id, report_id = excluded.report_id, detail = "
			"excluded.detail",
			{"DELETE FROM audit WHERE id = ANY ($1::bigint[])"}},
	/* 64 rows of `total`: the sum goes into the first */
	[COPY_STATE] = {"SELECT s.* FROM (SELECT 1::bigint AS one, (SELECT value FROM latest), "
			"sum(users)::bigint, sum(posts)::bigint, sum(follows)::bigint, "
			"sum(sessions)::bigint FROM total) s "
			"WHERE one > $1::bigint AND one <= $2::bigint LIMIT $3::bigint",
			"WITH n AS (SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], "
			"$4::bigint[], $5::bigint[], $6::bigint[]) "
			"AS n (one, latest, users, posts, follows, sessions)), "
			"l AS (UPDATE latest SET value = n.latest FROM n) "
			"UPDATE total SET users = CASE slot WHEN 0 THEN n.users ELSE 0 END, "
			"posts = CASE slot WHEN 0 THEN n.posts ELSE 0 END, "
			"follows = CASE slot WHEN 0 THEN n.follows ELSE 0 END, "
			"sessions = CASE slot WHEN 0 THEN n.sessions ELSE 0 END FROM n",
			{NULL}},
};
