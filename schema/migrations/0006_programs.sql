-- What a program promises, who accepted it, and who was invited. Every rule here is explained in schema/README.md.

CREATE TABLE program_terms (
  app        TEXT NOT NULL REFERENCES app (id),
  version    INTEGER NOT NULL CHECK (version > 0),
  text       TEXT NOT NULL CHECK (length(text) <= 10000),
  actor      TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (app, version)
) STRICT;
--> statement-breakpoint
CREATE TRIGGER program_terms_no_update BEFORE UPDATE ON program_terms
BEGIN SELECT RAISE(ABORT, 'what somebody accepted stays'); END;
--> statement-breakpoint
CREATE TRIGGER program_terms_no_delete BEFORE DELETE ON program_terms
BEGIN SELECT RAISE(ABORT, 'what somebody accepted stays'); END;
--> statement-breakpoint
CREATE TABLE terms_acceptance (
  app         TEXT NOT NULL,
  affiliate   TEXT NOT NULL,
  version     INTEGER NOT NULL CHECK (version >= 0),
  shown       TEXT NOT NULL CHECK (json_valid(shown)),
  accepted_at INTEGER NOT NULL,
  PRIMARY KEY (app, affiliate, version),
  FOREIGN KEY (app, affiliate) REFERENCES affiliate (app, id)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TRIGGER terms_acceptance_no_update BEFORE UPDATE ON terms_acceptance
BEGIN SELECT RAISE(ABORT, 'an acceptance is a fact and stays'); END;
--> statement-breakpoint
CREATE TRIGGER terms_acceptance_no_delete BEFORE DELETE ON terms_acceptance
BEGIN SELECT RAISE(ABORT, 'an acceptance is a fact and stays'); END;
--> statement-breakpoint
CREATE TABLE invitation (
  app          TEXT NOT NULL REFERENCES app (id),
  id           TEXT NOT NULL,
  email        TEXT,
  name         TEXT,
  rate_bps     INTEGER CHECK (rate_bps BETWEEN 0 AND 10000),
  actor        TEXT NOT NULL,
  created_at   INTEGER NOT NULL,
  accepted_at  INTEGER,
  withdrawn_at INTEGER,
  PRIMARY KEY (app, id),
  UNIQUE (app, email),
  CHECK ((email IS NULL) = (withdrawn_at IS NOT NULL)),
  CHECK (withdrawn_at IS NULL OR name IS NULL)
) STRICT;
--> statement-breakpoint
CREATE INDEX invitation_by_time ON invitation (app, created_at, id);
--> statement-breakpoint
CREATE TABLE tag_choice (
  app         TEXT NOT NULL PRIMARY KEY REFERENCES app (id),
  cookie_days INTEGER NOT NULL DEFAULT 60 CHECK (cookie_days BETWEEN 1 AND 400),
  attribution TEXT NOT NULL DEFAULT 'last' CHECK (attribution IN ('last', 'first')),
  changed_at  INTEGER NOT NULL
) STRICT;
