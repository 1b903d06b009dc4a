-- kind: expand
--
-- One-time secrets, of which only hashes are here: recovery codes, links that set a new password, sign-ins
-- whose second step is due.
CREATE TABLE ticket (
	hash        BLOB PRIMARY KEY,
	user_id     INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
	kind        INTEGER NOT NULL,  -- enum ticket_kind
	expires_ms  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX ticket_by_user ON ticket (user_id, kind);
CREATE INDEX ticket_by_expiry ON ticket (expires_ms);

-- The secret that a person's authenticator shares with us (RFC 6238). As it is: a code can't be checked
-- against a hash (docs/account.md says what that means for who reads the database).
CREATE TABLE totp (
	user_id    INTEGER PRIMARY KEY REFERENCES user (id) ON DELETE CASCADE,
	secret     BLOB NOT NULL,
	last_step  INTEGER NOT NULL,  -- of the code that was used last: no code is taken twice
	confirmed  INTEGER NOT NULL   -- 1: sign-ins ask for a code
) STRICT;

-- Names that somebody had before: they lead to that person, and nobody else gets them.
CREATE TABLE old_name (
	name_key  TEXT PRIMARY KEY,
	user_id   INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
	until_ms  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX old_name_by_user ON old_name (user_id, until_ms);
