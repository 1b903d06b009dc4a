-- kind: expand
--
-- What a node saw of itself and of the community in an interval of time: the history behind the
-- dashboard (docs/dashboard.md names the numbers). Rows of a minute are kept for two days; they are
-- added up into rows of ten minutes, an hour and a day, which are kept for longer. Nothing else refers to them.
CREATE TABLE sample (
	resolution_s  INTEGER NOT NULL,  -- length of the interval: 60, 600, 3600, 86400
	at_s          INTEGER NOT NULL,  -- its beginning, in seconds since 1970 UTC
	node          TEXT NOT NULL,     -- who saw it
	data          TEXT NOT NULL,     -- an object of numbers by name: data ->> 'users'
	PRIMARY KEY (resolution_s, at_s, node)
) STRICT, WITHOUT ROWID;
