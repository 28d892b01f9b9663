-- Who signs in, and whose an app is. Every rule here is explained in schema/README.md. Names and columns of the first five are
-- those that better-auth asks for.

CREATE TABLE users (
  id             TEXT NOT NULL PRIMARY KEY,
  name           TEXT NOT NULL,
  email          TEXT NOT NULL UNIQUE CHECK (email = lower(trim(email))),
  email_verified INTEGER NOT NULL CHECK (email_verified IN (0, 1)),
  image          TEXT,
  created_at     INTEGER NOT NULL,
  updated_at     INTEGER NOT NULL
) STRICT;
--> statement-breakpoint
CREATE TABLE sessions (
  id         TEXT NOT NULL PRIMARY KEY,
  user_id    TEXT NOT NULL REFERENCES users (id),
  token      TEXT NOT NULL UNIQUE,
  ip_address TEXT,
  user_agent TEXT,
  expires_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX sessions_of_user ON sessions (user_id);
--> statement-breakpoint
CREATE INDEX sessions_by_end ON sessions (expires_at);
--> statement-breakpoint
CREATE TABLE accounts (
  id                       TEXT NOT NULL PRIMARY KEY,
  user_id                  TEXT NOT NULL REFERENCES users (id),
  account_id               TEXT NOT NULL,
  provider_id              TEXT NOT NULL,
  access_token             TEXT,
  refresh_token            TEXT,
  id_token                 TEXT,
  access_token_expires_at  INTEGER,
  refresh_token_expires_at INTEGER,
  scope                    TEXT,
  password                 TEXT,
  created_at               INTEGER NOT NULL,
  updated_at               INTEGER NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX accounts_of_user ON accounts (user_id);
--> statement-breakpoint
CREATE TABLE verifications (
  id         TEXT NOT NULL PRIMARY KEY,
  identifier TEXT NOT NULL,
  value      TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX verifications_of_identifier ON verifications (identifier, created_at);
--> statement-breakpoint
CREATE INDEX verifications_by_end ON verifications (expires_at);
--> statement-breakpoint
CREATE TABLE rate_limits (
  id           TEXT NOT NULL PRIMARY KEY,
  key          TEXT NOT NULL UNIQUE,
  count        INTEGER NOT NULL CHECK (count > 0),
  last_request INTEGER NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX rate_limits_by_time ON rate_limits (last_request);
--> statement-breakpoint
CREATE TABLE app_owner (
  app        TEXT NOT NULL REFERENCES app (id),
  email      TEXT NOT NULL CHECK (email = lower(trim(email))),
  actor      TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (app, email)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX app_owner_by_email ON app_owner (email, created_at, app);
--> statement-breakpoint
CREATE INDEX affiliate_by_email ON affiliate (email, created_at) WHERE email IS NOT NULL;
