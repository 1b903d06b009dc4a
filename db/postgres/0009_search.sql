-- kind: expand
--
-- Finding posts by their words and tags. Kinglet cuts texts into words itself (src/base/word.h), so that
-- every engine finds the same: no dictionary and no parser of the server's is used.
CREATE TABLE post_index (
	post_id  bigint PRIMARY KEY REFERENCES post (id) ON DELETE CASCADE,
	tokens   tsvector NOT NULL
);
-- What is not yet merged into the index is read by every search: little of it.
CREATE INDEX post_index_tokens ON post_index USING gin (tokens) WITH (gin_pending_list_limit = 512);

CREATE TABLE post_tag (
	tag_key  text NOT NULL COLLATE "C",  -- folded
	post_id  bigint NOT NULL REFERENCES post (id) ON DELETE CASCADE,
	PRIMARY KEY (tag_key, post_id)
);
CREATE INDEX post_tag_by_post ON post_tag (post_id);

-- Posts up to this id have been looked at, and are in the index. Newer ones may be missing where a program
-- wrote them that knows of no index.
CREATE TABLE search_state (
	one      boolean PRIMARY KEY DEFAULT true CHECK (one),
	checked  bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 10);
INSERT INTO search_state DEFAULT VALUES;

-- The unflagged posts that match, from `low` to `high`, the newest first (or `up`: the oldest). Planned
-- anew each time: for a rare word the index is right, for a common one it is to go through the newest
-- posts, and only the word itself says which.
CREATE FUNCTION search_posts(q tsquery, low bigint, high bigint, wanted bigint, up boolean)
RETURNS SETOF bigint LANGUAGE plpgsql STABLE ROWS 30 SET plan_cache_mode = force_custom_plan AS $$
BEGIN
	IF up THEN
		RETURN QUERY SELECT i.post_id FROM post_index i
			WHERE i.tokens @@ q AND i.post_id BETWEEN low AND high
			AND (SELECT NOT p.flagged FROM post p WHERE p.id = i.post_id)
			ORDER BY i.post_id LIMIT wanted;
	ELSE
		RETURN QUERY SELECT i.post_id FROM post_index i
			WHERE i.tokens @@ q AND i.post_id BETWEEN low AND high
			AND (SELECT NOT p.flagged FROM post p WHERE p.id = i.post_id)
			ORDER BY i.post_id DESC LIMIT wanted;
	END IF;
END $$;
