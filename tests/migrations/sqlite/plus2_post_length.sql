-- kind: online
-- Each post's length, and an index of it.
UPDATE post SET length = length(text) WHERE id > :after AND id <= :upto AND length = -1;
CREATE INDEX IF NOT EXISTS post_by_length ON post (length, id) WHERE flagged = 0;
