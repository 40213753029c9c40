-- The names that nobody had when they were looked up.
CREATE TABLE mtproto_absent (
    account    INTEGER NOT NULL,
    -- In lower case.
    name       TEXT NOT NULL,
    -- How often it was looked up in vain, one time after the other.
    misses     INTEGER NOT NULL,
    -- It is not looked up again before then, this long after the last time, in milliseconds.
    not_before INTEGER NOT NULL,
    distance   INTEGER NOT NULL,
    -- Telegram said that nobody can have it.
    impossible INTEGER NOT NULL,
    PRIMARY KEY (account, name)
) STRICT, WITHOUT ROWID;
