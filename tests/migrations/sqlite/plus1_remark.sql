-- kind: expand
-- What a next release might add: columns in tables that the one before reads, a table, an index.
ALTER TABLE post ADD COLUMN length INTEGER NOT NULL DEFAULT -1;
ALTER TABLE user ADD COLUMN posts TEXT;
ALTER TABLE user_count ADD COLUMN id INTEGER NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN place TEXT NOT NULL DEFAULT '';
CREATE TABLE remark (
	user_id  INTEGER PRIMARY KEY REFERENCES user (id),
	text     TEXT NOT NULL
);
CREATE INDEX remark_by_text ON remark (text);
