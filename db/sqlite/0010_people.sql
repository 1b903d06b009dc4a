-- kind: expand
--
-- How people present themselves, and whom they don't want to see.

-- Shown beside the name, with every post: hence in the person's row. Empty: none.
ALTER TABLE user ADD COLUMN display TEXT NOT NULL DEFAULT '';
-- 1: the tables below may have rows about this person as a reader. Who never blocked or muted anybody, and
-- was never blocked, costs no question (store_unseen_list()). It stays 1.
ALTER TABLE user ADD COLUMN selective INTEGER NOT NULL DEFAULT 0;

-- Of people who wrote any of it; shown on their page alone.
CREATE TABLE profile (
	user_id  INTEGER PRIMARY KEY REFERENCES user (id) ON DELETE CASCADE,
	bio      TEXT NOT NULL,
	link     TEXT NOT NULL   -- http or https; empty: none
) STRICT;

-- user_id doesn't want to have to do with other_id: neither sees the other.
CREATE TABLE block (
	user_id   INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
	other_id  INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
	PRIMARY KEY (user_id, other_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX block_by_other ON block (other_id, user_id);

-- user_id doesn't want to read other_id, who never learns of it.
CREATE TABLE mute (
	user_id   INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
	other_id  INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
	PRIMARY KEY (user_id, other_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX mute_by_other ON mute (other_id, user_id);
