-- Log-ins and tokens of the web pages act for people.
CREATE TABLE web_identity (
  kind TEXT NOT NULL CHECK (kind IN ('user', 'token')),
  name TEXT NOT NULL,
  person_id INTEGER NOT NULL REFERENCES person (id),
  made_at INTEGER NOT NULL,
  PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;

-- What people reported with /error.
CREATE TABLE error_report (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  bot TEXT NOT NULL,
  tg_id INTEGER NOT NULL,
  person_id INTEGER REFERENCES person (id),
  place TEXT NOT NULL,
  closed_at INTEGER,
  closed_by TEXT
) STRICT;
