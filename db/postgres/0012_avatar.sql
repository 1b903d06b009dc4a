-- kind: expand
--
-- Pictures that people uploaded, decoded and encoded anew: nothing of the file that came is kept.

-- Names the picture, with every post: hence in the person's row. 0: none.
ALTER TABLE "user" ADD COLUMN avatar bigint NOT NULL DEFAULT 0;

CREATE TABLE avatar (
	user_id     bigint PRIMARY KEY REFERENCES "user" (id) ON DELETE CASCADE,
	hash        bigint NOT NULL,   -- of `large`; above 0; the same as user.avatar
	small       bytea NOT NULL,    -- WebP
	large       bytea NOT NULL,
	changed_ms  bigint NOT NULL
);
CREATE INDEX avatar_by_hash ON avatar (hash);
