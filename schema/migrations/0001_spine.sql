-- The house of facts and money. Every rule here is explained in schema/README.md.
-- Money is integer minor units, time is epoch milliseconds, a day is a whole number of days since 1970-01-01 UTC.

CREATE TABLE setting (
  key   TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE app (
  id                 TEXT NOT NULL PRIMARY KEY,
  name               TEXT NOT NULL,
  mode               TEXT NOT NULL CHECK (mode IN ('live', 'test')),
  currency           TEXT NOT NULL CHECK (length(currency) = 3 AND currency = lower(currency)),
  domain             TEXT,
  conversions        TEXT NOT NULL DEFAULT 'open' CHECK (conversions IN ('open', 'matched', 'keyed')),
  holding_days       INTEGER NOT NULL DEFAULT 14 CHECK (holding_days BETWEEN 0 AND 365),
  platform_fee_bps   INTEGER CHECK (platform_fee_bps BETWEEN 0 AND 10000),
  max_months         INTEGER CHECK (max_months BETWEEN 1 AND 1200),
  origins            TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(origins)),
  max_event_cents    INTEGER CHECK (max_event_cents BETWEEN 1 AND 999999999999),
  max_day_cents      INTEGER CHECK (max_day_cents BETWEEN 1 AND 999999999999),
  dedupe_seconds     INTEGER NOT NULL DEFAULT 10 CHECK (dedupe_seconds BETWEEN 0 AND 3600),
  new_customers_only INTEGER NOT NULL DEFAULT 0 CHECK (new_customers_only IN (0, 1)),
  approval           TEXT NOT NULL DEFAULT 'auto' CHECK (approval IN ('auto', 'manual')),
  operator_funded    INTEGER NOT NULL DEFAULT 0 CHECK (operator_funded IN (0, 1)),
  created_at         INTEGER NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX app_by_time ON app (created_at, id);
--> statement-breakpoint
CREATE TABLE api_key (
  app          TEXT NOT NULL REFERENCES app (id),
  id           TEXT NOT NULL,
  name         TEXT NOT NULL,
  hash         TEXT NOT NULL,
  prefix       TEXT NOT NULL,
  last4        TEXT NOT NULL,
  scopes       TEXT NOT NULL CHECK (json_valid(scopes)),
  created_at   INTEGER NOT NULL,
  expires_at   INTEGER,
  revoked_at   INTEGER,
  last_used_on INTEGER,
  PRIMARY KEY (app, id)
) STRICT;
--> statement-breakpoint
CREATE INDEX api_key_by_hash ON api_key (hash);
--> statement-breakpoint
CREATE INDEX api_key_by_time ON api_key (app, created_at, id) WHERE revoked_at IS NULL;
--> statement-breakpoint
CREATE TABLE affiliate (
  app         TEXT NOT NULL REFERENCES app (id),
  id          TEXT NOT NULL,
  email       TEXT,
  email_hmac  TEXT,
  name        TEXT,
  account_id  TEXT,
  code        TEXT NOT NULL,
  status      TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('applied', 'active', 'suspended', 'revoked')),
  revoked_at  INTEGER,
  voided      INTEGER NOT NULL DEFAULT 0 CHECK (voided IN (0, 1)),
  created_at  INTEGER NOT NULL,
  PRIMARY KEY (app, id),
  UNIQUE (app, email),
  UNIQUE (app, account_id),
  CHECK ((status = 'revoked') = (revoked_at IS NOT NULL)),
  CHECK (email IS NOT NULL OR account_id IS NOT NULL)
) STRICT;
--> statement-breakpoint
CREATE INDEX affiliate_by_time ON affiliate (app, created_at, id);
--> statement-breakpoint
CREATE INDEX affiliate_to_void ON affiliate (app, id) WHERE status = 'revoked' AND voided = 0;
--> statement-breakpoint
CREATE TRIGGER affiliate_revoked_for_good BEFORE UPDATE OF status, revoked_at ON affiliate
WHEN OLD.status = 'revoked' AND (NEW.status <> 'revoked' OR NEW.revoked_at <> OLD.revoked_at)
BEGIN SELECT RAISE(ABORT, 'a revocation is final'); END;
--> statement-breakpoint
CREATE TABLE code (
  code       TEXT NOT NULL PRIMARY KEY CHECK (code = lower(code) AND length(code) BETWEEN 1 AND 64),
  app        TEXT NOT NULL REFERENCES app (id),
  affiliate  TEXT,
  account    TEXT,
  ref        TEXT NOT NULL CHECK (lower(ref) = code),
  state      TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'retired', 'revoked')),
  expires_at INTEGER,
  created_at INTEGER NOT NULL,
  CHECK (affiliate IS NOT NULL OR account IS NOT NULL),
  FOREIGN KEY (app, affiliate) REFERENCES affiliate (app, id)
) STRICT;
--> statement-breakpoint
CREATE INDEX code_by_affiliate ON code (app, affiliate);
--> statement-breakpoint
CREATE TRIGGER code_no_delete BEFORE DELETE ON code
BEGIN SELECT RAISE(ABORT, 'a code ever issued is never forgotten'); END;
--> statement-breakpoint
CREATE TRIGGER code_frozen BEFORE UPDATE OF code, app, ref, created_at ON code
BEGIN SELECT RAISE(ABORT, 'a code is never renamed or moved'); END;
--> statement-breakpoint
CREATE TABLE rate (
  seq            INTEGER PRIMARY KEY CHECK (seq > 0),
  app            TEXT NOT NULL REFERENCES app (id),
  affiliate      TEXT NOT NULL DEFAULT '',
  bps            INTEGER CHECK (bps BETWEEN 0 AND 10000),
  effective_from INTEGER NOT NULL,
  actor          TEXT NOT NULL,
  CHECK (bps IS NOT NULL OR affiliate <> '')
) STRICT;
--> statement-breakpoint
CREATE INDEX rate_in_force ON rate (app, affiliate, effective_from, seq);
--> statement-breakpoint
CREATE TRIGGER rate_no_update BEFORE UPDATE ON rate
BEGIN SELECT RAISE(ABORT, 'rate is append-only'); END;
--> statement-breakpoint
CREATE TRIGGER rate_no_delete BEFORE DELETE ON rate
BEGIN SELECT RAISE(ABORT, 'rate is append-only'); END;
--> statement-breakpoint
CREATE TRIGGER rate_once BEFORE INSERT ON rate WHEN EXISTS (SELECT 1 FROM rate r WHERE r.seq = NEW.seq)
BEGIN SELECT RAISE(IGNORE); END;
--> statement-breakpoint
CREATE TABLE visitor_salt (
  day  INTEGER NOT NULL PRIMARY KEY,
  salt TEXT NOT NULL
) STRICT;
--> statement-breakpoint
CREATE TABLE click (
  app           TEXT NOT NULL REFERENCES app (id),
  code          TEXT NOT NULL,
  hour          INTEGER NOT NULL,
  visitor       TEXT NOT NULL,
  referrer_host TEXT,
  country       TEXT,
  counted       INTEGER NOT NULL DEFAULT 0 CHECK (counted IN (0, 1)),
  PRIMARY KEY (app, code, hour, visitor)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE code_day (
  app         TEXT NOT NULL REFERENCES app (id),
  code        TEXT NOT NULL,
  day         INTEGER NOT NULL,
  clicks      INTEGER NOT NULL DEFAULT 0 CHECK (clicks >= 0),
  signups     INTEGER NOT NULL DEFAULT 0 CHECK (signups >= 0),
  conversions INTEGER NOT NULL DEFAULT 0 CHECK (conversions >= 0),
  refunds     INTEGER NOT NULL DEFAULT 0 CHECK (refunds >= 0),
  PRIMARY KEY (app, code, day)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE app_day (
  app      TEXT NOT NULL REFERENCES app (id),
  day      INTEGER NOT NULL,
  currency TEXT NOT NULL CHECK (length(currency) = 3 AND currency = lower(currency)),
  trust    TEXT NOT NULL CHECK (trust IN ('vouched', 'public')),
  captured INTEGER NOT NULL CHECK (captured >= 0),
  PRIMARY KEY (app, day, currency, trust)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE request_key (
  app        TEXT NOT NULL REFERENCES app (id),
  kind       TEXT NOT NULL CHECK (kind IN ('signup', 'spend', 'redeem')),
  source     TEXT NOT NULL CHECK (source IN ('key', 'public')),
  key        TEXT NOT NULL,
  user_id    TEXT,
  body_hash  TEXT NOT NULL,
  fact       TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (app, kind, source, key)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX request_key_by_user ON request_key (app, user_id) WHERE user_id IS NOT NULL;
--> statement-breakpoint
CREATE TRIGGER request_key_user_frozen BEFORE UPDATE OF user_id, body_hash ON request_key
WHEN (NEW.user_id, NEW.body_hash) IS NOT (OLD.user_id, OLD.body_hash)
  AND NOT (OLD.user_id IS NOT NULL AND NEW.user_id IS NULL AND NEW.body_hash = 'erased')
BEGIN SELECT RAISE(ABORT, 'a customer is erased or stays'); END;
--> statement-breakpoint
CREATE TABLE referral (
  app                 TEXT NOT NULL REFERENCES app (id),
  id                  TEXT NOT NULL,
  user_id             TEXT,
  affiliate           TEXT NOT NULL,
  code                TEXT NOT NULL,
  trust               TEXT NOT NULL CHECK (trust IN ('vouched', 'public')),
  fixed_at            INTEGER,
  flag                TEXT,
  email_hmac          TEXT,
  email_mask          TEXT,
  email_trust         TEXT CHECK (email_trust IN ('vouched', 'public')),
  customer_created_at INTEGER,
  seen_at             INTEGER NOT NULL,
  created_at          INTEGER NOT NULL,
  counted             INTEGER NOT NULL DEFAULT 0 CHECK (counted IN (0, 1)),
  PRIMARY KEY (app, id),
  UNIQUE (app, user_id),
  FOREIGN KEY (app, affiliate) REFERENCES affiliate (app, id),
  CHECK (trust = 'public' OR fixed_at IS NOT NULL)
) STRICT;
--> statement-breakpoint
CREATE INDEX referral_by_affiliate ON referral (app, affiliate);
--> statement-breakpoint
CREATE TRIGGER referral_user_frozen BEFORE UPDATE OF user_id ON referral
WHEN NEW.user_id IS NOT OLD.user_id AND NEW.user_id IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a customer is erased or stays'); END;
--> statement-breakpoint
CREATE TABLE payment (
  app        TEXT NOT NULL REFERENCES app (id),
  id         TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (app, id)
) STRICT;
--> statement-breakpoint
CREATE TABLE payment_ref (
  app      TEXT NOT NULL,
  account  TEXT NOT NULL DEFAULT '',
  livemode INTEGER NOT NULL CHECK (livemode IN (0, 1)),
  ref      TEXT NOT NULL,
  payment  TEXT NOT NULL,
  PRIMARY KEY (app, account, livemode, ref),
  FOREIGN KEY (app, payment) REFERENCES payment (app, id)
) STRICT;
--> statement-breakpoint
CREATE INDEX payment_ref_by_payment ON payment_ref (app, payment);
--> statement-breakpoint
CREATE TABLE claim (
  app         TEXT NOT NULL REFERENCES app (id),
  id          TEXT NOT NULL,
  source      TEXT NOT NULL CHECK (source IN ('stripe', 'key', 'public')),
  source_ref  TEXT NOT NULL,
  form        TEXT NOT NULL CHECK (form IN ('call', 'invoice', 'session', 'payment_intent', 'charge')),
  standing    INTEGER NOT NULL GENERATED ALWAYS AS (
    CASE source WHEN 'stripe' THEN 30 WHEN 'key' THEN 20 ELSE 10 END
    + CASE form WHEN 'invoice' THEN 4 WHEN 'session' THEN 3 WHEN 'payment_intent' THEN 2 WHEN 'charge' THEN 1 ELSE 0 END
  ) STORED,
  body_hash   TEXT NOT NULL,
  payment     TEXT NOT NULL,
  payment_ref TEXT,
  user_id     TEXT,
  code        TEXT,
  affiliate   TEXT,
  attribution TEXT CHECK (attribution IN ('vouched', 'public')),
  currency    TEXT NOT NULL CHECK (length(currency) = 3 AND currency = lower(currency)),
  base        INTEGER NOT NULL CHECK (base BETWEEN 0 AND captured),
  captured    INTEGER NOT NULL CHECK (captured BETWEEN 1 AND 999999999999),
  metadata    TEXT,
  conversion  TEXT,
  occurred_at INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  counted     INTEGER NOT NULL DEFAULT 0 CHECK (counted IN (0, 1)),
  PRIMARY KEY (app, id),
  UNIQUE (app, source, source_ref),
  FOREIGN KEY (app, affiliate) REFERENCES affiliate (app, id),
  CHECK ((affiliate IS NULL) = (attribution IS NULL))
) STRICT;
--> statement-breakpoint
CREATE INDEX claim_by_payment ON claim (app, payment, standing DESC, received_at, source_ref);
--> statement-breakpoint
CREATE INDEX claim_by_user ON claim (app, user_id, received_at);
--> statement-breakpoint
CREATE TRIGGER claim_no_delete BEFORE DELETE ON claim
BEGIN SELECT RAISE(ABORT, 'a claim is a fact and stays'); END;
--> statement-breakpoint
CREATE TRIGGER claim_frozen BEFORE UPDATE OF app, id, source, source_ref, form, payment_ref, currency, base, captured, occurred_at, received_at ON claim
BEGIN SELECT RAISE(ABORT, 'what a claim said is frozen'); END;
--> statement-breakpoint
CREATE TRIGGER claim_user_frozen BEFORE UPDATE OF user_id, metadata, body_hash ON claim
WHEN (NEW.user_id, NEW.metadata, NEW.body_hash) IS NOT (OLD.user_id, OLD.metadata, OLD.body_hash)
  AND NOT (OLD.user_id IS NOT NULL AND NEW.user_id IS NULL AND NEW.metadata IS NULL AND NEW.body_hash = 'erased')
BEGIN SELECT RAISE(ABORT, 'a customer is erased or stays'); END;
--> statement-breakpoint
CREATE TABLE conversion (
  app               TEXT NOT NULL REFERENCES app (id),
  id                TEXT NOT NULL,
  payment           TEXT NOT NULL,
  claim             TEXT NOT NULL,
  attribution_claim TEXT NOT NULL,
  user_id           TEXT,
  affiliate         TEXT NOT NULL,
  code              TEXT NOT NULL,
  currency          TEXT NOT NULL CHECK (length(currency) = 3 AND currency = lower(currency)),
  base              INTEGER NOT NULL CHECK (base BETWEEN 0 AND captured),
  captured          INTEGER NOT NULL CHECK (captured BETWEEN 1 AND 999999999999),
  rate_bps          INTEGER NOT NULL CHECK (rate_bps BETWEEN 0 AND 10000),
  fee_bps           INTEGER NOT NULL CHECK (fee_bps BETWEEN 0 AND 10000),
  trust             TEXT NOT NULL CHECK (trust IN ('verified', 'matched', 'unverified')),
  entry_lane        TEXT NOT NULL CHECK (entry_lane IN ('held', 'review', 'clear')),
  reason            TEXT,
  occurred_at       INTEGER NOT NULL,
  created_at        INTEGER NOT NULL,
  mature_day        INTEGER NOT NULL,
  voided_at         INTEGER,
  void_reason       TEXT,
  superseded_by     TEXT,
  refunded          INTEGER NOT NULL DEFAULT 0 CHECK (refunded BETWEEN 0 AND captured),
  due_lane          TEXT NOT NULL CHECK (due_lane IN ('held', 'review', 'clear')),
  due_net           INTEGER NOT NULL DEFAULT 0 CHECK (due_net >= 0),
  due_fee           INTEGER NOT NULL DEFAULT 0 CHECK (due_fee >= 0),
  posted_lane       TEXT NOT NULL CHECK (posted_lane IN ('held', 'review', 'clear')),
  posted_net        INTEGER NOT NULL DEFAULT 0 CHECK (posted_net >= 0),
  posted_fee        INTEGER NOT NULL DEFAULT 0 CHECK (posted_fee >= 0),
  settled_net       INTEGER NOT NULL DEFAULT 0,
  rev               INTEGER NOT NULL DEFAULT 0,
  dirty             INTEGER NOT NULL DEFAULT 1 CHECK (dirty IN (0, 1)),
  PRIMARY KEY (app, id),
  UNIQUE (app, claim, attribution_claim),
  FOREIGN KEY (app, payment) REFERENCES payment (app, id),
  FOREIGN KEY (app, claim) REFERENCES claim (app, id),
  FOREIGN KEY (app, affiliate) REFERENCES affiliate (app, id),
  CHECK ((voided_at IS NULL) = (void_reason IS NULL)),
  CHECK (due_net + due_fee <= base),
  CHECK (dirty = 1 OR (posted_lane = due_lane AND posted_net = due_net AND posted_fee = due_fee)),
  CHECK (voided_at IS NULL OR dirty = 1 OR (due_net = 0 AND due_fee = 0))
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX conversion_in_force ON conversion (app, payment) WHERE voided_at IS NULL;
--> statement-breakpoint
CREATE INDEX conversion_by_payment ON conversion (app, payment);
--> statement-breakpoint
CREATE INDEX conversion_dirty ON conversion (app) WHERE dirty = 1;
--> statement-breakpoint
CREATE INDEX conversion_refundable_by_user ON conversion (app, user_id, currency, (trust = 'unverified'), occurred_at DESC, id DESC)
  WHERE voided_at IS NULL AND captured > refunded;
--> statement-breakpoint
CREATE INDEX conversion_refundable_by_affiliate ON conversion (app, affiliate, currency, (trust = 'unverified'), occurred_at DESC, id DESC)
  WHERE voided_at IS NULL AND captured > refunded;
--> statement-breakpoint
CREATE INDEX conversion_by_time ON conversion (app, affiliate, created_at, id);
--> statement-breakpoint
CREATE INDEX conversion_for_review ON conversion (app, posted_lane, created_at, id) WHERE posted_lane <> 'clear' AND voided_at IS NULL;
--> statement-breakpoint
CREATE INDEX conversion_unsettled ON conversion (app, affiliate, currency, mature_day) WHERE posted_net <> settled_net;
--> statement-breakpoint
CREATE TRIGGER conversion_no_delete BEFORE DELETE ON conversion
BEGIN SELECT RAISE(ABORT, 'a conversion stays'); END;
--> statement-breakpoint
CREATE TRIGGER conversion_frozen BEFORE UPDATE OF app, id, claim, attribution_claim, affiliate, code, currency, base, captured, rate_bps, fee_bps, trust, occurred_at, created_at, mature_day ON conversion
BEGIN SELECT RAISE(ABORT, 'the terms of a conversion are frozen for life'); END;
--> statement-breakpoint
CREATE TRIGGER conversion_user_frozen BEFORE UPDATE OF user_id ON conversion
WHEN NEW.user_id IS NOT OLD.user_id AND NEW.user_id IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a customer is erased or stays'); END;
--> statement-breakpoint
CREATE TABLE charge (
  app            TEXT NOT NULL REFERENCES app (id),
  account        TEXT NOT NULL,
  livemode       INTEGER NOT NULL CHECK (livemode IN (0, 1)),
  id             TEXT NOT NULL,
  captured       INTEGER NOT NULL CHECK (captured BETWEEN 0 AND 999999999999),
  refunded_total INTEGER NOT NULL DEFAULT 0 CHECK (refunded_total BETWEEN 0 AND 999999999999),
  created_at     INTEGER NOT NULL,
  PRIMARY KEY (app, account, livemode, id)
) STRICT;
--> statement-breakpoint
CREATE TABLE refund (
  app         TEXT NOT NULL REFERENCES app (id),
  id          TEXT NOT NULL,
  source      TEXT NOT NULL CHECK (source IN ('stripe', 'key', 'public')),
  account     TEXT NOT NULL DEFAULT '',
  livemode    INTEGER NOT NULL CHECK (livemode IN (0, 1)),
  source_ref  TEXT NOT NULL,
  body_hash   TEXT NOT NULL,
  charge      TEXT,
  payment_ref TEXT,
  conversion  TEXT,
  user_id     TEXT,
  code        TEXT,
  currency    TEXT,
  amount      INTEGER CHECK (amount BETWEEN 1 AND 999999999999),
  applied     INTEGER NOT NULL CHECK (applied IN (0, 1)),
  status      TEXT NOT NULL DEFAULT 'succeeded' CHECK (status IN ('pending', 'requires_action', 'succeeded', 'failed', 'canceled')),
  created_at  INTEGER NOT NULL,
  counted     INTEGER NOT NULL DEFAULT 0 CHECK (counted IN (0, 1)),
  PRIMARY KEY (app, id),
  UNIQUE (app, source, account, livemode, source_ref)
) STRICT;
--> statement-breakpoint
CREATE INDEX refund_by_charge ON refund (app, account, livemode, charge) WHERE charge IS NOT NULL;
--> statement-breakpoint
CREATE INDEX refund_by_time ON refund (app, source, created_at);
--> statement-breakpoint
CREATE INDEX refund_by_user ON refund (app, user_id) WHERE user_id IS NOT NULL;
--> statement-breakpoint
CREATE TRIGGER refund_no_delete BEFORE DELETE ON refund
BEGIN SELECT RAISE(ABORT, 'a refund is a fact and stays'); END;
--> statement-breakpoint
CREATE TRIGGER refund_frozen BEFORE UPDATE OF app, id, source, account, livemode, source_ref, charge, payment_ref, conversion, currency, amount, applied, created_at ON refund
BEGIN SELECT RAISE(ABORT, 'what a refund said is frozen'); END;
--> statement-breakpoint
CREATE TRIGGER refund_user_frozen BEFORE UPDATE OF user_id, body_hash ON refund
WHEN (NEW.user_id, NEW.body_hash) IS NOT (OLD.user_id, OLD.body_hash)
  AND NOT (OLD.user_id IS NOT NULL AND NEW.user_id IS NULL AND NEW.body_hash = 'erased')
BEGIN SELECT RAISE(ABORT, 'a customer is erased or stays'); END;
--> statement-breakpoint
CREATE TABLE refund_part (
  app        TEXT NOT NULL,
  refund     TEXT NOT NULL,
  origin     TEXT NOT NULL,
  payment    TEXT NOT NULL,
  conversion TEXT,
  amount     INTEGER NOT NULL CHECK (amount BETWEEN 1 AND 999999999999),
  PRIMARY KEY (app, refund, origin),
  FOREIGN KEY (app, refund) REFERENCES refund (app, id),
  FOREIGN KEY (app, payment) REFERENCES payment (app, id)
) STRICT;
--> statement-breakpoint
CREATE INDEX refund_part_by_payment ON refund_part (app, payment);
--> statement-breakpoint
CREATE TRIGGER refund_part_no_delete BEFORE DELETE ON refund_part
BEGIN SELECT RAISE(ABORT, 'a refund is a fact and stays'); END;
--> statement-breakpoint
CREATE TRIGGER refund_part_frozen BEFORE UPDATE OF app, refund, origin, conversion, amount ON refund_part
BEGIN SELECT RAISE(ABORT, 'what a refund took is frozen'); END;
--> statement-breakpoint
CREATE TABLE dispute (
  app        TEXT NOT NULL REFERENCES app (id),
  account    TEXT NOT NULL,
  livemode   INTEGER NOT NULL CHECK (livemode IN (0, 1)),
  id         TEXT NOT NULL,
  charge     TEXT NOT NULL,
  amount     INTEGER NOT NULL CHECK (amount BETWEEN 0 AND 999999999999),
  status     TEXT NOT NULL CHECK (status IN ('open', 'won', 'lost')),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (app, account, livemode, id)
) STRICT;
--> statement-breakpoint
CREATE INDEX dispute_by_charge ON dispute (app, account, livemode, charge);
--> statement-breakpoint
CREATE TABLE hold (
  seq        INTEGER PRIMARY KEY CHECK (seq > 0),
  app        TEXT NOT NULL,
  id         TEXT NOT NULL,
  payment    TEXT NOT NULL,
  action     TEXT NOT NULL CHECK (action IN ('hold', 'release')),
  reason     TEXT NOT NULL,
  actor      TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  UNIQUE (app, id),
  FOREIGN KEY (app, payment) REFERENCES payment (app, id)
) STRICT;
--> statement-breakpoint
CREATE INDEX hold_by_payment ON hold (app, payment, seq);
--> statement-breakpoint
CREATE TRIGGER hold_frozen BEFORE UPDATE OF seq, app, id, action, reason, actor, created_at ON hold
BEGIN SELECT RAISE(ABORT, 'a hold is a fact and stays'); END;
--> statement-breakpoint
CREATE TRIGGER hold_no_delete BEFORE DELETE ON hold
BEGIN SELECT RAISE(ABORT, 'a hold is a fact and stays'); END;
--> statement-breakpoint
CREATE TABLE approval (
  seq        INTEGER PRIMARY KEY CHECK (seq > 0),
  app        TEXT NOT NULL,
  id         TEXT NOT NULL,
  conversion TEXT NOT NULL,
  decision   TEXT NOT NULL CHECK (decision IN ('approve', 'reject')),
  reason     TEXT NOT NULL,
  actor      TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  UNIQUE (app, id),
  UNIQUE (app, conversion),
  FOREIGN KEY (app, conversion) REFERENCES conversion (app, id)
) STRICT;
--> statement-breakpoint
CREATE TRIGGER approval_no_update BEFORE UPDATE ON approval
BEGIN SELECT RAISE(ABORT, 'a decision is a fact and stays'); END;
--> statement-breakpoint
CREATE TRIGGER approval_no_delete BEFORE DELETE ON approval
BEGIN SELECT RAISE(ABORT, 'a decision is a fact and stays'); END;
--> statement-breakpoint
CREATE TABLE review_rule (
  app             TEXT NOT NULL REFERENCES app (id),
  id              TEXT NOT NULL,
  affiliate       TEXT,
  currency        TEXT NOT NULL CHECK (length(currency) = 3 AND currency = lower(currency)),
  max_event_cents INTEGER NOT NULL CHECK (max_event_cents BETWEEN 1 AND max_day_cents),
  max_day_cents   INTEGER NOT NULL CHECK (max_day_cents <= 999999999999),
  reason          TEXT NOT NULL,
  actor           TEXT NOT NULL,
  day             INTEGER NOT NULL DEFAULT 0,
  day_cents       INTEGER NOT NULL DEFAULT 0 CHECK (day_cents BETWEEN 0 AND max_day_cents),
  ended_at        INTEGER,
  created_at      INTEGER NOT NULL,
  PRIMARY KEY (app, id),
  FOREIGN KEY (app, affiliate) REFERENCES affiliate (app, id)
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX review_rule_of_affiliate ON review_rule (app, currency, affiliate) WHERE ended_at IS NULL;
--> statement-breakpoint
CREATE UNIQUE INDEX review_rule_of_all ON review_rule (app, currency) WHERE ended_at IS NULL AND affiliate IS NULL;
--> statement-breakpoint
CREATE INDEX review_rule_by_time ON review_rule (app, created_at, id) WHERE ended_at IS NULL;
--> statement-breakpoint
CREATE TRIGGER review_rule_no_delete BEFORE DELETE ON review_rule
BEGIN SELECT RAISE(ABORT, 'a rule that approved something stays'); END;
--> statement-breakpoint
CREATE TRIGGER review_rule_frozen BEFORE UPDATE OF app, id, affiliate, currency, max_event_cents, max_day_cents, reason, actor, created_at ON review_rule
BEGIN SELECT RAISE(ABORT, 'what a rule says is frozen'); END;
--> statement-breakpoint
CREATE TRIGGER review_rule_ended BEFORE UPDATE ON review_rule WHEN OLD.ended_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a rule that has ended stays ended'); END;
--> statement-breakpoint
CREATE TABLE correction (
  app        TEXT NOT NULL,
  id         TEXT NOT NULL,
  affiliate  TEXT NOT NULL,
  currency   TEXT NOT NULL CHECK (length(currency) = 3 AND currency = lower(currency)),
  amount     INTEGER NOT NULL CHECK (amount <> 0 AND abs(amount) <= 999999999999),
  kind       TEXT NOT NULL CHECK (kind IN ('correction', 'opening', 'transfer_return')),
  reason     TEXT NOT NULL,
  actor      TEXT NOT NULL,
  payout     TEXT,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (app, id),
  FOREIGN KEY (app, affiliate) REFERENCES affiliate (app, id)
) STRICT;
--> statement-breakpoint
CREATE INDEX correction_unsettled ON correction (app, affiliate, currency) WHERE payout IS NULL;
--> statement-breakpoint
CREATE TRIGGER correction_no_delete BEFORE DELETE ON correction
BEGIN SELECT RAISE(ABORT, 'a correction is a fact and stays'); END;
--> statement-breakpoint
CREATE TRIGGER correction_frozen BEFORE UPDATE OF app, id, affiliate, currency, amount, kind, reason, actor, created_at ON correction
BEGIN SELECT RAISE(ABORT, 'a correction is a fact and stays'); END;
--> statement-breakpoint
CREATE TABLE ledger (
  seq        INTEGER PRIMARY KEY CHECK (seq > 0),
  app        TEXT NOT NULL REFERENCES app (id),
  kind       TEXT NOT NULL CHECK (kind IN ('out', 'in', 'adjust', 'payout', 'payout_return')),
  cause      TEXT NOT NULL,
  fact       TEXT NOT NULL,
  affiliate  TEXT NOT NULL,
  currency   TEXT NOT NULL CHECK (length(currency) = 3 AND currency = lower(currency)),
  conversion TEXT,
  lane       TEXT CHECK (lane IN ('held', 'review', 'clear')),
  mature_day INTEGER,
  net        INTEGER NOT NULL,
  fee        INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  UNIQUE (app, kind, cause),
  FOREIGN KEY (app, affiliate) REFERENCES affiliate (app, id),
  FOREIGN KEY (app, conversion) REFERENCES conversion (app, id),
  CHECK (iif(kind IN ('out', 'in'), lane IS NOT NULL AND mature_day IS NOT NULL AND conversion IS NOT NULL,
    lane IS NULL AND mature_day IS NULL AND conversion IS NULL)),
  CHECK (net <> 0 OR fee <> 0)
) STRICT;
--> statement-breakpoint
CREATE INDEX ledger_by_fact ON ledger (app, fact);
--> statement-breakpoint
CREATE INDEX ledger_by_affiliate ON ledger (app, affiliate, currency, seq);
--> statement-breakpoint
CREATE INDEX ledger_by_conversion ON ledger (app, conversion, seq);
--> statement-breakpoint
CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
--> statement-breakpoint
CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
--> statement-breakpoint
CREATE TRIGGER ledger_once BEFORE INSERT ON ledger
WHEN EXISTS (SELECT 1 FROM ledger l WHERE l.seq = NEW.seq OR (l.app = NEW.app AND l.kind = NEW.kind AND l.cause = NEW.cause))
BEGIN SELECT RAISE(IGNORE); END;
--> statement-breakpoint
CREATE TABLE bucket (
  app        TEXT NOT NULL,
  affiliate  TEXT NOT NULL,
  currency   TEXT NOT NULL,
  lane       TEXT NOT NULL CHECK (lane IN ('held', 'review', 'clear')),
  mature_day INTEGER NOT NULL,
  net        INTEGER NOT NULL CHECK (net >= 0),
  PRIMARY KEY (app, affiliate, currency, lane, mature_day),
  FOREIGN KEY (app, affiliate) REFERENCES affiliate (app, id)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE total (
  app           TEXT NOT NULL,
  affiliate     TEXT NOT NULL,
  currency      TEXT NOT NULL,
  earned_clear  INTEGER NOT NULL DEFAULT 0 CHECK (earned_clear >= 0),
  earned_review INTEGER NOT NULL DEFAULT 0 CHECK (earned_review >= 0),
  earned_held   INTEGER NOT NULL DEFAULT 0 CHECK (earned_held >= 0),
  adjust        INTEGER NOT NULL DEFAULT 0,
  paid          INTEGER NOT NULL DEFAULT 0 CHECK (paid >= 0),
  fee           INTEGER NOT NULL DEFAULT 0 CHECK (fee >= 0),
  PRIMARY KEY (app, affiliate, currency),
  FOREIGN KEY (app, affiliate) REFERENCES affiliate (app, id)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE payout (
  app         TEXT NOT NULL,
  id          TEXT NOT NULL,
  affiliate   TEXT NOT NULL,
  currency    TEXT NOT NULL CHECK (length(currency) = 3 AND currency = lower(currency)),
  amount      INTEGER NOT NULL CHECK (amount >= 1),
  through_day INTEGER NOT NULL,
  rail        TEXT NOT NULL CHECK (rail IN ('manual', 'stripe')),
  status      TEXT NOT NULL CHECK (status IN ('processing', 'settled', 'failed')),
  attempt     INTEGER NOT NULL DEFAULT 1 CHECK (attempt >= 1),
  reference   TEXT,
  actor       TEXT NOT NULL,
  posted      INTEGER NOT NULL DEFAULT 0 CHECK (posted IN (0, 1)),
  created_at  INTEGER NOT NULL,
  settled_at  INTEGER,
  PRIMARY KEY (app, id),
  FOREIGN KEY (app, affiliate) REFERENCES affiliate (app, id)
) STRICT;
--> statement-breakpoint
CREATE INDEX payout_by_affiliate ON payout (app, affiliate, currency, status);
--> statement-breakpoint
CREATE TABLE payout_item (
  app        TEXT NOT NULL,
  payout     TEXT NOT NULL,
  conversion TEXT NOT NULL,
  amount     INTEGER NOT NULL CHECK (amount <> 0),
  PRIMARY KEY (app, payout, conversion),
  FOREIGN KEY (app, payout) REFERENCES payout (app, id),
  FOREIGN KEY (app, conversion) REFERENCES conversion (app, id)
) STRICT;
--> statement-breakpoint
CREATE INDEX payout_item_by_conversion ON payout_item (app, conversion);
--> statement-breakpoint
CREATE TABLE redemption (
  app              TEXT NOT NULL REFERENCES app (id),
  referred_account TEXT NOT NULL,
  id               TEXT NOT NULL,
  referrer_account TEXT NOT NULL,
  code             TEXT NOT NULL,
  status           TEXT NOT NULL CHECK (status IN ('pending', 'successful', 'capped', 'revoked')),
  referrer_award   INTEGER NOT NULL DEFAULT 0 CHECK (referrer_award >= 0),
  referred_award   INTEGER NOT NULL DEFAULT 0 CHECK (referred_award >= 0),
  created_at       INTEGER NOT NULL,
  completed_at     INTEGER,
  revoked_at       INTEGER,
  reason           TEXT,
  PRIMARY KEY (app, referred_account),
  UNIQUE (app, id),
  CHECK (referrer_account <> referred_account)
) STRICT;
--> statement-breakpoint
CREATE INDEX redemption_by_referrer ON redemption (app, referrer_account, created_at);
--> statement-breakpoint
CREATE TABLE event (
  app        TEXT NOT NULL REFERENCES app (id),
  seq        INTEGER NOT NULL,
  kind       TEXT NOT NULL,
  fact       TEXT NOT NULL,
  payload    TEXT NOT NULL CHECK (json_valid(payload)),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (app, seq),
  UNIQUE (app, kind, fact)
) STRICT;
--> statement-breakpoint
CREATE TABLE outbox (
  app        TEXT NOT NULL REFERENCES app (id),
  id         TEXT NOT NULL,
  kind       TEXT NOT NULL,
  payload    TEXT NOT NULL CHECK (json_valid(payload)),
  attempt    INTEGER NOT NULL DEFAULT 0 CHECK (attempt >= 0),
  next_at    INTEGER NOT NULL,
  done_at    INTEGER,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (app, id)
) STRICT;
--> statement-breakpoint
CREATE INDEX outbox_waiting ON outbox (next_at) WHERE done_at IS NULL;
--> statement-breakpoint
CREATE TABLE "drop" (
  seq        INTEGER PRIMARY KEY CHECK (seq > 0),
  app        TEXT NOT NULL REFERENCES app (id),
  kind       TEXT NOT NULL,
  reason     TEXT NOT NULL,
  code       TEXT,
  user_id    TEXT,
  created_at INTEGER NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX drop_by_app ON "drop" (app, seq);
--> statement-breakpoint
CREATE TABLE audit (
  seq        INTEGER PRIMARY KEY CHECK (seq > 0),
  app        TEXT NOT NULL REFERENCES app (id),
  id         TEXT NOT NULL,
  actor      TEXT NOT NULL,
  action     TEXT NOT NULL,
  object     TEXT NOT NULL,
  before     TEXT,
  after      TEXT,
  reason     TEXT,
  created_at INTEGER NOT NULL,
  UNIQUE (app, id)
) STRICT;
--> statement-breakpoint
CREATE INDEX audit_by_app ON audit (app, seq);
--> statement-breakpoint
CREATE INDEX audit_by_action ON audit (app, action, seq);
--> statement-breakpoint
CREATE INDEX audit_by_object ON audit (app, object, seq);
--> statement-breakpoint
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
--> statement-breakpoint
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
--> statement-breakpoint
CREATE TRIGGER audit_once BEFORE INSERT ON audit
WHEN EXISTS (SELECT 1 FROM audit a WHERE a.seq = NEW.seq OR (a.app = NEW.app AND a.id = NEW.id))
BEGIN SELECT RAISE(IGNORE); END;
