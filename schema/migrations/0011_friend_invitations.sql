-- Friends whom accounts invite. Every rule here is explained in schema/README.md.

CREATE TABLE friend_invitation (
  app        TEXT NOT NULL REFERENCES app (id),
  account    TEXT NOT NULL,
  address    TEXT NOT NULL CHECK (length(address) = 32),
  id         TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (app, account, address),
  UNIQUE (app, id)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
-- The last day's are counted: an account's, and an app's.
CREATE INDEX friend_invitation_of_account ON friend_invitation (app, account, created_at);
--> statement-breakpoint
CREATE INDEX friend_invitation_by_time ON friend_invitation (app, created_at);
--> statement-breakpoint
CREATE INDEX friend_invitation_by_address ON friend_invitation (app, address);
--> statement-breakpoint
CREATE TABLE friend_invitation_optout (
  app        TEXT NOT NULL REFERENCES app (id),
  address    TEXT NOT NULL CHECK (length(address) = 32),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (app, address)
) STRICT, WITHOUT ROWID;
