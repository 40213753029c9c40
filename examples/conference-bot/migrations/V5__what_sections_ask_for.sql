-- Words by which papers are found, and what each section asks for.
ALTER TABLE submission ADD COLUMN keywords TEXT;
ALTER TABLE section ADD COLUMN permit TEXT NOT NULL DEFAULT 'required' CHECK (permit IN ('required', 'optional', 'none'));
ALTER TABLE section ADD COLUMN paper_format TEXT NOT NULL DEFAULT 'any' CHECK (paper_format IN ('any', 'pdf', 'docx'));

-- A version may have no permit, and has the words.
CREATE TABLE new_version (
  submission_id INTEGER NOT NULL REFERENCES submission (id),
  no INTEGER NOT NULL,
  title TEXT NOT NULL,
  abstract TEXT NOT NULL,
  keywords TEXT,
  section_id INTEGER NOT NULL REFERENCES section (id),
  permit_doc INTEGER REFERENCES document (id),
  paper_doc INTEGER NOT NULL REFERENCES document (id),
  by INTEGER NOT NULL REFERENCES person (id),
  at INTEGER NOT NULL,
  PRIMARY KEY (submission_id, no)
) STRICT, WITHOUT ROWID;
INSERT INTO new_version SELECT submission_id, no, title, abstract, NULL, section_id, permit_doc, paper_doc, by, at
  FROM submission_version;
DROP TABLE submission_version;
ALTER TABLE new_version RENAME TO submission_version;

-- Who may be late in one section may be so in another as well.
CREATE TABLE new_late_grant (
  person_id INTEGER NOT NULL REFERENCES person (id),
  kind TEXT NOT NULL,
  section_id INTEGER REFERENCES section (id),
  until INTEGER NOT NULL
) STRICT;
INSERT INTO new_late_grant SELECT person_id, kind, section_id, until FROM late_grant;
DROP TABLE late_grant;
ALTER TABLE new_late_grant RENAME TO late_grant;
CREATE UNIQUE INDEX late_grant_person ON late_grant (person_id, kind, ifnull(section_id, 0));
