-- Webhooks out: who is told of an app's events, what waits for them, and how each try went. Every rule here is explained in schema/README.md.

CREATE TABLE webhook_endpoint (
  app             TEXT NOT NULL REFERENCES app (id),
  id              TEXT NOT NULL,
  url             TEXT NOT NULL,
  description     TEXT,
  kinds           TEXT CHECK (kinds IS NULL OR json_type(kinds) = 'array'),
  secret          TEXT,
  secret_prefix   TEXT NOT NULL CHECK (length(secret_prefix) <= 10),
  previous_secret TEXT,
  previous_until  INTEGER,
  status          TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled', 'deleted')),
  disabled_reason TEXT CHECK (disabled_reason IN ('owner', 'failing', 'gone')),
  after_seq       INTEGER NOT NULL CHECK (after_seq >= 0),
  failing_since   INTEGER,
  last_failure_at INTEGER,
  last_success_at INTEGER,
  created_at      INTEGER NOT NULL,
  PRIMARY KEY (app, id),
  CHECK ((previous_secret IS NULL) = (previous_until IS NULL)),
  CHECK ((disabled_reason IS NULL) = (status <> 'disabled')),
  CHECK ((secret IS NULL) = (status = 'deleted'))
) STRICT;
--> statement-breakpoint
CREATE INDEX webhook_endpoint_active ON webhook_endpoint (app, id) WHERE status = 'active';
--> statement-breakpoint
CREATE INDEX webhook_endpoint_deleted ON webhook_endpoint (app, id) WHERE status = 'deleted';
--> statement-breakpoint
CREATE INDEX webhook_endpoint_failing ON webhook_endpoint (failing_since, app, id)
  WHERE failing_since IS NOT NULL AND status <> 'deleted';
--> statement-breakpoint
CREATE TABLE webhook_delivery (
  app          TEXT NOT NULL,
  endpoint     TEXT NOT NULL,
  seq          INTEGER NOT NULL CHECK (seq <> 0),
  kind         TEXT NOT NULL,
  object       TEXT NOT NULL,
  status       TEXT NOT NULL CHECK (status IN ('waiting', 'delivered', 'failed')),
  attempts     INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  next_at      INTEGER,
  lease        TEXT,
  leased_until INTEGER,
  last_status  INTEGER,
  last_error   TEXT CHECK (last_error IN ('timeout', 'connection', 'tls', 'name', 'not_public', 'redirect', 'status', 'secret', 'skipped')),
  created_at   INTEGER NOT NULL,
  ended_at     INTEGER,
  PRIMARY KEY (app, endpoint, seq),
  FOREIGN KEY (app, endpoint) REFERENCES webhook_endpoint (app, id),
  CHECK ((ended_at IS NULL) = (status = 'waiting')),
  CHECK (next_at IS NULL OR status = 'waiting'),
  CHECK ((lease IS NULL) = (leased_until IS NULL))
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX webhook_delivery_due ON webhook_delivery (app, endpoint, next_at, seq) WHERE next_at IS NOT NULL;
--> statement-breakpoint
CREATE INDEX webhook_delivery_waiting ON webhook_delivery (app, endpoint, object, seq) WHERE status = 'waiting';
--> statement-breakpoint
CREATE INDEX webhook_delivery_by_age ON webhook_delivery (app, endpoint, created_at, seq);
--> statement-breakpoint
CREATE INDEX webhook_delivery_by_status ON webhook_delivery (app, endpoint, status, created_at, seq);
--> statement-breakpoint
CREATE INDEX webhook_delivery_ended ON webhook_delivery (ended_at) WHERE ended_at IS NOT NULL;
--> statement-breakpoint
CREATE TABLE webhook_attempt (
  app         TEXT NOT NULL,
  endpoint    TEXT NOT NULL,
  seq         INTEGER NOT NULL,
  attempt     INTEGER NOT NULL CHECK (attempt > 0),
  at          INTEGER NOT NULL,
  duration_ms INTEGER NOT NULL CHECK (duration_ms >= 0),
  status      INTEGER CHECK (status BETWEEN 100 AND 999),
  error       TEXT CHECK (error IN ('timeout', 'connection', 'tls', 'name', 'not_public', 'redirect', 'status', 'secret')),
  excerpt     TEXT,
  manual      INTEGER NOT NULL CHECK (manual IN (0, 1)),
  PRIMARY KEY (app, endpoint, seq, attempt),
  FOREIGN KEY (app, endpoint) REFERENCES webhook_endpoint (app, id)
) STRICT, WITHOUT ROWID;
