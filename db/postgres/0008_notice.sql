-- kind: expand
--
-- What a person is told of: somebody followed them, answered, liked. Written in the transaction of what
-- caused it, so it is never missing; the newest thousand of a person are kept.
-- A program that doesn't know of it deletes people as before, so rows follow by themselves.
CREATE TABLE notice (
	user_id     bigint NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,  -- who is told
	id          bigint NOT NULL,
	kind        bigint NOT NULL,                         -- enum notice_kind
	actor_id    bigint NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,  -- who did it
	post_id     bigint NOT NULL,                         -- the post it is about; 0: none
	created_ms  bigint NOT NULL,
	PRIMARY KEY (user_id, id)
);
-- The same thing done again is no news. It also finds what an actor has undone.
CREATE UNIQUE INDEX notice_once ON notice (actor_id, kind, post_id, user_id);
-- A post that goes takes its notices along.
CREATE INDEX notice_by_post ON notice (post_id) WHERE post_id > 0;

-- What has been read: notices up to this id. Apart from what is chosen, because it changes often.
CREATE TABLE notice_state (
	user_id       bigint PRIMARY KEY REFERENCES "user" (id) ON DELETE CASCADE,
	read_upto_id  bigint NOT NULL
) WITH (fillfactor = 70);

-- What a person doesn't want to hear of. No row: they hear of everything.
CREATE TABLE notice_setting (
	user_id  bigint PRIMARY KEY REFERENCES "user" (id) ON DELETE CASCADE,
	mask     bigint NOT NULL  -- bits: 1 << kind is off; bit 0: only of people whom they follow
);

-- Only the newest thousand of a person stay. It waits for nobody: what others hold goes with the next one.
CREATE FUNCTION notice_trim(told bigint) RETURNS void LANGUAGE sql AS $$
	DELETE FROM notice WHERE user_id = told AND id = ANY (ARRAY(SELECT id FROM notice WHERE user_id = told
		AND id <= (SELECT id FROM notice WHERE user_id = told ORDER BY id DESC OFFSET 1000 LIMIT 1)
		FOR UPDATE SKIP LOCKED));
$$;

-- Tells `told` that `actor` did something; for the statement that writes what was done. True where it is
-- news: not of oneself, not switched off, not told before. Who calls holds both people's rows (KEY SHARE) where it
-- holds other locks, or takes none after this. SKIP LOCKED: whoever is being deleted is not waited for, and
-- hears nothing more.
CREATE FUNCTION notice_put(told bigint, kind_of bigint, actor bigint, post bigint, now_ms bigint)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	chosen bigint;
BEGIN
	IF told = actor THEN
		RETURN false;
	END IF;
	PERFORM 1 FROM "user" WHERE id = told FOR KEY SHARE SKIP LOCKED;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	SELECT mask INTO chosen FROM notice_setting WHERE user_id = told;
	IF chosen >> kind_of::integer & 1 = 1 OR chosen & 1 = 1 AND NOT EXISTS
		(SELECT 1 FROM follow WHERE follower_id = told AND followee_id = actor) THEN
		RETURN false;
	END IF;
	INSERT INTO notice (user_id, id, kind, actor_id, post_id, created_ms)
		VALUES (told, next_id(now_ms << 16), kind_of, actor, post, now_ms) ON CONFLICT DO NOTHING;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	-- Looking for the thousandth costs more than the rest: one write in 32 does it.
	IF now_ms % 32 = 0 THEN
		PERFORM notice_trim(told);
	END IF;
	RETURN true;
END $$;

-- Something was undone: its notice goes, unless it was read already.
CREATE FUNCTION notice_take(told bigint, kind_of bigint, actor bigint, post bigint) RETURNS void LANGUAGE sql AS $$
	DELETE FROM notice WHERE actor_id = actor AND kind = kind_of AND post_id = post AND user_id = told
		AND id > coalesce((SELECT read_upto_id FROM notice_state WHERE user_id = told), 0);
$$;
