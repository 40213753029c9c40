-- The revisions of a profile lie together, so that a history is read from a few pages of the file however large that is.
CREATE TABLE revision_of_now (
    -- The profile's key and the revision's number in one; see revision_key.rs.
    key        INTEGER PRIMARY KEY,
    seq        INTEGER NOT NULL UNIQUE REFERENCES chain_link (seq),
    first_seen INTEGER NOT NULL,
    salt       BLOB NOT NULL CHECK (length(salt) = 32),
    content    TEXT NOT NULL,
    evidence   INTEGER REFERENCES evidence (key),
    profile    INTEGER GENERATED ALWAYS AS (key >> 24) VIRTUAL,
    number     INTEGER GENERATED ALWAYS AS (key & 16777215) VIRTUAL
) STRICT;

-- What has no room in a key fails this step, and the file stays as it was.
INSERT INTO revision_of_now (key, seq, first_seen, salt, content, evidence)
    SELECT iif(number BETWEEN 1 AND 16777215 AND profile BETWEEN 0 AND 549755813887, profile << 24 | number,
            'the number of a revision is out of range'),
        seq, first_seen, salt, content, evidence
    FROM revision ORDER BY profile, number;
-- Dropping a full table keeps all of it in memory until it is gone.
DELETE FROM revision;
DROP TABLE revision;
ALTER TABLE revision_of_now RENAME TO revision;
CREATE INDEX by_revision_evidence ON revision (evidence) WHERE evidence IS NOT NULL;

-- Who has a name is read from the index alone.
DROP INDEX by_profile_name_current;
CREATE INDEX by_profile_name_current ON profile_name (name_key, from_at, until_at) WHERE until_at IS NULL;

PRAGMA user_version = 5;
