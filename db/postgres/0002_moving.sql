-- kind: expand
--
-- What the database says about itself, by name:
--   copy    this is a copy, of what, and whether it is whole (kinglet copy)
CREATE TABLE note (
	name   text PRIMARY KEY,
	value  text NOT NULL
);

CREATE FUNCTION refuse_write() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'the database is frozen' USING ERRCODE = 'KF001';
END $$;

-- kinglet freeze and thaw: a trigger on each table that refuses every write, whoever sends it. To make
-- one, PostgreSQL waits for the transactions that write the table to end, and lets none begin
-- until the trigger is there; reads go on. So what is read after the commit is all there will be. An
-- unfrozen database pays nothing for it. Tables are found, not listed: those of later migrations too.
CREATE FUNCTION set_frozen(wanted boolean) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	tables regclass[];
	t regclass;
BEGIN
	SELECT array_agg(c.oid::regclass ORDER BY c.relname) INTO tables FROM pg_class c
	WHERE c.relkind IN ('r', 'p') AND c.relname NOT IN ('schema_migration', 'note')
		AND c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'note'::regclass);
	FOREACH t IN ARRAY tables LOOP
		EXECUTE format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', t);
	END LOOP;
	FOREACH t IN ARRAY tables LOOP
		IF wanted THEN
			EXECUTE format('CREATE OR REPLACE TRIGGER frozen BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE '
				'ON %s FOR EACH STATEMENT EXECUTE FUNCTION refuse_write()', t);
			EXECUTE format('ALTER TABLE %s ENABLE TRIGGER frozen', t);
		ELSIF EXISTS (SELECT 1 FROM pg_trigger WHERE tgrelid = t AND tgname = 'frozen') THEN
			EXECUTE format('ALTER TABLE %s DISABLE TRIGGER frozen', t);
		END IF;
	END LOOP;
END $$;

-- Whether it is, as a number that is another after each freeze; NULL: it isn't.
CREATE FUNCTION frozen_since() RETURNS bigint LANGUAGE sql STABLE AS $$
	SELECT xmin::text::bigint FROM pg_trigger
	WHERE tgrelid = 'post'::regclass AND tgname = 'frozen' AND tgenabled <> 'D'
$$;
