-- kind: online
-- Each post's length, and an index of it.
UPDATE post SET length = char_length(text) WHERE id > :after AND id <= :upto AND length = -1;
CREATE INDEX CONCURRENTLY IF NOT EXISTS post_by_length ON post (length, id) WHERE NOT flagged;
