-- Who may use this server. Secrets are stored as hashes only; times are milliseconds since 1970 in UTC.
CREATE TABLE server_admins (
    name          TEXT PRIMARY KEY,
    password_hash TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    changed_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE server_sessions (
    secret_hash  BLOB PRIMARY KEY,
    admin        TEXT NOT NULL REFERENCES server_admins (name) ON DELETE CASCADE,
    remember     INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX server_sessions_by_admin ON server_sessions (admin);
CREATE INDEX server_sessions_by_expiry ON server_sessions (expires_at);

CREATE TABLE server_tokens (
    name         TEXT PRIMARY KEY,
    secret_hash  BLOB NOT NULL UNIQUE,
    scope        TEXT NOT NULL CHECK (scope IN ('read', 'write', 'admin')),
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT;
