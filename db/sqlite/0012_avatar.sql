-- kind: expand
--
-- Pictures that people uploaded, decoded and encoded anew: nothing of the file that came is kept.

-- Names the picture, with every post: hence in the person's row. 0: none.
ALTER TABLE user ADD COLUMN avatar INTEGER NOT NULL DEFAULT 0;

CREATE TABLE avatar (
	user_id     INTEGER PRIMARY KEY REFERENCES user (id) ON DELETE CASCADE,
	hash        INTEGER NOT NULL,  -- of `large`; above 0; the same as user.avatar
	small       BLOB NOT NULL,     -- WebP
	large       BLOB NOT NULL,
	changed_ms  INTEGER NOT NULL
) STRICT;
CREATE INDEX avatar_by_hash ON avatar (hash);
