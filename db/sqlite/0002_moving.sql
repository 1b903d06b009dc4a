-- kind: expand
--
-- What the database says about itself, by name:
--   frozen  nothing may be written (kinglet freeze); the writer looks in each transaction
--   copy    this is a copy, of what, and whether it is whole (kinglet copy)
CREATE TABLE note (
	name   TEXT PRIMARY KEY,
	value  TEXT NOT NULL
) STRICT, WITHOUT ROWID;
