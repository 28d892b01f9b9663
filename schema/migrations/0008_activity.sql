-- What an owner watches: an app's signups by age, its counters by day whoever's the code, and who waits to be let in.
CREATE INDEX referral_of_app ON referral (app, created_at, id);
--> statement-breakpoint
-- Without the counters: a click changes no index.
CREATE INDEX code_day_of_day ON code_day (app, day);
--> statement-breakpoint
CREATE INDEX affiliate_applied ON affiliate (app, created_at, id) WHERE status = 'applied';
