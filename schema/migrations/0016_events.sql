-- What happened, told once each, in the batch that makes it so: for webhooks and the feed.
-- What has happened before this migration is not told afterwards. What is held has not been confirmed.
ALTER TABLE conversion ADD COLUMN refunded_told INTEGER NOT NULL DEFAULT 0 CHECK (refunded_told >= 0);
--> statement-breakpoint
ALTER TABLE conversion ADD COLUMN confirmed_told INTEGER NOT NULL DEFAULT 0 CHECK (confirmed_told IN (0, 1));
--> statement-breakpoint
UPDATE conversion SET refunded_told = refunded, confirmed_told = (mature_day * 86400000 <= unixepoch() * 1000 AND posted_lane <> 'held');
--> statement-breakpoint
CREATE INDEX conversion_to_confirm ON conversion (mature_day, app, id)
  WHERE confirmed_told = 0 AND voided_at IS NULL AND posted_lane <> 'held' AND posted_net > 0;
--> statement-breakpoint
ALTER TABLE affiliate ADD COLUMN status_at INTEGER;
--> statement-breakpoint
CREATE TRIGGER event_frozen BEFORE UPDATE OF app, seq, kind, fact, created_at ON event
BEGIN SELECT RAISE(ABORT, 'what was told is frozen'); END;
--> statement-breakpoint
CREATE TRIGGER event_no_delete BEFORE DELETE ON event
BEGIN SELECT RAISE(ABORT, 'what was told stays told'); END;
--> statement-breakpoint
CREATE TRIGGER referral_told AFTER INSERT ON referral
BEGIN
  INSERT INTO event (app, seq, kind, fact, payload, created_at)
  SELECT NEW.app, coalesce((SELECT max(e.seq) FROM event e WHERE e.app = NEW.app), 0) + 1, 'signup.created', NEW.id,
    json_object('referral_id', NEW.id, 'affiliate_id', NEW.affiliate, 'ref', NEW.code), NEW.created_at;
END;
--> statement-breakpoint
CREATE TRIGGER affiliate_told AFTER INSERT ON affiliate
BEGIN
  INSERT INTO event (app, seq, kind, fact, payload, created_at)
  SELECT NEW.app, coalesce((SELECT max(e.seq) FROM event e WHERE e.app = NEW.app), 0) + 1, 'affiliate.joined', NEW.id,
    json_object('affiliate_id', NEW.id, 'ref', NEW.code, 'status', NEW.status), NEW.created_at;
END;
--> statement-breakpoint
-- A program of before, which goes on until its successor starts, does not say when.
CREATE TRIGGER affiliate_status_told AFTER UPDATE OF status ON affiliate WHEN OLD.status <> NEW.status
BEGIN
  INSERT INTO event (app, seq, kind, fact, payload, created_at)
  SELECT NEW.app, n.seq, 'affiliate.status_changed', NEW.id || '#' || n.seq,
    json_object('affiliate_id', NEW.id, 'ref', NEW.code, 'from', OLD.status, 'status', NEW.status),
    coalesce(NEW.status_at, unixepoch() * 1000)
  FROM (SELECT coalesce((SELECT max(e.seq) FROM event e WHERE e.app = NEW.app), 0) + 1 AS seq) n;
END;
--> statement-breakpoint
-- Once it is posted its amount is what it pays.
CREATE TRIGGER payout_told AFTER UPDATE OF posted ON payout WHEN OLD.posted = 0 AND NEW.posted = 1
BEGIN
  INSERT INTO event (app, seq, kind, fact, payload, created_at)
  SELECT NEW.app, coalesce((SELECT max(e.seq) FROM event e WHERE e.app = NEW.app), 0) + 1, 'payout.created', NEW.id,
    json_object('payout_id', NEW.id, 'batch_id', NEW.batch, 'affiliate_id', NEW.affiliate, 'currency', NEW.currency,
      'amount_cents', NEW.amount, 'rail', NEW.rail, 'status', NEW.status), NEW.created_at;
END;
--> statement-breakpoint
-- A payout that failed has given back what it took by then: that posting says when.
CREATE TRIGGER payout_end_told AFTER UPDATE OF status ON payout WHEN OLD.status = 'processing' AND NEW.status <> 'processing'
BEGIN
  INSERT INTO event (app, seq, kind, fact, payload, created_at)
  SELECT NEW.app, coalesce((SELECT max(e.seq) FROM event e WHERE e.app = NEW.app), 0) + 1,
    iif(NEW.status = 'settled', 'payout.paid', 'payout.failed'), NEW.id,
    json_object('payout_id', NEW.id, 'batch_id', NEW.batch, 'affiliate_id', NEW.affiliate, 'currency', NEW.currency,
      'amount_cents', NEW.amount, 'rail', NEW.rail, 'status', NEW.status, 'reference', NEW.reference, 'error', NEW.error),
    coalesce(NEW.settled_at, (SELECT l.created_at FROM ledger l WHERE l.app = NEW.app AND l.kind = 'payout_return' AND l.cause = NEW.id));
END;
--> statement-breakpoint
-- The correction of what came back is written by then, and named by how much has come back in all.
CREATE TRIGGER payout_return_told AFTER UPDATE OF returned ON payout WHEN NEW.returned > OLD.returned
BEGIN
  INSERT INTO event (app, seq, kind, fact, payload, created_at)
  SELECT NEW.app, coalesce((SELECT max(e.seq) FROM event e WHERE e.app = NEW.app), 0) + 1, 'payout.returned', NEW.id || '_' || NEW.returned,
    json_object('payout_id', NEW.id, 'batch_id', NEW.batch, 'affiliate_id', NEW.affiliate, 'currency', NEW.currency,
      'amount_cents', NEW.returned - OLD.returned, 'returned_cents', NEW.returned, 'rail', NEW.rail, 'status', NEW.status,
      'correction_id', NEW.id || '_' || NEW.returned),
    (SELECT l.created_at FROM ledger l WHERE l.app = NEW.app AND l.kind = 'adjust' AND l.cause = NEW.id || '_' || NEW.returned);
END;
