-- The operator's console. Every rule here is explained in schema/README.md.

-- What an app's books come to, kept by the triggers below, so that a look at all apps adds up a row for each.
CREATE TABLE app_sum (
  app           TEXT NOT NULL REFERENCES app (id),
  currency      TEXT NOT NULL CHECK (length(currency) = 3 AND currency = lower(currency)),
  captured      INTEGER NOT NULL DEFAULT 0,
  refunded      INTEGER NOT NULL DEFAULT 0,
  earned_clear  INTEGER NOT NULL DEFAULT 0,
  earned_review INTEGER NOT NULL DEFAULT 0,
  earned_held   INTEGER NOT NULL DEFAULT 0,
  adjust        INTEGER NOT NULL DEFAULT 0,
  paid          INTEGER NOT NULL DEFAULT 0,
  fee           INTEGER NOT NULL DEFAULT 0,
  collected     INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (app, currency)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
INSERT INTO app_sum (app, currency, captured, refunded)
SELECT c.app, c.currency, sum(c.captured), sum(c.refunded) FROM conversion c WHERE c.voided_at IS NULL GROUP BY 1, 2;
--> statement-breakpoint
INSERT INTO app_sum (app, currency, earned_clear, earned_review, earned_held, adjust, paid, fee)
SELECT t.app, t.currency, sum(t.earned_clear), sum(t.earned_review), sum(t.earned_held), sum(t.adjust), sum(t.paid), sum(t.fee)
FROM total t WHERE true GROUP BY 1, 2
ON CONFLICT DO UPDATE SET earned_clear = excluded.earned_clear, earned_review = excluded.earned_review,
  earned_held = excluded.earned_held, adjust = excluded.adjust, paid = excluded.paid, fee = excluded.fee;
--> statement-breakpoint
INSERT INTO app_sum (app, currency, collected)
SELECT f.app, f.currency, sum(f.amount) FROM fee_collection f WHERE true GROUP BY 1, 2
ON CONFLICT DO UPDATE SET collected = excluded.collected;
--> statement-breakpoint
CREATE TRIGGER conversion_summed_first AFTER INSERT ON conversion WHEN NEW.voided_at IS NULL
BEGIN
  INSERT INTO app_sum (app, currency, captured, refunded) VALUES (NEW.app, NEW.currency, NEW.captured, NEW.refunded)
  ON CONFLICT DO UPDATE SET captured = captured + excluded.captured, refunded = refunded + excluded.refunded;
END;
--> statement-breakpoint
CREATE TRIGGER conversion_summed AFTER UPDATE OF refunded, voided_at ON conversion
WHEN NEW.refunded <> OLD.refunded OR (NEW.voided_at IS NULL) <> (OLD.voided_at IS NULL)
BEGIN
  UPDATE app_sum SET
    captured = captured + iif(NEW.voided_at IS NULL, NEW.captured, 0) - iif(OLD.voided_at IS NULL, OLD.captured, 0),
    refunded = refunded + iif(NEW.voided_at IS NULL, NEW.refunded, 0) - iif(OLD.voided_at IS NULL, OLD.refunded, 0)
  WHERE app = NEW.app AND currency = NEW.currency;
END;
--> statement-breakpoint
CREATE TRIGGER total_summed_first AFTER INSERT ON total
BEGIN
  INSERT INTO app_sum (app, currency, earned_clear, earned_review, earned_held, adjust, paid, fee)
  VALUES (NEW.app, NEW.currency, NEW.earned_clear, NEW.earned_review, NEW.earned_held, NEW.adjust, NEW.paid, NEW.fee)
  ON CONFLICT DO UPDATE SET earned_clear = earned_clear + excluded.earned_clear,
    earned_review = earned_review + excluded.earned_review, earned_held = earned_held + excluded.earned_held,
    adjust = adjust + excluded.adjust, paid = paid + excluded.paid, fee = fee + excluded.fee;
END;
--> statement-breakpoint
CREATE TRIGGER total_summed AFTER UPDATE ON total
BEGIN
  UPDATE app_sum SET earned_clear = earned_clear + NEW.earned_clear - OLD.earned_clear,
    earned_review = earned_review + NEW.earned_review - OLD.earned_review,
    earned_held = earned_held + NEW.earned_held - OLD.earned_held, adjust = adjust + NEW.adjust - OLD.adjust,
    paid = paid + NEW.paid - OLD.paid, fee = fee + NEW.fee - OLD.fee
  WHERE app = NEW.app AND currency = NEW.currency;
END;
--> statement-breakpoint
CREATE TRIGGER fee_collection_summed AFTER INSERT ON fee_collection
BEGIN
  INSERT INTO app_sum (app, currency, collected) VALUES (NEW.app, NEW.currency, NEW.amount)
  ON CONFLICT DO UPDATE SET collected = collected + excluded.collected;
END;
--> statement-breakpoint
CREATE TABLE bulk_change (
  id         TEXT NOT NULL PRIMARY KEY,
  action     TEXT NOT NULL CHECK (action IN ('approve', 'suspend', 'reactivate', 'revoke', 'rate')),
  reason     TEXT NOT NULL,
  actor      TEXT NOT NULL,
  undoes     TEXT,
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  ended_at   INTEGER,
  CHECK (ended_at IS NULL OR started_at IS NOT NULL)
) STRICT;
--> statement-breakpoint
CREATE INDEX bulk_change_by_time ON bulk_change (created_at, id);
--> statement-breakpoint
CREATE INDEX bulk_change_running ON bulk_change (started_at) WHERE started_at IS NOT NULL AND ended_at IS NULL;
--> statement-breakpoint
CREATE TABLE bulk_line (
  change     TEXT NOT NULL,
  seq        INTEGER NOT NULL CHECK (seq > 0),
  app        TEXT NOT NULL,
  affiliate  TEXT NOT NULL,
  rate_bps   INTEGER CHECK (rate_bps BETWEEN 0 AND 10000),
  state      TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'skipped', 'failed')),
  was_status TEXT CHECK (was_status IN ('applied', 'active', 'suspended', 'revoked')),
  was_bps    INTEGER CHECK (was_bps BETWEEN 0 AND 10000),
  note       TEXT,
  PRIMARY KEY (change, seq),
  UNIQUE (change, app, affiliate),
  FOREIGN KEY (app, affiliate) REFERENCES affiliate (app, id),
  CHECK (state <> 'done' OR was_status IS NOT NULL)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX bulk_line_in_state ON bulk_line (change, state, seq);
--> statement-breakpoint
-- Affiliates of all apps, by age, and by what somebody knows of one.
CREATE INDEX affiliate_of_all ON affiliate (created_at, id);
--> statement-breakpoint
CREATE INDEX affiliate_of_status ON affiliate (status, created_at, id);
--> statement-breakpoint
CREATE INDEX affiliate_of_app_status ON affiliate (app, status, created_at, id);
--> statement-breakpoint
CREATE INDEX affiliate_by_id ON affiliate (id);
--> statement-breakpoint
CREATE INDEX affiliate_by_account ON affiliate (account_id) WHERE account_id IS NOT NULL;
--> statement-breakpoint
CREATE INDEX affiliate_by_name ON affiliate (name COLLATE NOCASE) WHERE name IS NOT NULL;
--> statement-breakpoint
CREATE INDEX app_by_name ON app (name COLLATE NOCASE);
--> statement-breakpoint
-- What waits for somebody, in all apps.
CREATE INDEX payout_batch_waiting ON payout_batch (created_at) WHERE status = 'draft';
--> statement-breakpoint
CREATE INDEX payout_failed ON payout (created_at) WHERE status = 'failed';
--> statement-breakpoint
CREATE INDEX outbox_lost ON outbox (done_at) WHERE outcome IN ('refused', 'dead_address', 'expired', 'unreadable');
