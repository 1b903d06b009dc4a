#include "store/sqlite/statement.h"

/* The columns of a struct user, in the order that row_user() reads. */
#define USER_COLUMNS                                                             \
	"u.id, u.name, u.email, u.pw_hash, u.role, u.created_ms, "               \
	"c.posts, c.followers, c.following, u.language, u.state, u.warning_id, " \
	"u.display, u.selective, u.avatar "
#define USER_TABLES "user u JOIN user_count c ON c.user_id = u.id "
/* Those of a struct post, in the order that row_post() reads. */
#define POST_COLUMNS                                                              \
	"p.id, p.author_id, u.name, p.text, p.created_ms, p.flagged, p.warning, " \
	"p.reply_to, CASE WHEN p.reply_to <> 0 THEN (SELECT ru.name FROM post r " \
	"JOIN user ru ON ru.id = r.author_id WHERE r.id = p.reply_to) END, u.display, u.avatar "
/*
 * CROSS JOIN holds SQLite to the order as written: the posts first, in the index's order, then
 * each one's author. It must never sort.
 */
#define POST_TABLES "post p CROSS JOIN user u ON u.id = p.author_id "

const struct statement_row statement_table[STMT_COUNT] = {
	[STMT_COMMIT] = {ON_BOTH, "COMMIT"},
	[STMT_ROLLBACK] = {ON_BOTH, "ROLLBACK"},
	/* one row; note: primary key */
	[STMT_STATE_GET] = {ON_BOTH,
			    "SELECT last_id, latest, users, posts, follows, sessions, "
			    "EXISTS (SELECT 1 FROM note WHERE name = 'frozen') FROM state"},
	/* user, user_count: primary keys */
	[STMT_USER_BY_ID] = {ON_BOTH, "SELECT " USER_COLUMNS "FROM " USER_TABLES "WHERE u.id = ?1"},

	/* one row */
	[STMT_HIDDEN_GET] = {ON_READER, "SELECT hidden FROM state"},
	[STMT_BEGIN_READ] = {ON_READER, "BEGIN"},
	/* user.name_key: unique */
	[STMT_USER_BY_NAME] = {ON_READER,
			       "SELECT " USER_COLUMNS "FROM " USER_TABLES "WHERE u.name_key = ?1"},
	/* user: primary key, ascending */
	[STMT_USER_LIST] = {ON_READER, "SELECT " USER_COLUMNS "FROM " USER_TABLES
				       "WHERE u.id > ?1 ORDER BY u.id LIMIT ?2"},
	/* post: primary key */
	[STMT_POST_BY_ID] = {ON_READER,
			     "SELECT " POST_COLUMNS "FROM " POST_TABLES "WHERE p.id = ?1"},
	/* post: primary key, ascending */
	[STMT_POST_LIST_ALL] = {ON_READER, "SELECT " POST_COLUMNS "FROM " POST_TABLES
					   "WHERE p.id > ?1 ORDER BY p.id LIMIT ?2"},
	/* post_by_reply */
	[STMT_REPLY_LIST] = {ON_READER, "SELECT " POST_COLUMNS "FROM " POST_TABLES
					"WHERE p.reply_to = ?1 AND p.reply_to <> 0 "
					"AND p.flagged = 0 AND p.id > ?2 ORDER BY p.id LIMIT ?3"},
	[STMT_REPLIES_WITHIN] = {ON_READER, "SELECT 1 FROM post WHERE reply_to BETWEEN ?1 AND ?2 "
					    "AND reply_to <> 0 LIMIT 1"},
	[STMT_REPLY_COUNT] = {ON_READER, "SELECT 1 FROM post "
					 "WHERE reply_to = ?1 AND reply_to <> 0 AND flagged = 0 "
					 "LIMIT ?2"},
	/* post_like_by_post, covering */
	[STMT_LIKES_WITHIN] = {ON_READER,
			       "SELECT 1 FROM post_like WHERE post_id BETWEEN ?1 AND ?2 LIMIT 1"},
	[STMT_LIKE_COUNT] = {ON_READER, "SELECT 1 FROM post_like "
					"WHERE post_id = ?1 LIMIT ?2"},
	/* post_like: primary key */
	[STMT_LIKE_EXISTS] = {ON_READER,
			      "SELECT 1 FROM post_like WHERE user_id = ?1 AND post_id = ?2"},
	/* post: primary key; flagged rows are stepped over */
	[STMT_PUBLIC_DOWN] = {ON_READER, "SELECT " POST_COLUMNS "FROM " POST_TABLES
					 "WHERE p.id <= ?1 AND +p.flagged = 0 "
					 "ORDER BY p.id DESC LIMIT ?2"},
	[STMT_PUBLIC_UP] = {ON_READER, "SELECT " POST_COLUMNS "FROM " POST_TABLES
				       "WHERE p.id >= ?1 AND +p.flagged = 0 "
				       "ORDER BY p.id LIMIT ?2"},
	/* post_by_author */
	[STMT_AUTHOR_DOWN] = {ON_READER, "SELECT " POST_COLUMNS "FROM " POST_TABLES
					 "WHERE p.id <= ?1 AND p.author_id = ?3 AND p.flagged = 0 "
					 "ORDER BY p.id DESC LIMIT ?2"},
	[STMT_AUTHOR_UP] = {ON_READER, "SELECT " POST_COLUMNS "FROM " POST_TABLES
				       "WHERE p.id >= ?1 AND p.author_id = ?3 AND p.flagged = 0 "
				       "ORDER BY p.id LIMIT ?2"},
	/* post_by_author, covering */
	[STMT_AUTHOR_IDS_DOWN] = {ON_READER, "SELECT id FROM post "
					     "WHERE author_id = ?1 AND flagged = 0 "
					     "AND id BETWEEN ?2 AND ?3 ORDER BY id DESC LIMIT ?4"},
	[STMT_AUTHOR_IDS_UP] = {ON_READER, "SELECT id FROM post "
					   "WHERE author_id = ?1 AND flagged = 0 "
					   "AND id BETWEEN ?2 AND ?3 ORDER BY id LIMIT ?4"},
	/* post: primary key */
	[STMT_WALK_DOWN] = {ON_READER, "SELECT id, author_id, flagged FROM post "
				       "WHERE id <= ?1 ORDER BY id DESC LIMIT ?2"},
	[STMT_WALK_UP] = {ON_READER, "SELECT id, author_id, flagged FROM post "
				     "WHERE id >= ?1 ORDER BY id LIMIT ?2"},
	/* follow: primary key, covering, ascending */
	[STMT_FOLLOWEE_IDS] = {ON_READER, "SELECT followee_id FROM follow WHERE follower_id = ?1 "
					  "ORDER BY followee_id"},
	/* follow: primary key */
	[STMT_FOLLOW_EXISTS] = {ON_READER,
				"SELECT 1 FROM follow WHERE follower_id = ?1 AND followee_id = ?2"},
	/* follow: primary key */
	[STMT_FOLLOWING_LIST] = {ON_READER,
				 "SELECT " USER_COLUMNS
				 "FROM follow f CROSS JOIN user u ON u.id = f.followee_id "
				 "CROSS JOIN user_count c ON c.user_id = u.id "
				 "WHERE f.follower_id = ?1 AND f.followee_id < ?2 "
				 "ORDER BY f.followee_id DESC LIMIT ?3"},
	/* follow_by_followee */
	[STMT_FOLLOWER_LIST] = {ON_READER,
				"SELECT " USER_COLUMNS
				"FROM follow f CROSS JOIN user u ON u.id = f.follower_id "
				"CROSS JOIN user_count c ON c.user_id = u.id "
				"WHERE f.followee_id = ?1 AND f.follower_id < ?2 "
				"ORDER BY f.follower_id DESC LIMIT ?3"},
	/* session: primary key; user, user_count: primary keys */
	[STMT_SESSION_FIND] = {ON_READER,
			       "SELECT " USER_COLUMNS ", s.hash, s.user_id, s.created_ms, "
			       "s.seen_ms, s.expires_ms, s.user_agent "
			       "FROM session s CROSS JOIN user u ON u.id = s.user_id "
			       "CROSS JOIN user_count c ON c.user_id = u.id "
			       "WHERE s.hash = ?1 AND s.expires_ms > ?2"},
	/* session_by_user */
	[STMT_SESSION_LIST] = {ON_READER,
			       "SELECT hash, user_id, created_ms, seen_ms, expires_ms, user_agent "
			       "FROM session WHERE user_id = ?1 AND expires_ms > ?2 "
			       "ORDER BY created_ms DESC, hash DESC LIMIT ?3"},
	/* session_by_expiry: what was used since then has not expired; post: primary key */
	[STMT_ACTIVE_USERS] = {ON_READER, "SELECT count(*) FROM (SELECT user_id FROM session "
					  "WHERE expires_ms >= ?1 AND seen_ms >= ?1 "
					  "UNION SELECT author_id FROM post WHERE id >= ?2)"},

	/* sample: primary key, in its order */
	[STMT_SAMPLE_LIST] = {ON_READER,
			      "SELECT resolution_s, at_s, node, data FROM sample "
			      "WHERE resolution_s = ?1 AND at_s >= ?2 AND at_s < ?4 "
			      "AND (at_s, node) > (?2, ?3) ORDER BY at_s, node LIMIT ?5"},
	/* post: primary key, descending, a bounded number of rows; user: primary key */
	[STMT_RECENT_SUMMARY] = {ON_READER,
				 "SELECT sum(x.n) OVER (), sum(x.hidden) OVER (), x.author_id, "
				 "u.name, x.n - x.hidden FROM (SELECT author_id, count(*) AS n, "
				 "sum(flagged) AS hidden FROM (SELECT author_id, flagged FROM post "
				 "WHERE id >= ?1 ORDER BY id DESC LIMIT ?2) GROUP BY author_id) x "
				 "JOIN user u ON u.id = x.author_id "
				 "ORDER BY 5 DESC, x.author_id LIMIT ?3"},
	[STMT_RECENT_FLAGGED] = {ON_READER, "SELECT " POST_COLUMNS
					    "FROM (SELECT * FROM post ORDER BY id DESC LIMIT ?1) p "
					    "CROSS JOIN user u ON u.id = p.author_id "
					    "WHERE p.flagged = 1 AND u.state IN (0, 2) "
					    "ORDER BY p.id DESC LIMIT ?2"},

/* notice: primary key, descending; user, post, notice_state, block, mute: primary keys. A warning
 * (6) comes from a moderator, whom a block doesn't silence. */
#define NOTICES_SEEN                                                                             \
	"FROM notice n CROSS JOIN user u ON u.id = n.actor_id "                                  \
	"LEFT JOIN post p ON p.id = n.post_id "                                                  \
	"WHERE n.user_id = ?1 AND u.state = 0 AND (n.post_id = 0 OR p.flagged = 0) "             \
	"AND (n.kind = 6 OR NOT EXISTS (SELECT 1 FROM block WHERE user_id = ?1 AND other_id = "  \
	"n.actor_id UNION ALL SELECT 1 FROM block WHERE user_id = n.actor_id AND other_id = ?1 " \
	"UNION ALL SELECT 1 FROM mute WHERE user_id = ?1 AND other_id = n.actor_id)) "
#define NOTICES_READ "coalesce((SELECT read_upto_id FROM notice_state WHERE user_id = ?1), 0) "
	[STMT_NOTICE_LIST] = {ON_READER,
			      "SELECT n.id, n.kind, n.actor_id, u.name, n.post_id, "
			      "coalesce(substr(coalesce(nullif(p.warning, ''), p.text), 1, 160), "
			      "''), n.created_ms, "
			      "n.id > " NOTICES_READ ", u.avatar, u.display " NOTICES_SEEN
			      "AND n.id < ?2 AND (?3 >> n.kind) & 1 ORDER BY n.id DESC LIMIT ?4"},
	/* the same, a row for each that is unread */
	[STMT_NOTICE_UNREAD] = {ON_READER,
				"SELECT 1 " NOTICES_SEEN "AND n.id > " NOTICES_READ "LIMIT ?2"},
	/* notice_setting: primary key */
	[STMT_NOTICE_CHOSEN] = {ON_READER, "SELECT mask FROM notice_setting WHERE user_id = ?1"},
/* ?3 what matches; ids from ?4 to ?5 */
#define SEARCH_POSTS                                                                    \
	"SELECT " POST_COLUMNS "FROM post_index i CROSS JOIN post p ON p.id = i.rowid " \
	"CROSS JOIN user u ON u.id = p.author_id WHERE post_index MATCH ?3 "            \
	"AND i.rowid >= ?4 AND i.rowid <= ?5 AND p.flagged = 0 "
	/* post_index, in the order of its rows; post, user: primary keys */
	[STMT_SEARCH_DOWN] = {ON_READER,
			      SEARCH_POSTS "AND i.rowid <= ?1 ORDER BY i.rowid DESC LIMIT ?2"},
	[STMT_SEARCH_UP] = {ON_READER, SEARCH_POSTS "AND i.rowid >= ?1 ORDER BY i.rowid LIMIT ?2"},
/* Ids from ?4 to ?5 */
#define TAIL_POSTS                                                                            \
	"SELECT " POST_COLUMNS "FROM post_unindexed t CROSS JOIN post p ON p.id = t.post_id " \
	"CROSS JOIN user u ON u.id = p.author_id WHERE t.post_id >= ?4 AND t.post_id <= ?5 "  \
	"AND p.flagged = 0 AND NOT EXISTS (SELECT 1 FROM post_index_docsize d "               \
	"WHERE d.id = p.id) "
	/* post_unindexed, post, user, post_index_docsize: primary keys */
	[STMT_TAIL_DOWN] = {ON_READER,
			    TAIL_POSTS "AND t.post_id <= ?1 ORDER BY t.post_id DESC LIMIT ?2"},
	[STMT_TAIL_UP] = {ON_READER, TAIL_POSTS "AND t.post_id >= ?1 ORDER BY t.post_id LIMIT ?2"},
	/* user.name_key: unique; user_count: primary key */
	[STMT_PEOPLE_BEGIN] = {ON_READER,
			       "SELECT " USER_COLUMNS "FROM user u "
			       "CROSS JOIN user_count c ON c.user_id = u.id "
			       "WHERE u.name_key >= ?1 AND u.name_key < ?2 AND u.state = 0 "
			       "ORDER BY u.name_key LIMIT ?3"},
	/* follow: primary key; user, user_count: primary keys */
	[STMT_PEOPLE_FOLLOWED] = {ON_READER,
				  "SELECT " USER_COLUMNS
				  "FROM follow f CROSS JOIN user u ON u.id = f.followee_id "
				  "CROSS JOIN user_count c ON c.user_id = u.id "
				  "WHERE f.follower_id = ?4 AND u.name_key >= ?1 "
				  "AND u.name_key < ?2 AND u.state = 0 "
				  "ORDER BY f.followee_id LIMIT ?3"},
#define TAG_POSTS                                                                       \
	"SELECT " POST_COLUMNS "FROM post_tag t CROSS JOIN post p ON p.id = t.post_id " \
	"CROSS JOIN user u ON u.id = p.author_id WHERE t.tag_key = ?3 AND p.flagged = 0 "
	/* post_tag: primary key; post, user: primary keys */
	[STMT_TAG_DOWN] = {ON_READER,
			   TAG_POSTS "AND t.post_id <= ?1 ORDER BY t.post_id DESC LIMIT ?2"},
	[STMT_TAG_UP] = {ON_READER, TAG_POSTS "AND t.post_id >= ?1 ORDER BY t.post_id LIMIT ?2"},

	[STMT_BEGIN_WRITE] = {ON_WRITER, "BEGIN IMMEDIATE"},
	[STMT_DATA_VERSION] = {ON_WRITER, "PRAGMA data_version"},
	[STMT_STATE_SET] = {ON_WRITER, "UPDATE state SET last_id = ?1, latest = ?2, users = ?3, "
				       "posts = ?4, follows = ?5, sessions = ?6, "
				       "hidden = hidden + ?7"},
	/* user.name_key: unique */
	[STMT_USER_INSERT] = {ON_WRITER, "INSERT INTO user "
					 "(id, name, name_key, email, pw_hash, role, created_ms) "
					 "SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE NOT EXISTS "
					 "(SELECT 1 FROM old_name WHERE name_key = ?3) "
					 "ON CONFLICT (name_key) DO NOTHING"},
	/* user: primary key */
	[STMT_USER_SET_PASSWORD] = {ON_WRITER, "UPDATE user SET pw_hash = ?2 "
					       "WHERE id = ?1 AND (?3 = '' OR pw_hash = ?3)"},
	[STMT_USER_SET_ROLE] = {ON_WRITER, "UPDATE user SET role = ?2 WHERE id = ?1"},
	[STMT_USER_SET_LANGUAGE] = {ON_WRITER, "UPDATE user SET language = ?2 WHERE id = ?1"},
	[STMT_USER_DELETE] = {ON_WRITER, "DELETE FROM user WHERE id = ?1"},
	[STMT_USER_LAST_ID_BEFORE] = {ON_WRITER, "SELECT max(id) FROM user WHERE id < ?1"},
	/* user_count: primary key */
	[STMT_COUNT_INSERT] = {ON_WRITER, "INSERT INTO user_count (user_id) VALUES (?1)"},
	[STMT_COUNT_DELETE] = {ON_WRITER, "DELETE FROM user_count WHERE user_id = ?1"},
	[STMT_COUNT_POSTS] = {ON_WRITER,
			      "UPDATE user_count SET posts = posts + ?2 WHERE user_id = ?1"},
	[STMT_COUNT_FOLLOWERS] = {ON_WRITER, "UPDATE user_count SET followers = followers + ?2 "
					     "WHERE user_id = ?1"},
	[STMT_COUNT_FOLLOWING] = {ON_WRITER, "UPDATE user_count SET following = following + ?2 "
					     "WHERE user_id = ?1"},
	/* follow: primary key; user_count: primary key */
	[STMT_COUNT_LOSE_FOLLOWER] = {ON_WRITER, "UPDATE user_count SET followers = followers - 1 "
						 "WHERE user_id IN (SELECT followee_id FROM follow "
						 "WHERE follower_id = ?1)"},
	/* follow_by_followee; user_count: primary key */
	[STMT_COUNT_LOSE_FOLLOWEE] = {ON_WRITER, "UPDATE user_count SET following = following - 1 "
						 "WHERE user_id IN (SELECT follower_id FROM follow "
						 "WHERE followee_id = ?1)"},
	/* post: primary key */
	[STMT_POST_INSERT] = {ON_WRITER, "INSERT INTO post "
					 "(id, author_id, text, created_ms, flagged, warning, "
					 "reply_to) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"},
	/* post_key: primary key */
	[STMT_KEY_FIND] = {ON_WRITER, "SELECT 1 FROM post_key WHERE author_id = ?1 AND key = ?2 "
				      "AND created_ms >= ?3"},
	[STMT_KEY_TRIM] = {ON_WRITER,
			   "DELETE FROM post_key WHERE author_id = ?1 AND created_ms < ?2"},
	[STMT_KEY_INSERT] = {ON_WRITER, "INSERT INTO post_key (author_id, key, created_ms) "
					"VALUES (?1, ?2, ?3)"},
	/* post_like: primary key; a missing person is found by the foreign keys */
	[STMT_LIKE_INSERT] = {ON_WRITER, "INSERT INTO post_like (user_id, post_id) VALUES (?1, ?2) "
					 "ON CONFLICT DO NOTHING"},
	[STMT_LIKE_DELETE] = {ON_WRITER,
			      "DELETE FROM post_like WHERE user_id = ?1 AND post_id = ?2"},
	[STMT_POST_AUTHOR] = {ON_WRITER, "SELECT author_id, flagged FROM post WHERE id = ?1"},
	[STMT_POST_SET_FLAGGED] = {ON_WRITER, "UPDATE post SET flagged = ?2 "
					      "WHERE id = ?1 AND flagged <> ?2"},
	[STMT_POST_DELETE] = {ON_WRITER, "DELETE FROM post WHERE id = ?1"},
	[STMT_POST_LAST_ID_BEFORE] = {ON_WRITER, "SELECT max(id) FROM post WHERE id < ?1"},
	/* post_by_author */
	[STMT_POST_DELETE_BY_AUTHOR] = {ON_WRITER, "DELETE FROM post WHERE author_id = ?1"},
	/* follow: primary key; a missing person is found by the foreign keys */
	[STMT_FOLLOW_INSERT] = {ON_WRITER, "INSERT INTO follow (follower_id, followee_id) "
					   "VALUES (?1, ?2) ON CONFLICT DO NOTHING"},
	[STMT_FOLLOW_DELETE] = {ON_WRITER,
				"DELETE FROM follow WHERE follower_id = ?1 AND followee_id = ?2"},
	[STMT_FOLLOW_DELETE_BY_FOLLOWER] = {ON_WRITER, "DELETE FROM follow WHERE follower_id = ?1"},
	/* follow_by_followee */
	[STMT_FOLLOW_DELETE_BY_FOLLOWEE] = {ON_WRITER, "DELETE FROM follow WHERE followee_id = ?1"},
	/* session: primary key */
	[STMT_SESSION_INSERT] = {ON_WRITER,
				 "INSERT INTO session "
				 "(hash, user_id, created_ms, seen_ms, expires_ms, user_agent) "
				 "VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING"},
	/* session_by_user: all but ?2 and the newest ?3 others */
	[STMT_SESSION_KEEP_NEWEST] =
		{ON_WRITER, "DELETE FROM session WHERE hash IN "
			    "(SELECT hash FROM session WHERE user_id = ?1 "
			    "AND hash <> ?2 ORDER BY created_ms DESC LIMIT -1 OFFSET ?3)"},
	/* session: primary key */
	[STMT_SESSION_TOUCH] = {ON_WRITER, "UPDATE session SET seen_ms = ?2, expires_ms = ?3 "
					   "WHERE hash = ?1"},
	[STMT_SESSION_DELETE] = {ON_WRITER, "DELETE FROM session WHERE hash = ?1"},
	/* session_by_user; no hash is empty */
	[STMT_SESSION_DELETE_BY_USER] = {ON_WRITER,
					 "DELETE FROM session WHERE user_id = ?1 AND hash <> ?2"},
	/* session_by_expiry */
	[STMT_SESSION_EXPIRE] = {ON_WRITER, "DELETE FROM session WHERE expires_ms <= ?1"},
	/* user, notice_setting, follow: primary keys; notice_once */
	[STMT_NOTICE_PUT] =
		{ON_WRITER,
		 "INSERT INTO notice (user_id, id, kind, actor_id, post_id, created_ms) "
		 "SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE EXISTS (SELECT 1 FROM user WHERE id = ?1) "
		 "AND NOT EXISTS (SELECT 1 FROM notice_setting WHERE user_id = ?1 "
		 "AND ((mask >> ?3) & 1 OR mask & 1 AND NOT EXISTS (SELECT 1 FROM follow "
		 "WHERE follower_id = ?1 AND followee_id = ?4))) ON CONFLICT DO NOTHING"},
	/* notice_once; notice_state: primary key */
	[STMT_NOTICE_TAKE] =
		{ON_WRITER, "DELETE FROM notice WHERE actor_id = ?4 AND kind = ?3 AND post_id = ?5 "
			    "AND user_id = ?1 AND id > coalesce((SELECT read_upto_id "
			    "FROM notice_state WHERE user_id = ?1), 0)"},
	/* notice_by_post */
	[STMT_NOTICE_TAKE_POST] = {ON_WRITER,
				   "DELETE FROM notice WHERE post_id = ?1 AND post_id > 0"},
	/* post_by_author, notice_by_post */
	[STMT_NOTICE_TAKE_AUTHOR] = {ON_WRITER,
				     "DELETE FROM notice WHERE post_id > 0 AND post_id IN "
				     "(SELECT id FROM post WHERE author_id = ?1)"},
	/* notice: primary key */
	[STMT_NOTICE_TRIM] = {ON_WRITER, "DELETE FROM notice WHERE user_id = ?1 AND id <= "
					 "(SELECT id FROM notice WHERE user_id = ?1 "
					 "ORDER BY id DESC LIMIT 1 OFFSET ?2)"},
	/* user, notice_state: primary keys */
	[STMT_NOTICE_READ] = {ON_WRITER,
			      "INSERT INTO notice_state (user_id, read_upto_id) "
			      "SELECT ?1, ?2 WHERE EXISTS (SELECT 1 FROM user WHERE id = ?1) "
			      "ON CONFLICT (user_id) DO UPDATE SET "
			      "read_upto_id = max(read_upto_id, excluded.read_upto_id)"},
	/* user, notice_setting: primary keys */
	[STMT_NOTICE_CHOOSE] = {ON_WRITER,
				"INSERT INTO notice_setting (user_id, mask) "
				"SELECT ?1, ?2 WHERE EXISTS (SELECT 1 FROM user WHERE id = ?1) "
				"ON CONFLICT (user_id) DO UPDATE SET mask = excluded.mask"},
	/* notice: primary key; notice_once; the others' primary keys */
	[STMT_NOTICE_DELETE_BY_USER] = {ON_WRITER, "DELETE FROM notice WHERE user_id = ?1"},
	[STMT_NOTICE_DELETE_BY_ACTOR] = {ON_WRITER, "DELETE FROM notice WHERE actor_id = ?1"},
	[STMT_NOTICE_STATE_DELETE] = {ON_WRITER, "DELETE FROM notice_state WHERE user_id = ?1"},
	[STMT_NOTICE_SETTING_DELETE] = {ON_WRITER, "DELETE FROM notice_setting WHERE user_id = ?1"},
	/* sample: primary key */
	[STMT_SAMPLE_PUT] = {ON_WRITER,
			     "INSERT INTO sample (resolution_s, at_s, node, data) "
			     "VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET data = ?4"},
	[STMT_SAMPLE_TRIM] = {ON_WRITER,
			      "DELETE FROM sample WHERE resolution_s = ?1 AND at_s < ?2"},
	[STMT_INDEX_INSERT] = {ON_WRITER, "INSERT INTO post_index (rowid, words) VALUES (?1, ?2)"},
	/* post_index_docsize: FTS5's own table of the rows that there are, by primary key */
	[STMT_INDEX_DELETE] = {ON_WRITER, "INSERT INTO post_index (post_index, rowid, words) "
					  "SELECT 'delete', ?1, ?2 WHERE EXISTS "
					  "(SELECT 1 FROM post_index_docsize WHERE id = ?1)"},
	/* post_unindexed, post, post_index_docsize: primary keys */
	[STMT_UNINDEXED_INSERT] = {ON_WRITER, "INSERT INTO post_unindexed (post_id) VALUES (?1)"},
	[STMT_UNINDEXED_LIST] = {ON_WRITER,
				 "SELECT p.id, p.author_id, p.text, EXISTS (SELECT 1 FROM "
				 "post_index_docsize d WHERE d.id = p.id) FROM post_unindexed t "
				 "CROSS JOIN post p ON p.id = t.post_id "
				 "WHERE t.post_id > 0 ORDER BY t.post_id"},
	[STMT_UNINDEXED_DELETE] = {ON_WRITER, "DELETE FROM post_unindexed WHERE post_id > 0"},
	/* post_tag: primary key */
	[STMT_TAG_INSERT] = {ON_WRITER, "INSERT INTO post_tag (tag_key, post_id) VALUES (?1, ?2) "
					"ON CONFLICT DO NOTHING"},
	/* post_tag_by_post */
	[STMT_TAG_DELETE] = {ON_WRITER, "DELETE FROM post_tag WHERE post_id = ?1"},
	/* post: primary key */
	[STMT_POST_TEXT] = {ON_WRITER, "SELECT id, author_id, text FROM post WHERE id = ?1"},
	/* post_by_author */
	[STMT_POST_TEXT_BY_AUTHOR] = {ON_WRITER,
				      "SELECT id, author_id, text FROM post WHERE author_id = ?1"},
	/* one row */
	[STMT_SEARCH_CHECKED] = {ON_WRITER, "SELECT checked FROM search_state WHERE one = 1"},
	[STMT_SEARCH_SET_CHECKED] = {ON_WRITER,
				     "UPDATE search_state SET checked = ?1 WHERE one = 1"},
	/* post: primary key; post_index_docsize: primary key */
	[STMT_SEARCH_UNCHECKED] = {ON_WRITER,
				   "SELECT p.id, p.author_id, p.text, EXISTS (SELECT 1 FROM "
				   "post_index_docsize d WHERE d.id = p.id) FROM post p "
				   "WHERE p.id > ?1 ORDER BY p.id LIMIT ?2"},
	/* origin_set (kind, source): unique */
	[STMT_ORIGIN_SET_INSERT] = {ON_WRITER, "INSERT INTO origin_set (kind, source) "
					       "VALUES (?1, ?2) ON CONFLICT DO NOTHING"},
	[STMT_ORIGIN_SET_GET] = {ON_WRITER,
				 "SELECT id FROM origin_set WHERE kind = ?1 AND source = ?2"},
	/* origin: primary key */
	[STMT_ORIGIN_INSERT] = {ON_WRITER, "INSERT INTO origin (set_id, legacy_id, id) "
					   "VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET id = ?3"},
	[STMT_ORIGIN_GET] = {ON_WRITER,
			     "SELECT id FROM origin WHERE set_id = ?1 AND legacy_id = ?2"},
	/* user: primary key */
	[STMT_ACCOUNT_SET_EMAIL] = {ON_WRITER, "UPDATE user SET email = ?2 WHERE id = ?1"},

	/* user_state: primary key */
	[STMT_STANDING_GET] = {ON_READER, "SELECT u.state, coalesce(t.since_ms, 0), "
					  "coalesce(t.until_ms, 0), coalesce(t.reason, '') "
					  "FROM user u LEFT JOIN user_state t ON t.user_id = u.id "
					  "WHERE u.id = ?1"},
	/* user_state_by_state, covering; user, user_count: primary keys */
	[STMT_STANDING_LIST] = {ON_READER,
				"SELECT " USER_COLUMNS
				"FROM user_state t CROSS JOIN user u ON u.id = t.user_id "
				"CROSS JOIN user_count c ON c.user_id = u.id "
				"WHERE t.state = ?1 AND t.user_id > ?2 "
				"ORDER BY t.user_id LIMIT ?3"},
	/* setting: primary key, from the first name on; some tens of rows */
	[STMT_SETTING_LIST] = {ON_READER,
			       "SELECT name, value FROM setting WHERE name > '' ORDER BY name"},
	/* report_by_state and user_state_by_state, covering */
	[STMT_MODERATION_COUNTS] =
		{ON_READER,
		 "SELECT (SELECT count(*) FROM (SELECT 1 FROM report WHERE state = 0 LIMIT 1000)), "
		 "(SELECT count(*) FROM (SELECT 1 FROM user_state WHERE state = 2 LIMIT 1000))"},
	/* user: primary key */
	[STMT_USER_STATE] = {ON_WRITER, "SELECT state FROM user WHERE id = ?1"},
	[STMT_USER_STATE_SET] = {ON_WRITER, "UPDATE user SET state = ?2 WHERE id = ?1"},
	/* user_state: primary key */
	[STMT_STANDING_PUT] = {ON_WRITER, "REPLACE INTO user_state "
					  "(user_id, state, since_ms, until_ms, reason) "
					  "VALUES (?1, ?2, ?3, ?4, ?5)"},
	[STMT_STANDING_DELETE] = {ON_WRITER, "DELETE FROM user_state WHERE user_id = ?1"},
	/* post_by_author */
	[STMT_POST_HIDE_BY_AUTHOR] = {ON_WRITER, "UPDATE post SET flagged = 1 "
						 "WHERE author_id = ?1 AND flagged = 0"},
	/* post_by_author; flag_kept: primary key */
	[STMT_POST_SHOW_BY_AUTHOR] = {ON_WRITER,
				      "UPDATE post SET flagged = 0 "
				      "WHERE author_id = ?1 AND flagged = 1 AND NOT EXISTS "
				      "(SELECT 1 FROM flag_kept k WHERE k.post_id = post.id)"},
	/* flag_kept: primary key; post: primary key, post_by_author */
	[STMT_FLAG_KEEP] = {ON_WRITER, "INSERT INTO flag_kept (post_id, author_id) VALUES (?1, ?2) "
				       "ON CONFLICT DO NOTHING"},
	[STMT_FLAG_KEEP_BY_AUTHOR] = {ON_WRITER, "INSERT INTO flag_kept (post_id, author_id) "
						 "SELECT id, author_id FROM post "
						 "WHERE author_id = ?1 AND flagged = 1 "
						 "ON CONFLICT DO NOTHING"},
	[STMT_FLAG_DROP] = {ON_WRITER, "DELETE FROM flag_kept WHERE post_id = ?1"},
	/* flag_kept_by_author */
	[STMT_FLAG_DROP_BY_AUTHOR] = {ON_WRITER, "DELETE FROM flag_kept WHERE author_id = ?1"},
	/* setting: primary key */
	[STMT_SETTING_PUT] = {ON_WRITER, "REPLACE INTO setting (name, value, changed_ms) "
					 "VALUES (?1, ?2, ?3)"},
	[STMT_SETTING_DELETE] = {ON_WRITER, "DELETE FROM setting WHERE name = ?1"},
	/* user: primary key, name_key; old_name: primary key, old_name_by_user */
	[STMT_RENAME_LOOK] =
		{ON_WRITER,
		 "SELECT EXISTS (SELECT 1 FROM user WHERE name_key = ?2 AND id <> ?1) OR "
		 "EXISTS (SELECT 1 FROM old_name WHERE name_key = ?2 AND user_id <> ?1), "
		 "EXISTS (SELECT 1 FROM old_name WHERE user_id = ?1 AND until_ms > ?3) "
		 "FROM user WHERE id = ?1"},
	[STMT_RENAME_KEEP] = {ON_WRITER, "INSERT INTO old_name (name_key, user_id, until_ms) "
					 "SELECT name_key, id, ?2 FROM user WHERE id = ?1 "
					 "ON CONFLICT (name_key) DO UPDATE SET until_ms = ?2"},
	[STMT_RENAME_SET] = {ON_WRITER, "UPDATE user SET name = ?2, name_key = ?3 WHERE id = ?1"},
	/* old_name: primary key */
	[STMT_OLD_NAME_GET] = {ON_READER, "SELECT user_id FROM old_name WHERE name_key = ?1"},
#include "store/sqlite/statement_mail.inc"
	/* ticket: primary key */
	[STMT_TICKET_PUT] = {ON_WRITER, "INSERT INTO ticket (hash, user_id, kind, expires_ms) "
					"VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING"},
	[STMT_TICKET_FIND] = {ON_READER, "SELECT user_id FROM ticket WHERE hash = ?1 "
					 "AND kind = ?2 AND expires_ms > ?3"},
	[STMT_TICKET_OWNER] = {ON_WRITER, "SELECT user_id FROM ticket WHERE hash = ?1 "
					  "AND kind = ?2 AND expires_ms > ?3"},
	[STMT_TICKET_TAKE] = {ON_WRITER, "DELETE FROM ticket WHERE hash = ?1"},
	/* ticket_by_user */
	[STMT_TICKET_COUNT] = {ON_READER,
			       "SELECT count(*) FROM ticket WHERE user_id = ?1 AND kind = ?2"},
	[STMT_TICKET_DROP] = {ON_WRITER, "DELETE FROM ticket WHERE user_id = ?1 AND kind = ?2"},
	/* ticket_by_expiry */
	[STMT_TICKET_EXPIRE] = {ON_WRITER, "DELETE FROM ticket WHERE expires_ms <= ?1"},
	/* totp: primary key */
	[STMT_TOTP_GET] = {ON_READER,
			   "SELECT secret, last_step, confirmed FROM totp WHERE user_id = ?1"},
	[STMT_TOTP_BEGIN] = {ON_WRITER, "INSERT INTO totp (user_id, secret, last_step, confirmed) "
					"VALUES (?1, ?2, 0, 0) ON CONFLICT (user_id) DO UPDATE "
					"SET secret = ?2, last_step = 0 WHERE confirmed = 0"},
	[STMT_TOTP_USE] = {ON_WRITER, "UPDATE totp SET last_step = ?2, confirmed = 1 "
				      "WHERE user_id = ?1 AND last_step < ?2"},
	[STMT_TOTP_DELETE] = {ON_WRITER, "DELETE FROM totp WHERE user_id = ?1"},
	/* block: primary key, block_by_other; mute: primary key. The numbers are enum unseen_why.
	 */
	[STMT_UNSEEN_LIST] = {ON_READER,
			      "SELECT other_id, 1 FROM block WHERE user_id = ?1 UNION ALL "
			      "SELECT user_id, 2 FROM block WHERE other_id = ?1 UNION ALL "
			      "SELECT other_id, 4 FROM mute WHERE user_id = ?1"},
	/* block, mute: primary keys */
	[STMT_BLOCK_LIST] = {ON_READER, "SELECT " USER_COLUMNS
					"FROM block b CROSS JOIN user u ON u.id = b.other_id "
					"CROSS JOIN user_count c ON c.user_id = u.id "
					"WHERE b.user_id = ?1 AND b.other_id < ?2 "
					"ORDER BY b.other_id DESC LIMIT ?3"},
	[STMT_MUTE_LIST] = {ON_READER, "SELECT " USER_COLUMNS
				       "FROM mute b CROSS JOIN user u ON u.id = b.other_id "
				       "CROSS JOIN user_count c ON c.user_id = u.id "
				       "WHERE b.user_id = ?1 AND b.other_id < ?2 "
				       "ORDER BY b.other_id DESC LIMIT ?3"},
	/*
	 * follow: primary key; post_public or post's primary key, from its end; the few hundred
	 * people found there are sorted
	 */
	[STMT_SUGGESTIONS] =
		{ON_READER,
		 "WITH near AS (SELECT g.followee_id AS id FROM (SELECT followee_id FROM follow "
		 "WHERE follower_id = ?1 ORDER BY followee_id DESC LIMIT 100) f CROSS JOIN "
		 "follow g ON g.follower_id = f.followee_id LIMIT 5000), "
		 "lately AS (SELECT author_id AS id FROM post WHERE flagged = 0 "
		 "ORDER BY post.id DESC LIMIT 500), "
		 "candidate AS (SELECT id, sum(tie) AS ties FROM (SELECT id, 1 AS tie FROM near "
		 "UNION ALL SELECT id, 0 FROM lately) GROUP BY id) "
		 "SELECT " USER_COLUMNS "FROM candidate x CROSS JOIN user u ON u.id = x.id "
		 "CROSS JOIN user_count c ON c.user_id = u.id "
		 "WHERE u.state = 0 AND u.id <> ?1 AND u.id < ?2 AND NOT EXISTS "
		 "(SELECT 1 FROM follow WHERE follower_id = ?1 AND followee_id = u.id "
		 "UNION ALL SELECT 1 FROM block WHERE user_id = ?1 AND other_id = u.id "
		 "UNION ALL SELECT 1 FROM block WHERE user_id = u.id AND other_id = ?1 "
		 "UNION ALL SELECT 1 FROM mute WHERE user_id = ?1 AND other_id = u.id) "
		 "ORDER BY x.ties DESC, c.followers DESC, u.id LIMIT ?3"},
	/* profile: primary key */
	[STMT_PROFILE_GET] = {ON_READER, "SELECT bio, link FROM profile WHERE user_id = ?1"},
	/* avatar: by hash; user: primary key. A picture that two people have is there while one is.
	 */
	[STMT_AVATAR_SMALL] = {ON_READER,
			       "SELECT a.small FROM avatar a CROSS JOIN user u ON u.id = a.user_id "
			       "WHERE a.hash = ?1 AND u.state NOT IN (1, 3) LIMIT 1"},
	[STMT_AVATAR_LARGE] = {ON_READER,
			       "SELECT a.large FROM avatar a CROSS JOIN user u ON u.id = a.user_id "
			       "WHERE a.hash = ?1 AND u.state NOT IN (1, 3) LIMIT 1"},
	/* user, avatar: primary keys */
	[STMT_AVATAR_NAME] = {ON_WRITER, "UPDATE user SET avatar = ?2 WHERE id = ?1"},
	[STMT_AVATAR_PUT] = {ON_WRITER,
			     "REPLACE INTO avatar (user_id, hash, small, large, changed_ms) "
			     "VALUES (?1, ?2, ?3, ?4, ?5)"},
	[STMT_AVATAR_DELETE] = {ON_WRITER, "DELETE FROM avatar WHERE user_id = ?1"},
	[STMT_PROFILE_PUT] = {ON_WRITER, "REPLACE INTO profile (user_id, bio, link) "
					 "VALUES (?1, ?2, ?3)"},
	/* block, mute: primary keys */
	[STMT_BLOCK_INSERT] = {ON_WRITER, "INSERT INTO block (user_id, other_id) VALUES (?1, ?2) "
					  "ON CONFLICT DO NOTHING"},
	[STMT_BLOCK_DELETE] = {ON_WRITER, "DELETE FROM block WHERE user_id = ?1 AND other_id = ?2"},
	[STMT_BLOCK_BETWEEN] = {ON_WRITER,
				"SELECT 1 FROM block WHERE user_id = ?1 AND other_id = ?2 "
				"UNION ALL SELECT 1 FROM block "
				"WHERE user_id = ?2 AND other_id = ?1 LIMIT 1"},
	[STMT_MUTE_INSERT] = {ON_WRITER, "INSERT INTO mute (user_id, other_id) VALUES (?1, ?2) "
					 "ON CONFLICT DO NOTHING"},
	[STMT_MUTE_DELETE] = {ON_WRITER, "DELETE FROM mute WHERE user_id = ?1 AND other_id = ?2"},
	/* user: primary key */
	[STMT_SELECTIVE_SET] = {ON_WRITER, "UPDATE user SET selective = 1 WHERE id IN (?1, ?2)"},
	[STMT_DISPLAY_SET] = {ON_WRITER, "UPDATE user SET display = ?2 WHERE id = ?1"},
	/* report: primary key */
	[STMT_REPORT_GET] = {ON_READER,
			     "SELECT r.id, r.at_ms, r.reporter_id, r.user_id, r.post_id, "
			     "r.category, r.text, r.state, r.claimed_by, r.closed_by, "
			     "r.closed_ms, r.note, coalesce((SELECT n.name FROM user n WHERE "
			     "n.id = r.reporter_id), ''), coalesce((SELECT n.name FROM user n "
			     "WHERE n.id = r.user_id), ''), coalesce((SELECT n.name FROM user n "
			     "WHERE n.id = r.claimed_by), ''), coalesce((SELECT p.text FROM post "
			     "p WHERE p.id = r.post_id), ''), coalesce((SELECT p.flagged FROM "
			     "post p WHERE p.id = r.post_id), 0) FROM report r WHERE r.id = ?1"},
	/* report_by_state */
	[STMT_REPORT_BY_STATE] =
		{ON_READER, "SELECT r.id, r.at_ms, r.reporter_id, r.user_id, r.post_id, "
			    "r.category, r.text, r.state, r.claimed_by, r.closed_by, "
			    "r.closed_ms, r.note, coalesce((SELECT n.name FROM user n WHERE "
			    "n.id = r.reporter_id), ''), coalesce((SELECT n.name FROM user n "
			    "WHERE n.id = r.user_id), ''), coalesce((SELECT n.name FROM user n "
			    "WHERE n.id = r.claimed_by), ''), coalesce((SELECT p.text FROM post "
			    "p WHERE p.id = r.post_id), ''), coalesce((SELECT p.flagged FROM "
			    "post p WHERE p.id = r.post_id), 0) FROM report r WHERE state = ?1 "
			    "AND id > ?2 ORDER BY id LIMIT ?3"},
	/* report_by_user */
	[STMT_REPORT_BY_USER] =
		{ON_READER, "SELECT r.id, r.at_ms, r.reporter_id, r.user_id, r.post_id, "
			    "r.category, r.text, r.state, r.claimed_by, r.closed_by, "
			    "r.closed_ms, r.note, coalesce((SELECT n.name FROM user n WHERE "
			    "n.id = r.reporter_id), ''), coalesce((SELECT n.name FROM user n "
			    "WHERE n.id = r.user_id), ''), coalesce((SELECT n.name FROM user n "
			    "WHERE n.id = r.claimed_by), ''), coalesce((SELECT p.text FROM post "
			    "p WHERE p.id = r.post_id), ''), coalesce((SELECT p.flagged FROM "
			    "post p WHERE p.id = r.post_id), 0) FROM report r WHERE user_id = "
			    "?1 AND id > ?2 ORDER BY id LIMIT ?3"},
	/* report_by_reporter */
	[STMT_REPORT_BY_REPORTER] =
		{ON_READER, "SELECT r.id, r.at_ms, r.reporter_id, r.user_id, r.post_id, "
			    "r.category, r.text, r.state, r.claimed_by, r.closed_by, "
			    "r.closed_ms, r.note, coalesce((SELECT n.name FROM user n WHERE "
			    "n.id = r.reporter_id), ''), coalesce((SELECT n.name FROM user n "
			    "WHERE n.id = r.user_id), ''), coalesce((SELECT n.name FROM user n "
			    "WHERE n.id = r.claimed_by), ''), coalesce((SELECT p.text FROM post "
			    "p WHERE p.id = r.post_id), ''), coalesce((SELECT p.flagged FROM "
			    "post p WHERE p.id = r.post_id), 0) FROM report r WHERE reporter_id "
			    "= ?1 AND id > ?2 ORDER BY id LIMIT ?3"},
	/* audit: primary key */
	[STMT_AUDIT_ALL] = {ON_READER,
			    "SELECT x.id, x.at_ms, x.actor_id, x.action, x.user_id, x.post_id, "
			    "x.report_id, x.detail, coalesce((SELECT n.name FROM user n WHERE "
			    "n.id = x.actor_id), ''), coalesce((SELECT n.name FROM user n WHERE "
			    "n.id = x.user_id), '') FROM audit x WHERE id < ?1 ORDER BY id DESC "
			    "LIMIT ?2"},
	/* audit_by_actor */
	[STMT_AUDIT_BY_ACTOR] =
		{ON_READER, "SELECT x.id, x.at_ms, x.actor_id, x.action, x.user_id, x.post_id, "
			    "x.report_id, x.detail, coalesce((SELECT n.name FROM user n WHERE "
			    "n.id = x.actor_id), ''), coalesce((SELECT n.name FROM user n WHERE "
			    "n.id = x.user_id), '') FROM audit x WHERE actor_id = ?3 AND id < "
			    "?1 ORDER BY id DESC LIMIT ?2"},
	/* audit_by_user */
	[STMT_AUDIT_BY_USER] =
		{ON_READER, "SELECT x.id, x.at_ms, x.actor_id, x.action, x.user_id, x.post_id, "
			    "x.report_id, x.detail, coalesce((SELECT n.name FROM user n WHERE "
			    "n.id = x.actor_id), ''), coalesce((SELECT n.name FROM user n WHERE "
			    "n.id = x.user_id), '') FROM audit x WHERE user_id = ?3 AND id < ?1 "
			    "ORDER BY id DESC LIMIT ?2"},
	/* person_note_by_user */
	[STMT_NOTE_LIST] = {ON_READER,
			    "SELECT x.id, x.user_id, x.author_id, x.at_ms, x.warning, "
			    "x.acknowledged_ms, x.text, coalesce((SELECT n.name FROM user n "
			    "WHERE n.id = x.author_id), '') FROM person_note x WHERE x.user_id "
			    "= ?1 ORDER BY x.id DESC LIMIT 100"},
	/* invitation_by_time */
	[STMT_INVITATION_LIST] = {ON_READER,
				  "SELECT x.code, x.created_by, x.at_ms, x.expires_ms, x.uses_max, "
				  "x.uses, coalesce((SELECT n.name FROM user n WHERE n.id = "
				  "x.created_by), '') FROM invitation x WHERE x.at_ms > 0 ORDER BY "
				  "x.at_ms DESC, x.code DESC LIMIT 100"},
	/* invitation: primary key */
	[STMT_INVITATION_CHECK] =
		{ON_READER, "SELECT 1 FROM invitation WHERE code = ?1 AND uses < uses_max AND "
			    "expires_ms > ?2"},
	/* user.name_key: unique */
	[STMT_PEOPLE_BY_NAME] = {ON_READER,
				 "SELECT " USER_COLUMNS " FROM user u CROSS JOIN user_count c ON "
				 "c.user_id = u.id WHERE u.name_key >= ?1 AND u.name_key < ?2 AND "
				 "u.name_key > ?3 ORDER BY u.name_key LIMIT ?4"},
	/* user_by_role */
	[STMT_PEOPLE_BY_ROLE] = {ON_READER,
				 "SELECT " USER_COLUMNS " FROM user u CROSS JOIN user_count c ON "
				 "c.user_id = u.id WHERE u.role = ?1 AND u.role <> 0 ORDER BY u.id "
				 "LIMIT ?2"},
	[STMT_AUDIT_ADD] = {ON_WRITER,
			    "INSERT INTO audit (id, at_ms, actor_id, action, user_id, post_id, "
			    "report_id, detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"},
	/* report_once */
	[STMT_REPORT_ADD] = {ON_WRITER,
			     "INSERT INTO report (id, at_ms, reporter_id, user_id, post_id, "
			     "category, text, state, claimed_by, closed_by, closed_ms, note) "
			     "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, 0, 0, 0, '') ON CONFLICT DO "
			     "NOTHING"},
	/* report: primary key */
	[STMT_REPORT_CLAIM] = {ON_WRITER,
			       "UPDATE report SET claimed_by = ?2 WHERE id = ?1 AND state = 0"},
	/* report: primary key */
	[STMT_REPORT_CLOSE] = {ON_WRITER,
			       "UPDATE report SET state = ?2, closed_by = ?3, closed_ms = ?4, note "
			       "= ?5 WHERE id = ?1 AND state = 0"},
	/* report: primary key */
	[STMT_REPORT_EXISTS] = {ON_WRITER, "SELECT id FROM report WHERE id = ?1"},
	[STMT_NOTE_ADD] = {ON_WRITER,
			   "INSERT INTO person_note (id, user_id, author_id, at_ms, warning, "
			   "acknowledged_ms, text) VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6)"},
	/* user: primary key */
	[STMT_WARNING_SET] = {ON_WRITER, "UPDATE user SET warning_id = ?2 WHERE id = ?1"},
	/* person_note_by_user */
	[STMT_WARNING_ACKNOWLEDGE] =
		{ON_WRITER, "UPDATE person_note SET acknowledged_ms = ?2 WHERE user_id = ?1 AND "
			    "warning = 1 AND acknowledged_ms = 0"},
	/* invitation: primary key */
	[STMT_INVITATION_ADD] = {ON_WRITER,
				 "INSERT INTO invitation (code, created_by, at_ms, expires_ms, "
				 "uses_max, uses) VALUES (?1, ?2, ?3, ?4, ?5, 0) ON CONFLICT DO "
				 "NOTHING"},
	/* invitation: primary key */
	[STMT_INVITATION_END] = {ON_WRITER, "DELETE FROM invitation WHERE code = ?1"},
	/* invitation: primary key */
	[STMT_INVITATION_LEFT] = {ON_WRITER,
				  "SELECT 1 FROM invitation WHERE code = ?1 AND uses < uses_max "
				  "AND expires_ms > ?2"},
	/* invitation: primary key */
	[STMT_INVITATION_USE] = {ON_WRITER,
				 "UPDATE invitation SET uses = uses + 1 WHERE code = ?1 AND uses < "
				 "uses_max AND expires_ms > ?2"},
	/* user_by_role */
	[STMT_OTHER_ADMIN] = {ON_WRITER,
			      "SELECT id FROM user WHERE id = ?1 AND role <> 1 UNION ALL "
			      "SELECT id FROM user WHERE role = 1 AND role <> 0 "
			      "AND state = 0 AND id <> ?1"},
	/* report_by_user */
	[STMT_REPORT_LOSE_SUBJECT] =
		{ON_WRITER, "UPDATE report SET user_id = 0, post_id = 0, text = '', note = '', "
			    "state = CASE state WHEN 0 THEN 3 ELSE state END WHERE user_id = ?1"},
	/* report_by_reporter */
	[STMT_REPORT_LOSE_REPORTER] =
		{ON_WRITER, "UPDATE report SET reporter_id = 0, text = '' WHERE reporter_id = "
			    "?1"},
	/* report_by_claimer */
	[STMT_REPORT_LOSE_CLAIMER] = {ON_WRITER,
				      "UPDATE report SET claimed_by = 0 WHERE claimed_by = ?1 AND "
				      "claimed_by <> 0"},
	/* report_by_closer */
	[STMT_REPORT_LOSE_CLOSER] =
		{ON_WRITER, "UPDATE report SET closed_by = 0 WHERE closed_by = ?1 AND closed_by "
			    "<> 0"},
	/* person_note_by_user */
	[STMT_NOTE_LOSE_USER] = {ON_WRITER, "DELETE FROM person_note WHERE user_id = ?1"},
	/* person_note_by_author */
	[STMT_NOTE_LOSE_AUTHOR] = {ON_WRITER,
				   "UPDATE person_note SET author_id = 0 WHERE author_id = ?1"},
	/* invitation_by_creator */
	[STMT_INVITATION_LOSE_CREATOR] =
		{ON_WRITER, "UPDATE invitation SET created_by = 0 WHERE created_by = ?1"},
	/* audit_by_actor */
	[STMT_AUDIT_LOSE_ACTOR] = {ON_WRITER, "UPDATE audit SET actor_id = 0 WHERE actor_id = ?1"},
	/* audit_by_user */
	[STMT_AUDIT_LOSE_USER] = {ON_WRITER,
				  "UPDATE audit SET user_id = 0, post_id = 0 WHERE user_id = ?1"},
};
