-- The data model. Times are milliseconds since 1970 in UTC. Texts of profiles stand only in columns that erasing clears.

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value ANY NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO meta (name, value) VALUES
    ('opt_out_salt', randomblob(32)),
    -- Revisions up to this link of the chain are in the text index.
    ('indexed_to', 0);

-- Kept up to date with every write, never counted.
CREATE TABLE totals (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO totals (name, value) VALUES
    ('profiles', 0), ('monitored', 0), ('missing', 0), ('failing', 0), ('revisions', 0), ('held', 0);

CREATE TABLE profile (
    key               INTEGER PRIMARY KEY AUTOINCREMENT,
    id                BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    username          TEXT NOT NULL,
    name_key          TEXT NOT NULL,
    -- The display name in lower case, for the look-up of its first characters.
    title_key         TEXT,
    followed_at       INTEGER NOT NULL,
    monitored         INTEGER NOT NULL,
    interval_ms       INTEGER,
    note              TEXT,
    tags              TEXT,
    presence          TEXT NOT NULL,
    kind              TEXT,
    state             TEXT,
    state_fetcher     TEXT,
    -- The backend of the last good look.
    seen_by           TEXT,
    counts            TEXT,
    revisions         INTEGER NOT NULL DEFAULT 0,
    last_number       INTEGER NOT NULL DEFAULT 0,
    -- The smallest integer while nothing has changed yet, so that the order needs no NULL.
    last_changed_at   INTEGER NOT NULL,
    failures          INTEGER NOT NULL DEFAULT 0,
    first_observed_at INTEGER,
    photo_url         TEXT,
    photo_tried_at    INTEGER
) STRICT;

CREATE INDEX by_profile_name ON profile (name_key);
CREATE INDEX by_profile_title ON profile (title_key) WHERE title_key IS NOT NULL;
CREATE INDEX by_profile_changed ON profile (last_changed_at);
CREATE INDEX by_profile_kind ON profile (kind);
CREATE INDEX by_profile_kind_name ON profile (kind, name_key);
CREATE INDEX by_profile_presence ON profile (presence);
CREATE INDEX by_profile_presence_name ON profile (presence, name_key);
CREATE INDEX by_profile_monitored ON profile (monitored);
CREATE INDEX by_profile_monitored_name ON profile (monitored, name_key);
CREATE INDEX by_profile_failing ON profile (key) WHERE failures > 0;
CREATE INDEX by_profile_failing_name ON profile (name_key) WHERE failures > 0;

-- What every look writes, apart from what seldom changes: so many of these rows lie on one page. Times that are mostly
-- those of the last look are kept as their distance from it, which is mostly zero and then takes no room.
CREATE TABLE look (
    profile         INTEGER PRIMARY KEY REFERENCES profile (key) ON DELETE CASCADE,
    version         INTEGER NOT NULL DEFAULT 1,
    next_check_at   INTEGER,
    last_checked_at INTEGER,
    seen_ago        INTEGER,
    health_ago      INTEGER,
    outcome         TEXT,
    reason          TEXT,
    doubted         INTEGER NOT NULL DEFAULT 0,
    span_from       INTEGER,
    span_ago        INTEGER,
    photo_ago       INTEGER,
    -- 1 high, 0 normal, -1 low; it stands here for the order of the due work.
    priority        INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX by_look_due ON look (priority, next_check_at) WHERE next_check_at IS NOT NULL;

-- Which name a profile had when; the current one has no end. A name may move from one profile to another.
CREATE TABLE profile_name (
    profile    INTEGER NOT NULL REFERENCES profile (key) ON DELETE CASCADE,
    from_at    INTEGER NOT NULL,
    until_at   INTEGER,
    name_key   TEXT NOT NULL,
    spelling   TEXT NOT NULL,
    PRIMARY KEY (profile, from_at)
) STRICT, WITHOUT ROWID;

CREATE INDEX by_profile_name_current ON profile_name (name_key, from_at) WHERE until_at IS NULL;

CREATE TABLE profile_tag (
    tag     TEXT NOT NULL,
    profile INTEGER NOT NULL REFERENCES profile (key) ON DELETE CASCADE,
    PRIMARY KEY (tag, profile)
) STRICT, WITHOUT ROWID;

CREATE INDEX by_profile_tag_profile ON profile_tag (profile);

-- Who looks at a profile now. A row without a living owner is void.
CREATE TABLE lease (
    profile  INTEGER PRIMARY KEY REFERENCES profile (key) ON DELETE CASCADE,
    token    INTEGER NOT NULL,
    until_at INTEGER NOT NULL,
    owner    TEXT NOT NULL
) STRICT;

-- The chain: hash = SHA-256("tgbio chain 1" || hash of the link before || seq as 8 bytes, big-endian || commitment).
-- A link is a revision, a revision as it was before it was corrected, a tombstone, or the record of a removal.
CREATE TABLE chain_link (
    seq        INTEGER PRIMARY KEY,
    commitment BLOB NOT NULL CHECK (length(commitment) = 32),
    hash       BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

-- What each backend said of a profile when it last told something new, and until when. The time of the backend that
-- looked last is that of the profile's last sight.
CREATE TABLE source (
    profile     INTEGER NOT NULL REFERENCES profile (key) ON DELETE CASCADE,
    fetcher     TEXT NOT NULL,
    parser      TEXT NOT NULL,
    observed_at INTEGER NOT NULL,
    state       TEXT NOT NULL,
    PRIMARY KEY (profile, fetcher)
) STRICT, WITHOUT ROWID;

-- Tombstones: links whose content was taken away, each with the link that is the record of its removal. The commitment of
-- that one = SHA-256("tgbio removal 1" || its tombstones as 8 bytes each, big-endian, ascending). Names nobody.
CREATE TABLE chain_removal (
    seq INTEGER PRIMARY KEY REFERENCES chain_link (seq),
    by  INTEGER NOT NULL REFERENCES chain_link (seq)
) STRICT;

CREATE INDEX by_chain_removal_by ON chain_removal (by);

-- Signed heads of the chain.
CREATE TABLE checkpoint (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    at        INTEGER NOT NULL,
    links     INTEGER NOT NULL,
    head      BLOB NOT NULL CHECK (length(head) = 32),
    key       BLOB NOT NULL CHECK (length(key) = 32),
    signature BLOB NOT NULL CHECK (length(signature) = 64)
) STRICT;

-- Where a checkpoint was sent, or why it could not be sent yet.
CREATE TABLE checkpoint_delivery (
    checkpoint INTEGER NOT NULL REFERENCES checkpoint (id),
    place      TEXT NOT NULL,
    at         INTEGER NOT NULL,
    error      TEXT,
    PRIMARY KEY (checkpoint, place)
) STRICT, WITHOUT ROWID;

-- What pages of many profiles have in common; evidence is compressed against it.
CREATE TABLE dictionary (
    key  INTEGER PRIMARY KEY AUTOINCREMENT,
    body BLOB NOT NULL
) STRICT;

CREATE TABLE evidence (
    key        INTEGER PRIMARY KEY AUTOINCREMENT,
    sha256     BLOB NOT NULL CHECK (length(sha256) = 32),
    url        TEXT NOT NULL,
    status     INTEGER NOT NULL,
    media_type TEXT NOT NULL,
    headers    TEXT NOT NULL,
    -- Compressed with zstd, against the dictionary if there is one.
    body       BLOB NOT NULL,
    dictionary INTEGER REFERENCES dictionary (key),
    length     INTEGER NOT NULL
) STRICT;

-- The content is kept byte for byte as it is hashed: commitment = SHA-256(salt || content).
CREATE TABLE revision (
    seq        INTEGER PRIMARY KEY REFERENCES chain_link (seq),
    profile    INTEGER NOT NULL REFERENCES profile (key) ON DELETE CASCADE,
    number     INTEGER NOT NULL,
    first_seen INTEGER NOT NULL,
    salt       BLOB NOT NULL CHECK (length(salt) = 32),
    content    TEXT NOT NULL,
    evidence   INTEGER REFERENCES evidence (key),
    UNIQUE (profile, number)
) STRICT;

-- Revisions as they were before a newer reader corrected them: their links stay verifiable.
CREATE TABLE revision_before (
    seq     INTEGER PRIMARY KEY REFERENCES chain_link (seq),
    profile INTEGER NOT NULL REFERENCES profile (key) ON DELETE CASCADE,
    number  INTEGER NOT NULL,
    salt    BLOB NOT NULL CHECK (length(salt) = 32),
    content TEXT NOT NULL
) STRICT;

CREATE INDEX by_revision_before_number ON revision_before (profile, number);

CREATE INDEX by_revision_evidence ON revision (evidence) WHERE evidence IS NOT NULL;

-- The feed of everything that changed; it outlives its profiles, without their content.
CREATE TABLE change_log (
    seq              INTEGER PRIMARY KEY AUTOINCREMENT,
    profile          INTEGER NOT NULL,
    profile_id       BLOB NOT NULL,
    username         TEXT,
    revision         INTEGER NOT NULL,
    field            TEXT NOT NULL,
    before           TEXT,
    after            TEXT,
    last_seen_before INTEGER,
    first_seen       INTEGER NOT NULL,
    removed          INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX by_change_log_revision ON change_log (profile, revision);

CREATE TABLE count_point (
    profile INTEGER NOT NULL REFERENCES profile (key) ON DELETE CASCADE,
    at      INTEGER NOT NULL,
    counts  TEXT NOT NULL,
    PRIMARY KEY (profile, at)
) STRICT, WITHOUT ROWID;

-- Closed spans of observation; the open one stands with the profile.
CREATE TABLE coverage (
    profile  INTEGER NOT NULL REFERENCES profile (key) ON DELETE CASCADE,
    from_at  INTEGER NOT NULL,
    until_at INTEGER NOT NULL,
    PRIMARY KEY (profile, from_at)
) STRICT, WITHOUT ROWID;

CREATE TABLE held (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    profile       INTEGER NOT NULL REFERENCES profile (key) ON DELETE CASCADE,
    rejected      INTEGER NOT NULL DEFAULT 0,
    confirmations INTEGER NOT NULL,
    counted_at    INTEGER NOT NULL,
    content       TEXT NOT NULL,
    evidence      INTEGER REFERENCES evidence (key)
) STRICT;

CREATE INDEX by_held_profile ON held (profile);
CREATE INDEX by_held_waiting ON held (id) WHERE rejected = 0;
CREATE INDEX by_held_evidence ON held (evidence) WHERE evidence IS NOT NULL;

CREATE TABLE photo (
    key        INTEGER PRIMARY KEY AUTOINCREMENT,
    id         TEXT NOT NULL UNIQUE,
    media_type TEXT NOT NULL,
    body       BLOB NOT NULL
) STRICT;

CREATE TABLE profile_photo (
    profile INTEGER NOT NULL REFERENCES profile (key) ON DELETE CASCADE,
    photo   INTEGER NOT NULL REFERENCES photo (key),
    read_at INTEGER NOT NULL,
    PRIMARY KEY (profile, photo)
) STRICT, WITHOUT ROWID;

CREATE INDEX by_profile_photo_photo ON profile_photo (photo);

CREATE TABLE canary (
    name_key TEXT PRIMARY KEY,
    content  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE host_limit (
    host       TEXT PRIMARY KEY,
    not_before INTEGER NOT NULL,
    reason     TEXT NOT NULL,
    strikes    INTEGER NOT NULL DEFAULT 0,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Surges and broken sources that go on.
CREATE TABLE alarm (
    key     TEXT PRIMARY KEY,
    content TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The newest pages that could not be judged; see by_stray_page_profile for their erasing.
CREATE TABLE stray_page (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    profile  INTEGER NOT NULL REFERENCES profile (key) ON DELETE CASCADE,
    at       INTEGER NOT NULL,
    fetcher  TEXT NOT NULL,
    reason   TEXT NOT NULL,
    evidence INTEGER NOT NULL REFERENCES evidence (key)
) STRICT;

CREATE INDEX by_stray_page_profile ON stray_page (profile);
CREATE INDEX by_stray_page_evidence ON stray_page (evidence);

CREATE TABLE audit_log (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    at         INTEGER NOT NULL,
    actor      TEXT NOT NULL,
    action     TEXT NOT NULL,
    profile_id BLOB,
    detail     TEXT
) STRICT;

CREATE TABLE opt_out (
    name_hash BLOB PRIMARY KEY,
    at        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The current names, as they stand in the text index below.
CREATE TABLE profile_text_row (
    profile  INTEGER PRIMARY KEY,
    username TEXT,
    title    TEXT
) STRICT;

-- Profiles whose names are not in the text index yet, or have changed since.
CREATE TABLE profile_text_todo (
    profile INTEGER PRIMARY KEY
) STRICT;

-- Row 2 * key is the username, 2 * key + 1 the display name: each changes alone.
CREATE VIRTUAL TABLE profile_text USING fts5 (
    text,
    content = '', columnsize = 0, tokenize = 'trigram'
);

-- The texts of a revision that are new in it; the row is the revision's link.
CREATE VIRTUAL TABLE revision_text USING fts5 (
    username, title, bio,
    content = '', columnsize = 0, tokenize = 'trigram'
);

-- A deleted text leaves nothing behind in the index.
INSERT INTO profile_text (profile_text, rank) VALUES ('secure-delete', 1);
INSERT INTO revision_text (revision_text, rank) VALUES ('secure-delete', 1);

PRAGMA user_version = 1;
