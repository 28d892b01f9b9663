-- A check of the books that somebody ran, as far as it has come.
CREATE TABLE book_check (
  id         TEXT PRIMARY KEY,
  of_app     TEXT REFERENCES app (id),
  actor      TEXT NOT NULL,
  checks     INTEGER NOT NULL CHECK (checks >= 1),
  done       INTEGER NOT NULL DEFAULT 0 CHECK (done BETWEEN 0 AND checks),
  found      TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(found)),
  started_at INTEGER NOT NULL,
  ended_at   INTEGER,
  CHECK ((ended_at IS NULL) = (done < checks))
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX book_check_by_time ON book_check (started_at, id);
--> statement-breakpoint
-- The accounts that a currency's sums are made of: app by app, affiliate by affiliate.
CREATE INDEX total_by_currency ON total (currency, app, affiliate);
--> statement-breakpoint
-- The conversions that an account's earnings are made of, newest first.
CREATE INDEX conversion_of_account ON conversion (app, affiliate, currency, created_at, id);
