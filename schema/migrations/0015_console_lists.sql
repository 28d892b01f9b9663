-- What the operator's console lists over all apps, each list by an index of its own. Every rule here is explained in schema/README.md.

CREATE INDEX payout_batch_of_all ON payout_batch (created_at, id);
--> statement-breakpoint
CREATE INDEX payout_batch_by_status ON payout_batch (status, created_at, id);
--> statement-breakpoint
CREATE INDEX payout_batch_of_app_by_status ON payout_batch (app, status, created_at, id);
--> statement-breakpoint
CREATE INDEX payout_of_all ON payout (created_at, id);
--> statement-breakpoint
CREATE INDEX payout_by_status ON payout (status, created_at, id);
--> statement-breakpoint
CREATE INDEX payout_of_app_by_status ON payout (app, status, created_at, id);
--> statement-breakpoint
CREATE INDEX payout_of_batch_by_status ON payout (app, batch, status, created_at, id);
--> statement-breakpoint
CREATE INDEX payout_by_id ON payout (id);
--> statement-breakpoint
CREATE INDEX outbox_by_outcome ON outbox (outcome);
--> statement-breakpoint
CREATE INDEX outbox_of_app ON outbox (app);
--> statement-breakpoint
CREATE INDEX outbox_of_app_by_outcome ON outbox (app, outcome);
--> statement-breakpoint
CREATE INDEX audit_of_all_by_object ON audit (object, seq);
--> statement-breakpoint
CREATE INDEX audit_of_all_by_action ON audit (action, seq);
--> statement-breakpoint
CREATE INDEX audit_by_actor ON audit (actor, seq);
--> statement-breakpoint
CREATE INDEX audit_by_actor_and_action ON audit (actor, action, seq);
--> statement-breakpoint
CREATE INDEX audit_of_app_by_actor ON audit (app, actor, seq);
--> statement-breakpoint
CREATE INDEX audit_of_app_by_actor_and_action ON audit (app, actor, action, seq);
--> statement-breakpoint
CREATE INDEX stripe_event_of_app ON stripe_event (app, received_at);
