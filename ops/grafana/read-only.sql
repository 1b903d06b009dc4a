-- The role that Grafana reads the database with: figures, names and times; no text, no address, no password's hash, no
-- session, and nothing may be written. Run as a superuser in Kinglet's database, on the primary; may be run again:
--   ROLE_PASSWORD="$(cat FILE)" psql -d kinglet -f read-only.sql
-- (by the environment, because arguments can be seen by everybody on the machine).
--
-- Rights are given column by column, so that what a later migration adds is not readable until somebody decides so.
\getenv password ROLE_PASSWORD
SELECT 'CREATE ROLE kinglet_grafana LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'kinglet_grafana') \gexec
ALTER ROLE kinglet_grafana PASSWORD :'password' CONNECTION LIMIT 8;
ALTER ROLE kinglet_grafana SET default_transaction_read_only = on;
-- A dashboard that is left open must not become the database's load.
ALTER ROLE kinglet_grafana SET statement_timeout = '10s';
ALTER ROLE kinglet_grafana SET idle_in_transaction_session_timeout = '10s';
ALTER ROLE kinglet_grafana SET max_parallel_workers_per_gather = 0;
ALTER ROLE kinglet_grafana SET search_path = public;

REVOKE ALL ON ALL TABLES IN SCHEMA public FROM kinglet_grafana;
GRANT USAGE ON SCHEMA public TO kinglet_grafana;
GRANT SELECT (id, name, created_ms) ON "user" TO kinglet_grafana;
GRANT SELECT (user_id, posts, followers, following) ON user_count TO kinglet_grafana;
GRANT SELECT (id, author_id, created_ms, flagged) ON post TO kinglet_grafana;
GRANT SELECT (users, posts, follows, sessions) ON total TO kinglet_grafana;
GRANT SELECT ON sample TO kinglet_grafana; -- numbers only

-- How many people were there since a moment, without a look at anybody's session. Its text is not bound to the table, so
-- that no migration is held up by it.
CREATE SCHEMA IF NOT EXISTS monitoring;
GRANT USAGE ON SCHEMA monitoring TO kinglet_grafana;
CREATE OR REPLACE FUNCTION monitoring.active_people(since_ms bigint) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
	RETURN (SELECT count(DISTINCT user_id) FROM session WHERE seen_ms >= since_ms);
END $$;
REVOKE ALL ON FUNCTION monitoring.active_people FROM PUBLIC;
GRANT EXECUTE ON FUNCTION monitoring.active_people TO kinglet_grafana;
-- It reads as the owner of the tables, no more.
SELECT format('ALTER FUNCTION monitoring.active_people OWNER TO %I', tableowner)
FROM pg_tables WHERE schemaname = 'public' AND tablename = 'session' \gexec
