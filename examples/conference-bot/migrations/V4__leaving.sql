-- When somebody has withdrawn their consent and waits for their data to be erased.
ALTER TABLE person ADD COLUMN leaving_at INTEGER;
CREATE INDEX person_leaving ON person (leaving_at) WHERE leaving_at IS NOT NULL;
