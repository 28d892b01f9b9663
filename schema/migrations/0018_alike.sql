-- Looking for the same payment told twice costs as much among a million payments of one price as among ten: by the user where
-- he is known to both, and else among what the other teller told, which is nothing where only one of them tells.
-- By standing and not by source: SQLite prepares a statement anew for each value that it binds to `source = ?`, as long as a partial
-- index could ask for that column's value.
DROP INDEX conversion_alike;
--> statement-breakpoint
CREATE INDEX conversion_alike ON conversion (app, affiliate, currency, captured, user_id, occurred_at) WHERE voided_at IS NULL;
--> statement-breakpoint
CREATE INDEX claim_of_stripe ON claim (app, currency, captured, occurred_at) WHERE standing >= 30;
--> statement-breakpoint
CREATE INDEX claim_unnamed ON claim (app, affiliate, currency, captured, occurred_at) WHERE standing = 20 AND payment_ref IS NULL;
