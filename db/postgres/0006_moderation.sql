-- kind: expand
--
-- What administrators and moderators keep. Ids of people and posts here are no foreign keys: what law and
-- operation need outlives both. When a person is deleted, their ids become 0 and their words empty.

-- Whether somebody may take part (enum user_state): read with each person, hence in their row.
ALTER TABLE "user" ADD COLUMN state bigint NOT NULL DEFAULT 0;
-- The newest warning (person_note) that they have not acknowledged; 0: none. Each page looks at it.
ALTER TABLE "user" ADD COLUMN warning_id bigint NOT NULL DEFAULT 0;
-- The few who are more than a person.
CREATE INDEX user_by_role ON "user" (role, id) WHERE role <> 0;

-- Since when and why, of those who are not active.
CREATE TABLE user_state (
	user_id   bigint PRIMARY KEY,
	state     bigint NOT NULL,  -- as in user
	since_ms  bigint NOT NULL,
	until_ms  bigint NOT NULL,  -- when a deletion is due; 0: open
	reason    text NOT NULL
);
CREATE INDEX user_state_by_state ON user_state (state, user_id);

-- The posts of somebody who is suspended are flagged, so that every list leaves them out at no cost.
-- These were flagged by a moderator and stay so when the person comes back.
CREATE TABLE flag_kept (
	post_id    bigint PRIMARY KEY,
	author_id  bigint NOT NULL
);
CREATE INDEX flag_kept_by_author ON flag_kept (author_id);

-- Settings of the instance that were changed while it runs; what is not here is as configured.
CREATE TABLE setting (
	name        text COLLATE "C" PRIMARY KEY,
	value       text NOT NULL,
	changed_ms  bigint NOT NULL
);

CREATE TABLE report (
	id           bigint PRIMARY KEY,
	at_ms        bigint NOT NULL,
	reporter_id  bigint NOT NULL,
	user_id      bigint NOT NULL,  -- whom it is about
	post_id      bigint NOT NULL,  -- 0: about the person
	category     bigint NOT NULL,  -- enum report_category
	text         text NOT NULL,
	state        bigint NOT NULL,  -- enum report_state; 0: open
	claimed_by   bigint NOT NULL,  -- 0: nobody
	closed_by    bigint NOT NULL,
	closed_ms    bigint NOT NULL,
	note         text NOT NULL      -- of who closed it
);
-- One open report of each reporter about each subject.
CREATE UNIQUE INDEX report_once ON report (reporter_id, user_id, post_id) WHERE state = 0 AND reporter_id <> 0;
CREATE INDEX report_by_state ON report (state, id);
CREATE INDEX report_by_user ON report (user_id, id);
CREATE INDEX report_by_reporter ON report (reporter_id, id);

-- What moderators write about a person for each other, and warnings, which the person reads.
CREATE TABLE person_note (
	id               bigint PRIMARY KEY,
	user_id          bigint NOT NULL,
	author_id        bigint NOT NULL,
	at_ms            bigint NOT NULL,
	warning          bigint NOT NULL,  -- 1: for the person
	acknowledged_ms  bigint NOT NULL,  -- of a warning; 0: not yet
	text             text NOT NULL
);
CREATE INDEX person_note_by_user ON person_note (user_id, id);

CREATE TABLE invitation (
	code        text COLLATE "C" PRIMARY KEY,
	created_by  bigint NOT NULL,
	at_ms       bigint NOT NULL,
	expires_ms  bigint NOT NULL,
	uses_max    bigint NOT NULL,
	uses        bigint NOT NULL
);
CREATE INDEX invitation_by_time ON invitation (at_ms, code);

-- Every action of moderation, in the transaction of the action. Rows are only added.
CREATE TABLE audit (
	id         bigint PRIMARY KEY,
	at_ms      bigint NOT NULL,
	actor_id   bigint NOT NULL,  -- 0: the operator's command line, or somebody deleted since
	action     bigint NOT NULL,  -- enum moderation_action
	user_id    bigint NOT NULL,  -- 0: nobody, or somebody deleted since
	post_id    bigint NOT NULL,
	report_id  bigint NOT NULL,
	detail     text NOT NULL      -- reason, or what was set
);
CREATE INDEX audit_by_actor ON audit (actor_id, id);
CREATE INDEX audit_by_user ON audit (user_id, id);
