-- The log-in. There is at most one.
CREATE TABLE mtproto_session (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    -- Another number for every log-in, so that a running program notices a new one.
    generation INTEGER NOT NULL,
    home_dc    INTEGER NOT NULL,
    ipv6       INTEGER NOT NULL,
    -- Who is signed in; unknown until an imported session was used.
    account    INTEGER,
    bot        INTEGER,
    username   TEXT,
    -- none, open, ended
    standing   TEXT NOT NULL,
    -- With which word Telegram ended it.
    ended_by   TEXT,
    since      INTEGER NOT NULL,
    pts        INTEGER NOT NULL DEFAULT 0,
    qts        INTEGER NOT NULL DEFAULT 0,
    date       INTEGER NOT NULL DEFAULT 0,
    seq        INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Data centres: where they are, and the secret keys.
CREATE TABLE mtproto_dc (
    id       INTEGER PRIMARY KEY,
    ipv4     TEXT NOT NULL,
    ipv6     TEXT NOT NULL,
    auth_key BLOB,
    -- The address was given by a person and stays.
    pinned   INTEGER NOT NULL DEFAULT 0
) STRICT;

-- What an account knows of others. The access hash is good for this account only.
CREATE TABLE mtproto_peer (
    account     INTEGER NOT NULL,
    kind        TEXT NOT NULL,
    id          INTEGER NOT NULL,
    access_hash INTEGER NOT NULL,
    -- Active usernames in lower case, separated by spaces.
    names       TEXT NOT NULL,
    -- Digest of the names, photo and badges as they were seen last.
    face        INTEGER,
    PRIMARY KEY (account, kind, id)
) STRICT, WITHOUT ROWID;

-- Until when a method must not be called.
CREATE TABLE mtproto_wait (
    account    INTEGER NOT NULL,
    method     TEXT NOT NULL,
    not_before INTEGER NOT NULL,
    reason     TEXT NOT NULL,
    strikes    INTEGER NOT NULL,
    PRIMARY KEY (account, method)
) STRICT, WITHOUT ROWID;

-- When names were looked up in the last day.
CREATE TABLE mtproto_resolve (
    account INTEGER NOT NULL,
    at      INTEGER NOT NULL
) STRICT;
CREATE INDEX mtproto_resolve_at ON mtproto_resolve (account, at);
