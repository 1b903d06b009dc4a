-- kind: expand
--
-- What a person is told of: somebody followed them, answered, liked. Written in the transaction of what
-- caused it, so it is never missing; the newest thousand of a person are kept.
-- A program that doesn't know of it deletes people as before, so rows follow by themselves.
CREATE TABLE notice (
	user_id     INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,  -- who is told
	id          INTEGER NOT NULL,
	kind        INTEGER NOT NULL,                       -- enum notice_kind
	actor_id    INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,  -- who did it
	post_id     INTEGER NOT NULL,                       -- the post it is about; 0: none
	created_ms  INTEGER NOT NULL,
	PRIMARY KEY (user_id, id)
) STRICT, WITHOUT ROWID;
-- The same thing done again is no news. It also finds what an actor has undone.
CREATE UNIQUE INDEX notice_once ON notice (actor_id, kind, post_id, user_id);
-- A post that goes takes its notices along.
CREATE INDEX notice_by_post ON notice (post_id) WHERE post_id > 0;

-- What has been read: notices up to this id. Apart from what is chosen, because it changes often.
CREATE TABLE notice_state (
	user_id       INTEGER PRIMARY KEY REFERENCES user (id) ON DELETE CASCADE,
	read_upto_id  INTEGER NOT NULL
) STRICT;

-- What a person doesn't want to hear of. No row: they hear of everything.
CREATE TABLE notice_setting (
	user_id  INTEGER PRIMARY KEY REFERENCES user (id) ON DELETE CASCADE,
	mask     INTEGER NOT NULL  -- bits: 1 << kind is off; bit 0: only of people whom they follow
) STRICT;
