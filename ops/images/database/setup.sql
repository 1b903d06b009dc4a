-- The roles and the database, at each start: a changed password counts from then on. Read by psql from files, so that no
-- list of arguments has one.
SET log_statement = none;
SET log_min_duration_statement = -1;
SET log_min_error_statement = panic;
\set kinglet `head -n 1 "$KINGLET_SECRETS_DIR/kinglet_db_password"`
SELECT 'CREATE ROLE kinglet' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'kinglet') \gexec
ALTER ROLE kinglet LOGIN PASSWORD :'kinglet';
SELECT 'CREATE ROLE backup' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'backup') \gexec
-- It comes by the socket alone and has no password.
ALTER ROLE backup LOGIN REPLICATION PASSWORD NULL;
SELECT 'CREATE DATABASE kinglet OWNER kinglet' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'kinglet') \gexec
REVOKE CONNECT ON DATABASE kinglet FROM PUBLIC;
-- The place where backups begin is kept from now on.
SELECT 'SELECT pg_create_physical_replication_slot(''backup'')'
WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = 'backup') AND :'backup' = 'on' \gexec
SELECT 'SELECT pg_drop_replication_slot(''backup'')'
WHERE EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = 'backup' AND NOT active) AND :'backup' <> 'on' \gexec
