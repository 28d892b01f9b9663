-- What an app's friend credits come to, kept by the statements that move them: an owner reads it in constant time.
CREATE TABLE credit_total (
  app         TEXT NOT NULL PRIMARY KEY REFERENCES app (id),
  awarded     INTEGER NOT NULL DEFAULT 0 CHECK (awarded >= 0),
  taken_back  INTEGER NOT NULL DEFAULT 0 CHECK (taken_back >= 0),
  spent       INTEGER NOT NULL DEFAULT 0 CHECK (spent >= 0),
  open        INTEGER NOT NULL DEFAULT 0 CHECK (open >= 0),
  pending     INTEGER NOT NULL DEFAULT 0 CHECK (pending >= 0),
  successful  INTEGER NOT NULL DEFAULT 0 CHECK (successful >= 0),
  capped      INTEGER NOT NULL DEFAULT 0 CHECK (capped >= 0),
  revoked     INTEGER NOT NULL DEFAULT 0 CHECK (revoked >= 0)
) STRICT;
--> statement-breakpoint
INSERT INTO credit_total (app, awarded, taken_back, spent, open, pending, successful, capped, revoked)
SELECT p.id,
  coalesce((SELECT sum(e.amount) FROM credit_entry e WHERE e.app = p.id AND e.amount > 0), 0),
  coalesce((SELECT -sum(e.amount) FROM credit_entry e WHERE e.app = p.id AND e.kind IN ('referrer_revoked', 'referee_revoked')), 0),
  coalesce((SELECT -sum(e.amount) FROM credit_entry e WHERE e.app = p.id AND e.kind = 'spend'), 0),
  coalesce((SELECT sum(max(a.balance, 0)) FROM credit_account a WHERE a.app = p.id), 0),
  (SELECT count(*) FROM redemption r WHERE r.app = p.id AND r.status = 'pending'),
  (SELECT count(*) FROM redemption r WHERE r.app = p.id AND r.status = 'successful'),
  (SELECT count(*) FROM redemption r WHERE r.app = p.id AND r.status = 'capped'),
  (SELECT count(*) FROM redemption r WHERE r.app = p.id AND r.status = 'revoked')
FROM app p WHERE EXISTS (SELECT 1 FROM redemption r WHERE r.app = p.id) OR EXISTS (SELECT 1 FROM credit_account a WHERE a.app = p.id);
--> statement-breakpoint
CREATE TRIGGER credit_total_of_entry AFTER INSERT ON credit_entry
BEGIN
  INSERT INTO credit_total (app, awarded, taken_back, spent)
  VALUES (NEW.app, max(NEW.amount, 0), iif(NEW.kind IN ('referrer_revoked', 'referee_revoked'), -NEW.amount, 0),
    iif(NEW.kind = 'spend', -NEW.amount, 0))
  ON CONFLICT (app) DO UPDATE SET awarded = awarded + max(NEW.amount, 0),
    taken_back = taken_back + iif(NEW.kind IN ('referrer_revoked', 'referee_revoked'), -NEW.amount, 0),
    spent = spent + iif(NEW.kind = 'spend', -NEW.amount, 0);
END;
--> statement-breakpoint
CREATE TRIGGER credit_total_of_balance AFTER UPDATE OF balance ON credit_account WHEN NEW.balance <> OLD.balance
BEGIN
  INSERT INTO credit_total (app, open) VALUES (NEW.app, max(0, max(NEW.balance, 0) - max(OLD.balance, 0)))
  ON CONFLICT (app) DO UPDATE SET open = open + max(NEW.balance, 0) - max(OLD.balance, 0);
END;
--> statement-breakpoint
CREATE TRIGGER credit_total_of_redemption AFTER INSERT ON redemption
BEGIN
  INSERT INTO credit_total (app, pending, successful, capped, revoked)
  VALUES (NEW.app, NEW.status = 'pending', NEW.status = 'successful', NEW.status = 'capped', NEW.status = 'revoked')
  ON CONFLICT (app) DO UPDATE SET pending = pending + (NEW.status = 'pending'),
    successful = successful + (NEW.status = 'successful'), capped = capped + (NEW.status = 'capped'),
    revoked = revoked + (NEW.status = 'revoked');
END;
--> statement-breakpoint
CREATE TRIGGER credit_total_of_status AFTER UPDATE OF status ON redemption WHEN NEW.status <> OLD.status
BEGIN
  UPDATE credit_total SET pending = pending + (NEW.status = 'pending') - (OLD.status = 'pending'),
    successful = successful + (NEW.status = 'successful') - (OLD.status = 'successful'),
    capped = capped + (NEW.status = 'capped') - (OLD.status = 'capped'),
    revoked = revoked + (NEW.status = 'revoked') - (OLD.status = 'revoked')
  WHERE app = NEW.app;
END;
