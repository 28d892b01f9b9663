-- How affiliates join and are paid. Every rule here is explained in schema/README.md.

-- What a payout takes of a conversion is what is posted to its clear lane, less what payouts took before: also the whole of one
-- that was paid and is held since, where posted and settled are equal. Two indexes, so that a page of payouts reads what it pays.
DROP INDEX conversion_unsettled;
--> statement-breakpoint
CREATE INDEX conversion_unsettled ON conversion (app, affiliate, currency, mature_day)
  WHERE settled_net < iif(posted_lane = 'clear', posted_net, 0);
--> statement-breakpoint
CREATE INDEX conversion_overpaid ON conversion (app, affiliate, currency, mature_day)
  WHERE settled_net > iif(posted_lane = 'clear', posted_net, 0);
--> statement-breakpoint
CREATE INDEX correction_of_payout ON correction (app, payout) WHERE payout IS NOT NULL;
--> statement-breakpoint
CREATE INDEX correction_of_affiliate ON correction (app, affiliate, created_at, id);
--> statement-breakpoint
DROP INDEX ledger_by_affiliate;
--> statement-breakpoint
CREATE INDEX ledger_by_affiliate ON ledger (app, affiliate, currency, created_at, seq);
--> statement-breakpoint
CREATE INDEX ledger_by_time ON ledger (app, created_at, seq);
--> statement-breakpoint
ALTER TABLE api_key ADD COLUMN affiliate TEXT;
--> statement-breakpoint
DROP INDEX api_key_by_time;
--> statement-breakpoint
CREATE INDEX api_key_by_time ON api_key (app, created_at, id) WHERE revoked_at IS NULL AND affiliate IS NULL;
--> statement-breakpoint
CREATE INDEX api_key_of_affiliate ON api_key (app, affiliate, created_at, id) WHERE affiliate IS NOT NULL AND revoked_at IS NULL;
--> statement-breakpoint
ALTER TABLE "drop" ADD COLUMN body TEXT CHECK (json_valid(body));
--> statement-breakpoint
ALTER TABLE "drop" ADD COLUMN rerun_at INTEGER;
--> statement-breakpoint
CREATE INDEX drop_by_user ON "drop" (app, user_id, seq) WHERE user_id IS NOT NULL;
--> statement-breakpoint
CREATE TABLE app_flag (
  app     TEXT NOT NULL REFERENCES app (id),
  flag    TEXT NOT NULL CHECK (flag IN ('platform_referrals', 'settings_affiliates')),
  enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
  PRIMARY KEY (app, flag)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE join_policy (
  app        TEXT NOT NULL PRIMARY KEY REFERENCES app (id),
  accounts   TEXT NOT NULL DEFAULT 'all' CHECK (accounts IN ('all', 'listed', 'none')),
  countries  TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(countries)),
  changed_at INTEGER NOT NULL
) STRICT;
--> statement-breakpoint
CREATE TABLE join_account (
  app        TEXT NOT NULL REFERENCES app (id),
  account_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (app, account_id)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE payout_policy (
  app          TEXT NOT NULL PRIMARY KEY REFERENCES app (id),
  rail         TEXT NOT NULL DEFAULT 'manual' CHECK (rail IN ('manual', 'stripe')),
  schedule     TEXT NOT NULL DEFAULT 'none' CHECK (schedule IN ('none', 'weekly', 'monthly')),
  schedule_day INTEGER NOT NULL DEFAULT 1 CHECK (schedule_day BETWEEN 1 AND iif(schedule = 'weekly', 7, 28)),
  stripe_key   TEXT,
  changed_at   INTEGER NOT NULL
) STRICT;
--> statement-breakpoint
CREATE TABLE payout_minimum (
  app      TEXT NOT NULL REFERENCES app (id),
  currency TEXT NOT NULL CHECK (length(currency) = 3 AND currency = lower(currency)),
  cents    INTEGER NOT NULL CHECK (cents BETWEEN 1 AND 999999999999),
  PRIMARY KEY (app, currency)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE payout_method (
  seq        INTEGER PRIMARY KEY CHECK (seq > 0),
  app        TEXT NOT NULL,
  id         TEXT NOT NULL,
  affiliate  TEXT NOT NULL,
  kind       TEXT NOT NULL CHECK (kind IN ('paypal', 'bank', 'stripe', 'other', 'none')),
  details    TEXT,
  label      TEXT NOT NULL,
  payer      TEXT CHECK (payer IN ('app', 'operator')),
  actor      TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  UNIQUE (app, id),
  UNIQUE (app, affiliate, id),
  FOREIGN KEY (app, affiliate) REFERENCES affiliate (app, id),
  CHECK ((kind = 'none') = (details IS NULL)),
  CHECK ((kind = 'stripe') = (payer IS NOT NULL))
) STRICT;
--> statement-breakpoint
CREATE INDEX payout_method_of_affiliate ON payout_method (app, affiliate, seq);
--> statement-breakpoint
CREATE TRIGGER payout_method_no_update BEFORE UPDATE ON payout_method
BEGIN SELECT RAISE(ABORT, 'where a payout went stays'); END;
--> statement-breakpoint
CREATE TRIGGER payout_method_no_delete BEFORE DELETE ON payout_method
BEGIN SELECT RAISE(ABORT, 'where a payout went stays'); END;
--> statement-breakpoint
CREATE TABLE stripe_recipient (
  app        TEXT NOT NULL,
  affiliate  TEXT NOT NULL,
  payer      TEXT NOT NULL CHECK (payer IN ('app', 'operator')),
  account    TEXT NOT NULL CHECK (account <> ''),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (app, affiliate, payer),
  FOREIGN KEY (app, affiliate) REFERENCES affiliate (app, id)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE payout_batch (
  app         TEXT NOT NULL REFERENCES app (id),
  id          TEXT NOT NULL,
  kind        TEXT NOT NULL CHECK (kind IN ('hand', 'schedule', 'request')),
  rail        TEXT NOT NULL CHECK (rail IN ('manual', 'stripe')),
  payer       TEXT NOT NULL CHECK (payer IN ('app', 'operator')),
  status      TEXT NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'approved', 'running', 'settled', 'cancelled')),
  through_day INTEGER NOT NULL,
  period      TEXT,
  affiliate   TEXT,
  currency    TEXT CHECK (length(currency) = 3 AND currency = lower(currency)),
  actor       TEXT NOT NULL,
  created_at  INTEGER NOT NULL,
  approved_by TEXT,
  approved_at INTEGER,
  ended_at    INTEGER,
  PRIMARY KEY (app, id),
  FOREIGN KEY (app, affiliate) REFERENCES affiliate (app, id),
  CHECK ((kind = 'schedule') = (period IS NOT NULL)),
  CHECK (kind <> 'request' OR (affiliate IS NOT NULL AND currency IS NOT NULL)),
  CHECK ((approved_by IS NULL) = (approved_at IS NULL)),
  CHECK (status IN ('draft', 'cancelled') OR approved_by IS NOT NULL),
  CHECK ((status IN ('settled', 'cancelled')) = (ended_at IS NOT NULL))
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX payout_batch_of_period ON payout_batch (app, period) WHERE period IS NOT NULL;
--> statement-breakpoint
CREATE UNIQUE INDEX payout_batch_requested ON payout_batch (app, affiliate, currency)
  WHERE kind = 'request' AND status IN ('draft', 'approved', 'running');
--> statement-breakpoint
CREATE INDEX payout_batch_by_time ON payout_batch (app, created_at, id);
--> statement-breakpoint
CREATE INDEX payout_batch_running ON payout_batch (approved_at) WHERE status = 'running';
--> statement-breakpoint
CREATE TRIGGER payout_batch_frozen BEFORE UPDATE OF app, id, kind, rail, payer, through_day, period, affiliate, currency, actor, created_at ON payout_batch
BEGIN SELECT RAISE(ABORT, 'what a batch is about is frozen'); END;
--> statement-breakpoint
CREATE TRIGGER payout_batch_no_delete BEFORE DELETE ON payout_batch
BEGIN SELECT RAISE(ABORT, 'a batch stays'); END;
--> statement-breakpoint
CREATE TABLE payout_line (
  app       TEXT NOT NULL,
  batch     TEXT NOT NULL,
  affiliate TEXT NOT NULL,
  currency  TEXT NOT NULL CHECK (length(currency) = 3 AND currency = lower(currency)),
  amount    INTEGER NOT NULL CHECK (amount >= 1),
  done      INTEGER NOT NULL DEFAULT 0 CHECK (done IN (0, 1)),
  reason    TEXT,
  PRIMARY KEY (app, batch, affiliate, currency),
  FOREIGN KEY (app, batch) REFERENCES payout_batch (app, id),
  FOREIGN KEY (app, affiliate) REFERENCES affiliate (app, id),
  CHECK (done = 1 OR reason IS NULL)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TRIGGER payout_line_frozen BEFORE UPDATE OF app, batch, affiliate, currency, amount ON payout_line
BEGIN SELECT RAISE(ABORT, 'what was approved is frozen'); END;
--> statement-breakpoint
CREATE TRIGGER payout_line_no_delete BEFORE DELETE ON payout_line
BEGIN SELECT RAISE(ABORT, 'what was approved stays'); END;
--> statement-breakpoint
-- Nothing has written to these two before.
DROP TABLE payout_item;
--> statement-breakpoint
DROP TABLE payout;
--> statement-breakpoint
CREATE TABLE payout (
  app         TEXT NOT NULL,
  id          TEXT NOT NULL,
  batch       TEXT NOT NULL,
  affiliate   TEXT NOT NULL,
  currency    TEXT NOT NULL CHECK (length(currency) = 3 AND currency = lower(currency)),
  amount      INTEGER NOT NULL CHECK (amount >= 1),
  through_day INTEGER NOT NULL,
  rail        TEXT NOT NULL CHECK (rail IN ('manual', 'stripe')),
  payer       TEXT NOT NULL CHECK (payer IN ('app', 'operator')),
  method      TEXT NOT NULL,
  status      TEXT NOT NULL DEFAULT 'processing' CHECK (status IN ('processing', 'settled', 'failed')),
  attempt     INTEGER NOT NULL DEFAULT 1 CHECK (attempt >= 1),
  sent_at     INTEGER,
  next_at     INTEGER,
  reference   TEXT,
  error       TEXT,
  returned    INTEGER NOT NULL DEFAULT 0 CHECK (returned BETWEEN 0 AND amount),
  actor       TEXT NOT NULL,
  posted      INTEGER NOT NULL DEFAULT 0 CHECK (posted IN (0, 1)),
  created_at  INTEGER NOT NULL,
  settled_at  INTEGER,
  PRIMARY KEY (app, id),
  FOREIGN KEY (app, batch, affiliate, currency) REFERENCES payout_line (app, batch, affiliate, currency),
  FOREIGN KEY (app, affiliate, method) REFERENCES payout_method (app, affiliate, id),
  CHECK ((status = 'settled') = (settled_at IS NOT NULL)),
  CHECK (next_at IS NULL OR (rail = 'stripe' AND status = 'processing')),
  CHECK (returned = 0 OR status = 'settled')
) STRICT;
--> statement-breakpoint
CREATE INDEX payout_by_affiliate ON payout (app, affiliate, currency, status);
--> statement-breakpoint
CREATE INDEX payout_by_batch ON payout (app, batch, affiliate, currency);
--> statement-breakpoint
CREATE INDEX payout_by_time ON payout (app, created_at, id);
--> statement-breakpoint
CREATE INDEX payout_of_affiliate ON payout (app, affiliate, created_at, id);
--> statement-breakpoint
CREATE INDEX payout_of_batch ON payout (app, batch, created_at, id);
--> statement-breakpoint
CREATE INDEX payout_to_send ON payout (next_at) WHERE next_at IS NOT NULL;
--> statement-breakpoint
CREATE INDEX payout_by_reference ON payout (app, reference) WHERE reference IS NOT NULL;
--> statement-breakpoint
CREATE TRIGGER payout_frozen BEFORE UPDATE OF app, id, batch, affiliate, currency, amount, through_day, rail, payer, method, actor, created_at ON payout
BEGIN SELECT RAISE(ABORT, 'what a payout pays is frozen'); END;
--> statement-breakpoint
CREATE TRIGGER payout_ended BEFORE UPDATE OF status, settled_at ON payout
WHEN OLD.status <> 'processing' AND (NEW.status <> OLD.status OR NEW.settled_at IS NOT OLD.settled_at)
BEGIN SELECT RAISE(ABORT, 'a payout that has ended stays ended'); END;
--> statement-breakpoint
CREATE TRIGGER payout_no_delete BEFORE DELETE ON payout
BEGIN SELECT RAISE(ABORT, 'a payout stays'); END;
--> statement-breakpoint
CREATE TABLE payout_item (
  app        TEXT NOT NULL,
  payout     TEXT NOT NULL,
  conversion TEXT NOT NULL,
  amount     INTEGER NOT NULL CHECK (amount <> 0),
  PRIMARY KEY (app, payout, conversion),
  FOREIGN KEY (app, payout) REFERENCES payout (app, id),
  FOREIGN KEY (app, conversion) REFERENCES conversion (app, id)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX payout_item_by_conversion ON payout_item (app, conversion, amount);
--> statement-breakpoint
CREATE TRIGGER payout_item_no_update BEFORE UPDATE ON payout_item
BEGIN SELECT RAISE(ABORT, 'what a payout covers stays'); END;
--> statement-breakpoint
CREATE TRIGGER payout_item_no_delete BEFORE DELETE ON payout_item
BEGIN SELECT RAISE(ABORT, 'what a payout covers stays'); END;
--> statement-breakpoint
CREATE TABLE fee_collection (
  app        TEXT NOT NULL REFERENCES app (id),
  id         TEXT NOT NULL,
  currency   TEXT NOT NULL CHECK (length(currency) = 3 AND currency = lower(currency)),
  amount     INTEGER NOT NULL CHECK (amount <> 0 AND abs(amount) <= 999999999999),
  reason     TEXT NOT NULL,
  actor      TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (app, id)
) STRICT;
--> statement-breakpoint
CREATE INDEX fee_collection_by_time ON fee_collection (app, created_at, id);
--> statement-breakpoint
CREATE TRIGGER fee_collection_no_update BEFORE UPDATE ON fee_collection
BEGIN SELECT RAISE(ABORT, 'what was collected stays'); END;
--> statement-breakpoint
CREATE TRIGGER fee_collection_no_delete BEFORE DELETE ON fee_collection
BEGIN SELECT RAISE(ABORT, 'what was collected stays'); END;
