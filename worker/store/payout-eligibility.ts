import { isBlocked, METHOD_IN_FORCE } from "./payout-method-store.ts";

/*
 * Who may be paid, in SQL: the twin of domain/payout-eligibility.ts. The fragments are about rows `t` of total, `o` of affiliate,
 * `p` of app, and `m`, the payout method in force (all null without one).
 */

/** The payout method in force of the affiliate `o`, as a join of `m`. */
export const JOIN_METHOD = `LEFT JOIN payout_method m ON m.app = o.app AND m.id = ${METHOD_IN_FORCE}`;

/** The least payout: as set, else 50.00 of the app's own currency, else null. */
export const MINIMUM = `coalesce(
  (SELECT n.cents FROM payout_minimum n WHERE n.app = t.app AND n.currency = t.currency),
  iif(t.currency = p.currency AND t.currency = :own_currency, :default_minimum, NULL))`;

/**
 * What is matured and clear on the day `through`, with corrections, less what was paid: negative after a refund of what was
 * paid. One total row and the days to come, however many conversions there are.
 */
export const payableThrough = (through: string) => `
  t.earned_clear + t.adjust - t.paid - (SELECT coalesce(sum(b.net), 0) FROM bucket b
    WHERE b.app = t.app AND b.affiliate = t.affiliate AND b.currency = t.currency AND b.lane = 'clear' AND b.mature_day > ${through})`;

/** What is matured and waits for the owner. */
export const IN_REVIEW = `
  (t.earned_review - (SELECT coalesce(sum(b.net), 0) FROM bucket b
    WHERE b.app = t.app AND b.affiliate = t.affiliate AND b.currency = t.currency AND b.lane = 'review' AND b.mature_day > :today))`;

/**
 * Why the affiliate `o` gets no payout, null when they get one. `payable`, `inReview` and `minimum` are SQL for cents; `rail` and `payer` for
 * the batch's; `since` for the time from which a revocation was not seen.
 */
export const whyLeftOut = (of: {
  payable: string;
  inReview: string;
  minimum: string;
  rail: string;
  payer: string;
  since: string;
}) => `
  CASE
    WHEN o.status IN ('suspended', 'applied') THEN o.status
    WHEN o.status = 'revoked' AND o.revoked_at > ${of.since} THEN 'revoked'
    WHEN o.status = 'revoked' AND o.voided = 0 THEN 'revocation_under_way'
    WHEN ${of.payable} < 0 THEN 'negative_balance'
    WHEN ${of.payable} = 0 THEN iif(${of.inReview} > 0, 'in_review', 'nothing_payable')
    WHEN ${of.minimum} IS NULL THEN 'minimum_not_set'
    WHEN ${of.payable} < ${of.minimum} THEN 'below_minimum'
    WHEN m.id IS NULL OR m.kind = 'none' THEN 'no_method'
    WHEN (m.kind = 'stripe') <> (${of.rail} = 'stripe') OR (m.kind = 'stripe' AND m.payer <> ${of.payer}) THEN 'other_method'
    WHEN ${isBlocked("m")} THEN 'method_changed'
  END`;
