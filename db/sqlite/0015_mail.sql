-- kind: expand
--
-- Mail that waits to be sent, for a day at most. Texts are made when it is sent, and one-time links with them, so
-- that there is no secret here. Not copied elsewhere by `kinglet copy`: it would be sent twice.
CREATE TABLE mail_queue (
	id          INTEGER PRIMARY KEY AUTOINCREMENT,
	user_id     INTEGER REFERENCES user (id) ON DELETE CASCADE,  -- NULL: it is yet to be found out
	kind        INTEGER NOT NULL,  -- enum mail_kind
	address     TEXT NOT NULL,     -- where to; of a request for a new password, what was typed
	language    TEXT NOT NULL,     -- a tag of lang/
	created_ms  INTEGER NOT NULL,
	due_ms      INTEGER NOT NULL,  -- not to be tried before; whoever tries it moves it on first
	attempts    INTEGER NOT NULL
) STRICT;
CREATE INDEX mail_queue_by_due ON mail_queue (due_ms);
CREATE INDEX mail_queue_by_user ON mail_queue (user_id);

-- Addresses that their people have shown to be theirs. Of use while it is the one in `user`.
CREATE TABLE email_confirmed (
	user_id    INTEGER PRIMARY KEY REFERENCES user (id) ON DELETE CASCADE,
	email      TEXT NOT NULL,
	email_key  TEXT NOT NULL  -- folded
) STRICT;
CREATE INDEX email_confirmed_by_key ON email_confirmed (email_key, user_id);
