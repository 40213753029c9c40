-- Who moved a paper on last, so that they can take it back within a minute; decided_at says when.
ALTER TABLE submission ADD COLUMN decided_by INTEGER REFERENCES person (id);
CREATE INDEX submission_decided ON submission (decided_by, decided_at) WHERE decided_by IS NOT NULL;
