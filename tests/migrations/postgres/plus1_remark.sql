-- kind: expand
-- What a next release might add: columns in tables that the one before reads, a table, an index.
ALTER TABLE post ADD COLUMN length integer NOT NULL DEFAULT -1;
ALTER TABLE "user" ADD COLUMN posts text;
ALTER TABLE user_count ADD COLUMN id bigint NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN place text NOT NULL DEFAULT '';
CREATE TABLE remark (
	user_id  bigint PRIMARY KEY REFERENCES "user" (id),
	text     text NOT NULL
);
CREATE INDEX remark_by_text ON remark (text);
