-- Looks are claimed and given back without asking the table of profiles: erasing a profile takes its lease away by itself.
CREATE TABLE lease_of_now (
    profile  INTEGER PRIMARY KEY,
    token    INTEGER NOT NULL,
    until_at INTEGER NOT NULL,
    owner    TEXT NOT NULL
) STRICT;

INSERT INTO lease_of_now (profile, token, until_at, owner) SELECT profile, token, until_at, owner FROM lease;
DROP TABLE lease;
ALTER TABLE lease_of_now RENAME TO lease;

-- Pieces of the text index are merged eight at a time.
INSERT INTO revision_text (revision_text, rank) VALUES ('automerge', 8);

PRAGMA user_version = 3;
