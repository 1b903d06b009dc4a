-- The store of log lines: PostgreSQL 15 or later, a database of its own. Run by ./setup-database; may be run again.
--
-- One table, partitioned by day, so that retention drops whole days (log.keep) and never deletes a row. Columns are
-- what is looked for; `line` is the whole line. The writer calls log.take() and has no other right, the reader may
-- select and nothing else.
BEGIN;
CREATE SCHEMA IF NOT EXISTS log;

CREATE SEQUENCE IF NOT EXISTS log.line_seq;

-- Words as they are looked for: what isn't a letter or a digit divides, so that a part of a path is found as well.
CREATE OR REPLACE FUNCTION log.words(text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
AS $$ SELECT to_tsvector('pg_catalog.simple', regexp_replace($1, '[^[:alnum:]]+', ' ', 'g')) $$;

-- What of a line is looked for by words.
CREATE OR REPLACE FUNCTION log.prose(message text, path text, user_name text, error text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT coalesce(message, '') || ' ' || coalesce(path, '') || ' ' || coalesce(user_name, '') || ' ' || coalesce(error, '') $$;

CREATE TABLE IF NOT EXISTS log.line (
    at          timestamptz NOT NULL,               -- the line's own time; of arrival where it has none that a day is kept for
    id          uuid        NOT NULL,               -- of its host, place and content: what makes a double one
    seq         bigint      NOT NULL DEFAULT nextval('log.line_seq'), -- order of arrival: what --follow goes by
    received    timestamptz NOT NULL DEFAULT clock_timestamp(),
    host        text        NOT NULL,               -- of the certificate's side: the shipper's setting HOST
    source      text        NOT NULL,               -- kinglet, haproxy, postgresql
    service     text,                               -- service.name
    node        text,                               -- service.node.name
    level       text,                               -- log.level
    message     text,
    request_id  text,                               -- http.request.id
    user_name   text,                               -- user.name
    client      text,                               -- client.address
    method      text,                               -- http.request.method
    status      smallint,                           -- http.response.status_code
    path        text,                               -- url.path
    route       text,                               -- kinglet.route
    duration_ns bigint,                             -- event.duration
    bytes       bigint,                             -- http.response.bytes
    error       text,                               -- error.type: error.message
    line        jsonb       NOT NULL,
    PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);

CREATE INDEX IF NOT EXISTS line_at         ON log.line (at);
CREATE INDEX IF NOT EXISTS line_seq        ON log.line USING brin (seq) WITH (pages_per_range = 16);
CREATE INDEX IF NOT EXISTS line_request_id ON log.line (request_id) WHERE request_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS line_user       ON log.line (user_name, at) WHERE user_name IS NOT NULL;
CREATE INDEX IF NOT EXISTS line_status     ON log.line (status, at) WHERE status >= 400;
CREATE INDEX IF NOT EXISTS line_level      ON log.line (level, at) WHERE level <> 'info';
CREATE INDEX IF NOT EXISTS line_words      ON log.line
    USING gin (log.words(log.prose(message, path, user_name, error))) WITH (fastupdate = on);

CREATE TABLE IF NOT EXISTS log.setting (
    retention_days int NOT NULL CHECK (retention_days BETWEEN 1 AND 3650),
    ahead_days     int NOT NULL CHECK (ahead_days BETWEEN 1 AND 60)
);
INSERT INTO log.setting SELECT 14, 7 WHERE NOT EXISTS (SELECT FROM log.setting);

CREATE OR REPLACE FUNCTION log.day_name(day date) RETURNS text
LANGUAGE sql IMMUTABLE AS $$ SELECT 'line_' || to_char(day, 'YYYYMMDD') $$;

-- A partition for a day, in UTC; whether it was missing.
CREATE OR REPLACE FUNCTION log.make_day(day date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, log, pg_temp
AS $$
BEGIN
    IF to_regclass('log.' || log.day_name(day)) IS NOT NULL THEN
        RETURN false;
    END IF;
    -- Made apart and attached, so that readers and the writer go on meanwhile.
    EXECUTE format('CREATE TABLE log.%I (LIKE log.line INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', log.day_name(day));
    EXECUTE format('ALTER TABLE log.line ATTACH PARTITION log.%I FOR VALUES FROM (%L) TO (%L)', log.day_name(day),
                   day::timestamp AT TIME ZONE 'UTC', (day + 1)::timestamp AT TIME ZONE 'UTC');
    RETURN true;
END $$;

-- What a timer calls each hour: days ahead are made, days past the retention are dropped. What it did.
CREATE OR REPLACE FUNCTION log.keep(today date DEFAULT (now() AT TIME ZONE 'UTC')::date)
RETURNS TABLE (made int, dropped int)
LANGUAGE plpgsql SET search_path = pg_catalog, log, pg_temp
AS $$
DECLARE
    setting log.setting;
    name    text;
BEGIN
    SELECT * INTO setting FROM log.setting;
    made := 0;
    dropped := 0;
    FOR ahead IN 1 - setting.retention_days .. setting.ahead_days LOOP
        made := made + log.make_day(today + ahead)::int;
    END LOOP;
    FOR name IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'log.line'::regclass AND c.relname ~ '^line_[0-9]{8}$'
          AND c.relname < log.day_name(today - setting.retention_days + 1)
        ORDER BY 1
    LOOP
        EXECUTE format('DROP TABLE log.%I', name);
        dropped := dropped + 1;
    END LOOP;
    RETURN NEXT;
END $$;

-- Stores lines, an array of objects as ./writer makes them, and answers how many of them were new. A line whose time
-- no partition is for (a clock that is wrong, a line older than the retention) is stored under the time of arrival;
-- its own is in `line`. Such a line, or one without a time, may come again under another time: so it is looked for.
CREATE OR REPLACE FUNCTION log.take(lines jsonb) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, log, pg_temp
AS $$
DECLARE
    today  date := (now() AT TIME ZONE 'UTC')::date;
    oldest timestamptz;
    newest timestamptz;
    new    int;
BEGIN
    PERFORM log.make_day(today); -- though the timer has failed for a week
    -- From the day behind which all are kept, to the last that was made without a gap.
    SELECT (today - retention_days + 1)::timestamp AT TIME ZONE 'UTC' INTO oldest FROM log.setting;
    oldest := greatest(oldest, (SELECT to_date(min(right(c.relname, 8)), 'YYYYMMDD')::timestamp AT TIME ZONE 'UTC'
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'log.line'::regclass AND c.relname ~ '^line_[0-9]{8}$'));
    newest := (today + 1)::timestamp AT TIME ZONE 'UTC';
    IF to_regclass('log.' || log.day_name(today + 1)) IS NOT NULL THEN
        newest := newest + interval '1 day';
    END IF;

    WITH come AS (
        SELECT l.*, CASE WHEN l.at >= oldest AND l.at < newest THEN l.at END AS own
        FROM jsonb_to_recordset(lines) AS l (
            at timestamptz, id uuid, host text, source text, service text, node text, level text, message text,
            request_id text, user_name text, client text, method text, status smallint, path text, route text,
            duration_ns bigint, bytes bigint, error text, line jsonb)
    )
    INSERT INTO log.line (at, id, host, source, service, node, level, message, request_id, user_name, client, method,
                          status, path, route, duration_ns, bytes, error, line)
    SELECT coalesce(own, now()), id, host, source, service, node, level, message, request_id, user_name, client, method,
           status, path, route, duration_ns, bytes, error, line
    FROM come
    WHERE own IS NOT NULL OR NOT EXISTS (SELECT FROM log.line known WHERE known.id = come.id)
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS new = ROW_COUNT;
    RETURN new;
END $$;

REVOKE ALL ON SCHEMA log FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA log FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA log FROM PUBLIC;
GRANT USAGE ON SCHEMA log TO log_writer, log_reader;
GRANT EXECUTE ON FUNCTION log.take(jsonb) TO log_writer;
GRANT SELECT ON log.line, log.setting, log.line_seq TO log_reader;
GRANT EXECUTE ON FUNCTION log.words(text), log.prose(text, text, text, text) TO log_reader;
SELECT format('%s days made, %s dropped', made, dropped) FROM log.keep();
COMMIT;
