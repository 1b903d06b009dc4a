-- kind: expand
--
-- Has one of two people blocked the other? Volatile, so that its query sees what was committed while the statement that
-- asks waited for their rows: a follow that met a block on another node would else not see it, and outlive it. The
-- release before doesn't ask.
CREATE FUNCTION blocked_between(one bigint, other bigint) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
	RETURN EXISTS (SELECT 1 FROM block WHERE user_id = one AND other_id = other)
		OR EXISTS (SELECT 1 FROM block WHERE user_id = other AND other_id = one);
END $$;
