-- Times are milliseconds since 1970 in UTC. Texts of people are kept as they were written, keys are folded.

CREATE TABLE section (
  id INTEGER PRIMARY KEY,
  code TEXT NOT NULL UNIQUE,
  title_ru TEXT NOT NULL,
  title_en TEXT NOT NULL,
  language TEXT NOT NULL DEFAULT 'ru',
  position INTEGER NOT NULL,
  active INTEGER NOT NULL DEFAULT 1
) STRICT;

-- A row without a section holds for all that have none of their own.
CREATE TABLE deadline (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('registration', 'submission', 'revision', 'review', 'confirmation')),
  section_id INTEGER REFERENCES section (id),
  at INTEGER NOT NULL,
  grace_s INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX deadline_kind ON deadline (kind, ifnull(section_id, 0));

CREATE TABLE organisation (
  id INTEGER PRIMARY KEY,
  full_name TEXT NOT NULL,
  abbr TEXT NOT NULL,
  abbr_en TEXT NOT NULL,
  norm TEXT NOT NULL UNIQUE,
  verified_by INTEGER,
  verified_at INTEGER,
  merged_into INTEGER REFERENCES organisation (id)
) STRICT;

CREATE TABLE person (
  id INTEGER PRIMARY KEY,
  full_name TEXT,
  birth_date TEXT,
  phone TEXT,
  email TEXT,
  email_key TEXT UNIQUE,
  email_verified_at INTEGER,
  status TEXT CHECK (status IN ('pupil', 'student', 'postgraduate', 'employee')),
  organisation_id INTEGER REFERENCES organisation (id),
  -- The three forms of an organisation while they are being asked for.
  org_full TEXT,
  org_abbr TEXT,
  org_abbr_en TEXT,
  locale TEXT NOT NULL DEFAULT 'ru',
  created_at INTEGER NOT NULL,
  erased_at INTEGER
) STRICT;
CREATE INDEX person_organisation ON person (organisation_id);

CREATE TABLE tg_account (
  tg_id INTEGER PRIMARY KEY,
  person_id INTEGER UNIQUE REFERENCES person (id),
  username TEXT,
  username_key TEXT,
  first_name TEXT NOT NULL DEFAULT '',
  seen_at INTEGER NOT NULL,
  blocked_at INTEGER
) STRICT;
CREATE INDEX tg_account_name ON tg_account (username_key);

CREATE TABLE email_code (
  id INTEGER PRIMARY KEY,
  address TEXT NOT NULL,
  address_key TEXT NOT NULL,
  tg_id INTEGER NOT NULL,
  purpose TEXT NOT NULL CHECK (purpose IN ('register', 'move')),
  salt BLOB NOT NULL,
  code_hash BLOB NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('active', 'verified', 'expired', 'locked', 'superseded')),
  sent_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX email_code_account ON email_code (tg_id, state);

CREATE TABLE limiter (
  key TEXT PRIMARY KEY,
  window_start INTEGER NOT NULL,
  count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE role_grant (
  id INTEGER PRIMARY KEY,
  person_id INTEGER NOT NULL REFERENCES person (id),
  role TEXT NOT NULL CHECK (role IN ('reviewer', 'chair', 'moderator', 'organiser')),
  section_id INTEGER REFERENCES section (id),
  granted_by TEXT NOT NULL,
  at INTEGER NOT NULL,
  revoked_at INTEGER
) STRICT;
CREATE INDEX role_grant_person ON role_grant (person_id);

-- Secret links: a role, or writing after a deadline. Only the hash of the token is kept.
CREATE TABLE pass (
  token_hash BLOB PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('role', 'late')),
  role TEXT,
  deadline TEXT,
  section_id INTEGER REFERENCES section (id),
  made_by TEXT NOT NULL,
  made_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  uses_left INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE TABLE late_grant (
  person_id INTEGER NOT NULL REFERENCES person (id),
  kind TEXT NOT NULL,
  section_id INTEGER REFERENCES section (id),
  until INTEGER NOT NULL,
  PRIMARY KEY (person_id, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE document (
  id INTEGER PRIMARY KEY,
  body_id INTEGER NOT NULL REFERENCES document_body (id),
  kind TEXT NOT NULL CHECK (kind IN ('consent', 'paper', 'permit')),
  sha256 BLOB NOT NULL,
  size INTEGER NOT NULL,
  mime TEXT NOT NULL,
  file_name TEXT NOT NULL,
  uploader_id INTEGER REFERENCES person (id),
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX document_hash ON document (sha256);
CREATE INDEX document_of_body ON document (body_id);
-- Alone in its table: a change of what is known about a document never rewrites its body.
CREATE TABLE document_body (
  id INTEGER PRIMARY KEY,
  body BLOB NOT NULL
) STRICT;
CREATE TABLE tg_file (
  document_id INTEGER NOT NULL REFERENCES document (id) ON DELETE CASCADE,
  bot TEXT NOT NULL,
  file_id TEXT NOT NULL,
  photo INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (document_id, bot)
) STRICT, WITHOUT ROWID;

CREATE TABLE consent (
  id INTEGER PRIMARY KEY,
  person_id INTEGER NOT NULL REFERENCES person (id),
  version TEXT NOT NULL,
  document_id INTEGER REFERENCES document (id),
  at INTEGER NOT NULL,
  withdrawn_at INTEGER
) STRICT;
CREATE INDEX consent_person ON consent (person_id);

CREATE TABLE application (
  id INTEGER PRIMARY KEY,
  person_id INTEGER NOT NULL UNIQUE REFERENCES person (id),
  state TEXT NOT NULL CHECK (state IN ('draft', 'submitted', 'approved', 'changes_requested', 'rejected')),
  rev INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  submitted_at INTEGER,
  claimed_by INTEGER REFERENCES person (id),
  claim_expires INTEGER,
  decided_by INTEGER REFERENCES person (id),
  decided_at INTEGER,
  comment TEXT
) STRICT;
CREATE INDEX application_queue ON application (state, submitted_at);

CREATE TABLE submission (
  id INTEGER PRIMARY KEY,
  code TEXT UNIQUE,
  owner_id INTEGER NOT NULL REFERENCES person (id),
  section_id INTEGER REFERENCES section (id),
  title TEXT,
  abstract TEXT,
  permit_doc INTEGER REFERENCES document (id),
  paper_doc INTEGER REFERENCES document (id),
  state TEXT NOT NULL CHECK (state IN ('draft', 'submitted', 'changes_requested', 'under_review', 'revise',
    'accepted', 'confirmed', 'scheduled', 'rejected', 'withdrawn')),
  rev INTEGER NOT NULL DEFAULT 0,
  version INTEGER NOT NULL DEFAULT 0,
  comment TEXT,
  claimed_by INTEGER REFERENCES person (id),
  claim_expires INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  submitted_at INTEGER,
  decided_at INTEGER
) STRICT;
CREATE INDEX submission_owner ON submission (owner_id);
CREATE INDEX submission_state ON submission (state, submitted_at);

CREATE TABLE submission_version (
  submission_id INTEGER NOT NULL REFERENCES submission (id),
  no INTEGER NOT NULL,
  title TEXT NOT NULL,
  abstract TEXT NOT NULL,
  section_id INTEGER NOT NULL REFERENCES section (id),
  permit_doc INTEGER NOT NULL REFERENCES document (id),
  paper_doc INTEGER NOT NULL REFERENCES document (id),
  by INTEGER NOT NULL REFERENCES person (id),
  at INTEGER NOT NULL,
  PRIMARY KEY (submission_id, no)
) STRICT, WITHOUT ROWID;

CREATE TABLE authorship (
  submission_id INTEGER NOT NULL REFERENCES submission (id),
  person_id INTEGER NOT NULL REFERENCES person (id),
  role TEXT NOT NULL CHECK (role IN ('author', 'co_author', 'supervisor')),
  position INTEGER NOT NULL,
  confirmed_at INTEGER NOT NULL,
  PRIMARY KEY (submission_id, person_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX authorship_person ON authorship (person_id);

CREATE TABLE invitation (
  id INTEGER PRIMARY KEY,
  submission_id INTEGER NOT NULL REFERENCES submission (id),
  role TEXT NOT NULL CHECK (role IN ('co_author', 'supervisor')),
  inviter_id INTEGER NOT NULL REFERENCES person (id),
  kind TEXT NOT NULL CHECK (kind IN ('username', 'email', 'contact')),
  -- The folded name or address, or the number of the Telegram account.
  target TEXT NOT NULL,
  shown TEXT NOT NULL,
  target_tg_id INTEGER,
  token_hash BLOB NOT NULL UNIQUE,
  state TEXT NOT NULL CHECK (state IN ('pending', 'accepted', 'declined', 'revoked', 'expired')),
  -- Why it cannot be answered just now, like a name that changed hands.
  suspended TEXT,
  delivery TEXT NOT NULL CHECK (delivery IN ('by_hand', 'queued', 'sent', 'failed')),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  check_at INTEGER,
  reminded_at INTEGER,
  decided_at INTEGER,
  decided_by INTEGER REFERENCES person (id),
  reason TEXT
) STRICT;
CREATE UNIQUE INDEX invitation_pending ON invitation (submission_id, role, target) WHERE state = 'pending';
CREATE INDEX invitation_target ON invitation (target, state);
CREATE INDEX invitation_check ON invitation (check_at) WHERE state = 'pending';

CREATE TABLE review_assignment (
  id INTEGER PRIMARY KEY,
  submission_id INTEGER NOT NULL REFERENCES submission (id),
  version INTEGER NOT NULL,
  reviewer_id INTEGER NOT NULL REFERENCES person (id),
  state TEXT NOT NULL CHECK (state IN ('offered', 'accepted', 'submitted', 'declined')),
  offered_at INTEGER NOT NULL,
  due_at INTEGER,
  reason TEXT,
  UNIQUE (submission_id, version, reviewer_id)
) STRICT;
CREATE INDEX review_assignment_reviewer ON review_assignment (reviewer_id, state);

-- Scores are a JSON object from criterion to a number of 1 to 5.
CREATE TABLE review (
  assignment_id INTEGER PRIMARY KEY REFERENCES review_assignment (id),
  scores TEXT NOT NULL DEFAULT '{}',
  recommendation TEXT CHECK (recommendation IN ('accept', 'revise', 'reject')),
  comment_author TEXT,
  comment_private TEXT,
  submitted_at INTEGER
) STRICT;

CREATE TABLE decision (
  id INTEGER PRIMARY KEY,
  submission_id INTEGER NOT NULL REFERENCES submission (id),
  version INTEGER NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('accepted', 'revise', 'rejected')),
  presentation TEXT CHECK (presentation IN ('oral', 'poster', 'plenary')),
  comment TEXT,
  by INTEGER REFERENCES person (id),
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX decision_submission ON decision (submission_id);

CREATE TABLE programme_slot (
  id INTEGER PRIMARY KEY,
  section_id INTEGER REFERENCES section (id),
  submission_id INTEGER UNIQUE REFERENCES submission (id),
  title TEXT,
  room TEXT NOT NULL,
  starts_at INTEGER NOT NULL,
  minutes INTEGER NOT NULL,
  position INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE broadcast (
  id INTEGER PRIMARY KEY,
  audience TEXT NOT NULL,
  text_ru TEXT NOT NULL,
  text_en TEXT NOT NULL,
  made_by TEXT NOT NULL,
  made_at INTEGER NOT NULL,
  sent_at INTEGER,
  recipients INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Where a person stands in the conversation with a bot.
CREATE TABLE dialog (
  bot TEXT NOT NULL,
  tg_id INTEGER NOT NULL,
  place TEXT NOT NULL,
  rev INTEGER NOT NULL,
  locale TEXT NOT NULL DEFAULT '',
  prompt_id INTEGER,
  token TEXT,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (bot, tg_id)
) STRICT, WITHOUT ROWID;

-- Every update as it came; what is done keeps its number, so that it is never done again, and loses its body.
CREATE TABLE update_seen (
  bot TEXT NOT NULL,
  update_id INTEGER NOT NULL,
  tg_id INTEGER NOT NULL,
  body TEXT,
  received_at INTEGER NOT NULL,
  done_at INTEGER,
  failures INTEGER NOT NULL DEFAULT 0,
  error TEXT,
  PRIMARY KEY (bot, update_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX update_open ON update_seen (bot, tg_id, update_id) WHERE done_at IS NULL;

CREATE TABLE outbox (
  id INTEGER PRIMARY KEY,
  channel TEXT NOT NULL CHECK (channel IN ('telegram', 'email')),
  bot TEXT NOT NULL DEFAULT '',
  -- The number of a chat, or an address.
  recipient TEXT NOT NULL,
  person_id INTEGER REFERENCES person (id),
  priority INTEGER NOT NULL DEFAULT 0,
  body TEXT NOT NULL,
  dedupe_key TEXT UNIQUE,
  state TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sending', 'sent', 'dead')),
  attempts INTEGER NOT NULL DEFAULT 0,
  not_before INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  sent_at INTEGER,
  last_error TEXT,
  remote_id TEXT,
  -- The revision of the dialog whose prompt this is.
  dialog_rev INTEGER,
  invitation_id INTEGER REFERENCES invitation (id)
) STRICT;
CREATE INDEX outbox_open ON outbox (channel, bot, recipient, id) WHERE state IN ('queued', 'sending');
CREATE INDEX outbox_dead ON outbox (id) WHERE state = 'dead';

-- Append-only; every row's hash covers the one before.
CREATE TABLE audit (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  entity TEXT NOT NULL,
  entity_id INTEGER NOT NULL,
  detail TEXT NOT NULL DEFAULT '',
  prev_hash BLOB NOT NULL,
  hash BLOB NOT NULL
) STRICT;
CREATE INDEX audit_entity ON audit (entity, entity_id);
CREATE TRIGGER audit_keeps BEFORE UPDATE ON audit BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_stays BEFORE DELETE ON audit BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;

CREATE TABLE setting (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
