-- Mail. Every rule here is explained in schema/README.md.

ALTER TABLE outbox ADD COLUMN outcome TEXT CHECK ((outcome IS NULL) = (done_at IS NULL) AND outcome IN ('sent', 'refused', 'dead_address', 'suppressed', 'switched_off', 'opted_out', 'obsolete', 'expired', 'unreadable'));
--> statement-breakpoint
ALTER TABLE outbox ADD COLUMN lease TEXT CHECK (lease IS NULL OR done_at IS NULL);
--> statement-breakpoint
-- What has ended goes after a time, but for what says that an affiliate has been told of their first commission.
CREATE INDEX outbox_ended ON outbox (done_at) WHERE done_at IS NOT NULL AND substr(id, 1, 22) <> 'mail.first_commission.';
--> statement-breakpoint
-- Whoever earned something before mails were sent is told of no first commission.
INSERT INTO outbox (app, id, kind, payload, next_at, done_at, created_at, outcome)
SELECT DISTINCT t.app, 'mail.first_commission.' || t.affiliate, 'mail', '{}', 0, 0, 0, 'obsolete' FROM total t WHERE true
ON CONFLICT DO NOTHING;
--> statement-breakpoint
CREATE TABLE mail_suppression (
  address    TEXT NOT NULL PRIMARY KEY CHECK (length(address) = 64),
  reason     TEXT NOT NULL CHECK (reason IN ('dead_address', 'by_hand')),
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE mail_switch (
  app      TEXT NOT NULL REFERENCES app (id),
  template TEXT NOT NULL CHECK (template IN ('welcome', 'application_received', 'application_decided', 'first_commission', 'weekly_digest', 'payout_sent', 'status_changed', 'application', 'payout_due', 'no_events_7d')),
  enabled  INTEGER NOT NULL CHECK (enabled IN (0, 1)),
  PRIMARY KEY (app, template)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE mail_optout (
  app        TEXT NOT NULL,
  affiliate  TEXT NOT NULL,
  template   TEXT NOT NULL CHECK (template IN ('first_commission', 'weekly_digest')),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (app, affiliate, template),
  FOREIGN KEY (app, affiliate) REFERENCES affiliate (app, id)
) STRICT, WITHOUT ROWID;
