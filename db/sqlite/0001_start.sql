-- The first schema. A migration that has been released is never edited: its digest is recorded in
-- each database. What changes is a new file with the next number.
--
-- Ids are 64-bit and ordered by time (milliseconds since 1970, then 16 bits of sequence). Times are
-- milliseconds since 1970 UTC. STRICT: a column holds what it says, or the row is refused.

-- The one row of what is kept for the whole database. The writer holds it in memory and writes it
-- once for each group of commits.
CREATE TABLE state (
	one       INTEGER PRIMARY KEY CHECK (one = 1),
	last_id   INTEGER NOT NULL,  -- the highest id ever given: ids rise across restarts and clock steps
	latest    INTEGER NOT NULL,  -- the simulator's counter; -1 before any
	users     INTEGER NOT NULL,
	posts     INTEGER NOT NULL,  -- unflagged ones
	follows   INTEGER NOT NULL,
	sessions  INTEGER NOT NULL,
	hidden    INTEGER NOT NULL   -- commits that took posts out of sight: while it stays, rows in memory are right
) STRICT;
INSERT INTO state VALUES (1, 0, -1, 0, 0, 0, 0, 0);

CREATE TABLE user (
	id          INTEGER PRIMARY KEY,
	name        TEXT NOT NULL,         -- as registered
	name_key    TEXT NOT NULL UNIQUE,  -- Unicode-folded: under it a name is taken
	email       TEXT NOT NULL,
	pw_hash     TEXT NOT NULL,
	role        INTEGER NOT NULL,      -- enum user_role
	created_ms  INTEGER NOT NULL
) STRICT;

-- Apart from user, because it changes with each post and follow: these rows are small, so that a
-- group of commits touches few pages.
CREATE TABLE user_count (
	user_id    INTEGER PRIMARY KEY REFERENCES user (id),
	posts      INTEGER NOT NULL DEFAULT 0,  -- unflagged ones
	followers  INTEGER NOT NULL DEFAULT 0,
	following  INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE post (
	id          INTEGER PRIMARY KEY,
	author_id   INTEGER NOT NULL REFERENCES user (id),
	text        TEXT NOT NULL,
	created_ms  INTEGER NOT NULL,
	flagged     INTEGER NOT NULL DEFAULT 0  -- 1: hidden by a moderator
) STRICT;
-- One person's timeline: the post's id follows by itself, since SQLite ends each index entry with it.
CREATE INDEX post_by_author ON post (author_id, flagged);

CREATE TABLE follow (
	follower_id  INTEGER NOT NULL REFERENCES user (id),
	followee_id  INTEGER NOT NULL REFERENCES user (id),
	PRIMARY KEY (follower_id, followee_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX follow_by_followee ON follow (followee_id, follower_id);

CREATE TABLE session (
	hash        BLOB PRIMARY KEY,  -- of the cookie's token; the token itself is nowhere
	user_id     INTEGER NOT NULL REFERENCES user (id),
	created_ms  INTEGER NOT NULL,
	seen_ms     INTEGER NOT NULL,
	expires_ms  INTEGER NOT NULL,
	user_agent  TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_by_user ON session (user_id, created_ms);
CREATE INDEX session_by_expiry ON session (expires_ms);

-- What an import made of which row of which source, so that a second run adds nothing. Sources are
-- long texts and their rows many, hence two tables.
CREATE TABLE origin_set (
	id      INTEGER PRIMARY KEY,
	kind    TEXT NOT NULL,
	source  TEXT NOT NULL,
	UNIQUE (kind, source)
) STRICT;
CREATE TABLE origin (
	set_id     INTEGER NOT NULL REFERENCES origin_set (id),
	legacy_id  INTEGER NOT NULL,
	id         INTEGER NOT NULL,
	PRIMARY KEY (set_id, legacy_id)
) STRICT, WITHOUT ROWID;
