-- kind: expand
--
-- The language that a person chose for their pages: a tag of lang/, or empty for what the browser asks for.
ALTER TABLE user ADD COLUMN language TEXT NOT NULL DEFAULT '';
