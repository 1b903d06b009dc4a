-- kind: expand
--
-- Mail that waits to be sent, for a day at most. Texts are made when it is sent, and one-time links with them, so
-- that there is no secret here. Not copied elsewhere by `kinglet copy`: it would be sent twice.
CREATE TABLE mail_queue (
	id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	user_id     bigint REFERENCES "user" (id) ON DELETE CASCADE,  -- NULL: it is yet to be found out
	kind        bigint NOT NULL,  -- enum mail_kind
	address     text NOT NULL,    -- where to; of a request for a new password, what was typed
	language    text NOT NULL,    -- a tag of lang/
	created_ms  bigint NOT NULL,
	due_ms      bigint NOT NULL,  -- not to be tried before; whoever tries it moves it on first
	attempts    bigint NOT NULL
);
CREATE INDEX mail_queue_by_due ON mail_queue (due_ms);
CREATE INDEX mail_queue_by_user ON mail_queue (user_id);

-- Addresses that their people have shown to be theirs. Of use while it is the one in "user".
CREATE TABLE email_confirmed (
	user_id    bigint PRIMARY KEY REFERENCES "user" (id) ON DELETE CASCADE,
	email      text NOT NULL,
	email_key  text NOT NULL COLLATE "C"  -- folded
);
CREATE INDEX email_confirmed_by_key ON email_confirmed (email_key, user_id);
