-- kind: expand
--
-- Answers, likes, content warnings, and the keys by which an attempt to post is told from a second one.
ALTER TABLE post ADD COLUMN reply_to bigint NOT NULL DEFAULT 0;  -- may be gone; 0: none
ALTER TABLE post ADD COLUMN warning text NOT NULL DEFAULT '';
-- What answers a post. Empty when it is made; it costs one walk through the posts.
CREATE INDEX post_by_reply ON post (reply_to, id) WHERE reply_to <> 0 AND NOT flagged;

-- A program that doesn't know of it deletes people and posts as before, so rows follow by themselves.
CREATE TABLE post_like (
	user_id  bigint NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
	post_id  bigint NOT NULL REFERENCES post (id) ON DELETE CASCADE,
	PRIMARY KEY (user_id, post_id)
);
CREATE INDEX post_like_by_post ON post_like (post_id, user_id);

-- For a day. Not copied elsewhere by `kinglet copy`: no attempt lasts that long.
CREATE TABLE post_key (
	author_id   bigint NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
	key         text NOT NULL COLLATE "C",
	created_ms  bigint NOT NULL,
	PRIMARY KEY (author_id, key)
);
