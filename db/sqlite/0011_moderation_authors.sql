-- kind: expand
--
-- By whom: a person who is deleted is found in what they did for others.
CREATE INDEX report_by_claimer ON report (claimed_by) WHERE claimed_by <> 0;
CREATE INDEX report_by_closer ON report (closed_by) WHERE closed_by <> 0;
CREATE INDEX person_note_by_author ON person_note (author_id);
CREATE INDEX invitation_by_creator ON invitation (created_by);
