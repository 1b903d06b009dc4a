-- kind: expand
--
-- Posts that are not in post_index yet: entering them one by one would cost as much as the rest of a post, so the
-- writer enters some hundreds at once. A search looks at these one by one.
CREATE TABLE post_unindexed (
	post_id  INTEGER PRIMARY KEY REFERENCES post (id) ON DELETE CASCADE
) STRICT;
