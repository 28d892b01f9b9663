-- Friend-referral credits. Every rule here is explained in schema/README.md.
-- Credits are whole numbers, 100 of them are 1 USD.

ALTER TABLE app ADD COLUMN credit_referrer_award INTEGER NOT NULL DEFAULT 100 CHECK (credit_referrer_award BETWEEN 0 AND 1000000);
--> statement-breakpoint
ALTER TABLE app ADD COLUMN credit_referee_award INTEGER NOT NULL DEFAULT 100 CHECK (credit_referee_award BETWEEN 0 AND 1000000);
--> statement-breakpoint
ALTER TABLE app ADD COLUMN credit_cap INTEGER NOT NULL DEFAULT 10000 CHECK (credit_cap BETWEEN 0 AND 1000000000);
--> statement-breakpoint
ALTER TABLE app ADD COLUMN credit_qualifying_event TEXT NOT NULL DEFAULT 'signup' CHECK (credit_qualifying_event IN ('signup', 'first_payment'));
--> statement-breakpoint
ALTER TABLE app ADD COLUMN credit_bonus_when_capped INTEGER NOT NULL DEFAULT 1 CHECK (credit_bonus_when_capped IN (0, 1));
--> statement-breakpoint
ALTER TABLE app ADD COLUMN credit_pending_days INTEGER DEFAULT 90 CHECK (credit_pending_days BETWEEN 1 AND 3650);
--> statement-breakpoint
ALTER TABLE app ADD COLUMN credit_accounts TEXT NOT NULL DEFAULT 'all' CHECK (credit_accounts IN ('all', 'listed', 'none'));
--> statement-breakpoint
ALTER TABLE app ADD COLUMN credit_countries TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(credit_countries));
--> statement-breakpoint
ALTER TABLE app ADD COLUMN credit_share_url TEXT CHECK (length(credit_share_url) <= 256 AND instr(credit_share_url, '{code}') > 0);
--> statement-breakpoint
ALTER TABLE app ADD COLUMN credit_about TEXT CHECK (length(credit_about) BETWEEN 1 AND 256);
--> statement-breakpoint
ALTER TABLE redemption ADD COLUMN by_word INTEGER NOT NULL DEFAULT 0 CHECK (by_word IN (0, 1));
--> statement-breakpoint
-- Which apps take calls from a site: a browser asks before it says which app it means.
CREATE TABLE app_origin (
  origin TEXT NOT NULL,
  app    TEXT NOT NULL REFERENCES app (id),
  PRIMARY KEY (origin, app)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX app_origin_by_app ON app_origin (app);
--> statement-breakpoint
INSERT INTO app_origin (origin, app) SELECT DISTINCT o.value, p.id FROM app p, json_each(p.origins) o;
--> statement-breakpoint
CREATE TRIGGER app_origin_of_new_app AFTER INSERT ON app
BEGIN INSERT INTO app_origin (origin, app) SELECT DISTINCT o.value, NEW.id FROM json_each(NEW.origins) o; END;
--> statement-breakpoint
CREATE TRIGGER app_origin_of_app AFTER UPDATE OF origins ON app WHEN OLD.origins <> NEW.origins
BEGIN
  DELETE FROM app_origin WHERE app = NEW.id;
  INSERT INTO app_origin (origin, app) SELECT DISTINCT o.value, NEW.id FROM json_each(NEW.origins) o;
END;
--> statement-breakpoint
CREATE TABLE token_key (
  app        TEXT NOT NULL REFERENCES app (id),
  id         TEXT NOT NULL,
  secret     TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  ends_at    INTEGER,
  PRIMARY KEY (app, id)
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX token_key_that_signs ON token_key (app) WHERE ends_at IS NULL;
--> statement-breakpoint
CREATE TABLE credit_account (
  app        TEXT NOT NULL REFERENCES app (id),
  account    TEXT NOT NULL,
  code       TEXT,
  email_hmac TEXT,
  earned     INTEGER NOT NULL DEFAULT 0 CHECK (earned >= 0),
  revoked    INTEGER NOT NULL DEFAULT 0 CHECK (revoked >= 0),
  spent      INTEGER NOT NULL DEFAULT 0 CHECK (spent >= 0),
  balance    INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (app, account)
) STRICT;
--> statement-breakpoint
CREATE TABLE credit_entry (
  app        TEXT NOT NULL,
  kind       TEXT NOT NULL CHECK (kind IN ('referrer_award', 'referee_award', 'referrer_revoked', 'referee_revoked', 'spend')),
  cause      TEXT NOT NULL,
  id         TEXT NOT NULL,
  account    TEXT NOT NULL,
  amount     INTEGER NOT NULL CHECK (amount <> 0 AND (amount > 0) = (kind IN ('referrer_award', 'referee_award'))),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (app, kind, cause, account),
  UNIQUE (app, id),
  FOREIGN KEY (app, account) REFERENCES credit_account (app, account)
) STRICT;
--> statement-breakpoint
CREATE INDEX credit_entry_by_account ON credit_entry (app, account, created_at, id);
--> statement-breakpoint
CREATE TRIGGER credit_entry_frozen BEFORE UPDATE OF app, kind, cause, id, amount, created_at ON credit_entry
BEGIN SELECT RAISE(ABORT, 'credit_entry is append-only'); END;
--> statement-breakpoint
CREATE TRIGGER credit_entry_no_delete BEFORE DELETE ON credit_entry
BEGIN SELECT RAISE(ABORT, 'credit_entry is append-only'); END;
--> statement-breakpoint
-- INSERT OR REPLACE fires no trigger of DELETE: the row that is there stays.
CREATE TRIGGER credit_entry_once BEFORE INSERT ON credit_entry
WHEN EXISTS (SELECT 1 FROM credit_entry e WHERE e.app = NEW.app AND (e.kind = NEW.kind AND e.cause = NEW.cause AND e.account = NEW.account OR e.id = NEW.id))
BEGIN SELECT RAISE(IGNORE); END;
--> statement-breakpoint
-- What an account has is what its entries say, by the same statement: a movement that is not new moves nothing, and is not told.
CREATE TRIGGER credit_entry_counts AFTER INSERT ON credit_entry
BEGIN
  UPDATE credit_account SET balance = balance + NEW.amount, earned = earned + iif(NEW.kind = 'referrer_award', NEW.amount, 0),
    revoked = revoked - iif(NEW.kind IN ('referrer_revoked', 'referee_revoked'), NEW.amount, 0),
    spent = spent - iif(NEW.kind = 'spend', NEW.amount, 0)
  WHERE app = NEW.app AND account = NEW.account;
  INSERT INTO event (app, seq, kind, fact, payload, created_at)
  SELECT NEW.app, coalesce((SELECT max(e.seq) FROM event e WHERE e.app = NEW.app), 0) + 1, iif(NEW.amount > 0, 'credit.awarded', 'credit.revoked'), NEW.id,
    json_object('redemption_id', NEW.cause, 'account_id', NEW.account, 'kind', NEW.kind, 'amount', NEW.amount), NEW.created_at
  WHERE NEW.kind <> 'spend';
END;
--> statement-breakpoint
CREATE TRIGGER redemption_no_delete BEFORE DELETE ON redemption
BEGIN SELECT RAISE(ABORT, 'an account is referred once, ever'); END;
--> statement-breakpoint
CREATE TRIGGER redemption_frozen BEFORE UPDATE OF app, id, code, by_word, created_at ON redemption
BEGIN SELECT RAISE(ABORT, 'who brought whom is a fact'); END;
--> statement-breakpoint
CREATE TRIGGER redemption_awarded_once BEFORE UPDATE OF referrer_award, referred_award, completed_at ON redemption
WHEN OLD.status <> 'pending' AND (NEW.referrer_award <> OLD.referrer_award OR NEW.referred_award <> OLD.referred_award
  OR NEW.completed_at IS NOT OLD.completed_at)
BEGIN SELECT RAISE(ABORT, 'an award is decided once'); END;
--> statement-breakpoint
CREATE TRIGGER redemption_status_forward BEFORE UPDATE OF status ON redemption
WHEN OLD.status <> NEW.status AND (OLD.status = 'revoked' OR NEW.status = 'pending'
  OR (OLD.status IN ('successful', 'capped') AND NEW.status <> 'revoked'))
BEGIN SELECT RAISE(ABORT, 'a redemption is completed once and revoked for good'); END;
--> statement-breakpoint
CREATE INDEX redemption_by_time ON redemption (app, created_at, id);
--> statement-breakpoint
CREATE INDEX redemption_by_status ON redemption (app, status, created_at, id);
--> statement-breakpoint
CREATE INDEX code_by_account ON code (app, account) WHERE account IS NOT NULL;
--> statement-breakpoint
-- A completed redemption credits both sides in the statement that completes it, whichever batch that is in.
CREATE TRIGGER redemption_awards AFTER UPDATE OF status ON redemption
WHEN OLD.status = 'pending' AND NEW.status IN ('successful', 'capped')
BEGIN
  INSERT INTO credit_account (app, account, created_at) VALUES (NEW.app, NEW.referrer_account, NEW.completed_at)
  ON CONFLICT DO NOTHING;
  INSERT INTO credit_account (app, account, created_at) VALUES (NEW.app, NEW.referred_account, NEW.completed_at)
  ON CONFLICT DO NOTHING;
  INSERT INTO credit_entry (app, kind, cause, id, account, amount, created_at)
  SELECT NEW.app, 'referrer_award', NEW.id, 'referrer_award-' || NEW.id, NEW.referrer_account, NEW.referrer_award, NEW.completed_at
  WHERE NEW.referrer_award > 0;
  INSERT INTO credit_entry (app, kind, cause, id, account, amount, created_at)
  SELECT NEW.app, 'referee_award', NEW.id, 'referee_award-' || NEW.id, NEW.referred_account, NEW.referred_award, NEW.completed_at
  WHERE NEW.referred_award > 0;
  INSERT INTO event (app, seq, kind, fact, payload, created_at)
  SELECT NEW.app, coalesce((SELECT max(e.seq) FROM event e WHERE e.app = NEW.app), 0) + 1, 'referral.completed', NEW.id, json_object('redemption_id', NEW.id,
    'referrer_account_id', NEW.referrer_account, 'referred_account_id', NEW.referred_account, 'status', NEW.status,
    'credits_awarded', NEW.referrer_award, 'referee_credits_awarded', NEW.referred_award), NEW.completed_at;
END;
--> statement-breakpoint
CREATE TRIGGER redemption_takes_back AFTER UPDATE OF status ON redemption
WHEN OLD.status <> 'revoked' AND NEW.status = 'revoked'
BEGIN
  INSERT INTO credit_entry (app, kind, cause, id, account, amount, created_at)
  SELECT e.app, 'referrer_revoked', e.cause, 'referrer_revoked-' || e.cause, e.account, -e.amount, NEW.revoked_at
  FROM credit_entry e WHERE e.app = NEW.app AND e.kind = 'referrer_award' AND e.cause = NEW.id;
  INSERT INTO credit_entry (app, kind, cause, id, account, amount, created_at)
  SELECT e.app, 'referee_revoked', e.cause, 'referee_revoked-' || e.cause, e.account, -e.amount, NEW.revoked_at
  FROM credit_entry e WHERE e.app = NEW.app AND e.kind = 'referee_award' AND e.cause = NEW.id;
END;
