-- kind: expand
--
-- Finding posts by their words and tags. Kinglet cuts texts into words itself (src/base/word.h): the
-- index is given tokens with spaces between, and splits at nothing else. It keeps no text of its own; what a
-- row was made of is made again from the post when it has to be taken out.
CREATE VIRTUAL TABLE post_index USING fts5(words, content = '', tokenize = "ascii tokenchars '#@_'");

CREATE TABLE post_tag (
	tag_key  TEXT NOT NULL,  -- folded
	post_id  INTEGER NOT NULL REFERENCES post (id) ON DELETE CASCADE,
	PRIMARY KEY (tag_key, post_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX post_tag_by_post ON post_tag (post_id);

-- Posts up to this id have been looked at, and are in the index. Newer ones may be missing where a program
-- wrote them that knows of no index.
CREATE TABLE search_state (
	one      INTEGER PRIMARY KEY CHECK (one = 1),
	checked  INTEGER NOT NULL
) STRICT;
INSERT INTO search_state VALUES (1, 0);
