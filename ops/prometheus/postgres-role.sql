-- The role that the postgres exporter signs in as: PostgreSQL's own statistics, and no table of Kinglet's.
-- ROLE_PASSWORD="$(cat FILE)" psql -f postgres-role.sql, once, on the primary.
\getenv password ROLE_PASSWORD
CREATE ROLE kinglet_exporter LOGIN CONNECTION LIMIT 3 PASSWORD :'password';
GRANT pg_monitor TO kinglet_exporter;
ALTER ROLE kinglet_exporter SET statement_timeout = '5s';
ALTER ROLE kinglet_exporter SET default_transaction_read_only = on;
