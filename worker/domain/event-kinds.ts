/**
 * What an app's backend is told of, by webhooks and by the feed, as `type`. An event's row is written in the batch that makes it
 * so: by the triggers of schema/migrations/0010_credits.sql and 0016_events.sql, by store/conversion-events.ts, and
 * `commission.confirmed` by a job, `app.restored` by the command that restores a backup.
 */
export const EVENT_KINDS = [
  "signup.created",
  "conversion.created",
  "commission.created",
  "commission.confirmed",
  "commission.cancelled",
  "commission.clawed_back",
  "commission.held",
  "commission.released",
  "refund.created",
  "payout.created",
  "payout.paid",
  "payout.failed",
  "payout.returned",
  "affiliate.joined",
  "affiliate.status_changed",
  "referral.completed",
  "credit.awarded",
  "credit.revoked",
  "app.restored",
] as const;
export type EventKind = (typeof EVENT_KINDS)[number];
