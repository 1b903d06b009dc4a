-- The world that home timelines are measured in, for psql with -v people=N -v posts=N on an empty
-- database of ours. home.c makes the same one, by the same rules, in an SQLite file.
--
-- People are ranks 1 to N. Who writes, and whom people follow, is drawn by Zipf's law with exponent 1:
-- the person of rank r is drawn about 1/r as often as the first. Beside them:
--   few      follows 10 people of anywhere          small     is followed by 10
--   many     follows 5,000 people of anywhere       popular   is followed by everybody
--   quiet    follows the 5,000 who write least
\set ON_ERROR_STOP on
SET session_replication_role = replica;  -- rows are right by construction: no foreign key is looked up
SET synchronous_commit = off;
SET work_mem = '512MB';
SELECT setseed(0.5);
BEGIN;

CREATE TEMP TABLE world AS
	SELECT ((extract(epoch FROM now()) * 1000)::bigint - 31536000000) AS start_ms, 31000000000 / :posts AS step_ms;
CREATE FUNCTION pg_temp.person(rank bigint) RETURNS bigint LANGUAGE sql STABLE
	AS 'SELECT (start_ms + rank) << 16 FROM world';
INSERT INTO "user" (id, name, name_key, email, pw_hash, role, created_ms)
	SELECT (start_ms + rank) << 16, name, name, 'someone@example.org', repeat('x', 97), 0, start_ms + rank
	FROM world, (SELECT i AS rank, 'person' || i AS name FROM generate_series(1, :people) i
		UNION ALL SELECT :people + i, (ARRAY['few', 'many', 'quiet', 'small', 'popular'])[i]
		FROM generate_series(1, 5) i) x;

INSERT INTO follow (follower_id, followee_id)
	SELECT (start_ms + i) << 16, (start_ms + rank) << 16 FROM world,
		(SELECT i, least(floor(exp(random() * ln(:people + 1))), :people)::bigint AS rank
		FROM generate_series(1, :people) i, generate_series(1, 20)) x
	UNION
	SELECT (start_ms + :people + 1) << 16, (start_ms + i * (:people / 10) - 7) << 16
		FROM world, generate_series(1, 10) i
	UNION
	SELECT (start_ms + :people + 2) << 16, (start_ms + i * (:people / 5000) - 7) << 16
		FROM world, generate_series(1, 5000) i
	UNION
	SELECT (start_ms + :people + 3) << 16, (start_ms + :people - i + 1) << 16 FROM world, generate_series(1, 5000) i
	UNION
	SELECT (start_ms + i) << 16, (start_ms + :people + 4) << 16 FROM world, generate_series(1, 10) i
	UNION
	SELECT (start_ms + i) << 16, (start_ms + :people + 5) << 16 FROM world, generate_series(1, :people) i;

INSERT INTO post (id, author_id, text, created_ms)
	SELECT (start_ms + 200000 + i * step_ms) << 16,
		(start_ms + least(floor(exp(random() * ln(:people + 1))), :people)::bigint) << 16,
		'a post of the usual length, that is to say some eighty or ninety characters or so long',
		start_ms + 200000 + i * step_ms
	FROM world, generate_series(1, :posts) i;

INSERT INTO user_count (user_id, posts, followers, following)
	SELECT id, coalesce(p.n, 0), coalesce(f.n, 0), coalesce(g.n, 0) FROM "user"
	LEFT JOIN (SELECT author_id AS id, count(*) AS n FROM post GROUP BY 1) p USING (id)
	LEFT JOIN (SELECT followee_id AS id, count(*) AS n FROM follow GROUP BY 1) f USING (id)
	LEFT JOIN (SELECT follower_id AS id, count(*) AS n FROM follow GROUP BY 1) g USING (id);
UPDATE total SET users = :people + 5, posts = :posts, follows = (SELECT count(*) FROM follow) WHERE slot = 0;
SELECT setval('id_last', (SELECT max(id) FROM post));
COMMIT;
VACUUM (ANALYZE);
CHECKPOINT;
