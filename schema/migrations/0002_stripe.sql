-- What Stripe tells, and which payments wait for more of it. Every rule here is explained in schema/README.md.

ALTER TABLE referral ADD COLUMN payment TEXT;
--> statement-breakpoint
CREATE INDEX referral_by_payment ON referral (app, payment) WHERE payment IS NOT NULL;
--> statement-breakpoint
-- Nothing has written to these two before: made anew they need no column added, which reads the whole schema each time.
DROP TABLE charge;
--> statement-breakpoint
CREATE TABLE charge (
  app            TEXT NOT NULL REFERENCES app (id),
  account        TEXT NOT NULL,
  livemode       INTEGER NOT NULL CHECK (livemode IN (0, 1)),
  id             TEXT NOT NULL,
  captured       INTEGER NOT NULL CHECK (captured BETWEEN 0 AND 999999999999),
  uncaptured     INTEGER NOT NULL DEFAULT 0 CHECK (uncaptured BETWEEN 0 AND 999999999999),
  refunded_total INTEGER NOT NULL DEFAULT 0 CHECK (refunded_total BETWEEN 0 AND 999999999999),
  created_at     INTEGER NOT NULL,
  PRIMARY KEY (app, account, livemode, id)
) STRICT;
--> statement-breakpoint
DROP TABLE dispute;
--> statement-breakpoint
CREATE TABLE dispute (
  app        TEXT NOT NULL REFERENCES app (id),
  account    TEXT NOT NULL,
  livemode   INTEGER NOT NULL CHECK (livemode IN (0, 1)),
  id         TEXT NOT NULL,
  charge     TEXT NOT NULL,
  amount     INTEGER NOT NULL CHECK (amount BETWEEN 0 AND 999999999999),
  currency   TEXT CHECK (length(currency) = 3 AND currency = lower(currency)),
  status     TEXT NOT NULL CHECK (status IN ('open', 'won', 'lost')),
  changed_at INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (app, id, account, livemode)
) STRICT;
--> statement-breakpoint
CREATE INDEX dispute_by_charge ON dispute (app, account, livemode, charge);
--> statement-breakpoint
CREATE TABLE stripe_connection (
  app             TEXT NOT NULL PRIMARY KEY REFERENCES app (id),
  livemode        INTEGER NOT NULL CHECK (livemode IN (0, 1)),
  account         TEXT CHECK (account <> ''),
  webhook_secrets TEXT,
  restricted_key  TEXT,
  net_of_tax      INTEGER NOT NULL DEFAULT 1 CHECK (net_of_tax IN (0, 1)),
  bare_refs       INTEGER NOT NULL DEFAULT 0 CHECK (bare_refs IN (0, 1)),
  out_of_band     INTEGER NOT NULL DEFAULT 0 CHECK (out_of_band IN (0, 1)),
  connected_at    INTEGER,
  changed_at      INTEGER NOT NULL
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX stripe_connection_of_account ON stripe_connection (account, livemode) WHERE account IS NOT NULL;
--> statement-breakpoint
CREATE TABLE stripe_oauth_state (
  app        TEXT NOT NULL REFERENCES app (id),
  hash       TEXT NOT NULL,
  actor      TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at    INTEGER,
  PRIMARY KEY (app, hash)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX stripe_oauth_state_by_end ON stripe_oauth_state (expires_at);
--> statement-breakpoint
CREATE TABLE stripe_event (
  app         TEXT NOT NULL REFERENCES app (id),
  account     TEXT NOT NULL,
  livemode    INTEGER NOT NULL CHECK (livemode IN (0, 1)),
  id          TEXT NOT NULL,
  type        TEXT NOT NULL,
  object      TEXT,
  subject     TEXT,
  reason      TEXT,
  facts       TEXT CHECK (json_valid(facts)),
  created_at  INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  PRIMARY KEY (app, id, account, livemode),
  CHECK (reason IS NULL OR facts IS NULL)
) STRICT;
--> statement-breakpoint
CREATE INDEX stripe_event_by_time ON stripe_event (app, received_at, id);
--> statement-breakpoint
CREATE INDEX stripe_event_by_subject ON stripe_event (app, subject) WHERE subject IS NOT NULL;
--> statement-breakpoint
CREATE INDEX stripe_event_to_forget ON stripe_event (received_at);
--> statement-breakpoint
CREATE TABLE stripe_binding (
  app      TEXT NOT NULL REFERENCES app (id),
  object   TEXT NOT NULL,
  says     TEXT NOT NULL CHECK (says IN ('ref', 'user')),
  account  TEXT NOT NULL,
  livemode INTEGER NOT NULL CHECK (livemode IN (0, 1)),
  from_at  INTEGER NOT NULL CHECK (from_at >= 0),
  value    TEXT NOT NULL,
  PRIMARY KEY (app, object, says, account, livemode, from_at, value)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX stripe_binding_of_user ON stripe_binding (app, value) WHERE says = 'user';
--> statement-breakpoint
CREATE TABLE stripe_customer (
  app        TEXT NOT NULL REFERENCES app (id),
  account    TEXT NOT NULL,
  livemode   INTEGER NOT NULL CHECK (livemode IN (0, 1)),
  id         TEXT NOT NULL,
  created_at INTEGER,
  email_hmac TEXT,
  email_mask TEXT,
  PRIMARY KEY (app, id, account, livemode)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE stripe_object (
  app          TEXT NOT NULL REFERENCES app (id),
  account      TEXT NOT NULL,
  livemode     INTEGER NOT NULL CHECK (livemode IN (0, 1)),
  id           TEXT NOT NULL,
  form         TEXT NOT NULL CHECK (form IN ('invoice', 'session', 'payment_intent', 'charge')),
  payment      TEXT NOT NULL,
  claim        TEXT NOT NULL,
  customer     TEXT,
  subscription TEXT,
  promotions   TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(promotions)),
  code         TEXT,
  code_rank    INTEGER CHECK (code_rank BETWEEN 1 AND 4),
  bare_code    TEXT,
  user_id      TEXT,
  email_hmac   TEXT,
  email_mask   TEXT,
  currency     TEXT CHECK (length(currency) = 3 AND currency = lower(currency)),
  captured     INTEGER CHECK (captured BETWEEN 1 AND 999999999999),
  base         INTEGER CHECK (base BETWEEN 0 AND captured),
  occurred_at  INTEGER,
  settlement   TEXT NOT NULL CHECK (settlement IN ('on_stripe', 'out_of_band', 'assumed', 'unknown')),
  of_invoice   INTEGER NOT NULL CHECK (of_invoice IN (0, 1)),
  received_at  INTEGER NOT NULL,
  PRIMARY KEY (app, account, livemode, id),
  UNIQUE (app, claim),
  FOREIGN KEY (app, payment) REFERENCES payment (app, id),
  CHECK ((code IS NULL) = (code_rank IS NULL)),
  CHECK ((captured IS NULL) = (base IS NULL) AND (captured IS NULL) = (currency IS NULL)
    AND (captured IS NULL) = (occurred_at IS NULL))
) STRICT;
--> statement-breakpoint
CREATE INDEX stripe_object_by_payment ON stripe_object (app, payment);
--> statement-breakpoint
CREATE INDEX stripe_object_by_customer ON stripe_object (app, customer, received_at) WHERE customer IS NOT NULL;
--> statement-breakpoint
CREATE INDEX stripe_object_by_subscription ON stripe_object (app, subscription, received_at) WHERE subscription IS NOT NULL;
--> statement-breakpoint
CREATE INDEX stripe_object_with_promotions ON stripe_object (app, received_at) WHERE promotions <> '[]';
--> statement-breakpoint
CREATE INDEX stripe_object_by_user ON stripe_object (app, user_id) WHERE user_id IS NOT NULL;
--> statement-breakpoint
CREATE TRIGGER stripe_object_no_delete BEFORE DELETE ON stripe_object
BEGIN SELECT RAISE(ABORT, 'what Stripe told stays'); END;
--> statement-breakpoint
CREATE TRIGGER stripe_object_frozen BEFORE UPDATE OF app, account, livemode, id, form, claim, received_at ON stripe_object
BEGIN SELECT RAISE(ABORT, 'what Stripe told is frozen'); END;
--> statement-breakpoint
CREATE TRIGGER stripe_object_money_frozen BEFORE UPDATE OF currency, captured, base, occurred_at ON stripe_object
WHEN OLD.captured IS NOT NULL
  AND (NEW.currency, NEW.captured, NEW.base, NEW.occurred_at) IS NOT (OLD.currency, OLD.captured, OLD.base, OLD.occurred_at)
BEGIN SELECT RAISE(ABORT, 'what Stripe told is frozen'); END;
--> statement-breakpoint
CREATE TABLE stripe_payment (
  app         TEXT NOT NULL,
  payment     TEXT NOT NULL,
  account     TEXT NOT NULL,
  livemode    INTEGER NOT NULL CHECK (livemode IN (0, 1)),
  state       TEXT NOT NULL CHECK (state IN ('parked', 'deciding', 'counted', 'closed')),
  reason      TEXT,
  user_id     TEXT,
  code        TEXT,
  code_rank   INTEGER CHECK (code_rank BETWEEN 0 AND 7),
  origin      TEXT,
  affiliate   TEXT,
  attribution TEXT CHECK (attribution IN ('vouched', 'public')),
  seen_at     INTEGER,
  look_at     INTEGER,
  attempts    INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  asked_at    INTEGER,
  received_at INTEGER NOT NULL,
  PRIMARY KEY (app, payment),
  FOREIGN KEY (app, payment) REFERENCES payment (app, id),
  FOREIGN KEY (app, affiliate) REFERENCES affiliate (app, id),
  CHECK ((affiliate IS NULL) = (attribution IS NULL) AND (affiliate IS NULL) = (code_rank IS NULL)),
  CHECK (state NOT IN ('deciding', 'counted') OR affiliate IS NOT NULL)
) STRICT;
--> statement-breakpoint
CREATE INDEX stripe_payment_due ON stripe_payment (look_at) WHERE look_at IS NOT NULL;
--> statement-breakpoint
CREATE INDEX stripe_payment_due_of_app ON stripe_payment (app, look_at) WHERE look_at IS NOT NULL;
--> statement-breakpoint
CREATE INDEX stripe_payment_by_user ON stripe_payment (app, user_id) WHERE user_id IS NOT NULL;
--> statement-breakpoint
DROP TRIGGER referral_user_frozen;
--> statement-breakpoint
CREATE TRIGGER referral_user_frozen BEFORE UPDATE OF user_id ON referral
WHEN NEW.user_id IS NOT OLD.user_id AND NEW.user_id IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM stripe_binding b
  WHERE b.app = OLD.app AND b.object = OLD.user_id AND b.says = 'user' AND b.value = NEW.user_id)
BEGIN SELECT RAISE(ABORT, 'a customer is erased or stays'); END;
--> statement-breakpoint
DROP TRIGGER claim_user_frozen;
--> statement-breakpoint
CREATE TRIGGER claim_user_frozen BEFORE UPDATE OF user_id, metadata, body_hash ON claim
WHEN (NEW.user_id, NEW.metadata, NEW.body_hash) IS NOT (OLD.user_id, OLD.metadata, OLD.body_hash)
  AND NOT (OLD.user_id IS NOT NULL AND NEW.user_id IS NULL AND NEW.metadata IS NULL AND NEW.body_hash = 'erased')
  AND NOT ((NEW.metadata, NEW.body_hash) IS (OLD.metadata, OLD.body_hash) AND EXISTS (
    SELECT 1 FROM stripe_binding b
    WHERE b.app = OLD.app AND b.object = OLD.user_id AND b.says = 'user' AND b.value = NEW.user_id))
BEGIN SELECT RAISE(ABORT, 'a customer is erased or stays'); END;
--> statement-breakpoint
DROP TRIGGER conversion_user_frozen;
--> statement-breakpoint
CREATE TRIGGER conversion_user_frozen BEFORE UPDATE OF user_id ON conversion
WHEN NEW.user_id IS NOT OLD.user_id AND NEW.user_id IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM stripe_binding b
  WHERE b.app = OLD.app AND b.object = OLD.user_id AND b.says = 'user' AND b.value = NEW.user_id)
BEGIN SELECT RAISE(ABORT, 'a customer is erased or stays'); END;
--> statement-breakpoint
CREATE INDEX conversion_alike ON conversion (app, affiliate, currency, captured, occurred_at) WHERE voided_at IS NULL;
