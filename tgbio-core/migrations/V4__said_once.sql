-- What a backend says is mostly the state of the profile, and then stands there only: a change is written once.
CREATE TABLE source_of_now (
    profile     INTEGER NOT NULL REFERENCES profile (key) ON DELETE CASCADE,
    fetcher     TEXT NOT NULL,
    parser      TEXT NOT NULL,
    observed_at INTEGER NOT NULL,
    -- Nothing where it is the state of the profile; empty where it is that without the identity of the photo.
    state       TEXT,
    PRIMARY KEY (profile, fetcher)
) STRICT, WITHOUT ROWID;

INSERT INTO source_of_now (profile, fetcher, parser, observed_at, state)
    SELECT s.profile, s.fetcher, s.parser, s.observed_at, CASE s.state
        WHEN p.state THEN NULL
        WHEN iif(json_valid(p.state), json_remove(p.state, '$.photo.id'), NULL) THEN ''
        ELSE s.state
    END
    FROM source s JOIN profile p ON p.key = s.profile;
DROP TABLE source;
ALTER TABLE source_of_now RENAME TO source;

PRAGMA user_version = 4;
