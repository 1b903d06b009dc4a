-- kind: expand
--
-- What administrators and moderators keep. Ids of people and posts here are no foreign keys: what law and
-- operation need outlives both. When a person is deleted, their ids become 0 and their words empty.

-- Whether somebody may take part (enum user_state): read with each person, hence in their row.
ALTER TABLE user ADD COLUMN state INTEGER NOT NULL DEFAULT 0;
-- The newest warning (person_note) that they have not acknowledged; 0: none. Each page looks at it.
ALTER TABLE user ADD COLUMN warning_id INTEGER NOT NULL DEFAULT 0;
-- The few who are more than a person.
CREATE INDEX user_by_role ON user (role, id) WHERE role <> 0;

-- Since when and why, of those who are not active.
CREATE TABLE user_state (
	user_id   INTEGER PRIMARY KEY,
	state     INTEGER NOT NULL,  -- as in user
	since_ms  INTEGER NOT NULL,
	until_ms  INTEGER NOT NULL,  -- when a deletion is due; 0: open
	reason    TEXT NOT NULL
) STRICT;
CREATE INDEX user_state_by_state ON user_state (state, user_id);

-- The posts of somebody who is suspended are flagged, so that every list leaves them out at no cost.
-- These were flagged by a moderator and stay so when the person comes back.
CREATE TABLE flag_kept (
	post_id    INTEGER PRIMARY KEY,
	author_id  INTEGER NOT NULL
) STRICT;
CREATE INDEX flag_kept_by_author ON flag_kept (author_id);

-- Settings of the instance that were changed while it runs; what is not here is as configured.
CREATE TABLE setting (
	name        TEXT PRIMARY KEY,
	value       TEXT NOT NULL,
	changed_ms  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE report (
	id           INTEGER PRIMARY KEY,
	at_ms        INTEGER NOT NULL,
	reporter_id  INTEGER NOT NULL,
	user_id      INTEGER NOT NULL,  -- whom it is about
	post_id      INTEGER NOT NULL,  -- 0: about the person
	category     INTEGER NOT NULL,  -- enum report_category
	text         TEXT NOT NULL,
	state        INTEGER NOT NULL,  -- enum report_state; 0: open
	claimed_by   INTEGER NOT NULL,  -- 0: nobody
	closed_by    INTEGER NOT NULL,
	closed_ms    INTEGER NOT NULL,
	note         TEXT NOT NULL      -- of who closed it
) STRICT;
-- One open report of each reporter about each subject.
CREATE UNIQUE INDEX report_once ON report (reporter_id, user_id, post_id) WHERE state = 0 AND reporter_id <> 0;
CREATE INDEX report_by_state ON report (state, id);
CREATE INDEX report_by_user ON report (user_id, id);
CREATE INDEX report_by_reporter ON report (reporter_id, id);

-- What moderators write about a person for each other, and warnings, which the person reads.
CREATE TABLE person_note (
	id               INTEGER PRIMARY KEY,
	user_id          INTEGER NOT NULL,
	author_id        INTEGER NOT NULL,
	at_ms            INTEGER NOT NULL,
	warning          INTEGER NOT NULL,  -- 1: for the person
	acknowledged_ms  INTEGER NOT NULL,  -- of a warning; 0: not yet
	text             TEXT NOT NULL
) STRICT;
CREATE INDEX person_note_by_user ON person_note (user_id, id);

CREATE TABLE invitation (
	code        TEXT PRIMARY KEY,
	created_by  INTEGER NOT NULL,
	at_ms       INTEGER NOT NULL,
	expires_ms  INTEGER NOT NULL,
	uses_max    INTEGER NOT NULL,
	uses        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX invitation_by_time ON invitation (at_ms, code);

-- Every action of moderation, in the transaction of the action. Rows are only added.
CREATE TABLE audit (
	id         INTEGER PRIMARY KEY,
	at_ms      INTEGER NOT NULL,
	actor_id   INTEGER NOT NULL,  -- 0: the operator's command line, or somebody deleted since
	action     INTEGER NOT NULL,  -- enum moderation_action
	user_id    INTEGER NOT NULL,  -- 0: nobody, or somebody deleted since
	post_id    INTEGER NOT NULL,
	report_id  INTEGER NOT NULL,
	detail     TEXT NOT NULL      -- reason, or what was set
) STRICT;
CREATE INDEX audit_by_actor ON audit (actor_id, id);
CREATE INDEX audit_by_user ON audit (user_id, id);
