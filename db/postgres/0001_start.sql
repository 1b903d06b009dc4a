-- The first schema, the same things as in db/sqlite/. A migration that has been released is never
-- edited: its digest is recorded in each database. What changes is a new file with the next number.
--
-- Ids are 64-bit and ordered by time (milliseconds since 1970, then 16 bits of sequence). Times are
-- milliseconds since 1970 UTC.

-- The highest id ever given. Sequences don't roll back and take no lock until the end of the
-- transaction, so writers never wait for each other here.
CREATE SEQUENCE id_last AS bigint MINVALUE 1 START 1;

-- A new id, not below `at_least` and above every id given before, by whichever node. One is given at a
-- time, under a lock that must end here: held until the end of the transaction it would make each writer
-- wait for the commit of the one before; one of the session, given back by hand, stays for ever where a
-- cancellation comes between. So it is taken in a part of the transaction that is always undone: what
-- ends that part, a cancellation or our own exception, gives the lock back. Sequences and variables
-- stay as they are.
CREATE FUNCTION next_id(at_least bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	id bigint;
BEGIN
	PERFORM pg_advisory_xact_lock(1263421260, 1);
	id := nextval('id_last');
	IF id < at_least THEN
		id := setval('id_last', at_least);
	END IF;
	RAISE EXCEPTION USING ERRCODE = 'KL001';
EXCEPTION WHEN SQLSTATE 'KL001' THEN
	RETURN id;
END $$;

-- A place in the order of writers: `xid` is a new transaction's number, and every transaction with a
-- higher one gives its posts ids above `id`, since it had not begun to write when `id` was the last.
-- The order of these two statements is the point. Nothing is written: the commit waits for no disk.
CREATE FUNCTION horizon(OUT id bigint, OUT xid bigint) LANGUAGE plpgsql AS $$
BEGIN
	SELECT last_value INTO id FROM id_last;
	xid := pg_current_xact_id()::text::bigint;
END $$;

-- The simulator's counter, one value for all nodes; -1 before any. A row of its own, since it changes
-- with nearly each request of a simulator; the room left in its page keeps the changes in place.
CREATE TABLE latest (
	one    boolean PRIMARY KEY DEFAULT true CHECK (one),
	value  bigint NOT NULL
) WITH (fillfactor = 10);
INSERT INTO latest (value) VALUES (-1);

-- Totals, as a sum over rows: a writer adds to the row of its own connection's number, so that writers
-- rarely wait for each other. What was taken away elsewhere may make a single row negative.
CREATE TABLE total (
	slot      integer PRIMARY KEY,
	users     bigint NOT NULL DEFAULT 0,
	posts     bigint NOT NULL DEFAULT 0,  -- unflagged ones
	follows   bigint NOT NULL DEFAULT 0,
	sessions  bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 10);
INSERT INTO total (slot) SELECT generate_series(0, 63);

-- Grows where posts come to light that are not new: a flag taken back, a bulk load of old posts.
-- Nodes then forget what they remember of timelines.
CREATE TABLE history (
	one    boolean PRIMARY KEY DEFAULT true CHECK (one),
	value  bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 10);
INSERT INTO history DEFAULT VALUES;

CREATE TABLE "user" (
	id          bigint PRIMARY KEY,
	name        text NOT NULL,         -- as registered
	name_key    text NOT NULL COLLATE "C" UNIQUE,  -- Unicode-folded: under it a name is taken
	email       text NOT NULL,
	pw_hash     text NOT NULL,
	role        bigint NOT NULL,       -- enum user_role
	created_ms  bigint NOT NULL
);

-- Apart from user, because it changes with each post and follow: small rows, changed in place.
CREATE TABLE user_count (
	user_id    bigint PRIMARY KEY REFERENCES "user" (id),
	posts      bigint NOT NULL DEFAULT 0,  -- unflagged ones
	followers  bigint NOT NULL DEFAULT 0,
	following  bigint NOT NULL DEFAULT 0,
	-- Changes with whom the person follows: nodes that remember that compare it.
	follow_version  bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 70);

CREATE TABLE post (
	id          bigint PRIMARY KEY,
	author_id   bigint NOT NULL REFERENCES "user" (id),
	text        text NOT NULL,
	created_ms  bigint NOT NULL,
	flagged     boolean NOT NULL DEFAULT false  -- hidden by a moderator
);
-- Everybody's timeline: flagged posts cost nothing there.
CREATE INDEX post_public ON post (id) WHERE NOT flagged;
-- One person's timeline; and all of their posts, to delete them, which the foreign key looks for as well:
-- its question names no flag, so an index of a part of the posts would be of no use to it.
CREATE INDEX post_by_author ON post (author_id, flagged, id);

CREATE TABLE follow (
	follower_id  bigint NOT NULL REFERENCES "user" (id),
	followee_id  bigint NOT NULL REFERENCES "user" (id),
	PRIMARY KEY (follower_id, followee_id)
);
CREATE INDEX follow_by_followee ON follow (followee_id, follower_id);

CREATE TABLE session (
	hash        bytea PRIMARY KEY,  -- of the cookie's token; the token itself is nowhere
	user_id     bigint NOT NULL REFERENCES "user" (id),
	created_ms  bigint NOT NULL,
	seen_ms     bigint NOT NULL,
	expires_ms  bigint NOT NULL,
	user_agent  text NOT NULL
);
CREATE INDEX session_by_user ON session (user_id, created_ms);
CREATE INDEX session_by_expiry ON session (expires_ms);

-- What an import made of which row of which source, so that a second run adds nothing.
CREATE TABLE origin_set (
	id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	kind    text NOT NULL,
	source  text NOT NULL,
	UNIQUE (kind, source)
);
CREATE TABLE origin (
	set_id     bigint NOT NULL REFERENCES origin_set (id),
	legacy_id  bigint NOT NULL,
	id         bigint NOT NULL,
	PRIMARY KEY (set_id, legacy_id)
);
